"""Narrower methods of one route: fixed inputs, one of several replies, a list that is longer than a request takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from audioscape_luau.mock import ContractViolation
from audioscape_luau.openapi import Fault, SpecError
from luau_types import SOLVERS, TOOL
from support.both_sides import Both, document_of, exchange, loaded
from support.consumer import type_errors
from support.specs import Document, build_client, operation
from support.tools import tool

TEXT: Document = {"type": "string"}
KIND: Document = {"type": "string", "enum": ["artist", "genre", "trending"]}
WHOLE: Document = {"type": "integer", "minimum": 0, "default": 0}


def record(**fields: Document) -> Document:
    return {"type": "object", "required": list(fields), "properties": fields}


def listed(name: str) -> Document:
    return {"type": "array", "items": record(**{name: TEXT})}


SCHEMAS: Document = {
    "Names": record(items=listed("name"), meta=record(total={"type": "number"})),
    "Tracks": record(tracks=listed("id")),
}
PAGED: Document = {"offset": "offset", "limit": "limit", "items": "items", "total": "/meta/total"}
METHODS: Document = {
    "browseNames": {
        "summary": "List names.",
        "only": ["kind", "offset", "limit"],
        "enum": {"kind": ["artist", "genre"]},
        "reply": "Names",
        "x-paging": PAGED,
    },
    "browseTracks": {
        "only": ["kind", "name"],
        "required": ["name"],
        "enum": {"kind": ["artist", "genre"]},
        "reply": "Tracks",
    },
    "trending": {"only": ["offset"], "fixed": {"kind": "trending"}, "reply": "Tracks"},
}
EXAMPLES: Document = {
    "names": exchange({"kind": "genre"}, {"items": [{"name": "polka"}], "meta": {"total": 1}}),
    "tracks": exchange({"kind": "genre", "name": "polka"}, {"tracks": [{"id": "1"}]}),
    "hot": exchange({"kind": "trending"}, {"tracks": [{"id": "2"}]}),
}


def browsed(methods: Document | None = None) -> Document:
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in SCHEMAS]
    parameters = [
        {"name": "kind", "in": "query", "required": True, "schema": KIND},
        {"name": "name", "in": "query", "schema": TEXT},
        {"name": "offset", "in": "query", "schema": WHOLE},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 5}},
    ]
    made = operation("browse", reply={"oneOf": refs}, parameters=parameters)
    made["responses"]["200"]["x-examples"] = {name: f"{name}.json" for name in EXAMPLES}
    return document_of(("GET /browse", made | {"x-methods": methods or METHODS}), schemas=SCHEMAS)


NAMES = {"items": [{"name": "polka"}], "meta": {"total": 1}}
TRACKS, HOT = {"tracks": [{"id": "1"}]}, {"tracks": [{"id": "2"}]}


@pytest.mark.cases(3)
@pytest.mark.parametrize(
    ("call", "result", "query"),
    [
        ('browse({ kind = "genre" })', NAMES, "kind=genre"),
        ('browse({ kind = "genre", name = "polka" })', TRACKS, "kind=genre&name=polka"),
        ('browse({ kind = "trending" }, { offset = 3 })', HOT, "kind=trending&offset=3"),
        ('browseNames({ kind = "artist", limit = 7 })', NAMES, "kind=artist&limit=7"),
        ('browseTracks({ kind = "genre", name = "x" })', TRACKS, "kind=genre&name=x"),
        ("trending()", HOT, "kind=trending"),
        ("trending({ offset = 2 })", HOT, "kind=trending&offset=2"),
    ],
)
def test_the_inputs_say_which_reply_it_is(both: Callable[..., Both], call: str, result: Any, query: str) -> None:
    sides = both(browsed(), **EXAMPLES)
    assert sides.call(call)[0] == result
    assert sides.sent == [f"GET https://api.example.com/browse?{query}"]
    assert not sides.mock.violations


@pytest.mark.cases(4)
@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ("browse({})", "kind"),
        ('browse({ kind = "no" })', "kind"),
        ('browse({ kind = "trending", name = "x" })', "name"),
        ('browse({ kind = "genre", name = "x", offset = 1 })', "name"),
        ('browse({ kind = "genre", other = 1 })', "other"),
        ('browseNames({ kind = "trending" })', "kind"),
        ('browseNames({ kind = "genre", name = "x" })', "name"),
        ('browseTracks({ kind = "genre" })', "name"),
        ('trending({ kind = "genre" })', "kind"),
    ],
)
def test_what_fits_no_reply_is_refused(both: Callable[..., Both], call: str, parameter: str) -> None:
    sides = both(browsed(), **EXAMPLES)
    assert sides.call(call) == [None, {"kind": "invalid_request", "parameter": parameter}]
    assert sides.sent == []


def test_the_method_that_was_called_is_told(both: Callable[..., Both]) -> None:
    sides = both(browsed(), **EXAMPLES)
    sides.router.routes.clear()
    sides.router.route().respond(404, json={})
    script = 'local _, err = client:METHOD({ kind = "genre", name = "x" }) return err.operation'
    for method in ("browse", "browseTracks"):
        assert sides.run(script.replace("METHOD", method)) == [method]


def test_a_reply_of_the_other_shape_is_none(both: Callable[..., Both]) -> None:
    sides = both(browsed(), **EXAMPLES)
    check = sides.mock.check
    request = httpx.Request("GET", "https://api.example.com/browse?kind=genre", headers={"x-key": "demo-key"})
    assert check.request(request).operation.id == "browseNames"
    with pytest.raises(ContractViolation, match="broken-schema"):
        check.reply(check.request(request).operation, httpx.Response(200, json=TRACKS))
    with pytest.raises(ContractViolation, match="broken-choice"):
        check.request(httpx.Request("GET", f"{request.url}&name=x&offset=1", headers=request.headers))
    sides.router.routes.clear()
    sides.router.route().respond(200, json=TRACKS)
    assert sides.call('browse({ kind = "genre" })') == [None, {"kind": "decode"}]


def test_only_the_narrow_method_pages(both: Callable[..., Both]) -> None:
    sides = both(browsed(), **EXAMPLES)
    script = 'local names = client:browseNamesItems({ kind = "genre" }) return names:next(), client.browsePages == nil'
    assert sides.run(script) == [{"name": "polka"}, True]


TYPED = """
local client = AudioScapeClient.new("key")
local names: AudioScapeClient.Names? = client:browseNames({ kind = "genre" })
local tracks: AudioScapeClient.Tracks? = client:browseTracks({ kind = "genre", name = "polka" }, { kind = "artist" })
local hot: AudioScapeClient.Tracks? = client:trending()
local any: AudioScapeClient.BrowseResult? = client:browse({ kind = "trending", offset = 3 })
print(names, tracks, hot, any)
local wrong1: AudioScapeClient.Tracks? = client:browseNames({ kind = "genre" })
local wrong2 = client:browseTracks({ kind = "genre" })
local wrong3 = client:browseNames({ kind = "trending" })
local wrong4 = client:trending({ kind = "trending", offset = "1" })
print(wrong1, wrong2, wrong3, wrong4)
"""


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_narrow_methods_have_narrow_types(tmp_path: Path, solver: str) -> None:
    tool(TOOL)
    document = browsed()
    del document["paths"]["/browse"]["get"]["responses"]["200"]["x-examples"]
    build_client(document, tmp_path)
    assert type_errors(tmp_path, {"typed": TYPED}, solver) == {("typed", n) for n in range(8, 12)}


FOUND = record(tracks=listed("id"), meta={"type": "object", "properties": {"total": {"type": "number"}}})
FOUND["properties"]["meta"]["properties"]["missing"] = {"type": "array", "items": TEXT}


def searched(method: str = "post") -> Document:
    fields: Document = {"query": TEXT, "ids": {"type": "array", "items": TEXT, "maxItems": 3}, "limit": WHOLE}
    if method == "post":
        body = {"type": "object", "properties": fields, "anyOf": [{"required": ["query"]}, {"required": ["ids"]}]}
        made = operation("search", reply=FOUND)
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    else:
        parameters = [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]
        made = operation("search", reply=FOUND, parameters=parameters)
    made["x-effect"] = "read"
    made["x-methods"] = {
        "lookup": {
            "summary": "Look tracks up.",
            "only": ["ids"],
            "required": ["ids"],
            "x-split": {"input": "ids", "lists": ["/tracks", "/meta/missing"], "sums": ["/meta/total"]},
        }
    }
    made["responses"]["200"]["x-examples"] = {"one": "one.json"}
    return document_of((f"{method.upper()} /search", made))


def answer(request: httpx.Request) -> httpx.Response:
    """Know every id but those that begin with x."""
    asked = [part for part in request.content.decode().split('"') if part[:1] in "tx" and part] or [
        value for name, value in request.url.params.multi_items() if name == "ids"
    ]
    known = [{"id": one} for one in asked if one[0] == "t"]
    missing = [one for one in asked if one[0] == "x"]
    meta = {"total": len(known), **({"missing": missing} if missing else {})}
    return httpx.Response(200, json={"tracks": known, "meta": meta})


def ids(count: int) -> str:
    return "{ " + ", ".join(f'"{"x" if n == 5 else "t"}{n}"' for n in range(1, count + 1)) + " }"


@pytest.mark.cases(3)
@pytest.mark.parametrize("method", ["post", "get"])
@pytest.mark.parametrize(("count", "requests"), [(1, 1), (3, 1), (4, 2), (7, 3)])
def test_a_long_list_becomes_several_requests(
    both: Callable[..., Both], method: str, count: int, requests: int
) -> None:
    sides = both(searched(method), one=exchange({"ids": ["t1"]}, {"tracks": [], "meta": {}}))
    sides.router.routes.clear()
    sides.router.route().mock(side_effect=answer)
    (result, *err) = sides.call(f"lookup({{ ids = {ids(count)} }})")
    known = [f"t{n}" for n in range(1, count + 1) if n != 5]
    assert [track["id"] for track in result["tracks"]] == known
    assert result["meta"] == {"total": len(known)} | ({"missing": ["x5"]} if count > 4 else {})
    assert err in ([], [None])
    assert len(sides.sent) == requests
    for request in sides.requests:
        sides.mock.check.request(request)
    # Each part is a read of its own.
    sides.run(f"client:lookup({{ ids = {ids(count)} }}) client:lookup({{ ids = {ids(count)} }})")
    assert len(sides.sent) == 2 * requests


def test_the_route_itself_does_not_split(both: Callable[..., Both]) -> None:
    sides = both(searched(), one=exchange({"ids": ["t1"]}, {"tracks": [], "meta": {}}))
    assert sides.call(f"search({{ ids = {ids(4)} }})") == [None, {"kind": "invalid_request", "parameter": "ids"}]
    for call in (
        "lookup()",
        "lookup({ ids = {} })",
        'lookup({ query = "x" })',
        f"lookup({{ ids = {ids(3)[:-1]}, 5 }} }})",
    ):
        assert sides.call(call)[1]["kind"] == "invalid_request"
    assert sides.sent == []


def test_a_part_that_fails_fails_the_call(both: Callable[..., Both]) -> None:
    sides = both(searched(), one=exchange({"ids": ["t1"]}, {"tracks": [], "meta": {}}))
    sides.router.routes.clear()
    sides.router.route().mock(side_effect=[answer(httpx.Request("POST", "https://a")), *[httpx.Response(404)] * 9])
    assert sides.call(f"lookup({{ ids = {ids(7)} }})") == [None, {"kind": "not_found"}]
    assert len(sides.sent) == 2


def test_parts_end_within_the_time_of_one_call(both: Callable[..., Both]) -> None:
    sides = both(searched(), one=exchange({"ids": ["t1"]}, {"tracks": [], "meta": {}}))
    sides.router.routes.clear()

    def slow(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"tracks": []}, extensions={"virtual_seconds": 4.0})

    sides.router.route().mock(side_effect=slow)
    script = f"""
    client = require("./AudioScapeClient").new({{ apiKey = "demo-key", deadline = 9 }})
    local started = os.clock()
    local _, err = client:lookup({{ ids = {ids(12)} }})
    return err.kind, os.clock() - started < 9.5
    """
    assert sides.run(script) == ["timeout", True]


@pytest.mark.parametrize(
    ("change", "fault", "place"),
    [
        ({"only": ["nothing"]}, Fault.INVALID_EXTENSION, "/only"),
        ({"fixed": {"kind": "no"}}, Fault.UNSUPPORTED_VALUE, "/fixed/kind"),
        ({"enum": {"kind": ["no"]}}, Fault.UNSUPPORTED_VALUE, "/enum/kind"),
        ({"only": ["name"]}, Fault.UNSUPPORTED_VALUE, "/only"),
        ({"reply": "Other"}, Fault.INVALID_EXTENSION, "/reply"),
        ({"x-split": {"input": "name", "lists": ["/items"]}}, Fault.INVALID_EXTENSION, "/x-split/input"),
        ({"x-split": {"input": "name", "lists": ["/meta"]}}, Fault.INVALID_EXTENSION, "/x-split/lists/0"),
        ({"other": 1}, Fault.UNSUPPORTED_KEYWORD, "/other"),
    ],
)
def test_methods_that_are_a_problem(tmp_path: Path, change: Document, fault: Fault, place: str) -> None:
    document = browsed(METHODS | {"browseNames": METHODS["browseNames"] | change})
    with pytest.raises(SpecError) as caught:
        loaded(document, tmp_path, **EXAMPLES)
    pointer = f"/paths/~1browse/get/x-methods/browseNames{place}"
    assert (fault, pointer) in [(problem.fault, problem.pointer) for problem in caught.value.problems]


def test_each_reply_has_a_method(tmp_path: Path) -> None:
    for methods in ({}, {"trending": METHODS["trending"]}):
        document = browsed()
        document["paths"]["/browse"]["get"]["x-methods"] = methods
        with pytest.raises(SpecError, match="each shape of the reply must be the `reply` of a method"):
            loaded(document, tmp_path, **EXAMPLES)
