"""Templates cannot print what nobody made safe."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from audioscape_luau.codegen import render
from audioscape_luau.codegen.environment import UnsafeOutputError, environment
from audioscape_luau.codegen.literals import LuauString
from audioscape_luau.openapi import load
from audioscape_luau.resources import spec_file


def fill(template: str, **values: object) -> str:
    return environment().from_string(template).render(values)


def test_tokens_and_what_macros_make_of_them() -> None:
    template = "<% macro m(x) %>\n[<< x >>]\n<% endmacro %>\n<< m(a) >>\nx\n"
    assert fill(template, a=LuauString("<&>")) == '["<&>"]\nx\n'


@pytest.mark.parametrize("expression", ["a", "a ~ 'x'", "[b]", "b.text", "c", "d", "a ~ b"])
def test_anything_else_is_refused(expression: str) -> None:
    with pytest.raises(UnsafeOutputError):
        fill(f"<< {expression} >>", a="text", b=LuauString("x"), c=None, d=1)


@pytest.mark.parametrize("expression", ["a | safe", "a | upper", "a | tojson"])
def test_there_are_no_filters_that_make_text(expression: str) -> None:
    with pytest.raises(jinja2.TemplateAssertionError):
        fill(f"<< {expression} >>", a="text")


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        fill("<% if a.b %><% endif %>", a=1)


def test_luau_is_no_template() -> None:
    text = "`{#tracks}` {% x {{ 1 }}"
    assert fill(text) == text


def test_own_templates_take_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "Operations.luau.jinja").write_text(
        "-- mine <% for o in operations %><< o.method >><% endfor %>\n", encoding="utf-8"
    )
    model = load(spec_file())
    mine, ours = render(model, tmp_path), render(model)
    methods = "".join(operation.id for operation in model.methods)
    assert mine["generated/Operations.luau"] == f"-- mine {methods}".encode()
    assert {name for name in ours if mine[name] != ours[name]} == {"generated/Operations.luau"}


def test_own_templates_are_held_to_the_same(tmp_path: Path) -> None:
    (tmp_path / "Operations.luau.jinja").write_text("<< operations[0].method.text >>", encoding="utf-8")
    with pytest.raises(UnsafeOutputError):
        render(load(spec_file()), tmp_path)
