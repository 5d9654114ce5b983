"""The probe as the command line has it: in the double, and what reports from elsewhere say of the facts."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import roblox_double
from audioscape_luau.tools.echo import Host, hosting
from roblox_double.facts import TABLE, load_facts
from roblox_double.probe import checks, studio, unseen, version, where
from roblox_double.probe.cloud import PartError, probe
from roblox_double.probe.compare import Finding, compare
from roblox_double.probe.open_cloud import CloudError, OpenCloud
from roblox_double.probe.report import Report, ReportError, read, with_notes
from roblox_double.probe.run import AUDIO, run
from roblox_double.probe.seen import adopt, mark_seen
from roblox_double.probe.worth import Outcome, WorthError, breakages, flips, measure

__all__ = [
    "CloudError",
    "Finding",
    "Outcome",
    "PartError",
    "Report",
    "ReportError",
    "WorthError",
    "adopt_settings",
    "facts_of",
    "findings",
    "floor",
    "has_studio",
    "in_cloud",
    "in_double",
    "in_studio",
    "mark",
    "read",
    "statements",
    "studio_files",
    "usual_studio",
    "version",
    "where",
    "worth",
]

_PATIENCE = 10.0
"""Seconds that Studio has to end when it is told to."""
_SETTINGS = Path(roblox_double.__file__).parent / "settings.py"


def facts_of(names: Sequence[str]) -> list[str]:
    """Return the facts that begin with one of `names` and have a check. Raises ReportError if one has none."""
    known = [check.fact for check in checks()]
    for name in names:
        if name in unseen():
            raise ReportError(f"no script can see {name}: {unseen()[name]}")
        if not any(fact == name or fact.startswith(f"{name}.") for fact in known):
            raise ReportError(f"there is no check of {name}; docs/engine-double.md lists the facts")
    return [fact for fact in known if any(fact == name or fact.startswith(f"{name}.") for name in names)]


def in_double(vm: str | None, only: Collection[str] | None) -> Report:
    """Probe the double in one of its VMs."""
    return run(vm="lune" if vm == "lune" else "pluau", only=only)


def in_cloud(
    cloud: OpenCloud, *, echo: str | None, secret: bool, audio: Sequence[str], only: Collection[str] | None
) -> Report:
    """Probe the real engine by Open Cloud. Raises CloudError, and PartError where there is a part of a report."""
    with cloud:
        return probe(cloud, echo=echo, secret=secret, audio=audio or AUDIO, only=only)


def studio_files(
    folder: Path, address: str, *, audio: Sequence[str], only: Collection[str] | None, deferred: bool = False
) -> tuple[studio.Files, list[str]]:
    """Write the place and the script for Studio; return them, and the command that runs them. Raises ReportError."""
    files = studio.write(folder, address, audio=audio or AUDIO, only=only, deferred=deferred)
    return files, studio.command(studio.find() or studio.usual(), files)


def has_studio() -> bool:
    """Tell whether Studio is where its installer puts it."""
    return studio.find() is not None


def usual_studio() -> str:
    """Return where that is."""
    return studio.usual()


def in_studio(
    folder: Path,
    told: Callable[[str], None],
    *,
    executable: Path | None,
    port: int,
    seconds: float,
    audio: Sequence[str],
    only: Collection[str] | None,
    deferred: bool = False,
) -> Report:
    """Probe Studio on this machine, with a host for the HTTP checks beside it. Raises ReportError, and OSError.

    `told` is given a line whenever it gets somewhere. Where there is no Studio, it is given the command to run, and the
    report is waited for.
    """
    with hosting(port) as host:
        files, words = studio_files(folder, host.address, audio=audio, only=only, deferred=deferred)
        found = executable or studio.find()
        if found is None:
            told("Run this on this machine; put the number of your version for *:")
            told(studio.typed(words))
            return _brought_home(host, files, lambda: True, seconds, told)
        told(f"Starting {found}; waiting up to {seconds:.0f} s for the report.")
        try:
            # What Studio logs is not what this command says.
            started = subprocess.Popen(  # noqa: S603 - what the user named, or Studio
                studio.command(found.resolve(), files), stdout=subprocess.DEVNULL
            )
        except OSError as error:
            raise ReportError(
                f"{found} cannot be started: {error.strerror}. Name Studio's program with --studio"
            ) from None
        with started as process:
            try:
                return _brought_home(host, files, lambda: process.poll() is None, seconds, told)
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def _brought_home(
    host: Host, files: studio.Files, is_running: Callable[[], bool], seconds: float, told: Callable[[str], None]
) -> Report:
    report = studio.wait_for(host.reports, files, is_running, seconds=seconds, told=told)
    told(f"Report received; waiting up to {studio.CLOSING:.0f} s for the server to close.")
    notes = studio.last_words(host.notes, is_running, seconds=studio.CLOSING)
    try:
        return with_notes(report, notes, [check.fact for check in checks()])
    except ReportError as error:
        told(f"{error}; the report has nothing of what was told then.")
        return report


def findings(report: Report) -> list[Finding]:
    """Compare a report with the facts."""
    return compare(report, load_facts())


def statements() -> dict[str, str]:
    """Return what each fact says."""
    return {fact.id: fact.statement for fact in load_facts()}


def mark(report: Report, adopted: Sequence[Finding] = ()) -> int:
    """Write what was seen into the table of facts; return how many facts. Raises ReportError.

    adopted: findings that the settings have followed just now, which hold then.
    """
    return mark_seen(TABLE, report, [*findings(report), *(replace(one, verdict="agrees") for one in adopted)])


def adopt_settings(report: Report) -> tuple[list[Finding], list[Finding]]:
    """Let the settings of unknowns be what they turned out to be; return what was changed, and what cannot be.

    Raises ReportError for a report of the double.
    """
    if report.is_of_the_double:
        raise ReportError("it was made in the double, which shows nothing about the engine")
    return adopt(_SETTINGS, findings(report))


def worth(told: Callable[[Outcome], None], jobs: int | None = None) -> list[Outcome]:
    """Break the double in one thing at a time; return what became of each. Raises WorthError."""
    return measure([*flips(), *breakages()], told, jobs)


def floor(root: Path) -> float:
    """Return the percentage of broken things that have to be noticed."""
    return float(tomllib.loads((root / "tests" / "floors.toml").read_text(encoding="utf-8"))["probe"]["noticed"])
