"""`--only`: a module with some of the methods, from `build`, `generate` and `check`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.codegen import module_files, select
from audioscape_luau.openapi import load
from audioscape_luau.resources import luau_root, spec_file
from roblox_double.project.model_file import load_model
from support.tools import tool

SHIPPED = luau_root() / "AudioScapeClient"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "500"})


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.luau")}


def test_generate_writes_the_smaller_module(tmp_path: Path) -> None:
    result = run("generate", "--only", "similar, search", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert contents(tmp_path) == module_files(select(load(spec_file()), ["similar", "search"]), SHIPPED)
    assert run("generate", "--only", "similar,search", "--out", tmp_path, "--check").exit_code == 0
    assert run("generate", "--out", tmp_path, "--check").exit_code == 1


@pytest.mark.parametrize("out", [[], ["--out", SHIPPED]])
def test_generate_does_not_make_the_shipped_client_smaller(out: list[str | Path]) -> None:
    result = run("generate", "--only", "similar", *out)
    assert result.exit_code == 2
    assert "--only does not change the shipped client. Name another folder with --out." in result.output


def test_build_writes_the_smaller_module(tmp_path: Path) -> None:
    for program in ("rojo", "darklua", "lune"):
        tool(program)
    result = run("build", "--only", "lookup", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    (root,) = load_model(tmp_path / "AudioScapeClient.rbxm")
    assert root.name == "AudioScapeClient"
    assert "radio" not in {child.name for child in root.children}
    source = (tmp_path / "AudioScapeClient.luau").read_text(encoding="utf-8")
    assert "lookup: (" in source
    assert "sfxTaxonomy: (" not in source


def test_build_takes_one_of_module_and_only(tmp_path: Path) -> None:
    result = run("build", "--only", "lookup", "--module", SHIPPED, "--out", tmp_path / "dist")
    assert result.exit_code == 2
    assert "--only builds from the shipped client; leave out --module" in result.output
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("command", ["build", "generate", "check"])
def test_an_unknown_method_is_told_with_the_nearest(command: str, tmp_path: Path) -> None:
    more = [] if command == "check" else ["--out", tmp_path / "out"]
    result = run(command, "--only", "similar,serch", *more)
    assert result.exit_code == 2
    assert "--only: there is no method 'serch'. Did you mean search? The methods are: similar, " in result.output
    assert not (tmp_path / "out").exists()


def test_check_makes_the_smaller_module_itself() -> None:
    result = run("check", "--only", "lookup", "--phase", "examples", "--jobs", "1")
    assert result.exit_code == 0, result.output


@pytest.mark.thorough
def test_check_holds_a_module_to_what_it_was_built_with(tmp_path: Path) -> None:
    assert run("generate", "--only", "events", "--out", tmp_path).exit_code == 0
    arguments = ("check", "--module", tmp_path, "--phase", "examples", "--jobs", "1")
    assert run(*arguments, "--only", "events").exit_code == 0


def test_check_of_the_real_api_takes_all_methods() -> None:
    result = run("check", "--live", "--only", "similar")
    assert result.exit_code == 2
    assert "do not work with --live" in result.output


@pytest.mark.breaks_contract
def test_check_of_a_smaller_module_says_what_it_has(tmp_path: Path) -> None:
    assert run("generate", "--only", "similar,search", "--out", tmp_path).exit_code == 0
    result = run("check", "--module", tmp_path)
    assert result.exit_code == 2
    assert "This build has only similar, search. Add --only similar,search" in result.output
    more = run("check", "--module", tmp_path, "--only", "similar,lookup,playlist")
    assert more.exit_code == 2
    assert "This build has no lookup, playlist. Use --only similar" in more.output
    others = run("check", "--module", tmp_path, "--only", "playlist")
    assert others.exit_code == 2
    assert "This build has no playlist. Name others with --only, or leave it out to see which" in others.output
    part = ("--phase", "examples", "--jobs", "1")
    assert run("check", "--module", tmp_path, "--only", "similar,search", *part).exit_code == 0
    assert run("check", "--module", SHIPPED, "--case", "lookup/*", *part).exit_code == 0
