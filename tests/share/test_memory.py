"""What the servers of a game remember together."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, MockApi
from audioscape_luau.simulation import api, mocked
from roblox_double import Peer, ScriptTree
from support.artefacts import artefact
from support.remote import ask
from support.shared import Servers

CATALOGUE = mocked().catalogue
TRACKS = [entry.asset_id for entry in CATALOGUE.entries]
QUESTION = f"'similar', {{ asset_id = '{TRACKS[0]}', limit = 20 }}"
SERVE = "client:serve({ operations = { 'similar' }, anyId = true, every = 0.1 FIELDS })"
RADIO = """
local sound = Instance.new("Sound")
sound.SoundId = "rbxassetid://SEED"
sound.Parent = workspace
shared.radio = client:radio(sound, { strategy = STRATEGY })
shared.radio:start()
-- Or it would ask sometime while a track plays.
for _ = 1, 2 do
    shared.radio:skip()
    task.wait(10)
end
return shared.radio:nowPlaying(), client:stats().share
"""


class Remembering(Servers):
    """Servers of the mocked API that remember together, with a player on each."""

    def __init__(self, count: int = 2, *, memory: float = 200, fields: str = "", **options: Any) -> None:
        self.is_down = False
        share = {"memory": memory, **options.pop("share", {})}
        made: dict[str, Any] = {"apiKey": DEMO_KEY, "share": share, "maxRetries": 0} | options
        super().__init__(count, **made)
        mock = MockApi(api(), CATALOGUE, check_replies=False)

        def respond(request: httpx.Request) -> httpx.Response:
            return httpx.Response(503) if self.is_down else mock.respond(request)

        self.router.route().mock(side_effect=respond)
        self.fields = fields
        self.players = [self.player(server) for server in self.servers]

    def player(self, server: Peer) -> Peer:
        """Let a player join a server that serves."""
        self.on(server, SERVE.replace("FIELDS", self.fields))
        player = self.universe.client(f"Player of {server.number}", server=server)
        self.advance(1)
        return player

    def another(self, **options: Any) -> Peer:
        """Start one more server, whose client has other options; return its player."""
        module = options.pop("module", None)
        self._options |= options
        return self.player(self.start(module=module))

    def ask(self, number: int, track: int = 0, limit: int = 20) -> Mapping[str, Any]:
        """Let a player ask; return what they get."""
        return ask(self.players[number], f"'similar', {{ asset_id = '{TRACKS[track]}', limit = {limit} }}")

    def radio(self, number: int, *, seed: int = 0, strategy: str = "'nearest'") -> tuple[Any, Any]:
        """Let a radio play; return its next track and what the server says of sharing."""
        source = RADIO.replace("SEED", TRACKS[seed]).replace("STRATEGY", strategy)
        track, stats = self.on(self.servers[number], source)
        return track, stats

    @property
    def pages(self) -> str:
        """The name of the map of what players asked."""
        names = [name for _, name in self.cloud.memory_stores._structures]  # pyright: ignore[reportPrivateUsage]
        return next(name for name in names if name.startswith("AudioScape/1/pages/players/"))

    def entries(self) -> dict[str, Any]:
        return {key: text for key, (text, _) in self.cloud.memory_stores.sorted_map(self.pages).items()}

    def stats(self, number: int) -> Any:
        return self.on(self.servers[number], "return client:stats()")[0]


@pytest.fixture
def remembering() -> Generator[Remembering]:
    with Remembering() as servers:
        yield servers


def test_what_one_player_asked_players_of_other_servers_get_for_nothing(remembering: Remembering) -> None:
    first = remembering.ask(0)
    remembering.advance(1)
    assert remembering.ask(1)["body"] == first["body"]
    assert len(first["body"]["result"]["tracks"]) == 20
    assert len(remembering.requests) == 1
    assert remembering.stats(0)["share"]["written"] == 1
    assert remembering.stats(1)["share"]["answers"] == 1
    assert remembering.stats(1)["hits"] == 1
    assert [(key[:3], len(text) < 1500) for key, text in remembering.entries().items()] == [("v1/", True)]
    # Only of what radios ask for there are lists.
    assert not any("lists" in name for _, name in remembering.cloud.memory_stores.structures)


def test_who_calls_on_the_server_gets_whole_tracks(remembering: Remembering) -> None:
    remembering.ask(0)
    remembering.advance(1)
    remembering.ask(1)
    call = f"return client:similar('{TRACKS[0]}').tracks"
    for server in remembering.servers:
        (tracks,) = remembering.on(server, call)
        assert any("timbre" in track for track in tracks)
    assert len(remembering.requests) == 3


@pytest.mark.breaks_contract
def test_what_cannot_be_stored_is_used_all_the_same(remembering: Remembering) -> None:
    tracks = b",".join(b'{"asset_id":"%d","name":"\xff"}' % number for number in range(1, 9))
    body = b'{"tracks":[%b],"meta":{"total":8}}' % tracks
    remembering.router.route().respond(content=body, headers={"content-type": "application/json"})
    track, stats = remembering.radio(0)
    assert (track["name"], stats["written"]) == (b"\xff", 0)


@pytest.mark.parametrize("strategy", ["nearest", "smooth"])
def test_a_radio_chooses_from_what_is_remembered_as_it_would_alone(remembering: Remembering, strategy: str) -> None:
    first, _ = remembering.radio(0, strategy=f"'{strategy}'")
    before = len(remembering.requests)
    remembering.advance(20)
    second, stats = remembering.radio(1, strategy=f"'{strategy}'")
    assert first["asset_id"] == second["asset_id"]
    assert stats["answers"] > 0
    assert len(remembering.requests) - before < before


def test_a_strategy_of_the_game_gets_whole_tracks(remembering: Remembering) -> None:
    for number in (0, 1):
        _, stats = remembering.radio(number, strategy="function(candidates) shared.seen = candidates end")
        assert stats["answers"] == 0
        (seen,) = remembering.on(remembering.servers[number], "return shared.seen")
        assert any("timbre" in track for track in seen)


@pytest.mark.breaks_contract
def test_what_is_old_is_asked_again_unless_the_api_fails(remembering: Remembering) -> None:
    remembering.ask(0)
    remembering.advance(299)
    remembering.ask(1)
    assert len(remembering.requests) == 1
    remembering.advance(32)
    remembering.is_down = True
    assert remembering.ask(1)["ok"]
    assert len(remembering.requests) == 2
    assert remembering.stats(1)["stale"] == 1
    remembering.is_down = False
    remembering.advance(3000)
    assert remembering.ask(0)["ok"]
    assert len(remembering.requests) == 3
    remembering.is_down = True
    remembering.advance(3490)
    assert ask(remembering.another(), QUESTION)["ok"]
    remembering.advance(150)
    assert not ask(remembering.another(), QUESTION)["ok"]
    assert remembering.entries() == {}


def test_of_those_who_read_what_has_just_become_old_few_ask_anew() -> None:
    with Remembering(12) as servers:
        servers.ask(0)
        servers.advance(301)
        for number in range(1, 12):
            assert servers.ask(number)["ok"]
        assert len(servers.requests) <= 4
        servers.advance(30)
        before = len(servers.requests)
        servers.ask(1)
        assert len(servers.requests) <= before + 1


def test_radios_leave_half_of_the_memory_to_players() -> None:
    with Remembering(1, memory=40) as servers:
        for seed in range(4):
            servers.radio(0, seed=seed)
            servers.advance(20)
        assert 7000 < servers.cloud.memory_stores.used_memory < 21 * 1024
        assert servers.ask(0)["ok"]
        servers.advance(1)
        assert len(servers.entries()) == 1


def test_who_has_used_its_share_does_not_wait_if_there_is_something_old() -> None:
    with Remembering(share={"perMinute": 10}) as servers:
        servers.ask(0)
        servers.advance(400)
        for track in range(1, 4):
            servers.ask(1, track)
        before = servers.universe.now
        reply = servers.ask(1)
        assert reply["ok"]
        assert servers.universe.now - before < 1
        assert servers.stats(1)["stale"] == 1


def test_who_has_no_request_left_takes_one_that_is_not_divided() -> None:
    with Remembering(1, share={"perMinute": 30}) as servers:
        replies = [servers.ask(0, track) for track in range(12)]
        answered = [reply["ok"] for reply in replies]
        # Its own one or two, and those that all servers have in a quarter of a minute.
        assert 3 <= sum(answered) <= 5
        assert answered[:3] == [True] * 3
        assert {reply["kind"] for reply in replies if not reply["ok"]} == {"busy"}
        # Another server may bring what it wants to know.
        assert all(reply["retryAfter"] <= 10 for reply in replies if not reply["ok"])
        servers.advance(15)
        assert servers.ask(0, 11)["ok"]


ENTRIES: dict[str, Any] = {
    "a number": 5,
    "no text": {"at": 1.75e9, "result": {}},
    "no JSON": "{",
    "not packed": "KLUv",
    "nothing": "",
    "a list": "[]",
    "no time": '{"result":{"tracks":[],"meta":{}}}',
    "from tomorrow": '{"at":1750090000,"result":{"tracks":[],"meta":{}}}',
    "no result": '{"at":1750000000}',
    "no list": '{"at":1750000000,"result":{"tracks":7,"meta":{}}}',
    "another version's": '{"at":1750000000,"tracks":[]}',
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_what_others_have_written_is_read_like_a_reply(remembering: Remembering, entry: Any) -> None:
    remembering.ask(0)
    remembering.advance(15)
    (key,) = remembering.entries()
    write = f"game:GetService('MemoryStoreService'):GetSortedMap('{remembering.pages}'):SetAsync('{key}', ..., 999)"
    remembering.server.run(write, entry)
    assert len(remembering.ask(1)["body"]["result"]["tracks"]) == 20
    assert len(remembering.requests) == 2
    assert remembering.stats(1)["dropped"]["share.memory"] == 1
    remembering.advance(1)
    assert remembering.entries()[key] != entry


def test_wrong_fields_are_left_out_and_counted(remembering: Remembering) -> None:
    remembering.ask(0)
    remembering.advance(15)
    (key,) = remembering.entries()
    result: dict[str, Any] = {"tracks": [{"asset_id": "5", "name": 7}, {"name": "x"}], "meta": {}}
    entry = json.dumps({"at": 1.75e9, "result": result})
    write = f"game:GetService('MemoryStoreService'):GetSortedMap('{remembering.pages}'):SetAsync('{key}', ..., 999)"
    remembering.server.run(write, entry)
    assert remembering.ask(1)["body"]["result"]["tracks"] == [{"asset_id": "5"}]
    assert remembering.stats(1)["dropped"] == {"Track.name": 1, "Track.asset_id": 1}


def test_one_entry_in_ten_seconds_and_within_the_memory() -> None:
    with Remembering(memory=5) as servers:
        for track in range(12):
            servers.ask(0, track)
            servers.advance(5)
        # Every second one, until there is no more room for one as large as the largest.
        largest = max(map(len, servers.entries().values())) + 128
        assert len(servers.entries()) == 5 * 1024 // largest
        servers.ask(1, 11)
        assert servers.cloud.memory_stores.used_memory < 6 * 1024


@pytest.mark.parametrize(("share", "most"), [(0.5, 32 * 1024), (0.02, 0)])
def test_a_part_of_what_the_game_has(share: float, most: int) -> None:
    with Remembering(1, memory=share) as servers:
        for track in range(4):
            servers.ask(0, track)
            servers.advance(10)
        assert len(servers.entries()) == (4 if most else 0)


def test_different_keys_never_meet() -> None:
    with Remembering(1) as servers:
        servers.ask(0)
        servers.advance(1)
        ask(servers.another(apiKey="another-key-12345"), QUESTION)
        assert len(servers.requests) == 2


@pytest.mark.parametrize("fault", ["fail", "hang"])
def test_without_the_store_everything_goes_on(remembering: Remembering, fault: str) -> None:
    getattr(remembering.cloud.faults, fault)("MemoryStoreService")
    for number in (0, 1):
        assert remembering.ask(number)["ok"]
    assert len(remembering.requests) == 2


@pytest.mark.parametrize(("cache", "requests", "written"), [("bypass", 2, 0), ("refresh", 2, 1), ("use", 1, 0)])
def test_the_cache_option_holds_for_it_too(cache: str, requests: int, written: int) -> None:
    with Remembering(1) as servers:
        servers.ask(0)
        servers.advance(11)
        assert ask(servers.another(cache=cache), QUESTION)["ok"]
        servers.advance(1)
        assert len(servers.requests) == requests
        assert servers.stats(1)["share"]["written"] == written


# What the module's `game` is, if `METHODS` are all that its EncodingService has.
_GAME = """
local service: any = game:GetService("EncodingService")
local own: any = { EncodingService = { METHODS } }
local game: any = setmetatable({
    GetService = function(_: any, name: any): any return own[name] or game:GetService(name) end,
}, { __index = function(_: any, member: any): any return (game :: any)[member] end })
""".replace("\n", " ")
_HASHES = "ComputeStringHash = function(_: any, ...: any): any return service:ComputeStringHash(...) end"


def on_engine_with(methods: str) -> ScriptTree:
    """Return the module as it runs where the engine's EncodingService has these methods only."""
    tree = artefact("tree")
    head = _GAME.replace("METHODS", methods)
    children = [
        replace(child, source=(child.source or "").replace("local Engine = {}", f"{head} local Engine = {{}}"))
        if child.name == "Engine"
        else child
        for child in tree.children
    ]
    return replace(tree, children=tuple(children))


