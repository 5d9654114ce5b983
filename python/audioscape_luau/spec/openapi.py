"""The OpenAPI standard's own rules, by openapi-spec-validator, with the places that it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from jsonschema.exceptions import ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.keywords import OpenAPIV31SchemaValidator, OperationValidator

from audioscape_luau.spec.model import Json
from audioscape_luau.spec.problems import Fault, Problem, join_pointer
from audioscape_luau.spec.references import resolve, step

_VERSION = re.compile(r"3\.1\.[0-9]+\Z")
_MESSAGE_LENGTH = 300
_PLACED = "placed"


def check_openapi(root: dict[str, Json]) -> Iterator[Problem]:
    """Yield what OpenAPI 3.1 finds wrong with a document whose references are sound."""
    version = root.get("openapi")
    if not isinstance(version, str) or not _VERSION.match(version):
        yield Problem(Fault.UNSUPPORTED_VALUE, "/openapi", "the version must be 3.1.x")
        return
    try:
        for error in _Validator(root).iter_errors():
            yield Problem(Fault.INVALID_OPENAPI, _pointer(root, error.absolute_path), error.message[:_MESSAGE_LENGTH])
    except ValueError as error:
        # The validator reads paths as Python's format strings, which need not be sound.
        yield Problem(Fault.INVALID_OPENAPI, "/paths", str(error))


def _place(errors: Iterator[ValidationError], parts: Sequence[str | int]) -> Iterator[ValidationError]:
    """Put the place of what was checked before the place within it, once."""
    for error in errors:
        if not hasattr(error, _PLACED):
            error.relative_path.extendleft(reversed(parts))
            setattr(error, _PLACED, True)
        yield error


class _SchemaValidator(OpenAPIV31SchemaValidator):
    def __call__(self, schema: Any, require_properties: bool = True, meta_checked: bool = False) -> Iterator[Any]:
        yield from _place(super().__call__(schema, require_properties, meta_checked), schema.parts)


class _OperationValidator(OperationValidator):
    def __call__(self, url: str, name: str, operation: Any, path_parameters: Any) -> Iterator[Any]:
        yield from _place(super().__call__(url, name, operation, path_parameters), operation.parts)


class _Validator(OpenAPIV31SpecValidator):
    keyword_validators: ClassVar = {
        **OpenAPIV31SpecValidator.keyword_validators,
        "schema": _SchemaValidator,
        "operation": _OperationValidator,
    }


def _pointer(root: dict[str, Json], parts: Sequence[str | int]) -> str:
    """Return the pointer of a place that was reached through references."""
    node: Json = root
    pointer = ""
    for part in parts:
        node, pointer = _follow(root, node, pointer, part)
        pointer = join_pointer(pointer, part)
        with suppress(LookupError):
            node = step(node, part)
    return pointer


def _follow(root: dict[str, Json], node: Json, pointer: str, part: str | int) -> tuple[Json, str]:
    """Return the mapping that has the next part, and its pointer, if this one only refers to it."""
    if isinstance(node, dict) and "$ref" in node and part not in node:
        target = str(node["$ref"])
        return _follow(root, resolve(root, target), target[1:], part)
    return node, pointer
