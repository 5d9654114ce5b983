"""`minProperties` and `maxProperties`: how many entries a map may have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import ContractViolation
from audioscape_luau.openapi import SpecError
from support.both_sides import Both, document_of, exchange, loaded
from support.specs import Document, operation


def described(**bounds: Any) -> Document:
    notes = {"type": "object", "additionalProperties": {"type": "number"}, **bounds}
    body = {"type": "object", "required": ["notes"], "properties": {"notes": notes}}
    made = operation()
    made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    made["x-effect"] = "write"
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    return document_of(("POST /things", made))


def entries(count: int) -> dict[str, int]:
    return {f"n{number}": number for number in range(count)}


@pytest.mark.parametrize(
    ("bounds", "good", "bad", "said"),
    [
        ({"maxProperties": 3}, [1, 3], [4, 40], "a table of at most 3 entries"),
        ({"minProperties": 2}, [2, 9], [0, 1], "a table of at least 2 entries"),
        ({"minProperties": 1, "maxProperties": 2}, [1, 2], [0, 3], "a table of 1 to 2 entries"),
    ],
)
def test_both_sides_count_the_entries(
    both: Callable[..., Both], bounds: Document, good: list[int], bad: list[int], said: str
) -> None:
    sides = both(described(**bounds), one=exchange({"notes": entries(good[0])}, {}))
    script = (
        "local result, err = client:things({ notes = ... }) return result ~= nil, err and err.parameter, tostring(err)"
    )
    call = 'local notes = {} for number = 1, COUNT do notes["n" .. number] = number end '
    for count in good:
        assert sides.run(call.replace("COUNT", str(count)) + script.replace("...", "notes"))[0] is True
    assert not sides.mock.violations
    sent = len(sides.sent)
    for count in bad:
        [done, parameter, text] = sides.run(call.replace("COUNT", str(count)) + script.replace("...", "notes"))
        assert (done, parameter) == (False, "notes")
        assert f"`notes` must be {said}" in text
        request = httpx.Request(
            "POST", "https://api.example.com/things", headers={"x-key": "demo-key"}, json={"notes": entries(count)}
        )
        with pytest.raises(ContractViolation, match="broken-schema"):
            sides.mock.respond(request)
    assert len(sides.sent) == sent


def test_the_least_is_not_above_the_most(tmp_path: Any) -> None:
    with pytest.raises(SpecError):
        loaded(described(minProperties=3, maxProperties=2), tmp_path, one=exchange({"notes": entries(2)}, {}))
