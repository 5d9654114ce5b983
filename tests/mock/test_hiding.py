"""What is left of a text and of a request once the keys are out of them."""

from __future__ import annotations

import httpx
import pytest

from audioscape_luau.mock.hiding import hide, show

KEY = "key/1234567890"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sent key/1234567890, twice: key/1234567890", "sent [redacted], twice: [redacted]"),
        ("key/1234567890", "[redacted]"),
        ("key/1234567890key/1234567890", "[redacted]"),
        ("KEY/1234567890", "[redacted]"),
        ("cut: key/1234 and 34567890.", "cut: [redacted] and [redacted]."),
        ("too short: key/123 and 4567890.", "too short: key/123 and 4567890."),
        ("in a URL: key%2f1234567890", "in a URL: key%2f[redacted]"),
        ("escaped: %6B%65%79%2F%31%32%33%34%35%36%37%38%39%30;", "escaped: [redacted];"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_a_text(text: str, shown: str) -> None:
    assert hide(text, [KEY]) == shown


def test_short_keys_and_several() -> None:
    assert hide("abc ab ABC", ["abc", ""]) == "[redacted] ab [redacted]"
    assert hide("one two", ["one", "two"]) == "[redacted] [redacted]"


HEADERS = {"Accept": "a/b", "X-Key": KEY, "User-Agent": "x", "Cookie": "c", "Authorization": "b"}


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        (
            HEADERS,
            "GET https://host.test/p?a=1&b=[redacted]\nhost: host.test\naccept: a/b\nx-key: [redacted]\nuser-agent: x\n"
            "cookie: [redacted]\nauthorization: [redacted]",
        ),
        (
            HEADERS | {"X-Key": ""},
            "GET https://host.test/p?a=[redacted]&b=[redacted]\nhost: [redacted]\naccept: a/b\nx-key: [redacted]\n"
            "user-agent: [redacted]\ncookie: [redacted]\nauthorization: [redacted]",
        ),
    ],
    ids=["with its key", "without a key"],
)
def test_a_request(headers: dict[str, str], shown: str) -> None:
    """Where its key belongs it is known; where nothing stands there, it may be anything else."""
    request = httpx.Request("GET", f"https://user:pass@host.test/p?a=1&b={KEY}#part", headers=headers)
    assert show(request, "X-Key") == shown
