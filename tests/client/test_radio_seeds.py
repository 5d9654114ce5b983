"""What a radio of the shipped module asks to find its first tracks."""

from __future__ import annotations

import json

import pytest

from support.game import Game

START = """
local player = Instance.new("Sound")
player.Parent = game:GetService("SoundService")
client:radio(player):start(SOURCE)
task.wait(5)
"""


@pytest.mark.parametrize(
    ("source", "method", "path", "query", "body"),
    [
        ('{ query = "calm piano" }', "POST", "search", {}, {"query": "calm piano", "limit": 100}),
        ('{ genre = "Ambient" }', "GET", "browse", {"type": "genre", "name": "Ambient", "limit": "100"}, None),
        ('{ mood = "Happy" }', "GET", "browse", {"type": "mood", "name": "Happy", "limit": "100"}, None),
        ('{ artist = "A" }', "GET", "browse", {"type": "artist", "name": "A", "limit": "100"}, None),
        ('{ album = "A" }', "GET", "browse", {"type": "album", "name": "A", "limit": "100"}, None),
        ('{ game = "7" }', "GET", "browse", {"type": "game", "name": "7", "limit": "100"}, None),
        ('{ chart = "trending" }', "GET", "browse", {"type": "trending", "limit": "100"}, None),
        ('{ playlist = "p1" }', "GET", "playlist", {"playlist_id": "p1"}, None),
    ],
)
def test_each_form_asks_its_own_request(
    game: Game, source: str, method: str, path: str, query: dict[str, str], body: dict[str, object] | None
) -> None:
    track = {"asset_id": "5", "name": "Five"}
    game.answer(body={"tracks": [track], "meta": {"total": 1}, "playlist": {"id": "p1", "name": "P"}})
    game.run(START.replace("SOURCE", source))
    first, second = game.requests[:2]
    assert (first.method, first.url.path.rpartition("/")[2], dict(first.url.params)) == (method, path, query)
    assert (json.loads(first.content) if first.content else None) == body
    assert second.url.params["asset_id"] == "5"
