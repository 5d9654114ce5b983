"""The probe in the double itself: a server, two players, a host that answers, and everything that a check may need."""

from __future__ import annotations

import json
import socket
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import httpx

from roblox_double.bridge import HttpxBridge
from roblox_double.peer import Peer
from roblox_double.probe import ROOM, Check, checks, tree
from roblox_double.probe.echo import answer
from roblox_double.probe.report import NOTE, Report, understand, with_notes
from roblox_double.secret import Secret
from roblox_double.settings import Settings
from roblox_double.universe import Universe, VmName

ECHO = "https://probe.example.com"
_SECRETS = {"ProbeSecret": Secret("made up for the probe", "probe.example.com")}
"""What checks may send to the host."""
JOINS = "probe: another player may join"
_LIMIT = 3600.0
AUDIO = ("rbxassetid://1842241530", "rbxassetid://1837879082")
"""Two tracks that every place may play."""

# The same as the scripts of a place; here they are started by hand.
CLIENT = f"""
local Probe = require(game.{ROOM}:WaitForChild("Probe"))
local ask = game.{ROOM}:WaitForChild("ProbeAsk")
ask.OnClientInvoke = Probe.answer
"""
"""The script on the players' machines."""


def asking(
    only: str,
    echo: str,
    audio: str,
    other: str,
    place: str,
    offers: str,
    seconds: str,
    *,
    join: str,
    reasons: str = "nil",
) -> str:
    """Return the Luau with which a server asks, and has `report` then; the arguments are Luau, too."""
    return f"""
local given = {{}}
for _, name in {offers} do
	given[name] = true
end
local report = (require :: any)(game:GetService("{ROOM}"):WaitForChild("Probe")).run({{
	place = {place},
	offers = given,
	echo = {echo},
	audio = {audio},
	other = {other},
	only = {only},
	reasons = {reasons},
	seconds = {seconds},
	ask = function(player: any, ...: any): ...any
		return (game:GetService("{ROOM}") :: any).ProbeAsk:InvokeClient(player, ...)
	end,
	join = function(): any{join}
		return game:GetService("Players").PlayerAdded:Wait()
	end,
}})
"""


_SERVER = (
    "local only, echo, audio, other, place, offers, seconds = ..."
    + asking("only", "echo", "audio", "other", "place", "offers", "seconds", join=f"\n\t\tprint('{JOINS}')")
    + 'return game:GetService("HttpService"):JSONEncode(report)'
)
_OFFERS = ("http", "clients", "audio", "published", "scripts", "secret", "join", "close", "defaults")
_PLACES: Mapping[str, tuple[str, ...]] = {
    "live": _OFFERS,
    "studio": ("studio", "unpublished"),
    "playtest": ("studio", "published", "http", "close"),
    "closed": ("httpDisabled",),
}
"""What places of the double offer: a live server, a place in Studio, published or not, and a game without HTTP."""


def run(
    *,
    settings: Settings | None = None,
    vm: VmName | None = None,
    only: Collection[str] | None = None,
    today: date | None = None,
) -> Report:
    """Probe the double, as `settings` make it, in each of its places. `only`: facts to ask about."""
    results: dict[str, Any] = {}
    skipped: dict[str, str] = {}
    seconds = 0.0
    for place, offers in _PLACES.items():
        asked = [check for check in checks() if (only is None or check.fact in only) and place == _place_of(check)]
        if asked:
            # Vectors of Lune have no methods.
            is_lune = (vm or Universe.default_vm) == "lune"
            part = run_in(place, offers if is_lune else (*offers, "vectors"), asked, settings=settings, vm=vm)
            found = part.whole([check.fact for check in asked])
            results |= found.results
            skipped |= found.skipped
            seconds += found.seconds
    return Report(
        f"double {vm or Universe.default_vm}", "double", (today or date.today()).isoformat(), results, skipped, seconds
    )


def _place_of(check: Check) -> str:
    return next((place for place, offers in _PLACES.items() if set(check.needs) - {"vectors"} <= set(offers)))


def run_in(
    place: str,
    offers: Sequence[str],
    asked: Sequence[Check],
    *,
    settings: Settings | None = None,
    vm: VmName | None = None,
    seconds: float | None = None,
) -> Report:
    """Probe one place of the double, as one that has no more than `offers`; `seconds`: as long as it may take."""
    notes: list[bytes] = []

    def noting(request: httpx.Request) -> httpx.Response:
        if request.url.path == NOTE:
            notes.append(request.content)
        return web(request)

    bridge = HttpxBridge(httpx.Client(transport=httpx.MockTransport(noting)))
    number = 7 if "published" in offers else 0
    with Universe(
        settings=settings, bridge=bridge, secrets=_SECRETS, vm=vm, time_limit=None, http_enabled=place != "closed"
    ) as universe:
        server = universe.server(studio="studio" in offers, place_id=number, game_id=number)
        server.mount(tree(), ROOM)
        server.run(f"Instance.new('RemoteFunction', game.{ROOM}).Name = 'ProbeAsk'")
        if any("clients" in check.needs for check in asked):
            for name in ("Ann", "Bob"):
                _join(universe, name)
        server.watchers.append(lambda: _let_join(universe, server))
        universe.advance(1)
        names = [check.fact for check in asked]
        (text,) = server.run(_SERVER, names, ECHO, *AUDIO, "double", list(offers), seconds, limit=_LIMIT)
        if any("close" in check.needs for check in asked):
            server.run(f"require(game.{ROOM}.Probe).bindToClose(...)", ECHO)
            universe.close_server(server)
    return with_notes(understand(json.loads(str(text)) | {"engine": "double"}), notes, names)


def _join(universe: Universe, name: str) -> None:
    client = universe.client(name)
    client.spawn(CLIENT, parent="ReplicatedFirst", name="ProbeClient")


def _let_join(universe: Universe, server: Peer) -> None:
    if server.output and server.output[-1].text == JOINS:
        server.output.pop()
        server.after(lambda: _join(universe, f"Late{len(universe.peers)}"))


def web(request: httpx.Request) -> httpx.Response:
    """Be the network: the host that answers, one that knows nothing, and what cannot be reached."""
    if request.url.host == "127.0.0.1":
        raise httpx.ConnectError("refused", request=request)
    if request.url.host.endswith(".invalid"):
        raise httpx.ConnectError("no such host", request=request) from socket.gaierror()
    return answer(request)
