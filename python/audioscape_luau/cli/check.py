"""`audioscape check`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from audioscape_luau import resources
from audioscape_luau.cli.live import BUDGET, check_live, show_live
from audioscape_luau.cli.running import KEY_VARIABLE, CannotRun
from audioscape_luau.contract.case import PHASES, Case, Outcome, Phase
from audioscape_luau.contract.coverage import declared, observe
from audioscape_luau.contract.phases.examples import NoExampleError
from audioscape_luau.contract.plan import NoSuchCaseError, plan, replay
from audioscape_luau.contract.report import Report, report_on
from audioscape_luau.contract.results import Account, Results, account_of, as_html, as_json, as_junit
from audioscape_luau.contract.run import run
from audioscape_luau.contract.search import Search, leaving_nothing
from audioscape_luau.contract.subject import Subject, load_module
from audioscape_luau.live.account import UNCHECKED, account_of_live
from audioscape_luau.openapi import load
from audioscape_luau.report.terminal import Terminal, table

_SHOWN = 10
"""Broken cases that are printed whole: a build that breaks one rule everywhere would fill hundreds of screens."""


def check(
    module: Annotated[
        Path | None, typer.Option(help="Build to check: folder, .luau or .rbxm file. Default: the shipped client.")
    ] = None,
    spec: Annotated[Path | None, typer.Option(help="OpenAPI document. Default: AudioScape's.")] = None,
    phase: Annotated[list[str] | None, typer.Option(help=f"Only this phase: {', '.join(PHASES)}.")] = None,
    case: Annotated[str, typer.Option(help="Only cases whose name matches; * and ? are wildcards.")] = "*",
    token: Annotated[
        str | None, typer.Option("--replay", help="Run one case again; a failure prints its token.")
    ] = None,
    examples: Annotated[int, typer.Option(min=1, help="Fuzz cases per search.")] = 30,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    as_json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the results as JUnit XML.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the results as a web page.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help=f"Check the real API instead. Put the key in {KEY_VARIABLE}.")
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="With --live: another address, such as a staging server.")
    ] = None,
    requests: Annotated[
        int | None, typer.Option(min=1, help=f"With --live: the most requests to send.  [default: {BUDGET}]")
    ] = None,
    asset: Annotated[list[str] | None, typer.Option(help="With --live: an asset id that the API has.")] = None,
) -> None:
    """Check the client against the API spec: examples, boundaries, faults, fuzzing, scenes of several calls.

    Runs the real Luau on a simulated Roblox, with the API mocked. With --live it checks the real API instead: it sends
    GET requests only, and checks each reply against the spec. Exits with 0 if everything matches, 1 if something does
    not, 2 if the check could not run.
    """
    console = Terminal(stderr=as_json_)
    for option, path in (("--junit", junit), ("--html", html)):
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise CannotRun(f"{option}: cannot write {path}. Name a file in an existing folder.")
    if live:
        if module or phase or token is not None or case != "*":
            raise CannotRun("--module, --phase, --case and --replay do not work with --live")
        model = load(spec or resources.spec_file())
        told = check_live(console, model, base_url=base_url, requests=requests or BUDGET, assets=asset or ())
        _print(account_of_live(told), as_json_, junit, html, lambda: show_live(console, told))
        if told.exit_code == UNCHECKED:
            raise CannotRun(told.verdict)
        raise typer.Exit(told.exit_code)
    if base_url or requests or asset:
        raise CannotRun("--base-url, --requests and --asset work with --live only")
    model = load(spec or resources.spec_file())
    try:
        loaded = load_module(module or resources.luau_root() / "AudioScapeClient")
        replayed = replay(model, token) if token is not None else None
    except (NoSuchCaseError, ValueError) as error:
        raise CannotRun(str(error)) from error
    try:
        subject = Subject(loaded, model)
        cases: list[Case | Search] = [replayed] if replayed else plan(model, _phases(phase), case)
    except (NoSuchCaseError, NoExampleError) as error:
        raise CannotRun(str(error)) from error
    with leaving_nothing():
        outcomes = list(_watched(console, subject, cases, examples, seed))
    whole = token is None and not phase and case == "*"
    given = {"--module": module, "--spec": spec}
    arguments = "".join(f"{name} {shlex.quote(str(path))} " for name, path in given.items() if path)
    results = Results(
        module=subject.module.name if module else "the shipped client",
        outcomes=outcomes,
        broken=[
            report_on(outcome, key=subject.key, key_header=model.api_key_header, arguments=arguments)
            for outcome in outcomes
            if not outcome.kept
        ],
        declared=declared(model),
        handled=_handled(subject, outcomes) if whole else None,
    )
    _print(account_of(results), as_json_, junit, html, lambda: _show(console, results))
    raise typer.Exit(0 if results.kept else 1)


def _print(
    account: Account,
    as_json_: bool,
    junit: Path | None,
    html: Path | None,
    show: Callable[[], None],
) -> None:
    """Write and print an account in the forms that were asked for."""
    if junit:
        junit.write_text(as_junit(account), encoding="utf-8")
    if html:
        html.write_text(as_html(account), encoding="utf-8")
    if as_json_:
        print(as_json(account))
    else:
        show()


def _phases(names: list[str] | None) -> list[Phase]:
    wrong = sorted(set(names or ()) - set(PHASES))
    if wrong:
        raise CannotRun(f"there is no phase {wrong[0]!r}. The phases are: {', '.join(PHASES)}")
    return [phase for phase in PHASES if phase in (names or ())]


def _watched(
    console: Terminal, subject: Subject, cases: list[Case | Search], examples: int, seed: int
) -> Iterator[Outcome]:
    """Run the cases and show how far they are, where there is a terminal."""
    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        for phase in PHASES:
            mine = [case for case in cases if case.phase == phase]
            task = progress.add_task(phase, total=len(mine), visible=bool(mine))
            for case in mine:
                yield from run(subject, [case], examples=examples, seed=seed)
                progress.advance(task)


def _handled(subject: Subject, outcomes: list[Outcome]) -> dict[str, Counter[str]]:
    """Return by name what of the contract was seen to be handled, and in how many cases of each phase."""
    handled: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        seen = outcome.observation
        if outcome.kept and len(seen.calls) == 1:
            exchanges = [(exchange.request, exchange.response) for exchange in seen.exchanges]
            names = observe(subject.model, seen.call.method, exchanges, seen.call.result, seen.call.error or None)
            for name in set(names):
                handled.setdefault(name, Counter())[outcome.case.phase] += 1
    return handled


def _show(console: Terminal, results: Results) -> None:
    for report in results.broken[:_SHOWN]:
        _show_broken(console, report)
    if more := results.broken[_SHOWN:]:
        console.heading(f"{len(more)} more; --html, --json and --junit show them in full", "red")
    for report in more:
        rules = ", ".join(dict.fromkeys(name for name, _, _ in report.rules))
        console.print(f"{report.title}: {rules}")
    shown = table("phase", "cases", "broken")
    for name, cases, broken in results.phases():
        shown.add_row(name, str(cases), Text(str(broken), style="red" if broken else ""))
    console.print(shown)
    for name in results.missing:
        console.print(f"never handled: {name}", style="red")
    console.print(results.verdict, style="green" if results.kept else "red")


def _show_broken(console: Terminal, report: Report) -> None:
    console.heading(report.title, "red")
    for name, meaning, seen in report.rules:
        console.print(name, style="bold red", end="")
        console.print(f": {meaning}")
        console.print(f"  {seen}")
    for label, text, _ in report.parts():
        console.print(label, style="bold")
        console.print(text)
