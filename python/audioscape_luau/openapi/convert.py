"""OpenAPI as others write it -> OpenAPI 3.1 as it is read here.

What only is another way to say something is rewritten always. What has no equal here and does no harm if it is gone is
left out only if that is asked for (`lenient`), and told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from audioscape_luau.openapi.credential import rewrite_security
from audioscape_luau.openapi.document import inexact_numbers
from audioscape_luau.openapi.extensions import is_foreign
from audioscape_luau.openapi.merge import inferred_type, merge_all
from audioscape_luau.openapi.needs import is_condition
from audioscape_luau.openapi.pattern import PatternError, read_pattern
from audioscape_luau.openapi.plain import Mapped, is_list, is_map
from audioscape_luau.openapi.problems import Change, Fault, Problem, join_pointer
from audioscape_luau.openapi.references import REF, Kind, resolve
from audioscape_luau.openapi.salvage import used

type Side = Literal["reply", "request"]

_JSON = "application/json"
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_OLD = re.compile(r"3\.0\.[0-9]+(-.*)?\Z")
_SHORT = re.compile(r"3\.[01]\Z")
_JSON_TYPE = re.compile(r"application/([A-Za-z0-9.-]+\+)?json\s*(;.*)?\Z|\*/\*\Z", re.IGNORECASE)
_COMPONENTS = "#/components/schemas/"
# What holds for what the API sends to others, or says where to go on: no call of ours needs it.
_ASIDE = {"callbacks", "links", "webhooks"}
# Says something of a value that the client does not check; the API does.
_UNCHECKED = ("contentEncoding", "contentMediaType", "maxProperties", "minProperties", "multipleOf", "uniqueItems")
_FOR_PEOPLE = ("$comment", "discriminator", "readOnly", "writeOnly", "xml")
_BESIDE_REFERENCE = ("default", "deprecated", "example", "examples", "externalDocs", "nullable", "title")
_EXAMPLES = ("example", "examples")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "maxItems", "maxLength", "maxProperties")
_DISPENSABLE = (*_EXAMPLES, *_BOUNDS, "default", "multipleOf")
_NOT_SAID = {"accept", "authorization", "content-type"}


def version_problem(root: Mapping[str, Any]) -> Problem | None:
    """Return why a document is of no version that can be read."""
    if "swagger" in root and "openapi" not in root:
        message = (
            "this is Swagger 2, of 2014; convert it to OpenAPI 3 first, for example with `npx swagger2openapi` or "
            "with Edit, Convert to OpenAPI 3 at editor.swagger.io"
        )
        return Problem(Fault.SWAGGER_2, "/swagger", message)
    return None


def is_old(root: Mapping[str, Any]) -> bool:
    """Say whether a document is OpenAPI 3.0."""
    version = root.get("openapi")
    return isinstance(version, str) and _OLD.match(version) is not None


def tidy(root: Mapped, *, lenient: bool, changes: list[Change]) -> Mapped:
    """Return a document without what is other tools' or an example: no reference is followed."""
    cleaned = _cleaned(root, Kind.KEYWORDS, "")
    components = cleaned.get("components")
    if is_map(components):
        components.pop("examples", None)
    dialect = cleaned.get("jsonSchemaDialect")
    if isinstance(dialect, str) and dialect.startswith("https://spec.openapis.org/oas/3.1/dialect/"):
        del cleaned["jsonSchemaDialect"]
    version = cleaned.get("openapi")
    if isinstance(version, str) and _SHORT.match(version):
        cleaned["openapi"] = f"{version}.0"
    if lenient:
        _drop_empty_paths(cleaned, changes)
        _write_out_paths(cleaned)
        _drop_inexact(cleaned, "", Kind.KEYWORDS, changes)
        _cut_cycles(cleaned, changes)
        cleaned = used(cleaned)
    return cleaned


def _cleaned(node: Any, kind: Kind, key: str) -> Any:
    if is_list(node):
        return [_cleaned(item, kind, "") for item in node]
    if not is_map(node) or kind is Kind.DATA:
        return node
    # Extensions stand among paths and statuses, but what else has names may be called anything.
    extended = kind is Kind.KEYWORDS or key in {"paths", "responses"}
    found: Mapped = {}
    for name, value in node.items():
        if extended and is_foreign(name, value):
            continue
        if kind is Kind.KEYWORDS and name in _ASIDE and is_map(value):
            continue
        if key == "media" and name in {"example", "examples", "encoding"}:
            continue
        inner = "media" if key == "content" and kind is Kind.NAMES else name
        found[name] = _cleaned(value, kind.below(name, value), inner)
    return found


