"""What a player plays, and what is said of an Instance that plays nothing."""

from __future__ import annotations

import pytest

from roblox_double import Peer


@pytest.mark.parametrize(
    ("source", "content", "name"),
    [
        ('local it = Instance.new("Sound") it.SoundId = "rbxassetid://5"', "rbxassetid://5", "Sound"),
        ('local it = Instance.new("Sound")', "", "Sound"),
        ('local it = Instance.new("AudioPlayer") it.Asset = "rbxassetid://6"', "rbxassetid://6", "AudioPlayer"),
        ('local it = Instance.new("Folder")', None, "Folder"),
    ],
)
def test_content_and_class(inside: Peer, source: str, content: str | None, name: str) -> None:
    module = 'require(game:GetService("ServerScriptService").AudioScapeClient.Engine)'
    assert list(inside.run(f"{source} return {module}.contentOf(it)")) == [content, name]
