"""Checks of an API that drifts in small ways: each is reported where it is; one that does not drift is not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.contract.results import as_html, as_junit
from audioscape_luau.live.account import account_of_live, report_live
from audioscape_luau.live.check import LiveCheck
from audioscape_luau.mock import Catalogue, MockApi
from audioscape_luau.openapi import ApiModel, load
from support.game import only
from support.specs import Document, blank, operation, write_spec

KEY = "key-1f2e3d4c5b6a"

type Answer = Callable[[httpx.Request], httpx.Response]
type Drifted = Callable[[httpx.Request, httpx.Response], httpx.Response]
"""Makes a drifted reply of the right one."""

SIMILAR = only("similar")
CATALOGUE = Catalogue.generate(size=150)


def run(answer: Answer, *, model: ApiModel | None = None, **options: Any) -> LiveCheck:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    check = LiveCheck(model or SIMILAR, client, key=KEY, **options)
    assert list(check.run()) == check.asked
    return check


def drifting(drift: Drifted, **options: Any) -> LiveCheck:
    mock = MockApi(SIMILAR, CATALOGUE, keys=[KEY], check_replies=False)
    return run(lambda request: drift(request, mock.respond_or_refuse(request)), **options)


def found(check: LiveCheck) -> set[str]:
    return {f"{drift.kind} {drift.place}" for drift in check.drifts()}


def content(change: Callable[[bytes], bytes], status: int = 200) -> Drifted:
    """Drift by a change of the bytes of all bodies with a status."""

    def drift(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
        return written(reply, change(reply.content)) if reply.status_code == status else reply

    return drift


def written(reply: httpx.Response, body: bytes, content_type: str = "application/json") -> httpx.Response:
    return httpx.Response(reply.status_code, headers={"content-type": content_type}, content=body)


def whole(change: Callable[[Any], Any], status: int = 200) -> Drifted:
    """Drift by another value in place of all bodies with a status."""
    return content(lambda text: json.dumps(change(json.loads(text))).encode(), status)


def body(change: Callable[[dict[str, Any]], object], status: int = 200) -> Drifted:
    """Drift by a change within all bodies with a status."""

    def changed(value: dict[str, Any]) -> dict[str, Any]:
        change(value)
        return value

    return whole(changed, status)


def tracks(change: Callable[[dict[str, Any]], object], every: int = 1) -> Drifted:
    """Drift by a change of every so manieth track."""

    def each(value: dict[str, Any]) -> None:
        for track in value["tracks"][::every]:
            change(track)

    return body(each)


def status(old: int, new: int) -> Drifted:
    def drift(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
        if reply.status_code != old:
            return reply
        return httpx.Response(new, headers=reply.headers, content=reply.content)

    return drift


def given_in(request: httpx.Request, **others: str | None) -> httpx.Request:
    """Return a request with other parameters; None takes one away."""
    parameters: dict[str, Any] = {**dict(request.url.params), **others}
    kept = {name: value for name, value in parameters.items() if value is not None}
    return httpx.Request("GET", request.url.copy_with(query=None), params=kept, headers=request.headers)


def asked_otherwise(change: Callable[[Mapping[str, str]], dict[str, str | None]]) -> Drifted:
    """Drift by answering another request than came."""
    mock = MockApi(SIMILAR, CATALOGUE, keys=[KEY], check_replies=False)

    def drift(request: httpx.Request, reply: httpx.Response) -> httpx.Response:
        if reply.status_code != 200:
            return reply
        return mock.respond_or_refuse(given_in(request, **change(dict(request.url.params))))

    return drift


def rename(value: dict[str, Any], old: str, new: str) -> None:
    if old in value:
        value[new] = value.pop(old)


def put(**fields: Any) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts values in place of those that are there."""
    return lambda value: value.update({name: new for name, new in fields.items() if value.get(name) is not None})


def in_meta(change: Callable[[dict[str, Any]], object]) -> Drifted:
    return body(lambda value: change(value["meta"]))


def in_mood(change: Callable[[dict[str, Any]], object]) -> Drifted:
    return tracks(lambda track: change(track["mood"]) if track.get("mood") else None)


def next_offset(query: Mapping[str, str]) -> dict[str, str | None]:
    """Return an offset one too far, except at the beginning."""
    offset = int(query.get("offset", "0"))
    return {"offset": str(offset + 1)} if offset else {}


