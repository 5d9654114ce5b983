"""What is taken out of a text, to the letter."""

from __future__ import annotations

import random

import pytest

from audioscape_luau.contract.disguises import DISGUISES
from audioscape_luau.mock.finder import is_in
from support.policies import Policies

KEY = "sk-live/9F8e7D6c5B4a+3021_q"
ESCAPED = "k%41cd7&lt;ef9\\u0041gh"
"""With letters that look like escapes."""

SAID = "local key, text = ... return require(redaction.redact)(key, {}).said(text, 500)"

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
    ("abcdefghij", "", ""),
    # a shorter key is hidden as a whole
    ("abc", "xabcx", "x[redacted]x"),
    ("abc", "abxbc", "abxbc"),
    # as it stands in a URL
    ("a b/c=d+e~f", "a%20b%2Fc%3Dd%2Be~f!", "[redacted]!"),
    # written otherwise, it takes the whole text with it
    ("abcdefghij", "the key abcd-efghij", "[redacted]"),
    ("abcdefghij", "the key abcd-efg", "the key abcd-efg"),
    ("abc", "the key &#97;&#98;&#99;", "[redacted]"),
    # without an end, a number goes as far as it is one
    ("abcdefghij", "the key abcd&#8203efghij", "[redacted]"),
    ("abcde00fgh", "the key abcd&#10100fgh", "[redacted]"),
    ("abcdefghij", "the key abcd&#9efghij", "[redacted]"),
    ("abcd<efgh", "the key abcd&ltefgh", "[redacted]"),
    ("abcd>efgh", "the key abcd&GTefgh", "[redacted]"),
    ("abcd&efgh", "the key abcd&AMPefgh", "[redacted]"),
    ('abcd"efgh', "the key abcd&quotefgh", "[redacted]"),
    # what looks like an escape may be in the key itself
    (ESCAPED, f"the key {ESCAPED}", "the key [redacted]"),
]


@pytest.mark.parametrize(("key", "text", "shown"), MASKED)
def test_what_is_left_of_a_text(policies: Policies, key: str, text: str, shown: str) -> None:
    assert policies.run(SAID, key, text) == [shown]


SHOWN = """
local key, texts = ...
local redact = require(redaction.redact)(key, {})
local all = {}
for _, text in texts do
	for _, place in { "said", "thrown", "title", "id" } do
		table.insert(all, redact[place](text, 500) or "nothing")
	end
end
return all
"""


@pytest.mark.parametrize(
    ("key", "given"),
    [(KEY, KEY), (KEY, KEY[4:16]), ("1234567890", "1234567890"), (ESCAPED, ESCAPED)],
    ids=["whole", "cut", "digits", "with escapes"],
)
def test_a_key_is_found_however_it_is_written(policies: Policies, key: str, given: str) -> None:
    texts = [f"bad key {disguise(given)} of yours" for disguise in DISGUISES.values()]
    assert all(is_in(key, text) for text in texts)
    (shown,) = policies.run(SHOWN, key, texts)
    assert len(shown) == 4 * len(texts)
    assert not [text for text in shown if is_in(key, text)]


def test_what_is_no_key_is_left_alone(policies: Policies) -> None:
    texts = [
        "Missing required field: asset_id",
        "HttpError: ConnectFail",
        '{"error":"Asset ID not found","requestId":"01234567-89ab-cdef-0123-456789abcdef"}',
        "<!DOCTYPE html>\n<html><head><title>ERROR</title></head><body><h1>500 ERROR</h1></body></html>".replace(
            "\n", " "
        ),
        "dGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw==",
        "%7B%22genre%22%3A%22r%26b%22%7D &amp; \\u00e9 &#233; 0x1f 115 107 45",
        "=41=42 9F8e7D6 sk-live",
        "%" + "25" * 12 + "41",
    ]
    source = """
local key, texts = ...
local redact = require(redaction.redact)(key, {})
local shown = {}
for index, text in texts do
	shown[index] = redact.said(text, 500)
end
return shown
"""
    assert policies.run(source, KEY, texts) == [texts]


