"""A check of the real API: asks what only reads, holds each reply against the specification, counts what drifted."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from audioscape_luau.contract.drift import BODY, Deviation, Habits, Kind, Look, look, never_there, plain, read
from audioscape_luau.contract.expect import kind_of
from audioscape_luau.contract.probes import Probe, Script, script
from audioscape_luau.openapi import ApiModel, Operation

STATUS = "(status)"
CONTENT_TYPE = "(content type)"
_JSON = "application/json"
_MOST = 50_000_000
"""Bytes of a body. More is no reply that a game could use."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, its reply, and where that deviates. seconds: how long the reply took."""

    probe: Probe
    request: httpx.Request
    response: httpx.Response
    deviations: tuple[Deviation, ...]
    seconds: float

    @property
    def succeeded(self) -> bool:
        """Whether the operation did what it is for."""
        return self.response.status_code == self.probe.operation.success.status


@dataclass(frozen=True, slots=True)
class Drift:
    """All deviations of one kind at one place.

    path: within replies with `status`; None stands for all replies. seen: how often, of `total` times that it might
    have been. found: the value of the first time, in the reply of `asked`.
    """

    kind: Kind
    operation: Operation
    status: int | None
    path: str
    expected: str
    seen: int
    total: int
    found: str
    asked: Asked

    @property
    def place(self) -> str:
        """Where it is, for readers: an error's fields with its status before them."""
        other = self.status not in (None, self.operation.success.status)
        return f"{self.status} {self.path}" if other else self.path


class LiveCheck:
    """One check. After `run` it knows what was asked, and in `stopped` what kept it from asking more."""

    def __init__(
        self,
        model: ApiModel,
        client: httpx.Client,
        *,
        key: str,
        base_url: str | None = None,
        requests: int = 30,
        assets: Sequence[str] = (),
    ) -> None:
        """`requests`: how many may be sent at most; `assets`: ids that the API is known to know."""
        self.model = model
        self.base_url = (base_url or model.server_url).rstrip("/")
        self._given = base_url
        self.requests = requests
        self.operations = [o for o in model.operations if o.method == "GET" and o.effect == "read"]
        self.asked: list[Asked] = []
        self.not_asked: list[str] = []
        self.stopped = ""
        self._limited = False
        self._spent = False
        self._client = client
        self._key = key
        self._assets = assets
        self._habits = {operation.id: _habits(operation) for operation in self.operations}
        self._looks: defaultdict[tuple[str, int | None], Look] = defaultdict(Look)

    def run(self) -> Iterator[Asked]:
        """Ask the operations by turns; yield each reply when it has come."""
        first: list[tuple[Script, Probe]] = [
            (probes, next(probes))
            for probes in (script(one, self._assets, self._beside(one)) for one in self.operations)
        ]
        waiting = deque(first)
        while waiting and not self.stopped and len(self.asked) < self.requests:
            probes, probe = waiting.popleft()
            found = self._send(probe)
            if found is None:
                waiting.appendleft((probes, probe))
                break
            asked, value = found
            self.asked.append(asked)
            yield asked
            with suppress(StopIteration):
                waiting.append((probes, probes.send(value)))
        self._spent = not self.stopped and bool(waiting)
        for probes, probe in waiting:
            self.not_asked += [f"{left.operation.id}: {left.name}" for left in (probe, *probes)]

    def _beside(self, operation: Operation) -> list[Operation]:
        """Return the other methods of an operation's route."""
        here = (operation.method, operation.path)
        return [one for one in self.operations if (one.method, one.path) == here and one is not operation]

    def drifts(self) -> list[Drift]:
        """Return what drifted, in the order in which it was first seen."""
        found: dict[tuple[str, int | None, Kind, str, str], list[tuple[Asked, Deviation, int]]] = {}
        for asked, deviation, times in self._all():
            status = None if deviation.path == STATUS else asked.response.status_code
            place = (asked.probe.operation.id, status, deviation.kind, deviation.path, deviation.expected)
            found.setdefault(place, []).append((asked, deviation, times))
        return [self._drift(place[1], times) for place, times in found.items()]

    def _all(self) -> Iterator[tuple[Asked, Deviation, int]]:
        """Yield all deviations, how often each was, and with which reply."""
        for asked in self.asked:
            yield from ((asked, deviation, 1) for deviation in asked.deviations)
        for operation in self.operations:
            seen = self.seen_of(operation)
            for asked in [a for a in self.asked if a.succeeded and a.probe.operation is operation][:1]:
                for deviation in never_there(seen, self._habits[operation.id]):
                    yield asked, deviation, seen.objects[deviation.within]

    def _drift(self, status: int | None, times: Sequence[tuple[Asked, Deviation, int]]) -> Drift:
        asked, first, _ = times[0]
        operation = asked.probe.operation
        seen = self._looks[operation.id, status]
        return Drift(
            kind=first.kind,
            operation=operation,
            status=status,
            path=first.path,
            expected=first.expected,
            seen=sum(count for _, _, count in times),
            total=seen.values[first.within] if first.within == first.path else seen.objects[first.within],
            found=first.found,
            asked=asked,
        )

    @property
    def obstacle(self) -> str:
        """Why the check cannot say that the API keeps the contract although nothing drifted; empty if it can."""
        if self.stopped and not self._limited:
            return self.stopped
        done = {
            asked.probe.operation.id for asked in self.asked if asked.succeeded and self._shows(asked.probe.operation)
        }
        never = [operation.id for operation in self.operations if operation.id not in done]
        if not self.operations:
            return "the spec has no GET operation"
        if not done and self._limited:
            return f"{self.stopped} before the first usable reply"
        if never and not self._limited and not (done and self._spent):
            return f"no request of {never[0]} found anything. Name an asset id that the API has, with --asset"
        return ""

    def _shows(self, operation: Operation) -> bool:
        """Whether replies had what the operation is for: of lists without items nothing can be said."""
        paging = operation.paging
        return paging is None or self.seen_of(operation).values[f"{paging.items}[]"] > 0

    def seen_of(self, operation: Operation) -> Look:
        """Return what was seen of all successful replies of an operation."""
        return self._looks[operation.id, operation.success.status]

    def _send(self, probe: Probe) -> tuple[Asked, Any] | None:
        """Return what came of a request, and the body if it was a success; None if nothing came."""
        key = self._key if probe.key is None else probe.key
        headers = self.model.key_header(key) if key else {}
        place = self.model.address(probe.operation, self._given).rstrip("/")
        request = self._client.build_request(probe.operation.method, place + probe.target(), headers=headers)
        began = time.perf_counter()
        try:
            response, broken = _received(self._client.send(request, stream=True, follow_redirects=False))
        except httpx.RequestError as error:
            self.stopped = f"cannot reach {self.base_url}: {str(error) or type(error).__name__}"
            return None
        seconds = time.perf_counter() - began
        kind = kind_of(response.status_code)
        if kind == "unauthorized" and probe.key is None and not any(asked.probe.key is None for asked in self.asked):
            self.stopped = f"the API refused the key ({response.status_code})"
            return Asked(probe, request, response, (), seconds), None
        if kind == "rate_limited":
            self.stopped = f"the rate limit was reached ({response.status_code})"
            self._limited = True
        deviations, value = self._judge(probe, response, broken)
        return Asked(probe, request, response, tuple(deviations), seconds), value

    def _judge(self, probe: Probe, response: httpx.Response, broken: str) -> tuple[list[Deviation], Any]:
        operation, status = probe.operation, response.status_code
        deviations: list[Deviation] = []
        self._looks[operation.id, None].values[STATUS] += 1
        declared = next((each for each in operation.responses if each.status == status), None)
        if status not in probe.statuses and not self._limited:
            wanted = " or ".join(map(str, sorted(probe.statuses)))
            undeclared = "" if declared else f"; the spec does not declare {status}"
            deviations.append(Deviation("wrong", STATUS, str(status), wanted + undeclared, STATUS))
        if declared is None or declared.shape is None:
            return deviations, None
        total = self._looks[operation.id, status]
        deviations += _check_content_type(response)
        total.values[CONTENT_TYPE] += 1
        value, faults = _unread(broken) if broken else read(response.content)
        deviations += faults
        if value is None and faults:
            total.values[BODY] += 1
            return deviations, None
        succeeded = status == operation.success.status
        seen = look(declared.shape, value, self._habits[operation.id] if succeeded else None)
        total.add(seen)
        deviations += seen.deviations
        if succeeded and status in probe.statuses:
            told = {(deviation.kind, deviation.path) for deviation in deviations}
            deviations += [each for each in probe.judge(value) if (each.kind, each.path) not in told]
        return deviations, value if succeeded else None


