"""The names of the engine are written from its reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from roblox_double import reference

CLASS = """
name: Lamp
tags: [Service]
inherits: [Furniture]
properties: [{name: Lamp.Bright}, {name: 'Lamp."odd" one'}]
methods: [{name: 'Lamp:Glow'}]
events: []
callbacks: [{name: Lamp.OnOff}]
"""
PROPERTIES = {"Bright": "ReadWrite", "Hue": "Read", "Wired": "None"}
ENUM = "name: Colour\nitems: [{name: Red, value: 0}, {name: Blue, value: 2}]\n"


def test_names_are_written(tmp_path: Path) -> None:
    root = tmp_path / "content" / "en-us" / "reference" / "engine"
    for path, text in {"STUDIO_VERSION": "1.2\nx", "classes/Lamp.yaml": CLASS, "enums/Colour.yaml": ENUM}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    reference.write(tmp_path, tmp_path / "out")
    classes = (tmp_path / "out" / "classes.luau").read_text(encoding="utf-8")
    assert "version 1.2." in classes
    assert '\t\tLamp = "Bright Glow OnOff",\n' in classes
    assert '\t\tLamp = "Furniture",\n' in classes
    assert '\tservices = "Lamp",\n' in classes
    assert '\t\tColour = "Red=0 Blue=2",\n' in (tmp_path / "out" / "enums.luau").read_text(encoding="utf-8")


def test_what_rojo_knows_besides_is_written(tmp_path: Path) -> None:
    (tmp_path / "classes.luau").write_text(
        '\tmembers = {\n\t\tLamp = "Bright",\n\t},\n\tsuperclasses = {\n', encoding="utf-8"
    )
    properties: dict[str, list[Any]] = {name: [name, access, {}, [], {}] for name, access in PROPERTIES.items()}
    lamp: list[Any] = ["Lamp", [], None, properties, {}]
    reference.write_properties([[0, 7, 1], {"Lamp": lamp, "Hidden": lamp}, {}], tmp_path)
    written = (tmp_path / "properties.luau").read_text(encoding="utf-8")
    assert '\tmembers = {\n\t\tLamp = "Hue",\n\t}' in written
    assert '\tsaved = {\n\t\tLamp = "Wired",\n\t}' in written
    assert "Hidden" not in written
