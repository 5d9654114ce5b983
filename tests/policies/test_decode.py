"""Where texts become results: what stands further in sees texts, what stands further out sees results."""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import Policies

# Texts are names of what they stand for: `tables` has that.
HEAD = """
local tables = ...
local decoded = 0
local context = {
	decodeJson = function(text)
		decoded += 1
		local value = tables[text]
		if value == nil then error("Can't parse JSON" .. string.rep("!", 500), 0) end
		return if type(value) == "table" then table.clone(value) else value
	end,
	unixTime = os.time,
	redact = require(redaction.redact)("sK7-0123456789", {}),
	errorTexts = {},
}
local late = {}
local function decoding(next) return require(policies.decode)(context, telemetry, late)(next) end
local texts = {}
local function replying(text, seconds)
	return function(call)
		call.attempts += 1
		table.insert(sent, now())
		if seconds then task.wait(seconds) end
		if text == "gone" then return nil, Errors.new("not_found", { operation = "op", status = 404 }) end
		return { text = text, status = 200, headers = { ["x-request-id"] = "it" }, dropped = 0 }, nil
	end
end
"""


def test_a_cache_of_texts_can_stand_on_its_inner_side(policies: Policies) -> None:
    source = (
        HEAD
        + """
local kept = {}
local function memory(next)
	return function(call)
		local answer, err = kept[call.key], nil
		if not answer then
			answer, err = next(call)
			kept[call.key] = answer
		end
		return answer, err
	end
end
local send = require(module.http.chain)({ decoding, memory }, replying("page"))
local first, second = send(newCall("a")), send(newCall("a"))
local isOwn = first.result ~= second.result
return #sent, decoded, first.result.n, second.result.n, isOwn, kept.a.text, first.text
"""
    )
    assert policies.run(source, {"page": {"n": 1}}) == [1, 2, 1, 1, True, "page", None]


LISTS: dict[str, tuple[Any, int]] = {
    "none": ({"items": [1, 2, 3]}, 0),
    "one": ({"items": [1, "x", 3]}, 1),
    "all": ({"items": ["x", "y"]}, 2),
    "an empty list": ({"items": []}, 0),
    "no list": ({"other": 1}, 0),
}


@pytest.mark.parametrize(("page", "dropped"), LISTS.values(), ids=LISTS.keys())
def test_an_answer_says_how_many_items_were_left_out(policies: Policies, page: Any, dropped: int) -> None:
    source = (
        HEAD
        + """
local call = newCall("a")
call.list = "items"
call.read = function(raw, drops)
	local items = {}
	for _, item in raw.items or {} do
		if type(item) == "number" then
			table.insert(items, item)
		else
			drops.counts["Page.item"] = (drops.counts["Page.item"] or 0) + 1
		end
	end
	raw.items = items
	return raw
end
return decoding(replying("page"))(call).dropped, Telemetry.stats(telemetry).dropped["Page.item"] or 0
"""
    )
    assert policies.run(source, {"page": page}) == [dropped, dropped]


def test_what_has_no_list_leaves_no_items_out(policies: Policies) -> None:
    source = HEAD + "return decoding(replying('page'))(newCall('a')).dropped"
    assert policies.run(source, {"page": {"items": [1]}}) == [0]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("html", "not_json", "Can't parse JSON" + "!" * 184 + "..."),
        ("odd", "wrong_shape", "`Page.items`"),
        ("number", "wrong_shape", "`Page.items`"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_reply_it_is_about(
    policies: Policies, text: str, name: str, message: str
) -> None:
    source = (
        HEAD
        + """
local call = newCall("a")
call.list = "items"
call.read = function(_, drops)
	drops.last = "Page.items"
	return nil
end
local answer, err = decoding(replying(select(2, ...)))(call)
return answer, err.id, err.message, err.body, err.requestId, err.status, err.attempts, err.operation
"""
    )
    answer, found, said, *about = policies.run(source, {"odd": {}, "number": 5}, text)
    assert (answer, found, about) == (None, name, [text, "it", 200, 1, "op"])
    assert message in said


def test_an_error_passes_as_it_is(policies: Policies) -> None:
    source = HEAD + "return ending(decoding(follow({ { err = 'not_found', status = 404 } }))(newCall('a'))).id, decoded"
    assert policies.run(source, {}) == ["not_found", 0]


# The first attempt is given up after 2 seconds and answered after 3, while the next one waits for its turn.
LATE = (
    HEAD
    + """
local tables, text, known = ...
local replies = { replying(text, 3), replying("page") }
local heard = {}
local function hearing(next)
	table.insert(late, function(_, answer, err)
		table.insert(heard, answer and answer.result.n or err.id)
		return answer, err
	end)
	return next
end
local slots = Slots.new()
local isFirst = true
local function reading(raw)
	if raw.n == "fault" then error("oh dear") end
	return raw
end
local send = require(module.http.chain)({
	hearing,
	decoding,
	require(policies.retry)(engine, telemetry),
	turns(RateLimiter.new(9), slots, late),
	require(policies.timeout)(engine, slots, late),
}, function(call) return replies[#sent + 1](call) end)
chance = 0.999
local call = newCall("a", { timeout = 2, maxRetries = 1 })
call.read = reading
-- So that there is no place before the first attempt has given up its own.
for _ = 1, 3 do table.insert(slots.held, { at = 0, till = math.huge }) end
local answer, err = send(call)
task.wait(10)
return answer and answer.result.n or err.id, #sent, decoded, heard, #slots.held - 3
"""
)


COMES_LATE: dict[str, list[Any]] = {
    # What comes of the call, requests and decodings that it took, what those further out hear, places that are kept.
    "late": ["late", 1, 1, ["late"], 0],
    "html": ["page", 2, 2, ["not_json"], 0],
    "gone": ["page", 2, 1, ["not_found"], 0],
    "broken": ["page", 2, 2, [], 0],
}


@pytest.mark.parametrize(("text", "expected"), COMES_LATE.items())
def test_what_comes_too_late_is_decoded_once(policies: Policies, text: str, expected: list[Any]) -> None:
    tables = {"late": {"n": "late"}, "page": {"n": "page"}, "broken": {"n": "fault"}}
    assert policies.run(LATE, tables, text) == expected
    assert policies.output == []
