"""The probe in Studio: a place with the checks, a script that starts a test of it, and the command that runs both.

StudioTestService starts a server and two players on this machine. The server asks, and sends its report home twice: to
a host on this machine, and to the script, which prints it between two marks.
"""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from roblox_double.probe import ROOM, tree
from roblox_double.probe.report import Report, ReportError, decoded, parsed, understand
from roblox_double.probe.run import AUDIO, CLIENT, asking
from roblox_double.project import ScriptTree
from roblox_double.project.model_file import write_model

OFFERS = ("http", "clients", "join", "audio", "scripts", "studio", "unpublished", "vectors", "close", "defaults")
"""What a place that is only a file has, with two players."""
_PLAYERS = ("clients", "join")
"""What it has not where Studio starts no players."""
PLAYERS = 2
BEGIN, PIECE, END = "PROBE REPORT BEGINS", "PROBE ", "PROBE REPORT ENDS"
"""The marks between which the report is printed, and what each line of it begins with: long lines are cut off."""
_PIECE = 1000
SECONDS = 150
"""Seconds for the checks: four minutes less what Studio, the server and the players take to start, and to close."""
CLOSING = 45.0
"""Seconds that a server has to close, and a little more."""
_LOOK_THERE = "Start Studio by hand, look whether it asks for a login or an update, and try again"
_MINUTE = 60.0
"""Seconds between two lines that say that it goes on."""
_LOOK = 0.5
"""Seconds between two looks at whether Studio still runs."""
_EXECUTABLES: Mapping[str, str] = {
    "win32": "Roblox/Versions/*/RobloxStudioBeta.exe",
    "darwin": "RobloxStudio.app/Contents/MacOS/RobloxStudio",
}
PRINTING = f"""
	print("{BEGIN}")
	local at = 1
	while at <= #report do
		local last = at + {_PIECE} - 1
		while bit32.band(string.byte(report, last + 1) or 0, 192) == 128 do
			last -= 1
		end
		print("{PIECE}" .. string.sub(report, at, last))
		at = last + 1
	end
	print("{END}")
"""
"""The Luau that prints `report`, a text, and cuts no character in two."""
_SERVER = f"""
--!strict
-- Asks everything, if this is a test that was started for it.
local HttpService: any = game:GetService("HttpService")
local Players = game:GetService("Players")
local StudioTestService: any = game:GetService("StudioTestService")

local text = StudioTestService:GetTestArgs()
if type(text) ~= "string" then
	return
end
local order = HttpService:JSONDecode(text)
local began = os.clock()
while #Players:GetPlayers() < order.players and os.clock() < began + 60 do
	task.wait(0.1)
end
-- Scripts of players, and what replicates to them.
task.wait(2)
{
    asking(
        "order.only",
        "order.echo",
        "order.audio",
        "order.other",
        '"studio"',
        "order.offers",
        "order.seconds",
        reasons="order.reasons",
        join='''
		task.spawn(StudioTestService.AddPlayers, StudioTestService, 1)''',
    )
}
local json = HttpService:JSONEncode(report)
pcall(HttpService.RequestAsync, HttpService, {{ Url = `{{order.echo}}/probe/report`, Method = "POST", Body = json }})
local probe = (require :: any)(game:GetService("{ROOM}"):WaitForChild("Probe"))
probe.bindToClose(order.echo)
StudioTestService:EndTest(json)
"""
_RUN = """
-- Starts the test, with players if Studio lets a script do that, and prints what it brings home.
local StudioTestService = game:GetService("StudioTestService")
local order = [{quotes}[{order}]{quotes}]
local alone = [{quotes}[{alone}]{quotes}]

local ok, report = pcall(function()
	return StudioTestService:ExecuteMultiplayerTestAsync({players}, order)
end)
if not ok then
	local why = "Studio starts no players from a script: " .. tostring(report)
	warn(why)
	local HttpService = game:GetService("HttpService")
	local given = HttpService:JSONDecode(alone)
	given.reasons = {{ clients = why, join = why }}
	ok, report = pcall(function()
		return StudioTestService:ExecuteRunModeAsync(HttpService:JSONEncode(given))
	end)
end
if ok and type(report) == "string" then
	{printing}
else
	print("{begin}")
	warn("There is no report: " .. tostring(report))
	print("{end}")
end
"""
_QUOTES = "=" * 9


@dataclass(frozen=True, slots=True)
class Files:
    """What Studio is given, and where it says what happened."""

    place: Path
    script: Path
    output: Path


def offers(*, alone: bool = False, deferred: bool = False) -> list[str]:
    """Return what the place has, without players, and if somebody chose deferred events for it."""
    missing = [*(_PLAYERS if alone else ()), *(["defaults"] if deferred else [])]
    return [offer for offer in OFFERS if offer not in missing]


