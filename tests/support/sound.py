"""Documents that OpenAPI's own validator found nothing wrong with: it is slow, and asked once of each in a process."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from audioscape_luau.openapi import Problem, openapi
from audioscape_luau.openapi.model import Json


def ask_once(patch: pytest.MonkeyPatch) -> None:
    """Let what is known to be sound OpenAPI not be asked about again."""
    check, known = openapi.check_openapi, set[str]()

    def checked(root: dict[str, Json]) -> Iterator[Problem]:
        document = json.dumps(root)
        if document in known:
            return
        problems = list(check(root))
        if not problems:
            known.add(document)
        yield from problems

    patch.setattr(openapi, "check_openapi", checked)
