"""The example places, as `rojo serve` and `rojo build` make them, with players in them and the mocked API behind."""

from __future__ import annotations

import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.mock import Catalogue
from audioscape_luau.resources import luau_root
from audioscape_luau.testing import AudioscapeApi
from roblox_double import Listener, LuauValue, Peer, ScriptTree, Settings, load_project
from roblox_double.assets import Asset
from roblox_double.testing import Roblox
from support import artefacts
from support.place import load_place
from support.tools import tool

EXAMPLES = luau_root() / "examples"
PLACES = ("radio", "jukebox")
SEED = Catalogue.generate().entries[3].asset_id
MUSIC = "game:GetService('SoundService').Music"
SPAM = 300


def built(folder: Path, into: Path) -> ScriptTree:
    """Return what is in the place that Rojo builds."""
    output = into / f"{folder.name}.rbxlx"
    subprocess.run([tool("rojo"), "build", "-o", output, folder], check=True, capture_output=True)
    return load_place(output)


def furnished(tree: ScriptTree) -> ScriptTree:
    """Put the client in as `--artefact` says, and let the music begin with a track that the mocked API knows."""
    if tree.name == "AudioScapeClient" and artefacts.chosen != "tree":
        return artefacts.artefact(artefacts.chosen)
    properties = {**tree.properties, "SoundId": f"rbxassetid://{SEED}"} if tree.name == "Music" else tree.properties
    children = tuple(furnished(child) for child in tree.children)
    return ScriptTree(tree.name, tree.class_name, tree.source, children, properties, tree.attributes, tree.path)


class Place(Roblox):
    """One of the example places."""

    def __init__(self, api: AudioscapeApi, tree: ScriptTree, settings: Settings | None = None) -> None:
        super().__init__(furnished(tree), backends=[api], settings=settings)
        self.api = api
        self.advance(5)

    def join(self, name: str) -> Peer:
        client = self.client(name)
        self.advance(3)
        return client

    def attribute(self, name: str) -> LuauValue:
        return self.server.run(f"return {MUSIC}:GetAttribute('AudioScape{name}')")[0]

    def playing(self) -> str:
        return str(self.attribute("AssetId"))

    def vote(self, client: Peer, argument: str = f"{MUSIC}:GetAttribute('AudioScapeAssetId')") -> None:
        remote = "game.ReplicatedStorage.AudioScapeCalls"
        client.run(f"{remote}:InvokeServer('vote:skip', {{ asset_id = {argument} }})", parent="ReplicatedStorage")
        self.advance(1)

    def ask(self, client: Peer, argument: str) -> list[LuauValue]:
        """Ask for what sounds like it, as a script of the game would: what comes back, or the kind of the error."""
        source = f"""
        local AudioScapeRemote = require(game.ReplicatedStorage.AudioScapeRemote)
        local result, err = AudioScapeRemote.similar({argument})
        return result and result.tracks, err and err.kind
        """
        return client.run(source, parent="ReplicatedStorage")


def shown(client: Peer, path: str, what: str = "Text") -> LuauValue:
    gui = f"game:GetService('Players').LocalPlayer.PlayerGui.{path}.{what}"
    return client.run(f"return {gui}", parent="ReplicatedStorage")[0]


def seconds(text: str) -> int:
    minutes, rest = text.split(":")
    return int(minutes) * 60 + int(rest)


