"""Reading a document that may be somebody else's, for the commands that make or check a client of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audioscape_luau.cli.running import CannotRun
from audioscape_luau.codegen import SelectionError, problems_of, select
from audioscape_luau.codegen.names import method_name
from audioscape_luau.openapi import ApiModel, Operation, SpecError, load
from audioscape_luau.openapi.left_out import helps, report
from audioscape_luau.report.terminal import Terminal

ONLY = "--only"
ONLY_HELP = "Leave out all methods but these, separated by commas, with their types; the radio stays with its own."


def load_for_client(
    console: Terminal, spec: Path, *, skip_unsupported: bool = False, only: str | None = None
) -> ApiModel:
    """Load a document for which a client can be generated, and say what was left out of it.

    only: names of methods, separated by commas; the rest of them is left out.

    Raises:
        SpecError: with all that is wrong with it, in whatever stage that is found.
        CannotRun: if a method has none of the names of `only`.
    """
    try:
        model = load(spec, skip_unsupported=skip_unsupported, further=problems_of)
    except SpecError as error:
        if not skip_unsupported and helps(error.problems):
            console.print("To go on without what is not understood, add --skip-unsupported.")
        for line in report(error.left_out, ()):
            console.print(line)
        raise
    for line in report(model.left_out, model.changes):
        console.print(line)
    model = _as_methods(model)
    if only is None:
        return model
    try:
        return select(model, [name for part in only.split(",") if (name := part.strip())])
    except SelectionError as error:
        raise CannotRun(f"{ONLY}: {error}") from error


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
        missing=tuple(
            replace(one, operation=None if one.operation is None else method_name(one.operation))
            for one in model.missing
        ),
    )