def _received(reply: httpx.Response) -> tuple[httpx.Response, str]:
    """Return a reply with its whole body, and why the body cannot be had although it came; nothing if it can."""
    content, broken = bytearray(), ""
    try:
        for part in reply.iter_bytes():
            content += part
            if len(content) > _MOST:
                broken = f"more than {_MOST} bytes"
                break
    except httpx.DecodingError as error:
        broken = f"{reply.headers['content-encoding']} that is none: {error}"
    finally:
        reply.close()
    # What is read is decoded already, and must not be decoded once more.
    headers = [(name, value) for name, value in reply.headers.multi_items() if name != "content-encoding"]
    return httpx.Response(reply.status_code, headers=headers, content=b"" if broken else bytes(content)), broken


def _unread(broken: str) -> tuple[None, list[Deviation]]:
    return None, [Deviation("wrong", BODY, broken, "JSON in UTF-8", BODY)]


def _habits(operation: Operation) -> Habits:
    bodies = [e.body for e in operation.examples if e.status == operation.success.status and e.breaks is None]
    return Habits(operation.reply or operation.result, [read(body)[0] for body in bodies])


def _check_content_type(response: httpx.Response) -> Iterator[Deviation]:
    given = response.headers.get("content-type")
    media_type, _, rest = (given or "").lower().partition(";")
    charset = rest.partition("charset=")[2].strip(' "')
    if media_type.strip() != _JSON or charset not in {"", "utf-8"}:
        kind = "missing" if given is None else "wrong"
        yield Deviation(kind, CONTENT_TYPE, "" if given is None else plain(given), _JSON, CONTENT_TYPE)
