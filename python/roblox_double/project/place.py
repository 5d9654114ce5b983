"""Places of Studio, and projects that are synced into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from roblox_double.project.formats.database import is_service
from roblox_double.project.model_file import load_model
from roblox_double.project.script_tree import ProjectError, ScriptTree

_ENDINGS = (".rbxl", ".rbxlx")


def is_place(path: Path) -> bool:
    """Tell whether a file is a place by its name."""
    return path.suffix in _ENDINGS


def load_place(path: Path) -> ScriptTree:
    """Load a place file of Studio as a DataModel. Raises ProjectError."""
    if not is_place(path):
        raise ProjectError(f"{path}: a place file ends in {' or '.join(_ENDINGS)}")
    services = tuple(root for root in load_model(path) if is_service(root.class_name))
    return ScriptTree(path.stem, "DataModel", children=services, others_stay=True)


def synced(place: ScriptTree, project: ScriptTree) -> ScriptTree:
    """Return a place after Rojo has synced a project into it.

    What has the name and class of something in the project becomes that; what else lies beside it goes, unless the
    project lets it stay, as it does by itself for what has no `$path`.
    """
    taken: set[int] = set()
    children: list[ScriptTree] = []
    for child in project.children:
        at = _match(place.children, child, taken)
        if at is None:
            children.append(child)
        else:
            taken.add(at)
            children.append(synced(place.children[at], child))
    kept = [child for at, child in enumerate(place.children) if at not in taken] if project.others_stay else []
    return replace(
        project,
        children=(*kept, *children),
        properties={**place.properties, **project.properties},
        attributes={**place.attributes, **project.attributes},
        tags=tuple(dict.fromkeys((*place.tags, *project.tags))),
        ids=(*place.ids, *project.ids),
    )


def _match(places: Sequence[ScriptTree], child: ScriptTree, taken: set[int]) -> int | None:
    return next(
        (
            at
            for at, other in enumerate(places)
            if at not in taken and (other.name, other.class_name) == (child.name, child.class_name)
        ),
        None,
    )
