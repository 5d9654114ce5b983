"""Methods that are called wrongly, or that there are none of: each says so, in words that help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from audioscape_luau.codegen.literals import Luau
from audioscape_luau.codegen.names import paging_methods
from audioscape_luau.contract.boundaries import UNKNOWN
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.rules import IDS
from audioscape_luau.contract.scenes.attempts import tried
from audioscape_luau.contract.scenes.parts import cases_of, chain_of, good, made
from audioscape_luau.contract.subject import Observation
from audioscape_luau.openapi import ApiModel, Operation, Paging

_ASKED = """
local said = {}
local function try(order)
	local raised, first, second = pcall(order)
	local returned = if type(second) == "table" then second else nil
	local looped = type(first) == "table" and type(first.next) == "function"
	local err = if looped then first.err else returned
	table.insert(said, {
		raised = not raised,
		first = if looped then first:next() else first,
		id = if err then err.id else "none",
		helps = err ~= nil and type(err.hint) == "string" and err.hint ~= "",
		text = if not raised then tostring(first) elseif err then tostring(err) else "",
	})
end
"""
_COUNTED = "task.wait()\nreturn client:stats().errors.invalid_request"
_LOCKED = """
local broken = {}
local function check(name, ok) if ok then table.insert(broken, name) end end
for name, object in OBJECTS do
	check(`the metatable of {name} can be had`, type(getmetatable(object)) == "table")
	check(`the metatable of {name} can be replaced`, pcall(setmetatable, object, {}))
	check(`{name} can be written to`, not name:find("sequence") and pcall(function() object.extra = 1 end))
end
return broken
"""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A call, the id of the error that it returns, and the words of that. first: what stands before the error."""

    order: str
    id: str
    words: tuple[str, ...]
    first: Any = None