def by_score(query: Mapping[str, str]) -> bool:
    return 0 < float(query.get("max_score", "0")) < 0.9


def without_end(query: Mapping[str, str], end: str) -> dict[str, str | None]:
    """Return the filters without one end of the duration."""
    filters = json.loads(query.get("filters", "{}"))
    filters.get("duration", {}).pop(end, None)
    return {"filters": json.dumps(filters)} if filters else {}


def number_id(track: dict[str, Any]) -> None:
    track["asset_id"] = int(track["asset_id"])


RIGHT = httpx.Response(200, json={"tracks": [], "meta": {"total": 0, "limit": 20, "offset": 0}})


def repeated(value: dict[str, Any]) -> None:
    if len(value["tracks"]) > 1:
        value["tracks"][1] = value["tracks"][0]


EVERYWHERE = ("", "400 ", "401 ", "404 ")
"""How the places of all statuses begin that are seen."""

DRIFTS: dict[str, tuple[Drifted, set[str]]] = {
    "field added": (tracks(lambda track: track.update(isrc="X")), {"added tracks[].isrc"}),
    "field added to one": (tracks(lambda track: track.update(isrc="X"), every=99), {"added tracks[].isrc"}),
    "field added within": (in_mood(lambda mood: mood.update(calm=0.1)), {"added tracks[].mood.calm"}),
    "field added on top": (body(lambda value: value.update(took=1)), {"added took"}),
    "required removed": (tracks(lambda track: track.pop("asset_id")), {"missing tracks[].asset_id"}),
    "optional removed": (tracks(lambda track: track.pop("artist")), {"missing tracks[].artist"}),
    "optional removed from some": (tracks(lambda track: track.pop("album"), every=3), {"missing tracks[].album"}),
    "removed within": (in_mood(lambda mood: mood.pop("happy")), {"missing tracks[].mood.happy"}),
    "renamed": (
        tracks(lambda track: rename(track, "genre_slug", "slug")),
        {"missing tracks[].genre_slug", "added tracks[].slug"},
    ),
    "respelt": (
        tracks(lambda track: rename(track, "bpm", "BPM")),
        {"missing tracks[].bpm", "added tracks[].BPM"},
    ),
    "number became text": (tracks(lambda track: track.update(duration="187")), {"wrong tracks[].duration"}),
    "text became number": (tracks(number_id), {"wrong tracks[].asset_id"}),
    "one text became number": (tracks(number_id, every=200), {"wrong tracks[].asset_id"}),
    "id with a prefix": (
        tracks(lambda track: track.update(asset_id=f"rbxassetid://{track['asset_id']}")),
        {"wrong tracks[].asset_id"},
    ),
    "number became null": (tracks(lambda track: track.update(bpm=None)), {"wrong tracks[].bpm"}),
    "nullable became null for ever": (tracks(put(danceability=None)), {"missing tracks[].danceability"}),
    "number not finite": (tracks(lambda track: track.update(score=float("nan"))), {"wrong tracks[].score"}),
    "enum unknown": (tracks(put(scale="dorian")), {"wrong tracks[].scale"}),
    "enum in other case": (tracks(put(voice="Voice")), {"wrong tracks[].voice"}),
    "out of bounds": (tracks(put(key_confidence=74)), {"wrong tracks[].key_confidence"}),
    "a longer list": (
        tracks(put(genres_detailed=[{"label": "x", "parent": "y", "score": 1}] * 6)),
        {"wrong tracks[].genres_detailed"},
    ),
    "list became object": (body(lambda value: value.update(tracks={"items": value["tracks"]})), {"wrong tracks"}),
    "inner list became object": (tracks(put(genres_detailed={"x": 1})), {"wrong tracks[].genres_detailed"}),
    "list renamed": (body(lambda value: rename(value, "tracks", "items")), {"missing tracks", "added items"}),
    "list became null": (body(lambda value: value.update(tracks=None)), {"wrong tracks"}),
    "object became list": (body(lambda value: value.update(meta=[value["meta"]])), {"wrong meta"}),
    "boolean for number": (in_meta(lambda meta: meta.update(limit=True)), {"wrong meta.limit"}),
    "extra nesting": (whole(lambda value: {"data": value}), {"missing tracks", "missing meta", "added data"}),
    "body became list": (whole(lambda value: [value]), {"wrong (body)"}),
    "body became null": (whole(lambda _: None), {"wrong (body)"}),
    "body cut": (content(lambda text: text[:-9]), {"wrong (body)"}),
    "body empty": (content(lambda _: b""), {"wrong (body)"}),
    "a key twice": (content(lambda text: text.replace(b'"limit"', b'"limit": 1, "limit"')), {"wrong (body)"}),
    "total missing": (in_meta(lambda meta: meta.pop("total")), {"missing meta.total"}),
    "total renamed": (in_meta(lambda meta: rename(meta, "total", "count")), {"missing meta.total", "added meta.count"}),
    "total null": (in_meta(lambda meta: meta.update(total=None)), {"wrong meta.total"}),
    "total text": (in_meta(lambda meta: meta.update(total=str(meta["total"]))), {"wrong meta.total"}),
    "total of the page": (body(lambda value: value["meta"].update(total=len(value["tracks"]))), {"wrong meta.total"}),
    "total grows": (
        body(lambda value: value["meta"].update(total=value["meta"]["offset"] + len(value["tracks"]))),
        {"wrong meta.total"},
    ),
    "total broken": (in_meta(lambda meta: meta.update(total=meta["total"] + 0.5)), {"wrong meta.total"}),
    "meta missing": (body(lambda value: value.pop("meta")), {"missing meta"}),
    "offset not told": (in_meta(lambda meta: meta.pop("offset")), {"missing meta.offset"}),
    "limit told wrong": (in_meta(lambda meta: meta.update(limit=20)), {"wrong meta.limit"}),
    "page too long": (asked_otherwise(lambda _: {"limit": "100"}), {"wrong tracks", "wrong meta.limit"}),
    "page too short": (body(lambda value: value.update(tracks=value["tracks"][1:])), {"wrong tracks"}),
    "offset ignored": (asked_otherwise(lambda _: {"offset": None}), {"wrong tracks", "wrong meta.offset"}),
    "offset off by one": (
        asked_otherwise(
            lambda query: {"offset": str(int(query["offset"]) + 1)} if query.get("offset", "0") > "0" else {}
        ),
        {"wrong tracks", "wrong meta.offset"},
    ),
    "default limit changed": (
        asked_otherwise(lambda query: {} if "limit" in query else {"limit": "25"}),
        {"wrong tracks", "wrong meta.limit"},
    ),
    "max_score ignored": (asked_otherwise(lambda _: {"max_score": None}), {"wrong tracks[].score"}),
    "max_score lax": (
        asked_otherwise(lambda query: {"max_score": str(float(query["max_score"]) + 0.1)} if by_score(query) else {}),
        {"wrong tracks[].score"},
    ),
    "filters ignored": (asked_otherwise(lambda _: {"filters": None}), {"wrong tracks[].duration"}),
    "shortest ignored": (asked_otherwise(lambda query: without_end(query, "min")), {"wrong tracks[].duration"}),
    "longest ignored": (asked_otherwise(lambda query: without_end(query, "max")), {"wrong tracks[].duration"}),
    "filters keep nothing": (
        asked_otherwise(lambda query: {"filters": '{"duration":{"max":0.001}}'} if "filters" in query else {}),
        {"wrong tracks"},
    ),
    "score in per cent": (
        tracks(lambda track: track.update(score=track["score"] * 100)),
        {"wrong tracks[].score"},
    ),
    "tempo below 0": (tracks(lambda track: track.update(bpm=-1), every=99), {"wrong tracks[].bpm"}),
    "an item twice": (body(repeated), {"wrong tracks"}),
    "error body changed": (
        whole(lambda value: {"message": value["error"]}, 400),
        {"missing 400 error", "added 400 message"},
    ),
    "error body nested": (whole(lambda value: {"error": value}, 404), {"wrong 404 error"}),
    "error body grown": (body(lambda value: value.update(code=7), 401), {"added 401 code"}),
    "error body empty": (content(lambda _: b"", 400), {"wrong 400 (body)"}),
    "error body a page": (content(lambda _: b"<html></html>", 404), {"wrong 404 (body)"}),
    "success has another status": (status(200, 203), {"wrong (status)"}),
    "bad requests have another status": (status(400, 422), {"wrong (status)"}),
    "bad requests are unknown": (status(400, 404), {"wrong (status)"}),
    "bad requests break it": (status(400, 500), {"wrong (status)"}),
    "bad requests succeed": (lambda _, reply: RIGHT if reply.status_code == 400 else reply, {"wrong (status)"}),
    "unknown ids have another status": (status(404, 410), {"wrong (status)"}),
    "no key has another status": (status(401, 403), {"wrong (status)"}),
    "no key succeeds": (lambda _, reply: RIGHT if reply.status_code == 401 else reply, {"wrong (status)"}),
    "a wrong key succeeds": (
        lambda request, reply: RIGHT if reply.status_code == 401 and "x-api-key" in request.headers else reply,
        {"wrong (status)"},
    ),
    "body packed wrong": (
        lambda _, reply: httpx.Response(
            reply.status_code,
            headers={**reply.headers, "content-encoding": "gzip"},
            stream=httpx.ByteStream(reply.content),
        ),
        {f"wrong {begin}(body)" for begin in EVERYWHERE},
    ),
    "a redirect": (status(200, 302), {"wrong (status)"}),
    "content type of text": (
        lambda _, reply: written(reply, reply.content, "text/plain"),
        {f"wrong {begin}(content type)" for begin in EVERYWHERE},
    ),
    "no content type": (
        lambda _, reply: httpx.Response(reply.status_code, content=reply.content),
        {f"missing {begin}(content type)" for begin in EVERYWHERE},
    ),
    "another charset": (
        lambda _, reply: written(reply, reply.content, "application/json; charset=latin-1"),
        {f"wrong {begin}(content type)" for begin in EVERYWHERE},
    ),
}


