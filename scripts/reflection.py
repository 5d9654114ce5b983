"""What the engine has, merged out of its two public descriptions, as text that the simulated engine reads.

The crate rbx_reflection_database knows properties: their types, defaults, access and replication, also of those that
only files have. The package @rbxts/types knows methods, events, callbacks, what they return, which of them yield and
what only plugins may use. `python/roblox_double/luau/known.luau` says what the written text means.
"""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

SCALARS = {
    "Bool": "boolean",
    "Float32": "float",
    "Float64": "number",
    "Int32": "int",
    "Int64": "int64",
    "String": "string",
    "BinaryString": "string",
    "SharedString": "string",
    "NetAssetRef": "string",
    "Color3uint8": "Color3",
    "OptionalCFrame": "CFrame",
}
"""What the database calls a type, and the simulated engine."""
TEXTS = ("ContentId", "BinaryString", "SharedString", "ProtectedString")
"""Names in the package for what is a string."""
PLAIN = {"number", "string", "boolean", "buffer", "RBXScriptConnection", "RBXScriptSignal", "RaycastResult", "Secret"}
"""Types of the package that the simulated engine calls the same, besides classes and what has a constructor."""


class ShapeError(Exception):
    """A source is not as it is expected to be: a new version has to be looked at first."""


@dataclass(frozen=True)
class Member:
    kind: str
    """property, method, event, callback, or name: nothing else is known of it"""
    name: str
    type: str = ""
    flags: str = ""
    alias: str = ""
    """The property that it is another name of, or another form."""
    stored: str = ""
    """The name of a property in files, if that is another one."""


@dataclass
class Class:
    name: str
    superclass: str
    flags: str
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    defaults: dict[str, str] = field(default_factory=dict[str, str])
    """The values that instances of just this class begin with, as text."""


@dataclass(frozen=True)
class Engine:
    version: str
    classes: dict[str, Class]
    enums: dict[str, dict[str, int]]


def merge(
    database: object,
    types: Types,
    plugin_types: Types,
    datatypes: Iterable[str],
    documented: Mapping[str, Sequence[str]],
) -> Engine:
    """Make one description of the engine out of the database, two files of the package, and its datatypes.

    `documented` are names that only the documentation has, by class, and under "services" those.
    """
    version, classes, enums = _database(database)
    items = {name: cast("dict[str, int]", entry[1]) for name, entry in enums.items()}
    names = {*classes, *datatypes, *PLAIN}
    merged = {name: _merge_class(entry, types, plugin_types, names) for name, entry in classes.items()}
    for name, entry in classes.items():
        merged[name].defaults = _defaults(entry, classes, items)
        for more in documented.get(name, ()):
            merged[name].members.setdefault(more, Member("name", more))
    for name in documented["services"]:
        merged[name].flags = "s"
    _hoist(merged)
    return Engine(".".join(map(str, version)), merged, items)


# The database


def _database(data: Any) -> tuple[list[int], dict[str, list[Any]], dict[str, list[Any]]]:
    if not _is_list(data, list, dict, dict):
        raise ShapeError("the database is not [version, classes, enums]")
    version, classes, enums = data
    for name, entry in classes.items():
        if not _is_list(entry, str, list, str | None, dict, dict):
            raise ShapeError(f"{name} is not [name, tags, superclass, properties, defaults]")
        for key, described in entry[3].items():
            if not _is_list(described, str, str, dict, list, dict):
                raise ShapeError(f"{name}.{key} is not [name, access, type, tags, kind]")
    for name, entry in enums.items():
        if not _is_list(entry, str, dict):
            raise ShapeError(f"Enum.{name} is not [name, items]")
    return version, classes, enums


def _is_list(value: Any, *kinds: Any) -> bool:
    return (
        isinstance(value, list)
        and len(parts := cast("list[Any]", value)) == len(kinds)
        and all(isinstance(part, kind) for part, kind in zip(parts, kinds, strict=True))
    )


