"""The probe in Studio: the place, the script and the command, with a stand-in for what starts tests there."""

from __future__ import annotations

import asyncio
import json
import queue
import re
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Scope
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.mock.server import ConnectionCut
from audioscape_luau.tools import probe as tools
from audioscape_luau.tools.echo import hosting, with_echo
from roblox_double import HttpxBridge, ScriptTree, Universe, load_place
from roblox_double.probe import checks, echo, studio
from roblox_double.probe.report import ReportError, understand, with_notes

HOST = "http://127.0.0.1:8080"
NOTE = b'{"fact": "http.bind_to_close", "observed": "works"}'
REPORT: dict[str, Any] = {"engine": "0.7", "place": "studio", "date": "2026-12-01", "results": {}, "skipped": {}}


def service(code: str) -> ScriptTree:
    return ScriptTree("Services", "Folder", children=(ScriptTree("StudioTestService", "ModuleScript", code),))


def test_the_place_asks_with_two_players_and_brings_the_report_home(tmp_path: Path) -> None:
    only = ["http.redirects", "remote.event", "replication.late_joiner", "run_service.roles", "datastore.values"]
    files = studio.write(tmp_path, HOST, only=only)
    order = files.script.read_text(encoding="utf-8").partition("[=========[")[2].partition("]=========]")[0]
    posted: list[Any] = []
    notes: list[bytes] = []

    def web(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/probe/report":
            posted.append(json.loads(request.content))
        elif request.url.path == "/probe/note":
            notes.append(request.content)
        return echo.answer(request)

    bridge = HttpxBridge(httpx.Client(transport=httpx.MockTransport(web)))
    with Universe(bridge=bridge, http_enabled=False) as universe:
        server = universe.server(studio=True, place_id=0, game_id=0)
        added = "workspace:SetAttribute('Wanted', 1)"
        server.stand_in(
            service(
                f"return {{ GetTestArgs = function() return [==[{order}]==] end, AddPlayers = function() {added} end, "
                "EndTest = function(_, value) workspace:SetAttribute('Ended', #value) end }"
            )
        )
        server.mount_game(load_place(files.place))
        for name in ("Ann", "Bob"):
            universe.client(name, studio=True)

        def come() -> bool:
            if len(universe.peers) == 3 and server.run("return workspace:GetAttribute('Wanted')")[0]:
                universe.client("Cleo", studio=True)
            return bool(posted)

        universe.run_until(come, limit=300)
        universe.advance(1)
        assert server.run("return workspace:GetAttribute('Ended') > 100") == [True]
        universe.close_server(server)
    report = understand(posted[0])
    seen = with_notes(report, notes, [check.fact for check in checks()]).results
    assert (seen["http.bind_to_close"], seen["close.studio"]) == ("works", True)
    assert 28 <= seen["close.limit"] <= 30
    assert report.results["http.redirects"] == 10
    assert report.results["remote.event"] == [True, 1, "a", "b", "c", "c"]
    assert report.results["replication.late_joiner"] == 7
    assert report.results["run_service.roles"] == [True, False, True, True]
    # A place that is only a file has no cloud.
    assert report.skipped == {"datastore.values": "needs published"}


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        # With players, or where Studio lets no script start any, without.
        ("ExecuteMultiplayerTestAsync = function(_, n, order) return answer(n, order) end", 2),
        (
            "ExecuteMultiplayerTestAsync = function() error('for plugins only') end, "
            "ExecuteRunModeAsync = function(_, order) return answer(0, order, 'for plugins only') end",
            0,
        ),
    ],
)
def test_the_script_prints_what_the_test_returns(tmp_path: Path, code: str, printed: int) -> None:
    files = studio.write(tmp_path, HOST, deferred=True)
    (workspace,) = (tree for tree in load_place(files.place).children if tree.name == "Workspace")
    assert workspace.properties == {"SignalBehavior": "Deferred"}
    answer = """
    local HttpService = game:GetService("HttpService")
    local function answer(n, order, why)
        local read = HttpService:JSONDecode(order)
        assert(why == nil or string.find(read.reasons.clients, "starts no players from a script: .*" .. why))
        assert(read.players == n and read.echo == "http://127.0.0.1:8080")
        local report = { engine = "0.7", place = "studio", date = "2026-12-01", skipped = {}, results = {} }
        report.results.players = { observed = n }
        report.results.long = { observed = string.rep("x", 800) .. string.rep("🎵", 800) }
        return HttpService:JSONEncode(report)
    end
    """
    with Universe() as universe:
        server = universe.server()
        server.stand_in(service(f"{answer} return {{ {code} }}"))
        server.run(files.script.read_text(encoding="utf-8"))
        lines = [f"12:00:00.000 {line.text}" for line in server.output]
    assert max(map(len, lines)) < 1100
    assert studio.printed("\n".join(lines)).results == {"players": printed, "long": "x" * 800 + "🎵" * 800}


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("nothing", "has printed no report"),
        (f"{studio.BEGIN}\nThere is no report: busy\n{studio.END}", "There is no report: busy"),
        (f"{studio.BEGIN}\n{studio.PIECE}{{\n{studio.END}", "cut off, or is no JSON: .*Start Studio by hand"),
        (f"{studio.BEGIN}\n{studio.PIECE}{{\n", "cut off: its last line is missing"),
    ],
)
def test_output_without_a_report(output: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        studio.printed(output)


def test_the_report_is_waited_for(tmp_path: Path) -> None:
    files = studio.write(tmp_path, HOST)
    posted: queue.Queue[bytes] = queue.Queue()

    def wait(*, runs: bool, clock: list[float]) -> Any:
        return studio.wait_for(posted, files, lambda: runs, seconds=5, clock=lambda: clock.pop(0), told=told.append)

    told: list[str] = []

    posted.put(json.dumps(REPORT).encode())
    assert wait(runs=True, clock=[0, 1]).place == "studio"
    with pytest.raises(ReportError, match="ended without a report"):
        wait(runs=False, clock=[0, 1])
    with pytest.raises(ReportError, match=r"no report in 5 s\. Start Studio by hand"):
        wait(runs=True, clock=[0, 9])
    # As Studio of Windows may write it.
    files.output.write_text(f"{studio.BEGIN}\n{studio.PIECE}{json.dumps(REPORT)}\n{studio.END}", encoding="utf-16")
    assert wait(runs=False, clock=[0, 1]).engine == "0.7"
    posted.put(b"<html>")
    with pytest.raises(ReportError, match="what was posted is no JSON"):
        wait(runs=True, clock=[0, 1])


def test_the_newest_studio_is_found(tmp_path: Path) -> None:
    for version in ("version-1", "version-2"):
        file = tmp_path / "Roblox" / "Versions" / version / "RobloxStudioBeta.exe"
        file.parent.mkdir(parents=True)
        file.touch()
    found = studio.find("win32", {"LOCALAPPDATA": str(tmp_path)})
    assert found is not None
    assert found.parent.parent.name == "Versions"
    assert studio.find("win32", {}) is None
    assert studio.find("linux", {"LOCALAPPDATA": str(tmp_path)}) is None


def asked(path: str, method: str = "GET", body: bytes = b"") -> tuple[list[Message], list[Any]]:
    """Ask the app as a server would; return what it sends and what was reported."""
    sent: list[Message] = []
    reported: list[Any] = []

    async def other(_: Scope, __: Any, send: Any) -> None:
        await send({"type": "other"})

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    async def sleep(seconds: float) -> None:
        sent.append({"type": "slept", "seconds": seconds})

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"X-Own", b"1")],
        "scheme": "http",
        "server": ("127.0.0.1", 80),
    }

    def told(word: str, posted: bytes) -> None:
        reported.append((word, posted))

    both = with_echo(other, sleep, told)

    async def answered() -> None:
        await both(scope, receive, send)

    asyncio.run(answered())
    return sent, reported


