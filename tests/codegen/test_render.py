"""The output as a whole: current, clean, the same every time, and which names it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from audioscape_luau.codegen import drift, render
from audioscape_luau.codegen.names import TAKEN_FILES, TAKEN_METHODS, TAKEN_TYPES
from audioscape_luau.openapi import SpecError, load
from audioscape_luau.resources import luau_root, spec_file
from audioscape_luau.simulation import World
from luau_types import SOLVERS, TOOL, analyze
from roblox_double import load_folder
from support.specs import Document, blank, build_client, operation, write_spec
from support.tools import tool

ROOT = Path(__file__).parents[2]
ASSET: Document = {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True}
DUMP = """
import sys
from pathlib import Path
from audioscape_luau.codegen import render
from audioscape_luau.openapi import load
for name, content in render(load(Path(sys.argv[1]))).items():
    sys.stdout.buffer.write(name.encode() + b"\\n" + content)
"""


def test_what_ships_is_current() -> None:
    assert drift(render(load(spec_file())), luau_root() / "AudioScapeClient") == ""


@pytest.mark.thorough
def test_the_same_specification_gives_the_same_bytes() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", DUMP, str(spec_file())],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT / "python")},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert b"\r" not in outputs.pop()


def test_what_ships_is_formatted_and_lints_clean() -> None:
    generated = [luau_root() / "AudioScapeClient" / name for name in ("init.luau", "generated")]
    for command in (["stylua", "--check"], ["selene"]):
        run = subprocess.run(
            [tool(command[0]), *command[1:], *generated], cwd=ROOT, capture_output=True, encoding="utf-8"
        )
        assert run.returncode == 0, run.stdout + run.stderr


def named(*identifiers: str) -> Document:
    """Return a specification with operations of these ids."""
    document = blank()
    for index, identifier in enumerate(identifiers):
        document["paths"][f"/p{index}"] = {"get": operation(identifier)}
    return document


def paged(identifier: str, items: str) -> Document:
    """Return a specification with an operation that pages through this list."""
    document = blank()
    schemas: dict[str, Document] = {"limit": {"type": "integer"}, "offset": {"type": "integer"}}
    fields: Document = {items: {"type": "array", "items": {"type": "string"}}, "total": {"type": "number"}}
    document["paths"]["/a"] = {
        "get": operation(
            identifier,
            reply={"type": "object", "required": [items], "properties": fields},
            parameters=[{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()],
        )
        | {"x-paging": {"limit": "limit", "offset": "offset", "items": items, "total": "/total"}}
    }
    return document


@pytest.mark.parametrize(
    ("identifiers", "faults"),
    [
        (["a-b", "aB"], ["name-collision"]),
        (["things", "Things"], ["name-collision"]),
        (["a" * 81], ["name-too-long"]),
        (["_send"], ["reserved-method"]),
        *([[name], ["reserved-method"]] for name in sorted(TAKEN_METHODS | TAKEN_FILES)),
        (["NewBudget"], ["reserved-method"]),
        (["Con"], ["reserved-method"]),
        (["get\N{CYRILLIC CAPITAL LETTER TE}hings"], ["lost-letters"]),
        (["\N{CYRILLIC SMALL LETTER ES}hange", "change"], ["lost-letters"]),
        (["\u043f\u043e\u0438\u0441\u043a"], ["lost-letters"]),
        (["get-\N{FULLWIDTH LATIN CAPITAL LETTER T}hings"], ["lost-letters"]),
        (["get\N{ZERO WIDTH SPACE}things"], ["lost-letters"]),
        (["caf\N{LATIN SMALL LETTER E WITH ACUTE}"], ["lost-letters"]),
        (["top\N{ARABIC-INDIC DIGIT ONE}"], ["lost-letters"]),
        (["--"], ["lost-letters"]),
        (["a-" + "b" * 80], ["name-too-long"]),
        (["get things!", "getThings"], ["name-collision"]),
    ],
)
def test_names_that_cannot_be_methods(tmp_path: Path, identifiers: list[str], faults: list[str]) -> None:
    model = load(write_spec(named(*identifiers), tmp_path))
    with pytest.raises(SpecError) as caught:
        render(model)
    assert [problem.fault for problem in caught.value.problems] == faults
    assert all(problem.pointer.endswith("/get/operationId") for problem in caught.value.problems)


@pytest.mark.parametrize("items", ["\N{CYRILLIC SMALL LETTER ES}ongs", "..."])
def test_a_list_whose_name_no_method_can_bear(tmp_path: Path, items: str) -> None:
    with pytest.raises(SpecError) as caught:
        render(load(write_spec(paged("things", items), tmp_path)))
    assert [str(problem.fault) for problem in caught.value.problems] == ["lost-letters"]
    assert caught.value.problems[0].pointer.endswith("/x-paging/items")


def test_what_the_client_has_already_is_no_method_of_the_api() -> None:
    source = (luau_root() / "AudioScapeClient" / "Client.luau").read_text(encoding="utf-8")
    own = set(re.findall(r"^function Client\.(\w+)", source, re.MULTILINE))
    assert "newBudget" in own
    assert own <= TAKEN_METHODS


def test_what_the_face_exports_already_is_no_type_of_the_api() -> None:
    source = (luau_root() / "AudioScapeClient" / "init.luau").read_text(encoding="utf-8")
    own = set(re.findall(r"^export type (\w+) = (?!Types\.)", source, re.MULTILINE))
    assert {"Strategy", "Client"} <= own
    assert own <= TAKEN_TYPES


def test_only_an_operation_has_a_file(tmp_path: Path) -> None:
    """Its items come from a method `coM1`, whose name no file has to bear."""
    assert "generated/operations/co.luau" in render(load(write_spec(paged("co", "m1"), tmp_path)))


def test_an_input_that_marks_an_object_is_ambiguous(tmp_path: Path) -> None:
    document = blank()
    document["components"]["schemas"] = {
        "Song": {
            "type": "object",
            "required": ["id"],
            "x-recognised-by": "title",
            "properties": {"id": ASSET, "title": {"type": "string"}},
        }
    }
    document["paths"]["/a"] = {
        "get": operation(
            parameters=[
                {"name": "id", "in": "query", "required": True, "schema": ASSET},
                {"name": "title", "in": "query", "schema": {"type": "string"}},
            ]
        )
    }
    model = load(write_spec(document, tmp_path))
    with pytest.raises(SpecError) as caught:
        render(model)
    assert [(problem.fault, problem.pointer) for problem in caught.value.problems] == [
        ("ambiguous-input", "/paths/~1a/get/parameters/1")
    ]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "reply",
    [
        {"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(3_000)}},
        {
            "type": "object",
            "properties": {f"f{n}": {"type": "object", "properties": {"a": {"type": "string"}}} for n in range(500)},
        },
    ],
    ids=["fields", "objects"],
)
def test_a_reply_may_be_of_any_size(tmp_path: Path, reply: Document) -> None:
    document = blank()
    document["paths"]["/a"] = {"get": operation(reply=reply)}
    with World(load_folder(build_client(document, tmp_path))) as world:
        source = """
        local things = require("./AudioScapeClient/generated/Operations").things
        return things.decode({ f499 = 1 }, { counts = {} })
        """
        assert world.server.run(source) == [[]]


@pytest.mark.parametrize("solver", SOLVERS)
def test_types_keep_out_of_the_way_of_ours_and_the_engines(tmp_path: Path, solver: str) -> None:
    """Objects named like the engine's classes, like our own types, or alike once they are names."""
    tool(TOOL)
    names = ["Sound", "Client", "Error", "AssetRef", "a-b", "aB", "a.b", "3d", "any", "string", "ThingsQuery"]
    document = blank()
    document["components"]["schemas"] = {
        name: {"type": "object", "properties": {"a": {"type": "string"}}} for name in names
    }
    properties: Document = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    body: Document = {"type": "object", "properties": properties}
    document["paths"]["/a"] = {
        "post": operation(
            reply={"type": "object", "properties": properties},
            requestBody={"required": True, "content": {"application/json": {"schema": body}}},
        )
    }
    module = build_client(document, tmp_path)
    types = (module / "generated" / "Types.luau").read_text(encoding="utf-8")
    declared = [line.split()[2] for line in types.splitlines() if line.startswith("export type")]
    assert len(declared) == len(set(declared))
    assert {"Sound2", "Client2", "AB", "AB2", "AB3", "N3d", "SoundInput", "ThingsQuery2"} <= set(declared)
    found = analyze([module], solver, tmp_path)
    assert [finding for finding in found if finding.kind in ("TypeError", "SyntaxError")] == []