def assert_facts(engine: Engine) -> None:
    """Raise ShapeError if what everybody knows of the engine has not come out."""
    if not {"Sound", "HttpService", "RemoteFunction", "BasePart"} <= engine.classes.keys():
        raise ShapeError("well-known classes are missing")
    sound, service = engine.classes["Sound"], engine.classes["HttpService"]
    facts = {
        "Sound is an Instance": sound.superclass == "Instance" and "c" in sound.flags,
        "Sound.Volume is 0.5, in 32 bits": sound.members["Volume"].type == "float"
        and sound.defaults["Volume"] == "0.5",
        "Sound.TimePosition has 64 bits": sound.members["TimePosition"].type == "number",
        "Sound.IsLoaded is read-only": sound.members["IsLoaded"].flags == "nr",
        "Sound.SoundId is another form of its content": sound.members["SoundId"].alias == "AudioContent",
        "Sound.Ended is an event": sound.members["Ended"].kind == "event",
        "HttpService is a service": service.flags == "s",
        "HttpService.RequestAsync yields": service.members["RequestAsync"]
        == Member("method", "RequestAsync", "table", "y"),
        "HttpService.HttpEnabled is not for scripts to write": service.members["HttpEnabled"].flags == "w",
        "RemoteFunction.OnServerInvoke is a callback": engine.classes["RemoteFunction"].members["OnServerInvoke"].kind
        == "callback",
        "a Part is 4 by 1.2 by 2": engine.classes["BasePart"].defaults["Size"] == "4,1.2,2",
        "Enum.HttpError.TimedOut is 5": engine.enums["HttpError"]["TimedOut"] == 5,
    }
    wrong = [fact for fact, holds in facts.items() if not holds]
    if wrong:
        raise ShapeError(f"what was read does not say that {', '.join(wrong)}")


def _merge_class(entry: Sequence[Any], types: Types, plugin_types: Types, names: set[str]) -> Class:
    name, tags, superclass, properties, _ = entry
    made = Class(name, superclass or "", _class_flags(name, tags, types, plugin_types))
    declared, for_plugins = types.classes.get(name, {}), plugin_types.classes.get(name, {})
    for key, described in properties.items():
        if key.isidentifier():
            made.members[key] = _property(described, declared.get(key), key in for_plugins, names)
    for key, declaration in [*declared.items(), *for_plugins.items()]:
        only_plugins = "" if key in declared else "p"
        if key not in made.members:
            member = declaration.member(key, only_plugins, names)
            if member:
                made.members[key] = member
    for member in made.members.values():
        form = made.members.get(member.stored)
        if form and "n" not in form.flags:
            # Clients learn of it by the form that files have.
            made.members[member.name] = replace(member, flags=member.flags.replace("n", ""))
    return made


def _class_flags(name: str, tags: Sequence[str], types: Types, plugin_types: Types) -> str:
    creatable = name in types.creatable or ("Deprecated" in tags and "NotCreatable" not in tags)
    service = name in types.services or name in plugin_types.services
    local = "NotReplicated" in tags and not service
    return "".join(flag for flag, holds in {"c": creatable, "l": local, "s": service}.items() if holds)


def _property(described: Sequence[Any], declaration: Declaration | None, for_plugins: bool, names: set[str]) -> Member:
    name, access, type_, tags, kind = described
    flags = ""
    if "NotScriptable" in tags:
        flags = "f"
    elif access in ("None", "Custom"):
        flags = "p" if for_plugins or access == "Custom" else "x"
    elif not declaration and for_plugins:
        flags = "p"
    elif "ReadOnly" in tags:
        flags = "r"
    elif access == "Read" or (declaration and declaration.read == "get"):
        flags = "w"
    if "NotReplicated" in tags:
        flags += "n"
    alias = stored = ""
    match kind:
        case {"Alias": [target]}:
            alias = target
        case {"Canonical": [{"Migrate": [target, *_]}]}:
            alias = target if isinstance(target, str) else "+".join(target)
        case {"Canonical": [{"SerializesAs": target}]}:
            stored = target
        case _:
            pass
    return Member("property", name, _property_type(type_, declaration, names), "".join(sorted(flags)), alias, stored)


def _property_type(type_: Mapping[str, str], declaration: Declaration | None, names: set[str]) -> str:
    if "Enum" in type_:
        return f"Enum.{type_['Enum']}"
    value = type_["Value"]
    if value == "Ref":
        parts = set(_split(declaration.text, "|")) - {"undefined"} if declaration else set[str]()
        return parts.pop() if len(parts) == 1 and parts <= names else "Instance"
    return SCALARS.get(value, value)


# Defaults