def test_the_host_answers_beside_another_app() -> None:
    start, body = asked("/probe/echo", "POST", b"abc")[0]
    assert start["status"] == 200
    assert json.loads(body["body"])["headers"][:2] == ["host: 127.0.0.1", "X-Own: 1"]
    assert asked("/v1/similar")[0] == [{"type": "other"}]
    assert asked("/probe/report", "POST", b"{}")[1] == [("report", b"{}")]
    assert asked("/probe/note", "POST", b"{}")[1] == [("note", b"{}")]
    assert asked("/probe/slow/7")[0][0] == {"type": "slept", "seconds": 7.0}
    assert asked("/probe/status/x")[0][0]["status"] == 404
    # As it travels.
    start, body = asked("/probe/gzip")[0]
    assert (b"Content-Encoding", b"gzip") in start["headers"]
    assert body["body"][:2] == b"\x1f\x8b"
    with pytest.raises(ConnectionCut):
        asked("/probe/close")


@pytest.mark.thorough
def test_the_command_takes_what_studio_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A program that does what Studio does with the script: it posts the report to the host that the script names.
    program = tmp_path / "studio.py"
    program.write_text(
        "import re, sys, urllib.request\n"
        "script = open(sys.argv[sys.argv.index('--runScriptFile') + 1], encoding='utf-8').read()\n"
        "host = re.search(r'http://127.0.0.1:[0-9]+', script)[0]\n"
        f"urllib.request.urlopen(host + '/probe/report', data={json.dumps(REPORT).encode()!r})\n"
        f"urllib.request.urlopen(host + '/probe/note', data={NOTE!r})\n",
        encoding="utf-8",
    )
    true = studio.command

    def command(executable: Path | str, files: studio.Files) -> list[str]:
        return [sys.executable, *true(executable, files)]

    monkeypatch.setattr(studio, "command", command)
    out = tmp_path / "report.json"
    words = ["probe", "studio", "--studio", str(program), "--folder", str(tmp_path / "place"), "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output

    def brought() -> dict[str, Any]:
        report = json.loads(out.read_text(encoding="utf-8"))
        # Which checks they were.
        assert re.fullmatch("[0-9a-f]{12}", report.pop("probe"))
        return report

    # What the closing server has told is in it.
    assert brought() == REPORT | {"results": {"http.bind_to_close": {"observed": "works"}}}
    # It does not end when it is told to, and half a note is none.
    posts = program.read_text(encoding="utf-8").replace(NOTE.decode(), NOTE.decode()[:9])
    stubborn = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    program.write_text(f"{stubborn}{posts}time.sleep(60)\n", encoding="utf-8")
    monkeypatch.setattr(tools, "_PATIENCE", 0.01)
    monkeypatch.setattr(studio, "CLOSING", 0.01)
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, brought()) == (0, REPORT), result.output
    assert "a note of a closing server is no JSON" in result.stderr
    program.write_text("", encoding="utf-8")
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2
    assert "Studio has ended without a report" in result.stderr


