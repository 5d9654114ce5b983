"""The client in the real engine: the successes of the examples, called there by Open Cloud."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from audioscape_luau.contract.case import Broken
from audioscape_luau.contract.oracle import LostReplyError, differences, expected_result
from audioscape_luau.contract.phases.examples import richest
from audioscape_luau.contract.subject import Module
from audioscape_luau.contract.values import TooDeepError
from audioscape_luau.mock import DEMO_KEY
from audioscape_luau.mock.by_example import by_example
from audioscape_luau.openapi import ApiModel, Example, Operation, Text
from roblox_double.probe.open_cloud import Access, CloudError, OpenCloud
from roblox_double.project.model_file import write_model

__all__ = ["SECRET", "Access", "Called", "CloudError", "OpenCloud", "in_words", "smoke"]

SECRET = "AudioScapeKey"  # noqa: S105 - a name
"""The secret of the universe that holds the API key, for the API itself: no key leaves Roblox by this program."""
_OBSTACLES = ("circuit_open", "connection", "http_disabled", "timeout")
"""Kinds of errors that say nothing about the client, where there are no others."""
_TROUBLE = (*_OBSTACLES, "engine_limit", "rate_limited", "server_error")
"""Kinds of errors that say what the API had, and nothing about the client that asked it."""
_EACH = 60
"""Seconds that a call may take; it is made once, and its deadline is earlier."""
_ALL = 240
"""Seconds for all calls: a task has five minutes."""
_QUOTES = "=" * 9
_SCRIPT = """
local HttpService = game:GetService("HttpService")
local order = HttpService:JSONDecode([{quotes}[{order}]{quotes}])
local input = ({{ ... }})[1].BinaryInput
local module = game:GetService("SerializationService"):DeserializeInstancesAsync(input)[1]
module.Parent = game:GetService("ServerStorage")
local key = order.key
if not key then
	local ok, found = pcall(HttpService.GetSecret, HttpService, order.secret)
	if not ok then
		return HttpService:JSONEncode({{ secret = tostring(found) }})
	end
	key = found
end
local began = os.clock()
local function said(value: any): string
	local ok, text = pcall(tostring, value)
	return if ok and type(text) == "string" and utf8.len(text) then text else `a {{type(value)}} that has no text`
end
-- Calls in a thread of its own; `hung` if it has not ended in time.
local function call(what: any, ...: any): any
	local row: any = nil
	local thread = task.spawn(function(...)
		local ok, result, err = pcall(what, ...)
		row = {{ ok = ok, result = result, err = err }}
	end, ...)
	local ends = math.min(os.clock() + {each}, began + {all})
	while row == nil and os.clock() < ends do
		task.wait()
	end
	if row == nil then
		pcall(task.cancel, thread)
		return {{ hung = true }}
	end
	return row
end
-- Raises an error where JSON has no way to say it.
local function plain(value: any, depth: number)
	if type(value) == "number" and (value ~= value or math.abs(value) == math.huge) then
		error(`the result has {{value}}`, 0)
	elseif type(value) == "table" then
		if depth > 60 then
			error("the result is a cycle, or too deep", 0)
		end
		for key, inner in next, value do
			plain(inner, depth + 1)
		end
	end
end
local made = call(function()
	return (require :: any)(module).new({{ apiKey = key, baseUrl = order.baseUrl, maxRetries = 0 }})
end)
if made.hung or not made.ok then
	local why = if made.hung then "it does not return" else said(made.result)
	return HttpService:JSONEncode({{ problem = why }})
end
local client = made.result
local function ask(case: any): any
	local there, method = pcall(function()
		return client[case.operation]
	end)
	if not there or type(method) ~= "function" then
		return {{ missing = true }}
	elseif os.clock() >= began + {all} then
		return {{ late = true }}
	end
	local one = call(method, client, case.input)
	if one.hung then
		return {{ hung = true }}
	elseif not one.ok then
		return {{ threw = said(one.result) }}
	end
	local row = {{ hasResult = one.result ~= nil }} :: any
	if one.err ~= nil then
		row.err = said(one.err)
		pcall(function()
			local kind, status = one.err.kind, one.err.status
			row.kind = if type(kind) == "string" then said(kind) else nil
			row.status = if type(status) == "number" and status == status then math.floor(status) else nil
		end)
		return row
	end
	row.result = one.result
	return row
end
local rows = {{}}
for index, case in order.cases do
	local row = ask(case)
	local ok, text = pcall(function()
		plain(row.result, 0)
		return HttpService:JSONEncode(row)
	end)
	rows[index] = if ok then text else HttpService:JSONEncode({{ odd = said(text) }})
end
return '{{"rows":[' .. table.concat(rows, ",") .. "]}}"
"""


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call in the engine."""

    operation: str
    label: str
    broken: tuple[Broken, ...]
    trouble: str = ""
    """Why nothing can be said about the client by this call; empty if something can."""


