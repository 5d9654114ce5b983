#!/usr/bin/env python3
"""Mutation testing of the Python that reads the specification, writes the client and plays the API.

Makes small wrong changes and counts how many of them the tests of the changed package notice. If it is less than the
floor in tests/floors.toml for any package, it exits with 1.

    uv run scripts/python_mutants.py                        # a fixed share of all mutants
    uv run scripts/python_mutants.py --one-in 1 spec mock   # every mutant of two packages
    uv run scripts/python_mutants.py --again                # those that were not noticed last time

mutmut does the work. It knows sources in `src/` only, so it runs in `build/python-mutants/PACKAGE/`, where `src` is a
link to `python/`.

It is a plugin of pytest as well, loaded in each trial.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from contextlib import chdir
from pathlib import Path
from zlib import crc32

import pytest

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "python-mutants"
# Which tests have to notice what is wrong in a package.
TESTS = {
    "openapi": ["tests/openapi", "tests/mock/test_check.py"],
    "codegen": ["tests/codegen"],
    "mock": ["tests/mock", "tests/contract/test_faults.py"],
}
# They need a browser, start Python that is unchanged, look at files only, or take many seconds each.
LEFT_OUT = [
    "tests/codegen/test_hostile.py::test_any_of_it_type_checks",
    "tests/codegen/test_hostile.py::test_it_does_the_same",
    "tests/codegen/test_hostile.py::test_the_output_is_luau",
    "tests/codegen/test_render.py::test_hundreds_of_operations",
    "tests/codegen/test_render.py::test_the_same_specification_gives_the_same_bytes",
    "tests/codegen/test_render.py::test_what_ships_is_formatted_and_lints_clean",
    "tests/mock/test_log_page.py",
    "tests/mock/test_lune_example.py",
    "tests/mock/test_server.py::test_many_requests_64_at_once_each_get_their_own_reply",
    "tests/mock/test_server.py::test_it_starts_on_a_free_port_and_speaks_real_http",
    "tests/mock/test_server_schemathesis.py",
]
# What is loaded before a trial. None of it is ours: what unchanged code has computed would be taken for the mutant's.
WARM = ["httpx", "hypothesis", "jinja2", "jsonschema", "openapi_spec_validator", "pluau", "respx", "starlette", "yaml"]
ARGUMENTS = [
    "-n0",
    "--every-case",
    f"-p{Path(__file__).stem}",
    "-pno:cacheprovider",
    # pytest cannot rewrite what is loaded before it.
    "-Wignore::pytest.PytestAssertRewriteWarning",
    *(f"--{'deselect' if '::' in test else 'ignore'}={test}" for test in LEFT_OUT),
]
BESIDE = ["docs", "luau", "scripts", "spec", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "roblox_min.yml"]
# A time-out is also what mutmut calls it if a test's file cannot be loaded any more.
NOTICED = {"killed", "timeout", "segfault"}
_REACHED: set[str] = set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the quickest tests first: a trial ends with the first test that notices."""
    measured = Path("mutmut-stats.json")
    if measured.exists():
        seconds: dict[str, float] = json.loads(measured.read_text(encoding="utf-8"))["duration_by_test"]
        items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Count what an earlier test has reached as reached by each later one too: its result may have been kept."""
    from mutmut.state import state

    reached = state()._stats  # pyright: ignore[reportPrivateUsage]
    _REACHED.update(reached)
    reached.update(_REACHED)


def prepare(package: str) -> Path:
    """Make the folder in which mutmut works on a package anew, and return it."""
    folder = WORK / package
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ["tests", *BESIDE]:
        (folder / name).symlink_to(ROOT / name)
    (folder / "src").symlink_to(ROOT / "python")
    (folder / "warm").write_text("\n".join(WARM), encoding="utf-8")
    settings = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/audioscape_luau/{package}/*"]
also_copy = {BESIDE}
pytest_add_cli_args = {ARGUMENTS}
pytest_add_cli_args_test_selection = {TESTS[package]}
process_isolation = "forkserver"
forkserver_warmup = "import"
preload_modules_file = "warm"
track_dependencies = false
use_git_change_detection = false
timeout_constant = 20.0
timeout_multiplier = 4.0
"""
    whole = (ROOT / "pyproject.toml").read_text(encoding="utf-8") + settings
    (folder / "pyproject.toml").write_text(whole, encoding="utf-8")
    return folder


def mutants(folder: Path, package: str, one_in: int) -> list[str]:
    """Return the names of the mutants to try. Whether a mutant is one of them depends on its name alone."""
    from mutmut.configuration import reset_config
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    with chdir(folder):
        reset_config()
        names = [
            get_mutant_name(path, name)
            for path in sorted(Path("src/audioscape_luau", package).rglob("*.py"))
            for name in mutate_file_contents(str(path), path.read_text(encoding="utf-8")).mutant_names
        ]
    return [name for name in names if crc32(name.encode()) % one_in == 0]


def run(folder: Path, *arguments: str) -> str:
    """Start mutmut and return what it prints; what it tells of its trials is shown at once."""
    environment = {
        "AUDIOSCAPE_TOOLS": str(ROOT / ".tools"),
        **os.environ,
        # No test is skipped for want of a tool.
        "CI": "1",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    # Every trial imports everything of ours anew, which without cached bytecode takes longer than most tests.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    shown = None if arguments[0] == "run" else subprocess.PIPE
    done = subprocess.run(command, cwd=folder, env=environment, check=True, stdout=shown, encoding="utf-8")  # noqa: S603
    return done.stdout or ""


def verdicts(folder: Path) -> dict[str, str]:
    """Return what became of each mutant that was tried, in mutmut's words."""
    found = re.findall(r"^ +(\S+): (.+)$", run(folder, "results", "--all=true"), re.MULTILINE)
    return {name: verdict for name, verdict in found if verdict != "not checked"}


def unnoticed(folder: Path) -> list[str]:
    """Return the names of the mutants that were tried and not noticed."""
    return [name for name, verdict in verdicts(folder).items() if verdict not in NOTICED]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", default=list(TESTS), help=f"some of {', '.join(TESTS)}; default: all")
    parser.add_argument("--one-in", type=int, default=24, metavar="N", help="try one mutant in N; default: 24")
    parser.add_argument("--again", action="store_true", help="try only those that were not noticed last time")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="at once; default: 2")
    options = parser.parse_args()
    floor = float(tomllib.loads((ROOT / "tests" / "floors.toml").read_text(encoding="utf-8"))["python_mutation"]["all"])
    below = False
    for package in options.packages:
        folder = WORK / package if options.again else prepare(package)
        names = unnoticed(folder) if options.again else mutants(folder, package, options.one_in)
        if names:
            run(folder, "run", f"--max-children={options.processes}", *names)
        counts = Counter(verdicts(folder).values())
        print(*(run(folder, "show", name) for name in unnoticed(folder)), sep="\n")
        score = 100 * sum(counts[verdict] for verdict in NOTICED) / counts.total()
        print(f"{package}: {score:.1f} % of {counts.total()} mutants noticed, the floor is {floor} %: {dict(counts)}")
        below |= score < floor
    return int(below)


if __name__ == "__main__":
    sys.exit(main())
