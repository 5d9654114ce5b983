"""The OpenAPI standard's own rules, by openapi-spec-validator."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openapi_spec_validator import OpenAPIV31SpecValidator

from audioscape_luau.spec.model import Json
from audioscape_luau.spec.problems import Fault, Problem, join_pointer

_VERSION = re.compile(r"3\.1\.[0-9]+\Z")
_MESSAGE_LENGTH = 300


def check_openapi(root: dict[str, Json]) -> Iterator[Problem]:
    """Yield what OpenAPI 3.1 finds wrong with a document whose references are sound."""
    version = root.get("openapi")
    if not isinstance(version, str) or not _VERSION.match(version):
        yield Problem(Fault.UNSUPPORTED_VALUE, "/openapi", "the version must be 3.1.x")
        return
    for error in OpenAPIV31SpecValidator(root).iter_errors():
        pointer = join_pointer("", *error.absolute_path)
        yield Problem(Fault.INVALID_OPENAPI, pointer, error.message[:_MESSAGE_LENGTH])
