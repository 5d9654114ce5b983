"""Every event in every state of the radio's machine, and what holds after any series of events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roblox_double import LuauValue, Peer
from support.recorded import expect_recorded
from support.sampling import examples

TRANSITIONS = Path(__file__).with_name("transitions.txt")

STEP = """
local machine = require(game:GetService("ServerScriptService").AudioScapeClient.radio.machine)
local changes, event = ...
local state = machine.initial()
for name, value in changes do
	state[name] = value
end
local before = table.clone(state)
local after, effects, refusal = machine.step(state, event)
for name, value in before do
	assert(state[name] == value, "the machine changed the state that it was given")
end
return before, after, effects, refusal or ""
"""

NAMES = (
    "phase",
    "interrupted",
    "generation",
    "choice",
    "choosing",
    "waiting",
    "eager",
    "seeking",
    "failures",
    "misses",
    "current",
    "next",
)
PARTS = ("kind", "track", "choice", "count", "err")
TRACK = {"asset_id": "1"}
OTHER = {"asset_id": "2"}
BUSY = {"generation": 4, "choice": 7, "choosing": True}

STATES: Mapping[str, Mapping[str, Any]] = {
    "stopped": {"phase": "stopped"},
    "searching": {"phase": "searching", **BUSY},
    "waiting": {"phase": "searching", **BUSY, "choosing": False, "waiting": True},
    "slowed": {"phase": "searching", **BUSY, "waiting": True, "failures": 3},
    "slowed, ready": {"phase": "searching", **BUSY, "choosing": False, "waiting": True, "next": OTHER},
    "playing": {"phase": "playing", **BUSY, "current": TRACK},
    "skipped": {"phase": "playing", **BUSY, "current": TRACK, "eager": True},
    "seeking": {"phase": "playing", **BUSY, "current": TRACK, "seeking": True},
    "ready": {"phase": "playing", **BUSY, "choosing": False, "current": TRACK, "next": OTHER},
    "failing": {"phase": "playing", **BUSY, "choosing": False, "current": TRACK, "next": OTHER, "failures": 2},
    "stuck": {"phase": "playing", **BUSY, "choosing": False, "current": TRACK, "waiting": True, "misses": 1},
    "failing on": {"phase": "playing", **BUSY, "current": TRACK, "failures": 4, "misses": 2},
    "paused": {"phase": "paused", **BUSY, "current": TRACK},
    "paused, seeking": {"phase": "paused", **BUSY, "current": TRACK, "seeking": True},
    "paused, ready": {"phase": "paused", **BUSY, "choosing": False, "current": TRACK, "next": OTHER},
    "paused, skipped": {"phase": "paused", **BUSY, "choosing": False, "current": TRACK, "next": OTHER, "eager": True},
    "paused, over": {"phase": "paused", **BUSY, "choosing": False, "next": OTHER},
    "interrupted": {"phase": "paused", **BUSY, "current": TRACK, "interrupted": True},
    "interrupted, ready": {
        "phase": "paused",
        **BUSY,
        "choosing": False,
        "current": TRACK,
        "next": OTHER,
        "interrupted": True,
    },
    "interrupted, failing": {"phase": "paused", **BUSY, "current": TRACK, "failures": 2, "interrupted": True},
    "paused in search": {"phase": "paused", **BUSY},
    "destroyed": {"phase": "destroyed"},
}

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "start": {"kind": "start", "track": OTHER},
    "start without a seed": {"kind": "start"},
    "start with what is found": {"kind": "start", "seeks": True},
    "adopt": {"kind": "adopt", "track": OTHER},
    "pause": {"kind": "pause"},
    "resume": {"kind": "resume"},
    "skip": {"kind": "skip"},
    "previous": {"kind": "previous", "track": OTHER},
    "previous of none": {"kind": "previous"},
    "stop": {"kind": "stop"},
    "destroy": {"kind": "destroy"},
    "gone": {"kind": "gone", "err": "gone"},
    "replan": {"kind": "replan"},
    "replan in a choice": {"kind": "replan", "within": True},
    "adjust": {"kind": "adjust"},
    "interrupted": {"kind": "interrupted", "generation": 4},
    "rejoined": {"kind": "rejoined", "generation": 4},
    "chosen": {"kind": "chosen", "choice": 7, "track": OTHER, "settled": True},
    "chosen for want of better": {"kind": "chosen", "choice": 7, "track": OTHER, "settled": False},
    "chosen, as sought": {"kind": "chosen", "choice": 7, "track": OTHER, "settled": True, "opens": True},
    "stuck": {"kind": "stuck", "choice": 7, "err": "stuck"},
    "due": {"kind": "due"},
    "loaded": {"kind": "loaded", "generation": 4},
    "blendable": {"kind": "blendable", "generation": 4},
    "ended": {"kind": "ended", "generation": 4},
    "unplayable": {"kind": "unplayable", "generation": 4, "err": "dead"},
    "spoiled": {"kind": "spoiled", "track": OTHER, "err": "dead"},
}

# Reports of a track or a choice that is no longer the latest.
STALE = {
    "interrupted": {"kind": "interrupted", "generation": 3},
    "rejoined": {"kind": "rejoined", "generation": 3},
    "chosen": {"kind": "chosen", "choice": 6, "track": OTHER, "settled": True},
    "stuck": {"kind": "stuck", "choice": 6, "err": "stuck"},
    "loaded": {"kind": "loaded", "generation": 3},
    "blendable": {"kind": "blendable", "generation": 3},
    "ended": {"kind": "ended", "generation": 3},
    "unplayable": {"kind": "unplayable", "generation": 3, "err": "dead"},
    "spoiled": {"kind": "spoiled", "track": TRACK, "err": "dead"},
}


def values(plain: object) -> LuauValue:
    return cast("LuauValue", plain)


def step(server: Peer, state: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Tell what becomes of an event: what is another in the state, and what has to be done, or why it is refused."""
    before, after, effects, refusal = cast("list[Any]", server.run(STEP, values(state), values(event)))
    if refusal:
        assert (before, effects) == (after, [])
        return f"refused, {refusal}"
    changed = (f"{name} {told(after.get(name))}" for name in NAMES if after.get(name) != before.get(name))
    done = (" ".join(told(effect[part]) for part in PARTS if part in effect) for effect in effects)
    return "; ".join(filter(None, (", ".join(changed), ", ".join(done))))