@pytest.fixture(params=[(name, source) for name in PLACES for source in ("project", "built")], ids="-".join)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each place, from its Rojo project and as Rojo builds it."""
    name, source = request.param
    tree = load_project(EXAMPLES / name) if source == "project" else built(EXAMPLES / name, tmp_path)
    with AudioscapeApi() as api, Place(api, tree) as place:
        yield place
        place.verify()
        api.verify()


@pytest.fixture
def jukebox() -> Iterator[Place]:
    with AudioscapeApi() as api, Place(api, load_project(EXAMPLES / "jukebox")) as place:
        yield place
        place.verify()
        api.verify()


@pytest.mark.cases(2)
def test_music_plays_on_and_is_shown(place: Place) -> None:
    client = place.join("Ann")
    listener = Listener(client)
    for _ in range(4):
        before = place.playing()
        assert shown(client, "NowPlaying.Panel", "Visible") is True
        assert shown(client, "NowPlaying.Panel.Title") == place.attribute("Name") or before == SEED
        place.run_until(lambda before=before: place.playing() != before, limit=900)
        place.advance(3)
        entry = place.api.catalogue.by_id[place.playing()].fields
        assert shown(client, "NowPlaying.Panel.Title") == entry["name"]
        assert shown(client, "NowPlaying.Panel.Artist") == entry["artist"]
    heard = [track.content.removeprefix("rbxassetid://") for track in listener.tracks()]
    assert len(heard) == len(set(heard)) == 5


@pytest.mark.cases(2)
def test_the_clock_is_right_for_whoever_joins_whenever(place: Place) -> None:
    early = place.join("Ann")
    before = place.playing()
    place.run_until(lambda: place.playing() != before, limit=900)
    place.advance(40)
    late = place.join("Bob")
    duration = place.api.catalogue.by_id[place.playing()].fields["duration"]
    for client in (early, late):
        at, length = str(shown(client, "NowPlaying.Panel.Clock")).split(" / ")
        assert 42 <= seconds(at) <= 44
        assert seconds(length) == math.floor(duration)
        size = shown(client, "NowPlaying.Panel.Bar", "Size.X.Scale")
        assert isinstance(size, float)
        assert math.isclose(size, 43 / duration, abs_tol=1.5 / duration)


@pytest.mark.parametrize("late_joiner", ["position", "start", "silent"])
def test_who_joins_late_hears_what_the_others_hear(late_joiner: str) -> None:
    settings = Settings(audio_late_joiner=late_joiner)  # pyright: ignore[reportArgumentType]
    with AudioscapeApi() as api, Place(api, load_project(EXAMPLES / "radio"), settings) as place:
        early = Listener(place.join("Ann"))
        place.advance(30)
        late = Listener(place.join("Bob"))
        place.advance(1)
        now = place.now - 0.5
        (first,), (second,) = early.at(now), late.at(now)
        assert first.content == second.content
        positions = [heard.position + (now - heard.start) * heard.speed for heard in (first, second)]
        assert abs(positions[0] - positions[1]) < 1


def test_half_of_the_players_skip_a_track(jukebox: Place) -> None:
    players = [jukebox.join(name) for name in ("Ann", "Bob", "Cy")]
    first = jukebox.playing()
    assert shown(players[0], "Jukebox.Skip") == "Skip (0/2)"
    for _ in range(3):
        players[0].press("Players.Ann.PlayerGui.Jukebox.Skip")
    jukebox.advance(1)
    assert jukebox.playing() == first
    assert shown(players[1], "Jukebox.Skip") == "Skip (1/2)"
    players[1].press("Players.Bob.PlayerGui.Jukebox.Skip")
    jukebox.advance(5)
    assert jukebox.playing() != first
    assert shown(players[1], "Jukebox.Skip") == "Skip (0/2)"


def test_a_vote_for_the_track_before_does_not_count(jukebox: Place) -> None:
    client = jukebox.join("Ann")
    first = jukebox.playing()
    jukebox.vote(client)
    jukebox.advance(4)
    second = jukebox.playing()
    assert second != first
    jukebox.vote(client, f"'{first}'")
    assert jukebox.playing() == second


def test_who_leaves_takes_the_vote_along(jukebox: Place) -> None:
    players = [jukebox.join(name) for name in ("Ann", "Bob", "Cy", "Di", "Eve")]
    first = jukebox.playing()
    jukebox.vote(players[0])
    assert shown(players[1], "Jukebox.Skip") == "Skip (1/3)"
    jukebox.leave(players[0])
    jukebox.advance(1)
    assert shown(players[1], "Jukebox.Skip") == "Skip (0/2)"
    jukebox.vote(players[1])
    assert jukebox.playing() == first
    # With two fewer, the one vote is enough.
    jukebox.leave(players[2])
    jukebox.leave(players[3])
    jukebox.advance(5)
    assert jukebox.playing() != first


def test_players_get_what_sounds_like_it(jukebox: Place) -> None:
    client = jukebox.join("Ann")
    client.press("Players.Ann.PlayerGui.Jukebox.More")
    jukebox.advance(2)
    found: Any = jukebox.ask(client, f"'{SEED}'")[0]
    wished = found[0]
    said = f"Queued: {wished['name']}"
    assert shown(client, "Jukebox.Answer") == said
    # Asked again, it is there at once and costs nothing.
    sent = len(jukebox.api.requests)
    client.press("Players.Ann.PlayerGui.Jukebox.More")
    jukebox.advance(1)
    assert shown(client, "Jukebox.Answer") == said
    assert len(jukebox.api.requests) == sent
    client.press("Players.Ann.PlayerGui.Jukebox.Skip")
    jukebox.advance(5)
    assert jukebox.playing() == wished["asset_id"]
    assert shown(client, "Jukebox.Answer") == ""


def test_an_answer_that_fails_is_told_in_general_words(jukebox: Place) -> None:
    client = jukebox.join("Ann")
    jukebox.api.fail_always("timed-out")
    client.press("Players.Ann.PlayerGui.Jukebox.More")
    jukebox.advance(5)
    assert shown(client, "Jukebox.Answer") == "the music service is not available right now"


HOSTILE = (
    "nil",
    "0/0",
    "-1",
    "math.huge",
    "true",
    "{}",
    "{ asset_id = '1' }",
    "{ { { { {} } } } }",
    "workspace",
    "game:GetService('Players').LocalPlayer",
    "Enum.KeyCode.E",
    "function() end",
    "''",
    "'not digits'",
    "'1\\0'",
    "'../../v1/keys'",
    "'1&limit=100'",
    "string.rep('9', 21)",
    "string.rep('x', 200000)",
    "string.rep('9', 200000)",
)


@pytest.mark.cases(7)
@pytest.mark.parametrize("argument", HOSTILE, ids=repr)
def test_what_clients_make_up_does_no_harm(jukebox: Place, argument: str) -> None:
    client = jukebox.join("Mallory")
    first, sent = jukebox.playing(), len(jukebox.api.requests)
    jukebox.vote(client, argument)
    tracks, kind = jukebox.ask(client, argument)
    assert (tracks, kind in ("not_allowed", "invalid_request")) == (None, True)
    assert jukebox.playing() == first
    assert len(jukebox.api.requests) == sent


def test_spam_costs_one_vote_and_one_request(jukebox: Place) -> None:
    client = jukebox.join("Mallory")
    jukebox.join("Ann")
    jukebox.join("Bob")
    first, sent = jukebox.playing(), len(jukebox.api.requests)
    client.run(
        f"""
        local remote = game.ReplicatedStorage.AudioScapeCalls
        for number = 1, {SPAM} do
            local now = {{ asset_id = {MUSIC}:GetAttribute("AudioScapeAssetId") }}
            task.spawn(remote.InvokeServer, remote, "vote:skip", now)
            task.spawn(remote.InvokeServer, remote, "similar", {{ asset_id = "{SEED}" }})
        end
        """,
        parent="ReplicatedStorage",
    )
    jukebox.advance(3)
    assert jukebox.playing() == first
    assert shown(client, "Jukebox.Skip") == "Skip (1/2)"
    assert len(jukebox.api.requests) <= sent + 1


def test_the_readme_shows_the_radio_as_it_is() -> None:
    source = (EXAMPLES / "radio/src/Radio.server.luau").read_text(encoding="utf-8")
    readme = (EXAMPLES.parents[1] / "README.md").read_text(encoding="utf-8")
    assert source in re.findall(r"```luau\n(.*?)```", readme, re.DOTALL)


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("default", [True, False])
def test_no_client_can_stop_the_music(name: str, *, default: bool) -> None:
    settings = Settings(respect_filtering_enabled=default)
    with AudioscapeApi() as api, Place(api, load_project(EXAMPLES / name), settings) as place:
        client = place.join("Mallory")
        client.run(f"{MUSIC}:Stop()", parent="ReplicatedStorage")
        place.advance(1)
        assert place.server.run(f"return {MUSIC}.IsPlaying") == [True]
        assert [line.text for line in place.server.output if line.kind == "warn"] == []


def test_only_what_the_server_told_of_is_looked_up(jukebox: Place) -> None:
    client = jukebox.join("Ann")
    other = next(entry.asset_id for entry in reversed(jukebox.api.catalogue.entries) if entry.asset_id != SEED)
    sent = len(jukebox.api.requests)
    assert jukebox.ask(client, f"'{other}'") == [None, "not_allowed"]
    assert len(jukebox.api.requests) == sent
    suggestions, *_ = jukebox.ask(client, f"'{SEED}'")
    assert isinstance(suggestions, list)
    jukebox.advance(6)
    suggested = suggestions[-1]
    assert isinstance(suggested, dict)
    assert jukebox.ask(client, f"'{suggested['asset_id']}'")[0]


@pytest.mark.thorough
def test_what_players_ask_leaves_the_music_its_requests(jukebox: Place) -> None:
    clients = [jukebox.join(f"Player{number}") for number in range(20)]
    sent = len(jukebox.api.requests)
    for _ in range(4):
        suggestions: list[LuauValue] = []
        for client in clients:
            suggestions.append(jukebox.ask(client, f"{MUSIC}:GetAttribute('AudioScapeAssetId')"))
        jukebox.advance(6)
    first = jukebox.playing()
    for client in clients[:10]:
        jukebox.vote(client)
    jukebox.advance(10)
    assert jukebox.playing() != first
    assert len(jukebox.api.requests) - sent <= 65


GONE = "shared.music = game:GetService('SoundService').Music shared.music.Parent = nil"
BACK = "shared.music.Parent = game:GetService('SoundService')"


@pytest.mark.cases(2)
def test_the_display_follows_a_sound_that_goes_and_comes_back(place: Place) -> None:
    client = place.join("Ann")
    place.server.run(GONE)
    place.advance(2)
    assert shown(client, "NowPlaying.Panel", "Visible") is False
    place.server.run(BACK)
    place.advance(3)
    assert shown(client, "NowPlaying.Panel", "Visible") is True
    assert str(shown(client, "NowPlaying.Panel.Clock")).split(" / ")[0] >= "0:08"
    before = place.playing()
    place.run_until(lambda: place.playing() != before, limit=900)
    place.advance(3)
    assert shown(client, "NowPlaying.Panel.Title") == place.attribute("Name")


@pytest.mark.cases(2)
def test_a_sound_that_comes_late_is_shown(place: Place) -> None:
    place.server.run(GONE)
    client = place.join("Ann")
    place.advance(60)
    assert shown(client, "NowPlaying.Panel", "Visible") is False
    place.server.run(BACK)
    place.advance(3)
    assert shown(client, "NowPlaying.Panel", "Visible") is True


@pytest.mark.parametrize("load", ["never", "fails"])
def test_the_display_survives_an_asset_that_does_not_load(load: str) -> None:
    with AudioscapeApi() as api, Place(api, load_project(EXAMPLES / "radio")) as place:
        place.universe.assets.put(int(SEED), Asset(load=load), peer="Ann")  # pyright: ignore[reportArgumentType]
        client = place.join("Ann")
        place.advance(40)
        assert shown(client, "NowPlaying.Panel", "Visible") is True
        before = place.playing()
        place.run_until(lambda: place.playing() != before, limit=900)
        place.advance(3)
        assert shown(client, "NowPlaying.Panel.Title") == place.attribute("Name")
        assert client.run(f"return {MUSIC}.IsPlaying", parent="ReplicatedStorage") == [True]
