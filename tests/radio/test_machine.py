"""Every event in every state of the radio's machine, and what holds after any series of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioscape_luau.engine import LuauValue, Peer

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
local kinds = {}
for _, effect in effects do
	table.insert(kinds, effect.kind)
end
return after, table.concat(kinds, " "), refusal or ""
"""

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
    "ready": {"phase": "playing", **BUSY, "choosing": False, "current": TRACK, "next": OTHER},
    "failing": {"phase": "playing", **BUSY, "choosing": False, "current": TRACK, "next": OTHER, "failures": 2},
    "paused": {"phase": "paused", **BUSY, "current": TRACK},
    "paused, ready": {"phase": "paused", **BUSY, "choosing": False, "current": TRACK, "next": OTHER},
    "paused, over": {"phase": "paused", **BUSY, "choosing": False, "next": OTHER},
    "paused in search": {"phase": "paused", **BUSY},
    "destroyed": {"phase": "destroyed"},
}

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "start": {"kind": "start", "track": OTHER},
    "start without a seed": {"kind": "start"},
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
    "chosen": {"kind": "chosen", "choice": 7, "track": OTHER, "settled": True},
    "chosen for want of better": {"kind": "chosen", "choice": 7, "track": OTHER, "settled": False},
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
    "chosen": {"kind": "chosen", "choice": 6, "track": OTHER, "settled": True},
    "stuck": {"kind": "stuck", "choice": 6, "err": "stuck"},
    "loaded": {"kind": "loaded", "generation": 3},
    "blendable": {"kind": "blendable", "generation": 3},
    "ended": {"kind": "ended", "generation": 3},
    "unplayable": {"kind": "unplayable", "generation": 3, "err": "dead"},
    "spoiled": {"kind": "spoiled", "track": TRACK, "err": "dead"},
}

