"""Plain values as Luau source: what is handed over by code is what is handed over by hand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from roblox_double import Peer, ScriptTree, Universe
from roblox_double.vm import LuauValue
from roblox_double.vm.literals import literal

SCALARS = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text() | st.binary(max_size=9)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, min_size=1, max_size=20) | st.dictionaries(st.text(min_size=1), inner, min_size=1),
)


def test_a_value_is_the_same_as_source(server: Peer) -> None:
    @settings(max_examples=40)
    @given(VALUES)
    def same(value: LuauValue) -> None:
        assert server.run(f"return {literal(value)}") == server.run("return ...", value)

    same()


def test_a_tree_is_the_same_however_often_it_is_mounted() -> None:
    source = 'return { "a\\0\\"é", 1 / 0, -0.5 }'
    below = ScriptTree("Below", "IntValue", attributes={"n": -1.5, "on": False}, properties={"Value": 7}, tags=("t",))
    tree = ScriptTree("Module", "ModuleScript", source, (below,))
    look = """
        local module = workspace.Module
        local below = module.Below
        return module.Source, below.Value, below:GetAttributes(), below:GetTags(), #module:GetChildren()
    """
    seen: list[list[LuauValue]] = []
    for _ in range(3):
        with Universe() as universe:
            server = universe.server()
            server.mount(tree, "Workspace")
            seen.append(server.run(look.replace("module.Source", "table.unpack(require(module))", 1)))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][-4:] == [7, {"n": -1.5, "on": False}, ["t"], 1]
