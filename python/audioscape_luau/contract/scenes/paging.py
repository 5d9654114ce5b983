"""Lists that are read page by page, and item by item."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import httpx

from audioscape_luau.codegen.names import paging_methods
from audioscape_luau.contract.boundaries import bounds, sample
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.pages import item_shape
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.scenes.parts import bare, cases_of, made, page_of
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.openapi import Field, Number, Object, Operation, Paging, Shape, Text

_WALK = """
local function spoil(given)
	for _, member in given do
		if type(member) == "table" then spoil(member) end
	end
	table.clear(given)
end
local input = INPUT
local ids, pages = {}, client:PAGES(input)
local function walk()
	local page = pages:next()
	while page and #ids < 100 do
		spoil(input)
		for _, item in page.ITEMS do table.insert(ids, item.ID) end
		page = pages:next()
	end
end
walk()
AGAIN
return table.concat(ids, " "), pages.err and pages.err.kind or "none"
"""
_STROLL = """
local ids, items = {}, client:ITEMS_OF(ARGUMENTS)
local item = items:next()
while item and #ids < 100 do
	table.insert(ids, item.ID)
	item = items:next()
end
return table.concat(ids, " "), items.err and items.err.kind or "none"
"""

_LOOP = """
local pages, texts = client:PAGES(INPUT), {}
while pages:next() do end -- what is remembered can be looped over also where a `for` cannot wait
for _ = 1, 2 do
	local ids, loop = {}, client:PAGES(INPUT)
	for page in loop do
		for _, item in page.ITEMS do table.insert(ids, item.ID) end
		table.clear(page.ITEMS)
	end
	table.insert(texts, table.concat(ids, " "))
