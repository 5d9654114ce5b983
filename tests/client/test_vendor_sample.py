"""The radio sample of the vendor's documentation, rewritten from its description, works with this client unchanged."""

from __future__ import annotations

import httpx

from support.game import Game

SAMPLE = """
local bgmSound = Instance.new("Sound")
bgmSound.Parent = game:GetService("SoundService")
bgmSound.Looped = false
local playing = "1"
local heard = {}

bgmSound.Ended:Connect(function()
	local result, err = client:similar({ asset_id = playing, limit = 1 })
	if not result or #result.tracks == 0 then
		warn(err or "nothing similar")
		return
	end
	playing = result.tracks[1].asset_id
	bgmSound.SoundId = "rbxassetid://" .. playing
	bgmSound:Play()
	table.insert(heard, playing)
end)

bgmSound.SoundId = "rbxassetid://" .. playing
bgmSound:Play()
task.wait(3600)
return heard
"""


def test_sample_alternates_and_dies_as_it_does_with_the_vendors_module(game: Game) -> None:
    """Two tracks are each other's neighbour, and the fifth request fails."""

    def neighbours(request: httpx.Request) -> httpx.Response:
        if len(game.requests) == 4:
            return httpx.Response(500, json={"error": "gone"})
        other = "2" if request.url.params["asset_id"] == "1" else "1"
        return httpx.Response(200, json={"tracks": [{"asset_id": other}], "meta": {"total": 1}})

    game.router.route().mock(side_effect=neighbours)
    # Without what this client adds, which would answer the fifth question from memory.
    plain = "client:withOptions({ maxRetries = 0, cache = 'bypass' }):similar"
    (heard,) = game.run(SAMPLE.replace("client:similar", plain), limit=4000)
    assert heard == ["2", "1", "2", "1"]
    assert [line.kind for line in game.server.output] == ["warn"]
    assert "[server_error]" in game.server.output[0].text


def test_code_that_joins_or_warns_an_error(game: Game) -> None:
    game.answer(401, body={"error": "no such key"})
    joined, both, left = game.run("""
        local _, err = client:similar("1")
        warn(err)
        print("failed:", err)
        return "x: " .. err, err .. err == tostring(err) .. tostring(err), err .. " <"
    """)
    text = str(joined).removeprefix("x: ")
    assert "no such key" in text
    assert "\n" not in text
    assert (both, left) == (True, f"{text} <")
    assert [line.text for line in game.server.output] == [text, f"failed: {text}"]
