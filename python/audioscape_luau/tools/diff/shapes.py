"""How the values that a shape allows differ between two specifications."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil, floor, inf, isinf

from audioscape_luau.openapi import Array, Boolean, Either, Field, Map, Number, Object, Shape, Text
from audioscape_luau.openapi.notes import DEPRECATED, format_in
from audioscape_luau.tools.diff.change import REQUEST, Change, Direction, Effect, Verdict

_WIDER, _NARROWER, _OTHER = Effect.WIDER, Effect.NARROWER, Effect.OTHER


def compare(old: Shape, new: Shape, where: str, direction: Direction) -> Iterator[Change]:
    """Yield what differs between two shapes at one place."""
    before, after = _kinds(old), _kinds(new)
    if before != after:
        effect = _WIDER if before < after else _NARROWER if after < before else _OTHER
        yield _changed(where, f"type {_named(old)} -> {_named(new)}", direction, effect)
    if old.nullable != new.nullable:
        what = "may be null now" if new.nullable else "is never null now"
        yield _changed(where, what, direction, _WIDER if new.nullable else _NARROWER)
    match old, new:
        case Text(), Text():
            yield from _texts(old, new, where, direction)
        case Number(), Number():
            yield from _numbers(old, new, where, direction)
        case Array(), Array():
            yield from _bounds(
                "items", _span(old.min_items, old.max_items), _span(new.min_items, new.max_items), where, direction
            )
            yield from compare(old.items, new.items, f"{where}[]", direction)
        case Map(), Map():
            before, after = _span(old.min_entries, old.max_entries), _span(new.min_entries, new.max_entries)
            yield from _bounds("entries", before, after, where, direction)
            yield from _maps(old, new, where, direction)
        case Object(), Object():
            yield from _objects(old, new, where, direction)
        case (Object(), Map()) | (Map(), Object()):
            yield _changed(where, f"{_named(old)} -> {_named(new)}", direction, _OTHER)
        case _:
            pass
    yield from texts(where, (old.description, old.assumed), (new.description, new.assumed), old.notes, new.notes)


def fields(old: tuple[Field, ...], new: tuple[Field, ...], where: str, direction: Direction) -> Iterator[Change]:
    """Yield what differs between two lists of members, parameters or fields, matched by name."""
    before, after = {field.name: field for field in old}, {field.name: field for field in new}
    for name in before.keys() - after.keys():
        reason = (
            "what callers send is no longer understood" if direction is REQUEST else "its readers find nothing there"
        )
        yield Change("removed", f"{where}{name}", _named(before[name].shape), Verdict.BREAKING, reason)
    for name in after.keys() - before.keys():
        verdict, reason = Verdict.COMPATIBLE, "nobody has to know it"
        if direction is REQUEST and after[name].required:
            verdict, reason = Verdict.BREAKING, "it is required, and no caller sends it"
        yield Change("added", f"{where}{name}", _named(after[name].shape), verdict, reason)
    for name in before.keys() & after.keys():
        yield from _field(before[name], after[name], f"{where}{name}", direction)


def texts(
    where: str, old: object, new: object, old_notes: tuple[str, ...] = (), new_notes: tuple[str, ...] = ()
) -> Iterator[Change]:
    """Yield what differs between texts for people, some of which mean more than words."""
    plain = [[note for note in notes if not _tells(note)] for notes in (old_notes, new_notes)]
    if old != new or plain[0] != plain[1]:
        yield Change("changed", where, "its description", Verdict.COMPATIBLE, "only words")
    if (DEPRECATED in old_notes) != (DEPRECATED in new_notes):
        if DEPRECATED in new_notes:
            yield Change("changed", where, "is deprecated now", Verdict.WARNING, "it may go away")
        else:
            yield Change("changed", where, "is no longer deprecated", Verdict.COMPATIBLE, "it is to stay")
    before, after = format_in(old_notes), format_in(new_notes)
    if before != after:
        what = f"format {_shown(before)} -> {_shown(after)}"
        yield Change("changed", where, what, Verdict.WARNING, "it may be written in another way")


def _tells(note: str) -> bool:
    return note == DEPRECATED or format_in((note,)) is not None


def _field(old: Field, new: Field, where: str, direction: Direction) -> Iterator[Change]:
    if old.required != new.required:
        what = "is required now" if new.required else "may be left out now"
        yield _changed(where, what, direction, _NARROWER if new.required else _WIDER)
    if _differ(old.default, new.default):
        what = f"default {_shown(old.default)} -> {_shown(new.default)}"
        if old.default is None:
            yield Change("changed", where, what, Verdict.COMPATIBLE, "it was left open before")
        else:
            yield Change("changed", where, what, Verdict.BREAKING, "who leaves it out gets something else")
    yield from texts(where, old.description, new.description, old.notes, new.notes)
    yield from compare(old.shape, new.shape, where, direction)


def _texts(old: Text, new: Text, where: str, direction: Direction) -> Iterator[Change]:
    yield from _enums(old.enum, new.enum, where, direction)
    spans = _span(old.min_length, old.max_length), _span(new.min_length, new.max_length)
    yield from _bounds("length", *spans, where, direction)
    if old.pattern != new.pattern and not (old.asset_id or new.asset_id):
        before, after = (shape.pattern.text if shape.pattern else "none" for shape in (old, new))
        yield _changed(where, f"pattern {before} -> {after}", direction, _WIDER if not new.pattern else _NARROWER)
    if old.asset_id != new.asset_id:
        what = "is an asset id now" if new.asset_id else "is no asset id any more"
        if direction is REQUEST and old.asset_id:
            reason = "numbers and tables that stood for an asset id are refused"
            yield Change("changed", where, what, Verdict.BREAKING, reason)
        else:
            yield _changed(where, what, direction, _NARROWER if new.asset_id else _WIDER)
    if old.error_text != new.error_text:
        what = "says what went wrong now" if new.error_text else "no longer says what went wrong"
        verdict = Verdict.COMPATIBLE if new.error_text else Verdict.WARNING
        yield Change("changed", where, what, verdict, "messages of errors read differently")


def _numbers(old: Number, new: Number, where: str, direction: Direction) -> Iterator[Change]:
    yield from _enums(old.enum, new.enum, where, direction)
    yield from _bounds("value", _range(old), _range(new), where, direction)
    if old.non_finite != new.non_finite:
        what = "may be NaN or infinite now" if new.non_finite else "is always finite now"
        yield _changed(where, what, direction, _WIDER if new.non_finite else _NARROWER)


def _maps(old: Map, new: Map, where: str, direction: Direction) -> Iterator[Change]:
    match old.values, new.values:
        case None, None:
            pass
        case None, described:
            yield _changed(where, f"values are {_named(described)} now", direction, _NARROWER)
        case described, None:
            yield _changed(where, f"values are no longer {_named(described)} only", direction, _WIDER)
        case before, after:
            yield from compare(before, after, f"{where}.*", direction)


def _objects(old: Object, new: Object, where: str, direction: Direction) -> Iterator[Change]:
    if old.ordered != new.ordered:
        effect = _WIDER if new.ordered is None else _NARROWER if old.ordered is None else _OTHER
        yield _changed(
            where, f"order of fields {_shown(old.ordered)} -> {_shown(new.ordered)}", direction, effect, True
        )
    if old.open != new.open:
        what = "may hold unnamed fields now" if new.open else "holds named fields only now"
        yield _changed(where, what, direction, _WIDER if new.open else _NARROWER, True)
    if old.recognised_by != new.recognised_by:
        lost = old.recognised_by is not None
        reason = "a table with that field stood for its asset id" if lost else "more can be given than before"
        what = f"recognised by {_shown(old.recognised_by)} -> {_shown(new.recognised_by)}"
        yield Change("changed", where, what, Verdict.BREAKING if lost else Verdict.COMPATIBLE, reason)
    if old.component != new.component:
        what = f"name of the schema {_shown(old.component)} -> {_shown(new.component)}"
        reason = "the exported Luau type has another name"
        yield Change("changed", where, what, Verdict.WARNING, reason)
    yield from fields(old.fields, new.fields, f"{where}.", direction)


def _enums[T](
    old: tuple[T, ...] | None, new: tuple[T, ...] | None, where: str, direction: Direction
) -> Iterator[Change]:
    if old is None and new is not None:
        yield _changed(where, f"only {_listed(new)} now", direction, _NARROWER, True)
    elif old is not None and new is None:
        yield _changed(where, f"no longer only {_listed(old)}", direction, _WIDER, True)
    elif old is not None and new is not None:
        for value in (value for value in old if value not in new):
            verdict, reason = direction.judge(_NARROWER, expected=True)
            yield Change("removed", f"{where} = {_shown(value)}", "a value of the enum", verdict, reason)
        for value in (value for value in new if value not in old):
            verdict, reason = direction.judge(_WIDER, expected=True)
            yield Change("added", f"{where} = {_shown(value)}", "a value of the enum", verdict, reason)


type _End = tuple[float, bool]


def _span(low: int | None, high: int | None) -> tuple[_End, _End]:
    return (0 if low is None else low, False), (inf if high is None else high, False)


def _range(number: Number) -> tuple[_End, _End]:
    """Both ends, each with whether it is excluded, the tighter one where both forms are given.

    Of whole numbers they are whole and included, however the schema says it.
    """
    lows = ((number.minimum, False), (number.exclusive_minimum, True))
    highs = ((number.maximum, False), (number.exclusive_maximum, True))
    low = max(((value, out) for value, out in lows if value is not None), default=(-inf, False))
    high = min(
        ((v, out) for v, out in highs if v is not None), key=lambda end: (end[0], not end[1]), default=(inf, False)
    )
    if number.integer:
        low, high = _whole(*low, step=1), _whole(*high, step=-1)
    return low, high


def _whole(value: float, excluded: bool, *, step: int) -> _End:
    """Return an end as the first whole number within it; `step` leads inwards."""
    if isinf(value):
        return value, False
    inner = ceil(value) if step > 0 else floor(value)
    return (inner + step if excluded and inner == value else inner), False


def _differ(old: object, new: object) -> bool:
    """Whether JSON tells two values apart: 1 and 1.0 are one number, but not true."""
    return old != new or isinstance(old, bool) != isinstance(new, bool)


def _bounds(
    name: str, old: tuple[_End, _End], new: tuple[_End, _End], where: str, direction: Direction
) -> Iterator[Change]:
    (low, high), (new_low, new_high) = old, new
    if low != new_low:
        what = f"least {name} {_end(low)} -> {_end(new_low)}"
        yield _changed(where, what, direction, _NARROWER if new_low > low else _WIDER, True)
    if high != new_high:
        tighter = (new_high[0], not new_high[1]) < (high[0], not high[1])
        what = f"greatest {name} {_end(high)} -> {_end(new_high)}"
        yield _changed(where, what, direction, _NARROWER if tighter else _WIDER, True)


def _end(end: _End) -> str:
    value, excluded = end
    return "none" if abs(value) == inf else f"{value:g} (excluded)" if excluded else f"{value:g}"


def _changed(where: str, what: str, direction: Direction, effect: Effect, expected: bool = False) -> Change:
    return Change("changed", where, what, *direction.judge(effect, expected=expected))


def _kinds(shape: Shape) -> frozenset[str]:
    """The JSON types among its values; every integer is a number too."""
    match shape:
        case Text():
            return frozenset({"string"})
        case Number(integer=True):
            return frozenset({"integer"})
        case Number():
            return frozenset({"integer", "number"})
        case Boolean():
            return frozenset({"boolean"})
        case Either(kinds=kinds):
            return frozenset((*kinds, "integer") if "number" in kinds else kinds)
        case Array():
            return frozenset({"array"})
        case Map() | Object():
            return frozenset({"object"})


def _named(shape: Shape) -> str:
    match shape:
        case Object(component=str(name)):
            return name
        case Map():
            return "map"
        case Array(items=items):
            return f"array of {_named(items)}"
        case _:
            kinds = _kinds(shape)
            return " or ".join(sorted(kinds - {"integer"} if "number" in kinds else kinds))


def _shown(value: object) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(_shown(value) for value in values)
