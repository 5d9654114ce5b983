"""Example files: what they may hold, and that they are held against the specification."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audioscape_luau.openapi import ApiModel, SpecError
from support.spec_reports import expect_report

type Document = dict[str, Any]

ITEM = {"asset_id": "1", "name": "n"}
PAGE: Document = {"items": [ITEM], "meta": {}}


def exchange(request: Document | None = None, *, breaks: str | None = None, **reply: Any) -> Document:
    """Return an example's content: by default one that is right."""
    content: Document = {
        "summary": "s",
        "request": {"kind": "k"} if request is None else request,
        "reply": {"status": 200, "headers": {}} | (reply or {"body": PAGE}),
    }
    return content | ({"breaks": breaks} if breaks else {})


@pytest.fixture
def load_example(
    document: Document, load_document: Callable[[Document], ApiModel], tmp_path: Path
) -> Callable[[str, str], ApiModel]:
    """Load the specification with one example, named by a response of `things`."""

    def run(text: str, status: str = "200") -> ApiModel:
        (tmp_path / "example.json").write_text(text, encoding="utf-8")
        response = document["paths"]["/things/{kind}"]["get"]["responses"][status]
        response["x-examples"] = {"one": "example.json"}
        return load_document(document)

    return run


def test_an_example_arrives(load_example: Callable[..., ApiModel]) -> None:
    example = load_example(json.dumps(exchange())).operation("things").examples[0]
    assert (example.name, example.status, example.request) == ("one", 200, {"kind": "k"})
    assert json.loads(example.body) == PAGE
    assert example.breaks is None


