"""Path items of the document -> operations of the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from audioscape_luau.openapi.analytics import EXTENSION as ANALYTICS
from audioscape_luau.openapi.analytics import read_analytics
from audioscape_luau.openapi.item_bounds import read_item_bounds
from audioscape_luau.openapi.methods import EXTENSION, read_narrowing
from audioscape_luau.openapi.model import (
    Array,
    Body,
    Boolean,
    Effect,
    Either,
    Field,
    Json,
    Method,
    Music,
    Needs,
    Number,
    Object,
    Operation,
    Paging,
    Parameter,
    Response,
    Shape,
    Split,
    Text,
    walk,
)
from audioscape_luau.openapi.needs import read_needs
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.notes import take_notes
from audioscape_luau.openapi.paths import LEADS_ELSEWHERE, leads_elsewhere, normal
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer, split_pointer
from audioscape_luau.openapi.radio_seeds import conflicts, read_seeds
from audioscape_luau.openapi.references import resolve
from audioscape_luau.openapi.schemas import Schema, SchemaReader, check_request
from audioscape_luau.openapi.servers import read_server

_JSON = "application/json"
_METHODS: dict[str, Method] = {
    "get": "GET",
    "put": "PUT",
    "post": "POST",
    "delete": "DELETE",
    "patch": "PATCH",
}
_EFFECTS: Mapping[str, Effect] = {"GET": "read", "PUT": "write", "DELETE": "write"}
"""What asking twice does, as HTTP has it; of other methods it may do something each time."""
_PATH = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}|\{[^{}/]+\})*)+\Z")
_TEMPLATE = re.compile(r"\{([^{}/]+)\}")
_LEAST_FAILURE = 300
_STATUS = re.compile(r"[1-5][0-9][0-9]\Z")


@dataclass(slots=True)
class OperationReader:
    """Reads operations, all but their examples."""

    root: dict[str, Json]
    problems: list[Problem]
    schemas: SchemaReader
    server: str

    def read_paths(self, paths: Node) -> list[Operation]:
        """Read all operations, in the document's order."""
        operations: list[Operation] = []
        meant: dict[str, str] = {}
        for path, item in paths.entries():
            if not _PATH.match(path):
                item.fail(Fault.UNSUPPORTED_VALUE, "is not a path: / and URL characters, parameters in {braces}")
            elif leads_elsewhere(path):
                item.fail(Fault.UNSUPPORTED_VALUE, LEADS_ELSEWHERE)
            elif (same := meant.setdefault(normal(path), path)) != path:
                item.fail(Fault.NAME_COLLISION, f"is the same path as {same}")
            shared = [self._parameter(node) for node in item.children("parameters")]
            servers = item if item.has("servers") else None
            for key, method in _METHODS.items():
                node = item.child(key)
                if node is not None:
                    operations.append(self._operation(path, method, node, shared, servers))
            item.take("servers")
            item.close()
        for radio in [operation for operation in operations if operation.radio][1:]:
            pointer = join_pointer(radio.pointer, "x-radio")
            self.problems.append(Problem(Fault.INVALID_EXTENSION, pointer, "the radio stands on one operation only"))
        for second in [operation for operation in operations if operation.analytics][1:]:
            pointer = join_pointer(second.pointer, ANALYTICS)
            self.problems.append(Problem(Fault.INVALID_EXTENSION, pointer, "one operation only takes events"))
        self.problems += conflicts(operations, self.schemas.objects())
        return operations

    def read_components(self, components: Node) -> None:
        """Read the parts that can be referred to, used or not, so that none hides a problem."""
        for name, _ in (components.child("schemas") or _nothing(components)).entries():
            token = name.replace("~", "~0").replace("/", "~1")
            self.schemas.named(f"#/components/schemas/{token}")
        for _, node in (components.child("parameters") or _nothing(components)).entries():
            self._parameter(node)
        for _, node in (components.child("requestBodies") or _nothing(components)).entries():
            self._body(node)
        for name, node in (components.child("headers") or _nothing(components)).entries():
            self._header(name, node)
        for _, node in (components.child("responses") or _nothing(components)).entries():
            self._response(0, node)

    def _operation(
        self,
        path: str,
        method: Method,
        node: Node,
        shared: list[Parameter | None],
        servers: Node | None,
    ) -> Operation:
        identifier = node.text("operationId")
        if not identifier:
            node.fail(Fault.MISSING_OPERATION_ID, "the operationId names the client's method")
        own = [self._parameter(child) for child in node.children("parameters")]
        parameters = _merge([p for p in shared if p], [p for p in own if p])
        operation = Operation(
            id=identifier,
            method=method,
            path=path,
            effect=self._effect(node, method),
            server=self._server(node, servers),
            summary=node.text("summary"),
            description=node.text("description"),
            notes=take_notes(node),
            parameters=parameters,
            body=self._request_body(node, method),
            responses=self._responses(node),
            paging=None,
            radio=None,
            examples=(),
            pointer=node.pointer,
        )
        self._check_inputs(node, operation)
        operation = replace(operation, input_needs=self._input_needs(node, operation))
        operation = replace(operation, paging=self._paging(node, operation))
        operation = replace(operation, item_bounds=read_item_bounds(node, operation))
        operation = replace(operation, radio=self._radio(node, operation))
        operation = replace(operation, seeds=read_seeds(node, operation))
        operation = replace(operation, analytics=read_analytics(node, operation))
        operation = self._split(node, operation)
        operation = replace(operation, cases=self._methods(node, operation))
        # What is wrong with it is said of the whole document.
        node.take("security")
        node.close()
        return operation

    def _methods(self, node: Node, operation: Operation) -> tuple[Operation, ...]:
        """Read the narrower methods of an operation."""
        raw = node.child(EXTENSION)
        if raw is None and node.has(EXTENSION):
            node.fail(Fault.INVALID_EXTENSION, "must map names to methods", EXTENSION)
        cases = tuple(self._method(name, child, operation) for name, child in (raw.entries() if raw else ()))
        kinds = next((r.kinds for r in operation.responses if r.kinds), ())
        told = [next((r.shape for r in case.responses if r.status < _LEAST_FAILURE), None) for case in cases]
        if kinds and not all(kind in told for kind in kinds):
            message = "each shape of the reply must be the `reply` of a method in x-methods, whose inputs tell it apart"
            node.fail(Fault.SUCCESS_RESPONSE, message, "responses")
        return cases

    def _method(self, name: str, node: Node, operation: Operation) -> Operation:
        method = read_narrowing(node, operation).apply(name)
        method = self._reply(node, operation, method)
        names = {field.name for field in method.inputs}
        paging = operation.paging if not node.has("reply") else None
        if node.has("x-paging"):
            method = replace(method, paging=self._paging(node, method))
        elif paging is not None and {paging.offset, paging.limit} <= names:
            bounds = tuple(bound for bound in operation.item_bounds if bound.input[0] in names)
            method = replace(method, paging=paging, item_bounds=bounds)
        method = replace(method, seeds=read_seeds(node, method))
        method = self._split(node, method)
        node.close()
        return method

    def _reply(self, node: Node, operation: Operation, method: Operation) -> Operation:
        kinds = next((r.kinds for r in operation.responses if r.kinds), ())
        name = node.text("reply")
        if not name:
            if kinds:
                node.fail(Fault.INVALID_EXTENSION, "must name which of the replies is meant", "reply")
            return method
        known = {kind.component: kind for kind in kinds if isinstance(kind, Object)}
        reference = f"#/components/schemas/{name}"
        try:
            shape = known.get(name) if kinds else self.schemas.named(reference).shape
        except LookupError:
            shape = None
        if shape is None:
            node.fail(Fault.INVALID_EXTENSION, "must name one of the replies, out of components/schemas", "reply")
            return method
        responses = tuple(
            replace(r, shape=shape, kinds=()) if r.status < _LEAST_FAILURE else r for r in method.responses
        )
        return replace(method, responses=responses)

    def _split(self, node: Node, operation: Operation) -> Operation:
        """Read how a long list becomes several requests; its own length is no bound of the input then."""
        raw = node.child("x-split")
        if raw is None:
            if node.has("x-split"):
                node.fail(Fault.INVALID_EXTENSION, "must be a mapping", "x-split")
            return operation
        name = raw.text("input")
        shape = next((field.shape for field in operation.inputs if field.name == name), None)
        size = shape.max_items if isinstance(shape, Array) else None
        if size is None:
            raw.fail(Fault.INVALID_EXTENSION, "must name a list among the inputs that has `maxItems`", "input")
        lists = self._paths_of(raw, "lists", operation, Array)
        split = Split(input=name, size=size or 1, lists=lists, sums=self._paths_of(raw, "sums", operation, Number))
        raw.close()

        def free[F: Field](field: F) -> F:
            if field.name != name or not isinstance(field.shape, Array):
                return field
            return replace(field, shape=replace(field.shape, max_items=None))

        body = operation.body
        if body is not None:
            body = replace(body, shape=replace(body.shape, fields=tuple(map(free, body.shape.fields))))
        return replace(operation, split=split, parameters=tuple(map(free, operation.parameters)), body=body)

    def _paths_of(self, raw: Node, key: str, operation: Operation, kind: type[Shape]) -> tuple[tuple[str, ...], ...]:
        stated = raw.take(key)
        result = next((r.shape for r in operation.responses if r.status < _LEAST_FAILURE), None)
        paths = [tuple(split_pointer(str(pointer))) for pointer in (stated if isinstance(stated, list) else [])]
        for index, path in enumerate(paths):
            if not isinstance(result, Object) or not isinstance(_member(result, path), kind):
                raw.fail(Fault.INVALID_EXTENSION, f"must point at {kind.__name__.lower()}s of the reply", key, index)
        return tuple(paths)

    def _effect(self, node: Node, method: str) -> Effect:
        stated = node.take("x-effect")
        match stated:
            case "read" | "write" | "event":
                return stated
            case _:
                if node.has("x-effect"):
                    node.fail(Fault.INVALID_EXTENSION, "must be read, write or event", "x-effect")
                return _EFFECTS.get(method, "event")

    def _server(self, node: Node, shared: Node | None) -> str | None:
        """Return the server of an operation, its own or its path's, None if that is the document's."""
        here = node if node.has("servers") else shared
        if here is None:
            return None
        url = read_server(here)
        return None if url == self.server else url

    def _input_needs(self, node: Node, operation: Operation) -> tuple[Needs, ...]:
        raw = node.child("x-inputs")
        if raw is None:
            if node.has("x-inputs"):
                node.fail(Fault.INVALID_EXTENSION, "must be a mapping", "x-inputs")
            return ()
        needs = read_needs(raw, operation.inputs)
        if not raw.value:
            node.fail(Fault.INVALID_EXTENSION, "must say which inputs must be given, with anyOf or oneOf", "x-inputs")
        raw.close()
        return needs

    def _parameter(self, node: Node) -> Parameter | None:
        node = self._follow(node, "parameters")
        name, place = node.text("name"), node.text("in")
        schema, json = self._parameter_schema(node)
        description = node.text("description") or schema.shape.description
        notes = (*take_notes(node), *schema.shape.notes)
        required = node.take("required") is True
        location: Literal["path", "query"] = "path" if place == "path" else "query"
        if place not in ("path", "query"):
            node.fail(Fault.UNSUPPORTED_VALUE, "parameters lie in the path or the query", "in")
        if required and schema.default is not None:
            node.fail(Fault.UNSUPPORTED_VALUE, "a required value has no use for a default", "schema", "default")
        self._check_style(node, location, schema.shape, json)
        node.close()
        return Parameter(
            name=name,
            location=location,
            shape=schema.shape,
            description=description,
            notes=notes,
            required=required,
            default=schema.default,
            json=json,
            pointer=node.pointer,
        )

    def _parameter_schema(self, node: Node) -> tuple[Schema, bool]:
        if node.has("content"):
            return self._json_content(node) or Schema(Boolean(pointer=node.pointer)), True
        child = node.child("schema")
        return (self.schemas.read(child) if child is not None else Schema(Boolean(pointer=node.pointer))), False

    def _check_style(self, node: Node, location: str, shape: Shape, json: bool) -> None:
        """Allow the one way of writing each kind of value that the client knows, which is OpenAPI's default."""
        list_like = isinstance(shape, Array)
        plain = shape.items if isinstance(shape, Array) else shape
        if not json and (not _is_primitive(plain) or (list_like and location == "path")):
            message = (
                "only primitive values and, in the query, lists of them; for more write `content: application/json`"
            )
            node.fail(Fault.UNSUPPORTED_VALUE, message, "schema")
        if json and location == "path":
            node.fail(Fault.UNSUPPORTED_VALUE, "a path cannot hold JSON", "content")
        style, explode = node.take("style"), node.take("explode")
        if style not in (None, "simple" if location == "path" else "form"):
            node.fail(Fault.UNSUPPORTED_VALUE, f"the style {style!r} is not supported", "style")
        if list_like and explode is False:
            node.fail(
                Fault.UNSUPPORTED_VALUE, "a list repeats its parameter, `explode: false` is not supported", "explode"
            )
        if node.take("allowReserved") is True:
            node.fail(Fault.UNSUPPORTED_VALUE, "reserved characters are always escaped", "allowReserved")

    def _request_body(self, node: Node, method: str) -> Body | None:
        child = node.child("requestBody")
        if child is None:
            return None
        if method == "GET":
            node.fail(Fault.UNSUPPORTED_VALUE, "Roblox sends no body with GET", "requestBody")
        return self._body(child)

    def _body(self, node: Node) -> Body | None:
        node = self._follow(node, "requestBodies")
        required = node.take("required") is True
        description = node.text("description")
        schema = self._json_content(node)
        node.close()
        if schema is None:
            return None
        if not isinstance(schema.shape, Object):
            node.fail(
                Fault.UNSUPPORTED_VALUE, "a body must be an object with named properties", "content", _JSON, "schema"
            )
            return None
        return Body(shape=schema.shape, required=required, description=description)

    def _responses(self, node: Node) -> tuple[Response, ...]:
        responses: list[Response] = []
        container = node.child("responses") or _nothing(node)
        for status, child in container.entries():
            if _STATUS.match(status):
                responses.append(self._response(int(status), child))
            else:
                container.fail(Fault.UNSUPPORTED_VALUE, "write each status out, such as 404", status)
        self._check_responses(node, responses)
        return tuple(responses)

    def _response(self, status: int, node: Node) -> Response:
        node = self._follow(node, "responses")
        hint = node.take("x-hint")
        if hint is not None and not isinstance(hint, str):
            node.fail(Fault.INVALID_EXTENSION, "must be text", "x-hint")
        node.take("x-examples")
        kinds = self._kinds(node) if status < _LEAST_FAILURE else ()
        schema = self._json_content(node) if node.has("content") and not kinds else None
        shape = schema.shape if schema is not None else None
        if shape is not None and status >= _LEAST_FAILURE and (not isinstance(shape, Object) or shape.nullable):
            message = "the reply of an error must be an object with named properties"
            node.fail(Fault.UNSUPPORTED_VALUE, message, "content", _JSON, "schema")
            shape = None
        description = node.text("description")
        headers = tuple(
            self._header(name, child) for name, child in (node.child("headers") or _nothing(node)).entries()
        )
        if len({header.name.lower() for header in headers}) < len(headers):
            node.fail(Fault.NAME_COLLISION, "two headers differ only in upper and lower case", "headers")
        node.close()
        return Response(
            status=status,
            description=description,
            shape=shape,
            kinds=kinds,
            headers=headers,
            hint=hint if isinstance(hint, str) else None,
        )

    def _kinds(self, node: Node) -> tuple[Shape, ...]:
        """Return the shapes of a reply that is one of several, none if it is just one."""
        media = (node.child("content") or _nothing(node)).child(_JSON)
        schema = media.child("schema") if media is not None else None
        if schema is None or not schema.has("oneOf") or schema.has("type"):
            return ()
        kinds = tuple(self.schemas.read(child).shape for child in schema.children("oneOf"))
        if not all(isinstance(kind, Object) and kind.component is not None for kind in kinds):
            schema.fail(Fault.UNSUPPORTED_VALUE, "each must be a reference to an object of components/schemas", "oneOf")
        schema.text("description")
        schema.close()
        return kinds

    def _header(self, name: str, node: Node) -> Field:
        node = self._follow(node, "headers")
        child = node.child("schema")
        if child is None:
            node.fail(Fault.UNSUPPORTED_VALUE, "a header must have a `schema`", "schema")
        schema = self.schemas.read(child) if child is not None else Schema(Boolean(pointer=node.pointer))
        if not _is_primitive(schema.shape) or schema.shape.nullable:
            node.fail(Fault.UNSUPPORTED_VALUE, "a header holds one primitive value", "schema")
        if node.take("style") not in (None, "simple"):
            node.fail(Fault.UNSUPPORTED_VALUE, "the style of a header is `simple`", "style")
        node.take("explode")
        header = Field(
            name=name,
            shape=schema.shape,
            description=node.text("description") or schema.shape.description,
            notes=(*take_notes(node), *schema.shape.notes),
            required=node.take("required") is True,
            pointer=node.at("schema"),
        )
        node.close()
        return header

    def _check_responses(self, node: Node, responses: list[Response]) -> None:
        successes = [response for response in responses if 200 <= response.status <= 299]
        if len(successes) != 1:
            message = "exactly one 2xx response is needed"
            node.fail(Fault.SUCCESS_RESPONSE, message, "responses")
        for response in successes:
            for part in walk(response.shape) if response.shape is not None else ():
                if isinstance(part, Text) and part.error_text:
                    self.problems.append(
                        Problem(Fault.INVALID_EXTENSION, part.pointer + "/x-error-text", "this reply is no error")
                    )

    def _json_content(self, node: Node) -> Schema | None:
        content = node.child("content") or _nothing(node)
        media = content.child(_JSON)
        if media is None:
            node.fail(Fault.UNSUPPORTED_VALUE, f"the content must be {_JSON}", "content")
            return None
        content.close()
        child = media.child("schema")
        media.close()
        if child is None:
            media.fail(Fault.UNSUPPORTED_VALUE, "the content must have a schema", "schema")
            return None
        return self.schemas.read(child)

    def _check_inputs(self, node: Node, operation: Operation) -> None:
        for name, count in Counter(field.name for field in operation.inputs).items():
            if count > 1:
                node.fail(Fault.NAME_COLLISION, f"{name!r} names more than one input; a call gives them in one table")
        named = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
        if sorted(_TEMPLATE.findall(operation.path)) != sorted(named):
            node.fail(Fault.UNSUPPORTED_VALUE, "the braces of the path and its path parameters differ", "parameters")
        shapes = [parameter.shape for parameter in operation.parameters]
        for shape in (*shapes, *((operation.body.shape,) if operation.body else ())):
            self.problems.extend(check_request(shape))

    def _paging(self, node: Node, operation: Operation) -> Paging | None:
        if not node.has("x-paging"):
            return None
        raw = node.child("x-paging")
        if raw is None:
            node.fail(Fault.INVALID_EXTENSION, "must be a mapping", "x-paging")
            return None
        paging = Paging(
            offset=raw.text("offset"),
            limit=raw.text("limit"),
            items=raw.text("items"),
            total=tuple(split_pointer(raw.text("total"))),
        )
        raw.close()
        numbers = {member.name for member in operation.inputs if isinstance(member.shape, Number)}
        for key, name in (("offset", paging.offset), ("limit", paging.limit)):
            if name not in numbers:
                raw.fail(Fault.INVALID_EXTENSION, "must name a number among the inputs", key)
        result = next((r.shape for r in operation.responses if 200 <= r.status <= 299), None)
        if not isinstance(result, Object) or result.nullable:
            node.fail(Fault.INVALID_EXTENSION, "needs a reply that is an object", "x-paging")
        else:
            items = {f.name for f in result.fields if f.required and isinstance(f.shape, Array)}
            if paging.items not in items:
                raw.fail(Fault.INVALID_EXTENSION, "must name a required list of the reply", "items")
            if not isinstance(_member(result, paging.total), Number):
                raw.fail(Fault.INVALID_EXTENSION, "must point at a number of the reply, such as /meta/total", "total")
        return paging

    def _radio(self, node: Node, operation: Operation) -> Music | None:
        if not node.has("x-radio"):
            return None
        raw = node.child("x-radio")
        if raw is None:
            node.fail(Fault.INVALID_EXTENSION, "must be a mapping", "x-radio")
            return None
        music = Music(filters=raw.text("filters") or None, distinct=raw.text("distinct") or None)
        raw.close()
        if operation.seed is None:
            node.fail(Fault.INVALID_EXTENSION, "the radio needs exactly one required asset id to ask with", "x-radio")
        if operation.page_size is None:
            node.fail(Fault.INVALID_EXTENSION, "the radio needs x-paging with a maximum of the limit", "x-radio")
        kinds = {field.name: field.shape for field in operation.inputs if not field.required}
        if music.filters and not isinstance(kinds.get(music.filters), Object):
            raw.fail(Fault.INVALID_EXTENSION, "must name an optional object among the inputs", "filters")
        if music.distinct and not isinstance(kinds.get(music.distinct), Boolean):
            raw.fail(Fault.INVALID_EXTENSION, "must name an optional boolean among the inputs", "distinct")
        return music

    def _follow(self, node: Node, kind: str) -> Node:
        """Return the node itself, or what it refers to."""
        if not node.has("$ref"):
            return node
        reference = node.text("$ref")
        node.close()
        prefix = f"#/components/{kind}/"
        target = resolve(self.root, reference)
        if not reference.startswith(prefix) or not isinstance(target, dict):
            node.fail(Fault.UNSUPPORTED_VALUE, f"can refer to {prefix}NAME only", "$ref")
            return Node({}, node.pointer, [])
        return self._follow(Node(target, reference[1:], self.problems), kind)


def _merge(shared: list[Parameter], own: list[Parameter]) -> tuple[Parameter, ...]:
    """Return the path item's parameters, each replaced by the operation's own of that name and place, then the rest."""
    mine = {(parameter.name, parameter.location): parameter for parameter in own}
    merged = [mine.pop((parameter.name, parameter.location), parameter) for parameter in shared]
    return (*merged, *(parameter for parameter in own if (parameter.name, parameter.location) in mine))


def _member(shape: Object, path: tuple[str, ...]) -> Shape | None:
    here: Shape | None = shape
    for name in path:
        fields = here.fields if isinstance(here, Object) else ()
        here = next((member.shape for member in fields if member.name == name), None)
    return here


def _is_primitive(shape: Shape) -> bool:
    return isinstance(shape, (Text, Number, Boolean, Either))


def _nothing(node: Node) -> Node:
    return Node({}, node.pointer, node.problems)
