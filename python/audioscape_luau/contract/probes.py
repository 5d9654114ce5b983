"""What a check asks the real API: only what reads, the most telling first, since requests cost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import quote

from audioscape_luau.contract.boundaries import UNKNOWN, least
from audioscape_luau.contract.drift import Deviation, look, plain
from audioscape_luau.contract.expect import kind_of
from audioscape_luau.contract.pages import check_kept, check_page, check_shifted, id_of, items_of
from audioscape_luau.mock import Catalogue
from audioscape_luau.mock.library import Library
from audioscape_luau.openapi import Boolean, Field, ItemBound, Number, Object, Operation, Parameter, Shape, Text
from audioscape_luau.openapi.item_bounds import bounds_given

type Judge = Callable[[Any], Iterable[Deviation]]
type Script = Generator["Probe", Any, None]
"""Yields what to ask and is sent the body of a successful reply, None of any other."""

_NOBODYS_ID = "1"


@dataclass(frozen=True, slots=True)
class Probe:
    """A request and which replies to it keep the contract.

    arguments: inputs by name, perhaps wrong on purpose. statuses: those that are right. judge: yields what is wrong
    with a successful body beyond its schema. key: what is given as the key, nothing if it is empty; None is the key.
    """

    operation: Operation
    name: str
    arguments: Mapping[str, Any]
    statuses: frozenset[int]
    judge: Judge
    key: str | None = None

    def target(self) -> str:
        """Return path and query."""
        path = self.operation.path
        pairs: list[str] = []
        for parameter in self.operation.parameters:
            value = self.arguments.get(parameter.name) if parameter.fixed is None else parameter.fixed
            if value is None:
                continue
            texts = list(_texts(parameter, value))
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", texts[0])
            else:
                pairs += [f"{quote(parameter.name, safe='')}={text}" for text in texts]
        return path + ("?" + "&".join(pairs) if pairs else "")


def script(operation: Operation, assets: Sequence[str] = (), beside: Sequence[Operation] = ()) -> Script:
    """Ask one operation that only reads. `assets`: ids that the API is known to know; `beside`: others of its route."""
    return _Prober(operation, beside).script(assets)


class _Prober:
    def __init__(self, operation: Operation, beside: Sequence[Operation]) -> None:
        self.operation = operation
        self.beside = beside
        self.success = operation.success.status
        self.examples = [example.request for example in operation.examples if example.status == self.success]

    def script(self, assets: Sequence[str]) -> Script:
        base, page = yield from self.first(assets)
        if page is None:
            yield from self.refused(base)
            return
        yield from self.rest(base, page)
        yield from self.refused(base)
        yield from self.neighbour(base, page)
        yield from self.narrowed(base, page)
        yield from self.varied(base)

    def first(self, assets: Sequence[str]) -> Generator[Probe, Any, tuple[dict[str, Any], Any]]:
        """Find arguments that the API has an answer to; return them and the answer."""
        given: Mapping[str, Any] = self.examples[0] if self.examples else {}
        base = {name: given.get(name, value) for name, value in least(self.operation).items()}
        seed = self.operation.seed
        if seed is None:
            return base, (yield self.probe("the least", base))
        answered = None
        for asset in dict.fromkeys([*assets, *(request[seed.name] for request in self.examples), *_made_up()]):
            tried = base | {seed.name: asset}
            answer = yield self.probe(f"the least, {seed.name} {asset}", tried, self.of_kind("not_found"))
            if answer is None:
                continue
            answered = tried, answer
            if items_of(self.operation, answer) or self.operation.paging is None:
                break
        return answered or (base, None)

    def rest(self, base: Mapping[str, Any], page: Any) -> Script:
        """Ask for a page that begins in the middle of the first one."""
        paging, length = self.operation.paging, len(items_of(self.operation, page))
        if paging is None or length < 2:
            return
        shift = length // 2
        arguments = {**base, paging.offset: shift, paging.limit: length}
        yield self.probe(
            "a page that overlaps the first",
            arguments,
            judge=lambda value: check_shifted(self.operation, page, value, shift),
        )

    def refused(self, base: Mapping[str, Any]) -> Script:
        """Ask what must be refused: without a key, without what is required, with no id, for what nobody has."""
        unauthorized = self.of_kind("unauthorized")
        if unauthorized:
            yield self.probe("no key", base, unauthorized, right=False, key="")
            yield self.probe("a key that is none", base, unauthorized, right=False, key=UNKNOWN)
        for field in self.operation.inputs:
            if field.required and not (isinstance(field, Parameter) and field.location == "path"):
                rest = {name: value for name, value in base.items() if name != field.name}
                sent = rest | {other.name: other.fixed for other in self.operation.fields if other.fixed is not None}
                if any(other.fits(sent) for other in self.beside):
                    continue
                yield self.probe(f"no {field.name}", rest, self.bad(), right=False)
        seed = self.operation.seed
        if seed is not None:
            yield self.probe(f"{seed.name} that is none", {**base, seed.name: "x"}, self.bad(), right=False)
            nobodys = {**base, seed.name: _NOBODYS_ID}
            yield self.probe(f"{seed.name} that nobody has", nobodys, self.of_kind("not_found"))

    def neighbour(self, base: Mapping[str, Any], page: Any) -> Script:
        """Ask for as much as is allowed, with an id out of the first page: the more items, the more is seen of them."""
        paging, seed = self.operation.paging, self.operation.seed
        if paging is None or seed is None:
            return
        shape = next(field.shape for field in self.operation.inputs if field.name == paging.limit)
        most = shape.maximum if isinstance(shape, Number) else None
        more = {} if most is None else {paging.limit: most}
        ids = (id_of(self.operation, item) for item in items_of(self.operation, page))
        found = next((str(own) for own in ids if re.fullmatch(r"[0-9]+", str(own))), base[seed.name])
        arguments = {**base, seed.name: found, **more}
        yield self.probe(f"the most, {seed.name} {found}", arguments, self.of_kind("not_found"))

    def narrowed(self, base: Mapping[str, Any], page: Any) -> Script:
        """Ask each input that bounds items for the middle half of the first page."""
        items = items_of(self.operation, page)
        for field in self.operation.inputs:
            given: dict[str, Any] = {}
            for bound in self.operation.item_bounds:
                if bound.input[0] == field.name:
                    _put(given, bound.input, _quarter(bound, items))
            arguments = {**base, **given}
            if any(True for _ in bounds_given(self.operation, given)) and _allows(field, given[field.name]):
                yield self.probe(
                    f"a part of the first page: {plain(given)}",
                    arguments,
                    judge=partial(check_kept, self.operation, arguments, page),
                )

    def varied(self, base: Mapping[str, Any]) -> Script:
        """Ask at and beyond each bound, and what the examples ask."""
        optional = [field for field in self.operation.inputs if not field.required]
        for field in optional:
            for label, value in _beyond(field.shape):
                yield self.probe(f"{field.name} {label}", {**base, field.name: value}, self.bad())
        for request in self.examples:
            required = {field.name for field in self.operation.inputs if field.required}
            more = {name: value for name, value in request.items() if name not in required}
            if more:
                yield self.probe(f"as in an example: {plain(more)}", {**base, **more})
        for field in optional:
            for label, value in _ends(field.shape):
                if value == field.default or self.is_asked(field, value):
                    continue
                yield self.probe(f"{field.name} {label}", {**base, field.name: value})
        for field in optional:
            for label, value in _wrong_types(field):
                yield self.probe(f"{field.name} {label}", {**base, field.name: value}, self.bad())

    def is_asked(self, field: Field, value: Any) -> bool:
        """Whether a value is asked anyhow: the longest page is."""
        paging = self.operation.paging
        return paging is not None and field.name == paging.limit and value == self.operation.page_size

    def probe(
        self,
        name: str,
        arguments: Mapping[str, Any],
        others: frozenset[int] = frozenset(),
        *,
        right: bool = True,
        key: str | None = None,
        judge: Judge = lambda _: (),
    ) -> Probe:
        """Return a request that success answers rightly if it is `right`, and so does each of the `others`."""
        statuses = others | {self.success} if right else others

        def judged(value: Any) -> Iterator[Deviation]:
            yield from check_page(self.operation, arguments, value)
            yield from judge(value)

        return Probe(self.operation, name, arguments, frozenset(statuses), judged, key)

    def of_kind(self, kind: str) -> frozenset[int]:
        """Return the declared statuses that mean such an error."""
        return frozenset(r.status for r in self.operation.failures if kind_of(r.status) == kind)

    def bad(self) -> frozenset[int]:
        """Return the declared statuses that a wrong argument may have."""
        return self.of_kind("bad_request") or frozenset(
            response.status for response in self.operation.failures if 400 <= response.status <= 499
        )


def _quarter(bound: ItemBound, items: Sequence[Any]) -> float | None:
    """Return a value for a bound that leaves out a quarter of the items; None if they are all alike."""
    values = {cast("dict[str, Any]", item).get(bound.field) for item in items if isinstance(item, dict)}
    found = sorted(value for value in values if isinstance(value, int | float) and not isinstance(value, bool))
    if len(found) < 2:
        return None
    many = max(1, len(found) // 4)
    first = many if "inimum" in bound.keyword else len(found) - many
    # Between two values, since a reply may round them.
    return round((found[first - 1] + found[first]) / 2, 6)


def _put(given: dict[str, Any], path: Sequence[str], value: float | None) -> None:
    *way, last = path
    for name in way:
        given = given.setdefault(name, {})
    if value is not None:
        given[last] = value


def _allows(field: Field, value: Any) -> bool:
    return not look(Object(fields=(field,)), {field.name: value}).deviations


def _made_up() -> tuple[str, str]:
    """Return a track and a sound effect that the mocked API knows, should that be the one that is asked."""
    music = Catalogue.generate(size=1)
    return music.entries[0].asset_id, Library(music).sounds.entries[0].asset_id


def _ends(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield the outermost values that a shape allows."""
    match shape:
        case Number():
            if shape.minimum is not None:
                yield f"at its least, {shape.minimum:g}", shape.minimum
            if shape.maximum is not None:
                yield f"at its most, {shape.maximum:g}", shape.maximum
        case Text(enum=(_, *_) as members):
            yield from ((plain(member), member) for member in members)
        case Boolean():
            yield "true", True
        case _:
            pass


def _beyond(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Yield values of the right type that a shape does not allow."""
    match shape:
        case Number():
            if shape.maximum is not None:
                yield f"above its most, {shape.maximum + 1:g}", shape.maximum + 1
            if shape.minimum is not None:
                yield f"below its least, {shape.minimum - 1:g}", shape.minimum - 1
        case Text(enum=(_, *_)):
            yield "unknown", UNKNOWN
        case _:
            pass


def _wrong_types(field: Field) -> Iterator[tuple[str, Any]]:
    if isinstance(field.shape, Number | Boolean):
        yield "of a wrong type", UNKNOWN
    elif isinstance(field, Parameter) and field.json:
        yield "of a wrong type", 1


def _texts(parameter: Parameter, value: Any) -> Iterator[str]:
    if parameter.json:
        yield quote(json.dumps(value, ensure_ascii=False, separators=(",", ":")), safe="")
    elif isinstance(value, list | tuple):
        yield from (_text(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    else:
        yield _text(value)


def _text(value: Any) -> str:
    return quote(value if isinstance(value, str) else json.dumps(value), safe="")
