"""A hostile player costs the radio and the other players nothing, and the server little."""

from __future__ import annotations

from audioscape_luau.tools.bench import players


def test_a_siege_is_survived() -> None:
    siege, quiet = players.siege(seconds=12), players.siege(seconds=12, hostile=False)
    counts = siege.counts
    assert counts["sent"] > 5900
    # Three calls at once and one every five seconds; what was asked before is free.
    assert siege.requests - quiet.requests <= 6
    # A hundred calls are looked at, then ten a second; the rest is refused unseen.
    looked_at = sum(counts.get(what, 0) for what in ("ok", "not_allowed", "invalid_request"))
    assert 100 < looked_at <= 100 + 12 * 10 + 5
    assert counts["busy"] > 5500
    assert counts.get("raised", 0) == counts.get("nothing", 0) == 0
    # On their way there and back, and no more.
    assert counts["most"] < 120
    assert (siege.answered, quiet.answered) == (1, 1)
    assert (siege.silence, quiet.silence) == (0, 0)
    assert siege.memory - quiet.memory < 1500


def test_players_who_leave_at_once_leave_nothing_behind() -> None:
    left = players.leaving(players=150)
    assert left.errors == []
    assert left.memory < 60
    # Equal questions that are under way are one.
    assert 1 <= left.requests <= 12


def test_figures() -> None:
    figures = players.measure(seconds=2, players=20)
    assert {name.removeprefix("players_hostile_") for name in figures} == {
        *("calls", "waiting", "answers", "requests", "others", "silence", "memory_kb", "us"),
        *("left_requests", "left_kb"),
    }
    assert figures["players_hostile_calls"] > 900
    assert figures["players_hostile_others"] == 1
