"""`--luau-coverage`: how much of the shipped Luau the tests ran, and a floor under it that only rises.

Every module whose text is that of a shipped one counts, whichever test mounts it and wherever it came from.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from audioscape_luau.quality.coverage import FileCoverage, Instrumented, instrument, measure, percent
from audioscape_luau.quality.swap import Counts, counts
from audioscape_luau.resources import luau_root
from roblox_double import Peer, ScriptTree

FLOORS = Path(__file__).parents[1] / "floors.toml"
_KEY = "luau_coverage"


class LuauCoverage:
    """The plugin, one in each worker and one in the process that starts them."""

    def __init__(self, root: Path | None = None) -> None:
        root = root or luau_root() / "AudioScapeClient"
        self.code: dict[str, Instrumented] = {}
        self._of_text: dict[str, Instrumented] = {}
        for file in sorted(root.rglob("*.luau")):
            name, source = file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")
            self.code[name] = self._of_text[source] = instrument(source, name)
        self.counts: Counts = {}
        self.failed = False

    # Collecting

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let every peer run code that counts, and ask it for the counts before it goes."""
        mount, mount_game, close = Peer.mount, Peer.mount_game, Peer.close

        def mounting(peer: Peer, tree: ScriptTree, parent: str) -> None:
            mount(peer, self.counting(tree), parent)

        def mounting_game(peer: Peer, project: ScriptTree) -> None:
            mount_game(peer, self.counting(project))

        def closing(peer: Peer) -> None:
            if peer.is_open:
                self._collect(peer)
            close(peer)

        patch.setattr(Peer, "mount", mounting)
        patch.setattr(Peer, "mount_game", mounting_game)
        patch.setattr(Peer, "close", closing)

    def counting(self, tree: ScriptTree) -> ScriptTree:
        """Return `tree` with sources that count in place of the shipped ones."""
        code = self._of_text.get(tree.source or "")
        children = tuple(self.counting(child) for child in tree.children)
        return replace(tree, source=code.source if code else tree.source, children=children)

    def _collect(self, peer: Peer) -> None:
        self.add(counts(peer))

    def add(self, counts: Mapping[str, list[int]]) -> None:
        """Add the counts of a VM or of a worker to those there are."""
        for name, values in counts.items():
            code = self.code.get(name)
            # Tests of the counting have sources of their own, and a game may empty `shared`.
            if code and len(values) == (size := len(code.lines) + len(code.branches)):
                known = self.counts.get(name, [0] * size)
                self.counts[name] = [a + b for a, b in zip(known, values, strict=True)]

    # Judging

    def files(self) -> list[FileCoverage]:
        """Return what is known of each file."""
        return [measure(name, code, self.counts.get(name)) for name, code in self.code.items()]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = self.counts
            return
        self.failed = bool(shortfalls(totals(self.files()), floors()["luau_coverage"]))
        if self.failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.add(getattr(node, "workeroutput", {}).get(_KEY, {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        files = self.files()
        terminalreporter.section("Luau coverage")
        console = Console(width=140)
        with console.capture() as shown:
            console.print(table(files))
        terminalreporter.write_line(shown.get())
        reached, floor = totals(files), floors()["luau_coverage"]
        for text in shortfalls(reached, floor):
            terminalreporter.write_line(text, red=True)
        for name, value in reached.items():
            if int(value * 10) / 10 > floor[name]:
                terminalreporter.write_line(f"{name}: the floor can rise from {floor[name]} to {int(value * 10) / 10}")


def floors() -> Mapping[str, Mapping[str, float]]:
    """Return what must be reached, in percent."""
    return tomllib.loads(FLOORS.read_text(encoding="utf-8"))


def totals(files: list[FileCoverage]) -> dict[str, float]:
    """Return the percentages over all files."""
    return {
        "lines": percent([(len(file.missed_lines), len(file.lines)) for file in files]),
        "branches": percent([(len(file.missed_branches), len(file.branches)) for file in files]),
    }


def shortfalls(reached: Mapping[str, float], floor: Mapping[str, float]) -> list[str]:
    """Return a sentence for each figure that is below its floor."""
    return [
        f"{name}: {reached[name]:.2f} % is below the floor of {least} % in tests/{FLOORS.name}"
        for name, least in floor.items()
        if reached[name] < least
    ]


def table(files: list[FileCoverage]) -> Table:
    """Return a row for each file that missed anything, and the totals."""
    shown = Table("file", "lines", "branches", "missed lines", "missed branches", show_footer=True)
    for file in files:
        if file.missed_lines or file.missed_branches:
            shown.add_row(
                file.name,
                f"{percent([(len(file.missed_lines), len(file.lines))]):.1f}",
                f"{percent([(len(file.missed_branches), len(file.branches))]):.1f}",
                _ranges(file.missed_lines),
                ", ".join(map(str, file.missed_branches)),
            )
    whole = totals(files)
    shown.columns[0].footer = f"{len(files)} files"
    shown.columns[1].footer, shown.columns[2].footer = f"{whole['lines']:.2f}", f"{whole['branches']:.2f}"
    return shown


def _ranges(lines: list[int]) -> str:
    runs: list[list[int]] = []
    for line in lines:
        if runs and line <= runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
