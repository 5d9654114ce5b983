"""Where an id is read from."""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import Policies

READ = """
local value = ...
local forms = { { by = "asset_id", id = "asset_id" }, { by = "name", id = "key" } }
local id, refusal = require(module.wire.assetId).read("seed", value, forms)
return id or "", if refusal then refusal.id else ""
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", ["12", ""]),
        ("rbxassetid://12", ["12", ""]),
        (12, ["12", ""]),
        (0, ["0", ""]),
        (-1, ["", "bad_parameter"]),
        (0.5, ["", "bad_parameter"]),
        (2.0**53 - 1, ["9007199254740991", ""]),
        (2.0**53, ["", "bad_parameter"]),
        (2.0**53 + 2, ["", "bad_parameter"]),
        ("0012", ["12", ""]),
        ("000", ["0", ""]),
        ("9" * 20, ["9" * 20, ""]),
        ("9" * 21, ["", "bad_parameter"]),
        ({"asset_id": "0012"}, ["12", ""]),
        ({"asset_id": "12"}, ["12", ""]),
        ({"name": "a", "key": 12}, ["12", ""]),
        ({"asset_id": "12", "name": "a", "key": "13"}, ["12", ""]),
        ({"name": "a"}, ["", "missing_parameter"]),
        ({"other": "12"}, ["", "bad_parameter"]),
        (None, ["", "missing_parameter"]),
        ("x", ["", "bad_parameter"]),
        (True, ["", "bad_parameter"]),
    ],
)
def test_read(policies: Policies, value: Any, expected: list[str]) -> None:
    assert policies.run(READ, value) == expected
