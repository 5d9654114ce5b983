"""`audioscape build` writes artefacts that hold the module, the same bytes each time, and says what it lacks."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import tomllib
from pathlib import Path
from typing import cast

import lz4.block  # pyright: ignore[reportMissingTypeStubs]
import pluau  # pyright: ignore[reportMissingTypeStubs]
import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.resources import luau_root
from audioscape_luau.tools.packaging import single_file
from luau_types import SOLVERS, TOOL, analyze
from roblox_double import ScriptTree, load_folder
from roblox_double.project.model_file import load_model
from roblox_double.vm.lexer import lex
from support.tools import tool

ROOT = Path(__file__).parents[3]
SHIPPED = luau_root() / "AudioScapeClient"
_LONG = re.compile(r"\A\[\[\n?(.*)\]\]\Z", re.DOTALL)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["build", *map(str, arguments)])


def shape(tree: ScriptTree) -> object:
    return tree.name, tree.class_name, tree.source, sorted(map(shape, tree.children), key=str)


def test_both_forms_are_written(dist: Path) -> None:
    written = [f"{module}.{form}" for module in ("AudioScapeClient", "AudioScapeRemote") for form in ("luau", "rbxm")]
    assert sorted(file.name for file in dist.iterdir()) == written


def test_the_command_writes_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    result = run("--out", tmp_path / "new")
    assert result.exit_code == 0, result.output
    for file in dist.iterdir():
        assert (tmp_path / "new" / file.name).read_bytes() == file.read_bytes()


def test_the_model_file_holds_the_module(dist: Path) -> None:
    (root,) = load_model(dist / "AudioScapeClient.rbxm")
    assert shape(root) == shape(load_folder(SHIPPED))


def unpacked(file: Path) -> list[tuple[bytes, bytes]]:
    """Return the parts of a model file: packed, they have other bytes with each program that packs."""
    data = file.read_bytes()
    parts: list[tuple[bytes, bytes]] = []
    at = 32
    while at < len(data):
        packed, size, _ = struct.unpack_from("<3I", data, at + 4)
        start = at + 16
        at = start + (packed or size)
        inner = data[start:at]
        inner = cast("bytes", lz4.block.decompress(inner, uncompressed_size=size)) if packed else inner  # pyright: ignore[reportUnknownMemberType]
        parts.append((data[start - 16 : start - 12], inner))
    return parts


def test_the_model_file_is_that_of_the_rojo_project(dist: Path, tmp_path: Path) -> None:
    subprocess.run([tool("rojo"), "build", "-o", tmp_path / "it.rbxm", ROOT], check=True, capture_output=True)
    ours, theirs = dist / "AudioScapeClient.rbxm", tmp_path / "it.rbxm"
    assert unpacked(ours) == unpacked(theirs)
    assert ours.stat().st_size < 1.05 * theirs.stat().st_size


def test_the_single_file_says_what_it_is(dist: Path) -> None:
    mode, lints, what = (dist / "AudioScapeClient.luau").read_text(encoding="utf-8").splitlines()[:3]
    assert (mode, lints) == ("--!strict", "--!nolint")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    holder = (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines()[2]
    assert holder.startswith("Copyright")
    assert what == f"-- AudioScapeClient {project['version']}, licence {project['license']}. {holder}"


@pytest.mark.cases(1)
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_single_file_is_strict(dist: Path, solver: str) -> None:
    tool(TOOL)
    assert analyze([Path("AudioScapeClient.luau")], solver, dist) == []


def test_the_single_file_names_no_tool_in_its_types(dist: Path) -> None:
    assert "DARKLUA" not in (dist / "AudioScapeClient.luau").read_text(encoding="utf-8")


def test_the_single_file_keeps_the_comments_of_types(dist: Path) -> None:
    source = (dist / "AudioScapeClient.luau").read_text(encoding="utf-8")
    comments = [
        line.strip()
        for line in (SHIPPED / "init.luau").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("---")
    ]
    assert len(comments) > 10
    assert [comment for comment in comments if comment not in source] == []


@pytest.mark.thorough
def test_the_single_file_says_the_same_with_and_without_comments(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """darklua writes code anew for a person to read; that has to compile to the same as what keeps the lines."""
    monkeypatch.setitem(single_file._CONFIG, "generator", "readable")  # pyright: ignore[reportPrivateUsage]
    assert run("--out", tmp_path).exit_code == 0
    kept, anew = ((folder / "AudioScapeClient.luau").read_text(encoding="utf-8") for folder in (dist, tmp_path))
    assert kept != anew
    assert bytecode(kept) == bytecode(anew)


def bytecode(source: str) -> list[int]:
    """Compile code that was put on one line, since the bytecode of a function names its line."""
    texts = [token.text for token in lex(source) if token.is_code]
    return pluau.Compiler(1, 0, 0, 0).compile(" ".join(_LONG.sub(_short, text) for text in texts))


def _short(string: re.Match[str]) -> str:
    return json.dumps(string[1], ensure_ascii=False)


def test_the_model_needs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_name: str) -> None:
        return None

    monkeypatch.setattr("audioscape_luau.tools.packaging.tools.find_tool", find)
    result = run("--out", tmp_path / "dist")
    assert result.exit_code == 0
    said = " ".join(result.stderr.split())
    assert (
        "AudioScapeClient.luau was not written: darklua is not installed. In this repository, `rokit install`" in said
    )
    models = {"AudioScapeClient.rbxm", "AudioScapeRemote.rbxm"}
    assert {file.name for file in (tmp_path / "dist").iterdir()} == models
    (root,) = load_model(tmp_path / "dist" / "AudioScapeClient.rbxm")
    assert shape(root) == shape(load_folder(SHIPPED))


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "has no init.luau"),
        ({"init.luau": 'return require("@self/nothing")'}, "darklua failed"),
        ({"init.luau": "return = 1"}, "darklua failed"),
        (
            {
                "init.luau": 'local A = require("@self/A")\nexport type T = A.T\nlocal T_a = 1\nreturn { A, T_a }',
                "A.luau": "export type T = number\nreturn {}",
            },
            "would be called T_a",
        ),
    ],
)
def test_what_is_no_module_is_refused(files: dict[str, str], complaint: str, tmp_path: Path) -> None:
    tool("darklua")
    (tmp_path / "Module").mkdir()
    for name, source in files.items():
        (tmp_path / "Module" / name).write_text(source, encoding="utf-8")
    result = run("--module", tmp_path / "Module", "--out", tmp_path / "dist")
    assert result.exit_code == 2
    assert complaint in result.output
    assert not (tmp_path / "dist").exists()
