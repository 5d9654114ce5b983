"""`*.spec.luau` and `*.spec.lua`: tests in Luau, each run in a game of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import respx

from roblox_double.bridge import HttpReply
from roblox_double.peer import Peer
from roblox_double.project import load_folder
from roblox_double.project.script_tree import ProjectError, ScriptTree
from roblox_double.testing.backend import Backend, faults_of
from roblox_double.testing.bridge import Hearing, UnexpectedRequest
from roblox_double.testing.failures import causes_in, hint_about_globals, hint_about_missing, place_of, told_of
from roblox_double.testing.game import GameError, Roblox, whole_game
from roblox_double.testing.places import parent_of, with_place, with_script
from roblox_double.testing.setup import Setup
from roblox_double.vm import LuauError, LuauTimeout, LuauValue

_ON_CLIENT = (".client.spec.luau", ".client.spec.lua")
_HARNESS = "RobloxSpecs"
_PLAYER = "Player1"
_STARTER_SCRIPTS = ["StarterPlayer", "StarterPlayerScripts"]
"""What lies here runs, and is required, as the player's copy of it."""
_JOINING = 1.0
"""Virtual seconds after which a client has seen what there is."""
_LONGEST = 24 * 3600.0
"""Virtual seconds after which a test counts as hanging."""
_JEST = re.compile(r"^[^\n-]*\brequire\b[^\n]*\bJestGlobals\b", re.MULTILINE)
_FOR_JEST = (
    "this spec is one of Jest: it requires JestGlobals, which works in Jest's own runner alone. Take describe, it and "
    "expect from the parameter `test`, or leave such specs out by the ini option roblox_ignore_specs"
)
_CONTROL = "https://specs.test/"
"""Where a spec says what backends shall do."""
_RUN = """
return require(script.Parent.HARNESS)(...)
""".replace("HARNESS", _HARNESS)


@dataclass(frozen=True, slots=True)
class Declared:
    """A test of a spec: its name, after those of the groups around it, and the line that declares it."""

    name: LuauValue
    line: int
    number: int
    """Its place in the file, from 1."""
    skipped: str | None = None
    """Why it is not run."""


class SpecFailure(AssertionError):  # noqa: N818 - it is one
    """A test in Luau failed; the text is ready to be shown, with files and lines.

    placed: whether the text says where.
    """

    def __init__(self, text: str, *, placed: bool = True) -> None:
        super().__init__(text)
        self.placed = placed


class Spec:
    """A spec file in the game of a Rojo project.

    It is a ModuleScript where the project has it; else beside its neighbours, if the project has those; else in
    ServerScriptService. One named `*.client.spec.luau` runs on a player's machine, and goes to ReplicatedStorage.
    """

    def __init__(self, setup: Setup, file: Path, *, shown_from: Path) -> None:
        """Failures name files as seen from the folder `shown_from`."""
        self.setup = setup
        self.on_client = file.name.endswith(_ON_CLIENT)
        game = whole_game(setup.project)
        parent = parent_of(game, file) or ["ReplicatedStorage" if self.on_client else "ServerScriptService"]
        name = file.stem
        self.source = file.read_text(encoding="utf-8")
        if _JEST.search(self.source):
            raise ProjectError(_FOR_JEST)
        self._game = with_script(game, parent, ScriptTree(name, "ModuleScript", self.source, path=file))
        self._path = [*parent, name]
        if self.on_client and parent[:2] == _STARTER_SCRIPTS:
            self._path = ["Players", _PLAYER, "PlayerScripts", *parent[2:], name]
        self.shown_from = shown_from

    def tests(self, backends: Sequence[Callable[[], Backend]] = ()) -> list[Declared]:
        """Run the file and return the tests that it declares. Raises SpecFailure."""
        with ExitStack() as mocked:
            behind = [mocked.enter_context(make()) for make in backends]
            # Which tests there are does not hang on who answers what the game sends elsewhere.
            http = respx.MockRouter(assert_all_called=False)
            http.route().respond(json={})
            with self.playing(behind, http) as play:
                listed = cast("list[dict[str, LuauValue]]", play.do("list")[0])
        return [
            Declared(test["name"], cast("int", test["line"]), number, cast("str | None", test.get("skipped")))
            for number, test in enumerate(listed, 1)
        ]

    @contextmanager
    def playing(self, backends: Sequence[Backend], http: respx.MockRouter) -> Generator[Play]:
        """Start the game anew, with `backends` behind it. Raises SpecFailure for what they raise."""
        try:
            with self.setup.start(backends, http, self._game) as game:
                peer = game.server
                if self.on_client:
                    peer = game.client(_PLAYER)
                    game.advance(_JOINING)
                yield Play(game, peer, self)
        except faults_of(backends) as error:
            raise SpecFailure(str(error), placed=False) from None

    @property
    def path(self) -> Sequence[str]:
        """The names from a service down to the ModuleScript."""
        return self._path


