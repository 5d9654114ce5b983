"""What the replies of an operation that pages must be, beyond their schema: a part of one list, the part asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from audioscape_luau.contract.drift import Deviation, plain
from audioscape_luau.openapi import Array, Number, Object, Operation, Paging, asset_id
from audioscape_luau.openapi.item_bounds import beyond, bounds_given

_WORDS = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}


def items_of(operation: Operation, value: Any) -> list[Any]:
    """Return the items of a page; none if there is no list where they should be, or the operation does not page."""
    items = None if operation.paging is None else _at(value, [operation.paging.items])
    return cast("list[Any]", items) if isinstance(items, list) else []


def item_shape(operation: Operation) -> Object | None:
    """Return what the items of a page are, None if they are no objects or there are no pages."""
    for field in operation.result.fields:
        if operation.paging and field.name == operation.paging.items and isinstance(field.shape, Array):
            return field.shape.items if isinstance(field.shape.items, Object) else None
    return None


def identity(operation: Operation) -> str | None:
    """Return the name of the field that tells the items of a page apart, None if there is none."""
    shape = item_shape(operation)
    own = shape.asset_id_field if shape else None
    return own.name if own else None


def id_of(operation: Operation, item: Any) -> Any:
    """Return the asset id of an item as it came, None if it has none."""
    name = identity(operation)
    return cast("dict[str, Any]", item).get(name) if name and isinstance(item, dict) else None


def check_page(operation: Operation, asked: Mapping[str, Any], value: Any) -> Iterator[Deviation]:
    """Yield where a page is not the one asked for: too long, too short, or not what it says of itself."""
    paging = operation.paging
    if paging is None or not isinstance(value, dict):
        return
    items = items_of(operation, value)
    limit, offset = (_asked(operation, name, asked) for name in (paging.limit, paging.offset))
    most = _maximum(operation, paging) if limit is None else limit
    if most is not None and len(items) > most:
        yield _wrong(paging.items, f"{_count(items)}, the limit being {most:g}", "no more than the limit")
    for name, count in Counter(_names(operation, items)).items():
        if count > 1:
            yield _wrong(paging.items, f"{count} times {name}", "no item twice", f"{paging.items}[]")

    for place, bound, end in beyond(operation, asked, items):
        found = f"{plain(items[place][bound.field])}, {'.'.join(bound.input)} being {end:g}"
        expected = f"{_WORDS[bound.keyword]} {'.'.join(bound.input)}"
        yield _wrong(f"{paging.items}[].{bound.field}", found, expected)

    *way, _ = paging.total
    about: Any = _at(value, way)
    if not isinstance(about, dict):
        return
    said = cast("dict[str, Any]", about)
    for name, given in ((paging.limit, limit), (paging.offset, offset)):
        if given is not None and _is_count(said.get(name)) and said[name] != given:
            found = f"{plain(said[name])}, where {given:g} was asked for"
            yield _wrong(".".join([*way, name]), found, f"the {name} that was asked for")
    if isinstance(_at(value, [paging.items]), list):
        yield from _check_total(operation, said, items, limit, offset, narrowed=_is_narrowed(operation, asked))


def check_kept(operation: Operation, asked: Mapping[str, Any], page: Any, value: Any) -> Iterator[Deviation]:
    """Yield if a page that was narrowed has none of the items of another that it need not leave out."""
    items = items_of(operation, page)
    out = {place for place, _, _ in beyond(operation, asked, items)}
    kept = {name for place, name in enumerate(_names(operation, items)) if place not in out}
    if operation.paging and kept and kept.isdisjoint(_names(operation, items_of(operation, value))):
        given = ", ".join(sorted({".".join(bound.input) for bound, _ in bounds_given(operation, asked)}))
        yield _wrong(operation.paging.items, f"none of {_count(list(kept))}", f"what passes {given}")


def _check_total(
    operation: Operation,
    said: Mapping[str, Any],
    items: Sequence[Any],
    limit: float | None,
    offset: float | None,
    *,
    narrowed: bool,
) -> Iterator[Deviation]:
    paging = operation.paging
    if paging is None:
        return
    *way, last = paging.total
    total: Any = said.get(last)
    place = ".".join(paging.total)
    if last not in said:
        yield Deviation("missing", place, "", "a number, by which a caller knows where the list ends", ".".join(way))
    elif not _is_count(total):
        return
    elif total < 0 or total != int(total):
        yield _wrong(place, plain(total), "a whole number, at least 0")
    elif offset is not None and items and total < offset + len(items):
        found = f"{plain(total)}, with {_count(items)} from {offset:g} on"
        yield _wrong(place, found, "at least what this page comes to")
    elif limit is not None and offset is not None and not narrowed:
        whole = max(0, min(limit, total - offset))
        if len(items) < whole:
            found = f"{_count(items)} of {whole:g}"
            yield _wrong(paging.items, found, f"a full page, while {place} is not reached")


def check_shifted(operation: Operation, first: Any, second: Any, shift: int) -> Iterator[Deviation]:
    """Yield where a page that began `shift` items later does not go on with what the first had from there."""
    paging = operation.paging
    if paging is None:
        return
    before, after = (_names(operation, items_of(operation, value)) for value in (first, second))
    common = len(before) - shift
    for name in sorted(set(after[common:]) & set(before)):
        yield _wrong(paging.items, name, "no item in two pages", f"{paging.items}[]")
    for name in sorted(set(before[shift:]) - set(after[:common])):
        yield _wrong(paging.items, f"without {name}", "the same items wherever a page begins", f"{paging.items}[]")
    totals = [_at(value, paging.total) for value in (first, second)]
    if all(map(_is_count, totals)) and totals[0] != totals[1]:
        found = f"{plain(totals[1])}, after {plain(totals[0])}"
        yield _wrong(".".join(paging.total), found, "the same wherever a page begins")


def _names(operation: Operation, items: Sequence[Any]) -> list[str]:
    """Return what tells items apart: their ids if they have any."""
    ids = ((id_of(operation, item), item) for item in items)
    return [plain(item) if own is None else asset_id(own) or str(own) for own, item in ids]


def _asked(operation: Operation, name: str, asked: Mapping[str, Any]) -> float | None:
    """Return the number that was asked for, None if the specification does not allow it."""
    field = next(field for field in operation.inputs if field.name == name)
    value = asked.get(name, field.default)
    shape = field.shape
    if not isinstance(shape, Number) or not _is_count(value):
        return None
    low, high = shape.minimum, shape.maximum
    return value if (low is None or value >= low) and (high is None or value <= high) else None


def _maximum(operation: Operation, paging: Paging) -> float | None:
    shape = next(field.shape for field in operation.inputs if field.name == paging.limit)
    return shape.maximum if isinstance(shape, Number) else None


def _is_narrowed(operation: Operation, asked: Mapping[str, Any]) -> bool:
    """Whether more was asked for than a part of the list: of what is left out then, the total may not know."""
    paging = operation.paging
    needed = {field.name for field in operation.inputs if field.required}
    return not asked.keys() <= (needed | ({paging.limit, paging.offset} if paging else set()))


def _at(value: Any, path: Sequence[str]) -> Any:
    """Return what is at the end of a path through objects, None if it leads nowhere."""
    for name in path:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value


def _count(items: Sequence[Any]) -> str:
    return "1 item" if len(items) == 1 else f"{len(items)} items"


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0


def _wrong(path: str, found: str, expected: str, within: str = "") -> Deviation:
    return Deviation("wrong", path, found, expected, within or path)
