"""A specification's file -> the API model, or all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from audioscape_luau.openapi.convert import convert, tidy, version_problem
from audioscape_luau.openapi.credential import PREFIX, security_problems
from audioscape_luau.openapi.document import Document, inexact_numbers, read_document
from audioscape_luau.openapi.examples import attach_examples, lend_requests
from audioscape_luau.openapi.model import ApiModel, Choice, Identity, Json, Missing, Object, Operation, Text, walk
from audioscape_luau.openapi.node import Node
from audioscape_luau.openapi.notes import take_imprint, take_notes
from audioscape_luau.openapi.operations import OperationReader
from audioscape_luau.openapi.problems import Change, Fault, LeftOut, Problem, SpecError, split_pointer
from audioscape_luau.openapi.references import check_references, step
from audioscape_luau.openapi.salvage import without
from audioscape_luau.openapi.schemas import SchemaReader
from audioscape_luau.openapi.servers import read_server

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
_PREFIX = re.compile(r"[!-~]+ \Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# The client writes this one for bodies.
_CONTENT_TYPE = "content-type"


type Check = Callable[[ApiModel], Iterable[Problem]]
"""What else can be wrong with a model for somebody who makes something of it."""


def load(
    path: Path, *, skip_unsupported: bool = False, further: Check | None = None, is_openapi: bool = False
) -> ApiModel:
    """Read, validate and model a specification.

    Args:
        path: its file.
        skip_unsupported: leave out operations that are not understood, and what does no harm if it is gone.
        further: what else is to be checked, once there is a model.
        is_openapi: it is known to keep OpenAPI's own rules, as the one does that ships; to ask takes most of the time.

    Raises:
        SpecError: with every problem that any stage finds: references, OpenAPI, our subset of it, examples, and those
            that `further` finds. What is wrong with its format, or with the document as a whole, is found first.
    """
    document = read_document(path)
    if (problem := version_problem(document.root)) is not None:
        raise SpecError([problem])
    changes: list[Change] = []
    whole = tidy(document.root, lenient=skip_unsupported, changes=changes)
    rest, found = whole, list[Problem]()
    left_out: dict[str, list[Problem]] = {}
    while True:
        converted = rest
        problems = [*inexact_numbers(rest), *check_references(rest)]
        told: list[Change] = []
        model: ApiModel | None = None
        if not problems:
            converted = convert(rest, lenient=skip_unsupported, changes=told)
            problems, model = _stages(replace(document, root=converted), further, is_openapi=is_openapi)
        if model is not None and not problems:
            break
        found += [problem for problem in dict.fromkeys(problems) if problem not in found]
        # One that is too large is told of one place, and there are others.
        is_hopeless = not skip_unsupported and any(problem.fault is Fault.TOO_LARGE for problem in problems)
        shorter = None if is_hopeless else without(rest, converted, problems, left_out, lenient=skip_unsupported)
        if shorter is None:
            raise _error(found, converted)
        rest = shorter
    if found and not skip_unsupported:
        raise _error(found, whole)
    if found and not model.operations:
        raise SpecError(_error(found, whole).problems, _left_out(left_out, whole))
    return replace(
        model,
        changes=tuple(dict.fromkeys([*changes, *told])),
        left_out=tuple(_left_out(left_out, whole)),
    )


def _stages(document: Document, further: Check | None, *, is_openapi: bool) -> tuple[list[Problem], ApiModel | None]:
    """Return what the first stage that finds any problems finds, and the model unless there is none yet."""
    problems = list[Problem]()
    if not is_openapi:
        # Its validator takes as long to import as the rest of a command.
        from audioscape_luau.openapi.openapi import check_openapi

        problems += check_openapi(document.root)
    if problems:
        return problems, None
    model = _read(document, problems)
    if problems:
        return problems, None
    operations = attach_examples(model.operations, document.root, document.folder, problems)
    if problems:
        return problems, None
    model = _finished(model, operations)
    return list(further(model)) if further else [], model


def _finished(model: ApiModel, operations: Sequence[Operation]) -> ApiModel:
    return replace(
        model,
        operations=tuple(_spread(operations)),
        choices=tuple(_choices(operations)),
        replaced=tuple(route for route in operations if _is_replaced(route)),
    )


def _is_replaced(route: Operation) -> bool:
    """Whether a narrower method has the route's own name, so that there is no other of it."""
    return any(case.id == route.id for case in route.cases)


def _spread(routes: Iterable[Operation]) -> Iterator[Operation]:
    """Yield each operation, and each of its narrower methods with the examples that are its own."""
    for route in routes:
        if not route.success.kinds and not _is_replaced(route):
            yield route
        for case in route.cases:
            fixed = {field.name for field in case.fields if field.fixed is not None}
            own = [
                replace(example, request={n: v for n, v in example.request.items() if n not in fixed})
                for example in route.examples
                if example.of_any or case.fits(example.request)
            ]
            yield replace(case, examples=tuple(lend_requests(own, case.success.status)))


def _choices(routes: Iterable[Operation]) -> Iterator[Choice]:
    for route in routes:
        if route.success.kinds and not _is_replaced(route):
            yield Choice(operation=route, cases=tuple(case.id for case in route.cases))


def _left_out(operations: Mapping[str, Sequence[Problem]], root: dict[str, Json]) -> Iterator[LeftOut]:
    for pointer in sorted(operations, key=lambda pointer: _position(root, pointer)):
        _, path, method = split_pointer(pointer)
        yield LeftOut(f"{method.upper()} {path}", tuple(operations[pointer]))


