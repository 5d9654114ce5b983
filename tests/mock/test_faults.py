"""What each kind of fault makes of a reply; that clients understand them all is shown with the client."""

from __future__ import annotations

import json

import httpx
import pytest

from audioscape_luau.mock import FAULTS, NoReply, fault

BODY = b' {"items": [{"id": "a", "n": 1, "x": 0.5, "is": true}, {"n": 2}], "none": [], "meta": {"n": 3}}\n'
FIRST = b'{"items": [{"id": "a", "n": %s, "x": %s, "is": true}, {"n": 2}], "none": [], "meta": {"n": 3}}'


def reply() -> httpx.Response:
    return httpx.Response(203, content=BODY, headers={"content-type": "application/json", "x-more": "1"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty", b""),
        ("cut", BODY[: len(BODY) // 2]),
        ("a-list", b"[]"),
        ("invalid-utf8", BODY.replace(b'"items":', b'"items":"\xff",', 1)),
        ("duplicate-keys", BODY.strip()[:-1].join([b" ", b","]) + BODY.strip()[1:] + b"\n"),
        ("nan", FIRST % (b"NaN", b"NaN")),
        ("infinity", FIRST % (b"-Infinity", b"-Infinity")),
        ("huge-numbers", FIRST % (b"1e999", b"1e999")),
        ("wrong-types", FIRST % (b'{"x":1}', b'{"x":1}')),
    ],
)
def test_a_broken_body(name: str, content: bytes) -> None:
    broken = fault(name).apply(reply())
    assert (broken.status_code, broken.content) == (203, content)
    assert broken.headers["content-type"] == "application/json"


@pytest.mark.parametrize("body", [b"", b" {}\n", b"[]", b"null", b'[{"n": 1}]', b"3"])
@pytest.mark.parametrize("name", ["nan", "infinity", "huge-numbers", "wrong-types", "duplicate-keys", "big"])
def test_a_body_without_members_has_none_to_change(name: str, body: bytes) -> None:
    broken = fault(name).apply(httpx.Response(202, content=body))
    assert (broken.status_code, broken.content) == (202, body)


def test_big_and_deep_bodies() -> None:
    big = json.loads(fault("big").apply(reply()).content)
    assert len(big.pop("padding")) == 10_000_000
    assert big == json.loads(BODY)
    deep = fault("deep").apply(reply()).content
    assert deep == b'{"a":' * 50_000 + b"1" + b"}" * 50_000


@pytest.mark.parametrize(
    ("name", "status", "media_type", "content"),
    [
        ("status-0", 0, "application/json", b""),
        ("server-error", 500, "application/json", b""),
        ("bad-gateway", 502, "text/html", b"<html>502</html>"),
        ("not-found", 404, "application/json", b'{"error":"not found"}'),
        ("html", 203, "text/html", b"<!DOCTYPE html><html></html>"),
        ("wrong-content-type", 203, "text/plain", BODY),
    ],
)
def test_another_reply(name: str, status: int, media_type: str, content: bytes) -> None:
    other = fault(name).apply(reply())
    assert (other.status_code, other.headers["content-type"], other.content) == (status, media_type, content)


@pytest.mark.parametrize(("name", "seconds"), [("slow", 2.0), ("never", float("inf"))])
def test_the_same_reply_later(name: str, seconds: float) -> None:
    late = fault(name).apply(reply())
    assert (late.status_code, late.headers, late.content) == (203, reply().headers, BODY)
    assert late.extensions["virtual_seconds"] == seconds


@pytest.mark.parametrize(
    ("name", "text", "seconds"),
    [
        ("dns", "HttpError: DnsResolve", 0.05),
        ("engine-limit", "Number of requests exceeded limit", 0.05),
        ("stalled-limit", "Number of requests exceeded limit", 30),
    ],
)
def test_no_reply(name: str, text: str, seconds: float) -> None:
    with pytest.raises(NoReply) as caught:
        fault(name).apply(reply())
    assert (caught.value.text, caught.value.seconds) == (text, seconds)


def test_a_fault_is_found_by_its_name() -> None:
    assert [fault(row.name) for row in FAULTS] == list(FAULTS)
    with pytest.raises(ValueError, match=r"there is no fault .no such fault.. Faults: .*dns"):
        fault("no such fault")
