"""Source that counts does what it did before, on the lines it had, and counts what ran."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

import pytest

from audioscape_luau.quality.coverage import STORE, FileCoverage, Instrumented, instrument, measure, percent
from audioscape_luau.resources import luau_root
from roblox_double import LuauError, Peer, Universe

FILES = sorted(luau_root().rglob("*.luau"))


@pytest.fixture
def server() -> Iterator[Peer]:
    with Universe() as universe:
        yield universe.server()


def run(server: Peer, source: str, *args: Any) -> tuple[list[Any], FileCoverage]:
    code = instrument(dedent(source), "it")
    assert code.lines
    values = list(server.run(code.source, *args))
    counts = cast("Any", server.run("return shared[...].it", STORE)[0])
    return values, measure("it", code, counts)


@pytest.mark.cases(30)
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_keeps_every_line_of_the_client_where_it_was(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    code = instrument(source, file.name)
    assert code.source != source
    assert code.source.count("\n") == source.count("\n")
    assert len(code.lines) == len(set(code.lines))
    assert all(source.splitlines()[line - 1].strip() for line in code.lines)


def test_counts_lines_and_both_ways_out_of_conditions(server: Peer) -> None:
    values, seen = run(
        server,
        """\
        local function grade(n)
            if n > 8 then
                return "good"
            elseif n > 4 then
                return "fair"
            end
            return "poor"
        end
        local all = {}
        for _, n in { 9, 5, 5 } do
            table.insert(all, grade(n))
        end
        local count = 0
        while count < 2 do
            count += 1
        end
        return all, if count == 2 then "two" else "more"
        """,
    )
    assert values == [["good", "fair", "fair"], "two"]
    assert {line: seen.lines[line] for line in (1, 2, 3, 5, 7, 11, 15, 17)} == {
        1: 1, 2: 3, 3: 1, 5: 2, 7: 0, 11: 3, 15: 2, 17: 1,
    }  # fmt: skip
    assert seen.missed_lines == [7]
    taken = {(branch.line, branch.outcome): count for branch, count in seen.branches.items()}
    assert taken == {
        (2, True): 1, (2, False): 2, (4, True): 2, (4, False): 0, (14, True): 2, (14, False): 1,
        (17, True): 1, (17, False): 0,
    }  # fmt: skip
    assert [str(branch) for branch in seen.missed_branches] == ["4:5 else", "17:13 else"]


@pytest.mark.parametrize(
    "source",
    [
        "return (if (function() if true then return 1 end return 2 end)() == 1 then 'a' else 'b')",
        "local t = {}\nfor k in (function() for i = 1, 2 do t[i] = i end return t end)() do\nt[k] = 5\nend\nreturn t",
        "local a, b = (function() return 1, 2 end)()\nif (function() return a, b end)() then return a, b end",
        "type A = { x: number }\nlocal x: A = {\n\tx = 1,\n}\nreturn x",
        "local f = function()\n\treturn `a{ if true then 1 else 2 }b`\nend\nreturn f()",
        "local n = 0\nrepeat\nlocal m = n\nn += 1\nuntil m >= 3\nreturn n",
        "if nil then\nreturn 1\nelse\nreturn false\nend",
    ],
)
def test_changes_no_result(server: Peer, source: str) -> None:
    assert run(server, source)[0] == list(server.run(source))


def test_changes_no_error(server: Peer) -> None:
    source = "local function f(x)\n\tif x.y.z then\n\t\treturn 1\n\tend\nend\nf({})"
    texts: list[str] = []
    for code in (source, instrument(source, "it").source):
        with pytest.raises(LuauError) as caught:
            server.run(code)
        texts.append(caught.value.message)
    assert texts[0] == texts[1]
    assert ":2:" in texts[0]


def test_leaves_alone_what_does_not_compile() -> None:
    assert instrument("local = 1", "it") == Instrumented("local = 1", (), ())


def test_a_module_that_never_ran_missed_everything() -> None:
    code = instrument("if true then\n\tprint(1)\nend", "it")
    seen = measure("it", code, None)
    assert seen.missed_lines == [1, 2]
    assert len(seen.missed_branches) == 2
    with pytest.raises(ValueError, match="1 counts for 4 places"):
        measure("it", code, [1])


def test_percent() -> None:
    assert percent([(1, 4), (0, 4)]) == 87.5
    assert percent([]) == 100
