"""Strict type check of Luau files with luaur-analyze, in both solvers.

The tool knows no Roblox names. Those that may be used are listed once, in selene's `roblox_min.yml`: its `globals` and,
for names of types, its `structs`. Findings that only say that such a name is unknown are left out, nothing else is.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from audioscape_luau.programs import find_tool

ROOT = Path(__file__).parents[1]
TOOL = "luaur-analyze"
SOLVERS = ("old", "new")
_TRIES = 50
_LONGEST = 180
"""Seconds that a run may take; the longest takes some ten."""

_FINDING = re.compile(r"^(?P<file>.+?)\((?P<line>\d+),(?P<column>\d+)\): (?P<kind>\w+): (?P<text>.*)$")
_UNKNOWN = re.compile(
    r"Unknown (?:global '(?P<value>[\w.]+)'; consider assigning to it first|type '(?P<type>[\w.]+)')", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One complaint of the type checker; `line` and `column` count from 1."""

    file: Path
    line: int
    column: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.kind}: {self.text}"


def engine_globals() -> frozenset[str]:
    """Return the names of Roblox globals that our Luau may use."""
    return _listed("globals")


def engine_names() -> frozenset[str]:
    """Return the names of Roblox globals and types that our Luau may use."""
    return _listed("globals") | _listed("structs")


@cache
def _listed(part: str) -> frozenset[str]:
    library = yaml.safe_load((ROOT / "roblox_min.yml").read_text(encoding="utf-8"))
    return frozenset(name.split(".")[0] for name in library[part])


def _is_engine_name(text: str) -> bool:
    unknown = _UNKNOWN.fullmatch(text)
    return unknown is not None and (unknown["value"] or unknown["type"]).split(".")[0] in engine_names()


def analyze(paths: Sequence[Path], solver: str, folder: Path = ROOT) -> list[Finding]:
    """Type-check files and folders with one solver and return what is wrong, engine names left out.

    Raises FileNotFoundError if a path or the tool is missing: the tool itself passes over what it cannot find.
    """
    tool = find_tool(TOOL)
    if tool is None:
        raise FileNotFoundError(f"{TOOL} is not installed; run scripts/tools")
    for path in paths:
        if not (folder / path).exists():
            raise FileNotFoundError(path)
    run = _run([tool, "--mode=strict", f"--solver={solver}", *map(str, paths)], folder)
    findings = dict.fromkeys(_parse(run.stderr, folder))
    if run.returncode not in (0, 1) or (run.returncode and not findings):
        raise RuntimeError(f"{TOOL} failed with {run.returncode}: {run.stderr or run.stdout}")
    return [finding for finding in findings if not _is_engine_name(finding.text)]


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Start the tool, and again if a memory fault of its own kills it, or its threads wait for each other for ever.

    It is killed so (0.1.8) in up to one run of eight, and in two of three if there are hundreds of operations. Once in
    thousands of runs it waits, or writes what is no text.
    """
    for _ in range(_TRIES - 1):
        try:
            run = subprocess.run(  # noqa: S603
                command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=_LONGEST
            )
        except (subprocess.TimeoutExpired, UnicodeDecodeError):
            continue
        if run.returncode >= 0:
            return run
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)  # noqa: S603


def _parse(report: str, folder: Path) -> list[Finding]:
    findings: list[Finding] = []
    for line in report.splitlines():
        match = _FINDING.match(line)
        if match:
            file = (folder / match["file"]).resolve()
            findings.append(Finding(file, int(match["line"]), int(match["column"]), match["kind"], match["text"]))
        elif findings:
            last = findings[-1]
            findings[-1] = Finding(last.file, last.line, last.column, last.kind, f"{last.text}\n{line}")
    return findings


def main(arguments: list[str]) -> int:
    """Check the files and folders that are named; print findings; return 1 if there are any."""
    found = 0
    for solver in SOLVERS:
        for argument in arguments:
            for finding in analyze([Path(argument)], solver):
                print(f"[{solver} solver] {finding}")
                found += 1
    print(f"{found} findings in both solvers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