def _drop_empty_paths(root: Mapped, changes: list[Change]) -> None:
    paths = root.get("paths")
    if not is_map(paths):
        return
    for path in [path for path, item in paths.items() if item is None]:
        del paths[path]
        changes.append(Change(join_pointer("/paths", path), "has no operations"))


def _write_out_paths(root: Mapped) -> None:
    """Put the operations of another path where a path refers to it; one that is there twice has its name once."""
    paths = root.get("paths")
    if not is_map(paths):
        return
    taken = {part.get("operationId") for item in paths.values() if is_map(item) for part in item.values()
             if is_map(part)}  # fmt: skip
    written: Mapped = {}
    for path, stated in paths.items():
        item, way = stated, set[str]()
        while is_map(item) and isinstance(reference := item.get(REF), str) and reference.startswith("#/"):
            try:
                target = resolve(root, reference)
            except LookupError:
                break
            if reference in way or not is_map(target):
                break
            way.add(reference)
            item = {**target, **{key: part for key, part in item.items() if key != REF}}
        if way and is_map(item) and REF not in item:
            item = deepcopy(item)
            for part in (item[method] for method in _METHODS if is_map(item.get(method))):
                if part.get("operationId") in taken:
                    part.pop("operationId", None)
                taken.add(part.get("operationId"))
            written[path] = item
    paths |= written
    components = root.get("components")
    if is_map(components):
        components.pop("pathItems", None)


def _drop_inexact(node: Any, pointer: str, kind: Kind, changes: list[Change]) -> None:
    """Leave out a bound, a default or an example that no number of a client can be."""
    if is_list(node):
        for index, item in enumerate(node):
            _drop_inexact(item, join_pointer(pointer, index), kind, changes)
    if not is_map(node) or kind is Kind.DATA:
        return
    for name, value in list(node.items()):
        here, inner = join_pointer(pointer, name), kind.below(name, value)
        if kind is Kind.KEYWORDS and name in _DISPENSABLE and next(inexact_numbers(value), None) is not None:
            del node[name]
            if name not in _EXAMPLES:
                changes.append(Change(here, "is left out: it is beyond the whole numbers that a client can tell apart"))
        else:
            _drop_inexact(value, here, inner, changes)


def _cut_cycles(root: Mapped, changes: list[Change]) -> None:
    """Make a reference that leads back to the schema that it is in one to an object of anything."""
    components = root.get("components")
    schemas = components.get("schemas") if is_map(components) else None
    if not is_map(schemas):
        return
    done: set[str] = set()

    def visit(node: Any, pointer: str, kind: Kind, way: tuple[str, ...]) -> None:
        if is_list(node):
            for index, item in enumerate(node):
                visit(item, join_pointer(pointer, index), kind, way)
        elif is_map(node) and kind is not Kind.DATA:
            reference = node.get(REF) if kind is Kind.KEYWORDS else None
            if isinstance(reference, str) and reference.startswith(_COMPONENTS):
                name = reference.removeprefix(_COMPONENTS).replace("~1", "/").replace("~0", "~")
                target = schemas.get(name)
                if name in way:
                    node.clear()
                    if not is_map(target) or inferred_type(target) in {"object", None}:
                        node["type"] = "object"
                    changes.append(Change(pointer, f"{name} within itself is taken as an object of anything"))
                elif name not in done and target is not None:
                    visit(target, join_pointer("/components/schemas", name), Kind.KEYWORDS, (*way, name))
                    done.add(name)
            else:
                for key, value in node.items():
                    visit(value, join_pointer(pointer, key), kind.below(key, value), way)

    for name, schema in schemas.items():
        if name not in done:
            visit(schema, join_pointer("/components/schemas", name), Kind.KEYWORDS, (name,))
            done.add(name)


def convert(root: Mapped, *, lenient: bool, changes: list[Change]) -> Mapped:
    """Return a tidy document whose references are sound as OpenAPI 3.1 of the dialect that is read here."""
    return _Converter(root, lenient, changes).document()


