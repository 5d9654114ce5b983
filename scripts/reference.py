#!/usr/bin/env python3
"""Write what the engine has, `python/roblox_double/luau/reference/{classes,enums}.luau`, out of two public packages.

    uv run --group reference scripts/reference.py           # write them, after an update of PINS
    uv run --group reference scripts/reference.py --check   # exit with 1 if they are not what the packages say

cargo and npm fetch the packages once, into .tools/ or the folder that AUDIOSCAPE_TOOLS names; nothing of them is run.
Without cargo or npm, --check says that nothing was compared; in CI (CI=true) that is a failure.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import reflection

ROOT = Path(__file__).parents[1]
OUT = ROOT / "python" / "roblox_double" / "luau" / "reference"
DOCUMENTED = Path(__file__).parent / "documented.txt"
CRATE, CRATE_VERSION = "rbx_reflection_database", "3.0.1"
PACKAGE, PACKAGE_VERSION = "@rbxts/types", "1.0.954"
CACHE = Path(os.environ.get("AUDIOSCAPE_TOOLS") or ROOT / ".tools") / f"reference-{CRATE_VERSION}-{PACKAGE_VERSION}"
DATABASE = "database.msgpack"
TYPES = ("generated/None.d.ts", "generated/PluginSecurity.d.ts", "roblox.d.ts")
HEAD = """\
--!strict
-- Written by scripts/reference.py from {crate} {crate_version} (engine {engine}) and
-- {package} {package_version}. Do not edit.
"""
MANIFEST = f"""\
[package]
name = "reference"
version = "0.0.0"
edition = "2021"

[lib]
path = "lib.rs"

[dependencies]
{CRATE} = "={CRATE_VERSION}"
"""


class FetchError(Exception):
    """The packages are neither in the cache nor to be had; the text says why."""


def fetch() -> Path:
    """Return the folder with the files of both packages that are read, fetched if they are not there yet."""
    if CACHE.is_dir():
        return CACHE
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    # On the same disk, so that the files are there as a whole or not at all.
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as scratch:
        files = Path(scratch, "files")
        files.mkdir()
        shutil.copy(_crate(Path(scratch)) / DATABASE, files)
        unpacked = _package(Path(scratch))
        for name in TYPES:
            shutil.copy(unpacked / "include" / name, files)
        if not CACHE.is_dir():
            files.replace(CACHE)
    return CACHE


def _crate(scratch: Path) -> Path:
    (scratch / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
    (scratch / "lib.rs").touch()
    _run("cargo", "vendor", "--quiet", "vendor", folder=scratch)
    return scratch / "vendor" / CRATE


def _package(scratch: Path) -> Path:
    _run("npm", "pack", "--ignore-scripts", "--loglevel=error", f"{PACKAGE}@{PACKAGE_VERSION}", folder=scratch)
    (archive,) = scratch.glob("*.tgz")
    with tarfile.open(archive) as opened:
        opened.extractall(scratch / "unpacked", filter="data")
    return scratch / "unpacked" / "package"


def _run(tool: str, *arguments: str, folder: Path) -> None:
    program = shutil.which(tool)
    if program is None:
        raise FetchError(f"{tool} is not installed")
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, encoding="utf-8")  # noqa: S603
    if done.returncode:
        raise FetchError(f"{tool} could not fetch: {done.stderr.strip() or done.stdout.strip()}")


def read(folder: Path, documented: str) -> reflection.Engine:
    """Read the files in `folder`, and the names that only the documentation has."""
    unpack = importlib.import_module("msgpack").unpackb
    database = unpack((folder / DATABASE).read_bytes(), raw=False, strict_map_key=False)
    public, plugins, datatypes = ((folder / Path(name).name).read_text(encoding="utf-8") for name in TYPES)
    lines = (line.partition(": ") for line in documented.splitlines() if not line.startswith("#"))
    engine = reflection.merge(
        database,
        reflection.read_types(public),
        reflection.read_types(plugins),
        reflection.read_datatypes(datatypes),
        {name: words.split() for name, _, words in lines},
    )
    reflection.assert_facts(engine)
    return engine


def written(engine: reflection.Engine) -> dict[Path, str]:
    """Return the files to write, and what has to be in them."""
    head = HEAD.format(
        crate=CRATE,
        crate_version=CRATE_VERSION,
        engine=engine.version,
        package=PACKAGE,
        package_version=PACKAGE_VERSION,
    )
    return {OUT / f"{name}.luau": head + body for name, body in reflection.render(engine).items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare")
    check: bool = parser.parse_args().check
    try:
        folder = fetch()
    except FetchError as error:
        print(f"The engine's reference was not compared, since {error}.", file=sys.stderr)
        return 1 if os.environ.get("CI") or not check else 0
    stale = 0
    for file, text in written(read(folder, DOCUMENTED.read_text(encoding="utf-8"))).items():
        if check and file.read_text(encoding="utf-8") != text:
            print(f"{file.relative_to(ROOT)} is not what the packages say. Run scripts/reference.py without --check.")
            stale += 1
        elif not check:
            file.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