class Play:
    """One run of a spec's game."""

    def __init__(self, game: Roblox, peer: Peer, spec: Spec) -> None:
        self._game = game
        self._peer = peer
        self._spec = spec
        self._home = "ReplicatedStorage" if spec.on_client else "ServerStorage"
        game.universe.bridge = Hearing(game.bridge, _CONTROL, self._listen)
        self._faults = faults_of(game.backends)
        harness = load_folder(Path(__file__).parent / "luau", _HARNESS)
        added = (
            ScriptTree(_module(number), "ModuleScript", file.read_text(encoding="utf-8"), path=file)
            for number, backend in enumerate(game.backends, 1)
            if (file := backend.spec_module)
        )
        peer.mount(replace(harness, children=(*harness.children, *added)), self._home)

    def test(self, declared: Declared) -> None:
        """Run a test. Raises SpecFailure."""
        try:
            self.do("run", declared)
        except Exception:
            with suppress(Exception):
                self.do("finish", declared)
            raise
        self.do("finish", declared)
        for backend in self._game.backends:
            try:
                backend.verify()
            except AssertionError as error:
                raise SpecFailure(self._in_files(str(error)), placed=False) from None
        try:
            self._game.verify(allow_errors=self._spec.setup.allow_errors)
        except GameError as error:
            raise SpecFailure(self._in_files(told_of(error))) from None

    def do(self, action: str, declared: Declared | None = None) -> list[LuauValue]:
        """Call the Luau side of this; `testing/luau/init.luau` says what it does."""
        additions: list[LuauValue] = [
            {"module": _module(number), "backend": number, "facts": backend.spec_facts()}
            for number, backend in enumerate(self._game.backends, 1)
            if backend.spec_module
        ]
        arguments: list[LuauValue] = [self._spec.path, {"additions": additions, "address": _CONTROL}, action]
        if declared:
            arguments += [declared.number, declared.name]
        try:
            return self._peer.run(_RUN, *arguments, limit=_LONGEST, parent=self._home, name=_HARNESS)
        except TimeoutError:
            waiting = [
                with_place(line.text, line.trace) for _, line in self._game.output if line.kind == "warn" and line.trace
            ]
            text = "\n".join([f"the test did not end within {_LONGEST / 3600:.0f} hours of simulated time", *waiting])
            raise TimeoutError(self._in_files(text)) from None
        except (LuauTimeout, UnexpectedRequest, *self._faults) as error:
            place = place_of(error)
            if place is None:
                raise
            raise SpecFailure(self._in_files(f"{place}: {error}")) from None
        except LuauError as error:
            inner = f"{self._home}.{_HARNESS}"
            trace = [line for line in error.traceback.splitlines() if not line.startswith(inner)]
            message = with_place(error.message, "\n".join(trace))
            text = "\n".join([*causes_in(self._game), message, *(f"  {line}" for line in trace)])
            raise SpecFailure(self._told(text)) from None

    def _listen(self, body: bytes) -> HttpReply:
        told = json.loads(body)
        number: int = told["backend"]
        try:
            self._game.backends[number - 1].hear(told["message"])
        except ValueError as error:
            return HttpReply(400, body=str(error).encode())
        return HttpReply(204)

    def _told(self, text: str) -> str:
        return self._in_files(text) + hint_about_globals(text, self._spec.source) + hint_about_missing(text)

    def _in_files(self, text: str) -> str:
        return self._game.in_files(text, self._spec.shown_from)

    def gaps(self) -> list[str]:
        """Return what was asked for and is not modelled, a line each."""
        return [self._in_files(line) for line in self._game.told_gaps()]

    def said(self) -> str:
        """Return what was printed and warned, a line each, with the peer and the virtual time."""
        return self._in_files(self._game.transcript)


def _module(backend: int) -> str:
    return f"Backend{backend}"