@dataclass(slots=True)
class _Converter:
    root: Mapped
    lenient: bool
    changes: list[Change]
    old: bool = False
    _done: dict[tuple[str, Side], Any] = field(default_factory=dict[tuple[str, Side], Any])

    def document(self) -> Mapped:
        self.old = is_old(self.root)
        root: Mapped = {**self.root, "openapi": "3.1.0"} if self.old else dict(self.root)
        if self.lenient:
            self._set_servers(root, "", needed=True)
        components = root.get("components")
        if is_map(components):
            root["components"] = components = dict(components)
            for kind, convert in (
                ("schemas", self._component),
                ("parameters", self._parameter),
                ("requestBodies", self._body),
                ("headers", self._header),
                ("responses", self._response),
            ):
                parts = components.get(kind)
                if is_map(parts):
                    at = f"/components/{kind}"
                    components[kind] = {name: convert(part, join_pointer(at, name)) for name, part in parts.items()}
        paths = root.get("paths")
        if is_map(paths):
            root["paths"] = {path: self._path(path, item) for path, item in paths.items()}
        if self.old and "paths" not in root:
            root["paths"] = {}
        root = rewrite_security(root, self.changes)
        return used(root) if self.lenient else root

    def _told(self, pointer: str, message: str) -> None:
        self.changes.append(Change(pointer, message))

    # Servers, paths and operations.

    def _set_servers(self, holder: Mapped, pointer: str, *, needed: bool) -> None:
        stated = holder.get("servers")
        servers = [one for one in stated if is_map(one)] if is_list(stated) else []
        if not servers and not needed:
            return
        chosen = servers[0] if servers else {"url": "/"}
        url = _plain_url(chosen)
        here = join_pointer(pointer, "servers")
        if url != chosen.get("url") or len(servers) != 1:
            self._told(here, f"{url} is taken for the address of the API; the option `baseUrl` says another")
        holder["servers"] = [{"url": url}]

    def _path(self, path: str, item: Any) -> Any:
        if not is_map(item):
            return item
        pointer = join_pointer("/paths", path)
        made = dict(item)
        if self.lenient:
            self._set_servers(made, pointer, needed=False)
            for word in ("summary", "description"):
                made.pop(word, None)
        shared = made.pop("parameters", None)
        if shared is not None:
            made["parameters"] = self._parameters(shared, join_pointer(pointer, "parameters"))
        for method in _METHODS:
            operation = made.get(method)
            if is_map(operation):
                made[method] = self._operation(operation, join_pointer(pointer, method), made, path, method)
        return made

    def _operation(self, operation: Mapped, pointer: str, item: Mapped, path: str, method: str) -> Mapped:
        made = dict(operation)
        if self.lenient and not made.get("operationId"):
            made["operationId"] = name = _name_of(method, path)
            self._told(pointer, f"has no operationId; its method is called after its path, {name}")
        if self.lenient:
            self._set_servers(made, pointer, needed=False)
        if "parameters" in made:
            made["parameters"] = self._parameters(made["parameters"], join_pointer(pointer, "parameters"))
        if "requestBody" in made:
            made["requestBody"] = self._body(made["requestBody"], join_pointer(pointer, "requestBody"))
        responses = made.get("responses")
        if is_map(responses):
            at = join_pointer(pointer, "responses")
            made["responses"] = self._responses(
                {status: self._response(part, join_pointer(at, status)) for status, part in responses.items()}, at
            )
        if self.lenient:
            self._part_names(made, item, pointer)
        return made

    def _parameters(self, parameters: Any, pointer: str) -> Any:
        if not is_list(parameters):
            return parameters
        made = [
            (self._parameter(one, here), here)
            for one, here in ((one, join_pointer(pointer, index)) for index, one in enumerate(parameters))
        ]
        return [one for one, here in made if not (self.lenient and self._gone(one, here))]

    def _gone(self, made: Any, pointer: str) -> bool:
        """Say whether a parameter cannot be given and need not be."""
        target = self._parameter(self._target(made), "") if is_map(made) and REF in made else made
        if not is_map(target):
            return False
        name, place, required = str(target.get("name")), target.get("in"), target.get("required") is True
        # OpenAPI itself says that these parameters are none.
        if place == "header" and name.lower() in _NOT_SAID:
            return True
        if required:
            return False
        schema = self._target(target.get("schema"))
        kind = schema.get("type") if is_map(schema) else None
        is_list = kind == "array"
        reason = None
        if place in ("header", "cookie"):
            reason = f"no {place} can be given"
        elif target.get("style") not in (None, "form", "simple"):
            reason = f"its style {target.get('style')!r} is not supported"
        elif is_list and target.get("explode") is False:
            reason = "a list in one parameter is not supported"
        elif "schema" in target and (kind is None or kind == "object" or (is_list and not self._is_plain_list(schema))):
            reason = "only primitive values and lists of them can be given"
        if reason:
            self._told(pointer, f"the optional parameter {name!r} cannot be given: {reason}")
        return reason is not None

    def _is_plain_list(self, schema: Any) -> bool:
        items = self._target(schema.get("items")) if is_map(schema) else None
        return is_map(items) and items.get("type") not in (None, "object", "array")

    def _target(self, node: Any) -> Any:
        while is_map(node) and isinstance(node.get(REF), str):
            try:
                node = resolve(self.root, str(node[REF]))
            except LookupError:
                return None
        return node

    def _parameter(self, parameter: Any, pointer: str) -> Any:
        if not is_map(parameter) or REF in parameter:
            return parameter
        made = dict(parameter)
        if "schema" in made:
            made["schema"] = self._schema(made["schema"], join_pointer(pointer, "schema"), "request")
            if self.lenient and made.get("required") is True:
                made["schema"] = self._without_default(made["schema"])
        if "content" in made:
            made["content"] = self._content(made["content"], join_pointer(pointer, "content"), "request")
        if self.lenient:
            for key in ("allowEmptyValue", "allowReserved"):
                made.pop(key, None)
        return made

    def _header(self, header: Any, pointer: str) -> Any:
        if not is_map(header) or "schema" not in header:
            return header
        return {**header, "schema": self._schema(header["schema"], join_pointer(pointer, "schema"), "reply")}

    def _body(self, body: Any, pointer: str) -> Any:
        if not is_map(body) or "content" not in body:
            return body
        return {**body, "content": self._content(body["content"], join_pointer(pointer, "content"), "request")}

    def _response(self, response: Any, pointer: str) -> Any:
        if not is_map(response) or REF in response:
            return response
        made = dict(response)
        if "content" in made:
            made["content"] = self._content(made["content"], join_pointer(pointer, "content"), "reply")
            if self.lenient and made["content"] == {}:
                del made["content"]
        headers = made.get("headers")
        if is_map(headers):
            at = join_pointer(pointer, "headers")
            made["headers"] = {name: self._header(part, join_pointer(at, name)) for name, part in headers.items()}
            if self.lenient:
                made["headers"] = {n: h for n, h in made["headers"].items() if self._is_readable(h, n, pointer)}
        return made

    def _is_readable(self, header: Any, name: str, pointer: str) -> bool:
        target = self._target(header)
        schema = self._target(target.get("schema")) if is_map(target) else None
        kind = schema.get("type") if is_map(schema) else None
        if kind in ("string", "number", "integer", "boolean"):
            return True
        self._told(join_pointer(pointer, "headers", name), "a header that is no primitive value is not read")
        return False

    def _responses(self, responses: Mapped, pointer: str) -> Mapped:
        """Leave out what is said of no status in particular, and what a failure's body is if that is no object."""
        if not self.lenient:
            return responses
        made = dict(responses)
        known = [status for status in made if status[:1] == "2"]
        for status in [s for s in made if not re.fullmatch("[1-5][0-9][0-9]", s)]:
            if not known and (status == "2XX" or (status == "default" and not _is_failure(made[status]))):
                known = ["200"]
                made["200"] = made[status]
                self._told(join_pointer(pointer, status), "is taken for 200")
            else:
                self._told(join_pointer(pointer, status), "what it says of several statuses is left out")
            del made[status]
        told = {status: self._reply_of(made[status]) for status in known if status in made}
        first, *others = told or {"": None}
        for status in others:
            if told[status] == told[first]:
                self._told(join_pointer(pointer, status), f"is the same as {first}")
                del made[status]
        for status, response in made.items():
            if status[:1] != "2" and not self._is_readable_failure(response):
                made[status] = {"description": str(self._target(response).get("description", ""))}
        return made

    def _reply_of(self, response: Any) -> Any:
        target = self._target(response)
        return target.get("content") if is_map(target) else None

    def _is_readable_failure(self, response: Any) -> bool:
        target = self._target(response)
        if not is_map(target) or "content" not in target:
            return True
        content = self._content(target["content"], "", "reply")
        media = content.get(_JSON) if is_map(content) else None
        schema = media.get("schema") if is_map(media) else None
        if is_map(schema) and isinstance(schema.get(REF), str):
            schema = self._resolved(str(schema[REF]), "reply")
        return is_map(schema) and schema.get("type") == "object" and bool(schema.get("properties"))

    def _content(self, content: Any, pointer: str, side: Side) -> Any:
        """Return the one kind of content that is read, JSON under its plain name, if there is any."""
        if not is_map(content):
            return content
        plain = next((name for name in content if name == _JSON), None)
        name = plain or next((n for n in content if _JSON_TYPE.match(n) and "patch" not in n), None)
        if name is None or (not self.lenient and plain is None):
            return content
        made: Mapped = dict(content)
        media = content[name]
        if is_map(media) and "schema" in media:
            at = join_pointer(pointer, name, "schema")
            made[name] = {**media, "schema": self._schema(media["schema"], at, side)}
        if self.lenient:
            for other in content:
                if other != name:
                    self._told(join_pointer(pointer, other), "is left out: JSON is written and read")
            made = {_JSON: made[name]}
        return made

    def _part_names(self, operation: Mapped, item: Mapped, pointer: str) -> None:
        """Leave out an optional field of the body that is called like a parameter: a call gives all in one table."""
        holders = [operation.get("parameters"), item.get("parameters")]
        targets = [self._target(one) for holder in holders if is_list(holder) for one in holder]
        names = {str(target.get("name")) for target in targets if is_map(target)}
        stated = operation.get("requestBody")
        body = self._body(self._target(stated), pointer) if is_map(stated) and REF in stated else stated
        content = body.get("content") if is_map(body) else None
        media = content.get(_JSON) if is_map(content) else None
        schema = media.get("schema") if is_map(media) else None
        target = schema
        if is_map(schema) and isinstance(schema.get(REF), str):
            target = self._resolved(str(schema[REF]), "request")
        properties = target.get("properties") if is_map(target) else None
        if not is_map(body) or not is_map(media) or not is_map(target) or not is_map(properties):
            return
        required = target.get("required")
        same = [n for n in properties if n in names and not (is_list(required) and n in required)]
        if not same:
            return
        kept = {name: part for name, part in properties.items() if name not in same}
        made = {**target, "properties": kept}
        operation["requestBody"] = {**body, "content": {_JSON: {**media, "schema": made}}}
        for name in same:
            self._told(pointer, f"the body's {name!r} cannot be given, a parameter is called so")

    # Schemas.

    def _component(self, schema: Any, pointer: str) -> Any:
        return self._schema(schema, pointer, "reply")

    def _schema(self, schema: Any, pointer: str, side: Side) -> Any:
        if not is_map(schema):
            return {} if schema is True and self.lenient else schema
        if isinstance(schema.get(REF), str):
            return self._reference(schema, side)
        made = dict(schema)
        if "allOf" in made:
            merged = merge_all(self.root, made)
            if merged is not None:
                if REF in merged:
                    return self._reference(merged, side)
                made = merged
        self._alternatives(made)
        if self.old:
            _renew_bounds(made)
        if "type" not in made and (kind := inferred_type(made)) is not None:
            made["type"] = kind
        nullable = made.pop("nullable", None) if self.old or self.lenient else None
        if nullable is True and isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
            values = made.get("enum")
            if is_list(values) and None not in values:
                made["enum"] = [*values, None]
        if "const" in made and "enum" not in made and isinstance(made["const"], str | int | float):
            made["enum"] = [made.pop("const")]
        if self.lenient:
            self._ease(made, pointer, side)
        self._inner(made, pointer, side)
        return made

    def _reference(self, schema: Mapped, side: Side) -> Any:
        reference = str(schema[REF])
        made: Mapped = dict(schema)
        if self.old or self.lenient:
            # OpenAPI 3.0 reads nothing that stands beside a reference.
            made = {key: part for key, part in made.items() if key in (REF, "description")}
        if not self.lenient or not reference.startswith(_COMPONENTS):
            return made
        if schema.get("nullable") is True and side == "reply":
            target = self._resolved(reference, side)
            return {**target, "type": _with_null(target.get("type"))} if is_map(target) else made
        target = self._resolved(reference, side)
        if side == "request" and target != self._resolved(reference, "reply"):
            return target
        return made

    def _resolved(self, reference: str, side: Side) -> Any:
        key = reference, side
        if key not in self._done:
            muted = _Converter(self.root, self.lenient, [], self.old, self._done)
            self._done[key] = muted._schema(resolve(self.root, reference), reference[1:], side)
        found = self._done[key]
        while is_map(found) and isinstance(found.get(REF), str):
            found = self._resolved(str(found[REF]), side)
        return found

    def _inner(self, made: Mapped, pointer: str, side: Side) -> None:
        properties = made.get("properties")
        if is_map(properties):
            at = join_pointer(pointer, "properties")
            made["properties"] = {n: self._schema(part, join_pointer(at, n), side) for n, part in properties.items()}
            if self.lenient:
                self._ease_properties(made, properties, pointer, side)
        for key in ("items", "additionalProperties"):
            if is_map(made.get(key)):
                made[key] = self._schema(made[key], join_pointer(pointer, key), side)
        for key in ("anyOf", "oneOf", "allOf"):
            parts = made.get(key)
            if is_list(parts) and not all(_is_need(part) or is_condition(part) for part in parts):
                at = join_pointer(pointer, key)
                made[key] = [self._schema(part, join_pointer(at, index), side) for index, part in enumerate(parts)]
        if self.lenient and made.get("additionalProperties") == {}:
            made["additionalProperties"] = True
        if self.lenient and made.get("type") in ("object", ["object", "null"]) and made.get("properties"):
            made.pop("additionalProperties", None)
        if self.lenient and side == "reply" and made.get("properties") == {}:
            del made["properties"]
            made.pop("required", None)

    def _alternatives(self, made: Mapped) -> None:
        """Take null out of alternatives, and make one type of several that are primitive."""
        for key in ("anyOf", "oneOf"):
            parts = made.get(key)
            if not is_list(parts) or "type" in made or not all(is_map(part) for part in parts):
                continue
            options = [part for part in parts if part != {"type": "null"}]
            if not options:
                continue
            is_null = len(options) < len(parts)
            if len(options) == 1 and is_null:
                del made[key]
                inner = merge_all(self.root, {"allOf": [options[0]]}, inline=True)
                for name, value in (inner or {}).items():
                    made.setdefault(name, value)
                made["type"] = _with_null(made.get("type") or inferred_type(made))
            elif all(set(option) == {"type"} and option["type"] in _PRIMITIVES for option in options):
                del made[key]
                kinds = list(dict.fromkeys(str(option["type"]) for option in options))
                made["type"] = [*kinds, *(["null"] if is_null else [])] if len(kinds) > 1 or is_null else kinds[0]

    def _ease(self, made: Mapped, pointer: str, side: Side) -> None:
        """Leave out what has no equal here."""
        for key in _FOR_PEOPLE:
            made.pop(key, None)
        for key in _UNCHECKED:
            if key in made:
                del made[key]
                self._told(pointer, f"{key!r} is not checked")
        kind = made.get("type")
        kinds = [one for one in kind if one != "null"] if is_list(kind) else [kind]
        if side == "request" and is_list(kind) and "null" in kind:
            made["type"] = kinds[0] if len(kinds) == 1 else kinds
            values = made.get("enum")
            if is_list(values):
                made["enum"] = [value for value in values if value is not None]
        pattern = made.get("pattern")
        if isinstance(pattern, str):
            try:
                read_pattern(pattern)
            except PatternError as error:
                del made["pattern"]
                self._told(pointer, f"the pattern is not checked: it {error}")
        values = made.get("enum")
        if is_list(values) and (kinds == ["boolean"] or kinds[0] in ("object", "array") or len(kinds) > 1):
            del made["enum"]
        if is_list(values) and kinds == ["string"] and any(isinstance(v, int | float) for v in values):
            del made["enum"]
        for key in _MISPLACED.get(str(kinds[0]), ()):
            made.pop(key, None)
        if kinds in (["number"], ["integer"]):
            for key in ("minLength", "maxLength", "pattern"):
                made.pop(key, None)
        if "default" in made and not _is_default(made, kinds):
            default = made.pop("default")
            if default is not None:
                self._told(pointer, f"the default {default!r:.40} is left out: it is no value of its schema")
        for key in ("anyOf", "oneOf", "not"):
            parts = made.get(key)
            needs = is_list(parts) and all(_is_need(part) for part in parts)
            if parts is not None and "properties" in made and (side == "reply" or key == "not" or not needs):
                del made[key]
                self._told(pointer, f"{key!r} is not checked")
            elif parts is not None and made.get("type") in _PRIMITIVES:
                del made[key]
        self._ease_conditions(made, pointer, side)

    def _ease_conditions(self, made: Mapped, pointer: str, side: Side) -> None:
        """Leave out what a value makes necessary, unless a request can be checked for that."""
        for key in ("if", "then", "else", "allOf"):
            stated = made.get(key)
            if stated is None:
                continue
            if key != "allOf":
                parts = [{name: made[name] for name in ("if", "then", "else") if name in made}]
            elif is_list(stated) and all(is_map(part) and "if" in part for part in stated):
                parts = stated
            else:
                continue
            kept = [part for part in parts if side == "request" and _is_plain_condition(part, made)]
            if len(kept) == len(parts):
                continue
            self._told(pointer, "what is needed beside certain values is not checked")
            for name in (key,) if key == "allOf" else ("if", "then", "else"):
                made.pop(name, None)
            if kept:
                made[key] = kept

    def _ease_properties(self, made: Mapped, raw: Mapping[str, Any], pointer: str, side: Side) -> None:
        properties: Mapped = made["properties"]
        stated = made.get("required")
        required = [name for name in stated if isinstance(name, str)] if is_list(stated) else []
        hidden = "readOnly" if side == "request" else "writeOnly"
        for name in list(properties):
            flags = self._target(raw[name])
            here = join_pointer(pointer, "properties", name)
            mine = raw[name]
            is_hidden = any(is_map(one) and one.get(hidden) is True for one in (mine, flags))
            if is_hidden:
                del properties[name]
            elif name not in required and self._is_anything(properties[name], side):
                del properties[name]
                self._told(here, "is of no type that can be told; it is not typed, and cannot be given in a request")
            elif name in required:
                properties[name] = self._without_default(properties[name])
        if is_list(stated):
            kept = [name for name in dict.fromkeys(required) if name in properties]
            if kept:
                made["required"] = kept
            else:
                made.pop("required", None)

    def _is_anything(self, schema: Any, side: Side) -> bool:
        if is_map(schema) and isinstance(schema.get(REF), str):
            schema = self._resolved(str(schema[REF]), side)
        if not is_map(schema):
            return True
        kind = schema.get("type")
        if kind is None or (is_list(kind) and _is_mixed(kind)):
            return True
        kinds = kind if is_list(kind) else [kind]
        if "array" in kinds:
            return self._is_anything(schema.get("items"), side)
        if "object" in kinds and not schema.get("properties"):
            extra = schema.get("additionalProperties")
            if is_map(extra):
                return self._is_anything(extra, side)
            return side == "request"
        return False

    def _without_default(self, schema: Any) -> Any:
        if not is_map(schema):
            return schema
        if isinstance(schema.get(REF), str):
            target = self._target(schema)
            if not is_map(target) or "default" not in target:
                return schema
            schema = self._resolved(str(schema[REF]), "reply")
        return {key: value for key, value in schema.items() if key != "default"}


