"""How every command ends: 2 and a line for what could not run, never a traceback, never the 1 of a broken contract."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from audioscape_luau.cli import app, running
from audioscape_luau.cli.running import KEY_VARIABLE
from audioscape_luau.openapi import Fault, Problem, SpecError
from support.snippets import ROOT

SPEC = str(ROOT / "spec" / "audioscape.openapi.yaml")
KEY = "sk-0123456789abcdef"
COMMANDS = sorted(each.callback.__name__ for each in app.registered_commands if each.callback)


class Panic(BaseException):
    """What a native module raises that gives up."""


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={KEY_VARIABLE: KEY})


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, BaseException], None]:
    """Make a command end with an exception."""

    def fail(name: str, error: BaseException) -> None:
        (command,) = (each for each in app.registered_commands if each.callback and each.callback.__name__ == name)

        def failed() -> None:
            raise error

        failed.__name__ = name
        monkeypatch.setattr(command, "callback", failed)

    return fail


FAULTS: list[BaseException] = [
    AttributeError("'str' object has no attribute 'items'"),
    ValueError("not enough values\nto unpack (expected 3, got 1)"),
    ImportError("socksio"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    AssertionError(),
    Panic("a native module gave up"),
]


@pytest.mark.parametrize(
    ("name", "error"), [*((name, FAULTS[0]) for name in COMMANDS), *(("check", error) for error in FAULTS[1:])]
)
def test_a_fault_of_ours_is_a_line_and_2(
    name: str, error: BaseException, failing: Callable[[str, BaseException], None]
) -> None:
    failing(name, error)
    result = invoke(name)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert type(error).__name__ in line
    assert "--traceback shows where" in line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "some/page.html"), "some/page.html: Permission denied"),
        (FileNotFoundError("some/module does not exist"), "some/module does not exist"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (running.CannotRun("there is no [bold]place[/] \x1b[31mhere"), r"there is no [bold]place[/] \x1b[31mhere"),
    ],
)
def test_what_could_not_be_done_is_told_in_its_own_words(
    error: Exception, said: str, failing: Callable[[str, BaseException], None]
) -> None:
    failing("facts", error)
    result = invoke("facts")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{said}\n")


def test_a_specification_is_told_problem_by_problem_with_its_pointers_whole(
    failing: Callable[[str, BaseException], None],
) -> None:
    pointer = "/paths/~1v1~1similar" + "/a-long-name" * 40
    failing("facts", SpecError([Problem(Fault.UNREADABLE, pointer, "[red]:x:[/]"), Problem(Fault.UNREADABLE, "", "b")]))
    result = invoke("facts")
    assert result.exit_code == 2
    first, second = result.stderr.splitlines()
    assert pointer in first
    assert first.endswith("[red]:x:[/]")
    assert second.endswith("b")


@pytest.mark.parametrize("words", [("--traceback", "facts"), ("facts", "--traceback")])
def test_a_traceback_is_shown_if_asked_for_without_the_key(
    words: tuple[str, ...], failing: Callable[[str, BaseException], None]
) -> None:
    failing("facts", KeyError(f"no {KEY}"))
    result = invoke(*words)
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert "in failed" in result.stderr
    assert KEY not in invoke("facts").stderr + result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("--no-such-option",),
        ("check", "--no-such-option"),
        ("check", "--requests", "0"),
        ("generate", "--templates", "/no/such/[bold]folder\x1b[31m"),
        ("demo", "--html", "/no/such/folder/x.html"),
        ("demo", "--asset-id", "[bold]:x:"),
        ("diff", "one"),
        ("mock", "--port", "99999"),
        ("mock", "--host", "[bold]"),
        ("check", "--replay", "[bold]"),
        ("check", "--phase", "[red]"),
        ("check", "--case", "no such case"),
        ("check", "--module", "/no/such/module"),
        ("build", "--module", "/no/such/module"),
        pytest.param(("mutate", "--file", "no such file"), marks=pytest.mark.thorough, id="mutate --file no such file"),
        ("check", "--live", "--phase", "examples"),
        ("check", "--live", "--base-url", "http://xn--/"),
        ("check", "--live", "--asset", "\udcff"),
        ("check", "--live", "--asset", "12 or so"),
        ("check", "--replay", ""),
        ("check", "--html", "/no/such/folder/page.html"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_a_line_and_2(words: tuple[str, ...]) -> None:
    result = invoke(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "\x1b" not in result.stderr
    assert "itself failed" not in result.stderr


@pytest.mark.parametrize("words", [("check", "--live"), ("diff", "/no/such", "/no/such"), ("mock", "--fault", "x")])
def test_a_key_that_is_no_text_hides_no_fault(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, words, env={KEY_VARIABLE: "k\udcffabcdefgh"})
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.cases(4)
@pytest.mark.parametrize("kind", ["missing", "folder", "no text", "empty"])
@pytest.mark.parametrize(
    "before", [("generate", "--spec"), ("check", "--spec"), ("check", "--live", "--spec"), ("diff", SPEC)]
)
def test_a_document_that_is_none_is_a_line_and_2(kind: str, before: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "[bold]:x:.yaml"
    if kind == "folder":
        file.mkdir()
    elif kind != "missing":
        file.write_bytes(b"\xff\xfe" if kind == "no text" else b"")
    result = invoke(*before, str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert kind == "empty" or str(file) in result.stderr


@pytest.mark.breaks_contract
@pytest.mark.parametrize("option", ["--html", "--junit"])
@pytest.mark.parametrize("place", [".", "no-such-folder/page"])
def test_a_report_that_cannot_be_written_is_no_broken_contract(option: str, place: str, tmp_path: Path) -> None:
    result = invoke("check", "--phase", "examples", option, str(tmp_path / place))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert str(tmp_path) in line


def test_ctrl_c_is_130_whatever_becomes_of_it_on_its_way(failing: Callable[[str, BaseException], None]) -> None:
    failing("facts", KeyboardInterrupt())
    assert invoke("facts").exit_code == 130


def test_what_was_interrupted_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = (each for each in app.registered_commands if each.callback and each.callback.__name__ == "facts")

    def facts() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise typer.Exit(1) from None

    monkeypatch.setattr(command, "callback", facts)
    assert invoke("facts").exit_code == 130
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@contextmanager
def nobody_reads() -> Generator[int]:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


@pytest.mark.cases(1)
@pytest.mark.parametrize("words", [("facts",), ("diff", SPEC, SPEC, "--json"), ("--help",)], ids=" ".join)
def test_output_that_nobody_reads_is_no_broken_contract(words: tuple[str, ...]) -> None:
    with nobody_reads() as writer:
        run = audioscape(*words, stdout=writer)
    assert (run.returncode, run.stderr) == (2, "could not write the output: Broken pipe\n")


@pytest.mark.thorough
def test_errors_that_nobody_reads_change_no_exit_code() -> None:
    with nobody_reads() as writer:
        assert audioscape("no-such-command", stderr=writer).returncode == 2


def test_texts_that_the_streams_cannot_encode_are_spelled_out() -> None:
    run = audioscape("check", "--phase", "\u00e4\u2603", env={"PYTHONIOENCODING": "ascii"})
    assert run.returncode == 2
    assert r"\xe4\u2603" in run.stderr


def audioscape(
    *words: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "audioscape_luau", *words]
    given = {**os.environ, **(env or {})}
    return subprocess.run(command, stdout=stdout, stderr=stderr, encoding="utf-8", env=given, check=False)
