"""What players hear: the radio, and the few lines that the vendor's documentation shows, in the same worlds.

The catalogue has 1,000 tracks of three minutes on average. Each world has its own chances: where the music begins, and
which requests fail how.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from audioscape_luau.mock import DEMO_KEY, FAILURES, FaultPlan
from audioscape_luau.simulation import MockedApi, World, mocked, shipped
from roblox_double import Heard, Listener, Settings, Universe

HOURS = 6.0
"""Virtual time of a run: more than a hundred tracks."""
FAILING = 0.3
"""The share of requests that fail where faults are tested."""
RUNS = 4
"""Worlds for each figure. Nothing in them depends on the machine, so more of them change little."""
_SILENT = 1800.0
"""A run whose last so many seconds are silent is silent for good: no track and no pause of a radio is that long."""

_HEAD = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, first = ...
local music = Instance.new("Sound")
music.Name = "Music"
music.Parent = game:GetService("SoundService")
local client = AudioScapeClient.new(key)
"""

RADIO = (
    _HEAD
    + """
shared.radio = client:radio(music)
shared.radio:start(first)
"""
)


def with_strategy(name: str, *, per_anchor: int = 13) -> str:
    """Return a script that plays music by a strategy of the radio's, which asks once for `per_anchor` tracks."""
    options = f'{{ strategy = "{name}", tracksPerAnchor = {per_anchor} }}'
    return RADIO.replace("radio(music)", f"radio(music, {options})")


# The nearest track follows when one has ended. What the vendor's module does not have is switched off.
SAMPLE = (
    _HEAD
    + """
local plain = client:withOptions({ maxRetries = 0, cache = "bypass" })
local playing = first
music.Ended:Connect(function()
	local result, err = plain:similar({ asset_id = playing, limit = 1 })
	if not result or #result.tracks == 0 then
		warn(err or "nothing similar")
		return
	end
	playing = result.tracks[1].asset_id
	music.SoundId = "rbxassetid://" .. playing
	music:Play()
end)
music.SoundId = "rbxassetid://" .. playing
music:Play()
"""
)


@dataclass(frozen=True, slots=True)
class Evening:
    """What became of one run."""

    tracks: tuple[str, ...]
    """Asset ids, as the player heard them."""
    dead_air: float
    """Share of the time from the first note on in which the player heard nothing."""
    requests: int
    silent: bool
    """Whether it ended in silence."""


def listen(
    script: str, seed: int, *, hours: float = HOURS, failing: float = 0.0, music: MockedApi | None = None
) -> Evening:
    """Run a script that plays music, as `RADIO` and `SAMPLE` do, for `hours` of virtual time."""
    music = music or mocked()
    with game(music, seed, faults=FaultPlan(shares={FAILURES: failing})) as world:
        listener = world.listener()
        begin(world, music, script)
        world.advance(hours * 3600)
        return evening(world, listener)


def game(
    music: MockedApi,
    seed: int,
    *,
    faults: FaultPlan | None = None,
    settings: Settings | None = None,
    dead: float = 0.0,
) -> World:
    """Return a server that can play the music; a share of the tracks is `dead`, and does not load."""
    universe = Universe(seed=seed, settings=settings, time_limit=None)
    world = World(shipped(), music.respond, faults=faults, universe=universe)
    world.stock(music.catalogue, dead=dead)
    return world


def begin(world: World, music: MockedApi, script: str) -> None:
    """Run a script that makes the Sound `Music` play on from the asset id in its `...`; the key comes first."""
    world.server.run(script, DEMO_KEY, world.chance.choice(music.catalogue.entries).asset_id)


def _beginnings(heard: Sequence[Heard]) -> Iterator[Heard]:
    """Yield the first stretch of each play: one that does not go on where the stretch before it was.

    A track that follows itself without a gap is two plays, or a radio that plays the same for hours would look well.
    """
    before: Heard | None = None
    for stretch in heard:
        if before is None or stretch.content != before.content or stretch.position <= before.position:
            yield stretch
        before = stretch


def evening(world: World, listener: Listener) -> Evening:
    """Return what was heard so far."""
    heard = listener.heard
    begin, end = heard[0].start, world.universe.now
    silences = listener.silences(begin, end)
    return Evening(
        tracks=tuple(stretch.content.removeprefix("rbxassetid://") for stretch in _beginnings(heard)),
        dead_air=sum(stop - start for start, stop in silences) / (end - begin),
        requests=len(world.network.exchanges),
        silent=any(stop == end and stop - start >= _SILENT for start, stop in silences),
    )


def _similarity(tracks: Sequence[str]) -> Iterator[float]:
    for before, after in pairwise(tracks):
        if before != after:
            yield next(score for score, entry in mocked().catalogue.neighbours(before) if entry.asset_id == after)


def figures(name: str, script: str, *, runs: int, hours: float = HOURS) -> Iterator[tuple[str, float]]:
    """Measure `script` in `runs` worlds with a healthy API and as many in which requests fail."""
    healthy = [listen(script, seed, hours=hours) for seed in range(runs)]
    faulty = [listen(script, seed, hours=hours, failing=FAILING) for seed in range(runs)]
    yield f"{name}_dead_air", statistics.mean(run.dead_air for run in healthy)
    yield f"{name}_dead_air_faults", statistics.mean(run.dead_air for run in faulty)
    hundreds = [run.tracks[:100] for run in healthy]
    yield f"{name}_distinct_per_100", statistics.mean(len(set(tracks)) * 100 / len(tracks) for tracks in hundreds)
    yield f"{name}_requests_per_100", statistics.mean(run.requests * 100 / len(run.tracks) for run in healthy)
    yield f"{name}_silent_runs", statistics.mean(run.silent for run in faulty)
    yield f"{name}_similarity", statistics.mean(score for tracks in hundreds for score in _similarity(tracks))


def measure(*, runs: int = RUNS) -> dict[str, float]:
    """Return the figures of the radio, `radio_*`, and of the sample, `sample_*`. Takes ten seconds or so.

    dead_air: share of the time from the first note on in which the player hears nothing, with a healthy API;
    dead_air_faults: the same while `FAILING` of the requests fail. distinct_per_100 and requests_per_100: different
    tracks among the first hundred, and requests for a hundred tracks. silent_runs: share of the runs with failing
    requests that end in silence. similarity: mean score, by the catalogue, of a track to the one before it.
    """
    return dict([*figures("radio", RADIO, runs=runs), *figures("sample", SAMPLE, runs=runs)])
