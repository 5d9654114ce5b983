"""Which mutants of the shipped Luau are tried, with which tests, and what the outcome has to be."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from audioscape_luau.contract.subject import load_module
from audioscape_luau.openapi import load
from audioscape_luau.quality.by_check import CheckTrial
from audioscape_luau.quality.forks import can_fork
from audioscape_luau.quality.mutation import Mutant, mutants
from audioscape_luau.quality.trial import Trial, TrialError, Verdict
from audioscape_luau.resources import luau_root, spec_file

SAMPLE = 100
"""Mutants in the quick part, for which the floor `quick` holds."""
DRAW = 2
"""Which sample is drawn: raised once the last one was worked on, so that it stands for all of them again."""
CHECK_SAMPLE = 40
"""Mutants that `audioscape check` is tried with, for which the floor `check` holds."""
TESTS = (
    "analytics",
    "client",
    "codegen",
    "contract",
    "dialect",
    "policies",
    "radio",
    "remote",
    "share",
    "docs/test_readme.py",
)
"""Folders of tests that run the shipped Luau; the README holds the texts of all errors and options."""
# Played for hours or with the compiler: what they would notice, a smaller test does, too.
_LEFT_OUT = (
    "radio/test_chance.py",
    "radio/test_many_radios.py",
    "radio/test_radio.py::test_memory_does_not_grow",
    "contract/test_check.py",
    "contract/test_drift.py",
    "contract/test_live.py",
    # Whole checks of other documents, and processes of its own.
    "contract/test_museum.py",
    "contract/test_spread.py",
    "codegen/test_render.py",
    "codegen/test_hostile.py",
    "codegen/test_write.py",
    "codegen/test_literals.py",
    "codegen/test_wording.py",
    "codegen/test_environment.py",
)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that does the same as the original: its change without indentation, and the reason."""

    file: str
    line: str
    becomes: str
    because: str


def change(mutant: Mutant, original: str) -> tuple[str, str]:
    """Return what a mutant takes away and what it puts there, each on one line."""
    lines = mutant.diff(original).splitlines()
    old, new = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    return " ".join(old), " ".join(new)


class Campaign:
    """The mutants of a module, by default the shipped one, and the tests in the checkout `root`."""

    def __init__(self, root: Path, module: Path | None = None, *, draw: int = DRAW) -> None:
        self._tests = root / "tests"
        self._draw = draw
        self._module = module = module or luau_root() / "AudioScapeClient"
        self.sources: Mapping[str, str] = {
            file.relative_to(module).as_posix(): file.read_text(encoding="utf-8")
            for file in sorted(module.rglob("*.luau"))
        }

    @cached_property
    def equivalents(self) -> list[Equivalent]:
        """The mutants that no test could notice."""
        table = tomllib.loads((self._tests / "equivalent_mutants.toml").read_text(encoding="utf-8"))
        return [Equivalent(file, **entry) for file, entries in table.items() for entry in entries]

    @cached_property
    def found(self) -> list[Mutant]:
        """Every mutant, equivalent ones included."""
        return [mutant for file, source in self.sources.items() for mutant in mutants(source, file)]

    def stale(self) -> list[Equivalent]:
        """Return the entries of the list that are no mutant of the code as it is."""
        listed = {entry.file for entry in self.equivalents}
        known = {
            (file, *change(mutant, source))
            for file, source in self.sources.items()
            if file in listed
            for mutant in mutants(source, file)
        }
        return [entry for entry in self.equivalents if (entry.file, entry.line, entry.becomes) not in known]

    def chosen(self, *, every: bool, files: Collection[str], size: int | None) -> list[Mutant]:
        """Return the mutants to try, none that is listed as equivalent."""
        listed = {(entry.file, entry.line, entry.becomes) for entry in self.equivalents}
        candidates = [
            mutant
            for mutant in self.found
            if (not files or any(fnmatch(mutant.file, pattern) for pattern in files))
            and (mutant.file, *change(mutant, self.sources[mutant.file])) not in listed
        ]
        if every or (files and size is None):
            return candidates
        return sorted(candidates, key=self._lot)[: size or SAMPLE]

    def check(self, chosen: Sequence[Mutant], told: Callable[[Verdict], None], jobs: int) -> None:
        """Try the mutants by `audioscape check` alone. Raises TrialError as `run` does."""
        _need_forks()
        tree, model = load_module(self._module).tree, load(spec_file())
        CheckTrial(model, tree, self.sources, chosen, told, jobs).run()

    def run(self, chosen: Sequence[Mutant], told: Callable[[Verdict], None], jobs: int) -> None:
        """Try the mutants. Raises TrialError if the tests fail by themselves, or the system has no forks."""
        _need_forks()
        # The same examples each time, and no search for a smaller one: that a test fails is all there is to know.
        settings.register_profile("mutate", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
        profile = settings.get_current_profile_name()
        trial = Trial(self.sources, chosen, told, jobs)
        plugins = ["-pno:terminal", "-pno:cacheprovider", "-pno:xdist", "-oaddopts="]
        options = [*plugins, "--hypothesis-profile=mutate", "--import-mode=importlib", "--capture=no", "--assert=plain"]
        left_out = [f"--deselect=tests/{test}" for test in _LEFT_OUT]
        paths = [str(self._tests / room) for room in TESTS]
        pytest.main([*options, *left_out, f"--rootdir={self._tests.parent}", *paths], plugins=[trial])
        settings.load_profile(profile)
        trial.check()

    def complaints(self, score: float, *, part: str | None) -> list[str]:
        """Return what is wrong with a `score` in percent; `part` names the floor that holds for it."""
        found = [
            f"tests/equivalent_mutants.toml: {entry.file} has no mutant {entry.line!r} -> {entry.becomes!r} any more."
            for entry in self.stale()
        ]
        if part is not None:
            floor = self.floor(part)
            if score < floor:
                found.append(f"This is below the floor of {floor} % in tests/floors.toml.")
        return found

    def floor(self, part: str) -> float:
        """Return the least score of a part, in percent."""
        return float(tomllib.loads((self._tests / "floors.toml").read_text(encoding="utf-8"))["luau_mutation"][part])

    def _lot(self, mutant: Mutant) -> str:
        """Return what a sample is drawn by: as good as chance, and a change of the code elsewhere changes nothing."""
        text = f"{self._draw} {mutant.file} {mutant.operator} {mutant.diff(self.sources[mutant.file])}"
        return hashlib.sha256(text.encode()).hexdigest()


def _need_forks() -> None:
    if not can_fork():
        raise TrialError("Every mutant is tried in a fork of the process, and this system has none: use Linux or WSL.")
