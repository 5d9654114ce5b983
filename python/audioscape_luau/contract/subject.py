"""The client under test on a server of its own, and all that can be seen of it from outside."""

from __future__ import annotations

import importlib.resources
import itertools
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self, cast

import httpx

from audioscape_luau import resources
from audioscape_luau.codegen import module_files, write
from audioscape_luau.codegen.selection import LEFT_OUT
from audioscape_luau.contract.luau_text import luau
from audioscape_luau.mock import NoReply
from audioscape_luau.openapi import ApiModel
from audioscape_luau.simulation import UNIVERSE_ID, Exchange, World
from roblox_double import (
    Asset,
    Heard,
    Listener,
    LuauError,
    LuauTimeout,
    Peer,
    ProjectError,
    ScriptTree,
    Secret,
    Settings,
    Universe,
    load_folder,
)
from roblox_double.project.model_file import load_model

KEY = "Key-9F8e7D6c5B4a3021"
"""What the client is given for a key when it talks to the mock."""
SECRET = "AudioScape"  # noqa: S105  (a name)
"""The name of the secret that holds the key."""
EPOCH = 1_750_000_000.0
"""Unix time at the beginning of every scene."""
_PASSING = 120.0
"""Virtual seconds between two scenes on one server: twice what the engine's longest time-out and its minute take."""
_NAME = "AudioScapeClient"
_PUPPET = """
local storage = game:GetService("ReplicatedStorage")
while not storage:FindFirstChild("Puppet") do task.wait(0.1) end
storage.Puppet.OnClientInvoke = function(...)
	local remote = storage:FindFirstChild("AudioScapeCalls")
	if not remote then return "no remote" end
	local reply = remote:InvokeServer(...)
	if type(reply) == "table" and type(reply.body) == "buffer" then
		local unpack, zstd = game:GetService("EncodingService"), Enum.CompressionAlgorithm.Zstd
		local text = buffer.tostring(unpack:DecompressBuffer(reply.body, zstd))
		reply.body = game:GetService("HttpService"):JSONDecode(text)
	end
	return reply
end
"""
_OBEYING = """
while not shared[script.Name] do task.wait() end
shared[script.Name]()
"""

_LEFT_OUT = """
local client, found = AudioScapeClient.new({ apiKey = KEY, maxRetries = 0 }), {}
for _, name in NAMES do
	local ok, _, err = pcall(function()
		return client[name](client)
	end)
	if ok and string.find(tostring(err), TEXT, 1, true) then
		table.insert(found, name)
	end
end
return table.concat(found, " ")
"""

type Answer = Callable[[httpx.Request, int], httpx.Response]
"""What stands in for the API: the reply to a request, which is the nth of its scene (from 0). It may raise
NoReply."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a scene is played in.

    settings: how the engine goes about what nobody has documented. silent: asset ids that do not load. listened: a
    player is there, and what is heard is noted. at_client: the scene is played on that player's machine, where the
    module is, too. players: how many others are there. scripts: the names of other scripts, each of which calls
    `shared[its name]` as soon as there is such a function, so that a scene can destroy the script whose thread that
    runs on. puppets: on each player's machine a script asks what the scene's RemoteFunction `Puppet` says, of the
    remote for players. troubles: services (or methods) of the game's stores and messages that fail, what they say, and
    how often. longest: virtual seconds after which a scene that has not ended counts as hanging.
    """

    settings: Settings = field(default_factory=Settings)
    silent: tuple[int, ...] = ()
    listened: bool = False
    at_client: bool = False
    players: int = 0
    scripts: tuple[str, ...] = ()
    puppets: bool = False
    troubles: tuple[tuple[str, str, float], ...] = ()
    longest: float = 3600.0


