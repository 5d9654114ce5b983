"""What the client prints comes out of a catalogue, so that the page of errors lists it."""

from __future__ import annotations

import re

import pytest

from audioscape_luau.resources import luau_root

CLIENT = luau_root() / "AudioScapeClient"
_PRINTED = re.compile(r"engine\.warn\(\s*([^\n]*)")
# An error prints as the catalogue's text and hint.
_LISTED = re.compile(r"Warnings\.line\(|tostring\(redacted\)\)")


def unlisted(source: str) -> list[str]:
    """Return what a Luau source prints in words of its own."""
    return [said for said in _PRINTED.findall(source) if not _LISTED.match(said)]


def test_nothing_is_printed_that_no_catalogue_has() -> None:
    found = {file.name: said for file in CLIENT.rglob("*.luau") if (said := unlisted(file.read_text(encoding="utf-8")))}
    assert found == {}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('self._engine.warn("no")', ['"no")']),
        ('engine.warn("no")', ['"no")']),
        ("controller.engine.warn(\n\t`no`\n)", ["`no`"]),
        ('engine.warn(Warnings.line("AudioScape radio", "looped", {}))', []),
        ("engine.warn(tostring(redacted))", []),
    ],
)
def test_words_of_its_own_are_seen(source: str, said: list[str]) -> None:
    assert unlisted(source) == said
