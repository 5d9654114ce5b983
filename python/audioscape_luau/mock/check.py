"""The specification as judge: every request and every reply is held against it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from audioscape_luau.mock.hiding import hide, keys_in, show
from audioscape_luau.openapi import ApiModel, Array, Number, Object, Operation, Parameter, Shape, Text
from audioscape_luau.openapi.conformance import (
    body_fault,
    from_text,
    header_faults,
    schema_fault,
    schema_of,
    strict_json,
)
from audioscape_luau.openapi.item_bounds import beyond
from audioscape_luau.openapi.methods import fitting, misfit
from audioscape_luau.openapi.model import Json, Needs
from audioscape_luau.openapi.needs import sentence, unmet
from audioscape_luau.openapi.references import resolve

_TARGET = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
"""Path and query as RFC 3986 has them: what is outside of these must be percent-encoded."""


class ContractViolation(AssertionError):  # noqa: N818 - what it is, in the words of contract testing
    """A request or a reply that breaks the specification.

    rule: a short name of what is broken. detail: what is wrong. parameter: the dotted path of the input or field, if
    there is one.
    """

    def __init__(self, rule: str, detail: str, exchange: str, parameter: str | None = None) -> None:
        shown = f"`{parameter}`: {detail}" if parameter else detail
        super().__init__(f"{rule}: {shown}\n{exchange}")
        self.rule = rule
        self.detail = detail
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Call:
    """A request that keeps to the specification, understood."""

    operation: Operation
    arguments: dict[str, Any]


class SpecCheck:
    """Checks exchanges with one API."""

    def __init__(self, model: ApiModel, base_url: str | None = None, *, keys: Iterable[str] = ()) -> None:
        """`base_url` is where the API is, if not where the specification says; `keys` are never shown."""
        self.model = model
        self.base_url = base_url or model.server_url
        self.keys = tuple(keys)
        self._places = {
            operation.id: model.address(operation, base_url) for operation in (*model.methods, *model.replaced)
        }
        self._origins = {place: _origin(httpx.URL(place)) for place in (self.base_url, *self._places.values())}
        # Of two paths that fit, the more concrete one is meant, from its start on, as OpenAPI says.
        self._routes = sorted(model.routes, key=lambda one: [part.count("{") for part in one.path.split("/")])
        self._patterns = {
            operation.id: _pattern(operation.path, self._places[operation.id]) for operation in self._routes
        }

    def meant(self, request: httpx.Request) -> Operation:
        """Return the operation that a request is for, or else the one whose path it nearly is, or the first."""
        path = request.url.path.rstrip("/")
        routes = self._routes
        ways: list[Callable[[Operation], bool]] = [
            lambda one: one.method == request.method and self._match(one, path) is not None,
            lambda one: self._match(one, path) is not None,
            lambda one: path.endswith(one.path),
        ]
        return next((one for way in ways for one in routes if way(one)), routes[0])

    def request(self, request: httpx.Request) -> Call:
        """Return what a request asks for; raise ContractViolation if it breaks the specification."""
        asked = _origin(request.url)
        here = [place for place, origin in self._origins.items() if origin == asked]
        if not here or request.url.userinfo:
            raise self._violation("wrong-server", f"the API is at {' and '.join(self._origins)}", request)
        target = request.extensions.get("target", request.url.raw_path).decode(errors="replace")
        if not _TARGET.fullmatch(target):
            raise self._violation("wrong-encoding", "the URL has characters that must be percent-encoded", request)
        path, _, query = target.partition("?")
        served = [o for o in self._routes if self._places[o.id] in here]
        found = [(o, m) for o in served if (m := self._match(o, path))]
        if not found:
            raise self._violation("unknown-path", "the spec has no such path", request)
        operation, match = next(((o, m) for o, m in found if o.method == request.method), (None, None))
        if operation is None or match is None:
            raise self._violation("wrong-method", f"{found[0][0].path} has no method {request.method}", request)
        given = request.headers.get_list(self.model.api_key_header)
        if not any(map(self.model.key_in, given)):
            raise self._violation("missing-key", f"the header {self.model.api_key_header} is missing", request)
        if len(given) > 1:
            raise self._violation("repeated-key", f"the header {self.model.api_key_header} is sent twice", request)

        arguments = dict(self._query(operation, query, request))
        for name, text in match.groupdict().items():
            field = next(p for p in operation.parameters if _group(p.name) == name)
            arguments[field.name] = from_text(field.shape, unquote(text))
        arguments |= self._body(operation, request)
        for field in operation.inputs:
            if field.name not in arguments:
                if field.required:
                    raise self._violation("missing-input", "it is required", request, field.name)
                continue
            fault = schema_fault(arguments[field.name], schema_of(field, self.model.raw), self.model.raw)
            if fault:
                raise self._violation("broken-schema", fault, request, field.name)
            for path in _undeclared(field.name, field.shape, arguments[field.name]):
                raise self._violation("undeclared-field", "its schema has no such field", request, path)
            for path in _disordered(field.name, field.shape, arguments[field.name]):
                raise self._violation("broken-order", "it is above the upper end of the range", request, path)
        for need in unmet(operation.needs, arguments):
            raise self._violation("broken-choice", _told(need, arguments), request, ".".join(need.options[0][0]))
        if operation.success.kinds or operation in self.model.replaced:
            case = fitting(operation.cases, arguments)
            if case is None:
                wrong = misfit(operation.cases, arguments)
                raise self._violation("broken-choice", "it does not go with the other inputs", request, wrong)
            operation = self.model.operation(case.id)
        return Call(operation, arguments)

    def reply(
        self, operation: Operation, response: httpx.Response, asked: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Raise ContractViolation if a reply to `operation` is not one that the specification declares.

        `asked`: the inputs, by which a reply may be bound.
        """
        declared = next((r for r in operation.responses if r.status == response.status_code), None)
        shown = hide(f"{response.status_code} {response.text[:500]}", self.keys)
        if declared is None:
            raise ContractViolation(
                "undeclared-status", f"the spec does not declare this status for {operation.id}", shown
            )
        for fault in header_faults(response.headers, declared.headers, self.model.raw):
            raise ContractViolation("broken-header", hide(fault, self.keys), shown)
        if declared.shape is None:
            return
        schema = cast("dict[str, Any]", resolve(cast("dict[str, Json]", self.model.raw), f"#{declared.shape.pointer}"))
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            detail = hide(f"the spec declares application/json, got {media_type!r}", self.keys)
            raise ContractViolation("wrong-content-type", detail, shown)
        fault = body_fault(as_read(response.content, declared.shape), schema, self.model.raw)
        if fault:
            raise ContractViolation("broken-schema", hide(fault, self.keys), shown)
        if operation.paging is not None and declared is operation.success:
            items = json.loads(response.content)[operation.paging.items]
            for place, bound, end in beyond(operation, asked, items):
                path = f"{operation.paging.items}[{place + 1}].{bound.field}"
                detail = f"{items[place][bound.field]} breaks the {bound.keyword} {end:g} of the request"
                raise ContractViolation("broken-bound", detail, shown, path)

    def _match(self, operation: Operation, path: str) -> re.Match[str] | None:
        return self._patterns[operation.id].fullmatch(path)

    def _query(self, operation: Operation, query: str, request: httpx.Request) -> Iterator[tuple[str, Any]]:
        declared = {p.name: p for p in operation.parameters if p.location == "query"}
        try:
            pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
        except (ValueError, UnicodeDecodeError) as error:
            raise self._violation("unreadable-query", str(error), request) from None
        seen: dict[str, list[str]] = {}
        for name, text in pairs:
            if name not in declared:
                raise self._violation(
                    "undeclared-parameter", f"{operation.id} has no parameter of that name", request, name
                )
            seen.setdefault(name, []).append(text)
        for name, texts in seen.items():
            field = declared[name]
            if isinstance(field.shape, Array) and not field.json:
                yield name, [from_text(field.shape.items, text) for text in texts]
            elif len(texts) > 1:
                raise self._violation("repeated-parameter", "it is given more than once", request, name)
            else:
                yield name, self._value(field, texts[0], request)

    def _value(self, field: Parameter, text: str, request: httpx.Request) -> Any:
        if not field.json:
            return from_text(field.shape, text)
        try:
            return strict_json(text, _once)
        except ValueError as error:
            raise self._violation("unreadable-json", f"{error} in {text!r}", request, field.name) from None

    def _body(self, operation: Operation, request: httpx.Request) -> dict[str, Any]:
        if operation.body is None:
            if request.content:
                raise self._violation("undeclared-body", f"{operation.id} takes no body", request)
            return {}
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise self._violation(
                "wrong-content-type", "the body is JSON, so Content-Type must be application/json", request
            )
        try:
            body = strict_json(request.content, _once)
        except ValueError as error:
            raise self._violation("unreadable-json", f"the body is not JSON: {error}", request) from None
        known = {field.name for field in operation.body.shape.fields}
        if not isinstance(body, dict):
            raise self._violation("broken-schema", "the body is not an object", request)
        members = cast("dict[str, Any]", body)
        for name in members:
            if name not in known:
                raise self._violation("undeclared-field", "the body's schema has no such field", request, name)
        return members

    def _violation(
        self, rule: str, detail: str, request: httpx.Request, parameter: str | None = None
    ) -> ContractViolation:
        header = self.model.api_key_header
        keys = (*keys_in(request, header), *self.keys)
        named = None if parameter is None else hide(parameter, keys)
        return ContractViolation(rule, hide(detail, keys), show(request, header, self.keys), named)


