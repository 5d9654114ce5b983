"""A game server with the shipped module in it, and the API behind respx."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

import httpx
import respx

from audioscape_luau.contract.coverage import observe
from audioscape_luau.openapi import ApiModel, Object, Operation
from audioscape_luau.simulation import World, api
from roblox_double import ScriptTree, Settings, Universe
from support import artefacts, contract_coverage
from support.sent import exchanges, sent

KEY = "key-9f8e7d6c5b4a"

_CALL = """
local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient)
local options, method, input, extras = ...
options = options or {}
options.apiKey = options.apiKey or "KEY"
local client = AudioScapeClient.new(options)
local result, err = (client :: any)[method](client, input, extras)
if err == nil then
	return result
end
local fields = { text = tostring(err), frozen = table.isfrozen(err) }
for name, value in err do
	fields[name] = value
end
return result, fields
""".replace("KEY", KEY)


def asked(operation: Operation) -> dict[str, Any]:
    """Return inputs that an operation takes: those of its first example that succeeds."""
    return dict(next(one.request for one in operation.examples if one.status == operation.success.status))


@cache
def only(*operation_ids: str) -> ApiModel:
    """Return the specification as it would be without all other operations."""
    return replace(api(), operations=tuple(map(api().operation, operation_ids)), choices=(), replaced=())


def described() -> list[Operation]:
    """Return the operations that answer with an object."""
    return [operation for operation in api().operations if isinstance(operation.reply, Object)]


def arrived(value: Any) -> Any:
    """Return a JSON value as a test gets it out of Luau: without nulls, and an empty table as a list."""
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        return {name: arrived(member) for name, member in members.items() if member is not None} or []
    return [arrived(member) for member in cast("list[Any]", value)] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method of the client returned."""

    result: Any
    err: Mapping[str, Any] | None


def shipped() -> ScriptTree:
    """The module as it ships, in the form that `--artefact` names."""
    return artefacts.artefact(artefacts.chosen)


class Game(World):
    """One server; every request it sends lands in `router`."""

    def __init__(self, settings: Settings | None = None, *, module: ScriptTree | None = None) -> None:
        self.router = respx.MockRouter(assert_all_called=False)
        universe = Universe(settings=settings)
        super().__init__(module or shipped(), self.router.handler, universe=universe)

    def answer(
        self,
        status: int = 200,
        *,
        body: bytes | str | Mapping[str, Any] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> respx.Route:
        """Answer every request like this from now on; a `body` that is a mapping goes out as JSON and says so."""
        content = json.dumps(body) if isinstance(body, Mapping) else body
        typed = {"content-type": "application/json"} if isinstance(body, Mapping) else {}
        reply = httpx.Response(status, content=content, headers=typed | dict(headers or {}))
        return self.router.route().mock(return_value=reply)

    def fail(self, error: Exception) -> respx.Route:
        """Let every request fail like this from now on."""
        return self.router.route().mock(side_effect=error)

    def call(self, method: str, input: Any = None, extras: Any = None, **options: Any) -> Outcome:
        """Call a method of a new client and wait, in virtual time, for what it returns."""
        before = len(self.requests)
        values = self.server.run(_CALL, cast("dict[Any, Any]", options), method, input, extras)
        result, err = [*values, None, None][:2]
        contract_coverage.seen.update(observe(api(), method, exchanges(self.router)[before:], result, cast("Any", err)))
        return Outcome(result, cast("Mapping[str, Any] | None", err))

    def run(self, source: str, *args: Any, limit: float = 3600.0) -> list[Any]:
        """Run a script in which `AudioScapeClient` is the module and `client` a client of it."""
        head = (
            'local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient) '
            f'local client = AudioScapeClient.new("{KEY}") '
        )
        return list(self.server.run(head + source, *args, limit=limit))

    @property
    def requests(self) -> list[httpx.Request]:
        """What was sent so far."""
        return sent(self.router)
