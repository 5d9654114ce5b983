"""The specification that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from audioscape_luau.openapi import ApiModel, Music, Number, Object, Parameter, Text, load, walk
from audioscape_luau.openapi.document import read_document
from audioscape_luau.resources import spec_file


@pytest.fixture(scope="module")
def model() -> ApiModel:
    return load(spec_file())


def test_is_valid_openapi() -> None:
    assert list(OpenAPIV31SpecValidator(read_document(spec_file()).root).iter_errors()) == []


def test_says_where_and_with_which_key(model: ApiModel) -> None:
    assert model.server_url.startswith("https://")
    assert model.api_key_header == "x-api-key"
    assert model.error_texts == ("error", "message")


def test_every_file_among_the_examples_is_named() -> None:
    folder, text = spec_file().parent, spec_file().read_text(encoding="utf-8")
    files = [file.relative_to(folder).as_posix() for file in (folder / "examples").rglob("*.json")]
    assert [file for file in files if f": {file}\n" not in text] == []


def test_every_status_has_an_example(model: ApiModel) -> None:
    for operation in model.routes:
        assert {r.status for r in operation.responses} == {example.status for example in operation.examples}


def test_every_failure_says_what_to_do(model: ApiModel) -> None:
    for operation in model.operations:
        assert all(response.hint for response in operation.failures)


def test_every_field_and_parameter_is_described(model: ApiModel) -> None:
    for operation in model.operations:
        assert operation.summary
        assert operation.description
        shapes = [member.shape for member in operation.inputs] + [r.shape for r in operation.responses if r.shape]
        for shape in shapes:
            for part in walk(shape):
                assert not isinstance(part, Object) or all(member.description for member in part.fields)
        assert all(member.description for member in operation.inputs)


def test_every_parameter_is_in_a_request_among_the_examples(model: ApiModel) -> None:
    for operation in model.routes:
        used = {name for example in operation.examples for name in example.request}
        assert used == {member.name for member in operation.inputs}


def test_every_filter_and_every_field_of_an_event_is_in_an_example(model: ApiModel) -> None:
    for operation in model.routes:
        given = "".join(json.dumps(example.request) for example in operation.examples)
        for member in operation.inputs:
            for part in walk(member.shape):
                names = [inner.name for inner in part.fields] if isinstance(part, Object) else []
                assert [name for name in names if f'"{name}"' not in given] == []


def test_every_field_of_a_reply_is_in_an_example(model: ApiModel) -> None:
    shown: dict[str, str] = {}
    fields: dict[str, set[str]] = {}
    for operation in model.operations:
        seen = "".join(example.body.decode() for example in operation.examples)
        for response in operation.responses:
            for part in walk(response.shape) if response.shape else ():
                if isinstance(part, Object):
                    shown[part.pointer] = shown.get(part.pointer, "") + seen
                    fields[part.pointer] = {member.name for member in part.fields}
    assert {at: left for at, names in fields.items() if (left := {n for n in names if f'"{n}"' not in shown[at]})} == {}


def test_a_number_that_may_not_be_finite_is_shown_in_each_way(model: ApiModel) -> None:
    bodies = [example.body.decode() for operation in model.operations for example in operation.examples]
    fields = [
        member.name
        for operation in model.operations
        for part in walk(operation.result)
        if isinstance(part, Object)
        for member in part.fields
        if isinstance(member.shape, Number) and member.shape.non_finite
    ]
    assert fields
    for name in fields:
        for form in ("NaN", "Infinity", "-Infinity", "-1e999", '"NaN"', "null"):
            assert any(f'"{name}":{form}' in body for body in bodies)


def test_bounds_that_are_ours_are_marked(model: ApiModel) -> None:
    limit = next(member for member in model.operation("similar").inputs if member.name == "limit")
    assert limit.shape.assumed == ("type", "minimum")


def test_the_model_reads_as_the_document_says(model: ApiModel) -> None:
    similar = model.operation("similar")
    assert (similar.method, similar.path) == ("GET", "/v1/similar")
    assert similar.radio == Music(filters="filters", distinct="dedupe")
    assert similar.seed is not None
    assert isinstance(similar.seed, Parameter)
    assert similar.seed.location == "query"
    assert [member.json for member in similar.parameters if member.name == "filters"] == [True]
    track = next(shape for shape in model.schemas if shape.recognised_by)
    assert track.asset_id_field is not None
    assert isinstance(track.asset_id_field.shape, Text)
    with pytest.raises(KeyError):
        model.operation("no such thing")


def test_examples_carry_the_bytes_of_the_reply(model: ApiModel) -> None:
    similar = model.operation("similar")
    by_name = {example.name: example for example in similar.examples}
    assert json.loads(by_name["empty"].body)["tracks"] == []
    assert b"NaN" in by_name["loudness-nan-token"].body
    assert by_name["loudness-nan-token"].breaks
    assert by_name["empty-fault"].body == b""


def test_line_ends_do_not_change_the_digest(tmp_path: Path, model: ApiModel) -> None:
    folder = tmp_path / "spec"
    folder.mkdir()
    for file in spec_file().parent.rglob("*.json"):
        copy = folder / file.relative_to(spec_file().parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    copy = folder / "api.yaml"
    copy.write_bytes(spec_file().read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert load(copy).digest == model.digest