def scenes(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield calls that cannot work, and what they say."""
    case, given = cases_of(operation), luau(dict(richest(operation).request))
    names = [operation.id, *(paging_methods(operation.id, operation.paging.items) if operation.paging else ())]
    dots = [_Attempt(f"client.{name}({given})", "needs_colon", (name, "colon")) for name in names]
    yield case("methods called with a dot", _script(dots), good(operation), _says(dots))
    if operation.paging:
        lists = list(_misplaced(operation, operation.paging, given))
        yield case("lists with limits at the wrong place", _script(lists), good(operation), _says(lists))
    chain = chain_of(operation)
    general = [*_without_a_client(model), *_missing(model)]
    yield chain("methods that there are none of", _script(general), good(operation), _says(general))
    names = [*model.missing_methods, *model.missing_lists, "track", "flushAnalytics"]
    asked = "".join(f"client:{name}({{}})\n" for name in names)
    yield chain(
        "methods that there are none of, with hooks",
        f"{made(onError=Luau('hear'))}{asked}{_COUNTED}",
        good(operation),
        _heard(names),
    )
    thrown = {
        "client.withOptions({})": "withOptions colon",
        "client.stats()": "stats colon",
        "AudioScapeClient:new(KEY)": "AudioScapeClient.new colon dot",
        'AudioScapeClient.new(KEY, 5):withOptions({ maxRetries = "x" })': "withOptions maxRetries whole",
    }
    if any(one.radio for one in model.operations):
        thrown["client.radio(workspace)"] = "radio colon"
    yield chain("methods that throw", made() + tried([*thrown]), good(operation), _throws(thrown))
    objects = "{ client = client, budget = AudioScapeClient.newBudget(5)"
    objects += f", ['a sequence'] = client:{names[1]}({given})}}" if operation.paging else "}"
    locked = made() + _LOCKED.replace("OBJECTS", objects)
    yield chain("what no script can take apart", locked, good(operation), _whole)


def _misplaced(operation: Operation, paging: Paging, given: str) -> Iterator[_Attempt]:
    """Yield lists that are asked for with limits where parameters belong, and the other way round."""
    pages, items = paging_methods(operation.id, paging.items)
    unknown = "unknown_parameter"
    third = ("`limits`", "third argument", "takes max")
    yield _Attempt(f"client:{items}({given}, {{}}, {{ {UNKNOWN} = 3 }})", unknown, (UNKNOWN, *third))
    extras = (f"Pass `{paging.limit}` in `extras`", "second argument")
    yield _Attempt(f"client:{items}({given}, {{}}, {{ {paging.limit} = 3 }})", unknown, extras)
    yield _Attempt(f'client:{items}({given}, {{}}, {{ "x" }})', "unnamed_parameter", ("name = value", *third))
    inner = given.strip()[1:-1].strip().removesuffix(",")
    more = f"{inner}, " if inner else ""
    yield _Attempt(f"client:{items}({{ {more}mx = 3 }})", unknown, ("mx", "mean `max`?"))
    names = (UNKNOWN, items, *(field.name for field in operation.inputs), "max")
    yield _Attempt(f"client:{items}({{ {more}{UNKNOWN} = 3 }})", unknown, names)
    yield _Attempt(f"client:{pages}({given}, 5)", "bad_extras", ("second argument", "got 5"))
    yield _Attempt(f"client:{items}({given}, 5)", "bad_extras", ("second argument", "got 5"))


def _without_a_client(model: ApiModel) -> Iterator[_Attempt]:
    takes = any(one.analytics for one in model.operations)
    off = "analytics_off" if takes else "not_here"
    for name in ("track", "flushAnalytics"):
        yield _Attempt(f"client.{name}({{}})", "needs_colon", (name, "colon"), first=False)
        yield _Attempt(f"client:{name}({{}})", off, ("analytics",) if takes else (name,), first=False)


def _missing(model: ApiModel) -> Iterator[_Attempt]:
    for name in (*model.missing_methods, *model.missing_lists):
        yield _Attempt(f"client:{name}()", "not_here", (name,))


def _script(attempts: Sequence[_Attempt]) -> str:
    tries = "".join(f"try(function() return {attempt.order} end)\n" for attempt in attempts)
    return f"{made()}{_ASKED}{tries}return said"


def _says(attempts: Sequence[_Attempt]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        (said,) = cast("tuple[list[dict[str, Any]]]", seen.returned)
        for attempt, told in zip(attempts, said, strict=True):
            text = str(told.get("text"))
            if told.get("raised"):
                yield Broken("never-throws", f"`{attempt.order}` raised {text}")
            elif told.get("id") != attempt.id or told.get("first") != attempt.first:
                got = f"{told.get('first')} and {told.get('id')}"
                yield Broken("misuse-told", f"`{attempt.order}` returned {got}; {attempt.id} tells what is wrong")
            elif IDS[attempt.id][1] and not told.get("helps"):
                yield Broken("misuse-told", f"what `{attempt.order}` says has no hint: {text}")
            elif not all(word in text for word in attempt.words):
                yield Broken("misuse-told", f"what `{attempt.order}` says does not hold {attempt.words}: {text}")
        if seen.exchanges:
            yield Broken("invalid-refused", "a request was sent")

    return judge


def _heard(names: Sequence[str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        told = [
            (event.get("operation"), event.get("kind")) for event in cast("Sequence[Mapping[str, Any]]", seen.events)
        ]
        if told != [(name, "invalid_request") for name in names]:
            yield Broken("told", f"{', '.join(names)} were called; onError was told of {told}")
        if seen.returned != (len(names),):
            yield Broken("counted", f"{len(names)} calls were refused; `stats` counts {seen.returned}")

    return judge


def _throws(attempts: dict[str, str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        here, *texts = seen.returned
        for (order, words), said in zip(attempts.items(), texts, strict=True):
            if said is False:
                yield Broken("misuse-told", f"`{order}` was accepted")
            elif not str(said).startswith(f"{here}:"):
                yield Broken("misuse-told", f"what `{order}` says does not name the caller's line: {said}")
            elif not all(word in said for word in words.split()):
                yield Broken("misuse-told", f"what `{order}` says does not hold {words}: {said}")

    return judge


def _whole(seen: Observation) -> Iterator[Broken]:
    for said in cast("tuple[list[str]]", seen.returned)[0]:
        yield Broken("sealed", str(said))