_PRIMITIVES = ("string", "number", "integer", "boolean")
_TEXTS = ("minLength", "maxLength", "pattern")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_LISTS = ("items", "minItems", "maxItems")
_OBJECTS = ("properties", "required", "additionalProperties")
_MISPLACED: Mapping[str, Sequence[str]] = {
    "string": (*_NUMBERS, *_LISTS, *_OBJECTS),
    "number": (*_TEXTS, *_LISTS, *_OBJECTS),
    "integer": (*_TEXTS, *_LISTS, *_OBJECTS),
    "boolean": (*_TEXTS, *_NUMBERS, *_LISTS, *_OBJECTS),
    "array": (*_TEXTS, *_NUMBERS, *_OBJECTS),
    "object": (*_TEXTS, *_NUMBERS, *_LISTS),
}


def _renew_bounds(made: Mapped) -> None:
    """Write the bounds of 3.0, where a flag says that a bound is none of the range, as those of 3.1."""
    for bound, flag in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        stated = made.get(flag)
        if isinstance(stated, bool):
            del made[flag]
            if stated and bound in made:
                made[flag] = made.pop(bound)


def _with_null(kind: Any) -> Any:
    kinds = kind if is_list(kind) else [kind] if kind is not None else []
    return [*kinds, *([] if "null" in kinds else ["null"])]


