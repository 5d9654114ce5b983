"""When a request is sent again, and when it is not."""

from __future__ import annotations

import datetime
import math
from typing import Any

import pytest

from support.policies import Policies

SHOULD = [
    # kind, retryable, retryAfter, try, retries allowed -> again?
    ("server_error", True, None, 1, 2, True),
    ("server_error", True, None, 2, 2, True),
    ("server_error", True, None, 3, 2, False),
    ("server_error", True, None, 1, 0, False),
    ("timeout", True, None, 1, 2, True),
    ("connection", True, None, 1, 2, True),
    ("connection", False, None, 1, 2, False),
    ("rate_limited", True, None, 1, 2, True),
    ("rate_limited", True, 0, 1, 2, True),
    ("rate_limited", True, 60, 1, 2, True),
    ("rate_limited", True, 60.001, 1, 2, False),
    ("rate_limited", True, math.inf, 1, 2, False),
    ("server_error", True, 61, 1, 2, False),
    ("unauthorized", False, None, 1, 2, False),
    ("bad_request", False, None, 1, 2, False),
    ("not_found", False, None, 1, 2, False),
    ("http_error", False, None, 1, 2, False),
    ("http_disabled", False, None, 1, 2, False),
    ("engine_limit", True, 5, 1, 2, False),
    ("budget_exceeded", True, 5, 1, 2, False),
    ("circuit_open", True, 5, 1, 2, False),
    ("decode", False, None, 1, 2, False),
    ("internal", False, None, 1, 2, False),
    ("invalid_request", False, None, 1, 2, False),
]


@pytest.mark.parametrize(("kind", "retryable", "asked", "attempt", "allowed", "again"), SHOULD)
def test_should_retry(
    policies: Policies, kind: str, retryable: bool, asked: float | None, attempt: int, allowed: int, again: bool
) -> None:
    source = """
local kind, retryable, asked, try, retries = ...
return require(support.retrying).shouldRetry({ kind = kind, retryable = retryable, retryAfter = asked }, try, retries)
"""
    assert policies.run(source, kind, retryable, asked, attempt, allowed) == [again]


DELAYS = [
    # try, asked, random -> seconds
    (1, None, 0.0, 0.0),
    (1, None, 0.5, 0.25),
    (1, None, 0.999, 0.4995),
    (2, None, 0.5, 0.5),
    (3, None, 0.5, 1.0),
    (4, None, 0.5, 2.0),
    (5, None, 0.5, 4.0),
    (6, None, 0.5, 4.0),
    (100, None, 0.5, 4.0),
    (2000, None, 0.5, 4.0),
    (1, 0, 0.5, 0.25),
    (1, 0.1, 0.5, 0.25),
    (1, 7, 0.5, 7),
    (9, 7, 0.999, 7.992),
]


@pytest.mark.parametrize(("attempt", "asked", "random", "seconds"), DELAYS)
def test_delay(policies: Policies, attempt: int, asked: float | None, random: float, seconds: float) -> None:
    values = policies.run("return require(support.retrying).delay(...)", attempt, asked, random)
    assert values == [pytest.approx(seconds)]


RUN = """
local options, outcomes, luck = ...
chance = luck
local send = require(policies.retry)(engine, telemetry)(follow(outcomes))
local result = ending(send(newCall("u", options)))
return result.at, result.kind, sent, Telemetry.stats(telemetry).retries
"""
FAILS = {"err": "server_error", "status": 500}
PATHS: dict[str, tuple[dict[str, Any], list[dict[str, Any]], tuple[float, str, list[float]]]] = {
    "success at once": ({}, [{}], (0, "ok", [0])),
    "success after one failure": ({}, [FAILS, {}], (0.25, "ok", [0, 0.25])),
    "no success": ({}, [FAILS], (0.75, "server_error", [0, 0.25, 0.75])),
    "none allowed": ({"maxRetries": 0}, [FAILS], (0, "server_error", [0])),
    "ten allowed": ({"maxRetries": 3}, [FAILS, FAILS, FAILS, {}], (1.75, "ok", [0, 0.25, 0.75, 1.75])),
    "not worth it": ({}, [{"err": "bad_request", "status": 400}], (0, "bad_request", [0])),
    "asked to wait": ({}, [{"err": "rate_limited", "asks": 3}, {}], (3, "ok", [0, 3])),
    "asked to wait for too long": ({}, [{"err": "rate_limited", "asks": 61}], (0, "rate_limited", [0])),
    "asked to wait beyond the deadline": (
        {"deadline": 20},
        [{"err": "rate_limited", "asks": 20}],
        (0, "rate_limited", [0]),
    ),
    "no time for another": ({"deadline": 0.25}, [FAILS], (0, "server_error", [0])),
    "time for one more only": ({"deadline": 0.5}, [FAILS], (0.25, "server_error", [0, 0.25])),
}


@pytest.mark.parametrize(("options", "outcomes", "expected"), PATHS.values(), ids=PATHS.keys())
def test_path(
    policies: Policies,
    options: dict[str, Any],
    outcomes: list[dict[str, Any]],
    expected: tuple[float, str, list[float]],
) -> None:
    at, kind, sent, retries = policies.run(RUN, options, outcomes, 0.5)
    assert at == pytest.approx(expected[0], abs=0.02)
    assert kind == expected[1]
    assert sent == [pytest.approx(moment, abs=0.02) for moment in expected[2]]
    assert retries == len(expected[2]) - 1


