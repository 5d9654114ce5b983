"""Luau of today, which is newer than the embedded VM, runs: what it says, on which line, and what is left as it is."""

from __future__ import annotations

import pytest

from roblox_double import LuauError, Peer
from roblox_double.vm.lowering import lowered

GENERIC = "local function id<T>(x: T): T return x end\nlocal t = { m = function<T>(_, x: T): T return x end }\n"


@pytest.mark.fact("luau.newer")
@pytest.mark.parametrize(
    ("source", "results"),
    [
        ("const x = 1 return x", [1]),
        ("const a, b: number = 1, 2 const c = a + b return c", [3]),
        ("const function double(n: number) return 2 * n end return double(4)", [8]),
        ("local x = (1)const y = 2 return x + y", [3]),
        ("local x: number?\nconst y = 2 return x, y", [None, 2]),
        ("local x: { [string]: { number } } = {}\nconst y = 2 return y", [2]),
        ("type A<T> = T\nlocal x: A<number>\nconst y = 2 return y", [2]),
        ("if true then const x = 1 return x else const x = 2 return x end", [1]),
        ("repeat const x = 1 until x == 1 do const y = 5 return y end", [5]),
        ("for i = 1, 1 do const x = i return x end return nil", [1]),
        ("return id<<number>>(1)", [1]),
        ("return t:m<<string>>('s'), t.m<<number>>(t, 4)", ["s", 4]),
        ("return id<<{ number }>>({ 7 })[1], id<<(number) -> string>>(tostring)(5)", [7, "5"]),
        ("return id<<{ [string]: { number } }>>({ a = { 1 } }).a[1]", [1]),
        ("local f = id<<number>> return f(3)", [3]),
        ("return (id)<<number>>(2), ({ id })[1]<<number>>(3)", [2, 3]),
        ("return id<<\n\tnumber\n>>", None),
        ("return `{id<<number>>(7)} {1 < 2}`", ["7 true"]),
        ("@[deprecated] local function old() return 1 end return old()", [1]),
        ("@[deprecated { use = 'new' }, checked]\nlocal function old() return 2 end return old()", [2]),
    ],
)
def test_it_runs(server: Peer, source: str, results: list[object] | None) -> None:
    assert server.run(GENERIC + source)[: len(results or ())] == (results or [])


@pytest.mark.fact("luau.newer")
def test_what_only_looks_like_it_stays(server: Peer) -> None:
    source = """
const made = "const x"
type Signal<T> = (T) -> ()
type Both = Signal<<T>(value: T) -> ()> -- f<<T>>(x)
local const = 1
local text = [[const y = id<<number>>(1)
]] .. 'const z' .. `const {const} f<<T>>`
local other = const
made2 = other --[[ const a = 1 ]]
const = const + 1
return made, text, const, made2, const
< 3
"""
    text = "const y = id<<number>>(1)\nconst zconst 1 f<<T>>"
    assert server.run(source) == ["const x", text, 2, 1, True]


@pytest.mark.fact("luau.newer")
def test_errors_name_the_line_where_it_stands(server: Peer) -> None:
    source = "const x = 1\nlocal y = id<<\n\tnumber\n>>\n@[deprecated {\n\tuse = 'x',\n}]\n"
    source += "local function f()\n\terror('no')\nend\nf()"
    with pytest.raises(LuauError) as caught:
        server.run(f"local function id(x) return x end {source}")
    assert caught.value.message.endswith(":9: no")


def test_a_mistake_beside_it_is_what_is_told(server: Peer) -> None:
    with pytest.raises(LuauError, match=r":2: (Expected|Incomplete|Unexpected)"):
        server.run("const x = 1\nlocal = 2")


@pytest.mark.parametrize(
    "source",
    [
        "return 1",
        "local a = const",
        "return a < <b>> c",
        "type Both = Signal<<T>(value: T) -> () > local x = 1",
        "f<<T, U",
        "@[a",
        "x = '",
        "const",
        "return const (1)",
        "const 'x'",
        "<<T>>",
        "@x f()",
    ],
)
def test_what_has_nothing_of_it_is_let_alone(source: str) -> None:
    assert lowered(source) is None


@pytest.mark.parametrize(
    ("source", "older"),
    [
        ("const x = 1", "local x = 1"),
        ("f<<A,\r\nB>>(x)", "f    \r\n   (x)"),
        ("@[a { b = '[' }] function f() end", "                 function f() end"),
        ("x = a > b\nconst c = f<<T<U>>>(1)", "x = a > b\nlocal c = f        (1)"),
    ],
)
def test_nothing_moves(source: str, older: str) -> None:
    assert lowered(source) == older
