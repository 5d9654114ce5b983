"""What the official SDK has under a name is pointed out until the specification has it, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from roblox_double import Peer
from support.game import api
from support.specs import Document

ASK = """
local client = require("./AudioScapeClient").new("key")
local _, err = (client :: any)[...](client, 5)
return err.id, err.hint
"""


@pytest.mark.parametrize(
    ("operation", "method", "expected"),
    [
        ("search", "search", "bad_input"),
        ("search", "getStructure", "This build leaves it out. Describe it in the specification and generate again."),
        ("trackStructure", "getStructure", "Call client:trackStructure(...)."),
        ("sfxTaxonomy", "getSfxTaxonomy", "Call client:sfxTaxonomy(...)."),
    ],
)
def test_a_hint_goes_when_the_operation_comes(
    with_operation: Callable[..., Document],
    start: Callable[[Document], Peer],
    operation: str,
    method: str,
    expected: str,
) -> None:
    document: Any = with_operation()
    document["paths"]["/things"]["get"]["operationId"] = operation
    document["x-missing-methods"] = api().raw["x-missing-methods"]
    found, hint = start(document).run(ASK, method)
    assert expected in (found, hint)


def test_a_misspelt_value_of_an_enumeration(
    with_operation: Callable[..., Document], encode: Callable[..., Any]
) -> None:
    schema = {"type": "string", "enum": ["popular", "recent"]}
    parameter = {"name": "sort", "in": "query", "schema": schema}
    document = with_operation(parameters=[parameter])
    assert encode(document, '{ sort = "populr" }')["hint"] == 'Did you mean "popular"?'
    assert "hint" not in encode(document, '{ sort = "loudest" }')
    assert "hint" not in encode(document, "{ sort = 5 }")