def _error(problems: Iterable[Problem], root: dict[str, Json]) -> SpecError:
    """Return an error with the problems, each once, in the order of the document."""
    found = list(dict.fromkeys(problems))
    return SpecError(sorted(found, key=lambda problem: _position(root, problem.pointer)))


def _position(root: dict[str, Json], pointer: str) -> list[int]:
    """Return where a pointer's place stands among its siblings, on each level; what is missing comes first."""
    position: list[int] = []
    node: Json = root
    for token in split_pointer(pointer):
        try:
            inner = step(node, token)
        except LookupError:
            break
        position.append(list(node).index(token) if isinstance(node, dict) else int(token))
        node = inner
    return position


def _read(document: Document, problems: list[Problem]) -> ApiModel:
    root = Node(document.root, "", problems)
    root.take("openapi")
    info = root.child("info") or Node({}, "/info", problems)
    components = root.child("components") or Node({}, "/components", problems)
    schemas = SchemaReader(document.root, problems)
    server_url = read_server(root)
    reader = OperationReader(document.root, problems, schemas, server_url)
    api_key_header, api_key_prefix = _credential(root, components)
    problems.extend(security_problems(document.root))
    operations = reader.read_paths(root.child("paths") or Node({}, "/paths", problems))
    reader.read_components(components)
    components.close()
    model = ApiModel(
        title=info.text("title"),
        version=info.text("version"),
        description=info.text("description") or info.text("summary"),
        notes=(*take_imprint(info), *take_notes(root)),
        server_url=server_url,
        api_key_header=api_key_header,
        api_key_prefix=api_key_prefix,
        identity=_identity(root, api_key_header),
        missing=tuple(_missing(root)),
        operations=tuple(operations),
        schemas=schemas.objects(),
        error_texts=_error_texts(operations),
        digest=document.digest,
        raw=document.root,
    )
    info.take("summary")
    info.close()
    root.close()
    return model


def _credential(root: Node, components: Node) -> tuple[str, str]:
    """Return the header of the one API key that guards every operation, and what stands before the key there."""
    schemes = components.child("securitySchemes") or Node({}, components.at("securitySchemes"), root.problems)
    found = prefix = ""
    for _, scheme in schemes.entries():
        scheme.text("description")
        found = scheme.text("name")
        if scheme.take("type") != "apiKey" or scheme.take("in") != "header" or not _HEADER.match(found):
            scheme.fail(Fault.UNSUPPORTED_VALUE, "the only supported scheme is an API key in a header")
        prefix = scheme.text(PREFIX)
        if scheme.has(PREFIX) and not _PREFIX.match(prefix):
            scheme.fail(Fault.INVALID_EXTENSION, "must be what stands before the key, such as 'Bearer '", PREFIX)
        scheme.close()
    names = list(schemes.value)
    wanted: Json = [{name: []} for name in names]
    if len(names) != 1 or root.take("security") != wanted:
        message = "exactly one scheme is needed, and `security` must ask for it everywhere"
        root.fail(Fault.UNSUPPORTED_VALUE, message, "security")
    return found, prefix


def _identity(root: Node, api_key_header: str) -> Identity:
    """Return the headers that say for whom a request is."""
    if not root.has("x-identity"):
        return Identity()
    node = root.child("x-identity")
    if node is None or not node.value:
        root.fail(
            Fault.INVALID_EXTENSION, "must name the header of the universe, the place or the player", "x-identity"
        )
        return Identity()
    taken = {_CONTENT_TYPE, api_key_header.lower()}
    found: dict[str, str] = {}
    for who in ("universe", "place", "player"):
        if not node.has(who):
            continue
        header = node.text(who)
        if not _HEADER.match(header):
            node.fail(Fault.INVALID_EXTENSION, "must be the name of a header", who)
        elif header.lower() in taken:
            node.fail(Fault.NAME_COLLISION, f"the header {header} says something else already", who)
        taken.add(header.lower())
        found[who] = header
    node.close()
    return Identity(**found)


def _missing(root: Node) -> Iterator[Missing]:
    """Yield the methods that people look for."""
    found: set[str] = set()
    stated, nodes = root.value.get("x-missing-methods"), root.children("x-missing-methods")
    if root.has("x-missing-methods") and not (isinstance(stated, list) and 0 < len(nodes) == len(stated)):
        root.fail(Fault.INVALID_EXTENSION, "must list methods and what to do instead", "x-missing-methods")
    for node in nodes:
        names, operation, instead = node.take("methods"), node.text("operation"), node.text("instead")
        if not isinstance(names, list) or not names or not all(_is_name(name) for name in names):
            node.fail(Fault.INVALID_EXTENSION, "must be names of methods", "methods")
        elif not instead:
            node.fail(Fault.INVALID_EXTENSION, "must say what to do instead", "instead")
        else:
            for index, name in enumerate(cast("list[str]", names)):
                if name in found:
                    node.fail(Fault.NAME_COLLISION, f"{name!r} is listed before", "methods", index)
                found.add(name)
                yield Missing(name=name, operation=operation or None, instead=instead)
        node.close()


def _is_name(value: Json) -> bool:
    return isinstance(value, str) and _NAME.match(value) is not None


def _error_texts(operations: list[Operation]) -> tuple[str, ...]:
    """Return the texts of error bodies, in the order in which the document's failures name them."""
    names: dict[str, None] = {}
    for operation in operations:
        for response in operation.failures:
            for part in walk(response.shape) if response.shape is not None else ():
                if isinstance(part, Object):
                    names |= {f.name: None for f in part.fields if isinstance(f.shape, Text) and f.shape.error_text}
    return tuple(names)
