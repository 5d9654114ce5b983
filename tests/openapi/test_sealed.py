"""Reading a specification opens nothing but that file and the examples in its folder, and sends nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.openapi import ApiModel, SpecError, load
from support.specs import Document, blank, operation, write_spec

_TOUCHED: list[str] = []
_OUTWARD = {"socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen"}

OUTSIDE = [
    "file:///etc/hostname",
    "http://127.0.0.1:9/x.yaml#/A",
    "ftp://127.0.0.1/x",
    "//127.0.0.1/x",
    "other.yaml",
    "../other.yaml#/A",
    "data:application/json,{}",
    "#anchor",
    "",
]


@cache
def _watch() -> list[str]:
    """Return where this process notes what it opens and whom it calls; no hook can be taken off again."""

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _OUTWARD or event == "open":
            _TOUCHED.append(str(arguments[0]))

    sys.addaudithook(note)
    return _TOUCHED


@pytest.fixture
def touched(tmp_path: Path) -> Iterator[list[str]]:
    """What was opened or called since; what the libraries read of their own is read before."""
    load(write_spec(blank(), tmp_path))
    noted = _watch()
    noted.clear()
    yield noted
    noted.clear()


def places(node: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every mapping of a document."""
    if isinstance(node, dict):
        yield way
        for name, member in cast("dict[str, Any]", node).items():
            yield from places(member, (*way, name))
    elif isinstance(node, list):
        for index, item in enumerate(cast("list[Any]", node)):
            yield from places(item, (*way, index))


def at(document: Any, way: tuple[str | int, ...]) -> Any:
    for key in way:
        document = document[key]
    return document


# What says nothing of a call is read over, and nobody sees it.
READ_OVER = {"callbacks", "links", "examples", "encoding", "x-more"}


@pytest.mark.thorough
def test_no_reference_anywhere_leads_outside(document: Document, tmp_path: Path, touched: list[str]) -> None:
    schema = document["components"]["schemas"]["Item"]["properties"]["name"]
    schema |= {"default": {}, "example": {"a": [{}]}, "examples": [{}], "enum": [{}], "const": {}, "x-more": {"a": {}}}
    document["paths"]["/things/{kind}"]["get"] |= {
        "callbacks": {"done": {"{$url}": {}}},
        "servers": [{"url": "https://api.example.com", "variables": {"a": {}}}],
        "x-examples": {},
    }
    responses = document["paths"]["/things/{kind}"]["get"]["responses"]
    responses["default"] = {"description": "", "headers": {"a": {}}, "links": {"a": {"parameters": {}}}}
    responses["200"]["content"]["application/json"] |= {"examples": {"a": {"value": {}}}, "encoding": {"a": {}}}
    document["components"]["schemas"]["Item"]["discriminator"] = {"propertyName": "name", "mapping": {}}
    found = list(places(document))
    for index, way in enumerate(found):
        spoilt = deepcopy(document)
        at(spoilt, way)["$ref"] = OUTSIDE[index % len(OUTSIDE)]
        path = write_spec(spoilt, tmp_path)
        touched.clear()
        if set(way) & READ_OVER:
            with suppress(SpecError):
                load(path)
        else:
            with pytest.raises(SpecError) as caught:
                load(path)
            assert "remote-reference" in [problem.fault for problem in caught.value.problems], way
        assert touched == [str(path)], way


@pytest.mark.parametrize("outside", OUTSIDE)
def test_nothing_counts_as_within_by_its_spelling(outside: str, document: Document, tmp_path: Path) -> None:
    document["components"]["schemas"]["Item"]["properties"]["name"] = {"$ref": outside}
    with pytest.raises(SpecError, match="remote-reference"):
        load(write_spec(document, tmp_path))


@pytest.mark.parametrize(
    ("way", "member"),
    [
        (("components", "schemas", "Item"), {"$id": "http://127.0.0.1:9/base/"}),
        (("components", "schemas", "Item"), {"$schema": "file:///etc/hostname"}),
        (("components", "schemas", "Item"), {"$dynamicRef": "http://127.0.0.1:9/x"}),
        (("components", "schemas", "Item", "properties", "name"), {"default": "a", "$recursiveRef": "other.json"}),
        ((), {"jsonSchemaDialect": "http://127.0.0.1:9/dialect"}),
        (
            ("components", "schemas", "Item"),
            {"discriminator": {"propertyName": "name", "mapping": {"a": "file:///etc/hostname"}}},
        ),
        (
            ("paths", "/things/{kind}", "get", "parameters", 0),
            {"examples": {"a": {"externalValue": "http://127.0.0.1:9/x"}}},
        ),
    ],
)
def test_nor_does_any_other_address(
    way: tuple[str | int, ...], member: Document, document: Document, tmp_path: Path, touched: list[str]
) -> None:
    at(document, way).update(member)
    path = write_spec(document, tmp_path)
    touched.clear()
    with pytest.raises(SpecError, match="remote-reference"):
        load(path)
    assert touched == [str(path)]