end
local ids, loop = {}, client:MEMBERS(INPUT)
for item in loop do table.insert(ids, item.ID) end
return texts[1], texts[2], table.concat(ids, " ")
"""

_MOST = 100
"""Items of a list, and what tells the last apart, at most."""

type Find = Callable[[int, int], list[str]]
"""Returns the ids on the page at an offset, of at most so many items."""


def scenes(operation: Operation) -> Iterator[Case]:
    """Yield lists, good and bad ones; nothing if the operation has none, or its items cannot be told apart."""
    shape = item_shape(operation)
    field = _telling(shape) if shape else None
    if operation.paging is not None and shape is not None and field is not None:
        yield from _Lists(operation, operation.paging, shape, field).scenes()


def _telling(shape: Object) -> Field | None:
    """Return the field that tells items apart: the asset id, or else what each must have and may be any number."""
    required = (field for field in shape.fields if field.required)
    return shape.asset_id_field or next((field for field in required if _may_be_any(field.shape)), None)


def _may_be_any(shape: Shape) -> bool:
    match shape:
        case Text(enum=None, pattern=None):
            return (shape.min_length or 0) <= 1 and (shape.max_length or _MOST) >= len(str(_MOST))
        case Number(enum=None, exclusive_minimum=None, exclusive_maximum=None):
            return (shape.minimum or 0) <= 0 and (shape.maximum or _MOST) >= _MOST
        case _:
            return False


def _takes(shape: Shape, count: int) -> bool:
    low, high = bounds(shape) if isinstance(shape, Number) else (None, None)
    return (low is None or low <= count) and (high is None or count <= high)


class _Lists:
    def __init__(self, operation: Operation, paging: Paging, item: Object, telling: Field) -> None:
        self.case = cases_of(operation)
        self.operation = operation
        self.paging = paging
        self.bare_item = bare(item)
        self.telling = telling
        self.identity = telling.name
        # Only assets are known again: two others may be alike and meant to be two.
        self.known_again = item.asset_id_field is not None
        self.remembered = operation.effect == "read"
        request = {name: value for name, value in richest(operation).request.items() if name != paging.offset}
        objects = {field.name: sample(field.shape) for field in operation.inputs if isinstance(field.shape, Object)}
        self.asked: dict[str, Any] = request | objects | {paging.limit: 2}
        limit = next(field for field in operation.inputs if field.name == paging.limit)
        self.takes_any = _takes(limit.shape, 2) and _takes(limit.shape, 4)
        """Whether a page may have so many items as those of these scenes."""
        self.usual = limit.default if isinstance(limit.default, int) else None
        """How many items a page has unless that is said."""
        self.pages_method, self.items_method = paging_methods(operation.id, paging.items)

    def scenes(self) -> Iterator[Case]:
        yield from self.usual_length()
        if not self.takes_any:
            return
        walk, ids = self.walk(), [str(number) for number in range(1, 6)]
        listed = self.listing(ids)
        yield self.case("pages to the end", walk, listed, self.walked(ids, "none", "pages-whole", sent=3))
        for length, sent in ((4, 2), (5, 3)):
            told = self.listing(ids[:length], total=length)
            whole = self.walked(ids[:length], "none", "pages-whole", sent=sent)
            yield self.case(f"pages of a list that says it has {length} items", walk, told, whole)
        if self.remembered:
            yield self.case("loops over what is remembered", self.loop(), listed, _looped(" ".join(ids)))
        later = self.walk({self.paging.offset: 1})
        yield self.case("pages from the middle on", later, listed, self.walked(ids[1:], "none", "pages-whole"))
        told = self.walked(ids[1:], "none", "pages-whole", sent=2)
        yield self.case("pages from the middle of a list that says its length", later, self.listing(ids, total=5), told)
        none = self.walked([], "none", "pages-end", sent=1)
        yield self.case("a list with nothing on it", walk, self.listing([]), none)
        if self.known_again:
            forever = self.answer(lambda _offset, limit: ids[:limit])
            yield self.case("an API that ignores the offset", walk, forever, self.walked(ids[:2], "none", "pages-end"))
            moved = self.answer(lambda offset, limit: (ids if offset == 0 else ["0", *ids])[offset : offset + limit])
            yield self.case("a list that moves", walk, moved, self.walked(ids, "none", "pages-whole"))
        yield from self.unreliable(ids)
        holes = self.listing(["1", "", "3", "4", "5"])
        yield self.case(
            "a page with an item that is dropped", walk, holes, self.walked(["1", *ids[2:]], "none", "pages-whole")
        )
        yield from self.failures(ids)
        yield from self.items(ids)

    def usual_length(self) -> Iterator[Case]:
        """Yield a list of which nobody says how long its pages are."""
        if self.usual is None or self.usual >= _MOST - 10:
            return
        # A page that is all but full is the last.
        many = [str(number) for number in range(1, max(2 * self.usual, 2))][: _MOST - 1]
        whole = self.walked(many, "none", "pages-whole", sent=2)
        unsaid = self.walk({self.paging.limit: None})
        yield self.case("pages of the usual length", unsaid, self.listing(many), whole)

    def unreliable(self, ids: list[str]) -> Iterator[Case]:
        """Yield lists whose pages are not what was asked for, with a length that says so."""
        capped = self.answer(lambda offset, limit: ids[offset : offset + min(2, limit)], total=5)
        more = self.walk({self.paging.limit: 4})
        yield self.case("an API that caps the limit", more, capped, self.walked(ids, "none", "pages-whole", sent=3))
        passing = ids[:2] + ids[4:]
        filtered = self.answer(lambda offset, limit: [id for id in ids[offset : offset + limit] if id in passing], 5)
        through = self.walked(passing, "none", "pages-whole", sent=3)
        yield self.case("an API that filters after paging", self.walk(), filtered, through)
        if self.known_again:
            forever = self.answer(lambda _offset, limit: ids[:limit], total=5)
            stopped = self.walked(ids[:2], "decode", "pages-err", sent=2)
            yield self.case("an API that ignores the offset of a longer list", self.walk(), forever, stopped)
        cut = self.answer(lambda offset, limit: ids[offset : offset + limit] if offset < 4 else [], total=10**15)
        # How often it is asked in vain is the client's own business, as long as that ends.
        yield self.case("a list that says it is endless", self.walk(), cut, self.walked(ids[:4], "decode", "pages-err"))

    def failures(self, ids: list[str]) -> Iterator[Case]:
        listed = self.listing(ids)

        def broken(request: httpx.Request, number: int) -> httpx.Response:
            return httpx.Response(400, json={}) if number == 1 else listed(request, number)

        failed = self.walked(ids[:2], "bad_request", "pages-err", sent=2)
        yield self.case("a page that fails", self.walk(), broken, failed)
        again = self.walked(ids, "none", "pages-err", sent=4)
        yield self.case("a page that fails once", self.walk(again="walk()"), broken, again)
        refused = self.walked([], "invalid_request", "pages-err", sent=0)
        yield self.case("pages of what is refused", self.walk({self.paging.limit: "x"}), listed, refused)

    def items(self, ids: list[str]) -> Iterator[Case]:
        listed, paging = self.listing(ids), self.paging
        lists: tuple[tuple[str, tuple[dict[str, Any], ...], list[str], int], ...] = (
            ("items to the end", (self.asked,), ids, 3),
            ("items, so many", (self.asked, {}, {"max": 3}), ids[:3], 2),
            ("items, as many as on a page", (self.asked, {}, {"max": 2}), ids[:2], 1),
            ("items, so many by the parameters", (self.asked | {"max": 3},), ids[:3], 2),
            ("items, none at all", (self.asked, {}, {"max": 0}), [], 0),
            ("items, of longer pages", (self.asked, {paging.limit: 4}), ids, 2),
        )
        for name, arguments, wanted, sent in lists:
            yield self.case(
                name, self.stroll(*arguments), listed, self.walked(wanted, "none", "pages-whole", sent=sent)
            )
        refused = self.walked([], "invalid_request", "pages-err", sent=0)
        yield self.case("items, less than none", self.stroll(self.asked, {}, {"max": -1}), listed, refused)
        unfit = self.walked([], "invalid_request", "invalid-refused", sent=0)
        for name, most in (("a half", 1.5), ("no number", math.nan), ("a text", "3"), ("a boolean", True)):
            yield self.case(f"items, {name} of them", self.stroll(self.asked, {}, {"max": most}), listed, unfit)
        endless = self.walked(ids, "none", "pages-whole", sent=3)
        yield self.case("items without end", self.stroll(self.asked, {}, {"max": math.inf}), listed, endless)

        def broken(request: httpx.Request, number: int) -> httpx.Response:
            return httpx.Response(400, json={}) if number == 1 else listed(request, number)

        failed = self.walked(ids[:2], "bad_request", "pages-err", sent=2)
        yield self.case("items of a page that fails", self.stroll(self.asked), broken, failed)

    def loop(self) -> str:
        script = _LOOP.replace("INPUT", luau(self.asked)).replace("PAGES", self.pages_method)
        script = script.replace("MEMBERS", self.items_method)
        return made() + script.replace("ITEMS", self.paging.items).replace("ID", self.identity)

    def walk(self, more: Mapping[str, Any] | None = None, again: str = "") -> str:
        script = _WALK.replace("INPUT", luau(self.asked | dict(more or {}))).replace("PAGES", self.pages_method)
        return made() + script.replace("AGAIN", again).replace("ITEMS", self.paging.items).replace("ID", self.identity)

    def stroll(self, *arguments: Mapping[str, Any]) -> str:
        given = ", ".join(luau(argument) for argument in arguments)
        script = _STROLL.replace("ITEMS_OF", self.items_method).replace("ARGUMENTS", given)
        return made() + script.replace("ID", self.identity)

    def listing(self, ids: list[str], total: int | None = None) -> Answer:
        """Return an API with a list; an id without a digit stands for an item without one."""
        return self.answer(lambda offset, limit: ids[offset : offset + limit], total)

    def answer(self, find: Find, total: int | None = None) -> Answer:
        paging = self.paging

        def answer(request: httpx.Request, _number: int) -> httpx.Response:
            given = _inputs(request)
            found = find(int(given.get(paging.offset, 0)), int(given.get(paging.limit, self.usual or 1)))
            body = page_of(self.operation, [self.item(id) for id in found])
            if total is not None:
                place = body
                for step in paging.total[:-1]:
                    place = place.setdefault(step, {})
                place[paging.total[-1]] = total
            return httpx.Response(self.operation.success.status, json=body)

        return answer

    def item(self, id: str) -> dict[str, Any]:
        """Return an item with an id; without one, an item that is none."""
        if not id and not self.known_again:
            return {name: value for name, value in self.bare_item.items() if name != self.identity}
        return self.bare_item | {self.identity: int(id) if isinstance(self.telling.shape, Number) else id}

    def walked(self, ids: list[str], ended: str, rule: str, *, sent: int | None = None) -> Judge:
        """Expect the items of a list, how it ends, and so many requests, which differ in nothing but the offset."""

        def judge(seen: Observation) -> Iterator[Broken]:
            given = [_inputs(exchange.request) for exchange in seen.exchanges]
            asked = {
                str(sorted((name, value) for name, value in each.items() if name != self.paging.offset))
                for each in given
            }
            if seen.returned != (" ".join(ids), ended):
                held, end = (*seen.returned, None, None)[:2]
                yield Broken(rule, f"the list held [{held}] and ended with {end!r}; expected was {ids} and {ended!r}")
            elif sent is not None and len(seen.exchanges) != sent:
                yield Broken("pages-end", f"{len(seen.exchanges)} requests were sent instead of {sent}")
            elif len(asked) > 1:
                yield Broken("pages-whole", f"the pages are not of one list: {' and '.join(sorted(asked))}")

        return judge


def _inputs(request: httpx.Request) -> dict[str, Any]:
    """Return what a request asks for, in its query or its body."""
    try:
        body: Any = json.loads(request.content or b"{}")
    except ValueError:
        body = None
    members = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    return {**request.url.params, **members}


def _looped(ids: str) -> Judge:
    """Expect each of three loops to go over the same items, whatever the first did to its pages."""

    def judge(seen: Observation) -> Iterator[Broken]:
        for rule, found in zip(("pages-whole", "cache-owned", "pages-whole"), seen.returned, strict=False):
            if found != ids:
                yield Broken(rule, f"a `for` loop over what is remembered went over [{found}] instead of [{ids}]")
                return

    return judge
