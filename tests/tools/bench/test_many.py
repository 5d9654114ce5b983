"""Many servers, and players who ask: what the figures count."""

from __future__ import annotations

import httpx
import pytest

from audioscape_luau.tools.bench import many


def test_the_gate_answers_so_many_in_a_minute() -> None:
    clock = [0.0]
    asked = httpx.Request("GET", "https://api.example/")
    gate, unnamed = (
        many.Gate(lambda: clock[0], lambda _: httpx.Response(200), per_minute=2, named=named) for named in (True, False)
    )
    replies: list[httpx.Response] = []
    for clock[0] in (0.0, 1.0, 10.5, 50.0, 60.0):
        replies.append(gate.respond(asked))
    assert [reply.status_code for reply in replies] == [200, 200, 429, 429, 200]
    assert replies[2].headers["retry-after"] == "50"
    assert gate.pauses == [(10.5, 50.0)]
    assert "retry-after" not in [unnamed.respond(asked) for _ in range(3)][-1].headers


def test_questions_are_asked_and_answered() -> None:
    with many.Fleet(2, players=3) as fleet:
        fleet.ask(600)
        fleet.play(620)
        assert len(fleet.questions) == 2 * 3 * 2
        assert all(question.tracks > 0 for question in fleet.questions)
        # Two radios, and each track that a server was asked about.
        assert 2 + 6 <= len(fleet.gate.log) <= 2 + 12 + 2
        assert (fleet.units, fleet.stored, fleet.silence()) == (0, 0, 0)


def test_who_is_refused_asks_again_for_half_a_minute() -> None:
    with many.Fleet(1, players=1, per_minute=0, named=False) as fleet:
        fleet.ask(300)
        fleet.play(400)
        (question,) = fleet.questions
        assert question.tracks == 0
        assert 1 < question.tries <= 8


@pytest.mark.thorough
def test_figures() -> None:
    found = many.measure(servers=2, minutes=3, idle=0.2, columns=(3,))
    names = {
        *("requests_per_question", "refused", "pause_p99", "answered", "dead_air", "busy_units", "idle_units"),
        *("bytes", "seconds"),
    }
    cases = ("", "_alone", "_unnamed", "_alone_unnamed", "_3", "_alone_3")
    assert set(found) == {f"many_{name}{case}" for name in names for case in cases}
    assert found["many_answered_alone_3"] == 1
    assert (found["many_busy_units_alone"], found["many_bytes_alone"]) == (0, 0)
