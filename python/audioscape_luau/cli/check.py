"""`audioscape check`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from audioscape_luau import resources
from audioscape_luau.cli.live import BUDGET, KEY_VARIABLE, check_live, show_live
from audioscape_luau.contract.case import PHASES, Case, Outcome, Phase
from audioscape_luau.contract.coverage import declared, observe
from audioscape_luau.contract.live_account import account_of_live
from audioscape_luau.contract.plan import NoSuchCaseError, plan, replay
from audioscape_luau.contract.results import Account, Results, account_of, as_html, as_json, as_junit
from audioscape_luau.contract.run import run
from audioscape_luau.contract.search import Search, leaving_nothing
from audioscape_luau.contract.subject import Subject, load_module
from audioscape_luau.contract.telling import Telling, tell
from audioscape_luau.engine import ProjectError
from audioscape_luau.spec import SpecError, load

_SHOWN = 10
"""Broken cases that are printed whole: a build that breaks one rule everywhere would fill hundreds of screens."""


def check(
    module: Annotated[
        Path | None, typer.Option(help="Build of the client: folder, .luau or .rbxm file; by default what ships.")
    ] = None,
    spec: Annotated[Path | None, typer.Option(help="OpenAPI document; by default that of AudioScape.")] = None,
    phase: Annotated[list[str] | None, typer.Option(help=f"Only this phase: {', '.join(PHASES)}.")] = None,
    case: Annotated[str, typer.Option(help="Only cases whose names match, with * and ?.")] = "*",
    token: Annotated[str | None, typer.Option("--replay", help="Run one case again, as a failure says.")] = None,
    examples: Annotated[int, typer.Option(min=1, help="Cases that each search of the fuzz phase draws.")] = 30,
    seed: Annotated[int, typer.Option(help="Seed of what is drawn.")] = 0,
    as_json_: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the results as JUnit's XML.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the results as a page.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help=f"Check the real API instead, with the key in {KEY_VARIABLE}.")
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="With --live: another address, such as a staging host's.")
    ] = None,
    requests: Annotated[
        int | None, typer.Option(min=1, help=f"With --live: how many to send at most.  [default: {BUDGET}]")
    ] = None,
    asset: Annotated[list[str] | None, typer.Option(help="With --live: an asset id that the API knows.")] = None,
) -> None:
    """Hold the client against the contract: examples, boundaries, faults, fuzz, stateful scenes.

    Runs the real Luau on the engine double, with the API mocked. With --live it is the API that is checked: what only
    reads is asked, and each reply held against the specification. Exits with 0 if the contract is kept, 1 if it is
    broken, 2 if the check could not run.
    """
    console = Console(stderr=as_json_)
    if live:
        if module or phase or token or case != "*":
            _stop(console, ValueError("--module, --phase, --case and --replay are for a check of the client"))
        try:
            model = load(spec or resources.spec_file())
            told = check_live(console, model, base_url=base_url, requests=requests or BUDGET, assets=asset or ())
        except (SpecError, OSError, ValueError) as error:
            _stop(console, error)
        _print(console, account_of_live(told), as_json_, junit, html, lambda: show_live(console, told))
        raise typer.Exit(told.exit_code)
    if base_url or requests or asset:
        _stop(console, ValueError("--base-url, --requests and --asset are for a check with --live"))
    try:
        model = load(spec or resources.spec_file())
        subject = Subject(load_module(module or resources.luau_root() / "AudioScapeClient"), model)
        cases: list[Case | Search] = [replay(model, token)] if token else plan(model, _phases(phase), case)
    except (SpecError, ProjectError, OSError, NoSuchCaseError, ValueError) as error:
        _stop(console, error)
    with leaving_nothing():
        outcomes = list(_watched(console, subject, cases, examples, seed))
    whole = not token and not phase and case == "*"
    given = {"--module": module, "--spec": spec}
    arguments = "".join(f"{name} {shlex.quote(str(path))} " for name, path in given.items() if path)
    results = Results(
        module=subject.module.name if module else "the client that ships",
        outcomes=outcomes,
        broken=[
            tell(outcome, key=subject.key, key_header=model.api_key_header, arguments=arguments)
            for outcome in outcomes
            if not outcome.kept
        ],
        declared=declared(model),
        handled=_handled(subject, outcomes) if whole else None,
    )
    _print(console, account_of(results), as_json_, junit, html, lambda: _show(console, results))
    raise typer.Exit(0 if results.kept else 1)


def _print(
    console: Console,
    account: Account,
    as_json_: bool,
    junit: Path | None,
    html: Path | None,
    show: Callable[[], None],
) -> None:
    """Write and print an account in the forms that were asked for."""
    try:
        if junit:
            junit.write_text(as_junit(account), encoding="utf-8")
        if html:
            html.write_text(as_html(account), encoding="utf-8")
    except OSError as error:
        _stop(console, error)
    if as_json_:
        print(as_json(account))
    else:
        show()


def _stop(console: Console, error: Exception) -> NoReturn:
    texts = [str(problem) for problem in error.problems] if isinstance(error, SpecError) else [str(error)]
    for text in texts:
        console.print(text, style="red", markup=False, highlight=False)
    raise typer.Exit(2) from None


def _phases(names: list[str] | None) -> list[Phase]:
    wrong = sorted(set(names or ()) - set(PHASES))
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no phase; there are: {', '.join(PHASES)}")
    return [phase for phase in PHASES if phase in (names or ())]


def _watched(
    console: Console, subject: Subject, cases: list[Case | Search], examples: int, seed: int
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


def _show(console: Console, results: Results) -> None:
    for telling in results.broken[:_SHOWN]:
        _show_broken(console, telling)
    if more := results.broken[_SHOWN:]:
        console.rule(f"[red]{len(more)} more, whole with --html, --json or --junit", align="left")
    for telling in more:
        rules = ", ".join(dict.fromkeys(name for name, _, _ in telling.rules))
        console.print(f"{telling.title}: {rules}", markup=False, highlight=False, soft_wrap=True)
    table = Table("phase", "cases", "broken")
    for name, cases, broken in results.phases():
        table.add_row(name, str(cases), f"[red]{broken}[/]" if broken else "0")
    console.print(table)
    for name in results.missing:
        console.print(f"never handled: {name}", style="red", markup=False, highlight=False)
    console.print(results.verdict, style="green" if results.kept else "red", highlight=False, soft_wrap=True)


def _show_broken(console: Console, telling: Telling) -> None:
    console.rule(f"[red]{escape(telling.title)}", align="left")
    for name, meaning, seen in telling.rules:
        console.print(f"[bold red]{escape(name)}[/]: {escape(meaning)}", highlight=False, soft_wrap=True)
        console.print(f"  {seen}", markup=False, highlight=False, soft_wrap=True)
    for label, text, _ in telling.parts():
        console.print(f"[bold]{label}[/]")
        console.print(text, markup=False, highlight=False, soft_wrap=True)