@pytest.mark.parametrize(
    "content",
    [
        exchange(breaks="No list.", body={"meta": {}}),
        exchange(breaks="A bare token.", text='{"items":[{"asset_id":"1","level":NaN}],"meta":{}}'),
        exchange(breaks="Too big.", text='{"items":[{"asset_id":"1","level":1e999}],"meta":{}}'),
        exchange(breaks="Cut.", text='{"items":['),
        exchange(breaks="Brackets in a text.", text='{"items":"' + "[" * 1_000),
        exchange({"kind": "k", "where": {"low": 1}, "words": ["a"]}),
    ],
)
def test_examples_that_are_right(load_example: Callable[..., ApiModel], content: Document) -> None:
    assert len(load_example(json.dumps(content)).operation("things").examples) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "example-file"),
        ("[]", "example-file"),
        ("{}", "example-file"),
        (json.dumps(exchange() | {"more": 1}), "example-file"),
        (json.dumps(exchange(body=PAGE, text="")), "example-file"),
        (json.dumps(exchange(text=1)), "example-file"),
        (json.dumps(exchange() | {"breaks": 1}), "example-file"),
        (json.dumps(exchange(status="200", body=PAGE)), "example-file"),
        (json.dumps(exchange(status=404, body=PAGE)), "example-mismatch"),
        (json.dumps({name: part for name, part in exchange().items() if name != "request"}), "example-mismatch"),
        (json.dumps(exchange({})), "example-mismatch"),
        (json.dumps(exchange({"kind": "k", "other": 1})), "example-mismatch"),
        (json.dumps(exchange({"kind": "k", "limit": 0})), "example-mismatch"),
        (json.dumps(exchange({"kind": "k", "where": {"x": 1}})), "example-mismatch"),
        (json.dumps(exchange(body={"meta": {}})), "example-mismatch"),
        (json.dumps(exchange(text='{"items":[],"meta":{"total":NaN}}')), "example-mismatch"),
        (json.dumps(exchange(breaks="Nothing, in truth.")), "example-mismatch"),
    ],
)
def test_examples_that_are_wrong(load_example: Callable[..., ApiModel], tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_example(text)
    assert [problem.fault for problem in caught.value.problems] == [fault]
    assert caught.value.problems[0].pointer.endswith("/x-examples/one")
    expect_report(f"example {text}", caught.value, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        '{"request": ' + "[" * 3_000,
        json.dumps(exchange({"kind": "k", "where": "HERE"})).replace('"HERE"', "9" * 5_000),
        json.dumps(exchange({"kind": "k", "where": "HERE"})).replace('"HERE"', "-1e9999"),
        json.dumps(exchange(body="HERE")).replace('"HERE"', "[" * 101 + "]" * 101),
        json.dumps(exchange(body="HERE")).replace('"HERE"', "NaN"),
        json.dumps(exchange(body={"items": ["\ud800"]})),
        json.dumps(exchange(breaks="Deep.", text='{"items":' * 100_000)),
    ],
    ids=["deep request", "5,000 digits", "an exponent", "deep body", "no JSON", "half a pair", "deep text"],
)
def test_examples_beyond_measure(load_example: Callable[..., ApiModel], text: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_example(text)
    assert [problem.fault for problem in caught.value.problems] == ["example-file"]


def test_names_of_examples_are_those_of_the_operation(
    document: Document, load_document: Callable[[Document], ApiModel], tmp_path: Path
) -> None:
    (tmp_path / "example.json").write_text(json.dumps(exchange()), encoding="utf-8")
    responses = document["paths"]["/things/{kind}"]["get"]["responses"]
    for status in ("200", "404"):
        responses[status]["x-examples"] = {"one": "example.json"}
    with pytest.raises(SpecError) as caught:
        load_document(document)
    assert [problem.fault for problem in caught.value.problems] == ["name-collision"]


def test_a_response_without_content_takes_any_body(document: Document, load_example: Callable[..., ApiModel]) -> None:
    del document["paths"]["/things/{kind}"]["get"]["responses"]["404"]["content"]
    content = exchange(status=404, text="<html>")
    assert load_example(json.dumps(content), "404").operation("things").examples[0].body == b"<html>"


def test_the_example_of_a_failure_without_a_request_has_that_of_the_first_success(
    document: Document, load_document: Callable[[Document], ApiModel], tmp_path: Path
) -> None:
    failure = exchange(status=404, body={"error": "gone"})
    del failure["request"]
    for name, content in {"good": exchange({"kind": "one"}), "other": exchange(), "gone": failure}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    responses = document["paths"]["/things/{kind}"]["get"]["responses"]
    responses["200"]["x-examples"] = {"good": "good.json", "other": "other.json"}
    responses["404"]["x-examples"] = {"gone": "gone.json"}
    examples = {example.name: example for example in load_document(document).operation("things").examples}
    assert examples["gone"].request == {"kind": "one"}
    del responses["200"]["x-examples"]
    with pytest.raises(SpecError, match="none of its success to take it from"):
        load_document(document)


BOUNDS = {"level": {"minimum": "/where/low", "exclusiveMaximum": "/where/high"}}


@pytest.mark.parametrize(
    ("where", "levels"),
    [({"low": 1}, [1]), ({"high": 1}, [0.5, None]), ({}, [7]), ({"low": 1, "high": 3}, [1, 2, 2.5])],
)
def test_an_example_within_the_bounds_that_it_asks_for(
    where: Document, levels: list[float | None], document: Document, load_example: Callable[..., ApiModel]
) -> None:
    document["paths"]["/things/{kind}"]["get"]["x-item-bounds"] = BOUNDS
    page: Document = {"items": [ITEM, *({"asset_id": "2", "level": level} for level in levels)], "meta": {}}
    model = load_example(json.dumps(exchange({"kind": "k", "where": where}, body=page)))
    assert model.operation("things").examples


@pytest.mark.parametrize(("where", "level"), [({"low": 1}, 0.9), ({"high": 1}, 1), ({"low": 1, "high": 3}, 4)])
def test_an_example_beyond_them(
    where: Document, level: float, document: Document, load_example: Callable[..., ApiModel]
) -> None:
    document["paths"]["/things/{kind}"]["get"]["x-item-bounds"] = BOUNDS
    page: Document = {"items": [ITEM, {"asset_id": "2", "level": level}], "meta": {}}
    with pytest.raises(SpecError, match="the body has a 'level' that the request leaves out"):
        load_example(json.dumps(exchange({"kind": "k", "where": where}, body=page)))
