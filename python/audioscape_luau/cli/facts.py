"""`audioscape facts`."""

from __future__ import annotations

from typing import Annotated

import typer

from audioscape_luau import resources
from audioscape_luau.report.terminal import Terminal, table
from roblox_double.facts import load_facts
from roblox_double.facts.evidence import count, gather
from roblox_double.facts.page import PAGE, render_page


def facts(
    write_page: Annotated[bool, typer.Option("--write", help=f"Update {PAGE}.")] = False,
) -> None:
    """Count the facts about Roblox that the simulation claims, and how many of them have a test.

    Exits with 1 if a modelled fact has no test.
    """
    console, problems = Terminal(), Terminal(stderr=True)
    known, root = load_facts(), resources.checkout()
    evidence = gather(root / "tests") if root else None
    counts = count(known, evidence)
    shown = table("what", "count", show_header=False)
    for name, number in counts.rows:
        shown.add_row(name, str(number))
    console.print(shown)
    if root is None:
        console.print("The installed package does not include the tests. Run this in a clone to count them as well.")
        return
    if write_page:
        (root / PAGE).parent.mkdir(exist_ok=True)
        (root / PAGE).write_text(render_page(known, "audioscape facts"), encoding="utf-8")
        console.print(f"Updated {PAGE}.")
    for fact in counts.untested:
        problems.print(
            f"{fact.id} is modelled but has no test. Mark one with @pytest.mark.fact({fact.id!r}).", style="red"
        )
    for fact in counts.one_way:
        problems.print(f"{fact.id} is unknown, but the tests try only one value of its setting.", style="yellow")
    if counts.untested:
        raise typer.Exit(1)