def test_an_engine_that_compresses_nothing_remembers_what_others_read(remembering: Remembering) -> None:
    plain = remembering.another(module=on_engine_with(_HASHES))
    question = f"'similar', {{ asset_id = '{TRACKS[3]}', limit = 20 }}"
    tracks = json.loads(ask(plain, question)["body"])["result"]["tracks"]
    remembering.advance(1)
    assert remembering.ask(0, 3)["body"]["result"]["tracks"] == tracks
    assert (len(tracks), len(remembering.requests)) == (20, 1)


@pytest.mark.parametrize(("group", "warnings"), [("a", 0), (None, 1)])
def test_an_engine_that_hashes_nothing_goes_on_alone(group: str | None, warnings: int) -> None:
    with Remembering(1) as servers:
        share = {"memory": 200, "perMinute": 60} | ({"group": group} if group else {})
        player = servers.another(module=on_engine_with(""), share=share)
        for _ in range(2):
            assert ask(player, QUESTION)["ok"]
        assert len(servers.requests) == 1
        assert "/pages/" not in str(servers.cloud.memory_stores.structures)
        said = [line.text for line in servers.servers[1].output if line.kind == "warn"]
        assert len(said) == warnings
        assert all("`share` is off on this server" in text for text in said)


def test_who_keeps_no_answer_gives_the_others_none() -> None:
    with Remembering(1, cacheSeconds=0, cacheStaleSeconds=0) as servers:
        assert servers.ask(0)["ok"]
        servers.advance(1)
        assert servers.stats(0)["share"]["written"] == 0


def test_who_needs_other_fields_asks_for_them() -> None:
    with Remembering(1) as servers:
        servers.ask(0)
        servers.advance(1)
        servers.fields = ", fields = { 'mood' }"
        reply = ask(servers.another(), QUESTION)
        assert any("mood" in track for track in reply["body"]["result"]["tracks"])
        assert len(servers.requests) == 2
