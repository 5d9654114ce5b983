"""How well one track follows on another: the radio's strategies beside one that knows all, in worlds of several kinds.

Nothing here depends on the machine. No strategy is tuned to one world: in each, the analysis tells more or less of how
tracks sound.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from audioscape_luau.mock import DEMO_KEY, WORLDS, Catalogue
from audioscape_luau.simulation import PLACE_ID, UNIVERSE_ID, MockedApi, mocked, shipped
from audioscape_luau.tools.bench.radio import HOURS as FLEET_HOURS
from audioscape_luau.tools.bench.radio import RADIO, Evening, evening, game, listen, with_strategy
from audioscape_luau.tools.oracle import likeness, oracle
from roblox_double import Listener, LuauValue

STRATEGIES = ("nearest", "smooth", "explore")
PER_ANCHOR = (6, 24)
"""How many tracks `smooth` plays for a request, beside the default: how the ratio grows with requests."""
RUNS = 2
"""Runs for each figure, each with a beginning of its own."""
TRACKS = 120
"""Tracks of a run that count."""
HOURS = 14.0
"""What requests are counted over: some 250 tracks."""
FLEET, PLAYERS = 20, 20
"""Servers of one game whose radios begin with the same track, and the players on each."""
SHARE: LuauValue = {"memory": 400}
"""What the client's option of that name is on them: radios fill half of so many kilobytes."""
SHARING = RADIO.replace("key, first = ...", "key, first, share = ...").replace(
    "new(key)", "new({ apiKey = key, share = share })"
)


def figures(case: str, heard: Sequence[Evening], catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Yield what evenings come to, beside the oracle's from the same beginnings."""
    scores = [likeness(catalogue, one.tracks[:TRACKS]) for one in heard]
    best = [likeness(catalogue, oracle(catalogue, one.tracks[0], TRACKS)) for one in heard]
    ratios = [statistics.mean(mine) / statistics.mean(most) for mine, most in zip(scores, best, strict=True)]
    yield f"flow_ratio_{case}", statistics.mean(ratios)
    yield f"flow_p10_{case}", statistics.mean(statistics.quantiles(one, n=10)[0] for one in scores)
    yield f"flow_requests_{case}", statistics.mean(one.requests * 100 / len(one.tracks) for one in heard)
    yield f"flow_distinct_{case}", statistics.mean(len(set(one.tracks[:100])) for one in heard)


def together(
    music: MockedApi, seed: int, *, share: LuauValue = SHARE, servers: int = FLEET, hours: float = FLEET_HOURS
) -> list[Evening]:
    """Let the servers of a game play, whose radios begin with the same track, a minute after each other.

    Each counts the requests of all. `share` is the client's option of that name.
    """
    with game(music, seed) as world:
        universe = world.universe
        first = world.chance.choice(music.catalogue.entries).asset_id
        peers = [world.server, *(universe.server(place_id=PLACE_ID, game_id=UNIVERSE_ID) for _ in range(1, servers))]
        listeners: list[Listener] = []
        for peer in peers:
            if peer is not world.server:
                peer.mount(shipped(), "ServerScriptService")
            for _ in range(PLAYERS):
                universe.guest(server=peer)
            listeners.append(Listener(peer))
            peer.spawn(SHARING, DEMO_KEY, first, share)
            world.advance(60)
        world.advance(hours * 3600)
        return [evening(world, listener) for listener in listeners]


def of_fleets(world: str, fleets: Sequence[Sequence[Evening]], catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Yield what fleets come to, all of one size."""
    for name, value in figures(f"{world}_fleet", [one for fleet in fleets for one in fleet], catalogue):
        # Each server counts the requests of all.
        yield name, value / len(fleets[0]) if name.startswith("flow_requests") else value
    yield f"flow_orders_{world}_fleet", min(len({one.tracks[:TRACKS] for one in fleet}) for fleet in fleets)


def measure(*, runs: int = RUNS, worlds: Sequence[str] = WORLDS, fleet: int = FLEET) -> dict[str, float]:
    """Return the figures `flow_WHAT_WORLD_STRATEGY`. Takes eight minutes.

    Those of `smooth` with other numbers of tracks for a request end in `_smooth_per_TRACKS`, and in `_fleet` those of
    a `fleet` of servers that share; requests are those of one server then, and orders how many orders of theirs differ.

    ratio: mean likeness of a track to the one before it, as a share of the oracle's. p10: the likeness that nine of ten
    such pairs exceed. requests: for a hundred tracks. distinct: different tracks among the first hundred.
    """
    found: dict[str, float] = {}
    for world in WORLDS:
        if world in worlds:
            music = mocked(world=world)
            cases = {strategy: with_strategy(strategy) for strategy in STRATEGIES}
            cases |= {f"smooth_per_{tracks}": with_strategy("smooth", per_anchor=tracks) for tracks in PER_ANCHOR}
            for name, script in cases.items():
                heard = [listen(script, seed, hours=HOURS, music=music) for seed in range(runs)]
                found |= figures(f"{world}_{name}", heard, music.catalogue)
            fleets = [together(music, seed, servers=fleet) for seed in range(runs)]
            found |= of_fleets(world, fleets, music.catalogue)
    return found
