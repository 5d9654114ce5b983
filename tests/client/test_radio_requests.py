"""What a radio of the shipped module asks the API, byte for byte."""

from __future__ import annotations

import json

import pytest

from support.game import Game, api

RADIO = """
local player = Instance.new("Sound")
player.Parent = game:GetService("SoundService")
client:radio(player, OPTIONS):start("7")
task.wait(5)
"""


@pytest.mark.parametrize("options", ["nil", '{ filters = { genres = { "Pop" } } }'])
def test_a_radio_asks_for_the_longest_page_without_copies(game: Game, options: str) -> None:
    (operation,) = (operation for operation in api().operations if operation.radio)
    music, paging = operation.radio, operation.paging
    assert music
    assert paging
    game.answer(body={paging.items: [{"asset_id": str(number)} for number in range(1, 5)], "meta": {}})
    game.run(RADIO.replace("OPTIONS", options))
    query = game.requests[0].url.params
    assert query[paging.limit] == str(operation.page_size)
    assert query[str(music.distinct)] == "true"
    filters = query.get(str(music.filters))
    assert (json.loads(filters) if filters else None) == ({"genres": ["Pop"]} if "Pop" in options else None)


SEVERAL = """
local count, seconds = ...
for number = 1, count do
    local player = Instance.new("Sound")
    player.Parent = game:GetService("SoundService")
    client:withOptions({ cache = if number % 2 == 0 then "use" else "bypass" }):radio(player):start(tostring(number))
    task.wait(1)
end
task.wait(seconds)
"""


@pytest.mark.breaks_contract
@pytest.mark.parametrize("status", [401, 403])
def test_the_radios_of_a_client_ask_with_a_refused_key_once_in_five_minutes(game: Game, status: int) -> None:
    game.answer(status, body={"error": "no"})
    game.run(SEVERAL, 5, 290)
    assert len(game.requests) == 1
    game.run("task.wait(400)")
    assert 2 <= len(game.requests) <= 3


@pytest.mark.breaks_contract
@pytest.mark.parametrize("status", [500, 503])
def test_a_radio_sends_one_request_where_others_try_again(game: Game, status: int) -> None:
    game.answer(status, body={"error": "no"})
    game.run(SEVERAL, 1, 5)
    assert len(game.requests) == 1
