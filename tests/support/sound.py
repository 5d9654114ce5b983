"""Specifications with which nothing was found wrong: to look is slow, and done once for each in a process."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audioscape_luau.openapi import Example, Operation, Problem, openapi
from audioscape_luau.openapi.examples import attach_examples
from audioscape_luau.openapi.model import Json
from audioscape_luau.resources import spec_file


def ask_once(patch: pytest.MonkeyPatch) -> None:
    """Let a document that is known to be sound OpenAPI, and the examples that ship, not be looked at again."""
    check = openapi.check_openapi
    sound: set[str] = set()
    examples: dict[str, tuple[tuple[Example, ...], ...]] = {}

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
        document, own = json.dumps(root), tuple(operations)
        if document not in examples:
            found = attach_examples(own, root, folder, problems)
            if problems:
                return found
            examples[document] = tuple(operation.examples for operation in found)
        # Nothing else of another model: what is one shape within a model must be one object.
        return tuple(replace(each, examples=known) for each, known in zip(own, examples[document], strict=True))

    patch.setattr(openapi, "check_openapi", check_once)
    patch.setattr(importlib.import_module("audioscape_luau.openapi.load"), "attach_examples", attach_once)