HOSTILE = {
    "zeros": "0" * 4000,
    "backslashes": "\\" * 4000,
    "ampersands": "&amp;" * 800,
    "percents": "%" + "25" * 2000,
    "tags": "<" * 4000,
    "blanks": " " * 4000,
    "chance": "".join(random.Random(1).choices("abcdef0123456789/+-_=%&;\\u ", k=4000)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_that_is_made_to_cost_time_costs_little(policies: Policies, text: str) -> None:
    # Else the universe's limit of time ends it.
    source = """
        local key, text = ...
        local said = require(redaction.redact)(key, {}).said
        for _ = 1, 20 do said(text, 500) end
    """
    assert policies.run(source, KEY, text) == []


SECRET = (
    "local place, text = ... return require(redaction.redact)({}, { ['Invalid API key'] = true })[place](text, 500)"
)


@pytest.mark.parametrize(
    ("text", "shown"), [("Invalid API key", "Invalid API key"), ("Invalid API key: x", None), ("invalid", None)]
)
def test_beside_a_secret_a_server_says_what_is_documented(policies: Policies, text: str, shown: str | None) -> None:
    assert policies.run(SECRET, "said", text) == [shown]


def test_beside_a_secret_a_request_has_no_name(policies: Policies) -> None:
    """Many a key is a UUID, too."""
    assert policies.run(SECRET, "id", "01234567-89ab-cdef-0123-456789abcdef") == [None]


THROWN = [
    ("not safe to call in parallel", ...),
    ("HttpError: TooManyOutstandingRequests", ...),
    ("HttpError: DnsResolve (host not found)", ...),
    ("JSONDecode: Can't parse JSON at 4031", ...),
    ("ServerScriptService.AudioScapeClient.http.reply:57: attempt to index nil with 'x'", ...),
    ('Header "x-api-key" has 3 values, line 1234567', ...),
    ("ABCDEFGHIJKLMNOPQRST abcdefghijklmnopqrst", ...),
    ("", ...),
    ("header sk-live-9F8e7D6c5B4a is bad", "header [redacted] is bad"),
    ("is it YWJjZGVmZ2hpag==?", "is it [redacted]"),
    ("is it kJqWzLpOeRtYuIoP?", "is it [redacted]"),
    ("is it abcdefghijklmnopqrstu?", "is it [redacted]"),
    ("is it ABCDEFGHIJKLMNOPQRSTU?", "is it [redacted]"),
    ("is it 12345678?", "is it [redacted]"),
    ("is it 73 6b 2d 6c 69 -- or not", "is it [redacted] -- or not"),
    ("is it s k - l i v e 1 2 or not", "is it [redacted] or not"),
    ("is it 12 34 567 or not", "is it 12 34 567 or not"),
    ("12345678:1", "[redacted]"),
    ("is it\n12345678\tor not", "is it [redacted] or not"),
]


@pytest.mark.parametrize(("text", "shown"), THROWN)
def test_beside_a_secret_the_engine_speaks_in_words(policies: Policies, text: str, shown: str) -> None:
    assert policies.run(SECRET, "thrown", text) == [text if shown is ... else shown]


@pytest.mark.parametrize("token", ["a" + "." * 100_000 + "a", ":1" * 50_000, "aB" * 50_000])
def test_a_long_word_beside_a_secret_takes_no_longer_than_it_is_long(policies: Policies, token: str) -> None:
    # Else the universe's limit of time ends it.
    assert len(policies.run("return #require(module.support.keyLike).mask(...)", token)) == 1


def test_titles_stay_as_they_are_unless_the_key_is_in_them(policies: Policies) -> None:
    source = "local key, text = ... return require(redaction.redact)(key, {}).title(text)"
    assert policies.run(source, KEY, "Für Elise (2019)") == ["Für Elise (2019)"]
    assert policies.run(source, KEY, f"by {KEY}") == ["by [redacted]"]
    assert policies.run(source, KEY, "x" * 1000) == ["x" * 1000]
    assert policies.run(source, KEY, "x" * 1001) == ["[redacted]"]
    assert policies.run(SECRET, "title", f"by {KEY}") == [f"by {KEY}"]


def test_an_id_that_holds_the_key_is_not_shown(policies: Policies) -> None:
    source = """
        local id = require(redaction.redact)("abcdefghij", {}).id
        return id("x-1"), id("1abcdefghij"), id("abcd-efghij")
    """
    assert policies.run(source) == ["x-1", None, None]