PLAIN = Surroundings()
"""A server on its own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a caller could notice of one call.

    missing: there is no such method. threw: the error that was raised instead of returned. count: how many values came
    back. touched: the arguments are not what they were. frozen: a table of the result that is not the caller's to
    change. thawed: a shared one that is. headers: the third value.
    """

    method: str
    result: Any = None
    err: Any = None
    headers: Any = None
    threw: str | None = None
    count: int = 0
    seconds: float = 0.0
    touched: bool = False
    missing: bool = False
    frozen: str | None = None
    thawed: str | None = None
    err_type: str = "nil"
    err_frozen: bool = False
    err_text: str | None = None
    err_joined: str | None = None
    """What `"" .. err` is; `err_left` is what `err .. ""` is."""
    err_left: str | None = None

    @property
    def error(self) -> Mapping[str, Any]:
        """The fields of the error, empty if it has none."""
        err: Any = self.err
        return cast("Mapping[str, Any]", err) if isinstance(err, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Observation:
    """What one scene showed.

    heard: the tracks that a player heard. silences: when that player heard nothing. hung: why it did not end. failed:
    the error that ended it, outside of any call.
    """

    calls: tuple[Seen, ...]
    exchanges: tuple[Exchange, ...]
    returned: tuple[Any, ...] = ()
    events: tuple[Any, ...] = ()
    output: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    silences: tuple[tuple[float, float], ...] = ()
    hung: str | None = None
    failed: str | None = None

    @property
    def call(self) -> Seen:
        """The only call of a scene with one call."""
        return self.calls[0] if self.calls else Seen("")


@dataclass(frozen=True, slots=True)
class Module:
    """A build of the client. `name`: what reports call it."""

    tree: ScriptTree
    name: str


class NoModuleError(ValueError):
    """What is at a path is no build of the client."""


def load_module(path: Path) -> Module:
    """Load a build of the client: a folder, one `.luau` file, or a `.rbxm` or `.rbxmx` file with one root.

    Raises FileNotFoundError or NoModuleError if there is none to be found.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist")
    try:
        roots = load_model(path) if path.suffix in {".rbxm", ".rbxmx"} else [load_folder(path)]
    except ProjectError as error:
        raise NoModuleError(str(error)) from error
    if len(roots) != 1:
        raise NoModuleError(f"{path} has {len(roots)} root instances; it must have exactly one")
    (tree,) = roots
    if tree.class_name != "ModuleScript":
        raise NoModuleError(f"{path} is a {tree.class_name}, not a ModuleScript")
    return Module(ScriptTree(_NAME, tree.class_name, tree.source, tree.children), str(path))


def generated_module(model: ApiModel) -> Module:
    """Return the client that is generated for an API.

    Raises SpecError if none can be.
    """
    shipped = resources.luau_root() / _NAME
    with tempfile.TemporaryDirectory() as folder:
        write(module_files(model, shipped), Path(folder))
        return replace(load_module(Path(folder)), name="the generated client")


def left_out_of(subject: Subject) -> list[str]:
    """Return the methods of which a build says that it was made without them."""
    names = [method.id for method in subject.model.methods]
    asked = _LEFT_OUT.replace("NAMES", luau(names)).replace("TEXT", luau(LEFT_OUT))
    seen = subject.play(asked, lambda _request, _number: httpx.Response(404))
    return str(seen.returned[0]).split() if seen.returned else []


class Subject:
    """Plays scenes with a module, each on a fresh server at the same virtual time and with the same chance."""

    def __init__(self, module: Module, model: ApiModel, *, key: str = KEY) -> None:
        self.module = module
        self.model = model
        self.key = key

    @cached_property
    def reference(self) -> Subject:
        """The client that is generated for the same API, in place of this one."""
        return Subject(generated_module(self.model), self.model, key=self.key)

    def play(self, script: str, answer: Answer, around: Surroundings = PLAIN, *, seed: int = 0) -> Observation:
        """Run `script` after the probe, with the API behind `answer`; see `probe.luau` for what it can use."""
        with Stage(self, around, seed=seed) as stage:
            return stage.play(script, answer)


class Stage:
    """A server with the client on it, where scenes are played one after the other.

    A module takes ten times as long to load as a scene of one call takes to play. What a scene leaves behind has come
    to its end when the next one begins: replies that nobody waits for any more, and what a minute allows.
    """

    def __init__(self, subject: Subject, around: Surroundings = PLAIN, *, seed: int = 0) -> None:
        self._subject = subject
        self._around = around
        self._answer: Answer = _nobody
        self._numbers = itertools.count()
        self._universe = Universe(
            seed=seed, epoch=EPOCH, secrets={SECRET: Secret(subject.key)}, settings=around.settings
        )
        for asset_id in around.silent:
            self._universe.assets[asset_id] = Asset(load="fails")
        self._world = World(None, self._respond, universe=self._universe)
        for what, said, times in around.troubles:
            self._universe.cloud(UNIVERSE_ID).faults.fail(what, said, times=times)
        self._player: Peer | None = None
        self._played = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._world.close()

    def play(self, script: str, answer: Answer) -> Observation:
        """Run `script` after the probe, with the API behind `answer`."""
        world, around = self._world, self._around
        listener: Listener | None = None
        hung: str | None = None
        failed: str | None = None
        values: Sequence[Any] = ()
        exchanges: list[Exchange] = []
        printed = 0
        try:
            if self._played:
                world.advance(_PASSING)
            else:
                place = "ReplicatedStorage" if around.at_client else "ServerScriptService"
                world.server.mount(self._subject.module.tree, place)
                clients: list[Peer] = []
                if around.listened or around.at_client:
                    self._player = self._universe.client()
                    clients.append(self._player)
                clients += [self._universe.client(f"Other{number + 1}") for number in range(around.players)]
                for client in clients if around.puppets else ():
                    client.spawn(_PUPPET, parent="ReplicatedStorage")
                for name in around.scripts:
                    world.server.mount(ScriptTree(name, "Script", _OBEYING), "ServerScriptService")
            self._played += 1
            self._answer, self._numbers = answer, itertools.count()
            world.network.exchanges = exchanges
            printed = len(world.server.output) if self._played > 1 else 0
            listener = Listener(self._player) if self._player and around.listened else None
            peer = self._player if self._player and around.at_client else world.server
            values = peer.run(_script(script), self._subject.key, limit=around.longest)
        except (LuauTimeout, TimeoutError) as error:
            hung = str(error)
        except LuauError as error:
            failed = error.message
        calls, events, returned = (*values, None, None, None)[:3]
        return Observation(
            calls=tuple(_seen(raw) for raw in cast("list[dict[str, Any]]", calls or [])),
            exchanges=tuple(exchanges),
            returned=tuple(_readable(value) for value in cast("list[Any]", returned or [])),
            events=tuple(cast("list[Any]", events or [])),
            output=tuple(f"{line.kind}: {line.text}" for line in world.server.output[printed:]),
            heard=tuple(listener.tracks()) if listener else (),
            silences=tuple(listener.silences(0, self._universe.now)) if listener else (),
            hung=hung,
            failed=failed,
        )

    def _respond(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, next(self._numbers))


def _nobody(request: httpx.Request, _number: int) -> httpx.Response:
    raise NoReply(f"HttpError: no scene asked for {request.url}")


@cache
def _probe() -> str:
    return importlib.resources.files(__package__ or "").joinpath("probe.luau").read_text(encoding="utf-8")


def _script(script: str) -> str:
    return f"{_probe()}\nlocal returned = {{ (function()\n{script}\nend)() }}\nreturn calls, events, returned\n"


def _seen(raw: Mapping[str, Any]) -> Seen:
    return Seen(
        method=raw["method"],
        result=raw.get("result"),
        err=raw.get("err"),
        headers=raw.get("headers"),
        threw=_readable(raw.get("threw")),
        count=raw.get("count", 0),
        seconds=raw.get("seconds", math.inf),
        touched=raw.get("touched", False),
        missing=raw.get("missing", False),
        frozen=raw.get("frozen"),
        thawed=raw.get("thawed"),
        err_type=raw.get("errType", "nil"),
        err_frozen=raw.get("errFrozen", False),
        err_text=_readable(raw.get("errText")),
        err_joined=_readable(raw.get("errJoined")),
        err_left=_readable(raw.get("errLeft")),
    )


def _readable(value: Any) -> Any:
    """Return text also for a string that is not UTF-8, as a broken client may make one."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
