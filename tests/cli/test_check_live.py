"""`audioscape check --live`: what it prints, its exit codes, and that the key is in none of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest
import respx
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.cli.running import KEY_VARIABLE
from audioscape_luau.mock import Catalogue, MockApi
from support.game import api

KEY = 'sk-live "q/7"&<Zx09>'.replace(" ", "")
"""With letters that URLs, JSON and HTML write otherwise."""

type Answer = Callable[[httpx.Request], httpx.Response]


def mocked(**options: Any) -> MockApi:
    return MockApi(api(), Catalogue.generate(size=120), keys=[KEY], **options)


@pytest.fixture
def answer() -> Iterator[Callable[[Answer], respx.Route]]:
    with respx.mock(assert_all_called=False) as router:
        yield lambda answer: router.route().mock(side_effect=answer)


def check(*arguments: str | Path, key: str | None = KEY) -> Result:
    return CliRunner().invoke(app, ["check", "--live", *map(str, arguments)], env={"COLUMNS": "200", KEY_VARIABLE: key})


def without_bpm(request: httpx.Request, reply: httpx.Response) -> httpx.Response:
    if reply.status_code != 200 or request.url.path != "/developer/v1/similar":
        return reply
    body = json.loads(reply.content)
    for track in body["tracks"]:
        track["tempo"] = track.pop("bpm")
    return httpx.Response(200, json=body)


def echoing(request: httpx.Request) -> httpx.Response:
    """Answer with the key in every place, and broken."""
    key = request.headers.get(api().api_key_header, "none")
    body = {"tracks": [{"asset_id": key, key: key, "name": f"for {key}"}], "meta": {"total": key}, "key": [key]}
    escaped = json.dumps(body).replace("s", "\\u0073")
    return httpx.Response(200, headers={"content-type": "application/json", "x-key": key}, content=escaped)


def test_an_api_as_specified(answer: Callable[[Answer], respx.Route]) -> None:
    route = answer(mocked().respond_or_refuse)
    result = check()
    assert result.exit_code == 0, result.output
    assert "The API matches the spec" in result.output
    assert f"{route.call_count} of at most 30 requests" in result.output


def test_all_that_can_be_asked_of_an_api_as_specified(answer: Callable[[Answer], respx.Route]) -> None:
    answer(mocked().respond_or_refuse)
    result = check("--requests", "1000")
    assert result.exit_code == 0, result.output
    assert "left over" not in result.output


@pytest.mark.thorough
def test_a_drift_in_every_form(answer: Callable[[Answer], respx.Route], tmp_path: Path) -> None:
    real = mocked()
    answer(lambda request: without_bpm(request, real.respond_or_refuse(request)))
    page, junit = tmp_path / "live.html", tmp_path / "live.xml"
    result = check("--html", page, "--junit", junit)
    assert result.exit_code == 1, result.output
    for text in ("similar: missing tracks[].bpm", "similar: added tracks[].tempo", "1 added, 1 missing"):
        assert text in result.output
    assert 'x-api-key: $AUDIOSCAPE_API_KEY"' in result.output
    assert "bpm" in page.read_text(encoding="utf-8")
    cases = fromstring(junit.read_text(encoding="utf-8")).findall(".//testsuite[@name='drift']/testcase")
    assert [case.attrib["name"] for case in cases] == [
        "similar: missing tracks[].bpm",
        "similar: added tracks[].tempo",
    ]
    assert all(case.find("failure") is not None for case in cases)

    found = json.loads(check("--json", "--requests", "300").stdout)
    assert (found["kept"], found["counts"]) == (False, {"added": 1, "missing": 1, "wrong": 0})
    missing, added = found["drift"]
    assert (missing["kind"], missing["place"], missing["found"]) == ("missing", "tracks[].bpm", "nothing")
    assert 200 < missing["seen"] <= missing["total"]
    assert added["seen"] == added["total"] == missing["total"]
    assert missing["request"].startswith("curl -X GET")
    assert found["fields"]["similar"]["tracks[].bpm"]["values"] == 0
    assert found["fields"]["similar"]["tracks[].name"]["values"] == missing["total"]


def test_the_key_is_in_nothing(answer: Callable[[Answer], respx.Route], tmp_path: Path) -> None:
    answer(echoing)
    page, junit = tmp_path / "live.html", tmp_path / "live.xml"
    result = check("--html", page, "--junit", junit)
    assert result.exit_code == 1, result.output
    told = [result.output, page.read_text(encoding="utf-8"), junit.read_text(encoding="utf-8")]
    told.append(check("--json").output)
    for text in told:
        assert "[redacted]" in text
        for form in (KEY, json.dumps(KEY)[1:-1], "sk-live", "Zx09", "\\u0073k-live"):
            assert form not in text


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ReadTimeout])
def test_the_key_is_in_no_failure(answer: Callable[[Answer], respx.Route], failure: type[httpx.TransportError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise failure(f"no, {request.headers}, {KEY}")

    answer(fail)
    result = check()
    assert result.exit_code == 2
    assert "cannot reach" in result.output
    assert "sk-live" not in result.output
    assert isinstance(result.exception, SystemExit)


def test_a_refused_key_cannot_run(answer: Callable[[Answer], respx.Route]) -> None:
    route = answer(mocked().respond_or_refuse)
    result = check(key="another-key")
    assert result.exit_code == 2
    assert "the API refused the key (401)" in result.output
    assert route.call_count == 1


@pytest.mark.cases(2)
@pytest.mark.parametrize("key", [None, "", "  \n", "schlüssel", "two words", "a\nb"])
def test_without_a_key_nothing_is_asked(answer: Callable[[Answer], respx.Route], key: str | None) -> None:
    route = answer(mocked().respond_or_refuse)
    result = check(key=key)
    assert result.exit_code == 2
    assert KEY_VARIABLE in result.output
    assert not key or key.strip() == "" or key not in result.output
    assert route.call_count == 0


def test_blanks_around_a_key_are_no_part_of_it(answer: Callable[[Answer], respx.Route]) -> None:
    answer(mocked().respond_or_refuse)
    assert check(key=f" {KEY}\n").exit_code == 0


def test_the_rate_limit_ends_it(answer: Callable[[Answer], respx.Route]) -> None:
    real = mocked()
    replies: list[int] = []

    def limited(request: httpx.Request) -> httpx.Response:
        replies.append(1)
        operation = api().operation("similar")
        return real.example(operation, 429) if len(replies) > 4 else real.respond_or_refuse(request)

    route = answer(limited)
    result = check()
    assert result.exit_code == 0, result.output
    assert "the rate limit was reached (429)" in result.output
    assert route.call_count == 5
    result = check()
    assert result.exit_code == 2
    assert "before the first usable reply" in result.output


def test_the_budget_is_kept(answer: Callable[[Answer], respx.Route]) -> None:
    route = answer(mocked().respond_or_refuse)
    result = check("--requests", "4")
    assert result.exit_code == 0, result.output
    assert route.call_count == 4
    assert "more were left over. The first is " in result.output


def test_a_staging_host_is_asked_with_an_id_of_its_own(answer: Callable[[Answer], respx.Route]) -> None:
    base = "https://staging.example.com/api"
    catalogue = Catalogue.generate(size=60, seed=7)
    route = answer(MockApi(api(), catalogue, keys=[KEY], base_url=base).respond_or_refuse)
    result = check("--base-url", base + "/", "--requests", "300")
    assert result.exit_code == 2
    assert "Name an asset id" in result.output
    asked = route.call_count
    result = check("--base-url", base, "--asset", catalogue.entries[0].asset_id)
    assert result.exit_code == 0, result.output
    assert route.call_count > asked
    assert base in result.output


def test_a_broken_api_is_broken_even_if_it_never_succeeds(answer: Callable[[Answer], respx.Route]) -> None:
    answer(lambda _: httpx.Response(502, html="<h1>502</h1>"))
    result = check()
    assert result.exit_code == 1
    assert "similar: wrong (status)" in result.output
    assert "Could not check more: no request of similar found anything" in result.output


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--module", "x"], "do not work with --live"),
        (["--replay", "x"], "do not work with --live"),
        (["--base-url", "ftp://x"], "must be a URL"),
        (["--base-url", "https://user:word@x"], "must be a URL"),
        (["--base-url", "nowhere"], "must be a URL"),
        (["--base-url", "https://x:port"], "--base-url: Invalid port"),
        (["--spec", "/nowhere.yaml"], "/nowhere.yaml"),
        (["--requests", "0"], "--requests"),
        (["--html", "/nowhere/x.html"], "/nowhere/x.html"),
    ],
)
def test_what_cannot_run_exits_with_2(answer: Callable[[Answer], respx.Route], arguments: list[str], text: str) -> None:
    answer(mocked().respond_or_refuse)
    result = check(*arguments)
    assert result.exit_code == 2, result.output
    assert text in result.output


@pytest.mark.parametrize("arguments", [["--base-url", "https://x"], ["--requests", "1"], ["--asset", "1"]])
def test_options_of_a_live_check_are_for_that(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["check", *arguments])
    assert result.exit_code == 2
    assert "--live" in result.output
