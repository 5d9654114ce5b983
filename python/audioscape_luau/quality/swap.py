"""Other source in place of the shipped one, in every VM of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import cast

from audioscape_luau.quality.coverage import STORE
from roblox_double import Peer, ScriptTree

type Counts = dict[str, list[int]]

# As texts: thousands of numbers, each handed over by itself, would take as long as most tests.
_TELL = """
local told = {}
for name, counts in shared[...] or {} do
    told[name] = table.concat(counts, " ")
end
return told
"""


def swapped(tree: ScriptTree, sources: Mapping[str, str]) -> ScriptTree:
    """Return `tree` with other sources: `sources` maps the text of a module to what takes its place."""
    source = sources.get(tree.source or "", tree.source)
    return replace(tree, source=source, children=tuple(swapped(child, sources) for child in tree.children))


def swap(sources: Mapping[str, str], patch: Callable[[object, str, object], None] = setattr) -> None:
    """Let every peer that mounts a module from now on mount it with other sources, whoever reads it from wherever."""
    mount, mount_game = Peer.mount, Peer.mount_game

    def mounting(peer: Peer, tree: ScriptTree, parent: str) -> None:
        mount(peer, swapped(tree, sources), parent)

    def mounting_game(peer: Peer, project: ScriptTree) -> None:
        mount_game(peer, swapped(project, sources))

    patch(Peer, "mount", mounting)
    patch(Peer, "mount_game", mounting_game)


def watched(gather: Callable[[Peer], None]) -> list[Peer]:
    """From now on, call `gather` with every peer before it closes. Returns those that are open, kept up to date."""
    peers: list[Peer] = []
    attach, close = Peer.attach, Peer.close

    def attaching(peer: Peer, vm: object) -> None:
        attach(peer, vm)  # pyright: ignore[reportArgumentType]
        peers.append(peer)

    def closing(peer: Peer) -> None:
        if peer.is_open and peer in peers:
            gather(peer)
            peers.remove(peer)
        close(peer)

    Peer.attach, Peer.close = attaching, closing  # pyright: ignore[reportAttributeAccessIssue]
    return peers


def counts(peer: Peer) -> Counts:
    """Return how often each place of each module ran in a VM so far. One that was stopped midway tells nothing."""
    with suppress(Exception):
        (found,) = peer.run(_TELL, STORE, limit=0)
        return {name: [*map(int, text.split())] for name, text in cast("dict[str, str]", found or {}).items()}
    return {}
