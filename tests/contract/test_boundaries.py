"""The values at the ends of what an input takes: each is what its label says, as a double, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from audioscape_luau.contract.boundaries import request_cases
from audioscape_luau.openapi import load
from support.specs import blank, operation, write_spec


@pytest.mark.parametrize(
    ("kind", "known"),
    [("number", [0.5, 2]), ("number", [0.5, 1e21]), ("number", [-1e300]), ("integer", [1, 2**53])],
)
def test_an_unknown_number_is_none_of_the_known(kind: str, known: list[float], tmp_path: Path) -> None:
    document = blank()
    asked = {"name": "n", "in": "query", "schema": {"type": kind, "enum": known}}
    document["paths"]["/things"] = {"get": operation() | {"parameters": [asked]}}
    (things,) = load(write_spec(document, tmp_path)).operations
    found = {case.label: case for case in request_cases(things)}
    unknown = [case for label, case in found.items() if label == "enum unknown" or label.startswith("enum near ")]
    assert not any(case.valid for case in unknown)
    assert {float(case.arguments["n"]) for case in unknown}.isdisjoint(map(float, known))
