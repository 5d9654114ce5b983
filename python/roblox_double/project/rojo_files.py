"""What Rojo makes of one file: which kind it is, what its name becomes, and what is read from it."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, cast

import yaml

from roblox_double.project.formats.database import find
from roblox_double.project.rojo_globs import matches
from roblox_double.project.rojo_yaml import Pairs, read_yaml
from roblox_double.project.script_tree import ProjectError, ScriptTree
from roblox_double.vm import LuauValue

_STRING = r'"(?:\\.|[^"\\])*"'
_QUOTED = re.compile(_STRING)
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_EXACT_DIGITS = 15
_TARGET, _ID = "Rojo_Target_", "Rojo_Id"
"""Attributes that say which Instance a property is, and what an Instance is called there."""
_COLUMNS = {"Key": "key", "Context": "context", "Example": "example", "Source": "source"}
_LAST_COMMA = re.compile(rf"({_STRING})|,(?=\s*[}}\]])")
_PLAIN_TYPES = frozenset(
    {"Bool", "BinaryString", "Content", "ContentId", "Enum", "Float32", "Float64", "Int32", "Int64", "String"}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which files are of a kind, and what of their names is no name: if nothing is said, what stands behind a dot."""

    pattern: str
    use: str
    suffix: str
    exclude: str | None = None

    def applies(self, path: str) -> bool:
        """Tell whether it is about the file at `path`, as seen from the folder of the project that has the rule."""
        return matches(path, self.pattern) and not (self.exclude and matches(path, self.exclude))


def _rules() -> Iterable[Rule]:
    for kind in ("server", "client", "plugin"):
        for extension in ("luau", "lua"):
            yield Rule(f"*.{kind}.{extension}", f"{kind}Script", f".{kind}.{extension}")
    yield Rule("*.{lua,luau}", "moduleScript", "")
    for kind, use in {"project": "project", "model": "jsonModel", "meta": "ignore"}.items():
        for extension in ("json", "jsonc"):
            yield Rule(f"*.{kind}.{extension}", use, f".{kind}.{extension}")
    for extension in ("json", "jsonc"):
        yield Rule(f"*.{extension}", "json", f".{extension}")
    kinds = {"toml": "toml", "{yml,yaml}": "yaml", "txt": "text", "csv": "csv", "rbxm": "rbxm", "rbxmx": "rbxmx"}
    for extension, use in kinds.items():
        yield Rule(f"*.{extension}", use, "")


RULES: tuple[Rule, ...] = tuple(_rules())
"""Rojo's own; those of a project come before them."""

_LEGACY: Mapping[str, tuple[str, Mapping[str, LuauValue]]] = {
    "serverScript": ("Script", {}),
    "clientScript": ("LocalScript", {}),
}
DESCRIBED = frozenset({"csv", "json", "text", "toml", "yaml"})
"""Kinds of files, besides scripts, of which a `.meta.json` beside them can say more."""
SCRIPTS: Mapping[str, tuple[str, Mapping[str, LuauValue]]] = {
    "serverScript": ("Script", {"RunContext": "Server"}),
    "clientScript": ("Script", {"RunContext": "Client"}),
    "pluginScript": ("Script", {"RunContext": "Plugin"}),
    "moduleScript": ("ModuleScript", {}),
    "legacyServerScript": _LEGACY["serverScript"],
    "legacyClientScript": _LEGACY["clientScript"],
    "runContextServerScript": ("Script", {"RunContext": "Server"}),
    "runContextClientScript": ("Script", {"RunContext": "Client"}),
}
"""The class of each kind of script and what is set on it."""


def read_text(path: Path, *, lines: bool = True) -> str:
    """Read a text file; its `lines` then end as Unix has it. Raises ProjectError."""
    try:
        text = path.read_bytes().decode()
        return text.replace("\r\n", "\n") if lines else text
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path}: {error}") from None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object, which may have comments and last commas. Raises ProjectError."""
    value = _json(path)
    if not isinstance(value, dict):
        raise ProjectError(f"{path}: expected a JSON object")
    return cast("dict[str, Any]", value)


def read_script(path: Path, use: str, *, legacy: bool) -> ScriptTree:
    """Read a script of the kind `use`; `legacy` is the project's `emitLegacyScripts`."""
    class_name, properties = (_LEGACY if legacy and use in _LEGACY else SCRIPTS)[use]
    return ScriptTree(path.stem, class_name, read_text(path), properties=dict(properties), path=path)


def _read_text(path: Path) -> ScriptTree:
    return ScriptTree(path.stem, "StringValue", properties={"Value": read_text(path, lines=False)}, path=path)


