"""Specifications with which nothing was found wrong: to look is slow, and done once for each in a process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from audioscape_luau.openapi import Operation, Problem, openapi
from audioscape_luau.openapi.examples import attach_examples
from audioscape_luau.openapi.model import Json
from audioscape_luau.resources import spec_file


def ask_once(patch: pytest.MonkeyPatch) -> None:
    """Let a document that is known to be sound OpenAPI, and the examples that ship, not be looked at again."""
    check = openapi.check_openapi
    sound: set[str] = set()
    attached: dict[str, tuple[Operation, ...]] = {}

    def check_once(root: dict[str, Json]) -> Iterator[Problem]:
        document = json.dumps(root)
        if document in sound:
            return
        problems = list(check(root))
        if not problems:
            sound.add(document)
        yield from problems

    def attach_once(
        operations: Iterable[Operation], root: dict[str, Json], folder: Path, problems: list[Problem]
    ) -> tuple[Operation, ...]:
        if folder != spec_file().parent:
            return attach_examples(operations, root, folder, problems)
        document = json.dumps(root)
        found = attached.get(document) or attach_examples(operations, root, folder, problems)
        if not problems:
            attached[document] = found
        return found

    patch.setattr(openapi, "check_openapi", check_once)
    patch.setattr(importlib.import_module("audioscape_luau.openapi.load"), "attach_examples", attach_once)
