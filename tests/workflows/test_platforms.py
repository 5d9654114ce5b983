"""What would differ on Windows and macOS, where this is used, looked for here: names, line ends, encodings, paths.

What a system lacks, such as forks and some signals, is found by pyright, which `scripts/check` runs for each of them.
"""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from audioscape_luau.__main__ import main

ROOT = Path(__file__).parents[2]
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
FORBIDDEN = re.compile(r'[<>:"|?*\\\x00-\x1f]|[ .]$')
LONGEST = 120
"""Of a path in the repository: Windows allows 260 characters, and a checkout lies somewhere."""
FILES = [file for folder in ("python", "scripts", "tests") for file in sorted((ROOT / folder).rglob("*.py"))]


def listed(*options: str) -> list[str]:
    command = ["git", "-c", "core.quotepath=off", "ls-files", *options]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout.splitlines()


def bad_names(names: list[str]) -> set[str]:
    """Return those that cannot lie beside the others on Windows or macOS."""
    places = {str(place) for name in names for place in (PurePosixPath(name), *PurePosixPath(name).parents)}
    alike = Counter(unicodedata.normalize("NFC", place).casefold() for place in places)
    found = {place for place in places if alike[unicodedata.normalize("NFC", place).casefold()] > 1}
    for name in names:
        for part in PurePosixPath(name).parts:
            if FORBIDDEN.search(part) or part.split(".")[0].casefold() in RESERVED or len(name) > LONGEST:
                found.add(name)
    return found


def test_every_file_can_be_checked_out_everywhere() -> None:
    names = listed()
    assert names
    assert bad_names(names) == set()


@pytest.mark.parametrize(
    "names",
    [
        ["a/Case.luau", "a/case.luau"],
        ["Folder/a", "folder/b"],
        ["a/aux.luau"],
        ["com1/x"],
        ["a/what?.md"],
        ["a/ends."],
        ["cafe\u0301", "caf\u00e9"],
        ["x" * 121],
    ],
    ids=ascii,
)
def test_names_that_cannot(names: list[str]) -> None:
    assert bad_names([*names, "fine/it.luau"]) == (set(names) if names[0] != "Folder/a" else {"Folder", "folder"})


def test_every_text_has_the_same_line_ends_wherever_it_is_checked_out() -> None:
    odd = [line for line in listed("--eol") if not re.match(r"i/(lf|none|-text) .*attr/(-text|text=auto eol=lf)", line)]
    assert odd == []


WATCHED = {
    *("open", "read_text", "write_text", "run", "Popen", "check_output"),
    *("rename", "relpath", "NamedTemporaryFile", "split"),
}
CALLED = re.compile(rf"\b({'|'.join(sorted(WATCHED))})\s*\(")


def careless(source: str) -> Iterator[str]:
    """Yield the calls whose outcome depends on the system, each with its line."""
    if not CALLED.search(source):
        return
    nodes = list(ast.walk(ast.parse(source)))
    prepared = {
        inner
        for node in nodes
        if isinstance(node, ast.Try) and any(it.type and ast.unparse(it.type) == "ValueError" for it in node.handlers)
        for inner in ast.walk(node)
    }
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in WATCHED:
            continue
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        said = "encoding" in given
        modes = [*node.args[: 2 if not owner else 1], *([given["mode"]] if "mode" in given else [])]
        binary = any(isinstance(it, ast.Constant) and isinstance(it.value, str) and "b" in it.value for it in modes)
        match name:
            case "open" if owner not in {"os", "webbrowser", "tarfile", "zipfile"} and not binary and not said:
                if not owner or not node.args or isinstance(node.args[0], ast.Constant):
                    yield f"{node.lineno}: open without an encoding"
            case "read_text" if owner and not node.args and not said:
                yield f"{node.lineno}: read_text without an encoding"
            case "write_text" if owner and len(node.args) == 1 and not said:
                yield f"{node.lineno}: write_text without an encoding"
            case "run" | "Popen" | "check_output" if owner == "subprocess" and "text" in given and not said:
                yield f"{node.lineno}: the text of a process without an encoding"
            case "rename" if owner and len(node.args) <= 2:
                yield f"{node.lineno}: rename fails on Windows where the file is there; replace does not"
            case "relpath" if node not in prepared:
                yield f"{node.lineno}: relpath fails on Windows between two drives"
            case "NamedTemporaryFile" if "delete" not in given and "delete_on_close" not in given:
                yield f"{node.lineno}: Windows opens no temporary file a second time"
            case "split" if owner.startswith("str(") and [ast.unparse(it) for it in node.args] == ["'/'"]:
                yield f"{node.lineno}: a path has backslashes on Windows; use its parts"
            case _:
                pass


def test_python_reads_and_writes_the_same_everywhere() -> None:
    found = [
        f"{file.relative_to(ROOT).as_posix()}:{place}"
        for file in FILES
        for place in careless(file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "open('x')",
        "open('x', 'w')",
        "path.open()",
        "path.open('w')",
        "path.read_text()",
        "path.write_text(text)",
        "subprocess.run(words, text=True)",
        "os.rename(a, b)",
        "os.path.relpath(a, b)",
        "tempfile.NamedTemporaryFile()",
        "str(path).split('/')",
    ],
)
def test_what_is_careless(line: str) -> None:
    assert len([*careless(line)]) == 1


@pytest.mark.parametrize(
    "line", ["open('x', 'rb')", "path.open('wb')", "path.read_text('utf-8')", "os.open(a, 0)", "text.split('/')"]
)
def test_what_is_not(line: str) -> None:
    assert [*careless(line)] == []


@pytest.mark.cases(2)
@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "cp932"])
@pytest.mark.parametrize(
    "words", [("demo", "--tracks", "2"), ("check", "--case", "*/analysed"), ("facts",), ("--help",)], ids=" ".join
)
def test_commands_speak_on_the_consoles_of_windows(
    words: tuple[str, ...], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "argv", ["audioscape", *words])
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (None, 0)
    said, problems = [stream.detach().getvalue() for stream in streams]
    assert problems == b""
    assert said.decode(encoding)


@pytest.mark.thorough
def test_the_demo_speaks_without_a_locale() -> None:
    bare = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    run = subprocess.run(
        [sys.executable, "-m", "audioscape_luau", "demo", "--tracks", "1"], capture_output=True, env=os.environ | bare
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.decode("ascii")
