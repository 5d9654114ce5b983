"""`audioscape check` on an API of another shape: it keeps the client that is generated, and finds small faults."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from audioscape_luau.contract import case as cases
from audioscape_luau.contract.case import CHAIN, PHASES, Case
from audioscape_luau.contract.coverage import declared
from audioscape_luau.contract.plan import plan, replay
from audioscape_luau.contract.run import run, run_case
from audioscape_luau.contract.spread import Order, check
from audioscape_luau.contract.subject import Module, Subject, generated_module
from audioscape_luau.openapi import ApiModel, Object, load, walk
from roblox_double import ScriptTree
from support.game import api

pytestmark = [pytest.mark.other_api, pytest.mark.breaks_contract]

SPEC = Path(__file__).parent / "museum/museum.openapi.yaml"


@cache
def museum() -> ApiModel:
    return load(SPEC)


@cache
def generated() -> Module:
    return generated_module(museum())


def names_of(model: ApiModel) -> set[str]:
    """Return the names of operations, inputs and fields that no other API would have by chance."""
    names: set[str] = set()
    for operation in model.operations:
        names.add(operation.id)
        for field in (*operation.inputs, *operation.result.fields):
            names.add(field.name)
            for shape in walk(field.shape):
                if isinstance(shape, Object):
                    names |= {inner.name for inner in shape.fields}
    return {name for name in names if re.search("_|[a-z][A-Z]", name)}


def test_no_rule_and_no_scene_knows_a_name_of_the_api_that_ships() -> None:
    names = names_of(api())
    assert len(names) > 5
    room = Path(cases.__file__).parent
    found: set[tuple[str, str]] = set()
    for file in sorted(room.rglob("*.py")):
        # The music analysis is the module's own: its functions say which fields they look at.
        if file not in (room / "scenes/mir.py", room / "scenes/radio/hidden_sound.py"):
            texts = (
                it.value for it in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(it, ast.Constant)
            )
            words = {word for text in texts if isinstance(text, str) for word in re.findall(r"\w+", text)}
            found |= {(file.name, word) for word in words & names}
    assert found == set()


def test_what_every_operation_shows_is_not_tried_on_each() -> None:
    enough = {case.token: case for case in plan(museum()) if isinstance(case, Case)}
    all_of_them = {case.token: case for case in plan(museum(), pattern="*/*") if isinstance(case, Case)}
    assert enough.keys() < all_of_them.keys()
    left_out = [all_of_them[token] for token in all_of_them.keys() - enough.keys()]
    assert all(case.about for case in left_out)
    shown = {(case.phase, case.about, case.label) for case in enough.values()}
    # A schema begins elsewhere in each reply: there, its fields go by their last names.
    assert {(c.phase, c.about, c.label) for c in left_out if c.about == CHAIN} <= shown
    assert {case.about for case in left_out} <= {case.about for case in enough.values()}
    for about in {case.about for case in enough.values()} - {CHAIN, ""}:
        assert len({case.operation.id for case in enough.values() if case.about == about}) == 1


def test_headers_are_among_what_is_declared() -> None:
    assert {"work: header x-loans", "work: header x-on-show"} <= set(declared(museum()))


def test_a_ninth_of_each_phase_is_kept() -> None:
    share = plan(museum())[::9]
    broken = [
        (o.case.token, o.broken) for o in run(Subject(generated(), museum()), share, examples=3, seed=0) if o.broken
    ]
    assert broken == []
    assert {case.phase for case in share} == set(PHASES)


@pytest.mark.thorough
def test_all_is_kept_and_all_that_is_declared_is_seen() -> None:
    order = Order(generated(), museum())
    played = list(check(order, order.parts(), jobs=1))
    assert [finding.report for part in played for finding in part.findings if finding.report] == []
    assert {name for part in played for name in part.handled} >= set(declared(museum()))


def edited(path: str, old: str, new: str) -> Module:
    """Return the generated client with a piece of one of its sources replaced."""

    def change(tree: ScriptTree, names: list[str]) -> ScriptTree:
        if names:
            assert names[0] in {child.name for child in tree.children}, path
            inside = (change(it, names[1:]) if it.name == names[0] else it for it in tree.children)
            return replace(tree, children=tuple(inside))
        assert tree.source is not None
        assert tree.source.count(old) == 1, f"{path} has {old!r} {tree.source.count(old)} times"
        return replace(tree, source=tree.source.replace(old, new))

    return Module(change(generated().tree, path.split("/")), "an edited client")


EDITS: dict[str, tuple[str, str, str, str, str]] = {
    "another path": (
        *("generated/operations/work", '"/works/{work_id}"', '"/work/{work_id}"'),
        *("examples/work/one", "unknown-path"),
    ),
    "a choice that is not known": (
        *("generated/operations/searchWorks", '"oil", "bronze", "paper"', '"oil", "bronze"'),
        *("boundaries/searchWorks/request/material-enum paper", "valid-accepted"),
    ),
    "a text that may be longer": (
        *("generated/operations/searchWorks", "most = 80", "most = 81"),
        *("boundaries/searchWorks/request/words-81 characters", "invalid-refused"),
    ),
    "a number too many in a path": (
        *("generated/operations/work", "maximum = 9999999", "maximum = 10000000"),
        *("boundaries/work/request/work_id-above maximum", "invalid-refused"),
    ),
    "a default that is sent": (
        *("generated/operations/searchWorks", ', default = "year"', ""),
        *("boundaries/searchWorks/request/order-default", "default-sent"),
    ),
    "a default within an object that is taken for another": (
        *("generated/Schemas", "default = 1500", "default = 1501"),
        *("boundaries/searchWorks/request/period.from-default", "default-sent"),
    ),
    "ends in any order": (
        *("generated/Schemas", '}, { "from", "to" })', "})"),
        *("boundaries/searchWorks/request/period.from-above the other end", "invalid-refused"),
    ),
    "an id with a fraction": (
        *("wire/is", 'type(value) == "number" and value % 1 == 0', 'type(value) == "number" and value - value == 0'),
        *("boundaries/work/reply/id-fraction", "reply-lost"),
    ),
    "what each must have is not looked for": (
        *(
            "generated/Schemas",
            '{ name = "title", schema = Schema.TEXT, required = true }',
            '{ name = "title", schema = Schema.TEXT }',
        ),
        *("boundaries/searchWorks/reply/works.0.title-absent", "item-not-dropped"),
    ),
    "texts of a list that are not looked at": (
        *(
            "generated/Schemas",
            '{ name = "artists", schema = { kind = "list", items = Schema.TEXT } }',
            '{ name = "artists", schema = { kind = "list", items = Schema.NUMBER } }',
        ),
        *("examples/work/one", "item-lost"),
    ),
    "one reply for the other": (
        *("generated/operations/labelText", 'fixed = "text"', 'fixed = "list"'),
        *("examples/labelText/text", "broken-choice"),
    ),
    "a read that is not remembered": (
        *("generated/operations/searchWorks", 'effect = "read"', 'effect = "write"'),
        *("stateful/searchWorks/asked twice", "cached"),
    ),
    "a write that is remembered": (
        *("generated/operations/keep", 'effect = "write"', 'effect = "read"'),
        *("stateful/keep/stats", "counted"),
    ),
    "an event that is sent again": (
        *("generated/operations/visit", 'effect = "event"', 'effect = "write"'),
        *("faults/visit/server-error", "retry-limit"),
    ),
    "pages that do not go on": (
        *("generated/operations/searchWorks", 'offset = "skip"', 'offset = "take"'),
        *("stateful/searchWorks/pages to the end", "pages-end"),
    ),
    "a shorter page that is not taken for the last": (
        *("generated/operations/searchWorks", "size = 10", "size = 9"),
        *("stateful/searchWorks/pages of the usual length", "pages-end"),
    ),
    "a pattern that lets through more": (
        *("generated/operations/searchWorks", "after = { 3 }", "after = { -1, 3 }"),
        *("boundaries/searchWorks/request/keywords[1]-text 'a-'", "invalid-refused"),
    ),
    "a number that is not known": (
        *("generated/operations/keep", "{ 1, 3, 5 }", "{ 1, 3, 5, 7 }"),
        *("boundaries/keep/request/stars-enum near 7", "invalid-refused"),
    ),
    "another bound in words": (
        *("generated/operations/work", "from 1 to 9999999", "from 1 to 999999"),
        *("boundaries/work/request/work_id-above maximum", "names-bounds"),
    ),
    "another length in words": (
        *("generated/operations/searchWorks", "1 to 80 characters", "1 to 8 characters"),
        *("boundaries/searchWorks/request/words-81 characters", "names-bounds"),
    ),
    "a reply that must be something": (
        *("generated/operations/hours", "\tnullable = true,\n", ""),
        *("boundaries/hours/reply/null for all of it", "reply-understood"),
    ),
    "whole numbers in lists of lists": (
        *("generated/Schemas", 'kind = "list", items = Schema.NUMBER', 'kind = "list", items = Schema.WHOLE'),
        *("boundaries/work/reply/size.outline-item item fraction", "item-lost"),
    ),
    "a header that is not handed on": (
        *("generated/operations/work", '\t\t{ name = "x-on-show", schema = Schema.BOOLEAN },\n', ""),
        *("boundaries/work/headers/all", "headers-read"),
    ),
    "a header of another name": (
        *("generated/operations/work", '"x-loans"', '"x-loan"'),
        *("boundaries/work/headers/x-curator absent", "headers-read"),
    ),
    "a header of another type": (
        *("generated/operations/work", '"x-loans", schema = Schema.WHOLE', '"x-loans", schema = Schema.NUMBER'),
        *("boundaries/work/headers/x-loans -0.5", "headers-read"),
    ),
    "a header that is a text": (
        *("generated/operations/work", '"x-loans", schema = Schema.WHOLE', '"x-loans", schema = Schema.TEXT'),
        *("boundaries/work/headers/x-loans x", "headers-read"),
    ),
    "a hint of another": (
        *("generated/operations/searchWorks", "Read what the reason says", "Never mind what the reason says"),
        *("boundaries/searchWorks/status/422", "error-hint"),
    ),
}
"""What is edited where, and which case and rule find it."""


@pytest.mark.cases(9)
@pytest.mark.parametrize("name", EDITS)
def test_a_small_fault_is_found(name: str) -> None:
    path, old, new, token, rule = EDITS[name]
    case = replay(museum(), token)
    assert run_case(Subject(generated(), museum()), case).broken == ()
    assert rule in {broken.rule for broken in run_case(Subject(edited(path, old, new), museum()), case).broken}
