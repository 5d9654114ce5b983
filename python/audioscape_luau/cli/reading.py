"""Reading a document that may be somebody else's, for the commands that make or check a client of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audioscape_luau.codegen import problems_of
from audioscape_luau.codegen.names import method_name
from audioscape_luau.openapi import ApiModel, Operation, SpecError, load
from audioscape_luau.openapi.left_out import helps, report
from audioscape_luau.report.terminal import Terminal


def load_for_client(console: Terminal, spec: Path, *, skip_unsupported: bool) -> ApiModel:
    """Load a document for which a client can be generated, and say what was left out of it.

    Raises:
        SpecError: with all that is wrong with it, in whatever stage that is found.
    """
    try:
        model = load(spec, skip_unsupported=skip_unsupported, further=problems_of)
    except SpecError as error:
        if not skip_unsupported and helps(error.problems):
            console.print("To go on without what is not understood, add --skip-unsupported.")
        raise
    for line in report(model.left_out, model.changes):
        console.print(line)
    return _as_methods(model)


def _as_methods(model: ApiModel) -> ApiModel:
    """Return the model with its operations called as the client's methods are, whatever their ids are."""

    def named(operation: Operation) -> Operation:
        route = None if operation.route is None else method_name(operation.route)
        return replace(operation, id=method_name(operation.id), route=route, cases=tuple(map(named, operation.cases)))

    choices = (replace(c, operation=named(c.operation), cases=tuple(map(method_name, c.cases))) for c in model.choices)
    return replace(
        model,
        operations=tuple(map(named, model.operations)),
        choices=tuple(choices),
        replaced=tuple(map(named, model.replaced)),
    )