def _defaults(
    entry: Sequence[Any], classes: Mapping[str, Sequence[Any]], enums: Mapping[str, Mapping[str, int]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in entry[4].items():
        described = _described(name, entry, classes)
        if described and "NotScriptable" not in described[3]:
            text = _default(value, described[2].get("Enum"), enums)
            if text is not None:
                found[name] = text
    return found


def _described(name: str, entry: Sequence[Any], classes: Mapping[str, Sequence[Any]]) -> Sequence[Any] | None:
    at: Sequence[Any] | None = entry
    while at:
        if name in at[3]:
            return at[3][name]
        at = classes.get(at[2])
    return None


def _default(typed: Mapping[str, Any], enum: str | None, enums: Mapping[str, Mapping[str, int]]) -> str | None:
    ((kind, value),) = typed.items()
    match kind:
        case "Bool":
            return "true" if value else "false"
        case "Float64" | "Int32" | "Int64":
            return _number(value)
        case "Enum":
            names = [name for name, number in enums[enum or ""].items() if number == value]
            return names[0] if names else None
        case "String":
            return _escape(value)
        case "Content" | "ContentId" | "BinaryString" | "SharedString" | "NetAssetRef":
            return (
                _escape(cast("dict[str, str]", value)["Uri"])
                if isinstance(value, dict)
                else ""
                if value in ("None", [])
                else None
            )
        case "Color3uint8":
            return ",".join(_float32(part / 255) for part in value)
        case "Font":
            return ";".join(_escape(part) for part in value[:3])
        case "CFrame":
            turned = [part for row in value[1] for part in row]
            still = turned == [1, 0, 0, 0, 1, 0, 0, 0, 1]
            return _floats(value[0] if still else [value[0], turned])
        case "PhysicalProperties" | "OptionalCFrame" | "UniqueId" | "Attributes" | "Tags" | "SecurityCapabilities":
            return None
        case "BrickColor" | "Axes" | "Faces":
            return str(value)
        case "MaterialColors":
            return None
        case _:
            return _floats(value)


def _floats(value: Any) -> str:
    return ",".join(_float32(part) for part in _flat(value))


def _flat(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for part in cast("list[Any]", value):
            yield from _flat(part)
    else:
        yield value


def _float32(value: float) -> str:
    """Return the shortest decimal number that 32 bits keep as this one."""
    if math.isfinite(value):
        kept = struct.pack("<f", value)
        for digits in range(1, 10):
            text = f"{value:.{digits}g}"
            if struct.pack("<f", float(text)) == kept:
                return _number(float(text))
    return _number(value)


def _number(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)


def _escape(text: str) -> str:
    return re.sub(r"[^\w/:.\-]", lambda found: "".join(f"%{byte:02x}" for byte in found[0].encode()), text)


def _hoist(classes: Mapping[str, Class]) -> None:
    """Keep a default where its property is declared, and below only where it is another one."""
    below: dict[str, list[str]] = {}
    for name, made in classes.items():
        below.setdefault(made.superclass, []).append(name)

    def descendants(name: str) -> Iterator[Class]:
        yield classes[name]
        for child in below.get(name, ()):
            yield from descendants(child)

    own = {name: dict(made.defaults) for name, made in classes.items()}
    for made in classes.values():
        made.defaults = {}
    for name, made in classes.items():
        for key in made.members:
            values = {each.name: own[each.name][key] for each in descendants(name) if key in own[each.name]}
            if values:
                usual = own[name].get(key, Counter(values.values()).most_common(1)[0][0])
                made.defaults[key] = usual
                for each, value in values.items():
                    if value != usual:
                        classes[each].defaults[key] = value


# The package


@dataclass(frozen=True)
class Declaration:
    text: str
    """The type of a property, or what stands behind a method's name."""
    read: str
    """readonly, get, or nothing."""
    tags: str

    def member(self, name: str, flags: str, names: set[str]) -> Member | None:
        """Return what the database does not have: methods, events, callbacks, and properties of types that it lacks."""
        yields = "y" if "Yields" in self.tags else ""
        if self.text.startswith(("(this: ", "<")):
            return Member("method", name, returned(_behind_parameters(self.text), names), flags + yields)
        if yields:
            return Member("method", name, "any", flags + yields)
        if self.text.startswith("RBXScriptSignal"):
            return Member("event", name, "", flags)
        if "=>" in self.text or self.text.startswith("T |"):
            return Member("callback", name, "", flags)
        if self.read and self.text in ("DateTime", "User", "TweenInfo"):
            return Member("property", name, self.text, f"n{flags}r")
        return None


@dataclass(frozen=True)
class Types:
    """One of the files that the package is made of."""

    classes: dict[str, dict[str, Declaration]]
    creatable: set[str]
    services: set[str]


_COMMENT = re.compile(r"/\*\*(.*?)\*/", re.DOTALL)
_INTERFACE = re.compile(r"^interface (\w+)(?:<[^{]*?>)?(?: extends .*?)? \{$(.*?)^\}", re.DOTALL | re.MULTILINE)
_MEMBER = re.compile(r"(?:\x01([^\x02]*)\x02 )?(readonly |get )?(\w+)(?:\(\))?\??(?:: )?(.*)", re.DOTALL)
_UNSAID = ("T", "S", "R", "unknown", "ReturnType", "Instances", "GettableCores", "AttributeValue")


def read_types(text: str) -> Types:
    """Read None.d.ts, which has what all scripts may use, or PluginSecurity.d.ts: what plugins may use besides."""
    text = _COMMENT.sub(lambda comment: f"\x01{' '.join(re.findall(r'Tags[*]*: *(.*)', comment[1]))}\x02", text)
    interfaces = {name: dict(_members(body)) for name, body in _INTERFACE.findall(text)}
    return Types(
        {name: members for name, members in interfaces.items() if f"_nominal_{name}" in members},
        set(interfaces.get("CreatableInstances", ())),
        set(interfaces["Services"]),
    )


def read_datatypes(text: str) -> list[str]:
    """Read from roblox.d.ts which types besides classes scripts can make values of."""
    return re.findall(r"^declare const (\w+): \w+Constructor;", text, re.MULTILINE)


def returned(text: str, names: set[str]) -> str:
    """Return what the simulated engine calls a type of the package; `names` are those that it calls the same."""
    parts = list(_split(re.sub(r"^\w+\??: ", "", text), "|"))
    optional = "?" if "undefined" in parts else ""
    first = next((part for part in parts if part != "undefined"), "unknown")
    if first == "void":
        return ""
    if first.startswith("LuaTuple<["):
        return ",".join(returned(part, names) for part in _split(first[10:-2], ","))
    if first.startswith("this is"):
        return "boolean"
    word = re.match(r"[\w.]*", first)
    name = word[0] if word else ""
    if " extends " in first:
        name = "table"
    elif name in _UNSAID:
        name = "any"
    elif name in TEXTS:
        name = "string"
    elif name not in names and not name.startswith("Enum."):
        name = "Instance" if name == "RBXObject" else "table"
    return name + optional


def _members(body: str) -> Iterator[tuple[str, Declaration]]:
    for text in _split(body, ";"):
        match = _MEMBER.fullmatch(text)
        if match:
            tags, read, name, rest = match.groups()
            yield name, Declaration(rest, (read or "").strip(), tags or "")


def _behind_parameters(method: str) -> str:
    # "<T>(this: Pages<T>, page: (a: T) => void): Array<T>"
    bare = method[_end(method) :] if method.startswith("<") else method
    return bare[_end(bare) :].removeprefix(": ")


def _end(text: str) -> int:
    """Return where the bracket that `text` begins with has been closed."""
    return next(at for at, depth in enumerate(_depths(text)) if at and not depth) + 1


def _split(text: str, separator: str) -> Iterator[str]:
    start = 0
    for at, depth in enumerate(_depths(text)):
        if text[at] == separator and not depth:
            yield " ".join(text[start:at].split())
            start = at + 1
    rest = " ".join(text[start:].split())
    if rest:
        yield rest


def _depths(text: str) -> Iterator[int]:
    """Yield for each letter in how many brackets it stands; a closing one is outside."""
    depth = 0
    for at, letter in enumerate(text):
        if letter in "([{<":
            depth += 1
        elif letter in ")]}>" and text[at - 1 : at + 1] != "=>":
            depth -= 1
        yield depth


# What is written


def render(engine: Engine) -> dict[str, str]:
    """Return the bodies of the Luau modules `classes` and `enums`."""
    return {
        "classes": _table((name, _words(made)) for name, made in sorted(engine.classes.items())),
        "enums": _table((name, _items(items)) for name, items in sorted(engine.enums.items())),
    }


def _items(items: Mapping[str, int]) -> Iterator[str]:
    for name, value in sorted(items.items(), key=lambda item: (item[1], item[0])):
        yield f"{name}={value}"


def _words(made: Class) -> Iterator[str]:
    yield f"{made.superclass or '-'}/{made.flags}"
    for name, member in sorted(made.members.items()):
        flags = f"/{member.flags}" if member.flags else ""
        if member.kind == "property":
            form = f">{member.alias}" if member.alias else f"<{member.stored}" if member.stored else ""
            default = f"={made.defaults[name]}" if name in made.defaults else ""
            yield f"{name}:{member.type}{flags}{form}{default}"
        else:
            mark = {"method": f"(){member.type}", "event": "@", "callback": "&", "name": "?"}[member.kind]
            yield f"{name}{mark}{flags}"
    for name, value in sorted(made.defaults.items()):
        if name not in made.members:
            yield f"{name}={value}"


def _table(entries: Iterable[tuple[str, Iterable[str]]]) -> str:
    lines = "".join(f'\t{name} = "{" ".join(words)}",\n' for name, words in entries)
    return f"return {{\n{lines}}} :: {{ [string]: string }}\n"