def test_without_studio_the_command_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def nowhere() -> None:
        return None

    def silent(*_: Any, **__: Any) -> list[bytes]:
        return []

    def sent(posted: queue.Queue[bytes], *_: Any, **__: Any) -> Any:
        assert posted.empty()
        return understand(REPORT)

    monkeypatch.setattr(studio, "find", nowhere)
    monkeypatch.setattr(studio, "wait_for", sent)
    monkeypatch.setattr(studio, "last_words", silent)
    tools.in_studio(tmp_path, told.append, executable=None, port=0, seconds=1, audio=(), only=["json.depth"])
    assert told[-1] == "Report received; waiting up to 45 s for the server to close."
    words = told[1].split(" ")
    assert words[0].endswith("RobloxStudioBeta.exe")
    assert words[1:3] == ["--task", "RunScript"]
    assert all(Path(words[words.index(name) + 1]).is_file() for name in ("--localPlaceFile", "--runScriptFile"))


@pytest.mark.parametrize(
    ("program", "platform", "line"),
    [
        ("C:\\Users\\Jörg\\a.exe", "win32", "C:\\Users\\Jörg\\a.exe --task"),
        (
            "C:\\Users\\Jörg M\\a.exe",
            "win32",
            '"C:\\Users\\Jörg M\\a.exe" --task\nIn PowerShell write & and a blank before it.',
        ),
        ("/My $Apps/Studio", "darwin", "'/My $Apps/Studio' --task"),
    ],
)
def test_a_command_is_printed_as_it_is_typed(program: str, platform: str, line: str) -> None:
    assert studio.typed([program, "--task"], platform) == line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Studio was not found where its installer puts it"),
        (["--studio", "."], "--studio: . is a folder; name the program, such as "),
        (["--studio", "none"], "--studio: there is no none, such as "),
        (["--folder", __file__], "is a file; name a folder"),
    ],
)
def test_what_studio_needs_is_told_at_once(words: list[str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "has_studio", lambda: False)
    monkeypatch.setattr(tools, "in_studio", None)
    result = CliRunner().invoke(app, ["probe", "studio", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.thorough
def test_a_port_that_is_taken_and_what_is_no_program_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "studio"
    program.write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words = ["probe", "studio", "--studio", str(program), "--only", "json.depth"]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, "cannot be started" in result.stderr) == (2, True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(app, [*words, "--port", port])
    assert (result.exit_code, f"--port: another program has {port}" in result.stderr) == (2, True)


@pytest.mark.thorough
def test_the_host_is_gone_afterwards() -> None:
    with hosting() as host:
        address = host.address
        assert httpx.get(f"{address}/probe/status/204", trust_env=False).status_code == 204
        # The mocked API is beside it.
        assert httpx.get(f"{address}/_mock", trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/probe/echo", trust_env=False)
