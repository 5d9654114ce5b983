"""Running Luau in Roblox's Open Cloud: a client of its Luau execution, no more of it than a probe needs.

https://create.roblox.com/docs/cloud/reference/LuauExecutionSessionTask has the contract.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote, urlsplit

import httpx

KEY, UNIVERSE, PLACE = "ROBLOX_API_KEY", "ROBLOX_UNIVERSE_ID", "ROBLOX_PLACE_ID"
"""Where the environment has what nobody should type: the key, and where it may run Luau."""
URL = "ROBLOX_OPEN_CLOUD_URL"
"""Another host than Roblox's, to try a program with."""
LONGEST = 300
"""Seconds that a task may run."""
_HOST = "https://apis.roblox.com"
_SCOPES = "universe.place.luau-execution-session:write and :read"
_LARGEST_SCRIPT = 4 * 1024 * 1024
_LARGEST_INPUT = 100 * 1024 * 1024
_TOO_MANY, _SERVER_ERROR = 429, 500
_ANSWER = 30.0
_QUEUE = 180.0
"""Seconds that a task may wait for its turn."""
_GRACE = 60.0
"""Seconds that a task may take longer than it was given: what starts the place counts, too."""
_PATIENCE = 180.0
"""Seconds after which a request that is refused by a rate limit is given up."""
_FIRST_POLL, _POLL = 1.0, 3.0
_TRIES = 5
_SHOWN = 300
_WORD = re.compile(r"[A-Za-z_]{1,31}|.{1,7}")
"""A key that may be a word of a report, which would become another one without it."""
_PAGES = 50
"""Pages of logs that are fetched at most."""
_TASKS = "luau-execution-session-tasks"
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What goes wrong before anything is sent."""
_WHY: Mapping[str, str] = {
    "SCRIPT_ERROR": "the script failed",
    "DEADLINE_EXCEEDED": "it ran longer than it may",
    "OUTPUT_SIZE_LIMIT_EXCEEDED": "it returned more than 4 MB",
    "INTERNAL_ERROR": "Open Cloud itself failed; try again",
}


class CloudError(Exception):
    """Luau could not be run; the text says why, and never has the key."""

    def __init__(self, text: str, logs: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.logs = logs
        """What the task had printed by then."""


@dataclass(frozen=True, slots=True)
class Access:
    """A key, and the place in which it runs Luau."""

    key: str = field(repr=False)
    universe: int
    place: int
    url: str = _HOST

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read it from environment variables. Raises CloudError."""
        if missing := [name for name in (KEY, UNIVERSE, PLACE) if not environment.get(name, "").strip()]:
            raise CloudError(f"{', '.join(missing)} must be set in the environment")
        key, *ids = (environment[name].strip() for name in (KEY, UNIVERSE, PLACE))
        if not key.isascii() or not key.isprintable() or " " in key:
            raise CloudError(f"{KEY} is no key: it has characters that no key has")
        for name, number in zip((UNIVERSE, PLACE), ids, strict=True):
            if not (number.isascii() and number.isdecimal()) or len(number) > 20:
                raise CloudError(f"{name} must be a number, got {number!r}")
        return cls(key, int(ids[0]), int(ids[1]), _url(environment.get(URL, "").strip() or _HOST))


@dataclass(frozen=True, slots=True)
class Done:
    """What a task has returned and printed."""

    results: tuple[Any, ...]
    logs: tuple[str, ...]

    def json(self, what: str) -> Any:
        """Return `what` the script returned as JSON, its first value. Raises CloudError if there is none."""
        text = self.results[0] if self.results else None
        if not isinstance(text, str):
            raise CloudError(f"the task returned no {what}", self.logs)
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CloudError(f"the task returned no {what}: {error}", self.logs) from None


