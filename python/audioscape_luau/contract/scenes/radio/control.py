"""What a game tells a radio to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from audioscape_luau.contract.boundaries import UNKNOWN
from audioscape_luau.contract.case import Broken, Case
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.rules import IDS
from audioscape_luau.contract.scenes.attempts import at_the, outside, refused, taken, tried
from audioscape_luau.contract.scenes.parts import cases_of, made
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, PLAYERS, Ring, is_near, listened
from audioscape_luau.contract.subject import Observation

_NOTED = """
local steps = {}
local function note(ok, err)
	local track = radio:nowPlaying()
	local kind = if type(err) == "table" and table.isfrozen(err) then err.kind else err
	table.insert(steps, { ok == true, tostring(kind), if track then track.ID else "none", player.IsPlaying })
end
"""
_STEP = """do
	local ok, err = ORDER
	task.wait(SECONDS)
	note(ok, err)
end
"""
_TRIED = """
local said = {}
local function try(order)
	local raised, ok, err = pcall(order)
	local isError = type(err) == "table" and table.isfrozen(err) and type(err.message) == "string"
	if isError then hear(describe(err)) end
	local refusal = if isError then err.id else "nothing"
	table.insert(said, if not raised then tostring(ok) elseif ok then "done" else refusal)
end
"""
_QUEUED, _RESEEDED = "200", "300"
_QUIETER = 0.25
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "maxDistinct": (1, 1000000),
    "variety": (0, 1),
    "historySize": (1, 1000),
    "artistSpacing": (0, 100),
    "tracksPerAnchor": (1, 100),
    "loadTimeout": (1, 600),
    "crossfade": (0, 20),
    "targetLoudness": (-40, -5),
    "unplayableShare": (0.01, 1),
}
"""The least and the most that an option may be."""
_WHOLE = {"maxDistinct", "historySize", "artistSpacing", "tracksPerAnchor"}


def scenes(ring: Ring) -> Iterator[Case]:
    """Yield radios that are told what to do, and what they cannot do."""
    case = cases_of(ring.operation)
    for player in PLAYERS:
        steps = "".join(_STEP.replace("ORDER", step.order).replace("SECONDS", f"{step.wait:g}") for step in _STEPS)
        script = f"{ring.tuned(player=player)}{ring.in_its_words(_NOTED)}{steps}return steps"
        name = f"a radio on {player} that is told what to do"
        yield case(name, script, ring.answer(), _obeys, around=listened())
    yield _refusing(ring)
    yield from _options(ring)


@dataclass(frozen=True, slots=True)
class _Step:
    """An order to the radio, and what must have come of it a while later."""

    order: str
    plays: Callable[[str, Sequence[str]], bool]
    """Whether the track is right, given those of the steps before."""
    sounds: bool = True
    wait: float = 5.0


def _same(track: str, before: Sequence[str]) -> bool:
    return track == before[-1]


def _new(track: str, before: Sequence[str]) -> bool:
    return track not in (*before, "none")


def _none(track: str, _: Sequence[str]) -> bool:
    return track == "none"


_STEPS = (
    _Step(f'radio:start("{FIRST}")', lambda track, _: track == FIRST),
    _Step("radio:skip()", _new),
    _Step("radio:previous()", lambda track, _: track == FIRST),
    _Step("radio:skip()", lambda track, before: track == before[1]),
    _Step(f'radio:queue("{_QUEUED}")', _same),
    _Step("radio:skip()", lambda track, _: track == _QUEUED),
    _Step(f'radio:reseed("{_RESEEDED}")', _same),
    _Step("radio:skip()", lambda track, _: is_near(track, _RESEEDED)),
    _Step("radio:pause()", _same, sounds=False, wait=LENGTH / 5),
    _Step("radio:pause()", _same, sounds=False, wait=3 * LENGTH),
    _Step("radio:resume()", _same),
    _Step(f"radio:setVolume({_QUIETER})", _same),
    _Step("radio:stop()", _none, sounds=False, wait=3 * LENGTH),
    _Step(f'radio:start("{_QUEUED}")', lambda track, _: track == _QUEUED),
    _Step("radio:destroy()", _none, sounds=False),
)


def _obeys(seen: Observation) -> Iterator[Broken]:
    tracks: list[str] = []
    (steps,) = cast("tuple[list[list[Any]]]", seen.returned)
    for step, (ok, err, track, sounds) in zip(_STEPS, steps, strict=True):
        did = f"after `{step.order}`"
        if not ok:
            yield Broken("radio-obeys", f"`{step.order}` was refused: {err}")
        elif not step.plays(track, tracks):
            yield Broken("radio-obeys", f"{did} track {track} plays; before it were {', '.join(tracks) or 'none'}")
        elif sounds is not step.sounds:
            yield Broken("radio-obeys", f"{did} the player {'plays' if sounds else 'is silent'}")
        tracks.append(track)
    if seen.heard and seen.heard[-1].volume != _QUIETER:
        yield Broken("radio-obeys", f"the volume was set to {_QUIETER}, the last track has {seen.heard[-1].volume}")


_REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("radio:skip()", "radio:pause()", "radio:resume()", "radio:previous()"), "radio_not_started"),
    "radio:start()": "radio_no_seed",
    "radio:start({})": "bad_parameter",
    'radio:queue("x")': "bad_parameter",
    "radio:reseed(nil)": "missing_parameter",
    "radio:setVolume(11)": "radio_bad_volume",
    "radio:setVolume(-1)": "radio_bad_volume",
    "radio:setVolume(0 / 0)": "radio_bad_volume",
    'radio:setFilters("rock")': "bad_parameter",
    f'radio:reportUnplayable(nil, "{FIRST}")': "radio_not_current",
    'radio:vote(nil, "up")': "radio_analytics_off",
    **dict.fromkeys(("radio.skip()", "radio.start(5)", "radio.destroy()"), "radio_needs_colon"),
}
"""What cannot be done, and the error that says so."""
_TOO_LATE = (f'radio:start("{FIRST}")', "radio:skip()", f'radio:queue("{FIRST}")', "radio:setVolume(1)", "radio:stop()")


def _refusing(ring: Ring) -> Case:
    wanted = [*_REFUSED.items(), ("radio:destroy()", "done")]
    wanted += [(order, "radio_destroyed") for order in _TOO_LATE] + [("radio:destroy()", "done")]
    done = "".join(f"try(function() return {order} end)\n" for order, _ in wanted)

    def judge(seen: Observation) -> Iterator[Broken]:
        (said,) = cast("tuple[list[str]]", seen.returned)
        for (order, want), told in zip(wanted, said, strict=True):
            if told != want:
                known = told.startswith("radio_") or told in {"done", "nothing", *IDS}
                yield Broken("radio-refuses" if known else "never-throws", f"`{order}` came to {told!r}, not {want!r}")

    name = "a radio that cannot do as it is told"
    script = f"{ring.tuned()}{_TRIED}{done}return said"
    return cases_of(ring.operation)(name, script, ring.answer(), judge, expects_output=True)


def _options(ring: Ring) -> Iterator[Case]:
    case = cases_of(ring.operation)
    head = f"{made()}{PLAYERS['a Sound']}"
    attempts = [(f"client:radio(player, {luau(options)})", name) for options, name in wrong_options()]
    attempts += [(f"client:radio({text})", "Sound") for text in ("", "5", '"Music"', "workspace", "{}")]
    attempts += [("client:radio(player, 5)", "options")]
    attempts += [(f"client:radio(player, {{ pool = {ring.odd_track('7')} }})", "pool list")]
    given = head + tried([attempt for attempt, _ in attempts])
    yield case("a radio with options that are wrong", given, ring.answer(), refused(attempts))
    right = [f"client:radio(player, {luau(options)}):destroy()" for options in at_the(_NUMBERS)]
    yield case("a radio with options at their bounds", head + tried(right), ring.answer(), taken(right))


def wrong_options() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield options of a radio that are wrong, and the words that must be told."""
    yield from outside(_NUMBERS, _WHOLE)
    yield {UNKNOWN: 1}, UNKNOWN
    for name in ("strategy", "pool", "fallback", "random", "filters", "preload", "audience", "structure", "analytics"):
        yield {name: 5}, name
    yield {"filters": {UNKNOWN: 1}}, UNKNOWN
    yield {"strategy": "closest"}, "strategy"
    yield {"strategy": "nearst"}, 'strategy mean "nearest"?'
    yield {"historysize": 5}, "mean `historySize`?"
    yield {"pool": []}, "pool empty"
    yield {"pool": ["x"]}, "pool"
    yield {"fallback": ["x"]}, "fallback"
    yield {"analytics": True}, "analytics AudioScapeClient.new"
