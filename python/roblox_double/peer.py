"""One machine of a running game: a server or a client, with its own VM and DataModel."""

from __future__ import annotations

import base64
import hashlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from backports import zstd

from roblox_double.exchange import exchange
from roblox_double.vm import HostFunction, LuauError, LuauValue, Vm

if TYPE_CHECKING:
    from roblox_double.cloud import Cloud
    from roblox_double.project import ScriptTree
    from roblox_double.universe import Universe

type OutputKind = Literal["print", "info", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Output:
    """A line of the output window."""

    kind: OutputKind
    text: str
    time: float
    """Virtual seconds."""
    trace: str = ""
    """The Luau stack of an uncaught error, or of what may wait for ever."""


@dataclass(slots=True)
class Gap:
    """Something that a script asked for and the double does not model, whoever caught the error."""

    what: str
    """Its name: "Workspace.Gravity", "class Part", "BadgeService.AwardBadge"."""
    time: float
    """Virtual seconds, when it was first asked for."""
    trace: str
    """The Luau stack, then."""
    count: int = 1
    """How often it was asked for in that line."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    values: list[LuauValue]
    error: LuauError | None


class Peer:
    """Made by `Universe.server` and `Universe.client`. All that runs on it runs in the universe's virtual time."""

    def __init__(
        self, universe: Universe, name: str, number: int, server: Peer | None, identity: Mapping[str, LuauValue]
    ) -> None:
        self.name = name
        self.number = number
        self.server = server or self
        """The server that it belongs to: of a client, the one that it joined; of a server, itself."""
        self.identity = identity
        """What the game knows of it: placeId, gameId, jobId, ..."""
        self.output: list[Output] = []
        """What its scripts printed, warned and failed with, in order."""
        self.gaps: list[Gap] = []
        """What its scripts asked for and the double does not model, also if the script caught the error."""
        self.watchers: list[Callable[[], None]] = []
        """Called whenever something may have happened here, before time passes, and when the peer is about to go."""
        self.sounding: Sequence[Mapping[str, Any]] = ()
        """What is heard here since it last changed; see `listen`."""
        self._universe = universe
        self._tokens = itertools.count(1)
        self._gaps: dict[tuple[str, str], Gap] = {}
        self._outcomes: dict[int, _Outcome] = {}
        self._vm: Vm | None = None
        self._wake: float | None = None
        self._asked = False
        self._entered = 0
        self._has_begun = False
        self._put_off: list[Callable[[], None]] = []
        self.kicked: str | None = None
        """What the player of this client was told when they were kicked."""

    def attach(self, vm: Vm) -> None:
        """Give the peer its VM; the universe does this once."""
        self._vm = vm

    @property
    def now(self) -> float:
        """Virtual seconds since the universe began."""
        return self._universe.now

    @property
    def is_open(self) -> bool:
        """Whether it has not gone yet."""
        return self._vm is not None

    @property
    def vm(self) -> Vm:
        """The VM behind this peer."""
        if self._vm is None:
            raise RuntimeError(f"{self.name} is closed")
        return self._vm

    def functions(self) -> dict[str, HostFunction]:
        """Return the host functions for this peer's VM; `luau/host.luau` describes them."""
        return {
            "output": self._print,
            "missing": self._miss,
            "finished": self._finish,
            "http": self._http,
            "asset": self._asset,
            "metadata": self._metadata,
            "search": self._search,
            "send": self._send,
            "cloud": self._ask_cloud,
            "kick": self._kick,
            "compress": self._compress,
            "decompress": self._decompress,
            "digest": self._digest,
            "base64": self._base64,
            "unbase64": self._unbase64,
        }

    # What tests do

    def mount(self, tree: ScriptTree, parent: str) -> None:
        """Build `tree` under the Instance at the dotted path `parent`, and start its scripts where scripts run."""
        self._enter("mount", parent, tree.as_luau())

    def mount_game(self, project: ScriptTree) -> None:
        """Build a whole game, such as a Rojo project whose root is a DataModel; then start its scripts."""
        if self._has_begun:
            self._enter("mount_game", project.as_luau())
        else:
            self.vm.call("build_game", self._universe.now, project.as_luau())
            self._enter("start")

    def stand_in(self, services: ScriptTree) -> None:
        """Let `game:GetService` return what a module of `services` returns, for the service that it is named after."""
        self._enter("stand_in", services.as_luau())

    def run(
        self,
        source: str,
        *args: LuauValue,
        limit: float = 3600.0,
        parent: str = "ServerScriptService",
        name: str = "Script",
    ) -> list[LuauValue]:
        """Run `source` as a Script, with `args` as its `...`, until its main thread ends; return what it returns.

        Virtual time passes meanwhile, at most `limit` seconds (then TimeoutError). Raises LuauError for an error that
        the script does not catch.
        """
        token = self._start(source, args, parent, name)
        self._universe.run_until(lambda: token in self._outcomes, limit=limit)
        outcome = self._outcomes.pop(token)
        if outcome.error is not None:
            raise outcome.error
        return outcome.values

    def spawn(self, source: str, *args: LuauValue, parent: str = "ServerScriptService", name: str = "Script") -> None:
        """Start `source` as a Script and let it be. An error it does not catch goes to `output`."""
        self._enter("spawn", parent, name, source, *args)

    def press(self, path: str) -> None:
        """Let the player of this client press the button at the dotted `path`. Raises LuauError if there is none."""
        self._enter("press", path)

    def hold(self, what: str, *, at: tuple[float, float] = (0.0, 0.0)) -> None:
        """Let the player of this client press a key or a button and hold it down.

        `what` is the name of a KeyCode ("E", "LeftShift", "ButtonA") or of a UserInputType ("MouseButton1"). `at` is
        where on the screen the mouse is.
        """
        self._enter("began", what, *at)

    def release(self, what: str) -> None:
        """Let the player let it go."""
        self._enter("ended", what)

    def tap(self, what: str, *, at: tuple[float, float] = (0.0, 0.0)) -> None:
        """Let the player press a key or a button and let it go at once; see `hold`."""
        self.hold(what, at=at)
        self.release(what)

    def open_menu(self) -> None:
        """Let the player of this client open Roblox's own menu."""
        self._enter("menu", True)

    def close_menu(self) -> None:
        """Let the player close it."""
        self._enter("menu", False)

    def buy(self) -> None:
        """Let the player of this client buy what a script has asked them to buy last."""
        self.cloud.marketplace.answer_prompt(self, bought=True)

    def decline(self) -> None:
        """Let the player of this client decline it."""
        self.cloud.marketplace.answer_prompt(self, bought=False)

    def touch(self, path: str, who: Peer | str, *, limb: str = "HumanoidRootPart") -> None:
        """Let the part at the dotted `path` be touched: by the character of the client `who`, or by another part.

        `Touched` fires for both, on the server and on every client. Call it on the server. Raises LuauError if there is
        no such part or no character, and for a part whose `CanTouch` is false.
        """
        self._enter("touch", path, who.number if isinstance(who, Peer) else who, limb)

    def untouch(self, path: str, who: Peer | str, *, limb: str = "HumanoidRootPart") -> None:
        """Let the touching end: `TouchEnded` fires for both."""
        self._enter("untouch", path, who.number if isinstance(who, Peer) else who, limb)

    def trigger(self, path: str, client: Peer) -> None:
        """Let the player of `client` use the ProximityPrompt at `path`, for as long as it wants to be held.

        Call it on the server. Where the prompt has a `HoldDuration`, `Triggered` fires when that time has passed.
        """
        self._enter("trigger", path, client.number)

    def click(self, path: str, client: Peer, *, right: bool = False) -> None:
        """Let the player of `client` click on what the ClickDetector at `path` belongs to. Call it on the server."""
        self._enter("click", path, client.number, "RightMouseClick" if right else "MouseClick")

    def listen(self) -> None:
        """Keep `sounding` up to date from now on. Use a `Listener`."""
        self._enter("listen")

    # What the universe does

    def step(self) -> None:
        """Run the frame of the current time."""
        self._enter("step")

    def wake(self) -> float:
        """Return the virtual time of the next frame that matters: infinity for none, minus infinity for the next."""
        if self._wake is None:
            self._wake = _wake(self.vm.call("wake")[0])
        return self._wake

    def join(self, client: int, name: str, user_id: LuauValue, *, is_guest: bool = False) -> None:
        """Let the player of the peer `client` join this server; nothing replicates to a guest."""
        self._enter("join", client, name, user_id, is_guest)

    def leave(self, client: int) -> None:
        """Let the player of the peer `client` leave this server."""
        self._enter("leave", client)

    def receive(self, due: float, sender: int, channel: LuauValue, message: LuauValue) -> None:
        """Take in a message from another peer, to be seen at the virtual time `due`."""
        self._enter("receive", due, sender, channel, message)

    def hear_guest(self, guest: int, channel: str, path: str, number: int, *arguments: LuauValue) -> None:
        """Take in a guest's call of the remote at `path`, to be seen after the network's latency."""
        due = self.now + self._universe.settings.network_latency
        self._enter("guest", due, guest, channel, path, number, *arguments)

    @property
    def cloud(self) -> Cloud:
        """What is behind all servers of its game."""
        return self._universe.cloud(cast(int, self.identity["gameId"]))

    def enter_deed(self, deed: str, *arguments: LuauValue) -> None:
        """Let something that a player has done elsewhere, such as a purchase, be known here."""
        self._enter(deed, *arguments)

    def hear(self, due: float, topic: str, text: str, sent: float) -> None:
        """Take in a message of MessagingService, to be seen at the virtual time `due`: now, or when Luau has ended."""
        self.after(lambda: self._enter("hear", due, topic, text, sent))

    def after(self, action: Callable[[], None]) -> None:
        """Do something now, or when the Luau that runs here has ended."""
        self._put_off.append(action)
        self._catch_up()

    def begin_close(self, reason: str) -> None:
        """Start the functions bound to close."""
        self._enter("close", reason)

    def is_closed(self) -> bool:
        """Tell whether all of them have ended."""
        return bool(self.vm.call("closed")[0])

    def close(self) -> None:
        """Free the VM."""
        if self._vm is not None:
            self._watch()
            self._vm.close()
            self._vm = None

    def _enter(self, entry: str, *args: LuauValue) -> None:
        self._wake, self._asked = None, False
        self._has_begun = True
        self._entered += 1
        try:
            at, news = self.vm.call(entry, self._universe.now, *args)
        finally:
            self._entered -= 1
            self._universe.moved(self)
        if news is not None:
            self.sounding = cast("Sequence[Mapping[str, Any]]", news)
        # An answer may come after the entry has ended, and change this.
        self._wake = None if self._asked else _wake(at)
        self._watch()
        self._catch_up()

    def _catch_up(self) -> None:
        while self._put_off and not self._entered and self.is_open:
            self._put_off.pop(0)()

    def _watch(self) -> None:
        for watcher in self.watchers:
            watcher()

    def _start(self, source: str, args: Sequence[LuauValue], parent: str, name: str) -> int:
        token = next(self._tokens)
        self._enter("run", token, parent, name, source, *args)
        return token

    # What Luau calls

    def _print(self, kind: LuauValue, text: LuauValue, trace: LuauValue = None) -> list[LuauValue]:
        self.output.append(
            Output(cast(OutputKind, kind), _text(text), self._universe.now, "" if trace is None else _text(trace))
        )
        return []

    def _miss(self, what: LuauValue, trace: LuauValue) -> list[LuauValue]:
        gap = Gap(_text(what), self._universe.now, _text(trace))
        place = gap.what, gap.trace.partition("\n")[0]
        known = self._gaps.setdefault(place, gap)
        if known is gap:
            self.gaps.append(gap)
        else:
            known.count += 1
        return []

    def _finish(self, token: LuauValue, ok: LuauValue, *values: LuauValue) -> list[LuauValue]:
        error = None
        if not ok:
            message, trace, value = values
            error = LuauError(_text(message), _text(trace), value)
        self._outcomes[cast(int, token)] = _Outcome(list(values), error)
        return []

    def _send(self, receiver: LuauValue, channel: LuauValue, message: LuauValue) -> list[LuauValue]:
        self._universe.deliver(self, cast(int, receiver), channel, message)
        return []

    def _asset(self, content: LuauValue) -> list[LuauValue]:
        self._asked = True
        return self._universe.assets.loading(_text(content), self.name)

    def _metadata(self, content: LuauValue) -> list[LuauValue]:
        self._asked = True
        return self._universe.assets.describing(_text(content))

    def _search(self, *arguments: LuauValue) -> list[LuauValue]:
        self._asked = True
        words, title, artist, shortest, longest, kind = arguments
        texts = (_text(words), _text(title), _text(artist))
        return self._universe.assets.searching(*texts, cast(float, shortest), cast(float, longest), _text(kind))

    def _ask_cloud(self, *arguments: LuauValue) -> list[LuauValue]:
        self._asked = True
        service, method, operation, *rest = arguments
        return self.cloud.answer(self, _text(service), _text(method), _text(operation), *rest)

    def _kick(self, client: LuauValue, message: LuauValue) -> list[LuauValue]:
        self._asked = True
        self._universe.kick(self, cast(int, client), _text(message))
        return []

    def _compress(self, data: LuauValue, level: LuauValue) -> list[LuauValue]:
        self._asked = True
        return [zstd.compress(_bytes(data), cast(int, level))]

    def _decompress(self, data: LuauValue) -> list[LuauValue]:
        self._asked = True
        try:
            return [zstd.decompress(_bytes(data))]
        except zstd.ZstdError:
            return [None]

    def _digest(self, data: LuauValue, algorithm: LuauValue) -> list[LuauValue]:
        self._asked = True
        return [hashlib.new(_text(algorithm), _bytes(data), usedforsecurity=False).digest()]

    def _base64(self, data: LuauValue) -> list[LuauValue]:
        self._asked = True
        return [base64.b64encode(_bytes(data))]

    def _unbase64(self, data: LuauValue) -> list[LuauValue]:
        self._asked = True
        try:
            return [base64.b64decode(_bytes(data), validate=True)]
        except ValueError:
            return [None]

    def _http(self, *arguments: LuauValue) -> list[LuauValue]:
        self._asked = True
        return exchange(self._universe.bridge, self._universe.secrets, self._universe.settings, *arguments)


def _wake(at: LuauValue) -> float:
    return -math.inf if at == "every" else math.inf if at is None else cast(float, at)


def _bytes(value: LuauValue) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _text(value: LuauValue) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