@pytest.mark.parametrize("reference", ["#/components/schemas/Page", "#/nowhere", "#/components/schemas/Item"])
def test_in_data_a_local_reference_is_data(
    reference: str, document: Document, load_document: Callable[[Document], ApiModel]
) -> None:
    data = {"$ref": reference}
    properties = document["components"]["schemas"]["Item"]["properties"]
    properties["name"] |= {"example": data, "examples": [data]}
    item = next(shape for shape in load_document(document).schemas if shape.component == "Item")
    notes = next(member.notes for member in item.fields if member.name == "name")
    assert notes == (f'Example: {{"$ref": "{reference}"}}.',) * 2
    properties["name"]["default"] = data
    with pytest.raises(SpecError, match=r"invalid-openapi at /components/schemas/Item/properties/name: \{'\$ref': "):
        load_document(document)


def test_a_field_may_be_called_ref(document: Document, load_document: Callable[[Document], ApiModel]) -> None:
    document["components"]["schemas"]["Item"]["properties"]["$ref"] = {"type": "string", "default": "a"}
    item = next(shape for shape in load_document(document).schemas if shape.component == "Item")
    assert "$ref" in [member.name for member in item.fields]
    document["components"]["schemas"]["Item"]["properties"]["$ref"]["default"] = 1
    with pytest.raises(SpecError, match="invalid-openapi at /components/schemas/Item/properties/\\$ref: "):
        load_document(document)


@pytest.mark.parametrize("value", [5, None, True, {}, ["#/components/schemas/Id"]])
def test_a_reference_is_text(value: object, document: Document, load_document: Callable[[Document], ApiModel]) -> None:
    document["components"]["schemas"]["Item"]["properties"]["name"] = {"$ref": value}
    with pytest.raises(SpecError, match="unsupported-value at /components/schemas/Item/properties/name/\\$ref"):
        load_document(document)


def test_no_pattern_is_tried(document: Document, load_document: Callable[[Document], ApiModel]) -> None:
    """This one would take longer than the universe lasts."""
    name = {"type": "string", "pattern": "(a+)+$", "default": "a" * 200 + "!"}
    document["components"]["schemas"]["Item"]["properties"]["name"] = name
    with pytest.raises(SpecError, match="unsupported-value"):
        load_document(document)


@pytest.mark.parametrize("command", ["generate", "diff", "check"])
def test_the_commands_say_so(command: str, document: Document, tmp_path: Path, touched: list[str]) -> None:
    good = tmp_path / "good"
    good.mkdir()
    old = write_spec(document, good)
    document["components"]["schemas"]["Item"]["properties"]["level"]["default"] = {"$ref": "file:///etc/hostname"}
    spec = write_spec(document, tmp_path)
    touched.clear()
    arguments = {
        "generate": ["--spec", str(spec), "--out", str(tmp_path / "out")],
        "diff": [str(old), str(spec)],
        "check": ["--spec", str(spec)],
    }[command]
    result = CliRunner().invoke(app, [command, *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "remote-reference at " in result.output
    assert not [path for path in touched if "hostname" in path]


@pytest.fixture
def with_example(document: Document, tmp_path: Path) -> Callable[[str], Path]:
    """Write a specification in a folder of its own, with an example that lies there, and name a file as another."""
    folder = tmp_path / "spec"
    (folder / "examples").mkdir(parents=True)
    reply: Document = {"status": 200, "headers": {}, "body": {"items": [], "meta": {}}}
    example: Document = {"request": {"kind": "k"}, "reply": reply}
    for place in (tmp_path, folder, folder / "examples"):
        (place / "secret.json").write_text(json.dumps(example), encoding="utf-8")

    def run(file: str) -> Path:
        document["paths"]["/things/{kind}"]["get"]["responses"]["200"]["x-examples"] = {"one": file}
        return write_spec(document, folder)

    return run


@pytest.mark.parametrize("file", ["secret.json", "examples/secret.json", "./examples/../secret.json", "inward.json"])
def test_examples_lie_in_the_folder(file: str, with_example: Callable[[str], Path]) -> None:
    path = with_example(file)
    (path.parent / "inward.json").symlink_to("examples/secret.json")
    assert len(load(path).operation("things").examples) == 1


@pytest.mark.parametrize(
    "file",
    [
        "../secret.json",
        "examples/../../secret.json",
        "/etc/hostname",
        "ABSOLUTE",
        "outward.json",
        "away/secret.json",
        "round.json",
        "examples",
        "nul\0.json",
        "http://127.0.0.1:9/x.json",
    ],
)
def test_and_nothing_else_is_an_example(file: str, with_example: Callable[[str], Path], touched: list[str]) -> None:
    path = with_example(file)
    folder = path.parent
    if file == "ABSOLUTE":
        path = with_example(str(folder / "secret.json"))
    (folder / "outward.json").symlink_to("../secret.json")
    (folder / "away").symlink_to("..")
    (folder / "round.json").symlink_to("round.json")
    touched.clear()
    with pytest.raises(SpecError) as caught:
        load(path)
    assert [problem.fault for problem in caught.value.problems] == ["example-file"]
    assert [opened for opened in touched if not opened.startswith(str(folder))] == []
    assert not [opened for opened in touched if opened.endswith("secret.json")]


def test_a_reply_by_reference_has_its_examples(document: Document, tmp_path: Path) -> None:
    document = blank()
    document["components"]["responses"] = {"Ok": operation()["responses"]["200"] | {"x-examples": {"one": "one.json"}}}
    document["paths"]["/things"] = {"get": operation() | {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}}
    (tmp_path / "one.json").write_text(
        json.dumps({"request": {}, "reply": {"status": 200, "body": {}}}), encoding="utf-8"
    )
    assert len(load(write_spec(document, tmp_path)).operation("things").examples) == 1
