"""The client in the real engine: the successes of the examples, called there by Open Cloud."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
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
from audioscape_luau.openapi import ApiModel, Example, Operation
from roblox_double.probe.open_cloud import Access, CloudError, OpenCloud
from roblox_double.project.model_file import write_model

__all__ = ["SECRET", "Access", "Called", "CloudError", "OpenCloud", "in_words", "smoke"]

SECRET = "AudioScapeKey"  # noqa: S105 - a name
"""The secret of the universe that holds the API key, for the API itself: no key leaves Roblox by this program."""
_OBSTACLES = ("circuit_open", "connection", "http_disabled", "timeout")
"""Kinds of errors that say nothing about the client, where there are no others."""
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
local loaded, client = pcall(function()
	return (require :: any)(module).new({{ apiKey = key, baseUrl = order.baseUrl, maxRetries = 0 }})
end)
if not loaded then
	return HttpService:JSONEncode({{ problem = tostring(client) }})
end
local rows = {{}}
for index, case in order.cases do
	local there, method = pcall(function()
		return client[case.operation]
	end)
	local row = {{ missing = not there or type(method) ~= "function" }} :: any
	if not row.missing then
		local ok, result, err = pcall(method, client, case.input)
		row.threw = if ok then nil else tostring(result)
		row.err = if ok and err ~= nil then tostring(err) else nil
		row.kind = if row.err then err.kind else nil
		row.hasResult = ok and result ~= nil
		row.result = if ok then result else nil
	end
	rows[index] = row
end
return HttpService:JSONEncode({{ rows = rows }})
"""


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call in the engine."""

    operation: str
    label: str
    broken: tuple[Broken, ...]


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
    done = cloud.run(_SCRIPT.format(quotes=_QUOTES, order=order), _model(module))
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
            return [
                Called(operation.id, example.name, tuple(_judge(operation, example, row, echo is not None)))
                for (operation, example), row in zip(cases, rows, strict=True)
            ]
        case _:
            raise CloudError("the task returned something else than a result for each example", done.logs)


def _cases(model: ApiModel) -> Iterator[tuple[Operation, Example]]:
    for operation in model.operations:
        good = [one for one in operation.examples if one.status == operation.success.status and not one.breaks]
        yield from ((operation, example) for example in good or [richest(operation)])


def _judge(operation: Operation, example: Example, row: Mapping[str, Any], is_mocked: bool) -> Iterator[Broken]:
    if row.get("missing"):
        yield Broken("has-method", f"there is no method {operation.id}")
    elif row.get("threw") is not None:
        yield Broken("never-throws", str(row["threw"]))
    elif row.get("err") is not None:
        if row.get("hasResult"):
            yield Broken("one-of-two", f"there is a result beside the error: {row['err']}")
        # The API may not know what an example asks for.
        if is_mocked or row.get("kind") != "not_found":
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
