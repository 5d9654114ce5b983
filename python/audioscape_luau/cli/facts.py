"""`audioscape facts`."""

from __future__ import annotations

from typing import Annotated

import typer

from audioscape_luau import resources
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.report.terminal import Terminal, table
from audioscape_luau.tools.facts import PAGE, FactError, counts, write


def facts(
    write_page: Annotated[bool, typer.Option("--write", help=f"Update {PAGE}.")] = False,
) -> None:
    """Count the facts about Roblox that the simulation claims, and how many of them have a test.

    Exits with 1 if a modelled fact has no test.
    """
    console, problems = Terminal(), Terminal(stderr=True)
    root = resources.checkout()
    try:
        found = counts()
    except FactError as error:
        raise CannotRun(f"facts.toml: {error}") from None
    shown = table("what", "count", show_header=False)
    for name, number in found.rows:
        shown.add_row(name, str(number))
    console.print(shown)
    if root is None:
        console.print("The installed package does not include the tests. Run this in a clone to count them as well.")
        return
    if write_page:
        write(root)
        console.print(f"Updated {PAGE}.")
    for fact in found.untested:
        problems.print(
            f"{fact.id} is modelled but has no test. Mark one with @pytest.mark.fact({fact.id!r}).", style="red"
        )
    for fact in found.one_way:
        problems.print(f"{fact.id} is unknown, but the tests try only one value of its setting.", style="yellow")
    if found.untested:
        raise typer.Exit(1)
