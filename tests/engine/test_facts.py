"""The facts table keeps its own rules, and what it calls modelled is tested."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from audioscape_luau.engine import Settings
from audioscape_luau.engine.facts import FactError, load_facts


def test_every_setting_belongs_to_a_fact() -> None:
    assert {field.name for field in fields(Settings)} == {fact.setting for fact in load_facts()} - {None}


def test_every_modelled_fact_has_a_test() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py"))
    carried = {name for call in re.findall(r"mark\.fact\(([^)]*)\)", tests) for name in re.findall(r'"([^"]+)"', call)}
    assert {fact.id for fact in load_facts() if fact.modelled} - carried == set()


GOOD = '[[fact]]\nid = "a.b"\nstatement = "s"\nsource = "p"\nmark = "{mark}"\nmodelled = true\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.format(mark="documented") * 2, "a.b is there twice"),
        (GOOD.format(mark="guessed"), "a.b: guessed is no mark"),
        (GOOD.format(mark="unknown"), "a.b is unknown but modelled without a setting"),
        (GOOD.format(mark="documented") + 'setting = "nothing"\n', "a.b: there is no setting nothing"),
        (GOOD.format(mark="documented") + "extra = 1\n", "a.b: .*extra"),
        ("[[fact]]\nid = 'a'\n", "a: .*missing"),
    ],
)
def test_a_table_that_contradicts_itself(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "facts.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FactError, match=message):
        load_facts(file)