def test_a_pause_says_until_when_it_lasts(policies: Policies) -> None:
    source = """
local send = require(policies.retry)(engine, telemetry)(follow({ { err = "rate_limited", asks = 3 }, {} }))
local call = newCall("u")
task.spawn(send, call)
return call.busyUntil - engine.clock()
"""
    assert policies.run(source)[0] == pytest.approx(3, abs=0.02)


@pytest.mark.parametrize("asks", [3, 0.7])
def test_a_pause_that_the_engine_ends_too_early_is_waited_for(policies: Policies, asks: float) -> None:
    source = """
engine.wait = function(seconds) return task.wait(seconds / 3) end
local asks = ...
require(policies.retry)(engine, telemetry)(follow({ { err = "rate_limited", asks = asks }, {} }))(newCall("u"))
return sent[2]
"""
    assert policies.run(source, asks) == [pytest.approx(asks, abs=0.1)]
    assert policies.run(source, asks)[0] >= asks


NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT
HEADERS: list[tuple[str | None, float | None]] = [
    (None, None),
    ("", None),
    ("0", 0),
    ("120", 120),
    ("Sun, 06 Nov 1994 08:49:60 GMT", 23),
    ("Sun, 06 Nov 1994 08:49:61 GMT", None),
    ("  120\t", 120),
    ("1.5", 1.5),
    ("007", 7),
    ("-1", None),
    ("+1", None),
    ("1e3", None),
    ("0x10", None),
    ("1.", None),
    (".5", None),
    ("120s", None),
    ("1,5", None),
    ("120, 120", None),
    ("inf", None),
    ("nan", None),
    ("soon", None),
    ("999999.96", 1e6),
    ("1234567", 1e6),
    # of a key of digits alone, nothing that could be recognised is shown
    ("1234567890", 1e6),
    ("2.5123456789", 2.6),
    ("9" * 64, 1e6),
    ("9" * 65, None),
    ("1" + " " * 100_000 + "x", None),
    ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
    ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
    ("sun, 06 nov 1994 08:50:37 gmt", 60),
    ("Sun, 6 Nov 1994 08:50:37 GMT", 60),
    ("Sun, 06 Nov 1994 08:49:36 GMT", 0),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Mon, 07 Nov 1994 08:49:37 GMT", 86_400),
    ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
    ("Sun Nov  6 08:50:37 1994", 60),
    ("Sun Nov 06 08:50:37 1994", 60),
    ("Thu, 29 Feb 1996 00:00:00 GMT", 825_552_000 - NOW),
    ("Wed, 29 Feb 1995 00:00:00 GMT", None),
    ("Wed, 31 Jun 1995 00:00:00 GMT", None),
    ("Tue, 32 Jan 1995 00:00:00 GMT", None),
    ("Mon, 31 Apr 1995 00:00:00 GMT", None),
    ("Sun, 31 Sep 1995 00:00:00 GMT", None),
    ("Fri, 31 Nov 1995 00:00:00 GMT", None),
    ("Thu, 30 Feb 1996 00:00:00 GMT", None),
    ("Mon, 29 Feb 2100 00:00:00 GMT", None),
    ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400 - NOW),
    ("Sun, 06 Foo 1994 08:50:37 GMT", None),
    ("Sun, 00 Nov 1994 08:50:37 GMT", None),
    ("Sun, 06 Nov 1994 24:00:00 GMT", None),
    ("Sun, 06 Nov 1994 08:60:00 GMT", None),
    ("Sun, 06 Nov 1994 08:50:37 CET", None),
    ("Sun, 06 Nov 1994 08:50:37", None),
    ("1994-11-06T08:50:37Z", None),
    ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799 - NOW),
]


@pytest.mark.cases(20)
@pytest.mark.parametrize(("header", "seconds"), HEADERS)
def test_retry_after(policies: Policies, header: str | None, seconds: float | None) -> None:
    values = policies.run("return require(support.retryAfter)(...)", header, NOW)
    assert (values or [None]) == [seconds]


def test_every_day_of_the_calendar_is_known(policies: Policies) -> None:
    days = [
        datetime.datetime(year, month, day, 23, 59, 59, tzinfo=datetime.UTC)
        for year in (1970, 1999, 2000, 2026, 2028, 2100, 2399)
        for month in range(1, 13)
        for day in (1, 28, 29, 30, 31)
        if day <= (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).day
    ]
    headers = [f"{day:%a, %d %b %Y %H:%M:%S} GMT" for day in days]
    source = """
local found = {}
for _, header in ... do table.insert(found, require(support.retryAfter)(header, 0)) end
return found
"""
    assert policies.run(source, headers) == [[day.timestamp() for day in days]]


@pytest.mark.parametrize(("year", "means"), [("00", 2000), ("69", 2069), ("70", 1970), ("99", 1999)])
def test_a_year_of_two_digits_lies_around_the_epoch(policies: Policies, year: str, means: int) -> None:
    seconds = datetime.datetime(means, 3, 1, tzinfo=datetime.UTC).timestamp()
    (found,) = policies.run("return require(support.retryAfter)(...)", f"Sunday, 01-Mar-{year} 00:00:00 GMT", 0)
    assert found == seconds