def _pattern(path: str, place: str) -> re.Pattern[str]:
    """Return what fits the path of an operation at a place, with a group for each parameter."""
    pattern = re.sub(
        r"\\\{(.+?)\\\}",
        lambda found: f"(?P<{_group(re.sub(r'\\(.)', r'\1', found[1]))}>[^/]+)",
        re.escape(path),
    )
    return re.compile(re.escape(urlsplit(place).path.rstrip("/")) + pattern)


def _told(need: Needs, members: Mapping[str, Any]) -> str:
    """Return what is wrong with inputs of which one must be given."""
    if need.when is not None:
        return sentence(need)
    names = ", ".join(" and ".join(".".join(path) for path in option) for option in need.options)
    return (
        f"one of {names} is required"
        if any(unmet([replace(need, exclusive=False)], members))
        else (f"only one of {names} can be given")
    )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host.lower(), url.port


def as_read(body: bytes, shape: Shape) -> bytes:
    """Return a body with null in place of the non-finite numbers that the specification announces.

    An asset id that is a number becomes the text as which it is read.
    """
    try:
        value = json.loads(body.decode())
    except (ValueError, RecursionError):
        return body
    changed = _clear(value, shape)
    return json.dumps(value).encode() if changed else body


def _clear(value: Any, shape: Shape) -> bool:
    changed = False
    if isinstance(shape, Object) and isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        for field in shape.fields:
            inner = members.get(field.name)
            if isinstance(field.shape, Number) and field.shape.non_finite and is_non_finite(inner):
                members[field.name] = None
                changed = True
            elif isinstance(field.shape, Text) and field.shape.asset_id and type(inner) is int and 0 <= inner < 2**53:
                members[field.name] = str(inner)
                changed = True
            else:
                changed |= _clear(inner, field.shape)
    elif isinstance(shape, Array) and isinstance(value, list):
        for item in cast("list[Any]", value):
            changed |= _clear(item, shape.items)
    return changed


