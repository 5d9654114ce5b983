"""What is taken out of a text, to the letter."""

from __future__ import annotations

import pytest

from support.policies import Policies

HIDE = "local key, text = ... return require(http.redact)(key).foreign(text)"

MASKED = [
    # seven letters of a key give nothing away, eight may be what is left of it
    ("abcdefghij", "abcdefg", "abcdefg"),
    ("abcdefghij", "abcdefgh", "[redacted]"),
    ("abcdefghij", "cdefghij", "[redacted]"),
    ("abcdefghij", "abcdefghij", "[redacted]"),
    ("abcdefghij", "xabcdefghijy", "x[redacted]y"),
    ("abcdefghij", "xbcdefghiy", "x[redacted]y"),
    ("abcdefghij", "ABCDEFGHIJ!", "[redacted]!"),
    ("abcdefghij", "abcdefgh-abcdefgh", "[redacted]-[redacted]"),
    ("abcdefghij", "abcdefghijabcdefghij", "[redacted][redacted]"),
    ("abcdefghij", "abcd-efghij", "abcd-efghij"),
    ("abcdefghij", "", ""),
    # a shorter key is hidden as a whole
    ("abc", "xabcx", "x[redacted]x"),
    ("abc", "abxbc", "abxbc"),
    # as it stands in a URL
    ("a b/c=d+e~f", "a%20b%2Fc%3Dd%2Be~f!", "[redacted]!"),
]


@pytest.mark.parametrize(("key", "text", "shown"), MASKED)
def test_what_is_left_of_a_text(policies: Policies, key: str, text: str, shown: str) -> None:
    assert policies.run(HIDE, key, text) == [shown]


@pytest.mark.parametrize("token", ["a" + "." * 100_000 + "a", "." * 100_000, "'" + "a." * 50_000])
def test_a_long_word_beside_a_secret_takes_no_longer_than_it_is_long(policies: Policies, token: str) -> None:
    # Else the universe's limit of time ends it.
    source = "local token = ... return require(http.redact)({}).foreign(token)"
    assert policies.run(source, token) == [token if token.strip(".") == "" else "[redacted]"]


SECRET_ID = "local redact = require(http.redact)({}) return redact.id(...) or 'nothing'"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("01234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"),
        ("01234567-89ab-cdef-0123-456789abcdef0", "nothing"),
        ("0123456789abcdef", "nothing"),
    ],
)
def test_beside_a_secret_only_an_id_that_can_be_no_key_is_shown(policies: Policies, given: str, shown: str) -> None:
    assert policies.run(SECRET_ID, given) == [shown]


def test_an_id_that_holds_the_key_is_not_shown(policies: Policies) -> None:
    source = "local redact = require(http.redact)('abcdefghij') return redact.id('x-1'), redact.id('1abcdefghij')"
    assert policies.run(source) == ["x-1", None]
