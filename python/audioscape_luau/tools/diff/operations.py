"""How two specifications differ: the service as a whole, its operations, and what goes in and out of each."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from audioscape_luau.openapi import ApiModel, Body, Identity, Operation, Parameter, Response
from audioscape_luau.tools.diff.change import REPLY, REQUEST, Change, Effect, Kind, Verdict
from audioscape_luau.tools.diff.shapes import compare, fields, texts

_ORDER = list(Verdict)


def diff(old: ApiModel, new: ApiModel) -> tuple[Change, ...]:
    """Return every change from one specification to the other, the breaking ones first, each once."""
    return tuple(
        sorted(set(_changes(old, new)), key=lambda c: (_ORDER.index(c.verdict), c.where, c.kind, c.what, c.reason))
    )


def _changes(old: ApiModel, new: ApiModel) -> Iterator[Change]:
    if old.server_url != new.server_url:
        what = f"{old.server_url} -> {new.server_url}"
        if httpx.URL(old.server_url) == httpx.URL(new.server_url):
            yield Change("changed", "server", what, Verdict.COMPATIBLE, "it is the same address")
        else:
            yield _breaks("server", what, "requests go to the old address")
    if old.api_key_header != new.api_key_header:
        what = f"header of the key {old.api_key_header} -> {new.api_key_header}"
        if old.api_key_header.lower() == new.api_key_header.lower():
            yield Change("changed", "security", what, Verdict.COMPATIBLE, "HTTP does not tell them apart")
        else:
            yield _breaks("security", what, "a request without the new header is refused")
    if old.api_key_prefix != new.api_key_prefix:
        what = f"before the key {old.api_key_prefix!r} -> {new.api_key_prefix!r}"
        yield _breaks("security", what, "a request with the old one is refused")
    yield from _identity(old.identity, new.identity)
    if (old.title, old.version) != (new.title, new.version):
        what = f"{old.title} {old.version} -> {new.title} {new.version}"
        yield Change("changed", "info", what, Verdict.COMPATIBLE, "only words")
    yield from texts("info", old.description, new.description, old.notes, new.notes)
    before, after = {o.id: o for o in old.operations}, {o.id: o for o in new.operations}
    for name in before.keys() - after.keys():
        what = f"{before[name].method} {before[name].path}"
        yield Change("removed", name, what, Verdict.BREAKING, "the client loses this method")
    for name in after.keys() - before.keys():
        what = f"{after[name].method} {after[name].path}"
        yield Change("added", name, what, Verdict.COMPATIBLE, "nobody has to call it")
    for name in before.keys() & after.keys():
        yield from _operation(before[name], after[name])


def _identity(old: Identity, new: Identity) -> Iterator[Change]:
    before, after = old.headers, new.headers
    for who in before.keys() - after.keys():
        reason = "a client that says so may lose its option for it"
        yield Change("removed", f"identity {who}", before[who], Verdict.BREAKING, reason)
    for who in after.keys() - before.keys():
        yield Change("added", f"identity {who}", after[who], Verdict.COMPATIBLE, "nobody has to say so")
    for who in before.keys() & after.keys():
        if before[who] != after[who]:
            reason = "requests with the old header are answered, but no longer say so"
            yield Change("changed", f"identity {who}", f"{before[who]} -> {after[who]}", Verdict.WARNING, reason)


def _operation(old: Operation, new: Operation) -> Iterator[Change]:
    where = old.id
    if (old.method, old.path) != (new.method, new.path):
        what = f"{old.method} {old.path} -> {new.method} {new.path}"
        yield _breaks(where, what, "the old address is not promised any more")
    yield from fields(old.parameters, new.parameters, f"{where} ", REQUEST)
    yield from _places(old.parameters, new.parameters, where)
    yield from _bodies(old.body, new.body, where)
    yield from _responses(old, new)
    if old.paging != new.paging:
        if old.paging is None:
            yield Change("changed", where, "pages now", Verdict.COMPATIBLE, "the client gains methods")
        else:
            yield _breaks(where, "pages differently" if new.paging else "no longer pages", "paged calls break off")
    if old.radio != new.radio:
        if old.radio is None:
            yield Change("changed", where, "feeds the radio now", Verdict.COMPATIBLE, "the client gains a method")
        elif new.radio is None:
            yield _breaks(where, "no longer feeds the radio", "the client loses a method")
        else:
            yield Change("changed", where, "feeds the radio differently", Verdict.COMPATIBLE, "the radio asks anew")
    yield from _item_bounds(old, new)
    yield from texts(where, (old.summary, old.description), (new.summary, new.description), old.notes, new.notes)
    if old.examples != new.examples:
        yield Change("changed", where, "its examples", Verdict.COMPATIBLE, "they only show what is allowed")


def _item_bounds(old: Operation, new: Operation) -> Iterator[Change]:
    ways: tuple[tuple[Operation, Operation, Kind, Effect], ...] = (
        (old, new, "removed", Effect.WIDER),
        (new, old, "added", Effect.NARROWER),
    )
    for one, other, kind, effect in ways:
        for bound in one.item_bounds:
            if bound not in other.item_bounds:
                what = f"items keep to the {bound.keyword} of {'.'.join(bound.input)}"
                yield Change(kind, f"{old.id} {old.success.status} {bound.field}", what, *REPLY.judge(effect))


def _places(old: tuple[Parameter, ...], new: tuple[Parameter, ...], where: str) -> Iterator[Change]:
    after = {parameter.name: parameter for parameter in new}
    for parameter in old:
        now = after.get(parameter.name)
        if now and (parameter.location, parameter.json) != (now.location, now.json):
            what = f"{_place(parameter)} -> {_place(now)}"
            yield _breaks(f"{where} {parameter.name}", what, "the server looks for it elsewhere")


def _place(parameter: Parameter) -> str:
    return f"{parameter.location}, as JSON" if parameter.json else parameter.location


def _bodies(old: Body | None, new: Body | None, where: str) -> Iterator[Change]:
    place = f"{where} body"
    match old, new:
        case None, Body():
            verdict = Verdict.BREAKING if new.required else Verdict.COMPATIBLE
            reason = "it is required, and no caller sends it" if new.required else "nobody has to send it"
            yield Change("added", place, "a JSON body", verdict, reason)
        case Body(), None:
            yield Change("removed", place, "a JSON body", Verdict.BREAKING, "what callers send is no longer understood")
        case Body(), Body():
            if new.required and not old.required:
                yield _breaks(place, "is required now", "a request without it is refused")
            elif old.required and not new.required:
                yield Change("changed", place, "may be left out now", Verdict.COMPATIBLE, "nobody has to")
            yield from texts(place, old.description, new.description)
            yield from compare(old.shape, new.shape, place, REQUEST)
        case _:
            pass


def _responses(old: Operation, new: Operation) -> Iterator[Change]:
    before, after = {r.status: r for r in old.responses}, {r.status: r for r in new.responses}
    for status in before.keys() - after.keys():
        what = before[status].description
        if before[status] is old.success:
            verdict, reason = Verdict.BREAKING, "who waits for this status gets one that nobody described"
        else:
            verdict, reason = Verdict.WARNING, "who waits for this status may wait in vain"
        yield Change("removed", f"{old.id} {status}", what, verdict, reason)
    for status in after.keys() - before.keys():
        what, reason = after[status].description, "callers may meet a status they do not know"
        yield Change("added", f"{old.id} {status}", what, Verdict.WARNING, reason)
    for status in before.keys() & after.keys():
        yield from _response(before[status], after[status], f"{old.id} {status}")


def _response(old: Response, new: Response, where: str) -> Iterator[Change]:
    yield from texts(where, (old.description, old.hint), (new.description, new.hint))
    if old.shape and new.shape:
        yield from compare(old.shape, new.shape, where, REPLY)
    elif old.shape:
        yield _breaks(where, "its body is no longer described", "readers of the body have nothing to rely on")
    elif new.shape:
        yield Change("changed", where, "its body is described now", Verdict.COMPATIBLE, "there is more to rely on")


def _breaks(where: str, what: str, reason: str) -> Change:
    return Change("changed", where, what, Verdict.BREAKING, reason)