def _read_translations(path: Path) -> ScriptTree:
    try:
        rows = [row for row in csv.reader(io.StringIO(read_text(path, lines=False).removeprefix("\ufeff"))) if row]
    except csv.Error as error:
        raise ProjectError(f"{path}: {error}") from None
    if any(len(row) != len(rows[0]) for row in rows):
        raise ProjectError(f"{path}: its rows have not all as many fields as the first")
    entries = [_entry(dict(zip(rows[0], row, strict=True))) for row in rows[1:]]
    told = [entry for entry in entries if "key" in entry or "source" in entry]
    contents = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return ScriptTree(path.stem, "LocalizationTable", properties={"Contents": contents}, path=path)


def _entry(row: Mapping[str, str]) -> dict[str, Any]:
    """Return what a LocalizationTable has for a row, in the order that Rojo writes."""
    given = {name: value for name, value in row.items() if name and value}
    values = {name: given[name] for name in sorted(given) if name not in _COLUMNS}
    return {**{key: given[name] for name, key in _COLUMNS.items() if name in given}, "values": values}


def _data(read: Callable[[Path], Any]) -> Callable[[Path], ScriptTree]:
    def reading(path: Path) -> ScriptTree:
        try:
            value = read(path)
            source = f"return {_luau(value)}"
        except (ValueError, yaml.YAMLError) as error:
            raise ProjectError(f"{path}: {error}") from None
        except RecursionError:
            raise ProjectError(f"{path}: nested too deeply") from None
        return ScriptTree(path.stem, "ModuleScript", source, path=path)

    return reading


def _read_model(path: Path) -> ScriptTree | None:
    # Rojo takes it for a file that an editor is about to write.
    return None if not read_text(path).strip() else _model(read_json(path), path.name, path)


FILES: Mapping[str, Callable[[Path], ScriptTree | None]] = {
    "text": _read_text,
    "csv": _read_translations,
    "json": _data(lambda path: _json(path)),
    "toml": _data(lambda path: tomllib.loads(read_text(path))),
    "yaml": _data(lambda path: read_yaml(read_text(path))),
    "jsonModel": _read_model,
}
"""How the other kinds are read, None for what becomes nothing. The name of what comes out is for the caller to set."""


def described(tree: ScriptTree, meta: Mapping[str, Any], file: Path) -> ScriptTree:
    """Return the tree with what a `.meta.json` file says of it. Raises ProjectError."""
    class_name = meta.get("className", tree.class_name)
    if class_name != tree.class_name and tree.class_name != "Folder":
        raise ProjectError(f"{file}: only a folder can have a className")
    others_stay = meta.get("ignoreUnknownInstances")
    tree = replace(tree, others_stay=tree.others_stay if others_stay is None else bool(others_stay))
    tree = with_id(tree, meta.get("id"), file)
    return with_values(tree, class_name, meta.get("properties"), meta.get("attributes"), file)


def with_id(tree: ScriptTree, given: Any, file: Path) -> ScriptTree:
    """Return the tree with a name for references, if one is given."""
    if not isinstance(given, str | None):
        raise ProjectError(f"{file}: an id must be a string, got {given!r}")
    return tree if given is None else replace(tree, ids=(*tree.ids, given))


def with_values(
    tree: ScriptTree,
    class_name: str,
    properties: Mapping[str, Any] | None,
    attributes: Mapping[str, Any] | None,
    file: Path,
) -> ScriptTree:
    """Return the tree as another class and with more set on it. The values are in Rojo's notation.

    Tags and attributes take the place of those that are there.
    """
    for given in (properties, attributes):
        if not isinstance(given, dict | None):
            raise ProjectError(f"{file}: properties and attributes must be objects, got {given!r}")
    plain = {key: _value(value, f"{file}: {key}") for key, value in (properties or {}).items()}
    tags = plain.pop("Tags", tree.tags)
    if not isinstance(tags, list | tuple):
        raise ProjectError(f"{file}: Tags must be a list")
    given = plain.pop("Attributes", None)
    if not isinstance(given, dict | None):
        raise ProjectError(f"{file}: Attributes must be an object")
    inner = attributes or cast("dict[str, Any] | None", given)
    named = None if inner is None else {key: _value(value, f"{file}: {key}") for key, value in inner.items()}
    names = [*plain, *(named or ())]
    references = {
        key.removeprefix(_TARGET): {"Ref": value}
        for key, value in (named or {}).items()
        if key.startswith(_TARGET) and isinstance(value, str) and find(class_name, key.removeprefix(_TARGET))
    }
    name = (named or {}).get(_ID)
    return replace(
        tree,
        class_name=class_name,
        places={**tree.places, **(_places(names, file) if names else {})},
        properties={**tree.properties, **plain, **references},
        attributes=tree.attributes if named is None else named,
        tags=tuple(str(tag) for tag in cast("Sequence[LuauValue]", tags)),
        ids=(*tree.ids, name) if isinstance(name, str) else tree.ids,
    )


