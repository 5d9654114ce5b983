#!/usr/bin/env python3
"""Load public packages of the Roblox ecosystem, code that nobody here wrote, in the simulated engine, and try each.

A package is mounted as a roblox-ts game has it. On a server, then on a client, its entry is required and the list's
snippet has to return true. If fewer than in tests/floors.toml load or do, it exits with 1; if npm cannot fetch, with 2.

    uv run scripts/peers.py                 # all of tests/toolchain/peers.tsv
    uv run scripts/peers.py --only t iris   # two of them

The packages are fetched once, into .peers/ or the folder that AUDIOSCAPE_PEERS names. Nothing of them is installed or
run outside the engine's VM.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roblox_double import LuauError, LuauTimeout, Peer, Universe, load_project

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests" / "toolchain" / "peers.tsv"
CACHE = Path(os.environ.get("AUDIOSCAPE_PEERS") or ROOT / ".peers")
RUNTIME = "roblox-ts@3.0.0"  # its folder `include` is the library that every roblox-ts game has
PARENTS = {"server": "ServerScriptService", "client": "ReplicatedStorage"}
SECONDS = 120  # of virtual time that a script may take; and of real time, a package
TRIES = 3
# roblox-ts's Promise closes threads that still wait for an event. Whether Roblox prints this then, no source says.
UNDECIDED = "cannot resume dead coroutine"
VAGUE = "Requested module experienced an error while loading"
SCRIPT = """\
local side = ...
local include = game:GetService("ReplicatedStorage"):WaitForChild("rbxts_include", 10)
local TS = require(include:WaitForChild("RuntimeLib", 10))
local function from(path)
    return TS.import(script, include, "node_modules", table.unpack(string.split(path, "/")))
