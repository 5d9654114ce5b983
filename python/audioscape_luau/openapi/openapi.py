"""The OpenAPI standard's own rules, by openapi-spec-validator, with the places that it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, NoReturn

from jsonschema.exceptions import ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.validation.keywords import OpenAPIV31SchemaValidator, OperationValidator

from audioscape_luau.openapi.model import Json
from audioscape_luau.openapi.problems import Fault, Problem, join_pointer
from audioscape_luau.openapi.references import REF, Kind, resolve, step
from audioscape_luau.openapi.schemas import ASSET_ID_PATTERN

_VERSION = re.compile(r"3\.1\.[0-9]+\Z")
_MESSAGE_LENGTH = 300
_PLACED = "placed"
# What stands for a `$ref` that is data, or the author's name for something: the validator would follow any.
_NO_REF = "$ref\N{UP TACK}"
# Keywords that would have the validator look elsewhere, or try a pattern without end. None of them is supported, as is
# said later.
_HIDDEN = frozenset(
    {
        "$anchor",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$schema",
        "$vocabulary",
        "jsonSchemaDialect",
        "patternProperties",
    }
)


def check_openapi(root: dict[str, Json]) -> Iterator[Problem]:
    """Yield what OpenAPI 3.1 finds wrong with a document whose references are sound."""
    version = root.get("openapi")
    if not isinstance(version, str) or not _VERSION.match(version):
        yield Problem(Fault.UNSUPPORTED_VALUE, "/openapi", "the version must be 3.0.x or 3.1.x")
        return
    shown = _shown(root, Kind.KEYWORDS)
    try:
        for error in _errors(_Validator(shown)):
            message = error.message.partition("\n")[0][:_MESSAGE_LENGTH].replace(_NO_REF, REF)
            pointer = _pointer(shown, error.absolute_path).replace(_NO_REF, REF)
            yield Problem(Fault.INVALID_OPENAPI, pointer, message)
    except ValueError as error:
        # The validator reads paths as Python's format strings, which need not be sound.
        yield Problem(Fault.INVALID_OPENAPI, "/paths", str(error))
    except RecursionError:
        yield Problem(Fault.TOO_LARGE, "", "something is nested too deep for the validator")
    except Exception as error:
        # It is somebody else's, and a document may hold anything: what it stumbles over is no sound OpenAPI.
        yield Problem(Fault.INVALID_OPENAPI, "", _stumbles(error)[:_MESSAGE_LENGTH])


def _stumbles(error: Exception) -> str:
    return f"the validator stumbles over something here: {type(error).__name__}: {error}"


def _errors(validator: _Validator) -> Iterator[ValidationError]:
    """Yield what is wrong with a document: with its form, or else with what it says."""
    form = list(validator.schema_validator.iter_errors(validator.schema))
    found = form or list(validator.root_validator(validator.schema_path))
    # What the validator stumbles over is mostly told better by another of its checks.
    yield from [error for error in found if not isinstance(error, _StumbleError)] or found


def _shown(node: Json, kind: Kind) -> Any:
    """Return what the validator may see: all but what could lead it elsewhere."""
    if isinstance(node, list):
        return [_shown(item, kind) for item in node]
    if not isinstance(node, dict):
        return node
    keywords = kind is Kind.KEYWORDS
    return {
        _NO_REF if key == REF and not keywords else key: _shown(value, kind.below(key, value))
        for key, value in node.items()
        if not (keywords and (key in _HIDDEN or (key == "pattern" and value != ASSET_ID_PATTERN)))
    }


def _place(errors: Iterator[ValidationError], parts: Sequence[str | int]) -> Iterator[ValidationError]:
    """Put the place of what was checked before the place within it, once."""
    for error in errors:
        if not hasattr(error, _PLACED):
            error.relative_path.extendleft(reversed(parts))
            setattr(error, _PLACED, True)
        yield error


class _StumbleError(ValidationError):
    """Stands for an exception of the validator."""


class _SchemaValidator(OpenAPIV31SchemaValidator):
    def __call__(self, schema: Any, require_properties: bool = True, meta_checked: bool = False) -> Iterator[Any]:
        errors = super().__call__(schema, require_properties, meta_checked)
        try:
            yield from _place(errors, schema.parts)
        except RecursionError:
            raise
        except Exception as error:
            stumble = _StumbleError(_stumbles(error), path=schema.parts)
            setattr(stumble, _PLACED, True)
            yield stumble


class _OperationValidator(OperationValidator):
    def __call__(self, url: str, name: str, operation: Any, path_parameters: Any) -> Iterator[Any]:
        yield from _place(super().__call__(url, name, operation, path_parameters), operation.parts)


class _NoHandlers(Mapping[str, Any]):
    """In place of what fetches documents, for any scheme: nothing is ever fetched."""

    def __getitem__(self, scheme: str) -> Any:
        return self._refuse

    def __contains__(self, scheme: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    @staticmethod
    def _refuse(uri: str) -> NoReturn:
        raise LookupError(uri)


class _Validator(OpenAPIV31SpecValidator):
    resolver_handlers: ClassVar = _NoHandlers()
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
