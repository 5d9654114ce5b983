"""`audioscape check`."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from audioscape_luau import resources
from audioscape_luau.cli.in_engine import check_in_cloud
from audioscape_luau.cli.live import BUDGET, check_live, show_live
from audioscape_luau.cli.reading import ONLY, ONLY_HELP, load_for_client
from audioscape_luau.cli.running import KEY_VARIABLE, CannotRun
from audioscape_luau.contract.case import PHASES, Phase
from audioscape_luau.contract.coverage import declared
from audioscape_luau.contract.phases.examples import NoExampleError
from audioscape_luau.contract.plan import NoSuchCaseError
from audioscape_luau.contract.report import Report
from audioscape_luau.contract.results import Account, Results, account_of, as_html, as_json, as_junit
from audioscape_luau.contract.spread import EndedError, Order, Part, Played
from audioscape_luau.contract.spread import check as check_parts
from audioscape_luau.contract.subject import Subject, generated_module, left_out_of, load_module
from audioscape_luau.live.account import UNCHECKED, account_of_live
from audioscape_luau.openapi import ApiModel
from audioscape_luau.report.terminal import Terminal, table

_SHOWN = 10
"""Broken cases that are printed whole: a build that breaks one rule everywhere would fill hundreds of screens."""


class Engine(StrEnum):
    """Where the client runs."""

    DOUBLE = "double"
    CLOUD = "cloud"


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
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = os.cpu_count() or 1,
    live: Annotated[
        bool, typer.Option("--live", help=f"Check the real API instead. Put the key in {KEY_VARIABLE}.")
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="With --live: another address, such as a staging server.")
    ] = None,
    skip_unsupported: Annotated[
        bool, typer.Option("--skip-unsupported", help="Leave out operations of the document that are not understood.")
    ] = False,
    only: Annotated[str | None, typer.Option(ONLY, help=f"{ONLY_HELP} Without --module: a client of these.")] = None,
    requests: Annotated[
        int | None, typer.Option(min=1, help=f"With --live: the most requests to send.  [default: {BUDGET}]")
    ] = None,
    asset: Annotated[list[str] | None, typer.Option(help="With --live: an asset id that the API has.")] = None,
    engine: Annotated[
        Engine, typer.Option(help="cloud: call the examples in the real engine, by Open Cloud.")
    ] = Engine.DOUBLE,
    echo: Annotated[
        str | None, typer.Option(help="With --engine cloud: where you host the mocked API, by its examples.")
    ] = None,
) -> None:
    """Check the client against the API spec: examples, boundaries, faults, fuzzing, scenes of several calls.

    Runs the real Luau on a simulated Roblox, with the API mocked. With --live it checks the real API instead: it sends
    GET requests only, and checks each reply against the spec. Exits with 0 if everything matches, 1 if something does
    not, 2 if the check could not run.

    With --engine cloud it calls the examples in the real engine, in a place of yours: against --echo, or with --live
    against the API, by what only reads. The environment has ROBLOX_API_KEY, ROBLOX_UNIVERSE_ID and ROBLOX_PLACE_ID.
    """
    console = Terminal(stderr=as_json_)
    if engine is Engine.CLOUD:
        if (
            phase not in (None, ["examples"])
            or token is not None
            or as_json_
            or junit
            or html
            or base_url
            or requests
            or asset
        ):
            raise CannotRun(
                "--engine cloud calls the examples, and takes --module, --spec, --only, --case and --echo only"
            )
        if echo is not None and live:
            raise CannotRun("give --echo or --live, not both")
        if echo is None and not live:
            raise CannotRun(
                "--engine cloud needs --echo URL, where you host the mocked API, or --live for the API itself"
            )
        model = load_for_client(console, spec or resources.spec_file(), skip_unsupported=skip_unsupported, only=only)
        build = load_module(module or resources.luau_root() / "AudioScapeClient")
        check_in_cloud(console, build, model, echo=echo, pattern=case)
    if echo:
        raise CannotRun("--echo works with --engine cloud only")
    for option, path in (("--junit", junit), ("--html", html)):
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise CannotRun(f"{option}: cannot write {path}. Name a file in an existing folder.")
    if live:
        if module or phase or token is not None or case != "*" or only is not None:
            raise CannotRun("--module, --only, --phase, --case and --replay do not work with --live")
        model = load_for_client(console, spec or resources.spec_file(), skip_unsupported=skip_unsupported)
        told = check_live(console, model, base_url=base_url, requests=requests or BUDGET, assets=asset or ())
        _print(account_of_live(told), as_json_, junit, html, lambda: show_live(console, told))
        if told.exit_code == UNCHECKED:
            raise CannotRun(told.verdict)
        raise typer.Exit(told.exit_code)
    if base_url or requests or asset:
        raise CannotRun("--base-url, --requests and --asset work with --live only")
    given = {"--module": module, "--spec": spec, ONLY: only}
    try:
        model = load_for_client(console, spec or resources.spec_file(), skip_unsupported=skip_unsupported, only=only)
        order = Order(
            generated_module(model)
            if only is not None and module is None
            else load_module(module or resources.luau_root() / "AudioScapeClient"),
            model,
            phases=_phases(phase),
            pattern=case,
            token=token,
            examples=examples,
            seed=seed,
            arguments="".join(f"{name} {shlex.quote(str(path))} " for name, path in given.items() if path)
            + ("--skip-unsupported " if skip_unsupported else ""),
        )
        if module and (left_out := left_out_of(Subject(order.module, order.model))):
            raise CannotRun(_instead(order.model, left_out, only))
        parts = order.parts()
    except (NoSuchCaseError, NoExampleError, ValueError) as error:
        raise CannotRun(str(error)) from error
    try:
        played = list(_watched(console, order, parts, jobs))
    except EndedError as error:
        raise CannotRun(str(error)) from error
    whole = token is None and not phase and case == "*"
    results = Results(
        module=order.module.name if module or only is not None else "the shipped client",
        findings=[finding for part in played for finding in part.findings],
        declared=declared(order.model),
        handled=_handled(played) if whole else None,
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


def _instead(model: ApiModel, left_out: Sequence[str], only: str | None) -> str:
    """Say what to check of a build that is made without methods."""
    there = [method.id for method in model.methods if method.id not in left_out]
    if not there:
        return f"This build has no {' and no '.join(left_out)}. Name others with {ONLY}, or leave it out to see which"
    missing = (
        f"This build has no {', '.join(left_out)}. Use" if only else f"This build has only {', '.join(there)}. Add"
    )
    return f"{missing} {ONLY} {','.join(there)}"


def _phases(names: list[str] | None) -> list[Phase]:
    wrong = sorted(set(names or ()) - set(PHASES))
    if wrong:
        raise CannotRun(f"there is no phase {wrong[0]!r}. The phases are: {', '.join(PHASES)}")
    return [phase for phase in PHASES if phase in (names or ())]


def _watched(console: Terminal, order: Order, parts: Sequence[Part], jobs: int) -> Iterator[Played]:
    """Play the parts and show how far they are, where there is a terminal."""
    columns = (TextColumn("{task.description:10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    totals: Counter[str] = Counter()
    for part in parts:
        totals[part.phase] += len(part.cases)
    with (
        closing(check_parts(order, parts, jobs=jobs)) as playing,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        tasks = {phase: progress.add_task(phase, total=total) for phase, total in totals.items()}
        for played in playing:
            progress.advance(tasks[played.phase], played.cases)
            yield played


def _handled(parts: Iterable[Played]) -> dict[str, Counter[str]]:
    """Return by name what of the contract was seen to be handled, and in how many cases of each phase."""
    handled: dict[str, Counter[str]] = {}
    for part in parts:
        for name, count in part.handled.items():
            handled.setdefault(name, Counter())[part.phase] += count
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
