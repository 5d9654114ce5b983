"""Scripts of a game, type-checked against the module: what is found in them, and where it was expected."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from luau_types import Finding, analyze

TYPES = Path(__file__).parents[1] / "types"
EXPECTED = re.compile(r"-- expect (?P<kind>\w+): (?P<text>.+)$")
# What the prelude of engine names, put on a file's first line, makes the checker say.
_NOISE = {
    "LocalUnused",
    "CommentDirective",
    "UninitializedLocal",
    "GlobalUsedAsLocal",
    "LocalShadow",
    "SameLineStatement",
}


def prelude() -> str:
    """Return the engine's types on one line. A Secret is a class; `buffer` is one that the checker knows."""
    lines = (TYPES / "prelude.luau").read_text(encoding="utf-8").splitlines()
    return "; ".join(lines) + "; "


def with_engine(module: Path, into: Path) -> Path:
    """Copy a module, a file or a folder, and declare the engine's types on each file's first line."""
    copy = into / module.name
    into.mkdir(parents=True, exist_ok=True)
    if module.is_file():
        shutil.copyfile(module, copy)
    else:
        shutil.copytree(module, copy)
    for file in [copy] if copy.is_file() else copy.rglob("*.luau"):
        file.write_text(prelude() + file.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


def findings(folder: Path, scripts: Sequence[tuple[str, str]], solver: str) -> list[Finding]:
    """Write scripts, given by name and source, into a folder, and return what the checker finds in them."""
    files = [folder / name for name, _ in scripts]
    for file, (_, source) in zip(files, scripts, strict=True):
        file.write_text(prelude() + source, encoding="utf-8")
    found = analyze([Path(file.name) for file in files], solver, folder)
    return [finding for finding in found if finding.file in files and finding.kind not in _NOISE]


def type_errors(folder: Path, scripts: Mapping[str, str], solver: str) -> set[tuple[str, int]]:
    """Return where the checker finds wrong types in scripts beside the client in a folder: names and lines."""
    (folder / ".luaurc").write_text('{ "languageMode": "strict" }', encoding="utf-8")
    for name, source in scripts.items():
        line = 'local AudioScapeClient = require("./AudioScapeClient")'
        (folder / f"{name}.luau").write_text(line + source, encoding="utf-8")
    for file in folder.rglob("*.luau"):
        file.write_text(prelude() + file.read_text(encoding="utf-8"), encoding="utf-8")
    found = analyze([Path(f"{name}.luau") for name in scripts], solver, folder)
    return {(finding.file.stem, finding.line) for finding in found if finding.kind == "TypeError"}


def judge(source: str, found: Sequence[Finding]) -> None:
    """Fail unless there is a finding in each line that expects one, of that kind and text, and none elsewhere."""
    expected = {
        number: (match["kind"], match["text"])
        for number, line in enumerate(source.splitlines(), start=1)
        if (match := EXPECTED.search(line))
    }
    assert {finding.line for finding in found} == set(expected), found
    for line, (kind, text) in expected.items():
        assert any(line == it.line and kind == it.kind and text in it.text for it in found), (line, text, found)
