"""What a request must look like, byte for byte: more than being understood, since an edge cache goes by the URL."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote, unquote

import httpx

from audioscape_luau.contract.case import Broken
from audioscape_luau.mock.check import ContractViolation, SpecCheck
from audioscape_luau.openapi import (
    ApiModel,
    Array,
    Field,
    Map,
    Number,
    Object,
    Operation,
    Parameter,
    Shape,
    Text,
    asset_id,
)
from audioscape_luau.simulation import Exchange
from roblox_double import Settings

_ENGINES_OWN = {"host", "accept", "accept-encoding", "cache-control", "roblox-id", "user-agent", "content-length"}


def check_request(
    model: ApiModel,
    exchange: Exchange,
    *,
    key: str,
    more_keys: Sequence[str] = (),
    base_url: str | None = None,
    identified: bool = False,
    untimed: bool = False,
) -> Iterator[Broken]:
    """Yield what is wrong with a request whatever was asked for.

    more_keys: those of further clients of the scene. identified: identity headers are welcome. untimed: a
    request may have no time-out.
    """
    request = exchange.request
    places = dict.fromkeys(model.address(operation, base_url) for operation in model.operations)
    hosts = {(place.scheme, place.netloc) for place in map(httpx.URL, places)}
    if (request.url.scheme, request.url.netloc) not in hosts:
        yield Broken("wrong-host", f"it goes to {request.url.scheme}://{request.url.host}, not {' or '.join(places)}")
        return
    target = target_of(request)
    if key in target or key in unquote(target) or key.encode() in request.content:
        yield Broken("key-in-url", "the API key is in the address or the body; it belongs into its header only")
    sent_key = request.headers.get(model.api_key_header)
    if sent_key is not None and model.key_in(sent_key) not in (key, *more_keys):
        yield Broken("wrong-key", f"the header {model.api_key_header} is not the key that the client was given")
    known = {*_ENGINES_OWN, model.api_key_header.lower(), *(_identity(model) if identified else ())}
    if request.content:
        known |= {"content-type", "content-encoding"}
    for name in request.headers:
        if name.lower() not in known:
            yield Broken("undeclared-header", f"the header {name} is none that the API knows or the engine sends")
    if not untimed and not is_timed(request):
        yield Broken("no-time-out", "the engine was not told when to give up")
    try:
        operation = SpecCheck(model, base_url).request(request).operation
    except ContractViolation as violation:
        yield Broken(violation.rule, str(violation).partition("\n")[0].partition(": ")[2])
        return
    yield from _check_spelling(operation, target)
    if operation.body and request.content:
        yield from _check_json("the body", operation.body.shape, request.content.decode())


def is_timed(request: httpx.Request) -> bool:
    """Whether the engine was told when to give up, sooner than it would by itself."""
    limit = cast("Mapping[str, Any]", request.extensions.get("timeout", {})).get("read")
    return limit is not None and limit < Settings().http_timeout


def check_meaning(
    model: ApiModel, operation: Operation, exchange: Exchange, asked: Mapping[str, Any], base_url: str | None = None
) -> Iterator[Broken]:
    """Yield where a request asks for something else than its caller did."""
    try:
        call = SpecCheck(model, base_url).request(exchange.request)
    except ContractViolation:
        return
    if (call.operation.route or call.operation.id) != (operation.route or operation.id):
        yield Broken("wrong-operation", f"{operation.id} was called and {call.operation.id} was sent")
        return
    wanted = meaning_of(operation, asked)
    # Sent in its one form, or two requests for the same would differ.
    sent = meaning_of(operation, call.arguments, read=lambda sent: sent)
    for name, want in wanted.items():
        if want != sent[name]:
            yield Broken("wrong-meaning", f"`{name}` was {want!r} and {sent[name]!r} was sent")


def meaning_of(
    operation: Operation, arguments: Mapping[str, Any], read: Callable[[Any], Any] | None = None
) -> dict[str, Any]:
    """Return what each input comes to for the server, which knows no difference between a default and nothing.

    read: returns the asset id that a value stands for.
    """
    return {
        field.name: _plain(field.shape, field.default) if given is None else given
        for field in operation.inputs
        for given in [_plain(field.shape, arguments.get(field.name), read or asset_id_of)]
    }


def asset_id_of(value: Any) -> Any:
    """Return the asset id that a value stands for, in its one form; the value itself if it is none."""
    found = re.fullmatch(r"(?:rbxassetid://|https?://www\.roblox\.com/asset/\?id=)?([0-9]+)", str(value))
    digits = asset_id(found[1] if found else value)
    return value if digits is None else digits


def _identity(model: ApiModel) -> set[str]:
    """Return the headers that say for whom is asked; only those who opt in send them."""
    return {name.lower() for name in model.identity.headers.values()}


def target_of(request: httpx.Request) -> str:
    """Return path and query byte for byte; httpx tidies those of `request.url`."""
    return cast(bytes, request.extensions.get("target", request.url.raw_path)).decode()


def _check_spelling(operation: Operation, target: str) -> Iterator[Broken]:
    """Yield where the query is not the one spelling of what it means."""
    _, mark, query = target.partition("?")
    if mark and not query:
        yield Broken("wire-spelling", "the address ends with a question mark")
    pairs = [pair.partition("=")[::2] for pair in query.split("&")] if query else []
    declared: Sequence[Parameter] = [p for p in operation.parameters if p.location == "query"]
    order = [parameter.name for parameter in declared]
    names = [unquote(name) for name, _ in pairs]
    if names != sorted(names, key=lambda name: order.index(name)):
        yield Broken("wire-order", f"the query has {names}, the specification has {order}")
    for name, text in pairs:
        field = next(parameter for parameter in declared if parameter.name == unquote(name))
        if text != quote(unquote(text), safe="-._~") or name != quote(unquote(name), safe="-._~"):
            yield Broken("wire-spelling", f"`{field.name}` is not percent-encoded as RFC 3986 has it: {text}")
        else:
            yield from _check_value(field, unquote(text))


def _check_value(field: Parameter, text: str) -> Iterator[Broken]:
    if field.json:
        value = yield from _check_json(field.name, field.shape, text)
        if _is_empty(value):
            yield Broken("empty-sent", f"`{field.name}` is empty and should be left off")
        return
    if field.default is not None and text in {str(field.default), json.dumps(field.default)}:
        yield Broken("default-sent", f"`{field.name}` is {text}, which is its default and should be left off")
    if isinstance(field.shape, Number):
        yield from _check_number(field.name, text)


def _check_json(name: str, shape: Shape, text: str) -> Generator[Broken, None, Any]:
    """Yield where JSON is not the one spelling of what it means; return that."""
    value = json.loads(text, object_pairs_hook=_Pairs, parse_float=_Figure, parse_int=_Figure)
    if re.search(r"\s", re.sub(r'"(?:\\.|[^"\\])*"', "", text)):
        yield Broken("wire-spelling", f"`{name}` is JSON with blanks in it: {text}")
    yield from _check_members(name, shape, value)
    return value


def _check_number(name: str, text: str) -> Iterator[Broken]:
    is_plain = re.fullmatch(r"0|-?[1-9]\d*", text) is not None
    if not is_plain and float(text).is_integer() and abs(float(text)) <= 2**53:
        yield Broken("wire-spelling", f"`{name}` is a whole number and written as {text}")


def _check_members(path: str, shape: Shape, value: Any) -> Iterator[Broken]:
    if isinstance(shape, Object) and isinstance(value, _Pairs):
        order = [field.name for field in shape.fields]
        names = [name for name, _ in value.pairs if name in order]
        if names != sorted(names, key=order.index):
            yield Broken("wire-order", f"`{path}` has {names}, the specification has {order}")
        fields: dict[str, Field] = {field.name: field for field in shape.fields}
        for name, member in value.pairs:
            field = fields.get(name)
            if _is_empty(member) and not (field and field.required):
                yield Broken("empty-sent", f"`{path}.{name}` is empty and should be left off")
            if field is None:
                continue
            if field.default is not None and member in (field.default, json.dumps(field.default)):
                yield Broken("default-sent", f"`{path}.{name}` is its default and should be left off")
            yield from _check_members(f"{path}.{name}", field.shape, member)
    elif isinstance(shape, Array) and isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value), start=1):
            yield from _check_members(f"{path}[{index}]", shape.items, item)
    elif isinstance(value, _Figure):
        yield from _check_number(path, value)


def _is_empty(value: Any) -> bool:
    return value == [] or (isinstance(value, _Pairs) and not value.pairs)


class _Pairs:
    """An object of JSON as it was written."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


class _Figure(str):
    """A number of JSON as it was written."""

    __slots__ = ()


def _plain(shape: Shape, value: Any, read: Callable[[Any], Any] = asset_id_of) -> Any:
    """Return an argument as a server takes it: ids as `read` has them, what is empty or the default left out."""
    if isinstance(shape, Text) and shape.asset_id and value is not None:
        return read(value)
    if isinstance(shape, Object) and isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
        inner = {field.name: _plain(field.shape, members.get(field.name), read) for field in shape.fields}
        defaults = {field.name: _plain(field.shape, field.default) for field in shape.fields}
        kept = {name: member for name, member in inner.items() if member not in (None, defaults[name])}
        return kept or None
    if isinstance(shape, Array) and isinstance(value, list):
        return [_plain(shape.items, item, read) for item in cast("list[Any]", value)] or None
    if isinstance(shape, Map) and not value:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value