def told(value: Any) -> str:
    """Return a value as the record has it; a track is its id."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case {"asset_id": asset_id}:
            return asset_id
        case _:
            return str(value)


@pytest.mark.parametrize("state", STATES)
def test_every_event_in_every_state(server: Peer, state: str) -> None:
    """What an event changes stands in transitions.txt; one that does not stand there changes nothing."""
    outcomes = {name: step(server, STATES[state], event) for name, event in EVENTS.items()}
    table = "\n".join(f"{name}: {outcome}" for name, outcome in outcomes.items() if outcome)
    expect_recorded(TRANSITIONS, state, table)


@pytest.mark.parametrize("state", STATES)
def test_stale_reports_change_nothing(server: Peer, state: str) -> None:
    assert {name: step(server, STATES[state], event) for name, event in STALE.items()} == dict.fromkeys(STALE, "")


RUN = """
local machine = require(game:GetService("ServerScriptService").AudioScapeClient.radio.machine)
local state = machine.initial()
for _, event in ... do
	-- Reports are of the latest track and choice, or of the ones before.
	event.choice = if event.late then state.choice - 1 else state.choice
	event.generation = if event.late then state.generation - 1 else state.generation
	state = machine.step(state, event)
	local now = `after {event.kind} in {state.phase}`
	assert((state.phase ~= "playing") or state.current, now)
	assert((state.phase ~= "searching") or not state.current, now)
	if state.phase == "searching" or state.phase == "playing" or state.phase == "paused" then
		assert(state.choosing or state.waiting or state.next, "nobody looks for the next track " .. now)
	else
		assert(not (state.choosing or state.waiting or state.current or state.next), now)
	end
end
return state.phase
"""

KINDS = sorted({str(event["kind"]) for event in EVENTS.values()} - {"destroy", "gone"})


@examples(200, deadline=None)
@given(
    events=st.lists(
        st.fixed_dictionaries(
            {
                "kind": st.sampled_from(KINDS),
                "track": st.just(OTHER),
                "settled": st.booleans(),
                "late": st.booleans(),
                "err": st.just("trouble"),
            }
        ),
        max_size=30,
    )
)
def test_something_is_always_under_way(server: Peer, events: list[dict[str, Any]]) -> None:
    assert server.run(RUN, values(events)) != ["destroyed"]
