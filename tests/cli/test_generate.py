"""`audioscape generate`: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app
from audioscape_luau.resources import luau_root, spec_file

SHIPPED = luau_root() / "AudioScapeClient"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["generate", *map(str, arguments)], env={"COLUMNS": "200"})


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*.luau")}


def test_what_ships_is_current() -> None:
    result = run("--check")
    assert result.exit_code == 0, result.output


def test_an_empty_folder_becomes_the_whole_module(tmp_path: Path) -> None:
    assert run("--out", tmp_path).exit_code == 0
    assert contents(tmp_path) == contents(SHIPPED)
    assert run("--out", tmp_path, "--check").exit_code == 0


def test_check_shows_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "module")
    types = tmp_path / "module" / "generated" / "Types.luau"
    text = types.read_text(encoding="utf-8")
    types.write_text(f"{text}-- by hand\n", encoding="utf-8")
    before = contents(tmp_path)
    result = run("--out", tmp_path / "module", "--check")
    assert result.exit_code == 1
    assert "--- by hand" in result.output
    assert contents(tmp_path) == before


def test_a_file_that_is_no_longer_generated_is_drift_and_goes(tmp_path: Path) -> None:
    assert run("--out", tmp_path).exit_code == 0
    stale = tmp_path / "generated" / "operations" / "gone.luau"
    shutil.copy(tmp_path / "generated" / "operations" / "similar.luau", stale)
    assert run("--out", tmp_path, "--check").exit_code == 1
    assert run("--out", tmp_path).exit_code == 0
    assert not stale.exists()


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("operationId: similar", "operationId: similar\n      x-split: 1", "/paths/~1v1~1similar/get/x-split"),
        ("in: query", "in: cookie", "/paths/~1v1~1similar/get/parameters/0"),
        ("type: boolean", "type: tensor", "/paths/~1v1~1similar/get/parameters/5"),
    ],
)
def test_a_spec_that_is_not_understood_stops_it_and_is_told_where(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    shutil.copytree(spec_file().parent, tmp_path / "spec")
    spec = tmp_path / "spec" / spec_file().name
    spec.write_text(spec.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    result = run("--spec", spec, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert told in result.output
    assert not (tmp_path / "out").exists()


def test_own_templates_go_before_the_built_in_ones(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "Operations.luau.jinja").write_text(
        "--!strict\n<< header >>\n\nreturn { mine = true }\n", encoding="utf-8"
    )
    assert run("--out", tmp_path / "out", "--templates", folder).exit_code == 0
    assert "return { mine = true }" in (tmp_path / "out" / "generated" / "Operations.luau").read_text(encoding="utf-8")


def test_a_folder_of_templates_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = run("--out", tmp_path / "out", "--templates", tmp_path / "tempaltes")
    assert result.exit_code == 2
    assert "tempaltes" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("no folder", encoding="utf-8")
    result = run("--out", taken)
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert "taken" in result.stderr


@pytest.mark.parametrize("template", ["<< unknown >>", "<% if %>", "<< operations | map(attribute='method') | join >>"])
def test_templates_that_cannot_be_used_are_told(tmp_path: Path, template: str) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "Operations.luau.jinja").write_text(template, encoding="utf-8")
    result = run("--out", tmp_path / "out", "--templates", folder)
    assert result.exit_code == 2
    assert "Cannot use the templates" in result.output
    assert not (tmp_path / "out").exists()


OUTSIDE = """
openapi: 3.0.3
info: { title: Library, version: "1", x-logo: { url: "https://example.com/logo.png" } }
servers: [{ url: "https://library.example.com" }]
security: [{ token: [] }]
paths:
  /books:
    get:
      operationId: getBooks
      responses:
        "200":
          description: All books.
          content:
            application/json:
              schema: { type: array, items: { type: object, properties: { title: { type: string, nullable: true } } } }
  /cover:
    get:
      operationId: getCover
      responses:
        "200": { description: A picture., content: { image/png: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
"""


def test_a_document_from_outside_stops_it_unless_the_rest_may_be_generated(tmp_path: Path) -> None:
    spec, out = tmp_path / "library.yaml", tmp_path / "out"
    spec.write_text(OUTSIDE, encoding="utf-8")
    result = run("--spec", spec, "--out", out)
    assert result.exit_code == 2
    assert "unsupported-value at /paths/~1cover/get/responses/200/content" in result.stderr
    assert "add --skip-unsupported" in result.stderr
    assert not out.exists()
    result = run("--spec", spec, "--out", out, "--skip-unsupported")
    assert result.exit_code == 0
    assert "Left out 1 operation:" in result.stderr
    assert "GET /cover" in result.stderr
    assert [path.name for path in (out / "generated" / "operations").iterdir()] == ["getBooks.luau"]
    assert run("--spec", spec, "--out", out, "--skip-unsupported", "--check").exit_code == 0


def test_if_nothing_is_left_each_operation_is_told_with_its_remedy(tmp_path: Path) -> None:
    spec = tmp_path / "library.yaml"
    before, _, rest = OUTSIDE.partition("  /books:")
    spec.write_text(f"{before}  /cover:{rest.partition('  /cover:')[2]}", encoding="utf-8")
    result = run("--spec", spec, "--out", tmp_path / "out", "--skip-unsupported")
    assert result.exit_code == 2
    assert "Left out 1 operation:\n  GET /cover\n" in result.stderr
    assert "call it with HttpService yourself" in result.stderr


def test_what_cannot_be_mended_by_leaving_out_gets_no_such_hint(tmp_path: Path) -> None:
    spec = tmp_path / "old.yaml"
    spec.write_text('swagger: "2.0"\ninfo: { title: Old, version: "1" }\npaths: {}\n', encoding="utf-8")
    result = run("--spec", spec, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "swagger-2" in result.stderr
    assert "--skip-unsupported" not in result.stderr
