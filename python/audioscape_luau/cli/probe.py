"""`audioscape probe`: asks an engine about the facts."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from audioscape_luau import resources
from audioscape_luau.cli.in_engine import connected
from audioscape_luau.cli.probe_words import DO, as_json, counted, in_words, unmentioned
from audioscape_luau.cli.running import CannotRun
from audioscape_luau.report.terminal import Terminal
from audioscape_luau.tools import probe as asked
from audioscape_luau.tools.facts import PAGE, write
from audioscape_luau.tools.open_cloud import public

app = typer.Typer(
    name="probe", help="Ask an engine whether the simulation is right about it.", invoke_without_command=True
)
_WAIT = 900
_TABLE = "facts.toml"
_OUT = typer.Option(help="File for the report.")
_SOUND = re.compile(r"rbxassetid://[0-9]+")


@app.callback()
def _(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
def double(
    vm: Annotated[str, typer.Option(help="Where its Luau runs: pluau, or lune, if it is installed.")] = "pluau",
    only: Annotated[
        list[str] | None, typer.Option(help="Ask about this fact only, or about those that begin with it and a point.")
    ] = None,
    out: Annotated[Path | None, _OUT] = None,
) -> None:
    """Run the probe in the simulation itself, where nothing may differ from the facts.

    Exits with 1 if something does.
    """
    if vm not in ("pluau", "lune"):
        raise CannotRun(f"--vm takes pluau or lune, got {vm!r}")
    _checked(out)
    report = asked.in_double(vm, _facts(only))
    _save(report, out)
    _tell(report)


@app.command()
def cloud(
    echo: Annotated[
        str | None,
        typer.Option(help="Public host that answers the HTTP checks (audioscape mock). Default: leave them out."),
    ] = None,
    secret: Annotated[
        bool, typer.Option(help="The universe has the secret ProbeSecret, for the host of --echo.")
    ] = False,
    audio: Annotated[
        list[str] | None, typer.Option(help="Content id of a sound that the place may play; give two.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Ask about this fact only, or about those that begin with it and a point.")
    ] = None,
    out: Annotated[Path, _OUT] = Path("probe-cloud.json"),
) -> None:
    """Run the probe in the real engine, by Open Cloud's Luau execution.

    The key and the place come from the environment: ROBLOX_API_KEY, ROBLOX_UNIVERSE_ID, ROBLOX_PLACE_ID. It writes to
    the data stores, memory stores and topics of that universe, under names that begin with Probe: use one that is for
    nothing else. Exits with 1 if something contradicts a fact, and with 2 if there is no report, or only a part.
    """
    _checked(out)
    sounds = _sounds(audio)
    problems = Terminal(stderr=True)
    if secret and echo is None:
        raise CannotRun("--secret needs --echo: the secret is for that host")
    try:
        host = None if echo is None else public(echo)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    facts = _facts(only)
    try:
        cloud = connected(lambda line: problems.print(line))
        report = asked.in_cloud(cloud, echo=host, secret=secret, audio=sounds, only=facts)
    except asked.PartError as error:
        _save(error.report, out)
        _say(error.report, asked.findings(error.report))
        raise CannotRun(f"{error}. The report has what was found until then.") from None
    except asked.CloudError as error:
        for line in error.logs:
            problems.print(f"  {line}")
        raise CannotRun(str(error)) from None
    _save(report, out)
    _tell(report)


@app.command()
def studio(
    program: Annotated[
        Path | None, typer.Option("--studio", help="Studio's program. Default: where its installer puts it.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Folder for the place and the script.")] = Path("probe-studio"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the host on this machine; 0 picks one.")] = 0,
    wait: Annotated[
        int | None, typer.Option(min=1, help=f"Seconds to wait for the report.  [default: {_WAIT}]", show_default=False)
    ] = None,
    audio: Annotated[list[str] | None, typer.Option(help="Content id of a sound that may be played; give two.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Ask about this fact only, or about those that begin with it and a point.")
    ] = None,
    deferred: Annotated[
        bool, typer.Option("--deferred", help="Let events be deferred in the place, as in Studio's templates.")
    ] = False,
    out: Annotated[Path, _OUT] = Path("probe-studio.json"),
) -> None:
    """Run the probe in Studio on this machine: a server and two players.

    Builds a place and a script and starts Studio, in which you have to be logged in. Where there is no Studio, --wait
    lets it print the command to run and wait for the report. The HTTP checks ask a host on this machine, beside the
    mocked API. Exits with 1 if something contradicts a fact, and with 2 if there is no report.
    """
    _checked(out)
    sounds = _sounds(audio)
    if program is not None and not program.is_file():
        wrong = f"{program} is a folder; name the program" if program.is_dir() else f"there is no {program}"
        raise CannotRun(f"--studio: {wrong}, such as {asked.usual_studio()}")
    if folder.exists() and not folder.is_dir():
        raise CannotRun(f"--folder: {folder} is a file; name a folder")
    if program is None and wait is None and not asked.has_studio():
        raise CannotRun(
            f"Studio was not found where its installer puts it ({asked.usual_studio()}). Name its program with "
            f"--studio, or ask without it: audioscape probe cloud. --wait {_WAIT} prints the command to run, and waits."
        )
    problems = Terminal(stderr=True)
    try:
        report = asked.in_studio(
            folder,
            lambda line: problems.print(line),
            executable=program,
            port=port,
            seconds=wait or _WAIT,
            audio=sounds,
            only=_facts(only),
            deferred=deferred,
        )
    except asked.ReportError as error:
        raise CannotRun(str(error)) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise CannotRun(f"--port: another program has {port}; name another, or leave the option out") from None
    _save(report, out)
    _tell(report)


@app.command()
def read(
    report: Annotated[Path, typer.Argument(help="A report of the probe.", show_default=False)],
    write_facts: Annotated[
        bool, typer.Option("--write", help="Note in the facts, and on their page, what was seen to hold.")
    ] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="Let the defaults of unknowns be what they turned out to be.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="List the unknowns that are as assumed, too.")] = False,
) -> None:
    """Compare a report with the facts: what agrees, what contradicts, and what unknowns turned out to be.

    Exits with 1 if something contradicts a fact, or a check raised an error.
    """
    root = resources.checkout()
    if (write_facts or settings) and root is None:
        raise CannotRun("--write and --settings change the facts in a clone of the repository; run it there")
    try:
        found = asked.read(report)
        changed, refused = asked.adopt_settings(found) if settings else ([], [])
        for finding in changed:
            Terminal().print(f"{finding.setting} is now {as_json(finding.observed)}.")
        for finding in refused:
            said = as_json(finding.observed)
            Terminal(stderr=True).print(f"{finding.setting} has no value for {said}. Give it one, and model it.")
        if write_facts and root is not None:
            noted = counted(asked.mark(found, changed), "fact")
            if changed:
                Terminal().print(f"Noted {noted} as seen in {_TABLE}.")
            else:
                write(root)
                Terminal().print(f"Noted {noted} as seen in {_TABLE} and {PAGE}. Commit both, and {DO}.")
        if changed:
            # What was loaded has the old defaults.
            Terminal().print(
                f"Run audioscape facts --write, which updates {PAGE}, and the tests; then commit all of it."
            )
        _tell(found, everything=everything, of_all=True)
    except asked.ReportError as error:
        raise CannotRun(str(error)) from None


@app.command()
def worth(
    jobs: Annotated[int, typer.Option(min=1, help="Number of processes.")] = os.cpu_count() or 1,
) -> None:
    """Break the simulation in one thing at a time, and count how much of it the probe notices.

    Each setting of an unknown gets its other values, and some seventy lines of the simulation are changed by hand.
    Exits with 1 below the floor in tests/floors.toml.
    """
    console, problems = Terminal(), Terminal(stderr=True)
    root = resources.checkout()
    least = asked.floor(root) if root else 0.0

    def told(outcome: asked.Outcome) -> None:
        if not outcome.noticed:
            problems.print(f"Not noticed: {outcome.breakage}", style="yellow")

    try:
        outcomes = asked.worth(told, jobs)
    except asked.WorthError as error:
        raise CannotRun(str(error)) from None
    noticed = sum(outcome.noticed for outcome in outcomes)
    share = 100 * noticed / len(outcomes)
    console.print(f"{noticed} of {len(outcomes)} broken things were noticed: {share:.1f} %.")
    if share < least:
        problems.print(f"This is below the floor of {least} % in tests/floors.toml.", style="red")
        raise typer.Exit(1)


def _sounds(audio: Sequence[str] | None) -> Sequence[str]:
    for sound in audio or ():
        if not _SOUND.fullmatch(sound):
            raise CannotRun(f"--audio takes rbxassetid://NUMBER, got {sound!r}")
    if audio and len(audio) != 2:
        raise CannotRun(f"--audio: give it twice, for two sounds, got {len(audio)}")
    return audio or ()


def _facts(only: Sequence[str] | None) -> list[str] | None:
    try:
        return asked.facts_of(only) if only else None
    except asked.ReportError as error:
        raise CannotRun(str(error)) from None


def _checked(out: Path | None) -> None:
    """Refuse a file that cannot be written before anything is asked."""
    if out is None:
        return
    if out.is_dir():
        raise CannotRun(f"--out: {out} is a folder; name a file")
    if not out.absolute().parent.is_dir():
        raise CannotRun(f"--out: there is no folder {out.parent}; make it, or name another file")


def _save(report: asked.Report, out: Path | None) -> None:
    if out is None:
        return
    # Text of the engine may hold halves of characters, which no file can.
    data = replace(report, probe=asked.version()).text().encode("utf-8", "backslashreplace")
    try:
        _write(out.resolve(), data)
    except OSError as error:
        # What took minutes is not lost.
        why = error.strerror or error
        try:
            handle, kept = tempfile.mkstemp(prefix="probe-", suffix=".json")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
        except OSError as again:
            raise CannotRun(f"{out} could not be written ({why}), nor a temporary file ({again})") from None
        Terminal(stderr=True).print(f"{out} could not be written ({why}); the report is in {kept}", style="red")
    else:
        Terminal().print(f"Wrote {out}.")


def _write(out: Path, data: bytes) -> None:
    """Write a file whole, or leave what is there as it is. Raises OSError."""
    if out.exists() and not out.is_file():
        # A terminal, a pipe.
        out.write_bytes(data)
        return
    part = out.with_name(f"{out.name}.part")
    try:
        part.write_bytes(data)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _tell(report: asked.Report, *, everything: bool = False, of_all: bool = False) -> None:
    findings = asked.findings(report)
    _say(report, findings, everything=everything)
    for line in unmentioned(report, everything=everything) if of_all else ():
        Terminal().print(line)
    wrong = ["contradicts", "threw", *(["otherwise"] if report.is_of_the_double else [])]
    # An engine may be slow; in the simulation, time is not.
    is_stuck = report.is_of_the_double and report.unended
    if is_stuck or any(finding.verdict in wrong for finding in findings):
        raise typer.Exit(1)


def _say(report: asked.Report, findings: Sequence[asked.Finding], *, everything: bool = False) -> None:
    console = Terminal()
    for line in in_words(report, findings, everything=everything):
        console.print(line)
