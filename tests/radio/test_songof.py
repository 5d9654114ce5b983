"""Which titles are recordings of one song."""

from __future__ import annotations

import pytest

from roblox_double import Peer
from support.radio import run

VERSIONS = [
    "Version",
    "Remix",
    "Mix",
    "Edit",
    "Remaster",
    "Remastered",
    "Live",
    "Instrumental",
    "Acoustic",
    "Extended",
    "Demo",
    "Cover",
    "Loop",
]


@pytest.mark.parametrize(
    ("title", "song"),
    [
        ("Night Drive", "night drive"),
        ("Night Drive (Remix)", "night drive"),
        ("Night Drive [Extended] (Live)", "night drive"),
        ("Night Drive - Radio Edit", "night drive"),
        ("Night Drive - 2011 Remastered", "night drive"),
        *((f"Night Drive - The {word} of Old", "night drive") for word in VERSIONS),
        ("Night Drive - The Rest of Old", "night drive the rest of old"),
        ("Night Drive feat. Somebody", "night drive"),
        ("Night Drive ft Somebody", "night drive"),
        ("NIGHT   drive!", "night drive"),
        ("Rock - Paper", "rock paper"),
        ("Loft Nights", "loft nights"),
        ("Track 12", "track 12"),
        ("夜のドライブ", "夜のドライブ"),
        ("(Intro)", None),
        ("...", None),
        ("", None),
        (None, None),
        ("Night[Live]Drive", "night drive"),
        ("Night(Live)Drive", "night drive"),
        ("Night.Drive", "night drive"),
        ("Drive ft. Nadia", "drive"),
        ("Drive featuring Nadia", "drive"),
        ("Featuring You", "featuring you"),
        # The universe's limit of time is far below what it takes to try each of many blanks at every length.
        pytest.param("Night" + " " * 50_000 + "Drive", "night drive", id="many blanks"),
        pytest.param("(" * 100_000 + "Night", None, id="many brackets"),
        pytest.param("a" * 201, "a" * 200, id="a long word"),
    ],
)
def test_song_of_a_title(server: Peer, title: str | None, song: str | None) -> None:
    assert run(server, 'return load("songOf")(...)', title) == [song]
