"""The facts table keeps its own rules, and what it calls modelled is tested."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from roblox_double import Settings
from roblox_double.facts import Fact, FactError, load_facts
from roblox_double.facts.evidence import count, gather
from roblox_double.facts.page import PAGE, render_page

TESTS = Path(__file__).parents[1]


def test_every_setting_belongs_to_a_fact() -> None:
    assert {field.name for field in fields(Settings)} == {fact.setting for fact in load_facts()} - {None}


def test_every_modelled_fact_has_a_test_and_every_unknown_is_tried_both_ways() -> None:
    counts = count(load_facts(), gather(TESTS))
    assert counts.untested == ()
    assert counts.one_way == ()


def test_the_page_is_current() -> None:
    assert (TESTS.parent / PAGE).read_text(encoding="utf-8") == render_page(load_facts(), "audioscape facts")


UNKNOWN = Fact("a", "s", "p", "unknown", modelled=True, setting="json_scalars")
CARRIED = '@pytest.mark.fact("a")\n'


@pytest.mark.parametrize(
    ("source", "tested", "both"),
    [
        ("def test(): run(json_scalars=False)", False, False),
        (CARRIED + "def test(): run()", True, False),
        (CARRIED + "def test(): run(json_scalars=True)", True, False),
        (CARRIED + "def test(): run(json_scalars=compute())", True, False),
        (CARRIED + "def test(): run(json_nan_tokens=False)", True, False),
        (CARRIED + "def test(): run(json_scalars=False)", True, True),
        (CARRIED + 'def test(): run({"json_scalars": (True, False)})', True, True),
        ('CASES = [pytest.param({"json_scalars": False}, marks=pytest.mark.fact("a"))]', True, True),
        (
            CARRIED + '@pytest.mark.parametrize("s", [True, False])\ndef test(s): run(json_scalars=s)',
            True,
            True,
        ),
        (
            CARRIED + '@pytest.mark.parametrize(("s", "n"), [(True, False), pytest.param(True, 1)])\n'
            "def test(s, n): run(json_scalars=s)",
            True,
            False,
        ),
        (
            "@pytest.fixture(params=[True, False])\ndef s(request): return request.param\n"
            + CARRIED
            + "def test(s): run(json_scalars=s)",
            True,
            True,
        ),
    ],
)
def test_what_counts_as_evidence(tmp_path: Path, source: str, tested: bool, both: bool) -> None:
    (tmp_path / "test_it.py").write_text(source, encoding="utf-8")
    evidence = gather(tmp_path)
    assert (evidence.tested(UNKNOWN), evidence.tried_both_ways(UNKNOWN)) == (tested, both)
    counts = count((UNKNOWN,), evidence)
    assert (counts.untested, counts.one_way) == (() if tested else (UNKNOWN,), () if both else (UNKNOWN,))


GOOD = '[[fact]]\nid = "a.b"\nstatement = "s"\nsource = "p"\nmark = "{mark}"\nmodelled = true\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.format(mark="documented") * 2, "a.b is there twice"),
        (GOOD.format(mark="guessed"), "a.b: guessed is no mark"),
        (GOOD.format(mark="unknown"), "a.b is unknown but modelled without a setting"),
        (GOOD.format(mark="documented") + 'setting = "nothing"\n', "a.b: there is no setting nothing"),
        (GOOD.format(mark="documented") + "extra = 1\n", "a.b: a fact has no extra"),
        ("[[fact]]\nid = 'a'\n", "a has no statement, source, mark, modelled. Add .*statement"),
        (GOOD.format(mark="documented").replace("true", "'yes'"), "a.b: modelled cannot be 'yes'. Write .*= true"),
        ("[[fact]]\nid = [1]\n" + GOOD.split("\n", 2)[2].format(mark="documented"), "id cannot be"),
        ("[[fact]\n", "facts.toml is not TOML: .*line 1"),
    ],
)
def test_a_table_that_contradicts_itself(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FactError, match=message):
        load_facts(file)