class OpenCloud:
    """A connection to Open Cloud; close it, or use it in a `with`."""

    def __init__(
        self,
        access: Access,
        *,
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`told` is given a line whenever a task has got somewhere; `sleep` and `clock` are how time passes."""
        self._access = access
        self._client = client or httpx.Client(timeout=_ANSWER, trust_env=False)
        self._sleep = sleep
        self._clock = clock
        self._listener = told

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def run(self, script: str, data: bytes | None = None, *, seconds: int = LONGEST) -> Done:
        """Run a script, with `data` as its binary input, for at most `seconds`; return what it returns.

        Raises CloudError. Open Cloud has no call that ends a task: one that is given up ends by itself when its seconds
        are over.
        """
        if len(script.encode()) > _LARGEST_SCRIPT:
            raise CloudError("the script is larger than 4 MB")
        order: dict[str, Any] = {"script": script, "timeout": f"{seconds}s"}
        if data is not None:
            order["binaryInput"] = self._upload(data)
        where = f"universes/{self._access.universe}/places/{self._access.place}/{_TASKS}"
        task = self._ask("POST", where, order)
        path = _text(task, "path")
        if not re.fullmatch(rf"universes/{self._access.universe}/[\w/-]{{1,500}}", path, re.ASCII):
            raise CloudError("Open Cloud answered with a task that is not of this universe")
        self._tell(f"task {path.rpartition('/')[2]}")
        try:
            task = self._wait(path, task, seconds)
        except KeyboardInterrupt:
            self._tell(f"interrupted; the task ends by itself, at most {seconds} s after it has begun")
            raise
        except CloudError as error:
            raise CloudError(str(error), self._logs(path)) from None
        logs = self._logs(path)
        state = task.get("state")
        if state == "COMPLETE":
            output = task.get("output")
            results = _list(cast("dict[str, Any]", output), "results") if isinstance(output, dict) else []
            return Done(tuple(self._without_key(one) if isinstance(one, str) else one for one in results), logs)
        if state == "CANCELLED":
            raise CloudError("the task was cancelled, not by this program", logs)
        found = task.get("error")
        error = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        code = str(error.get("code") or "no reason given")
        said = self._short(f"{_WHY.get(code, code)}: {error.get('message') or ''}")
        raise CloudError(f"the task failed: {said}".rstrip(": "), logs)

    def _upload(self, data: bytes) -> str:
        if len(data) > _LARGEST_INPUT:
            raise CloudError("the input is larger than 100 MiB")
        where = f"universes/{self._access.universe}/luau-execution-session-task-binary-inputs"
        made = self._ask("POST", where, {"size": len(data)})
        path = _text(made, "path")
        # The address says who may write; the key goes to Open Cloud only.
        try:
            to = _url(_text(made, "uploadUri"))
            answer = self._client.put(to, content=data, headers={"Content-Type": "application/octet-stream"})
        except (CloudError, httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) if isinstance(error, CloudError) else _named(error)
            raise CloudError(f"the input could not be uploaded: {self._short(said)}") from None
        if not answer.is_success:
            raise CloudError(f"the input could not be uploaded: {self._status(answer)}")
        return path

    def _wait(self, path: str, task: Mapping[str, Any], seconds: int) -> Mapping[str, Any]:
        state, pause, has_begun = "", _FIRST_POLL, False
        ends = self._clock() + _QUEUE
        while True:
            now = self._short(task.get("state") or "in no state")
            if now != state:
                self._tell(now.lower())
            if now == "PROCESSING" and not has_begun:
                ends, has_begun = self._clock() + seconds + _GRACE, True
            state = now
            if state in ("COMPLETE", "FAILED", "CANCELLED"):
                return task
            if self._clock() >= ends:
                said = "goes on" if has_begun else "is still queued"
                raise CloudError(
                    f"the task {said}; given up. It ends by itself, at most {seconds} s after it has begun"
                )
            self._sleep(pause)
            pause = min(pause * 1.5, _POLL)
            task = self._ask("GET", path)

    def _logs(self, path: str) -> tuple[str, ...]:
        """Return what a task has printed, as far as Open Cloud tells: without it, the result is still one."""
        lines: list[str] = []
        token = ""
        for _ in range(_PAGES):
            query = {"view": "FLAT", **({"pageToken": token} if token else {})}
            try:
                page = self._ask("GET", f"{path}/logs", query=query)
            except CloudError as error:
                self._tell(f"no logs: {error}")
                break
            for part in _list(page, "luauExecutionSessionTaskLogs"):
                if isinstance(part, dict):
                    lines += [self._without_key(str(line)) for line in _list(cast("dict[str, Any]", part), "messages")]
            token = str(page.get("nextPageToken") or "")
            if not token:
                break
        return tuple(lines)

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Send a request, and again while a rate limit or, if it changes nothing, a fault stands in the way."""
        until = self._clock() + _PATIENCE
        failures = refusals = 0
        while True:
            try:
                answer = self._client.request(
                    method,
                    f"{self._access.url}/cloud/v2/{path}",
                    json=body,
                    params=query,
                    headers={"x-api-key": self._access.key},
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if method != "GET" and isinstance(error, _UNSENT):
                    raise CloudError(self._hide(f"{self._unreached(error)}. Nothing was sent")) from None
                problem = self._unreached(error)
            else:
                if answer.is_success:
                    return _json(answer)
                if answer.status_code == _TOO_MANY:
                    refusals += 1
                    pause = _pause(answer.headers, refusals)
                    if self._clock() + pause > until:
                        raise CloudError(f"a rate limit of Open Cloud stands in the way: {self._why(answer)}")
                    self._tell(f"waiting {pause:.0f} s for a rate limit")
                    self._sleep(pause)
                    continue
                problem = self._problem(answer)
                if answer.status_code < _SERVER_ERROR:
                    raise CloudError(problem)
            failures += 1
            if method != "GET":
                # Whether it was carried out is not known: to send it again might run the script twice.
                begun = ". If a task has begun, it ends by itself" if path.endswith(_TASKS) else ""
                raise CloudError(self._hide(problem) + begun)
            if failures >= _TRIES:
                raise CloudError(self._hide(problem))
            self._sleep(2.0 ** (failures - 1))

    def _problem(self, answer: httpx.Response) -> str:
        match answer.status_code:
            case 401:
                said = f"Open Cloud does not know the key in {KEY}"
            case 403:
                said = f"the key in {KEY} has no right to run Luau in this universe: it needs {_SCOPES}"
            case 404:
                said = f"Open Cloud does not find that; look at {UNIVERSE} and {PLACE}"
            case status if answer.has_redirect_location:
                said = f"instead of Open Cloud something else may have answered, such as a proxy or a login: {status}"
            case status:
                said = f"Open Cloud answered {status}"
        return f"{said} ({self._why(answer)})"

    def _why(self, answer: httpx.Response) -> str:
        """Return what an answer says is wrong, or its status."""
        found = _parsed(answer)
        if isinstance(found, dict):
            parts = cast("dict[str, Any]", found)
            # Of the gateway before it: a list.
            for one in _list(parts, "errors")[:1]:
                parts = cast("dict[str, Any]", one) if isinstance(one, dict) else parts
            if message := parts.get("message") or parts.get("code"):
                return self._short(message)
        return self._status(answer)

    def _status(self, answer: httpx.Response) -> str:
        return self._short(f"{answer.status_code} {answer.reason_phrase}".strip())

    def _tell(self, line: str) -> None:
        self._listener(self._hide(line))

    def _unreached(self, error: httpx.HTTPError | httpx.InvalidURL) -> str:
        return f"{urlsplit(self._access.url).hostname} cannot be reached ({_named(error)})"

    def _without_key(self, text: str) -> str:
        """Return what a task has said, which has a key only by accident, and a word of its own in many places."""
        return text if _WORD.fullmatch(self._access.key) else self._hide(text)

    def _hide(self, text: str) -> str:
        key = self._access.key
        forms = (key, quote(key, safe=""), quote(key), json.dumps(key)[1:-1], key.replace("/", r"\/"))
        return re.sub("|".join(map(re.escape, forms)), "<key>", text, flags=re.I)

    def _short(self, message: object) -> str:
        """Return a text of somebody else's on a line, without the key: half a key would be no secret either."""
        text = " ".join(self._hide(str(message)).split())
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _url(text: str) -> str:
    """Return an address to which something may be sent."""
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise CloudError(f"that is no address: {error}") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise CloudError(f"the address {parts.scheme}://{parts.hostname} is neither https nor on this machine")
    return text.rstrip("/")


def _pause(headers: httpx.Headers, refusals: int) -> float:
    """Return how long a refusal asks to wait: the longest that it names in seconds, or longer each time."""
    named = [part.strip() for name in ("retry-after", "x-ratelimit-reset") for part in headers.get(name, "").split(",")]
    seconds = [float(part) for part in named if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", part)]
    return max(seconds) + 1 if seconds else min(2.0**refusals, 30.0)


def _json(answer: httpx.Response) -> dict[str, Any]:
    found = _parsed(answer)
    if not isinstance(found, dict):
        raise CloudError(
            "the answer is no JSON object: something other than Open Cloud, such as a proxy, may have sent it"
        )
    return cast("dict[str, Any]", found)


def _parsed(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def _text(parts: Mapping[str, Any], name: str) -> str:
    found = parts.get(name)
    if not isinstance(found, str):
        raise CloudError(f"Open Cloud's answer has no {name}")
    return found


def _list(parts: Mapping[str, Any], name: str) -> list[Any]:
    found = parts.get(name)
    return cast("list[Any]", found) if isinstance(found, list) else []


def _named(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