end
local lib = from("{entry}")
{body}
"""


@dataclass(frozen=True)
class Package:
    spec: str
    """As npm has it: name@version."""
    entry: str
    """The path below node_modules of the module to require."""
    sides: list[str]
    needs: list[str]
    """The specs of all other packages that it requires."""
    smoke: str


@dataclass(frozen=True)
class Outcome:
    load: bool
    smoke: bool
    reasons: list[str]


def _name(spec: str) -> str:
    return spec.rpartition("@")[0]


def read_list(file: Path) -> list[Package]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [_package(line.split("\t")) for line in lines if line and not line.startswith("#")]


def _package(cells: list[str]) -> Package:
    name, version, entry, sides, needs, smoke = cells
    smoke = re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), smoke)
    return Package(f"{name}@{version}", entry, list(PARENTS) if sides == "both" else [sides], needs.split(), smoke)


# Fetching


def folder(spec: str) -> Path:
    """Return where a package is unpacked."""
    return CACHE / re.sub(r"[@/]", "-", spec.removeprefix("@"))


def fetch(specs: Iterable[str]) -> None:
    """Fetch and unpack what the cache does not have yet. Raises CalledProcessError if npm keeps failing."""
    missing = [spec for spec in dict.fromkeys(specs) if not folder(spec).is_dir()]
    if not missing:
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    # On the same disk, so that a package is there as a whole or not at all.
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        npm = shutil.which("npm") or "npm"
        pack = [npm, "pack", "--ignore-scripts", "--loglevel=error", f"--pack-destination={scratch}", *missing]
        for left in reversed(range(TRIES)):
            done = subprocess.run(pack, check=not left, stdout=subprocess.DEVNULL)  # noqa: S603
            if not done.returncode:
                break
        for spec in missing:
            place = Path(scratch, "unpacked", folder(spec).name)
            with tarfile.open(Path(scratch, f"{folder(spec).name}.tgz")) as archive:
                archive.extractall(place, filter="data")
            (root,) = place.iterdir()
            if not folder(spec).is_dir():
                root.replace(folder(spec))


# Trying one


def lay_out(package: Package, place: Path) -> Path:
    """Lay a package and all that it needs into a folder as a roblox-ts game has them; return its Rojo project."""
    shutil.copytree(folder(RUNTIME) / "include", place / "include")
    modules: dict[str, Any] = {"$className": "Folder"}
    for spec in (package.spec, *package.needs):
        path = f"node_modules/{_name(spec)}"
        shutil.copytree(folder(spec), place / path, ignore=shutil.ignore_patterns("node_modules"))
        # A package in it may have a project of its own, which names it.
        modules[path.split("/")[1]] = {"$path": path.rpartition("/")[0]}
    include = {"$path": "include", "node_modules": modules}
    tree = {"$className": "DataModel", "ReplicatedStorage": {"rbxts_include": include}}
    file = place / "default.project.json"
    file.write_text(json.dumps({"name": "Peers", "tree": tree}), encoding="utf-8")
    return file


def examine(package: Package) -> Outcome:
    """Load a package in a game of its own, and try it."""
    universe = Universe()
    server = universe.server()
    with tempfile.TemporaryDirectory() as place:
        server.mount_game(load_project(lay_out(package, Path(place))))
    peers = {"server": server, "client": universe.client("Ann")}
    universe.advance(1)
    reasons: list[str] = []

    def holds(stage: str, side: str, body: str) -> bool:
        told = len(peers[side].output)
        failure = _failure(peers[side], side, SCRIPT.format(entry=package.entry, body=body))
        universe.advance(0.2)
        errors = [line.text for line in peers[side].output[told:] if line.kind == "error" and line.text != UNDECIDED]
        # The engine tells of a module's own error in the output only.
        own = [error for error in errors if VAGUE not in error][:1]
        if failure or errors:
            reasons.append(f"{stage} on the {side}: " + "; ".join(dict.fromkeys([failure or errors[0], *own])))
        return not failure and not errors

    # The server comes first, with all that it does: clients of some packages wait for what theirs has set up.
    loaded: list[str] = []
    held: list[str] = []
    for side in package.sides:
        if holds("load", side, "return true"):
            loaded.append(side)
            held += [side] if holds("smoke", side, package.smoke) else []
    universe.close()
    return Outcome(loaded == package.sides, held == package.sides, reasons)


def _failure(peer: Peer, side: str, source: str) -> str | None:
    try:
        returned = peer.run(source, side, limit=SECONDS, parent=PARENTS[side], name="Smoke")
    except LuauError as error:
        return error.message
    except (LuauTimeout, TimeoutError) as error:
        return f"did not end: {error}"
    return None if len(returned) == 1 and returned[0] is True else f"returned {returned} where true is right"


# All of them


def apart(package: Package) -> Outcome:
    """Examine a package in a process of its own, so that one that crashes or never ends costs nothing but itself."""
    command = [sys.executable, __file__, "--child", package.spec]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        return Outcome(False, False, [f"did not end within {SECONDS} seconds"])
    if done.returncode:
        return Outcome(False, False, [f"the process ended with {done.returncode}: {done.stderr[-1000:]}"])
    return Outcome(**json.loads(done.stdout))


def complaints(outcomes: Iterable[Outcome], floors: dict[str, int]) -> Iterator[str]:
    """Yield what to say of each count that is below its floor."""
    outcomes = list(outcomes)
    for what, floor in floors.items():
        count = sum(getattr(outcome, what) for outcome in outcomes)
        if count < floor:
            yield f"{what}: {count} packages, below the floor of {floor} in tests/floors.toml."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="try these packages only; no floor counts then")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    packages = read_list(LIST)
    if options.child:
        (package,) = (package for package in packages if package.spec == options.child)
        print(json.dumps(vars(examine(package))))
        return 0
    if options.only:
        packages = [package for package in packages if _name(package.spec).rpartition("/")[2] in options.only]
    try:
        fetch([RUNTIME, *(spec for package in packages for spec in (package.spec, *package.needs))])
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"npm could not fetch the packages; look whether it is installed and online: {error}", file=sys.stderr)
        return 2
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(apart, packages))
    for package, outcome in zip(packages, outcomes, strict=True):
        for reason in outcome.reasons:
            print(f"{package.spec}: {reason}")
    loading, holding = sum(outcome.load for outcome in outcomes), sum(outcome.smoke for outcome in outcomes)
    print(f"{loading} of {len(packages)} packages load, the snippets of {holding} hold.")
    floors = tomllib.loads((ROOT / "tests" / "floors.toml").read_text(encoding="utf-8"))["peers"]
    below = [] if options.only else list(complaints(outcomes, floors))
    print(*below, sep="\n", end="\n" if below else "")
    return 1 if below or (options.only and holding < len(packages)) else 0


if __name__ == "__main__":
    sys.exit(main())