def _places(names: Iterable[str], file: Path) -> dict[str, str]:
    """Return where a file says something of each name: on which line, if there is but one that it can be."""
    known = file.stat()
    lines = _lines(file, known.st_mtime_ns, known.st_size)
    places = {name: lines.get(f'"{name}"') for name in names}
    return {name: f"{file}:{line}" if line else str(file) for name, line in places.items()}


@lru_cache(maxsize=4)
def _lines(file: Path, changed: int, size: int) -> Mapping[str, int | None]:  # noqa: ARG001
    """Return the line of a file on which each quoted text stands, None if on several. A file may be a whole place."""
    found: dict[str, int | None] = {}
    for number, line in enumerate(read_text(file).splitlines(), 1):
        for name in set(_QUOTED.findall(line)):
            found[name] = None if name in found else number
    return found


def _model(raw: Mapping[str, Any], name: str, path: Path) -> ScriptTree:
    node = {key[0].lower() + key[1:]: value for key, value in raw.items() if key}
    if not isinstance(node.get("className"), str):
        raise ProjectError(f"{path}: {name} has no className")
    children: list[ScriptTree] = []
    for child in _part(node, "children", list[Any], name, path):
        if not isinstance(child, dict):
            raise ProjectError(f"{path}: a child of {name} is not an object")
        inner = cast("dict[str, Any]", child)
        named = (inner[key] for key in ("Name", "name", "ClassName", "className") if key in inner)
        children.append(_model(inner, str(next(named, "?")), path))
    source = None
    properties = dict(_part(node, "properties", dict[str, Any], name, path))
    if "Source" in properties:
        source = str(_value(properties.pop("Source"), f"{path}: Source"))
    tree = with_id(ScriptTree(name, node["className"], source, tuple(children), path=path), node.get("id"), path)
    return with_values(tree, tree.class_name, properties, _part(node, "attributes", dict[str, Any], name, path), path)


def _part[T](node: Mapping[str, Any], key: str, kind: type[T], name: str, path: Path) -> T:
    value = node.get(key)
    empty = kind()
    if value is not None and not isinstance(value, type(empty)):
        raise ProjectError(f"{path}: {key} of {name} cannot be {value!r}")
    return empty if value is None else value


def _value(raw: Any, place: str) -> LuauValue:
    """Return a property's value for the double: `{"TYPE": ...}` stays where the type is no plain one.

    A font may be without its type.
    """
    if isinstance(raw, dict):
        typed = cast("dict[str, Any]", raw)
        if "family" in typed:
            return {"Font": typed}
        if len(typed) != 1:
            raise ProjectError(f"{place}: a value must be plain or of the form {{TYPE: VALUE}}")
        ((kind, value),) = typed.items()
        return value if kind in _PLAIN_TYPES or kind in ("Tags", "Attributes") else {kind: value}
    if raw is None:
        raise ProjectError(f"{place}: null is not a value")
    return raw


def _json(path: Path) -> Any:
    try:
        text = _COMMENT.sub(lambda found: found[1] or " ", read_text(path))
        text = _LAST_COMMA.sub(lambda found: found[1] or "", text)
        return json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=_refuse)
    except ValueError as error:
        raise ProjectError(f"{path}: {error}") from None
    except RecursionError:
        raise ProjectError(f"{path}: nested too deeply") from None


def _integer(text: str) -> int | float | str:
    return int(text) if len(text) <= _EXACT_DIGITS else _number(text)


def _number(text: str) -> float | str:
    # What is no number of Luau stays as it stands there.
    number = float(text)
    return number if math.isfinite(number) else text


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


def _luau(value: Any) -> str:
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case float() if not math.isfinite(value):
            return "0 / 0" if value != value else f"{'-' if value < 0 else ''}math.huge"
        case int() | float():
            return repr(value)
        case Pairs():
            return f"{{ {', '.join(f'[{_luau(key)}] = {_luau(item)}' for key, item in value.items)} }}"
        case Mapping():
            return _luau(Pairs(tuple(cast("Mapping[Any, Any]", value).items())))
        case str():
            return _quoted(value)
        case Sequence():
            return f"{{ {', '.join(_luau(item) for item in cast('Sequence[Any]', value))} }}"
        case datetime():
            return _quoted(value.isoformat().replace("+00:00", "Z"))
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\0": "\\0"}
    return f'"{"".join(escapes.get(letter, letter) for letter in text)}"'
