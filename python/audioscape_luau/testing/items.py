"""Spec files as pytest sees them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import pytest

from audioscape_luau.engine import LuauTimeout, ProjectError, ScriptTree
from audioscape_luau.mock import ContractViolation
from audioscape_luau.testing.specs import Declared, Spec, SpecFailure

_TELLING = (SpecFailure, ContractViolation, LuauTimeout, TimeoutError)
"""What is told by its text alone: a Python traceback would show only this harness."""


class SpecFile(pytest.File):
    """A `*.spec.luau` file: a test for each that it declares."""

    _project: Callable[[], ScriptTree]

    @classmethod
    def of(cls, parent: pytest.Collector, file: Path, project: Callable[[], ScriptTree]) -> Self:
        """Return the collector of a file; `project` loads the game's Rojo project, or raises ProjectError."""
        made: Self = cls.from_parent(parent, path=file)  # pyright: ignore[reportUnknownMemberType]
        made._project = project
        return made

    def collect(self) -> Iterable[SpecItem]:
        try:
            spec = Spec(self._project(), self.path, shown_from=self.config.invocation_params.dir)
            declared = spec.tests()
        except (ProjectError, OSError, *_TELLING) as error:
            raise self.CollectError(str(error)) from None
        return [SpecItem.of(self, spec, test) for test in declared]


class SpecItem(pytest.Item):
    """One test of a spec file."""

    _spec: Spec
    _declared: Declared

    @classmethod
    def of(cls, parent: SpecFile, spec: Spec, declared: Declared) -> Self:
        """Return the item of a test."""
        made: Self = cls.from_parent(parent, name=declared.name)  # pyright: ignore[reportUnknownMemberType]
        made._spec = spec
        made._declared = declared
        return made

    def runtest(self) -> None:
        with self._spec.playing() as play:
            try:
                play.test(self._declared.name)
            finally:
                self.add_report_section("call", "output", play.said())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, SpecFailure):
            return str(excinfo.value)
        if isinstance(excinfo.value, _TELLING):
            return f"{self._where()}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        return self.path, self._declared.line - 1, self._declared.name

    def _where(self) -> str:
        return f"{os.path.relpath(self.path, self.config.invocation_params.dir)}:{self._declared.line}"
