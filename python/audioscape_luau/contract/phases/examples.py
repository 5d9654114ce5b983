"""Every example of the specification, asked for and answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from audioscape_luau.contract.case import Case
from audioscape_luau.contract.expect import always, failure_of, is_retryable, kind_of, result_of, scene
from audioscape_luau.openapi import ApiModel, Example, Operation, invented


def cases(model: ApiModel) -> Iterator[Case]:
    """Yield a case for each example."""
    for operation in model.operations:
        for example in operation.examples or [richest(operation)]:
            yield Case(
                phase="examples",
                operation=operation,
                label=example.name,
                script=scene(operation.id, dict(example.request), maxRetries=0),
                answer=always(example.status, example.body, example.headers),
                judge=_judge(model, operation, example),
            )


class NoExampleError(ValueError):
    """A specification shows too little of an operation to check it."""


def richest(operation: Operation) -> Example:
    """Return the success among the examples that shows the most, or a made up one if there is none.

    Raises NoExampleError if none can be made up.
    """
    good = [e for e in operation.examples if e.status == operation.success.status and not e.breaks]
    if good:
        return max(good, key=lambda example: len(example.body))
    made_up = invented(operation)
    if made_up is None:
        raise NoExampleError(
            f"{operation.id} has no example of a success in the specification, and none can be made up of its schemas"
        )
    return made_up


def _judge(model: ApiModel, operation: Operation, example: Example) -> Any:
    if example.status == operation.success.status:
        return result_of(model, operation, example.body, example.request)
    response = next(r for r in operation.responses if r.status == example.status)
    kind = kind_of(example.status)
    return failure_of(
        kind,
        retryable=is_retryable(kind),
        status=example.status,
        hint=response.hint,
        says=_error_text(model, example.body),
        retries=0,
    )


def _error_text(model: ApiModel, body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return next((document[field] for field in model.error_texts if field in document), None)
