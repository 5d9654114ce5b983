"""What is told of a reply: how much of its texts, and its own name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.policies import Policies

READ = """
local response = ...
local context = {
	decodeJson = function(text) return game:GetService("HttpService"):JSONDecode(text) end,
	unixTime = os.time,
	redact = require(redaction.redact)("sK7-0123456789", {}),
	errorTexts = { "error" },
}
local _, err = require(module.http.reply).read(context, newCall("u"), response)
return err.message, err.body, err.requestId, err.status
"""


def read(policies: Policies, **response: Any) -> list[Any]:
    return policies.run(READ, {"StatusCode": 500, **response})


@pytest.mark.parametrize(("length", "shown"), [(150, 150), (200, 200), (201, 200), (5000, 200)])
def test_what_it_says_is_shown_up_to_a_length(policies: Policies, length: int, shown: int) -> None:
    message = read(policies, Body=json.dumps({"error": "x" * length}))[0]
    assert message.endswith("x" * shown + "..." * (length > shown))
    assert message.count("x") == shown


@pytest.mark.parametrize(("length", "shown"), [(499, 499), (500, 500), (501, 500), (5000, 500)])
def test_its_body_is_shown_up_to_a_length(policies: Policies, length: int, shown: int) -> None:
    assert read(policies, Body="x" * length)[1] == "x" * shown + "..." * (length > shown)


@pytest.mark.parametrize(("length", "shown"), [(1, 1), (128, 128), (129, 128)])
def test_its_name_is_shown_up_to_a_length(policies: Policies, length: int, shown: int) -> None:
    assert read(policies, Headers={"X-Request-Id": "x" * length})[2] == "x" * shown


def test_a_reply_without_a_status_has_the_status_zero(policies: Policies) -> None:
    assert read(policies, StatusCode="500")[3] == 0


@pytest.mark.parametrize("name", ["x-request-id", "X-Amzn-RequestId", "apigw-requestid", "X-Amz-Cf-Id"])
def test_its_name_stands_in_one_of_several_headers(policies: Policies, name: str) -> None:
    assert read(policies, Headers={"content-type": "text/html", name: "this"})[2] == "this"


@pytest.mark.parametrize("nothing", ["", "a\tb", "é", b"\xff", "x\n"])
def test_what_is_no_plain_text_is_no_name(policies: Policies, nothing: str | bytes) -> None:
    assert read(policies, Headers={"X-Request-Id": nothing, "X-Amz-Cf-Id": "this"})[2] == "this"
    assert read(policies, Headers={"X-Request-Id": nothing})[2] is None


@pytest.mark.parametrize(
    ("status_message", "reason"),
    [("Bad Gateway", "Bad Gateway"), ("", "no reason was given"), (5, "no reason was given")],
)
def test_a_body_without_a_reason_leaves_the_word_to_the_engine(
    policies: Policies, status_message: str | int, reason: str
) -> None:
    assert read(policies, Body="{}", StatusMessage=status_message)[0].endswith(reason)


@pytest.mark.parametrize(("status", "good"), [(199, False), (200, True), (299, True), (300, False)])
def test_what_begins_with_two_is_good(policies: Policies, status: int, good: bool) -> None:
    source = READ.replace("local _, err = ", "local result = ").split("return err")[0] + "return result ~= nil"
    assert policies.run(source, {"StatusCode": status, "Body": "{}"}) == [good]
