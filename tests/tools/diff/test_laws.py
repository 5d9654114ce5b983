"""What holds of every diff: a thing does not differ from itself, and what is added one way is removed the other."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from audioscape_luau.openapi import ApiModel, load
from audioscape_luau.tools.diff import Change, diff
from support.sampling import examples
from support.specs import Document, write_spec
from support.versions import at, base

NAMES = st.sampled_from(["a", "b", "c"])


def _schema(optional: dict[str, st.SearchStrategy[Any]] | None = None, **parts: Any) -> st.SearchStrategy[Document]:
    fixed: dict[str, st.SearchStrategy[Any]] = {
        name: cast("st.SearchStrategy[Any]", part) if isinstance(part, st.SearchStrategy) else st.just(part)
        for name, part in parts.items()
    }
    return st.fixed_dictionaries(fixed, optional=optional or {})


LEAVES = st.one_of(
    _schema(type=st.sampled_from(["boolean", "string", "number"])),
    _schema(type="string", enum=st.lists(NAMES, min_size=1, max_size=3, unique=True)),
    _schema({"minimum": st.integers(0, 3), "maximum": st.integers(4, 9)}, type="integer"),
    _schema({"exclusiveMinimum": st.integers(0, 3)}, type="number"),
)


def _deeper(inner: st.SearchStrategy[Document]) -> st.SearchStrategy[Document]:
    return st.one_of(
        _schema({"maxItems": st.integers(1, 5)}, type="array", items=inner),
        _schema(type="object", additionalProperties=inner),
        _schema(type="object", properties=st.dictionaries(NAMES, inner, min_size=1)),
    )


SHAPES = st.recursive(LEAVES, _deeper, max_leaves=5)
PARAMETERS = st.dictionaries(NAMES, st.tuples(LEAVES, st.booleans()))


@st.composite
def models(draw: st.DrawFn) -> ApiModel:
    """Draw a specification that loads."""
    document = base()
    fields: dict[str, Any] = draw(st.dictionaries(NAMES, SHAPES))
    at(document, "field").update(fields)
    at(document, "get")["parameters"] = [
        {"name": name, "in": "query", "schema": schema, "required": required}
        for name, (schema, required) in draw(PARAMETERS).items()
    ]
    at(document, "body")["properties"].update(draw(st.dictionaries(NAMES, SHAPES)))
    for status in sorted(draw(st.sets(st.sampled_from(["404", "410", "500"])))):
        at(document, "get")["responses"][status] = {"description": "none"}
    if draw(st.booleans()):
        del document["paths"]["/things"]["post"]
    with tempfile.TemporaryDirectory() as folder:
        return load(write_spec(document, Path(folder)))


def places(found: tuple[Change, ...], kind: str) -> set[str]:
    return {change.where for change in found if change.kind == kind}


relaxed = examples(25, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(models())
def test_nothing_differs_from_itself(model: ApiModel) -> None:
    assert diff(model, model) == ()


@relaxed
@given(models(), models())
def test_added_one_way_is_removed_the_other(left: ApiModel, right: ApiModel) -> None:
    there, back = diff(left, right), diff(right, left)
    assert places(there, "added") == places(back, "removed")
    assert places(there, "removed") == places(back, "added")
    assert places(there, "changed") == places(back, "changed")
    assert (there == ()) == (left.operations == right.operations)
