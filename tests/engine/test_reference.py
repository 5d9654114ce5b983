"""The names of the engine are written from its reference."""

from __future__ import annotations

from pathlib import Path

from audioscape_luau.engine import reference

CLASS = """
name: Lamp
tags: [Service]
inherits: [Furniture]
properties: [{name: Lamp.Bright}, {name: 'Lamp."odd" one'}]
methods: [{name: 'Lamp:Glow'}]
events: []
callbacks: [{name: Lamp.OnOff}]
"""
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
