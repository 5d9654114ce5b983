"""Whatever works on a call waits by `waiting`, which keeps what a wait owes the call's deadline."""

from __future__ import annotations

import pytest

from audioscape_luau.resources import luau_root
from roblox_double.vm.lexer import lex

HTTP = luau_root() / "AudioScapeClient" / "http"
_WAITS = ("engine . wait", "task . wait", "Waiter . park", "coroutine . yield")
OWN = {
    "support/Waiter.luau",  # how a thread waits
    "support/waiting.luau",  # what a wait owes the deadline
    "policies/coalesce.luau",  # a caller waits for somebody else's call, until its own deadline
}


def waits(source: str) -> bool:
    """Tell whether a Luau source makes its thread wait."""
    code = " ".join(token.text for token in lex(source) if token.is_code)
    return any(way in code for way in _WAITS)


def test_only_waiting_waits() -> None:
    found = {
        file.relative_to(HTTP).as_posix() for file in HTTP.rglob("*.luau") if waits(file.read_text(encoding="utf-8"))
    }
    assert found == OWN


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("if call.settings.playerId then engine.wait(100) end", True),
        ("Waiter.park(engine, waiter, 5)", True),
        ("local thread = coroutine.yield()", True),
        ("-- engine.wait(100)", False),
        ("waiting.sleep(engine, call, moment)", False),
    ],
)
def test_waits_are_seen(source: str, seen: bool) -> None:
    assert waits(source) == seen
