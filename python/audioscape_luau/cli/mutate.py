"""`audioscape mutate`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from audioscape_luau import resources
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.report.terminal import Terminal, table

if TYPE_CHECKING:
    from audioscape_luau.quality.trial import Verdict


class By(StrEnum):
    """What mutants are tried with."""

    TESTS = "tests"
    CHECK = "check"


def mutate(
    every: Annotated[bool, typer.Option("--all", help="Try every mutant, not just the fixed sample.")] = False,
    files: Annotated[list[str] | None, typer.Option("--file", help="Only modules that match, such as http/*.")] = None,
    survivors: Annotated[bool, typer.Option(help="List surviving mutants as they are found.")] = False,
    size: Annotated[int | None, typer.Option(min=1, help="Sample size.")] = None,
    draw: Annotated[int | None, typer.Option(help="Draw another sample: each number stands for one.")] = None,
    by: Annotated[By, typer.Option(help="What has to notice them: the tests, or audioscape check alone.")] = By.TESTS,
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = os.cpu_count() or 1,
) -> None:
    """Mutation testing: make small wrong changes to the shipped Luau, and count how many the tests notice.

    With --by check, count what audioscape check alone notices, without any test of ours.

    Exits with 1 below the floor in tests/floors.toml, and with 2 if no mutant matches or the tests fail without one.
    """
    console, problems = Terminal(), Terminal(stderr=True)
    root = resources.checkout()
    if root is None:
        raise CannotRun("The installed package does not include the tests. Run this in a clone of the repository.")
    # pytest comes with a checkout, not with the package.
    from audioscape_luau.quality.campaign import CHECK_SAMPLE, DRAW, Campaign
    from audioscape_luau.quality.trial import TrialError

    campaign = Campaign(root, draw=DRAW if draw is None else draw)
    by_check = by is By.CHECK
    what = "cases" if by_check else "tests"
    whole = not files and size is None and draw is None
    default = CHECK_SAMPLE if by_check and not files else None
    chosen = campaign.chosen(every=every, files=files or (), size=size or default)
    if not chosen:
        raise CannotRun(f"There are no mutants in {', '.join(files or ('the module',))}.")
    verdicts: list[Verdict] = []

    def show(verdict: Verdict) -> None:
        mutant = verdict.mutant
        place = f"{mutant.file}:{mutant.line} {mutant.operator} (reached by {verdict.reached_by} {what})"
        console.print(place, style="bold")
        console.print(mutant.diff(campaign.sources[mutant.file]))

    # A thread of its own for the display would be copied into every process.
    with Progress(console=console, auto_refresh=False) as progress:
        task = progress.add_task(f"Running {what} without mutants", total=None)

        def told(verdict: Verdict) -> None:
            verdicts.append(verdict)
            progress.update(task, description="Mutants", total=len(chosen), advance=1, refresh=True)
            if survivors and verdict.noticed_by is None:
                show(verdict)

        try:
            (campaign.check if by_check else campaign.run)(chosen, told, jobs)
        except TrialError as error:
            raise CannotRun(str(error)) from error
    console.print(_table(verdicts))
    noticed = sum(verdict.noticed_by is not None for verdict in verdicts)
    score = 100 * noticed / len(verdicts) if verdicts else 100.0
    console.print(f"{noticed} of {len(verdicts)} mutants noticed{' by check alone' * by_check}: {score:.1f} %")
    part = None if not whole else "all" if every else "quick"
    if by_check:
        part = "check" if whole and not every else None
    complaints = campaign.complaints(score, part=part)
    for complaint in complaints:
        problems.print(complaint, style="red")
    if complaints:
        raise typer.Exit(1)
    if part and int(score * 10) / 10 > campaign.floor(part):
        console.print(f"The floor can rise from {campaign.floor(part)} to {int(score * 10) / 10}.")


def _table(verdicts: Sequence[Verdict]) -> Table:
    tried, left = Counter[str](), Counter[str]()
    for verdict in verdicts:
        tried[verdict.mutant.file] += 1
        left[verdict.mutant.file] += verdict.noticed_by is None
    shown = table("file", "mutants", "survived", "noticed")
    for file, count in sorted(tried.items()):
        shown.add_row(file, str(count), str(left[file]), f"{100 * (1 - left[file] / count):.1f} %")
    return shown