# What becomes of an event: the next phase and the effects, or "!" and why a command is refused. What is not listed
# changes neither.
started = {
    "start": "playing: play choose",
    "adopt": "playing: follow choose",
    "previous": "playing: play choose",
    "previous of none": "!no_previous",
    "stop": "stopped: silence uncue",
    "destroy": "destroyed: close",
    "gone": "destroyed: fail close",
}
in_search = started | {"pause": "paused:", "replan": "searching: uncue choose"}
sounding = started | {"pause": "paused: hold", "replan": "playing: uncue choose"}
held = started | {"adopt": "paused: follow choose hold", "replan": "paused: uncue choose"}
TABLE: Mapping[str, Mapping[str, str]] = {
    "stopped": {
        "start": "playing: play choose",
        "start without a seed": "!no_seed",
        "adopt": "playing: follow choose",
        "pause": "!not_started",
        "resume": "!not_started",
        "skip": "!not_started",
        "previous": "!not_started",
        "previous of none": "!not_started",
        "destroy": "destroyed: close",
        "gone": "destroyed: fail close",
    },
    "searching": in_search
    | {
        "chosen": "playing: play choose",
        "chosen for want of better": "playing: play choose",
        "stuck": "searching: fail wait",
    },
    "waiting": in_search
    | {
        "chosen": "searching: cue",
        "chosen for want of better": "searching: cue wait",
        "stuck": "searching: fail wait",
        "due": "searching: choose",
    },
    "slowed": in_search
    | {
        "chosen": "searching: cue",
        "chosen for want of better": "searching: cue wait",
        "stuck": "searching: fail wait",
    },
    "slowed, ready": in_search
    | {
        "spoiled": "searching: fail uncue choose",
        "chosen": "searching: cue",
        "chosen for want of better": "searching: cue wait",
        "stuck": "searching: fail wait",
        "due": "playing: play choose",
    },
    "playing": sounding
    | {
        "chosen": "playing: cue",
        "chosen for want of better": "playing: cue wait",
        "stuck": "playing: fail wait",
        "ended": "searching: silence",
        "unplayable": "searching: fail silence",
    },
    "skipped": sounding
    | {
        "chosen": "playing: play choose",
        "chosen for want of better": "playing: play choose",
        "stuck": "playing: fail wait",
        "ended": "searching: silence",
        "unplayable": "searching: fail silence",
    },
    "ready": sounding
    | {
        "spoiled": "playing: fail uncue choose",
        "skip": "playing: play choose",
        "chosen": "playing: cue",
        "chosen for want of better": "playing: cue wait",
        "stuck": "playing: fail wait",
        "due": "playing: choose",
        "blendable": "playing: blend choose",
        "ended": "playing: play choose",
        "unplayable": "playing: fail play choose",
    },
    "failing": sounding
    | {
        "spoiled": "playing: fail uncue choose",
        "skip": "playing: play choose",
        "chosen": "playing: cue",
        "chosen for want of better": "playing: cue wait",
        "stuck": "playing: fail wait",
        "due": "playing: choose",
        "blendable": "playing: blend choose",
        "ended": "playing: play choose",
        "unplayable": "searching: fail silence wait",
    },
    "paused": held
    | {
        "start without a seed": "playing: release",
        "resume": "playing: release",
        "skip": "searching: silence",
        "chosen": "paused: cue",
        "chosen for want of better": "paused: cue wait",
        "stuck": "paused: fail wait",
        "unplayable": "paused: fail",
    },
    "paused, ready": held
    | {
        "spoiled": "paused: fail uncue choose",
        "start without a seed": "playing: release",
        "resume": "playing: release",
        "skip": "playing: play choose",
        "chosen": "paused: cue",
        "chosen for want of better": "paused: cue wait",
        "stuck": "paused: fail wait",
        "due": "paused: choose",
        "unplayable": "paused: fail",
    },
    "paused, over": held
    | {
        "spoiled": "paused: fail uncue choose",
        "start without a seed": "playing: play choose",
        "resume": "playing: play choose",
        "skip": "playing: play choose",
        "chosen": "paused: cue",
        "chosen for want of better": "paused: cue wait",
        "stuck": "paused: fail wait",
        "due": "paused: choose",
        "unplayable": "paused: fail",
    },
    "paused in search": held
    | {
        "start without a seed": "searching:",
        "resume": "searching:",
        "skip": "searching: silence",
        "chosen": "paused: cue",
        "chosen for want of better": "paused: cue wait",
        "stuck": "paused: fail wait",
        "unplayable": "paused: fail",
    },
    "destroyed": dict.fromkeys(
        (
            "start",
            "start without a seed",
            "pause",
            "resume",
            "skip",
            "previous",
            "previous of none",
            "stop",
            "replan",
        ),
        "!destroyed",
    ),
}


def values(plain: object) -> LuauValue:
    return cast("LuauValue", plain)


def step(server: Peer, state: str, event: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, str]:
    return cast("tuple[Mapping[str, Any], str, str]", tuple(server.run(STEP, values(STATES[state]), values(event))))


def test_table_names_only_what_there_is() -> None:
    assert set(TABLE) == set(STATES)
    assert {event for row in TABLE.values() for event in row} <= set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_every_event_in_every_state(server: Peer, state: str, event: str) -> None:
    phase = STATES[state]["phase"]
    expected = TABLE[state].get(event, f"{phase}:")
    after, effects, refusal = step(server, state, EVENTS[event])
    if expected.startswith("!"):
        assert (after["phase"], effects, f"!{refusal}") == (phase, "", expected)
    else:
        assert (f"{after['phase']}: {effects}".strip(), refusal) == (expected, "")


@pytest.mark.parametrize("event", STALE)
@pytest.mark.parametrize("state", STATES)
def test_stale_reports_change_nothing(server: Peer, state: str, event: str) -> None:
    assert step(server, state, STALE[event])[1:] == ("", "")


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
	if state.phase == "searching" or state.phase == "playing" then
		assert(state.choosing or state.waiting or state.next, "nobody looks for the next track " .. now)
	elseif state.phase ~= "paused" then
		assert(not (state.choosing or state.waiting or state.current or state.next), now)
	end
end
return state.phase
"""

KINDS = sorted({str(event["kind"]) for event in EVENTS.values()} - {"destroy", "gone"})


@settings(max_examples=200, deadline=None)
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