def _is_mixed(kinds: Sequence[Any]) -> bool:
    stated = [kind for kind in kinds if kind != "null"]
    return not stated or (len(stated) > 1 and any(kind not in _PRIMITIVES for kind in stated))


def _is_need(part: Any) -> bool:
    """Say whether an alternative only says which fields must be there."""
    return is_map(part) and "required" in part and not part.keys() - {"required", "properties"}


def _is_plain_condition(part: Any, schema: Mapped) -> bool:
    """Say whether a client can check what another field's value makes necessary."""
    described = schema.get("properties")
    match part:
        case {"if": {"properties": {**asked}}, "then": {"required": [*needed], **rest}} if len(asked) == 1 and not rest:
            ((name, about),) = asked.items()
            own: Any = described.get(name) if is_map(described) else None
            return (
                "else" not in part
                and is_map(described)
                and is_map(own)
                and own.get("type") in ("string", "number", "integer")
                and is_map(about)
                and ("enum" in about or "const" in about)
                and all(one in described for one in needed)
                and name in (*_names(schema.get("required")), *_names(part["if"].get("required")))
            )
        case _:
            return False


def _names(value: Any) -> Sequence[Any]:
    return value if is_list(value) else ()


def _is_of(value: Any, kinds: Sequence[Any]) -> bool:
    match value:
        case bool():
            return "boolean" in kinds
        case str():
            return "string" in kinds
        case int() | float():
            return "number" in kinds or ("integer" in kinds and value == int(value))
        case _:
            return False


