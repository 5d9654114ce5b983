"""Instances to be, as they come out of folders, Rojo projects and model files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from roblox_double.vm import Lasting, LuauValue


@dataclass(frozen=True, slots=True)
class ScriptTree:
    """An Instance to be: its name, class, source text (scripts only), what is set on it, and what lies below it."""

    name: str
    class_name: str
    source: str | None = None
    children: tuple[ScriptTree, ...] = ()
    properties: Mapping[str, LuauValue] = field(default_factory=dict[str, LuauValue])
    """Values of types that Python lacks have the form `{TYPE: VALUE}`, as in Rojo's files."""
    attributes: Mapping[str, LuauValue] = field(default_factory=dict[str, LuauValue])
    path: Path | None = None
    """The file that the source came from."""
    tags: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict[str, str])
    """Where properties and attributes are written, by name: a file, and its line."""
    others_stay: bool = False
    """Whether what else a place has below it stays there when the tree is synced into the place."""
    ids: tuple[str, ...] = ()
    """What `{"Ref": ID}`, as a property of others that are built with it, may call it."""

    def as_luau(self) -> Lasting:
        """Return the tree as plain values for the double: the same ones each time."""
        return _lasting(_Same(self))

    def parts(self) -> Lasting:
        """Return the tree as plain values anew; what is empty is left out."""
        parts: dict[str, LuauValue] = {
            "name": self.name,
            "class": self.class_name,
            "source": self.source,
            "properties": self.properties,
            "attributes": self.attributes,
            "tags": self.tags,
            "places": self.places,
            "ids": self.ids,
            "children": [child.parts() for child in self.children],
        }
        # Every source is a text, though an empty one.
        return Lasting({name: part for name, part in parts.items() if part or (name == "source" and part is not None)})


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A tree that equals no other one, however alike."""

    tree: ScriptTree

    def __hash__(self) -> int:
        return id(self.tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.tree is other.tree


@lru_cache(maxsize=16)
def _lasting(same: _Same) -> Lasting:
    return same.tree.parts()


class ProjectError(Exception):
    """A Rojo project that cannot be loaded; the text says which file and why."""