def smoke(cloud: OpenCloud, module: Module, model: ApiModel, *, echo: str | None, pattern: str = "*") -> list[Called]:
    """Load the client in the engine and call it, by Open Cloud. Raises CloudError.

    echo: the address under which the user hosts the mocked API, which answers by its examples; without it, the API
    itself is asked, by what only reads.
    """
    cases = [
        (operation, example)
        for operation, example in _cases(model)
        if (echo or operation.method == "GET") and fnmatchcase(f"{operation.id}/{example.name}", pattern)
    ]
    if not cases:
        among = "" if echo else " among those that only read"
        raise CloudError(f"there is nothing to call: no case{among} is named {pattern!r}, as similar/analysed is")
    order = json.dumps(
        {
            "key": DEMO_KEY if echo else None,
            "secret": SECRET,
            "baseUrl": f"{echo.rstrip('/')}{urlsplit(model.server_url).path}" if echo else None,
            "cases": [{"operation": operation.id, "input": example.request} for operation, example in cases],
        }
    )
    if f"]{_QUOTES}]" in order:
        raise CloudError("an example of the specification has a text that no script can have")
    done = cloud.run(_SCRIPT.format(quotes=_QUOTES, order=order, each=_EACH, all=_ALL), _model(module))
    match done.json("results"):
        case {"problem": str(problem)}:
            return [Called("new", "", (Broken("loads", problem),))]
        case {"secret": str(why)}:
            raise CloudError(
                f"the place cannot use the secret {SECRET}: {why}. Add it in the Creator Dashboard", done.logs
            )
        case {"rows": [*rows]} if len(rows) == len(cases) and all(isinstance(row, dict) for row in rows):
            # The key of a mock is right: who does not send it is broken.
            if all(row.get("kind") in (*_OBSTACLES, *(() if echo else ("unauthorized",))) for row in rows):
                raise CloudError(f"the place cannot ask {echo or 'the API'}: {rows[0].get('err')}", done.logs)
            called = [
                Called(operation.id, example.name, (), trouble)
                if (trouble := _trouble(operation, row, echo is not None))
                else Called(operation.id, example.name, tuple(_judge(operation, example, row, echo is not None)))
                for (operation, example), row in zip(cases, rows, strict=True)
            ]
            if all(one.trouble for one in called):
                raise CloudError(f"the API told nothing about the client: {called[0].trouble}", done.logs)
            return called
        case _:
            raise CloudError("the task returned something else than a result for each example", done.logs)


def _cases(model: ApiModel) -> Iterator[tuple[Operation, Example]]:
    for operation in model.operations:
        good = [one for one in operation.examples if one.status == operation.success.status and not one.breaks]
        yield from ((operation, example) for example in good or [richest(operation)])


def _trouble(operation: Operation, row: Mapping[str, Any], is_mocked: bool) -> str:
    """Return why a call says nothing about the client: what the API had; empty if it says something."""
    if row.get("late"):
        return "there was no time left for it"
    if is_mocked or row.get("err") is None or row.get("hasResult"):
        return ""
    # The API may not know the thing that an example names. Where an example names none, it is the route that is wrong.
    is_unknown = row.get("kind") == "not_found" and any(
        one.required and one.fixed is None and isinstance(one.shape, Text) for one in operation.parameters
    )
    is_trouble = is_unknown or row.get("kind") in _TROUBLE or row.get("status") == HTTPStatus.FORBIDDEN
    return str(row["err"]) if is_trouble else ""


def _judge(operation: Operation, example: Example, row: Mapping[str, Any], is_mocked: bool) -> Iterator[Broken]:
    if row.get("missing"):
        yield Broken("has-method", f"there is no method {operation.id}")
    elif row.get("hung"):
        yield Broken("ends-in-time", "it was still running when the time was up")
    elif row.get("odd") is not None:
        yield Broken("reply-understood", f"a result that no reply becomes: {row['odd']}")
    elif row.get("threw") is not None:
        yield Broken("never-throws", str(row["threw"]))
    elif row.get("err") is not None:
        if row.get("hasResult"):
            yield Broken("one-of-two", f"there is a result beside the error: {row['err']}")
        elif not is_mocked and row.get("kind") == "not_found":
            yield Broken("wrong-operation", f"the API has nothing there: {row['err']}")
        else:
            yield Broken("reply-understood", f"a usable reply became an error: {row['err']}")
    elif not row.get("hasResult") and not (operation.reply and operation.reply.nullable):
        yield Broken("one-of-two", "there is neither a result nor an error")
    else:
        result = row.get("result")
        wanted = list(_wanted(operation, example)) if is_mocked else []
        # What a client hands on is usable as it is: handed on again, it is the same.
        wanted = wanted or list(_handed_on(operation, json.dumps(result).encode()))
        found = [list(differences(one, result)) for one in wanted]
        if not found:
            yield Broken("reply-understood", f"a result that no reply becomes: {result!r:.200}")
        elif all(found):
            yield from (Broken(rule, detail) for rule, detail in min(found, key=len))


def _wanted(operation: Operation, example: Example) -> Iterator[Any]:
    """Yield what the example becomes, and what a mock may answer instead: the part of it that is asked for."""
    yield from _handed_on(operation, example.body)
    arguments = {one.name: one.fixed for one in operation.parameters if one.fixed is not None} | dict(example.request)
    yield from _handed_on(operation, by_example(operation, arguments).content)


def _handed_on(operation: Operation, body: bytes) -> Iterator[Any]:
    try:
        yield expected_result(operation, body)
    except (LostReplyError, TooDeepError):
        return


def _model(module: Module) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "AudioScapeClient.rbxm")
        write_model([module.tree], file)
        return file.read_bytes()


def in_words(called: Sequence[Called]) -> list[str]:
    """Return a line for each promise that was broken."""
    return [
        f"{one.operation} {one.label}: {broken.rule}: {broken.detail}".replace(" :", ":")
        for one in called
        for broken in cast("Sequence[Broken]", one.broken)
    ]
