"""Names as a document may have them: a client takes them as they are, and its errors stay readable."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.both_sides import Both, document_of, exchange
from support.specs import operation


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('["a\\nb"] = 5', "`a?b` must be"),
        ('["a\\nb"] = "z"', 'one of "x?y", "w", got "z"'),
        ("c = 1", "takes a?b."),
    ],
)
def test_an_error_is_one_line_whatever_a_document_names(both: Callable[..., Both], query: str, said: str) -> None:
    parameter = {"name": "a\nb", "in": "query", "schema": {"type": "string", "enum": ["x\ny", "w"]}}
    made = operation(parameters=[parameter])
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    sides = both(document_of(("GET /things", made)), one=exchange({"a\nb": "w"}, {}))
    (text,) = sides.run(f"local _, err = client:things({{ {query} }}) return tostring(err)")
    assert said in text
    assert "\n" not in text
