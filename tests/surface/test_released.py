"""The gate of the public surface: a loss or a change of what was released is told in the changelog, or fails."""

from __future__ import annotations

import pytest

from audioscape_luau.tools.diff import Verdict, surface_changes

RELEASED = """\
function Module.new(key: string): Client
type Client
type Client.similar: (self: Client) -> Result
type Kind | "a"
type Kind | "b"
type Names.[string]: number
type Result = { number }
"""


def log(*entries: str, heading: str = "## Unreleased") -> str:
    return "\n".join(
        ["# Changelog", "", heading, "", *(f"- {entry}" for entry in entries), "", "## 0.1.0", "", "- Old."]
    )


def test_nothing_changed() -> None:
    assert surface_changes(RELEASED, RELEASED, "") == ()


def test_what_is_added_breaks_nothing() -> None:
    (change,) = surface_changes(RELEASED, f"{RELEASED}type Client.stats: () -> Stats\n", log())
    assert (change.kind, change.where, change.verdict) == ("added", "Client.stats", Verdict.COMPATIBLE)


@pytest.mark.parametrize("number", range(7))
def test_every_line_that_goes_must_be_named(number: int) -> None:
    lines = RELEASED.splitlines()
    without = "\n".join(lines[:number] + lines[number + 1 :])
    (change,) = surface_changes(RELEASED, without, log())
    assert (change.kind, change.what, change.verdict) == ("removed", lines[number], Verdict.BREAKING)
    (told,) = surface_changes(RELEASED, without, log(f"Removed: `{change.where}`,\n  which was of no use."))
    assert told.verdict is Verdict.WARNING


def test_a_changed_signature_must_be_named() -> None:
    current = RELEASED.replace("key: string", "key: Secret")
    (change,) = surface_changes(RELEASED, current, log())
    assert (change.kind, change.where, change.verdict) == ("changed", "Module.new", Verdict.BREAKING)
    (change,) = surface_changes(RELEASED, current, log("Changed: `Module.new` takes a Secret."))
    assert change.verdict is Verdict.WARNING


@pytest.mark.parametrize(
    "changelog",
    [
        "",
        log("Fixed: `Client.similar`."),
        log("Changed: Client.similar, not as code."),
        log("Changed: `Client.similarPages`."),
        log("Changed: `Client`."),
        log("Changed: `Client.similar`.", heading="## 0.2.0"),
        log("Changed: more.", "Fixed: `Client.similar`."),
    ],
)
def test_what_does_not_count_as_naming(changelog: str) -> None:
    (change,) = surface_changes(RELEASED, RELEASED.replace("-> Result\n", "-> Error\n"), changelog)
    assert change.verdict is Verdict.BREAKING


def test_a_whole_type_is_named_once() -> None:
    current = "".join(line for line in RELEASED.splitlines(keepends=True) if "type Client" not in line)
    assert {c.verdict for c in surface_changes(RELEASED, current, log())} == {Verdict.BREAKING}
    assert {c.verdict for c in surface_changes(RELEASED, current, log("Removed: `Client`."))} == {Verdict.WARNING}


def test_a_line_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a line of a surface: hello"):
        surface_changes("hello\n", "", "")
