"""Every method in every state: what it returns, and that it neither throws nor yields."""

from __future__ import annotations

import pytest

from support.radio import MakeWorld, RadioWorld

STATES = {
    "stopped": "",
    "loading": "radio:start('7')",
    "playing": "radio:start('7') task.wait(150)",
    "paused": "radio:start('7') task.wait(150) radio:pause()",
    "without the API": "api.broken = true radio:start('7') task.wait(150)",
    "ended": "radio:start('7') task.wait(150) radio:stop()",
    "destroyed": "radio:start('7') task.wait(150) radio:destroy()",
    "without a player": "radio:start('7') task.wait(150) player:Destroy() task.wait(1)",
}
GONE = {"destroyed": "radio_destroyed", "without a player": "radio_player_gone"}
GOOD = {
    "start": "'9'",
    "pause": "",
    "resume": "",
    "skip": "",
    "previous": "",
    "stop": "",
    "queue": "'20'",
    "reseed": "'30'",
    "setFilters": "{ genres = { 'Jazz' } }",
    "setVolume": "0.25",
    "destroy": "",
    "Destroy": "",
}
BAD = {
    "start": ("'no id'", "invalid_request"),
    "queue": ("{}", "invalid_request"),
    "reseed": ("true", "invalid_request"),
    "setFilters": ("'Jazz'", "invalid_request"),
    "setVolume": ("11", "invalid_request"),
    "reportUnplayable": ("nil, 'no id'", "invalid_request"),
}
CALL = """
local outcome
local thread = task.spawn(function()
    outcome = table.pack(pcall(function() return radio:{method}({arguments}) end))
end)
assert(coroutine.status(thread) == "dead", "it yields")
assert(outcome[1], outcome[2])
return outcome[2], outcome[3] and outcome[3].id, outcome[3] and outcome[3].kind, outcome[3] and tostring(outcome[3])
"""


def call(radio: RadioWorld, method: str, arguments: str) -> list[object]:
    """Return what a method returns: true; or false and the id, the kind and the text of the error."""
    return radio.run(CALL.replace("{method}", method).replace("{arguments}", arguments))


@pytest.mark.cases(24)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("method", GOOD)
def test_what_makes_sense_is_done_and_what_does_not_is_refused(world: MakeWorld, method: str, state: str) -> None:
    radio = world()
    radio.run(STATES[state])
    done, *error = call(radio, method, GOOD[method])
    if state in GONE and method.lower() != "destroy":
        assert done is False
        assert error[0] in GONE.values()
    elif done is not True:
        assert error[:2] in (["radio_not_started", "invalid_request"], ["radio_no_previous", "invalid_request"])
        assert state in ("stopped", "ended") or method == "previous"
    radio.advance(110)
    assert radio.errors() == []
    silent = state in GONE or method in ("pause", "stop", "destroy", "Destroy")
    if state in ("stopped", "ended"):
        silent = method != "start"
    elif state == "paused":
        silent = method not in ("start", "resume", "skip", "previous")
    assert radio.run("return player.Playing") == [not silent]


@pytest.mark.cases(16)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("method", BAD)
def test_bad_input_is_refused_and_changes_nothing(world: MakeWorld, method: str, state: str) -> None:
    radio = world()
    radio.run(STATES[state])
    before = radio.run("return radio:nowPlaying(), player.Playing, radio:upcoming()")
    arguments, kind = BAD[method]
    done, name, found, text = call(radio, method, arguments)
    assert (done, found) == (False, kind)
    assert f"radio:{method}" in str(text) or str(name).startswith("radio_")
    assert radio.run("return radio:nowPlaying(), player.Playing, radio:upcoming()") == before
    assert radio.errors() == []
