"""Spec files as pytest collects, runs and reports them."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
import respx

from roblox_double.legible import legible
from roblox_double.project.script_tree import ProjectError
from roblox_double.testing.backend import Backend
from roblox_double.testing.bridge import UnexpectedRequest
from roblox_double.testing.gaps import note_gaps
from roblox_double.testing.places import seen_from
from roblox_double.testing.setup import Setup
from roblox_double.testing.specs import Declared, Spec, SpecFailure
from roblox_double.vm import LuauError, LuauTimeout, LuauValue

type Setups = Callable[[pytest.Collector | pytest.Item], Setup]
"""How the game of a collector or a test is set up; raises ProjectError."""

_TELLING = (
    SpecFailure,
    UnexpectedRequest,
    LuauTimeout,
    LuauError,
    TimeoutError,
    ProjectError,
    OSError,
)
"""What is told by its text alone: a Python traceback would show only this harness."""


_BRACKETS = str.maketrans("[]", "()")


def printable(text: LuauValue) -> str:
    """Return a name on one line, without characters that a terminal takes for something else."""
    known = text.decode(errors="backslashreplace") if isinstance(text, bytes) else str(text)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in " ".join(known.split())
    )


def item_name(said: str) -> str:
    """Return a name free of what ids are built with.

    pytest takes an id apart at `::` and at the first bracket, to select by it and to look up what failed last time.
    """
    return re.sub(":{2,}", ":", said).translate(_BRACKETS) or "(blank)"


def item_names(declared: Sequence[Declared]) -> list[str]:
    """Return the names under which pytest knows the tests of a file, each only once."""
    said = [printable(test.name) for test in declared]
    plain = [item_name(name) for name in said]
    # Who is named so in the spec keeps the name; others make way.
    taken = {name for name, spelt in zip(said, plain, strict=True) if name == spelt}
    kept = set[str]()
    names: list[str] = []
    for name, spelt in zip(said, plain, strict=True):
        new = spelt
        if spelt in kept or (spelt in taken and name != spelt):
            free = (f"{spelt} ({number})" for number in itertools.count(2))
            new = next(name for name in free if name not in taken and name not in kept)
        kept.add(new)
        names.append(new)
    return names


class SpecFile(pytest.Module):
    """A `*.spec.luau` file: a test for each that it declares.

    It is a Module, as a text file of doctests is, because fixtures may live as long as one.
    """

    obj = None  # pyright: ignore[reportAssignmentType, reportIncompatibleMethodOverride]
    _setups: Setups
    _backends: Sequence[Callable[[], Backend]]

    @classmethod
    def of(
        cls, parent: pytest.Collector, file: Path, setups: Setups, backends: Sequence[Callable[[], Backend]]
    ) -> Self:
        """Return the collector of a file; `backends` make what is behind the game while it is collected."""
        made: Self = cls.from_parent(parent, path=file)  # pyright: ignore[reportUnknownMemberType]
        made._setups = setups
        made._backends = backends
        return made

    def spec(self, node: pytest.Collector | pytest.Item) -> Spec:
        """Return the spec in the game of a node. Raises ProjectError."""
        return Spec(self._setups(node), self.path, shown_from=self.config.invocation_params.dir)

    def collect(self) -> Iterable[SpecItem]:
        try:
            declared = self.spec(self).tests(self._backends)
        except _TELLING as error:
            raise self.CollectError(_told(error)) from None
        return [SpecItem.of(self, test, name) for test, name in zip(declared, item_names(declared), strict=True)]


def _told(error: BaseException) -> str:
    # The stack of what no script has raised is that of the double.
    return error.message if isinstance(error, LuauError) else str(error)


class SpecItem(pytest.Function):
    """One test of a spec file: a function that takes fixtures, as a conftest may replace them."""

    _declared: Declared

    @classmethod
    def of(cls, parent: SpecFile, declared: Declared, name: str) -> Self:
        """Return the item of a test, under one of `item_names`."""

        def play(roblox_http: respx.MockRouter, roblox_backends: list[Backend]) -> None:
            made._play(parent.spec(made), roblox_backends, roblox_http)

        made: Self = cls.from_parent(parent, name=name, callobj=play)  # pyright: ignore[reportUnknownMemberType]
        made._declared = declared
        # So that `-k` finds what the spec says, too.
        made.extra_keyword_matches.add(printable(declared.name))
        return made

    def _play(self, spec: Spec, backends: Sequence[Backend], http: respx.MockRouter) -> None:
        if self._declared.skipped:
            pytest.skip(self._declared.skipped)
        with spec.playing(backends, http) as play:
            try:
                play.test(self._declared)
            finally:
                self.add_report_section("call", "output", legible(play.said()))
                note_gaps(self, play.gaps())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ARG002
        if isinstance(excinfo.value, SpecFailure) and excinfo.value.placed:
            return legible(str(excinfo.value))
        if isinstance(excinfo.value, _TELLING):
            return legible(f"{self._where()}: {_told(excinfo.value)}")
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        # pytest prints an id that ends in this with `::` for each dot of it, and that id could not be selected.
        return self.path, self._declared.line - 1, f"{self.name} "

    def _where(self) -> str:
        return f"{seen_from(self.path, self.config.invocation_params.dir)}:{self._declared.line}"