def _is_default(schema: Mapped, kinds: Sequence[Any]) -> bool:
    """Say whether the default of a schema is one of its values."""
    from openapi_schema_validator import OAS31Validator, oas31_format_checker  # slow to import, and seldom needed

    value = schema["default"]
    if not _is_of(value, kinds):
        return False
    pattern = schema.get("pattern")
    if isinstance(value, str) and isinstance(pattern, str) and not read_pattern(pattern).matches(value):
        return False
    stated = {key: schema[key] for key in ("enum", "format", *_TEXTS[:2], *_NUMBERS) if key in schema}
    try:
        return OAS31Validator(stated, format_checker=oas31_format_checker).is_valid(value)
    except TypeError:
        # What is wrong with the schema itself is told later.
        return True


def _is_failure(response: Any) -> bool:
    text = str(response.get("description", "")) if is_map(response) else ""
    return re.search(r"error|fail|unexpected|problem", text, re.IGNORECASE) is not None


def _plain_url(server: Mapped) -> str:
    """Return a server's address with its variables filled in, on https."""
    url, variables = str(server.get("url", "/")), server.get("variables")
    for name, variable in variables.items() if is_map(variables) else ():
        default = variable.get("default") if is_map(variable) else None
        url = url.replace(f"{{{name}}}", str(default if default is not None else ""))
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if not parts.netloc:
        return f"http://localhost{path if path.startswith('/') or not path else '/' + path}"
    local = parts.hostname in ("localhost", "127.0.0.1")
    return urlunsplit((parts.scheme if local else "https", parts.netloc, path, "", ""))


def _name_of(method: str, path: str) -> str:
    words = re.findall("[A-Za-z0-9]+", path)
    return method + "".join(word[0].upper() + word[1:] for word in words)
