"""`audioscape diff`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from support.specs import Document, write_spec
from support.versions import at, base


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["diff", *map(str, arguments)], env={"COLUMNS": "200"})


def version(document: Document, folder: Path) -> Path:
    folder.mkdir()
    return write_spec(document, folder)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return version(base(), tmp_path / "old")


def test_a_compatible_change(old: Path, tmp_path: Path) -> None:
    document = base()
    at(document, "field")["extra"] = {"type": "string"}
    result = run(old, version(document, tmp_path / "new"))
    assert result.exit_code == 0
    assert "things 200.extra" in result.stdout
    assert "0 breaking, 0 warning, 1 compatible" in result.stdout


def test_a_breaking_change(old: Path, tmp_path: Path) -> None:
    document = base()
    del at(document, "field")["words"]
    new = version(document, tmp_path / "new")
    result = run(old, new)
    assert result.exit_code == 1
    (row,) = (line for line in result.stdout.splitlines() if "things 200.words" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "breaking",
        "removed",
        "things 200.words",
        "array of string",
        "its readers find nothing there",
    ]
    result = run(old, new, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["breaking"] is True
    assert [(c["verdict"], c["kind"], c["where"]) for c in report["changes"]] == [
        ("breaking", "removed", "things 200.words")
    ]


@pytest.mark.parametrize("content", [None, "openapi: 2.0", "a: [", b"\xff\xfe"])
def test_what_cannot_be_read(content: str | bytes | None, old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    if content is not None:
        new.write_bytes(content.encode() if isinstance(content, str) else content)
    for pair in ((old, new), (new, old)):
        result = run(*pair)
        assert result.exit_code == 2, result.output
        assert "new.yaml" in result.stderr


def test_the_surface_keeps_what_was_released() -> None:
    result = run("--surface")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("line", "entry", "code"),
    [
        ("type Gone.field: number", "", 1),
        ("type Gone.field: number", "- Added: `Gone.field`", 1),
        ("type Gone.field: number", "- Removed: `Gone.field`, as nobody used it.", 0),
        ("no line of a surface", "", 2),
    ],
)
def test_a_loss_of_the_surface(
    line: str, entry: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "luau" / "AudioScapeClient").mkdir(parents=True)
    (tmp_path / "luau" / "AudioScapeClient" / "init.luau").write_text("--!strict\nreturn {}\n", encoding="utf-8")
    (tmp_path / "luau" / "AudioScapeClient.released.txt").write_text(f"{line}\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## Unreleased\n\n{entry}\n", encoding="utf-8")
    monkeypatch.setattr("audioscape_luau.resources.checkout", lambda: tmp_path)
    result = run("--surface")
    assert result.exit_code == code, result.output


def test_the_surface_of_an_installed_package_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audioscape_luau.resources.checkout", lambda: None)
    assert run("--surface").exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("one.yaml",), ("one.yaml", "two.yaml", "--surface")])
def test_arguments_that_make_no_sense(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2
