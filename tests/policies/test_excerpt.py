"""How texts from outside are shown."""

from __future__ import annotations

import pytest

from support.policies import Policies

SHOW = """
local text, bytes = ...
local shown = require(redaction.excerpt)(function(given) return (string.gsub(given, "KEY", "[key]")) end, text, bytes)
return shown, utf8.len(shown) ~= nil
"""

SHOWN: list[tuple[str | bytes, int, str]] = [
    ("", 5, ""),
    ("plain", 5, "plain"),
    ("plain", 4, "plai..."),
    ("a KEY", 10, "a [key]"),
    # a text is redacted before it is cut, but not beyond what can be of use
    ("xKEY", 2, "x[..."),
    ("xxxxxxKEYxxxxxxxxxxx", 5, "xxxxx..."),
    # one line
    ("first\nsecond\r\nthird\tfourth\0\x7f", 50, "first second third fourth "),
    ("a\x85b\u2028c\u2029d\x80e\x9ff\xa0g", 50, "a b c d e f\xa0g"),
    # no half characters
    ("éé", 4, "éé"),
    ("ééé", 5, "éé..."),
    ("ééé", 4, "éé..."),
    ("xéé", 4, "xé..."),
    ("日本語", 5, "日..."),
    ("日本語", 6, "日本..."),
    ("日本語", 2, "..."),
    # nothing but UTF-8
    (b"a\xffb", 9, "a?b"),
    (b"one\xfftwo\xffthree", 99, "one?two?three"),
    (b"\xc3", 9, "?"),
    (b"\xff\xfe\xc3\xa9", 9, "??é"),
    (b"a\xed\xa0\x80b", 9, "a???b"),
]


def test_four_times_what_is_shown_is_looked_through(policies: Policies) -> None:
    source = """
    local seen
    require(redaction.excerpt)(function(given) seen = #given return given end, string.rep("x", 100), 10)
    return seen
    """
    assert policies.run(source) == [40]


@pytest.mark.parametrize(("text", "bytes", "shown"), SHOWN)
def test_a_text_is_shown_on_a_line_and_is_valid(policies: Policies, text: str | bytes, bytes: int, shown: str) -> None:
    assert policies.run(SHOW, text, bytes) == [shown, True]
