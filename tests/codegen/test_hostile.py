"""Whatever names and texts a specification holds, the client parses, type-checks and does the same."""

from __future__ import annotations

import json
from functools import cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import pluau  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audioscape_luau.codegen import render
from audioscape_luau.keywords import KEYWORDS
from audioscape_luau.openapi import SpecError, load
from audioscape_luau.simulation import World
from luau_types import SOLVERS, TOOL, analyze
from roblox_double import load_folder
from support.sampling import examples
from support.specs import Document, blank, build_client, luau_text, operation, write_spec
from support.tools import tool

NASTY = [
    '"',
    "'",
    "\\",
    "\\0",
    "\0",
    "\n",
    "\r\n",
    "\r",
    "]]",
    "]=]",
    "--]]",
    "--[[",
    "`{x}`",
    "${x}",
    "{{ x }}",
    "<< x >>",
    "<% x %>",
    "\x1b[31m",
    "\x7f",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\U0001f600",
    "é",
    "a b",
    "a-b",
    "a_b",
    "__index",
    "self",
    "value",
    "raw",
    "x" * 10_000,
    "words and " * 1_000,
    "error('no') --",
    '"] = nil, os.exit() --',
    *sorted(KEYWORDS),
]
TEXT = st.sampled_from(NASTY) | st.text(max_size=30) | st.lists(st.sampled_from(NASTY[:30])).map("".join)
NAME = TEXT.filter(bool)
# Other letters are refused.
OPERATION_ID = st.sampled_from([text for text in NASTY if text.isascii()]) | st.text(
    st.characters(codec="ascii"), min_size=1, max_size=30
)


def hostile(names: list[str], texts: list[str], operation_id: str) -> Document:
    """Return a specification with these names and texts wherever it can hold any."""
    take = cycle(texts)
    document = blank()
    document["info"] = {"title": next(take), "version": next(take), "description": next(take)}
    parameters: list[Document] = [
        {
            "name": f"q{name}",
            "in": "query",
            "description": next(take),
            "schema": {"type": "string", "format": next(take), "enum": [name, "other"], "default": "other"},
        }
        for name in names
    ]
    properties: Document = {name: {"type": "string", "description": next(take)} for name in names}
    nested: Document = {"type": "object", "description": next(take), "properties": properties, "required": names[:1]}
    document["paths"]["/things"] = {
        "post": operation(
            operation_id,
            reply={
                "type": "object",
                "required": ["all"],
                "properties": {
                    "all": {"type": "array", "items": nested},
                    "each": {"type": "object", "additionalProperties": {"type": "array", "items": nested}},
                    **{f"r{name}": nested for name in names},
                },
            },
            summary=next(take),
            description=next(take),
            tags=[next(take)],
            parameters=parameters,
            requestBody={
                "required": True,
                "content": {"application/json": {"schema": {"type": "object", "properties": properties}}},
            },
        )
    }
    document["paths"]["/things"]["post"]["responses"]["200"]["x-hint"] = next(take)
    return document


@cache
def vm() -> pluau.Lua:
    """One for all tests: a VM that is dropped says so on standard output."""
    return pluau.Lua()


def compile_all(files: dict[str, bytes]) -> None:
    """Raise if a file is no Luau."""
    for name, content in files.items():
        text = content.decode()
        assert "\r" not in text
        assert "\0" not in text
        vm().load_chunk(text, name=f"@{name}")


@examples(30, deadline=None)
@given(st.lists(NAME, min_size=1, max_size=4, unique=True), st.lists(TEXT, min_size=1, max_size=8), OPERATION_ID)
def test_the_output_is_luau(names: list[str], texts: list[str], operation_id: str) -> None:
    with TemporaryDirectory() as folder:
        try:
            model = load(write_spec(hostile(names, texts, operation_id), Path(folder)))
            compile_all(render(model))
        except SpecError as error:
            refusals = {"reserved-method", "name-too-long", "lost-letters"}
            assert {str(problem.fault) for problem in error.problems} <= refusals  # noqa: PT017


def exchange(document: Document, query: dict[str, str], body: Document, reply: Document) -> list[Any]:
    """Encode an input and decode a reply in a VM: path, body, result."""
    entries = ", ".join(f"[{luau_text(name)}] = {luau_text(text)}" for name, text in {**query, **body}.items())
    with TemporaryDirectory() as folder, World(load_folder(build_client(document, Path(folder)))) as world:
        return world.server.run(
            f"""
            local operation = select(2, next(require("./AudioScapeClient/generated/Operations")))
            local target, refusal = operation.encode({{ {entries} }})
            assert(target, refusal and refusal.parameter)
            local raw = game:GetService("HttpService"):JSONDecode({luau_text(json.dumps(reply))})
            return target.path, target.body, operation.decode(raw, {{ counts = {{}} }})
            """
        )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAME, min_size=1, max_size=3, unique=True), TEXT)
def test_it_does_the_same(names: list[str], text: str) -> None:
    query = {f"q{name}": name for name in names if name != "other"}
    body = dict.fromkeys(names, text)
    reply = {"all": [body], f"r{names[0]}": body}
    path, sent, result = exchange(hostile(names, [text], "things"), query, body, reply)
    assert path == "/things?" + "&".join(f"{quote(n, safe='-._~')}={quote(v, safe='-._~')}" for n, v in query.items())
    assert list(json.loads(sent).items()) == list(body.items())
    assert result == reply


@pytest.mark.cases(2)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("names", [NASTY[:15], NASTY[15:30], NASTY[30:45], NASTY[45:]], ids=["a", "b", "c", "d"])
def test_it_type_checks(tmp_path: Path, names: list[str], solver: str) -> None:
    tool(TOOL)
    module = build_client(hostile(names, NASTY, "end"), tmp_path)
    (tmp_path / ".luaurc").write_text('{ "languageMode": "strict" }', encoding="utf-8")
    assert [f for f in analyze([module], solver, tmp_path) if f.kind in ("TypeError", "SyntaxError")] == []


@pytest.mark.thorough
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(NAME, min_size=1, max_size=6, unique=True), st.lists(TEXT, min_size=1, max_size=8))
def test_any_of_it_type_checks(names: list[str], texts: list[str]) -> None:
    tool(TOOL)
    with TemporaryDirectory() as folder:
        module = build_client(hostile(names, texts, "things"), Path(folder))
        for solver in SOLVERS:
            found = analyze([module], solver, Path(folder))
            assert [finding for finding in found if finding.kind in ("TypeError", "SyntaxError")] == []