@pytest.mark.cases(16)
@pytest.mark.parametrize(("drift", "places"), DRIFTS.values(), ids=DRIFTS.keys())
def test_each_small_drift_is_reported_where_it_is(drift: Drifted, places: set[str]) -> None:
    check = drifting(drift)
    assert found(check) == places
    assert all(0 < drift.seen <= drift.total for drift in check.drifts())
    assert report_live(check, KEY).exit_code == 1


def test_what_does_not_drift_is_not_reported() -> None:
    mock = MockApi(SIMILAR, CATALOGUE, keys=[KEY], check_replies=False)
    check = run(mock.respond_or_refuse, requests=100)
    assert (check.drifts(), check.obstacle, check.stopped, check.not_asked) == ([], "", "", [])
    assert report_live(check, KEY).exit_code == 0
    assert len(check.asked) <= 30, "the budget by default is enough"
    assert {asked.request.method for asked in check.asked} == {"GET"}


def test_one_drift_is_one_row_whatever_was_asked() -> None:
    for change in ({"limit": 50}, {"offset": 7}, {"total": 0}):
        (drift,) = drifting(in_meta(lambda meta, change=change: meta.update(change))).drifts()
        assert drift.seen > 7, change


def test_a_packed_reply_is_unpacked_once() -> None:
    def packed(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
        stream = httpx.ByteStream(gzip.compress(reply.content))
        return httpx.Response(reply.status_code, headers={**reply.headers, "content-encoding": "gzip"}, stream=stream)

    check = drifting(packed)
    assert (check.drifts(), check.obstacle) == ([], "")


def test_a_body_without_end_is_not_read_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audioscape_luau.live.check._MOST", 100_000)

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return repeat(b" " * 10_000)

    check = drifting(lambda _, reply: httpx.Response(reply.status_code, headers=reply.headers, stream=Endless()))
    assert {drift.found for drift in check.drifts()} == {"more than 100000 bytes"}


def test_lists_without_items_show_nothing() -> None:
    check = drifting(body(lambda value: value.update(tracks=[], meta={**value["meta"], "total": 0})))
    told = report_live(check, KEY)
    assert (told.drifts, told.exit_code) == ([], 2)
    assert "Name an asset id that the API has" in told.obstacle


def test_a_wrong_key_is_told_from_the_right_one() -> None:
    check = drifting(DRIFTS["a wrong key succeeds"][0])
    (drift,) = report_live(check, KEY).drifts
    assert drift.asked == "a key that is none"
    assert "$AUDIOSCAPE_API_KEY" not in drift.request
    assert "x-api-key: " in drift.request


def test_all_asks_together_cost_no_more_than_the_budget() -> None:
    mock = MockApi(SIMILAR, CATALOGUE, keys=[KEY], check_replies=False)
    for budget in (2, 7):
        check = run(mock.respond_or_refuse, requests=budget)
        assert len(check.asked) == budget
        assert 20 <= len(check.asked) + len(check.not_asked) <= 30
        assert check.drifts() == []


def test_what_a_drift_is_told_with() -> None:
    check = drifting(tracks(lambda track: track.update(artist=[KEY, "x" * 5000])))
    told = report_live(check, KEY)
    (drift,) = told.drifts
    assert (drift.kind, drift.operation, drift.place) == ("wrong", "similar", "tracks[].artist")
    assert drift.seen == drift.total > 200
    assert drift.expected == "a string"
    assert drift.found.startswith('["[redacted]", "xxx')
    assert len(drift.found) < 250
    assert len(drift.reply) < 2100
    assert drift.reply.startswith("HTTP 200")
    assert "$AUDIOSCAPE_API_KEY" in drift.request
    assert KEY not in json.dumps(account_of_live(told).data)
    assert told.verdict == "The API differs from the spec: 1 wrong."


def several(folder: Path) -> ApiModel:
    """A specification with operations of several kinds."""
    document: Document = blank()
    words = {
        "type": "object",
        "required": ["words"],
        "properties": {"words": {"type": "array", "items": {"type": "string"}}},
    }
    place: Document = {"name": "place", "in": "path", "required": True, "schema": {"type": "string"}}
    sort: Document = {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["new", "old"]}}
    tags: Document = {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
    body: Document = {
        "content": {"application/json": {"schema": {"type": "object", "properties": {"x": {"type": "string"}}}}}
    }
    document["paths"] = {
        "/words": {"get": operation("words", reply=words, parameters=[sort, tags])},
        "/places/{place}": {"get": operation("places", parameters=[place])},
        "/change": {"post": operation("change", requestBody=body)},
    }
    return load(write_spec(document, folder))


def test_operations_without_pages_or_ids_take_turns(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(200, json={"words": ["a", "b"]} if request.url.path == "/words" else {})

    check = run(answer, model=several(tmp_path))
    assert (check.drifts(), check.obstacle) == ([], "")
    assert [asked.request.url.path for asked in check.asked[:2]] == ["/words", "/places/x"]
    asked = [str(asked.request.url.query, "ascii") for asked in check.asked if asked.request.url.path == "/words"]
    assert asked == ["", "sort=not_in_the_contract", "sort=new", "sort=old"]


def test_one_operation_that_never_succeeds_is_told(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"words": []}) if request.url.path == "/words" else httpx.Response(404)

    told = report_live(run(answer, model=several(tmp_path)), KEY)
    assert told.exit_code == 1
    assert [drift.title for drift in told.drifts] == ["places: wrong (status)"]
    assert told.drifts[0].expected == "200; the spec does not declare 404"


def test_a_specification_that_only_writes_cannot_be_checked(tmp_path: Path) -> None:
    document = blank()
    document["paths"] = {"/change": {"post": operation("change")}}
    told = report_live(run(lambda _: httpx.Response(500), model=load(write_spec(document, tmp_path))), KEY)
    assert (told.exit_code, told.obstacle) == (2, "the spec has no GET operation")


@pytest.mark.parametrize("first", [1, 3])
def test_what_cannot_be_reached_is_no_drift(first: int) -> None:
    mock = MockApi(SIMILAR, CATALOGUE, keys=[KEY], check_replies=False)
    calls: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if len(calls) >= first:
            raise httpx.ReadTimeout(f"late, {KEY}")
        return mock.respond_or_refuse(request)

    told = report_live(run(answer), KEY)
    assert told.exit_code == 2
    assert ": late, [redacted]" in told.obstacle
    assert len(told.requests) == first - 1
    assert len(told.not_asked) > 3


def test_a_redirect_is_not_followed_with_the_key() -> None:
    hosts: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        return httpx.Response(302, headers={"location": "https://elsewhere.example.com/"})

    assert found(run(answer)) == {"wrong (status)"}
    assert hosts == {httpx.URL(SIMILAR.server_url).host}


def test_nothing_is_left_of_a_key_where_a_text_is_cut() -> None:
    def drift(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
        text = json.dumps({"tracks": KEY * 500, KEY * 30: 1})
        return httpx.Response(200, headers={"set-cookie": "session=s3cret"}, text=text) if reply.is_success else reply

    account = account_of_live(report_live(drifting(drift), KEY))
    told = json.dumps(account.data) + as_junit(account) + as_html(account)
    assert "[redacted]" in told
    pieces = {KEY[start : start + 8] for start in range(len(KEY) - 7)}
    assert not [piece for piece in pieces if piece in told]
    assert "s3cret" not in told
