"""Command lines that are written down somewhere: is there such a command, and has it these options?"""

from __future__ import annotations

import importlib.util
import os
import tomllib
from typing import Any, cast

import click
import pytest
import typer.main

from audioscape_luau.cli import app
from support.snippets import ROOT
from support.tools import package


def check_command(words: list[str], config: pytest.Config) -> None:
    """Fail unless there is such a command, and it has these options."""
    match words:
        case ["python3" | "py", "-m", "pip", "install", *rest]:
            assert [word.partition("==")[0] for word in rest] in (["uv"], ["--require-hashes", "-r", ".ci/uv.txt"])
        case ["uv", "sync" | "add" | "build" | "export" | "init" | "pip" | "venv" | "version", *_]:
            pass
        case ["uv", "run", "--no-dev" | "--all-groups", *rest]:
            check_command(["uv", "run", *rest], config)
        case ["uv", "run", "--group", group, *rest]:
            assert group in toml("pyproject.toml")["dependency-groups"], group
            check_command(["uv", "run", *rest], config)
        case ["py" | "python3", "-m", "uv" as name, *rest]:
            check_command([name, *rest], config)
        case ["uv", "run", *rest]:
            check_command(rest, config)
        case ["audioscape", *rest]:
            check_audioscape(rest)
        case ["pytest", *rest]:
            for word in rest:
                if word.startswith("--"):
                    config.getoption(word.partition("=")[0])
        case ["mkdocs", *_]:
            package("mkdocs", "docs")
        case ["python", "-m", module, *_]:
            assert importlib.util.find_spec(module), module
        case [("rokit" | "wally" | "rojo" | "lune" | "darklua" | "stylua" | "selene") as name, *_]:
            tools = toml("rokit.toml")["tools"]
            assert name in {"rokit", "wally", *tools}
        case [path, *_]:
            assert "/" in path, f"what is {path}?"
            assert os.access(ROOT / path, os.X_OK), path
        case _:
            pass


def toml(name: str) -> dict[str, Any]:
    """Read a file of the repository."""
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def check_audioscape(words: list[str]) -> None:
    group = cast("click.Group", typer.main.get_command(app))
    if not words or words[0].startswith("-"):
        return
    assert words[0] in group.commands, f"there is no command {words[0]}"
    command = group.commands[words[0]]
    if words[1:] and (below := getattr(command, "commands", None)):
        assert words[1] in below, f"there is no command {words[0]} {words[1]}"
        command = below[words[1]]
    options = {name for parameter in command.params for name in parameter.opts}
    for word in words[1:]:
        if word.startswith("--"):
            assert word.partition("=")[0] in options, f"{words[0]} has no {word}"
