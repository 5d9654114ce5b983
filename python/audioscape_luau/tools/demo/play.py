"""Playing: the real client in a Luau VM, against the mocked API, in virtual time."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from audioscape_luau import resources
from audioscape_luau.codegen import drift, render
from audioscape_luau.mock import DEMO_KEY, FaultPlan
from audioscape_luau.mock import World as WorldKind
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.simulation import World, api, mocked, shipped
from audioscape_luau.tools.demo import show
from audioscape_luau.tools.demo.journey import Journey
from audioscape_luau.tools.demo.page import page
from audioscape_luau.tools.oracle import oracle
from roblox_double import Universe

_LONGEST = 10 * 60.0
"""Virtual seconds that one track may take, pauses for trouble included."""

_SCRIPT = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local key, assetId, strategy, wanted, seconds = ...
local sound = Instance.new("Sound")
sound.Name = "Music"
sound.Parent = game:GetService("SoundService")

local radio = AudioScapeClient.new(key):radio(sound, { strategy = strategy })
local main = coroutine.running()
local played, failures, plans = {}, {}, {}
radio.trackChanged:Connect(function(track)
	table.insert(played, { at = os.clock(), track = track })
	print(track.asset_id)
	if wanted and #played > wanted then
		task.spawn(main)
	end
end)
radio.trackEnding:Connect(function()
	local plan = {}
	for _, track in radio:upcoming() do
		table.insert(plan, track.asset_id)
	end
	table.insert(plans, plan)
end)
radio.failed:Connect(function(err)
	table.insert(failures, tostring(err))
end)
local begin = os.clock()
radio:start(assetId)
if seconds then
	task.wait(seconds)
else
	coroutine.yield()
end
radio:destroy()
return played, failures, begin, plans
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be played. `hours` of virtual time, or `tracks` if that is None."""

    tracks: int = 8
    hours: float | None = None
    asset_id: str | None = None
    seed: int = 0
    strategy: str = "smooth"
    faults: FaultPlan = field(default_factory=FaultPlan)
    html: Path | None = None
    """Where to write the journey as a page."""
    world: WorldKind = "strong"
    """What the analysis of tracks has to do with how they sound."""
    oracle: bool = False
    """Whether the page shows what a radio would play that knows how alike all tracks are."""


class CannotPlay(ValueError):  # noqa: N818 - what it says
    """Why a plan cannot be played."""


def play(console: Terminal, plan: Plan) -> None:
    """Play a radio and show it.

    Raises:
        CannotPlay: the generated client is not current, or there is no such track.
    """
    started = time.perf_counter()
    if drift(render(api()), resources.luau_root() / "AudioScapeClient"):
        raise CannotPlay("The generated client is out of date. Run: audioscape generate")
    music = mocked(seed=plan.seed, world=plan.world)
    catalogue = music.catalogue
    first = plan.asset_id or random.Random(plan.seed).choice(catalogue.entries).asset_id
    if first not in catalogue.by_id:
        raise CannotPlay(f"The catalogue has no track {first}. Leave out --asset-id for a random one.")

    with World(shipped(), music.respond, faults=plan.faults, universe=Universe(seed=plan.seed)) as game:
        game.stock(catalogue)
        listener = game.listener() if plan.html else None
        with show.live(console, game, catalogue, end=plan.hours * 3600 if plan.hours else None, tracks=plan.tracks):
            played, failures, begin, plans = _run(game, plan, first)
        virtual = game.universe.now
        if plan.html and listener:
            best = oracle(catalogue, first, len(played)) if plan.oracle else ()
            journey = Journey.of(game, listener, catalogue, plans=plans)
            text = page(journey, catalogue, strategy=plan.strategy, best=best)
            plan.html.write_text(text, encoding="utf-8")

    turns = played if plan.hours else played[: plan.tracks]
    show.exchanges(console, game)
    show.tracks(console, catalogue, turns, begin)
    for failure in failures:
        console.print(failure, style="yellow")
    distinct = len({turn["track"]["asset_id"] for turn in turns})
    sent = len(game.network.exchanges)
    console.print(
        f"{len(turns)} tracks ({distinct} different), {sent} request{'' if sent == 1 else 's'}; "
        f"{show.clock(virtual)} of music in {time.perf_counter() - started:.1f} s.",
    )
    if plan.html:
        console.print(f"The page: {plan.html}")


type _Run = tuple[list[dict[str, Any]], list[str], float, list[list[str]]]


def _run(game: World, plan: Plan, first: str) -> _Run:
    seconds = None if plan.hours is None else plan.hours * 3600
    wanted = None if plan.hours else plan.tracks
    limit = _LONGEST * (plan.tracks + 1) if seconds is None else seconds + 1
    returned = game.server.run(_SCRIPT, DEMO_KEY, first, plan.strategy, wanted, seconds, limit=limit)
    return cast("_Run", returned)
