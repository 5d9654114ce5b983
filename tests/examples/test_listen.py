"""The example that lets a developer without a key hear a radio: real music by Roblox's search, likeness by the mock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.mock.server import Gateway, make_app
from audioscape_luau.resources import luau_root
from roblox_double import Asset, HttpxBridge, Listener, Peer, Settings, Universe, load_project
from support.game import api

SONGS = {
    1_837_879_000 + number: Asset(
        duration=100.0 + number, title=f"{genre} song {number}", artist=f"Artist {number % 7}" if number % 5 else ""
    )
    for number, genre in enumerate(["Ambient", "Jazz", "House", "Rock", "Polka"] * 8)
}


class Studio:
    """A place with the example in it, and a mock server on the same machine."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.gateway = Gateway(MockApi(api(), Catalogue.generate(size=20), seconds=0), lambda: 0.0, random.Random(1))
        self.app = make_app(self.gateway)
        self.running = True
        client = httpx.Client(transport=httpx.MockTransport(self.respond), trust_env=False)
        self.universe = Universe(bridge=HttpxBridge(client), settings=settings)

    def respond(self, request: httpx.Request) -> httpx.Response:
        if not self.running:
            raise httpx.ConnectError("refused")

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
                return await client.request(
                    request.method, request.url, headers=request.headers.raw, content=request.content
                )

        reply = asyncio.run(send())
        return httpx.Response(reply.status_code, headers=reply.headers.raw, content=reply.content)

    def play(self, songs: dict[int, Asset]) -> Peer:
        for number, asset in songs.items():
            self.universe.assets[number] = asset
        server = self.universe.server()
        server.mount_game(load_project(luau_root() / "examples" / "mock"))
        self.universe.advance(10)
        return server


@pytest.fixture
def studio() -> Iterator[Studio]:
    found = Studio()
    with found.universe:
        yield found


def test_a_radio_plays_the_music_that_roblox_found(studio: Studio) -> None:
    server = studio.play(SONGS)
    told = [line.text for line in server.output]
    # Roblox was not asked for polka.
    assert told[0] == "The mock server knows 32 tracks"
    assert told[1].startswith("Now playing ")
    assert [line.kind for line in server.output if line.kind != "print"] == []
    listener = Listener(studio.universe.client())
    studio.universe.advance(1200)
    heard = [int(track.content.removeprefix("rbxassetid://")) for track in listener.tracks()]
    assert len(set(heard)) == len(heard) > 5
    assert {SONGS[number].title.split()[0] for number in heard} <= {"Ambient", "Jazz", "House", "Rock"}
    assert studio.gateway.api.violations == []
    assert {entry.asset_id for entry in studio.gateway.api.catalogue.entries} >= set(map(str, heard))


def test_it_says_that_the_server_is_not_running(studio: Studio) -> None:
    studio.running = False
    server = studio.play(SONGS)
    (line,) = server.output
    assert line.kind == "warn"
    assert "http://127.0.0.1:8080 did not take the music" in line.text
    assert "audioscape mock" in line.text


def test_it_says_that_roblox_found_nothing(studio: Studio) -> None:
    server = studio.play({})
    (line,) = server.output
    assert (line.kind, "too little music" in line.text) == ("warn", True)
    assert studio.gateway.requests == 0


def test_it_says_why_a_search_failed() -> None:
    studio = Studio(Settings(metadata_error="HTTP 429 (Too Many Requests)"))
    with studio.universe:
        output = studio.play(SONGS).output
    assert len(output) == 6
    assert "429" in output[0].text


def test_what_the_mock_is_told_can_be_asked_for_everywhere(studio: Studio) -> None:
    studio.play(SONGS)
    mock = studio.gateway.api
    known = {entry.asset_id: entry for entry in mock.catalogue.entries}
    assert len(known) == 32
    for number, song in SONGS.items():
        entry = known.get(str(number))
        if entry is not None:
            assert (entry.fields["name"], entry.fields["duration"]) == (song.title, song.duration)
            assert entry.fields.get("artist", "") == song.artist
            assert entry.fields["genre"] == song.title.split()[0]
    assert {group.fields["name"] for group in mock.library.groups("artist")} == {f"Artist {n}" for n in range(7)}
    assert not mock.library.groups("album")
    first = next(iter(known))
    request = httpx.Request(
        "POST",
        f"{api().server_url}{api().operation('search').path}",
        headers={api().api_key_header: DEMO_KEY},
        json={"query": "rock song"},
    )
    assert mock.respond(request).json()["tracks"][0]["genre"] == "Rock"
    near = mock.catalogue.similar(first)
    assert near[0][1].fields["genre"] == known[first].fields["genre"]
