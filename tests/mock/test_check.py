"""The judge of the contract: each rule, by a small change of an exchange that keeps it; the texts: violations.txt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import DEMO_KEY, Catalogue, ContractViolation, MockApi, SpecCheck
from audioscape_luau.openapi import load
from support.game import api
from support.recorded import expect_recorded
from support.specs import blank, operation, write_spec

TEXTS = Path(__file__).with_name("violations.txt")
KEY = "key-1234567890"
BASE = "https://api.example.com/base"
WHERE = {
    "type": "object",
    "additionalProperties": False,
    "x-ordered": ["low", "high"],
    "properties": {"low": {"type": "number", "minimum": 0}, "high": {"type": "number"}},
}
REPLY = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}},
        "level": {"type": ["number", "null"], "x-non-finite": True},
        "other": {"type": ["number", "null"]},
    },
}
QUERY = "limit=5&words=a%20b&words=c&where=%7B%22low%22%3A1.5%7D&deep=true"
THINGS = f"{BASE}/things/k%2Fey?{QUERY}"


def described_by(folder: Path) -> SpecCheck:
    document = blank()
    document["servers"] = [{"url": BASE + "/"}]
    document["paths"] = {
        "/things/{kind}": {
            "get": operation(
                reply=REPLY,
                parameters=[
                    {"name": "kind", "in": "path", "required": True, "schema": {"type": "string", "minLength": 2}},
                    {
                        "name": "limit",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 1, "maximum": 5},
                    },
                    {"name": "words", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "where", "in": "query", "content": {"application/json": {"schema": WHERE}}},
                    {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                ],
            )
        },
        "/pages/{page-no.}": {
            "get": operation(
                "page",
                parameters=[{"name": "page-no.", "in": "path", "required": True, "schema": {"type": "integer"}}],
            )
        },
        "/notes": {
            "post": operation(
                "note",
                requestBody={
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["text"],
                                "properties": {
                                    "text": {"type": "string"},
                                    "count": {"type": "integer"},
                                    "id": {"type": "string", "pattern": "^[0-9]+$", "x-asset-id": True},
                                    "more": {"type": "object", "properties": {"lang": {"type": "string"}}},
                                },
                            }
                        }
                    },
                },
            )
        },
    }
    return SpecCheck(load(write_spec(document, folder)))


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> SpecCheck:
    return described_by(tmp_path_factory.mktemp("spec"))


def get(url: str = THINGS, **more: Any) -> httpx.Request:
    more.setdefault("headers", {"x-key": KEY})
    return httpx.Request("GET", url, **more)


def post(content: bytes | str, content_type: str | None = "application/json; charset=utf-8") -> httpx.Request:
    headers = {"x-key": KEY} | ({"content-type": content_type} if content_type else {})
    return httpx.Request("POST", f"{BASE}/notes", headers=headers, content=content)


def test_a_request_that_keeps_the_contract_is_understood(check: SpecCheck) -> None:
    call = check.request(get())
    assert call.operation.id == "things"
    assert call.arguments == {"kind": "k/ey", "limit": 5, "words": ["a b", "c"], "where": {"low": 1.5}, "deep": True}


def test_a_parameter_in_the_path_may_have_any_name_and_be_a_number(check: SpecCheck) -> None:
    call = check.request(get(f"{BASE}/pages/12"))
    assert (call.operation.id, call.arguments) == ("page", {"page-no.": 12})


def test_a_body_that_keeps_the_contract_is_understood(check: SpecCheck) -> None:
    call = check.request(post('{"text": "é", "count": 2}'))
    assert (call.operation.id, call.arguments) == ("note", {"text": "é", "count": 2})


def changed(old: str, new: str) -> httpx.Request:
    assert old in THINGS
    return get(THINGS.replace(old, new))


def exact(old: str, new: str) -> httpx.Request:
    """The same byte for byte; httpx would encode what must be."""
    assert old in THINGS
    target = THINGS.removeprefix("https://api.example.com").replace(old, new)
    return get(extensions={"target": target.encode()})


BRACKETS = "where[low]"
BROKEN = {
    "another path": (changed("/things/", "/thing/"), "unknown-path", None),
    "another letter case": (changed("/things/", "/Things/"), "unknown-path", None),
    "a slash too many": (changed("k%2Fey", "k/ey"), "unknown-path", None),
    "an empty path parameter": (changed("k%2Fey", ""), "unknown-path", None),
    "without the base": (changed("/base/", "/"), "unknown-path", None),
    "another method": (httpx.Request("PUT", THINGS, headers={"x-key": KEY}), "wrong-method", None),
    "another scheme": (changed("https:", "http:"), "wrong-server", None),
    "another host": (changed("api.example", "api2.example"), "wrong-server", None),
    "another port": (changed(".com", ".com:8443"), "wrong-server", None),
    "a name and password": (changed("api.", "me:secret@api."), "wrong-server", None),
    "a slash at the end": (changed("k%2Fey?", "k%2Fey/?"), "unknown-path", None),
    "two slashes": (changed("/things/", "//things/"), "unknown-path", None),
    "HEAD": (httpx.Request("HEAD", THINGS, headers={"x-key": KEY}), "wrong-method", None),
    "no key": (get(headers={}), "missing-key", None),
    "an empty key": (get(headers={"x-key": ""}), "missing-key", None),
    "two keys": (get(headers=[("x-key", KEY), ("X-Key", KEY)]), "repeated-key", None),
    "a space as it is": (exact("a%20b", "a b"), "wrong-encoding", None),
    "braces as they are": (exact("%7B", "{"), "wrong-encoding", None),
    "half an escape": (exact("words=c", "words=%4"), "wrong-encoding", None),
    "letters that are not ASCII": (exact("words=c", "words=é"), "wrong-encoding", None),
    "encoded twice": (changed("%7B%22", "%257B%2522"), "unreadable-json", "where"),
    "an ampersand too many": (changed("&deep", "&&deep"), "unreadable-query", None),
    "an object as brackets": (
        changed("where=%7B%22low%22%3A1.5%7D", "where%5Blow%5D=1.5"),
        "undeclared-parameter",
        BRACKETS,
    ),
    "a list as brackets": (changed("words=c", "words%5B%5D=c"), "undeclared-parameter", "words[]"),
    "a list as JSON where one number belongs": (changed("limit=5", "limit=%5B5%5D"), "broken-schema", "limit"),
    "a key twice in JSON": (changed("1.5", "1.5%2C%22low%22%3A1"), "unreadable-json", "where"),
    "beyond a double in JSON": (changed("1.5", "1e999"), "unreadable-json", "where"),
    "a whole number with a fraction": (changed("limit=5", "limit=5.0"), "broken-schema", "limit"),
    "a whole number with an exponent": (changed("limit=5", "limit=5e0"), "broken-schema", "limit"),
    "a sign too many": (changed("limit=5", "limit=%2B5"), "broken-schema", "limit"),
    "digits of another script": (changed("limit=5", "limit=%D9%A5"), "broken-schema", "limit"),
    "a line feed after the digits": (changed("limit=5", "limit=5%0A"), "broken-schema", "limit"),
    "a body in UTF-16": (post('{"text": "a"}'.encode("utf-16")), "unreadable-json", None),
    "a field twice": (post('{"text": "a", "text": "b"}'), "unreadable-json", None),
    "an undeclared field within": (
        post('{"text": "a", "more": {"lang": "e", "Lang": "f"}}'),
        "undeclared-field",
        "more.Lang",
    ),
    "a last line feed": (post('{"text": "a", "id": "12\\n"}'), "broken-schema", "id"),
    "the key elsewhere": (get(headers={"x-api": "k"}), "missing-key", None),
    "not UTF-8": (changed("words=c", "words=%FF"), "unreadable-query", None),
    "no value": (changed("words=c", "words"), "unreadable-query", None),
    "a misspelt name": (changed("deep=", "Deep="), "undeclared-parameter", "Deep"),
    "an undeclared name": (get(THINGS + "&x="), "undeclared-parameter", "x"),
    "given twice": (get(THINGS + "&limit=5"), "repeated-parameter", "limit"),
    "JSON given twice": (get(THINGS + "&where=%7B%7D"), "repeated-parameter", "where"),
    "cut JSON": (changed("%7D", ""), "unreadable-json", "where"),
    "a token that is no JSON": (changed("1.5", "NaN"), "unreadable-json", "where"),
    "JSON of another type": (changed("%7B%22low%22%3A1.5%7D", "%5B%5D"), "broken-schema", "where"),
    "an undeclared key in JSON": (changed("low", "lower"), "broken-schema", "where"),
    "ends in the wrong order": (changed("1.5", "1.5%2C%22high%22%3A1"), "broken-order", "where.low"),
    "below a bound in JSON": (changed("1.5", "-1.5"), "broken-schema", "where"),
    "text for a number in JSON": (changed("1.5", "%221%22"), "broken-schema", "where"),
    "a required parameter missing": (changed("limit=5&", ""), "missing-input", "limit"),
    "below a bound": (changed("limit=5", "limit=0"), "broken-schema", "limit"),
    "above a bound": (changed("limit=5", "limit=6"), "broken-schema", "limit"),
    "a fraction": (changed("limit=5", "limit=4.5"), "broken-schema", "limit"),
    "a leading zero": (changed("limit=5", "limit=05"), "broken-schema", "limit"),
    "a number in words": (changed("limit=5", "limit=five"), "broken-schema", "limit"),
    "an empty number": (changed("limit=5", "limit="), "broken-schema", "limit"),
    "a boolean in another spelling": (changed("deep=true", "deep=True"), "broken-schema", "deep"),
    "a boolean as a number": (changed("deep=true", "deep=1"), "broken-schema", "deep"),
    "a path parameter that is too short": (changed("k%2Fey", "k"), "broken-schema", "kind"),
    "a body that nobody declared": (get(content=b"{}"), "undeclared-body", None),
    "no content type": (post("{}", None), "wrong-content-type", None),
    "another content type": (post('{"text": "a"}', "text/plain"), "wrong-content-type", None),
    "no body": (post(b""), "unreadable-json", None),
    "a nest of a body": (post("[" * 100_000), "unreadable-json", None),
    "a cut body": (post('{"text": "a"'), "unreadable-json", None),
    "a body that is not UTF-8": (post(b'{"text": "\xff"}'), "unreadable-json", None),
    "a list for a body": (post("[]"), "broken-schema", None),
    "an undeclared field": (post('{"text": "a", "Count": 1}'), "undeclared-field", "Count"),
    "a required field missing": (post('{"count": 1}'), "missing-input", "text"),
    "a field of another type": (post('{"text": 1}'), "broken-schema", "text"),
    "null for a field": (post('{"text": "a", "count": null}'), "broken-schema", "count"),
}


@pytest.mark.parametrize("change", BROKEN)
def test_a_small_change_breaks_a_rule(check: SpecCheck, change: str) -> None:
    request_, rule, parameter = BROKEN[change]
    with pytest.raises(ContractViolation) as caught:
        check.request(request_)
    assert (caught.value.rule, caught.value.parameter) == (rule, parameter)
    assert KEY not in str(caught.value)
    expect_recorded(TEXTS, f"request: {change}", str(caught.value))


MISPLACED = {
    "in the query": get(f"{THINGS}&api_key={KEY}", headers={}),
    "as a parameter": get(THINGS.replace("limit=5", f"limit={KEY}"), headers={}),
    "as a name": get(f"{THINGS}&{KEY}=1"),
    "in the query, too": get(f"{THINGS}&api_key={KEY}"),
    "as a parameter, too": get(THINGS.replace("limit=5", f"limit={KEY}")),
    "cut": get(THINGS.replace("limit=5", f"limit={'x' * 180}{KEY}")),
    "in JSON": get(THINGS.replace("low", KEY)),
    "escaped": get(f"{THINGS}&api_key={'%'.join(['', *(f'{b:02x}' for b in KEY.encode())])}"),
    "in the path": get(THINGS.replace("things", KEY)),
    "as the user": get(THINGS.replace("api.", f"{KEY}@api.")),
    "in another header": get(headers={"authorization": f"Bearer {KEY}"}),
    "in a header of nearly that name": get(headers={"x_key": KEY}),
    "in the body": httpx.Request("POST", f"{BASE}/notes", headers={"x-key": KEY}, json={"text": 1, KEY: KEY}),
    "as a field": httpx.Request(
        "POST", f"{BASE}/notes", headers={"x-key": KEY, "content-type": "application/json"}, json={"text": [KEY]}
    ),
    "twice": get(headers=[("x-key", KEY), ("x-key", "other-" + KEY)]),
}


@pytest.mark.parametrize("request_", MISPLACED.values(), ids=MISPLACED.keys())
def test_a_key_in_the_wrong_place_is_not_shown(check: SpecCheck, request_: httpx.Request) -> None:
    knowing = SpecCheck(check.model, keys=[KEY])
    for judge in (check, knowing):
        with pytest.raises(ContractViolation) as caught:
            judge.request(request_)
        shown = f"{caught.value}{caught.value.parameter}"
        assert KEY[:8] not in shown
        assert "6b%65%79" not in shown


def test_a_key_that_a_reply_echoes_is_not_shown(check: SpecCheck) -> None:
    knowing = SpecCheck(check.model, keys=[KEY])
    for body in (f'{{"items": "{KEY}"}}', f'{{"items": [{{"n": "{KEY}"}}]}}'):
        with pytest.raises(ContractViolation) as caught:
            knowing.reply(check.model.operation("things"), reply(body))
        assert KEY not in str(caught.value)


def test_what_stands_on_the_wire_is_judged_not_what_httpx_made_of_it(check: SpecCheck) -> None:
    exact = THINGS.removeprefix("https://api.example.com").replace("/things/", "/other/../things/").encode()
    with pytest.raises(ContractViolation, match="unknown-path"):
        check.request(get(extensions={"target": exact}))


def test_another_place_of_the_api(check: SpecCheck) -> None:
    moved = SpecCheck(check.model, "http://localhost:5000")
    assert moved.request(get(f"http://localhost:5000/things/key?{QUERY}")).operation.id == "things"
    for elsewhere in ("https://localhost:5000", "http://localhost:5001", "http://localhost", "http://127.0.0.1:5000"):
        with pytest.raises(ContractViolation, match="wrong-server"):
            moved.request(get(f"{elsewhere}/things/key?{QUERY}"))


def reply(body: str, status: int = 200, content_type: str = "application/json; charset=utf-8") -> httpx.Response:
    return httpx.Response(status, content=body.encode(), headers={"content-type": content_type} if content_type else {})


GOOD_REPLIES = {
    "least": '{"items": []}',
    "a field that is new": '{"items": [{"n": 1, "new": 1}], "new": {}}',
    "no number where one is announced": '{"items": [], "level": NaN}',
    "an infinity there": '{"items": [], "level": -Infinity}',
    "as text": '{"items": [], "level": "Infinity"}',
    "beyond a double": '{"items": [], "level": 1e999}',
}


@pytest.mark.parametrize("body", GOOD_REPLIES.values(), ids=GOOD_REPLIES.keys())
def test_a_reply_that_keeps_the_contract(check: SpecCheck, body: str) -> None:
    check.reply(check.model.operation("things"), reply(body))


JSON = {"content-type": "application/json"}
BAD_REPLIES = {
    "another status": (reply('{"items": []}', 201), "undeclared-status"),
    "another content type": (reply('{"items": []}', content_type="text/plain"), "wrong-content-type"),
    "no content type": (reply('{"items": []}', content_type=""), "wrong-content-type"),
    "empty": (reply(""), "broken-schema"),
    "a page": (reply("<html></html>"), "broken-schema"),
    "cut": (reply('{"items": ['), "broken-schema"),
    "nested too deep": (reply('{"items":' * 100_000), "broken-schema"),
    "in UTF-16": (httpx.Response(200, content='{"items": []}'.encode("utf-16"), headers=JSON), "broken-schema"),
    "a list": (reply("[]"), "broken-schema"),
    "a required field missing": (reply("{}"), "broken-schema"),
    "null for a list": (reply('{"items": null}'), "broken-schema"),
    "an item of another type": (reply('{"items": [1]}'), "broken-schema"),
    "a fraction": (reply('{"items": [{"n": 0.5}]}'), "broken-schema"),
    "below a bound": (reply('{"items": [{"n": 1}, {"n": -1}]}'), "broken-schema"),
    "no number where none is announced": (reply('{"items": [], "other": NaN}'), "broken-schema"),
    "beyond a double where none is announced": (reply('{"items": [], "other": 1e999}'), "broken-schema"),
    "another text where a number may be none": (reply('{"items": [], "level": "loud"}'), "broken-schema"),
}


@pytest.mark.parametrize("change", BAD_REPLIES)
def test_a_reply_that_breaks_a_rule(check: SpecCheck, change: str) -> None:
    response, rule = BAD_REPLIES[change]
    with pytest.raises(ContractViolation) as caught:
        check.reply(check.model.operation("things"), response)
    assert caught.value.rule == rule
    text, shown = str(caught.value).split("\n", 1)
    assert shown == f"{response.status_code} {response.text[:500]}"
    expect_recorded(TEXTS, f"reply: {change}", text)


def test_a_reply_that_is_described_among_the_components(tmp_path: Path) -> None:
    document = blank()
    described = operation(reply=REPLY)["responses"]["200"]
    document["components"]["responses"] = {"Ok": {"$ref": "#/components/responses/Things"}, "Things": described}
    document["paths"]["/things"] = {"get": operation() | {"responses": {"200": {"$ref": "#/components/responses/Ok"}}}}
    model = load(write_spec(document, tmp_path))
    check = SpecCheck(model)
    check.reply(model.operation("things"), reply('{"items": []}'))
    with pytest.raises(ContractViolation, match="broken-schema"):
        check.reply(model.operation("things"), reply('{"items": [{"n": -1}]}'))


def test_a_reply_with_what_was_to_be_left_out() -> None:
    check, mock = SpecCheck(api()), MockApi(api(), Catalogue.generate(size=60))
    similar = api().operation("similar")
    url = httpx.URL(api().server_url + similar.path, params={"asset_id": mock.catalogue.entries[0].asset_id})

    def ask(url: httpx.URL) -> httpx.Response:
        return mock.respond(httpx.Request("GET", url, headers={api().api_key_header: DEMO_KEY}))

    response = ask(url)
    score = json.loads(response.content)["tracks"][2]["score"]
    check.reply(similar, response)
    with pytest.raises(ContractViolation, match="exclusiveMaximum") as caught:
        check.reply(similar, response, {"max_score": score})
    assert (caught.value.rule, caught.value.parameter) == ("broken-bound", "tracks[1].score")
    check.reply(similar, ask(url.copy_add_param("max_score", score)), {"max_score": score})


@pytest.mark.parametrize(
    ("path", "meant"), [("/j/1", "fixed"), ("/k/1", "open"), ("/j/all", "whole"), ("/k/all", "end")]
)
def test_of_two_paths_the_more_concrete_one_is_meant(path: str, meant: str, tmp_path: Path) -> None:
    document = blank()
    for name, template in (("open", "/{a}/{b}"), ("end", "/{a}/all"), ("fixed", "/j/{b}"), ("whole", "/j/all")):
        inputs = [
            {"name": one, "in": "path", "required": True, "schema": {"type": "string"}}
            for one in "ab"
            if f"{{{one}}}" in template
        ]
        document["paths"][template] = {"get": operation(name) | {"parameters": inputs}}
    check = SpecCheck(load(write_spec(document, tmp_path)))
    asked = get(f"{check.base_url}{path}", headers={check.model.api_key_header: KEY})
    assert check.request(asked).operation.id == meant
    assert check.meant(asked).id == meant
