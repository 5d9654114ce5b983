"""The client of Open Cloud's Luau execution, against exchanges as its published description has them."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from typer.testing import CliRunner

from audioscape_luau.cli import app
from audioscape_luau.tools import probe as tools
from roblox_double import HttpxBridge, ScriptTree, Universe
from roblox_double.facts import load_facts
from roblox_double.probe import run
from roblox_double.probe.cloud import model, probe
from roblox_double.probe.compare import compare
from roblox_double.probe.open_cloud import KEY, PLACE, UNIVERSE, URL, Access, CloudError, OpenCloud
from roblox_double.probe.report import read
from roblox_double.probe.studio import BEGIN, END, PIECE
from roblox_double.project.model_file import load_model

API_KEY = "rbx-0123456789/abc+def=="
ENVIRONMENT = {KEY: API_KEY, UNIVERSE: "11", PLACE: "22"}
CREATE = "https://apis.roblox.com/cloud/v2/universes/11/places/22/luau-execution-session-tasks"
INPUTS = "https://apis.roblox.com/cloud/v2/universes/11/luau-execution-session-task-binary-inputs"
TASK = "universes/11/places/22/versions/7/luau-execution-sessions/s-1/tasks/t-1"
POLL = f"https://apis.roblox.com/cloud/v2/{TASK}"
UPLOAD = "https://storage.example.com/upload?token=xyz"
INPUT = "universes/11/luau-execution-session-task-binary-inputs/i-1"


def state(name: str | None, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"path": TASK, "state": name, "timeout": "300s", **more})


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list[float])
    told: list[str] = field(default_factory=list[str])

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class StandIn:
    """Open Cloud, with routes that a test may change."""

    router: respx.MockRouter
    time: Time
    create: respx.Route
    poll: respx.Route
    logs: respx.Route
    inputs: respx.Route
    upload: respx.Route

    def run(self, data: bytes | None = None, seconds: int = 300) -> Any:
        access = Access.of(ENVIRONMENT)
        with OpenCloud(access, sleep=self.time.sleep, clock=lambda: self.time.now, told=self.time.told.append) as cloud:
            return cloud.run("return 1", data, seconds=seconds)

    def fails(self, message: str, data: bytes | None = None) -> CloudError:
        with pytest.raises(CloudError, match=message) as raised:
            self.run(data)
        assert API_KEY not in str(raised.value)
        return raised.value


@pytest.fixture
def cloud() -> Generator[StandIn]:
    with respx.MockRouter(assert_all_called=False) as router:
        yield StandIn(
            router,
            Time(),
            router.post(CREATE).mock(return_value=state("QUEUED")),
            router.get(POLL).mock(
                side_effect=[state("QUEUED"), state("PROCESSING"), state("COMPLETE", output={"results": [1, None]})]
            ),
            router.get(f"{POLL}/logs", params={"view": "FLAT"}).respond(
                json={"luauExecutionSessionTaskLogs": [{"path": f"{TASK}/logs/1", "messages": ["hello", "there"]}]}
            ),
            router.post(INPUTS).respond(json={"path": INPUT, "size": 3, "uploadUri": UPLOAD}),
            router.put(UPLOAD).respond(200),
        )


def test_a_script_runs_and_returns(cloud: StandIn) -> None:
    done = cloud.run(b"abc", seconds=120)
    assert (done.results, done.logs) == ((1, None), ("hello", "there"))
    assert json.loads(cloud.inputs.calls.last.request.content) == {"size": 3}
    assert cloud.upload.calls.last.request.content == b"abc"
    # The key goes to Open Cloud, and nowhere else.
    assert "x-api-key" not in cloud.upload.calls.last.request.headers
    assert cloud.create.calls.last.request.headers["x-api-key"] == API_KEY
    sent = json.loads(cloud.create.calls.last.request.content)
    assert sent == {"script": "return 1", "timeout": "120s", "binaryInput": INPUT}
    assert cloud.time.told == ["task t-1", "queued", "processing", "complete"]


def test_logs_come_in_pages(cloud: StandIn) -> None:
    def page(request: httpx.Request) -> httpx.Response:
        token = request.url.params.get("pageToken")
        part = {"messages": [f"page {token}", f"key {API_KEY}"]}
        return httpx.Response(
            200, json={"luauExecutionSessionTaskLogs": [part], "nextPageToken": "" if token else "next"}
        )

    cloud.logs.mock(side_effect=page)
    assert cloud.run().logs == ("page None", "key <key>", "page next", "key <key>")


def refused(headers: dict[str, str]) -> list[httpx.Response]:
    return [httpx.Response(429, headers=headers, json={"message": "Too many requests"}), state("QUEUED")]


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"retry-after": "7"}, 8.0),
        ({"x-ratelimit-reset": "3, 41"}, 42.0),
        ({}, 2.0),
        # Neither a date nor a time since 1970 is a number of seconds.
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "x-ratelimit-reset": "1793488080"}, 2.0),
    ],
)
def test_a_rate_limit_is_waited_for(cloud: StandIn, headers: dict[str, str], pause: float) -> None:
    cloud.create.mock(side_effect=refused(headers))
    assert cloud.run().results == (1, None)
    assert cloud.time.slept[0] == pause
    assert cloud.create.call_count == 2


def test_a_rate_limit_that_does_not_end_is_given_up(cloud: StandIn) -> None:
    cloud.create.mock(return_value=httpx.Response(429, json={"message": f"limit of {API_KEY}"}))
    cloud.fails("a rate limit of Open Cloud stands in the way: limit of <key>")
    assert cloud.time.now <= 180
    cloud.create.mock(return_value=httpx.Response(429, headers={"retry-after": "3600"}))
    cloud.fails("a rate limit of Open Cloud")


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, {"message": "Invalid API Key"}, r"does not know the key in ROBLOX_API_KEY \(Invalid API Key\)"),
        (403, {"code": "PERMISSION_DENIED"}, r"needs universe\.place\.luau-execution-session:write.*PERMISSION_DENIED"),
        (404, {}, "look at ROBLOX_UNIVERSE_ID and ROBLOX_PLACE_ID"),
        (403, {"errors": [{"code": 0, "message": "No scope"}]}, r"needs universe\.place.*\(No scope\)"),
        (403, {"errors": ["x"]}, r"\(403 Forbidden\)"),
        (400, {"message": f"bad {API_KEY}"}, r"answered 400 \(bad <key>\)"),
        (503, {}, r"answered 503.*If a task has begun, it ends by itself"),
    ],
)
def test_a_task_that_may_not_begin(cloud: StandIn, status: int, body: Any, message: str) -> None:
    cloud.create.mock(return_value=httpx.Response(status, json=body))
    cloud.fails(message)
    # Nobody knows whether a second one would be another task.
    assert cloud.create.call_count == 1
    assert cloud.poll.call_count == 0


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (state("CANCELLED"), "the task was cancelled"),
        (state("FAILED", error={"code": "SCRIPT_ERROR", "message": "x:1: no"}), "the script failed: x:1: no"),
        (state("FAILED", error={"code": "DEADLINE_EXCEEDED"}), "it ran longer than it may"),
        (state("FAILED", error={"code": "OUTPUT_SIZE_LIMIT_EXCEEDED"}), "it returned more than 4 MB"),
        (state("FAILED", error={"code": "INTERNAL_ERROR", "message": API_KEY}), "Open Cloud itself failed.*: <key>"),
        (state("FAILED"), "no reason given"),
        (state("FAILED", error={"code": None, "message": None}), "no reason given$"),
        (state("FAILED", error={"code": "SCRIPT_ERROR", "message": f"{'x' * 280}{API_KEY}"}), "failed: x+<"),
    ],
)
def test_a_task_that_ends_badly(cloud: StandIn, end: httpx.Response, message: str) -> None:
    cloud.poll.mock(side_effect=[state("PROCESSING"), end])
    assert cloud.fails(message).logs == ("hello", "there")


def test_without_logs_a_result_is_one_nevertheless(cloud: StandIn) -> None:
    cloud.logs.mock(return_value=httpx.Response(403, json={"message": API_KEY}))
    done = cloud.run()
    assert (done.results, done.logs) == ((1, None), ())
    assert cloud.time.told[-1].startswith("no logs: the key in ROBLOX_API_KEY has no right")
    cloud.poll.mock(return_value=state("FAILED", error={"code": "SCRIPT_ERROR", "message": "x:1: no"}))
    cloud.fails("the script failed: x:1: no")


@pytest.mark.parametrize("seen", [["QUEUED", "PROCESSING"], ["PROCESSING", None, "PAUSED"]])
def test_a_task_that_never_makes_up_its_mind_is_given_up(cloud: StandIn, seen: list[Any]) -> None:
    cloud.poll.mock(side_effect=map(state, itertools.cycle(seen)))
    cloud.fails("the task goes on; given up")
    assert cloud.time.now <= 370


def test_the_key_is_in_nothing_that_is_told(cloud: StandIn) -> None:
    end = state("COMPLETE", output={"results": [f"a {API_KEY}", None]})
    cloud.poll.mock(side_effect=[state(API_KEY), end])
    assert cloud.run().results == ("a <key>", None)
    cloud.poll.mock(return_value=state("COMPLETE", output={"results": [API_KEY.replace("/", r"\/")]}))
    assert cloud.run().results == ("<key>",)
    cloud.time.told[:] = cloud.time.told[:4]
    assert cloud.time.told == ["task t-1", "queued", "<key>", "complete"]
    reason = {"reason_phrase": f"No {API_KEY}".encode()}
    for route in (cloud.create, cloud.upload):
        route.mock(return_value=httpx.Response(403, extensions=reason))
        cloud.fails("403 No <key>", b"abc")
    cloud.create.mock(return_value=httpx.Response(400, json={"message": f"{'x' * 290}{API_KEY}"}))
    cloud.upload.respond(200)
    assert API_KEY[:6] not in str(cloud.fails("answered 400", b"abc"))


@pytest.mark.parametrize(
    ("where", "message", "seconds"),
    [("QUEUED", "is still queued; given up. It ends by itself, at most 300 s", 180), ("PROCESSING", "goes on", 360)],
)
def test_a_task_that_does_not_end_is_given_up(cloud: StandIn, where: str, message: str, seconds: float) -> None:
    cloud.poll.mock(return_value=state(where))
    # What it had printed by then is not lost.
    assert cloud.fails(message).logs == ("hello", "there")
    assert seconds - 1 <= cloud.time.now <= seconds + 10


def test_who_interrupts_a_task_is_told_that_it_goes_on(cloud: StandIn) -> None:
    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    cloud.poll.mock(side_effect=interrupt)
    with pytest.raises(KeyboardInterrupt):
        cloud.run(seconds=120)
    assert cloud.time.told[-1] == "interrupted; the task ends by itself, at most 120 s after it has begun"


def test_faults_on_the_way_are_tried_again_where_that_changes_nothing(cloud: StandIn) -> None:
    last = state("COMPLETE", output={"results": [2]})
    cloud.poll.mock(side_effect=[httpx.ConnectError("reset"), httpx.Response(502), httpx.ReadTimeout("slow"), last])
    assert cloud.run().results == (2,)
    cloud.poll.mock(side_effect=httpx.ConnectError(f"no {API_KEY}"))
    cloud.fails(r"^apis\.roblox\.com cannot be reached \(ConnectError: no <key>\)$")
    # Where nothing was sent, no task can have begun; nor does an upload begin one.
    cloud.create.mock(side_effect=httpx.ConnectError("no route"))
    cloud.fails(r"cannot be reached \(ConnectError: no route\)\. Nothing was sent$")
    cloud.inputs.mock(side_effect=httpx.ReadTimeout("slow"))
    cloud.fails(r"cannot be reached \(ReadTimeout: slow\)$", b"abc")
    cloud.create.mock(side_effect=httpx.ReadTimeout("slow"))
    cloud.fails("If a task has begun, it ends by itself")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "no JSON object"),
        (b"[]", "no JSON object"),
        (b"{}", "no path"),
        (b'{"path": "users/1"}', "not of this"),
        (b'{"path": "universes/11/../1"}', "not of this"),
        (b'{"path": "universes/11/a\\nb"}', "not of this"),
        (b"[" * 100_000, "no JSON object"),
    ],
)
def test_answers_that_are_none(cloud: StandIn, body: bytes, message: str) -> None:
    cloud.create.mock(return_value=httpx.Response(200, content=body))
    cloud.fails(message)


def test_something_else_may_have_answered(cloud: StandIn) -> None:
    cloud.create.mock(return_value=httpx.Response(302, headers={"location": "https://login.example.com"}))
    cloud.fails(r"something else may have answered.*: 302 \(302 Found\)$")


def test_an_upload_that_fails(cloud: StandIn) -> None:
    cloud.upload.mock(return_value=httpx.Response(403))
    cloud.fails("could not be uploaded: 403", b"abc")
    for address, message in (
        ("http://storage.example.com/", "neither https nor on this machine"),
        ("https://[", "that is no address"),
        ("https://a:b/", "InvalidURL"),
    ):
        cloud.inputs.respond(json={"path": INPUT, "uploadUri": address})
        cloud.fails(f"could not be uploaded: .*{message}", b"abc")
    assert cloud.create.call_count == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({KEY: "", PLACE: " "}, "ROBLOX_API_KEY, ROBLOX_PLACE_ID must be set"),
        ({UNIVERSE: "11/places"}, "ROBLOX_UNIVERSE_ID must be a number"),
        ({KEY: "two words"}, "no key"),
        ({URL: "http://example.com"}, "neither https nor"),
    ],
)
def test_what_the_environment_must_have(changes: dict[str, str], message: str) -> None:
    with pytest.raises(CloudError, match=message) as raised:
        Access.of(ENVIRONMENT | changes)
    assert "two words" not in str(raised.value)
    assert API_KEY not in repr(Access.of(ENVIRONMENT))


# The probe, with a stand-in that runs what it is sent


def running(cloud: StandIn, output: list[str] | None = None) -> None:
    """Let the stand-in run the script in the simulated engine, with the model that was uploaded."""
    uploaded: list[bytes] = []
    results: list[Any] = []

    def upload(request: httpx.Request) -> httpx.Response:
        uploaded.append(request.content)
        return httpx.Response(200)

    def create(request: httpx.Request) -> httpx.Response:
        returned, printed = run_there(json.loads(request.content)["script"], uploaded[-1])
        results[:] = [returned]
        (output if output is not None else [])[:] = printed
        return state("QUEUED")

    cloud.upload.mock(side_effect=upload)
    cloud.create.mock(side_effect=create)

    def poll(_: httpx.Request) -> httpx.Response:
        return state("COMPLETE", output={"results": list(results)})

    cloud.poll.mock(side_effect=poll)


def run_there(script: str, data: bytes) -> tuple[str, list[str]]:
    service = "return { DeserializeInstancesAsync = function() return { game.ServerStorage.Probe } end }"
    bridge = HttpxBridge(httpx.Client(transport=httpx.MockTransport(run.web)))
    with Universe(bridge=bridge) as universe:
        server = universe.server(place_id=22, game_id=11)
        server.mount(_loaded_there(data), "ServerStorage")
        stub = ScriptTree("SerializationService", "ModuleScript", service)
        server.stand_in(ScriptTree("Services", "Folder", children=(stub,)))
        (text,) = server.run(script, {"BinaryInput": "a buffer"})
        return str(text), [line.text for line in server.output]


def _loaded(data: bytes) -> ScriptTree:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "Probe.rbxm")
        file.write_bytes(data)
        (root,) = load_model(file)
    return root


_loaded_there = _loaded
"""A test may let the place have something else."""


def test_the_probe_runs_there(cloud: StandIn) -> None:
    running(cloud)
    with OpenCloud(Access.of(ENVIRONMENT), sleep=cloud.time.sleep, clock=lambda: cloud.time.now) as connection:
        report = probe(connection, only=["json.encode.slash", "http.redirects", "instance.wait_for_child"])
    assert (report.place, dict(report.results)["json.encode.slash"]) == ("cloud", False)
    assert cloud.create.call_count == 1
    # It says how long it took; what needs a host is left out.
    assert 6 <= report.seconds <= 8
    assert report.results["instance.wait_for_child"] == ["Late", 1]
    assert report.skipped == {"http.redirects": "needs http"}


@pytest.mark.thorough
def test_nothing_is_contradicted_there(cloud: StandIn) -> None:
    running(cloud)
    with OpenCloud(Access.of(ENVIRONMENT), sleep=cloud.time.sleep, clock=lambda: cloud.time.now) as connection:
        report = probe(connection, echo=run.ECHO)
    findings = compare(report, load_facts())
    assert [finding for finding in findings if finding.verdict not in ("agrees", "told", "left out")] == []


def test_the_request_that_tells_whether_the_host_is_there_is_counted(cloud: StandIn) -> None:
    running(cloud)
    asked = ["http.limit", "http.limit.window"]
    with OpenCloud(Access.of(ENVIRONMENT), sleep=cloud.time.sleep, clock=lambda: cloud.time.now) as connection:
        report = probe(connection, echo=run.ECHO, only=asked)
    assert report.results == {"http.limit": 500, "http.limit.window": "sliding"}


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (False, r"cannot use the host of --echo: HttpError: .*\. Allow HTTP requests"),
        (True, "cannot use the secret ProbeSecret: Can't find secret.*Add it"),
    ],
)
def test_what_the_place_cannot_use_is_told_before_anything_is_asked(cloud: StandIn, secret: bool, said: str) -> None:
    running(cloud)
    asked = ["json.encode.slash", "http.redirects"]
    with OpenCloud(Access.of(ENVIRONMENT), sleep=cloud.time.sleep) as connection, pytest.raises(CloudError, match=said):
        probe(connection, echo=run.ECHO if secret else "https://none.invalid", secret=secret, only=asked)


def test_checks_that_cannot_be_loaded_there_stop_no_others(cloud: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> ScriptTree:
        root = _loaded(data)
        (checks,) = (part for part in root.children if part.name == "checks")
        without = [
            replace(one, source="error('no')") if one.name in ("values", "stores") else one for one in checks.children
        ]
        parts = [replace(checks, children=tuple(without)) if part is checks else part for part in root.children]
        return replace(root, children=tuple(parts))

    running(cloud)
    monkeypatch.setitem(run_there.__globals__, "_loaded_there", broken)
    with OpenCloud(Access.of(ENVIRONMENT), sleep=cloud.time.sleep, clock=lambda: cloud.time.now) as connection:
        report = probe(connection, only=["json.encode.slash", "http.redirects", "datastore.values"])
    assert list(report.results) == ["json.encode.slash"]
    assert report.skipped == {"http.redirects": "needs http", "datastore.values": "the report has nothing of it"}


@pytest.mark.parametrize("returned", ["nothing", "[" * 100_000, None, 5, '{"results": {}}'])
def test_a_task_without_a_report(cloud: StandIn, returned: Any) -> None:
    cloud.poll.mock(return_value=state("COMPLETE", output={"results": [returned]}))
    with OpenCloud(Access.of(ENVIRONMENT), sleep=cloud.time.sleep) as connection, pytest.raises(CloudError) as raised:
        probe(connection, only=["json.encode.slash"])
    assert "returned no report" in str(raised.value)
    assert raised.value.logs == ("hello", "there")


@pytest.mark.parametrize(
    ("more", "key"),
    [
        pytest.param([], API_KEY, id="cut off"),
        pytest.param([BEGIN, f'{PIECE}{{"engine": ', END], API_KEY, id="damaged"),
        pytest.param([], "observed", id="a key that is a word"),
    ],
)
def test_what_a_task_has_found_is_not_lost_with_it(
    cloud: StandIn, more: list[str], key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output: list[str] = []
    running(cloud, output=output)
    why = {"code": "DEADLINE_EXCEEDED", "message": "too long"}
    cloud.poll.mock(return_value=state("FAILED", error=why))
    # It ends while it prints what it has found the second time.

    def logs(_: httpx.Request) -> httpx.Response:
        messages = [*output[: output.index(END) + 2], *more]
        return httpx.Response(200, json={"luauExecutionSessionTaskLogs": [{"messages": messages}]})

    cloud.logs.mock(side_effect=logs)
    monkeypatch.setattr("time.sleep", cloud.time.sleep)
    asked, out = ["json.encode.slash", "metadata.order", "http.redirects"], tmp_path / "report.json"
    words = ["probe", "cloud", "--out", str(out), *(word for fact in asked for word in ("--only", fact))]
    result = CliRunner().invoke(app, words, env=ENVIRONMENT | {KEY: key})
    # That there is only a part of it is no success.
    assert (result.exit_code, PIECE in result.output) == (2, False)
    assert "it ran longer than it may: too long. The report has what was found until then." in result.stderr
    report = read(out)
    assert (report.place, dict(report.results)) == ("cloud", {"json.encode.slash": False})
    assert list(report.skipped) == ["http.redirects", "metadata.order"]
    assert all("too long" in reason for reason in report.skipped.values())


def test_the_model_is_the_same_each_time() -> None:
    assert model() == model()
    assert _loaded(model()).name == "Probe"


def test_the_command_brings_a_report_home(cloud: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running(cloud)
    monkeypatch.setattr("time.sleep", cloud.time.sleep)
    out = tmp_path / "report.json"
    words = ["probe", "cloud", "--only", "json.encode.slash", "--out", str(out)]
    result = CliRunner().invoke(app, words, env=ENVIRONMENT)
    assert result.exit_code == 0, result.output
    assert '"place": "cloud"' in out.read_text(encoding="utf-8")
    assert API_KEY not in result.output + out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("environment", "status", "said"),
    [
        ({KEY: ""}, 200, "ROBLOX_API_KEY must be set"),
        ({}, 403, "has no right to run Luau"),
        ({URL: "https://a:b"}, 200, "Invalid port"),
        # It goes by the proxy of the environment.
        ({"https_proxy": "gopher://a"}, 200, "https_proxy names an unsupported kind of proxy"),
    ],
)
def test_the_command_says_why_it_cannot(
    cloud: StandIn, environment: dict[str, str], status: int, said: str, tmp_path: Path
) -> None:
    cloud.inputs.respond(status, json={"message": f"no {API_KEY}"})
    words = ["probe", "cloud", "--out", str(tmp_path / "report.json")]
    result = CliRunner().invoke(app, words, env=ENVIRONMENT | environment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert API_KEY not in result.stderr
    assert not (tmp_path / "report.json").exists()


def test_not_even_a_fault_of_ours_shows_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"no {API_KEY}")

    monkeypatch.setattr(tools, "in_cloud", broken)
    result = CliRunner().invoke(app, ["--traceback", "probe", "cloud"], env=ENVIRONMENT)
    assert result.exit_code == 2
    assert "RuntimeError" in result.stderr
    assert API_KEY not in result.stderr
