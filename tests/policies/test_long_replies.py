"""A reply of many megabytes costs no more than to decode it once, whatever is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import Policies

MANY = 20_000_000
"""Bytes."""
READ = """
local response, decoded = ...
local times = 0
local context = {
	decodeJson = function(text)
		times += 1
		if not decoded then error("Can't parse JSON") end
		return { error = text }
	end,
	unixTime = os.time,
	redact = require(redaction.redact)("sK7-0123456789", {}),
	errorTexts = { "error" },
}
local call = newCall("u")
local _, err = require(policies.decode)(context, telemetry, {})(function()
	return require(module.http.reply).read(context, call, response)
end)(call)
return times, #tostring(err), #(err.body or "")
"""
BODIES = {
    "HTML": "<p>no</p>" * (MANY // 9),
    "an object without an end": '{"error": "' + "x" * MANY,
    "numbers": "[" + "1e5," * (MANY // 4),
    "blanks": " " * MANY,
}


@pytest.mark.cases(4)
@pytest.mark.parametrize(
    ("status", "decoded"), [(200, False), (500, False), (500, True)], ids=["a result", "an error", "one long text"]
)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_it_is_decoded_once_and_shown_in_short(policies: Policies, body: str, status: int, decoded: bool) -> None:
    # Else the universe's limit of time ends it.
    headers: dict[str, Any] = {"x-request-id": body, "retry-after": body}
    response = {"StatusCode": status, "Body": body, "StatusMessage": body, "Headers": headers}
    times, text, shown = policies.run(READ, response, decoded)
    assert times == 1
    assert text < 600
    assert shown <= 503


BOM = "\ufeff"


@pytest.mark.parametrize(
    ("text", "seen"), [(BOM + "[1]", "[1]"), ("[1]" + BOM, "[1]" + BOM), (BOM, ""), (BOM * 2, BOM)]
)
def test_a_byte_order_mark_is_read_over(policies: Policies, text: str, seen: str) -> None:
    assert policies.run("return require(module.wire.parse)(function(text) return text end, ...)", text) == [seen, None]


def test_it_is_read_over_before_the_repair_too(policies: Policies) -> None:
    source = """
return require(module.wire.parse)(function(text) if text ~= "[null]" then error("no") end return text end, ...)
"""
    assert policies.run(source, BOM + "[NaN]") == ["[null]", None]


@pytest.mark.parametrize(("length", "tries"), [(2**18, 2), (2**18 + 1, 1)])
def test_what_is_too_long_is_not_repaired(policies: Policies, length: int, tries: int) -> None:
    source = """
local tries = 0
require(module.wire.parse)(function() tries += 1 error("no") end, ...)
return tries
"""
    assert policies.run(source, "[NaN," + " " * (length - 6) + "]") == [tries]
