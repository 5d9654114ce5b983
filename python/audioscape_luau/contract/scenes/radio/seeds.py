"""What a radio can start with beside a track: each way that the specification names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx

from audioscape_luau.contract.boundaries import UNKNOWN, sample
from audioscape_luau.contract.case import Broken, Case, Judge
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.contract.scenes.parts import bare, cases_of
from audioscape_luau.contract.scenes.radio.ring import FIRST, LENGTH, Ring, heard, is_near, listened
from audioscape_luau.contract.subject import Answer, Observation
from audioscape_luau.contract.wire import check_meaning
from audioscape_luau.openapi import ApiModel, Array, Object, Operation
from audioscape_luau.openapi.model import Seeds

_FOUND = ("200", "300")
"""The tracks that a source finds."""
_WRONG = """
local said = {}
for _, input in INPUTS do
	local ok, err = radio:start(input)
	table.insert(said, if ok then "ok" else `{err.kind} {tostring(err)}`)
end
return said
"""


def scenes(ring: Ring, model: ApiModel) -> Iterator[Case]:
    """Yield radios that start with what another method finds."""
    case, around = cases_of(ring.operation), listened()
    ways = [(operation, way) for operation in model.operations for way in operation.seeds]
    for operation, way in ways:
        table = {way.form: _value(operation, way)}
        found = _Found(ring, model, operation, way)
        # Three tracks are like one of those found, before the next one's turn comes.
        started = ring.played(8 * LENGTH, {"tracksPerAnchor": 3}, first=luau(table))
        name = f"a radio that starts with {way.form} {way.value or ''}".rstrip()
        yield case(name, started, found.answer(_FOUND), found.judge, around=around)
    for operation, way in ways[:1]:
        table, found = luau({way.form: _value(operation, way)}), _Found(ring, model, operation, way)
        later = f'{ring.tuned()}radio:start("{FIRST}")\ntask.wait(20)\nradio:reseed({table})\ntask.wait(10)\n'
        later += f'radio:skip()\ntask.wait(5)\nradio:start("50")\ntask.wait(5)\nradio:start({table})\n'
        later += "local now = radio:nowPlaying()\ntask.wait(5)\n"
        later = ring.in_its_words(f'{later}return table.concat(told, " "), now and now.ID')
        yield case("a radio whose seed becomes a source", later, found.answer(_FOUND), _changes, around=around)
        empty = ring.in_its_words(f'{ring.tuned()}radio:start({table})\ntask.wait(300)\nreturn table.concat(told, " ")')
        during = f'{ring.tuned()}radio:start("{FIRST}")\ntask.wait(20)\nradio:reseed({table})\ntask.wait(60)\n'
        during = ring.in_its_words(f'{during}return table.concat(told, " ")')
        name = "a radio that plays while a source finds nothing"
        yield case(name, during, found.answer(()), _tells_once, around=around)
        yield case("a radio whose source finds nothing", empty, found.answer(()), _nothing_found, around=around)
    if ways:
        forms = list(dict.fromkeys(way.form for _, way in ways))
        wrong: list[dict[str, Any]] = [{UNKNOWN: 1}, {}, {forms[0]: {}}, {forms[0]: ""}]
        wrong += [{forms[0]: "x", forms[-1]: "y"}] if len(forms) > 1 else []
        script = f"{ring.tuned()}{_WRONG.replace('INPUTS', luau(wrong))}"
        yield case("a radio that starts with a wrong table", script, ring.answer(), _refused(forms), around=around)


def source_of(operation: Operation, way: Seeds) -> str:
    """Return a source that a radio can start with, as Luau."""
    return luau({way.form: _value(operation, way)})


def _value(operation: Operation, way: Seeds) -> Any:
    if way.input is None:
        return way.value
    shape = next(field.shape for field in operation.inputs if field.name == way.input)
    return sample(shape)


class _Found:
    def __init__(self, ring: Ring, model: ApiModel, operation: Operation, way: Seeds) -> None:
        self.ring = ring
        self.model = model
        self.operation = operation
        self.way = way

    def answer(self, tracks: Sequence[str]) -> Answer:
        own = self.ring.answer()
        body = bare(self.operation.result) | {self.way.tracks: [self._item(track) for track in tracks]}

        def answer(request: httpx.Request, number: int) -> httpx.Response:
            if self._is_ring(request):
                return own(request, number)
            return httpx.Response(self.operation.success.status, json=body)

        return answer

    def _item(self, track: str) -> dict[str, Any]:
        shape = next(field.shape for field in self.operation.result.fields if field.name == self.way.tracks)
        item = shape.items if isinstance(shape, Array) else shape
        if not isinstance(item, Object) or item.asset_id_field is None:
            return {self.ring.identity: track}
        known = {field.name: sample(field.shape) for field in item.fields if field.name == item.recognised_by}
        return {**bare(item), **known, item.asset_id_field.name: track}

    def judge(self, seen: Observation) -> Iterator[Broken]:
        yield from self._asks(seen)
        tracks = heard(seen)
        if not tracks or tracks[0] != _FOUND[0]:
            yield Broken("radio-seeds", f"the first track found is {_FOUND[0]}; heard were {tracks}")
        elif len(tracks) < 6:
            yield Broken("radio-goes-on", f"only {len(tracks)} tracks were heard")
        elif not all(is_near(track, _FOUND[0]) for track in tracks[:3]):
            yield Broken("radio-seeds", f"the first tracks are to be like {_FOUND[0]}; heard were {tracks}")
        elif not any(is_near(track, _FOUND[1]) for track in tracks[3:]):
            yield Broken("radio-seeds", f"later tracks are to be like {_FOUND[1]}; heard were {tracks}")

    def _asks(self, seen: Observation) -> Iterator[Broken]:
        """Expect that the source is asked for what the game wants, and for as much of it as a page holds."""
        asked = [exchange for exchange in seen.exchanges if not self._is_ring(exchange.request)]
        wanted = dict(self.way.given) | ({self.way.input: _value(self.operation, self.way)} if self.way.input else {})
        paging, size = self.operation.paging, self.operation.page_size
        wanted |= {paging.limit: size} if paging and size else {}
        wrong = [
            problem for exchange in asked for problem in check_meaning(self.model, self.operation, exchange, wanted)
        ]
        if self.operation.path != self.ring.operation.path and (wrong or len(asked) != 1):
            said = wrong[0].detail if wrong else f"{len(asked)} requests"
            yield Broken("radio-seeds", f"of what starts a radio {wanted} was to be asked for, once: {said}")

    def _is_ring(self, request: httpx.Request) -> bool:
        return request.url.path.endswith(self.ring.operation.path)


def _changes(seen: Observation) -> Iterator[Broken]:
    tracks = str(seen.returned[0]).split()
    if tracks != [FIRST, _FOUND[0], "50", _FOUND[0]] and tracks != [FIRST, _FOUND[0], "50", _FOUND[1]]:
        yield Broken("radio-seeds", f"a track, a source by `reseed`, a track and the source again led to {tracks}")
    if seen.returned[1] != "50":
        yield Broken(
            "radio-goes-on", f"while a source is looked for, what played goes on; `nowPlaying` is {seen.returned[1]}"
        )


def _tells_once(seen: Observation) -> Iterator[Broken]:
    ids = [cast("Mapping[str, Any]", event).get("id") for event in seen.events]
    if ids != ["radio_nothing_found"]:
        yield Broken("radio-seeds", f"a source found nothing while a track played, and `failed` told of {ids}")
    if str(seen.returned[0]).split() != [FIRST]:
        yield Broken(
            "radio-goes-on", f"a source found nothing in the middle of {FIRST}; told of was {seen.returned[0]}"
        )


def _nothing_found(seen: Observation) -> Iterator[Broken]:
    ids = [cast("Mapping[str, Any]", event).get("id") for event in seen.events]
    if "radio_nothing_found" not in ids:
        yield Broken("radio-seeds", f"a source found nothing, and `failed` told of {ids}")
    if not 2 <= len(seen.exchanges) <= 15:
        yield Broken("radio-spares", f"a source that finds nothing was asked {len(seen.exchanges)} times in 5 minutes")


def _refused(forms: Sequence[str]) -> Judge:
    def judge(seen: Observation) -> Iterator[Broken]:
        (said,) = seen.returned
        for text in said:
            if not str(text).startswith("invalid_request") or not any(form in text for form in forms):
                yield Broken("radio-refuses", f"a start with a wrong table came to {text}")
        if seen.exchanges:
            yield Broken("radio-refuses", "a wrong table was sent")

    return judge