def _disordered(path: str, shape: Shape, value: Any) -> Iterator[str]:
    """Yield the path of each lower end that is above its upper end (`x-ordered`, which JSON Schema cannot say)."""
    if isinstance(shape, Object) and isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if shape.ordered:
            low, high = shape.ordered
            if low in members and high in members and members[low] > members[high]:
                yield f"{path}.{low}"
        for field in shape.fields:
            yield from _disordered(f"{path}.{field.name}", field.shape, members.get(field.name))
    elif isinstance(shape, Array) and isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value), start=1):
            yield from _disordered(f"{path}[{index}]", shape.items, item)


def _undeclared(path: str, shape: Shape, value: Any) -> Iterator[str]:
    """Yield the path of each member that no schema names, where none says that more are welcome."""
    if isinstance(shape, Object) and isinstance(value, dict):
        fields = {field.name: field for field in shape.fields}
        for name, member in cast("dict[str, Any]", value).items():
            if name in fields:
                yield from _undeclared(f"{path}.{name}", fields[name].shape, member)
            elif not shape.open:
                yield f"{path}.{name}"
    elif isinstance(shape, Array) and isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value), start=1):
            yield from _undeclared(f"{path}[{index}]", shape.items, item)


def is_non_finite(value: Any) -> bool:
    """Whether a value of JSON stands for NaN or an infinity: as a number, or as text that says so."""
    if isinstance(value, str):
        return value.lstrip("+-") in {"NaN", "Infinity"}
    return isinstance(value, float) and value - value != 0


def _group(name: str) -> str:
    return "p" + name.encode().hex()


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(members)
    if len(read) < len(members):
        raise ValueError("a key is repeated")
    return read
