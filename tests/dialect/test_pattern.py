"""`pattern`: what of ECMAScript's regular expressions is understood, the same on both sides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from audioscape_luau.mock import ContractViolation
from audioscape_luau.openapi import Fault, SpecError
from support.both_sides import Both, document_of, exchange, loaded
from support.specs import Document, luau_text, operation

# Each with texts that match, and texts that do not.
PATTERNS: list[tuple[str, list[str], list[str]]] = [
    (r"^\d{4}-\d{2}-\d{2}$", ["2024-01-31"], ["2024-1-31", "2024-01-31\n", "x2024-01-31", ""]),
    (r"b+c?", ["b", "abba", "bbc\n"], ["", "ac"]),
    (r"^(?:foo|bär|)(-[a-f0-9]{1,3})*$", ["", "foo", "bär-0af-1", "-a"], ["fo", "foo-", "foo-0000", "bar"]),
    (r"^[^/é]{2}$", ["ab", "日本", "a\n"], ["a", "a/", "aé", "日本語"]),
    (r"^.?\.$", [".", "é.", ".."], ["\n.", "a", "ab."]),
    (r"^\w+@\S+\s\D$|^$", ["a_1@b. x", ""], ["a@b x ", "é@b x", "a@b 1"]),
    (r"^(a+)+$", ["a" * 40], ["a" * 40 + "b"]),
    (r"^(<name>)?(?<name>[\]\-^.])\u00e9\x41{2}\/$", ["]éAA/", "^éAA/", "<name>-éAA/"], ["]éA/", "éAA/"]),
    (r"(^|,)x(,|$)", ["x", "a,x", "x,a", "a,x,b"], ["ax", "xa", ""]),
]


def described(pattern: str) -> Document:
    parameter = {"name": "text", "in": "query", "required": True, "schema": {"type": "string", "pattern": pattern}}
    made = operation(parameters=[parameter])
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    return document_of(("GET /things", made))


@pytest.mark.parametrize(("pattern", "good", "bad"), PATTERNS)
def test_both_sides_take_the_same_texts(
    both: Callable[..., Both], pattern: str, good: list[str], bad: list[str]
) -> None:
    sides = both(described(pattern), one=exchange({"text": good[0]}, {}))
    for text in good:
        assert sides.call(f"things({{ text = {luau_text(text)} }})")[1] is None, text
    assert len(sides.sent) == len(good)
    assert not sides.mock.violations
    for text in bad:
        refused = [None, {"kind": "invalid_request", "parameter": "text"}]
        assert sides.call(f"things({{ text = {luau_text(text)} }})") == refused, text
        url = f"https://api.example.com/things?text={quote(text, safe='')}"
        with pytest.raises(ContractViolation, match="broken-schema"):
            sides.mock.respond(httpx.Request("GET", url, headers={"x-key": "demo-key"}))
    assert len(sides.sent) == len(good)


def test_the_error_shows_the_pattern(both: Callable[..., Both]) -> None:
    sides = both(described("^[a-c]{2,}$"), one=exchange({"text": "aa"}, {}))
    message = sides.run('local _, err = client:things({ text = "a" }) return err.message')
    assert message == ['`text` must be a string that matches ^[a-c]{2,}$, got "a"']


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?=a)b", "looks ahead"),
        ("(?<!a)b", "looks ahead or behind"),
        (r"\bword", r"has `\b`"),
        (r"(a)\1", r"has `\1`"),
        (r"\p{L}+", r"has `\p`"),
        ("a{1,5000}", "more than 500 places"),
        ("((a{1,40}){1,40}){1,40}", "more than 500 places"),
        ("(a?){300}", "more than 500 places"),
        ("a**", "repeats nothing"),
        ("(a", "that nothing closes"),
        ("[b-a]", "two ends in order"),
        ("(" * 30 + ")" * 30, "too deep"),
    ],
)
def test_what_is_not_understood_is_a_problem(tmp_path: Path, pattern: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        loaded(described(pattern), tmp_path)
    (problem,) = caught.value.problems
    assert problem.fault is Fault.UNSUPPORTED_VALUE
    assert problem.pointer == "/paths/~1things/get/parameters/0/schema/pattern"
    assert words in problem.message


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"pattern": "^a{3}$", "maxLength": 2}, "pattern"),
        ({"pattern": "^a{3}$", "minLength": 4}, "pattern"),
        ({"pattern": "a^"}, "pattern"),
        ({"pattern": "^a$", "enum": ["b", "aa"]}, "enum"),
    ],
)
def test_a_pattern_that_no_text_meets(tmp_path: Path, more: Document, place: str) -> None:
    document = described("")
    document["paths"]["/things"]["get"]["parameters"][0]["schema"] = {"type": "string", **more}
    with pytest.raises(SpecError) as caught:
        loaded(document, tmp_path)
    assert [(p.fault, p.pointer.rpartition("/")[2]) for p in caught.value.problems] == [(Fault.EMPTY_RANGE, place)]
