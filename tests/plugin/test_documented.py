"""The games that the documentation shows, with the tests that it shows."""

from __future__ import annotations

import shutil
from itertools import groupby

import pytest

from audioscape_luau.resources import luau_root
from support.snippets import Snippet, written


def pages() -> list[object]:
    files = [found for found in written() if found.file]
    return [pytest.param(list(of), id=page) for page, of in groupby(files, lambda found: found.place.partition(":")[0])]


@pytest.mark.breaks_contract
@pytest.mark.parametrize("files", pages())
def test_the_tests_of_a_documented_game_pass(files: list[Snippet], pytester: pytest.Pytester) -> None:
    shutil.copytree(luau_root() / "AudioScapeClient", pytester.path / "AudioScapeClient")
    tests: list[str] = []
    for snippet in files:
        assert snippet.file
        file = pytester.path / snippet.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(snippet.code, encoding="utf-8")
        if file.name.startswith("test_") or file.name.endswith(".spec.luau"):
            tests.append(snippet.file)
    result = pytester.runpytest_inprocess("-v", "-W", "error", "--strict-markers")
    assert result.ret == 0
    assert tests
    for name in tests:
        result.stdout.fnmatch_lines_random([f"{name}::* PASSED*"])