def write(
    folder: Path,
    echo: str,
    *,
    audio: Sequence[str] = AUDIO,
    only: Collection[str] | None = None,
    deferred: bool = False,
) -> Files:
    """Write the place and the script that runs it.

    echo: base URL of the host on this machine. deferred: whether events are deferred there, as in Studio's templates.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "probe.rbxl", folder / "probe.luau", folder / "probe-output.txt")
    write_model(place(deferred=deferred).children, files.place)
    first, other = (*audio, "", "")[:2]
    asked = None if only is None else sorted(only)
    common = {"echo": echo, "audio": first, "other": other or first, "only": asked, "seconds": SECONDS}
    order = json.dumps({**common, "players": PLAYERS, "offers": offers(deferred=deferred)}, ensure_ascii=False)
    alone = json.dumps({**common, "players": 0, "offers": offers(alone=True, deferred=deferred)}, ensure_ascii=False)
    if f"]{_QUOTES}]" in order:
        raise ReportError("the content id of a sound is none")
    files.script.write_text(
        _RUN.format(quotes=_QUOTES, order=order, alone=alone, players=PLAYERS, begin=BEGIN, end=END, printing=PRINTING),
        encoding="utf-8",
        newline="\n",
    )
    files.output.unlink(missing_ok=True)
    return files


def place(*, deferred: bool = False) -> ScriptTree:
    """Return the place as a tree: the checks, the scripts on both sides, and HTTP allowed."""
    behavior = {"SignalBehavior": "Deferred"} if deferred else {}
    return ScriptTree(
        "Probe",
        "DataModel",
        children=(
            ScriptTree("Workspace", "Workspace", properties=behavior),
            ScriptTree("HttpService", "HttpService", properties={"HttpEnabled": True}),
            ScriptTree(ROOM, ROOM, children=(tree(), ScriptTree("ProbeAsk", "RemoteFunction"))),
            ScriptTree(
                "ServerScriptService",
                "ServerScriptService",
                children=(ScriptTree("ProbeServer", "Script", _SERVER),),
            ),
            ScriptTree(
                "StarterPlayer",
                "StarterPlayer",
                children=(
                    ScriptTree(
                        "StarterPlayerScripts",
                        "StarterPlayerScripts",
                        children=(ScriptTree("ProbeClient", "LocalScript", CLIENT),),
                    ),
                ),
            ),
        ),
    )


def command(executable: Path | str, files: Files) -> list[str]:
    """Return the command that starts Studio, and ends it when the script has ended."""
    return [
        str(executable),
        "--task",
        "RunScript",
        "--localPlaceFile",
        str(files.place),
        "--runScriptFile",
        str(files.script),
        "--outputFile",
        str(files.output),
        "--quitAfterExecution",
    ]


def typed(words: Sequence[str], platform: str = sys.platform) -> str:
    """Return a command as it is typed into a terminal."""
    if platform == "darwin":
        return shlex.join(words)
    line = subprocess.list2cmdline(words)
    return f"{line}\nIn PowerShell write & and a blank before it." if line.startswith('"') else line


def find(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the newest Studio of this machine, if there is one where its installer puts it."""
    pattern = _EXECUTABLES.get(platform)
    if pattern is None:
        return None
    homes = [environment.get("LOCALAPPDATA", "")] if platform == "win32" else ["/Applications", "~/Applications"]
    roots = [Path(home).expanduser() for home in homes if home]
    found = [file for root in roots for file in root.glob(pattern)]
    return max(found, key=lambda file: file.stat().st_mtime, default=None)


def usual(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> str:
    """Return where its installer puts Studio: that of Windows where there is no Studio for the platform."""
    if platform == "darwin":
        return f"/Applications/{_EXECUTABLES[platform]}"
    home = environment.get("LOCALAPPDATA") or "C:/Users/YOU/AppData/Local"
    return f"{home}/{_EXECUTABLES['win32']}".replace("/", "\\")


def printed(output: str) -> Report:
    """Read the report out of what the script has printed. Raises ReportError."""
    _, begun, rest = output.partition(BEGIN)
    if not begun:
        raise ReportError(f"the script has printed no report. {_LOOK_THERE}")
    if END not in rest:
        raise ReportError(f"the printed report is cut off: its last line is missing. {_LOOK_THERE}")
    # Studio may put the time before each line.
    pieces = [line.partition(PIECE)[2] for line in rest.partition(END)[0].splitlines() if PIECE in line]
    if not pieces:
        raise ReportError(
            " ".join(rest.partition(END)[0].split()) or f"the script has printed no report. {_LOOK_THERE}"
        )
    try:
        return understand(parsed("".join(pieces), "the printed report is cut off, or"))
    except ReportError as error:
        raise ReportError(f"{error}. {_LOOK_THERE}") from None


def last_words(
    notes: queue.Queue[bytes],
    is_running: Callable[[], bool],
    *,
    seconds: float = CLOSING,
    clock: Callable[[], float] = time.monotonic,
) -> list[bytes]:
    """Return what the closing server tells, until it is gone."""
    told: list[bytes] = []
    ends = clock() + seconds
    while True:
        runs = is_running() and clock() < ends
        try:
            told.append(notes.get(timeout=_LOOK if runs else 0.001))
        except queue.Empty:
            if not runs:
                return told


def wait_for(
    posted: queue.Queue[bytes],
    files: Files,
    is_running: Callable[[], bool],
    *,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    told: Callable[[str], None] = lambda _: None,
) -> Report:
    """Return the report as soon as it is there: posted to the host, or printed by a script that has ended.

    Raises ReportError if there is none within `seconds`, or Studio has ended without one.
    """
    began = clock()
    says = began + _MINUTE
    while True:
        now = clock()
        runs = is_running() and now < began + seconds
        if runs and now >= says:
            says = now + _MINUTE
            told(f"{now - began:.0f} s: no report yet; waiting up to {seconds:.0f} s.")
        try:
            return understand(parsed(posted.get(timeout=_LOOK if runs else 0.001), "what was posted"))
        except queue.Empty:
            pass
        if runs:
            continue
        if files.output.is_file():
            return printed(decoded(files.output.read_bytes(), errors="replace"))
        if is_running():
            raise ReportError(f"no report in {seconds:.0f} s. {_LOOK_THERE}, with a larger --wait if it only was slow")
        raise ReportError(f"Studio has ended without a report. {_LOOK_THERE}")