@pytest.mark.parametrize(("default", "size"), [({}, None), ({"default": 7}, 7)])
def test_how_long_a_page_is_unless_it_is_asked_for(tmp_path: Path, default: Document, size: int | None) -> None:
    schemas: dict[str, Document] = {"limit": {"type": "integer"} | default, "offset": {"type": "integer"}}
    fields: Document = {"items": {"type": "array", "items": {"type": "string"}}, "total": {"type": "number"}}
    paging = {"limit": "limit", "offset": "offset", "items": "items", "total": "/total"}
    document = blank()
    document["paths"]["/a"] = {
        "get": operation(
            reply={"type": "object", "required": ["items"], "properties": fields},
            parameters=[{"name": name, "in": "query", "schema": schema} for name, schema in schemas.items()],
        )
        | {"x-paging": paging}
    }
    with World(load_folder(build_client(document, tmp_path))) as world:
        source = 'return require("./AudioScapeClient/generated/Operations").things.paging.size'
        assert world.server.run(source) == [size]


def test_a_specification_without_operations(tmp_path: Path) -> None:
    module = build_client(blank(), tmp_path)
    assert (module / "generated" / "Operations.luau").read_text(encoding="utf-8").endswith("return table.freeze({})\n")


@pytest.mark.thorough
@pytest.mark.parametrize("solver", SOLVERS)
def test_hundreds_of_operations(tmp_path: Path, solver: str) -> None:
    tool(TOOL)
    module = build_client(named(*(f"operation{number}" for number in range(300))), tmp_path)
    assert len(list((module / "generated" / "operations").iterdir())) == 300
    found = analyze([module], solver, tmp_path)
    assert [finding for finding in found if finding.kind in ("TypeError", "SyntaxError")] == []
