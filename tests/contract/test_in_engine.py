"""`audioscape check --engine cloud`, with a stand-in of Open Cloud that runs things in the simulated engine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from typer.testing import CliRunner, Result

from audioscape_luau import resources
from audioscape_luau.cli import app
from audioscape_luau.contract.in_engine import SECRET
from audioscape_luau.mock import DEMO_KEY, Catalogue, MockApi
from audioscape_luau.openapi import ApiModel, load
from roblox_double import HttpxBridge, ScriptTree, Secret, Universe
from roblox_double.project.model_file import load_model

ECHO = "https://mock.example.com"
CLOUD = "https://apis.roblox.com/cloud/v2"
TASK = "universes/11/places/22/luau-execution-sessions/s/tasks/t"
ENVIRONMENT = {"ROBLOX_API_KEY": "rbx-0123456789", "ROBLOX_UNIVERSE_ID": "11", "ROBLOX_PLACE_ID": "22"}


@pytest.fixture(scope="module")
def model() -> ApiModel:
    return load(resources.spec_file())


def unchanged(reply: httpx.Response) -> httpx.Response:
    return reply


def html(_: httpx.Response) -> httpx.Response:
    return httpx.Response(200, content=b"<html>")


def run_there(
    script: str, data: bytes, web: Callable[[httpx.Request], httpx.Response], *, have_secret: bool = True
) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.rbxm")
        file.write_bytes(data)
        (root,) = load_model(file)
    code = f"return {{ DeserializeInstancesAsync = function() return {{ game.ServerStorage.{root.name} }} end }}"
    service = ScriptTree("SerializationService", "ModuleScript", code)
    bridge = HttpxBridge(httpx.Client(transport=httpx.MockTransport(web)))
    secrets = {SECRET: Secret(DEMO_KEY, "api.audioscape.ai")} if have_secret else {}
    with Universe(bridge=bridge, secrets=secrets) as universe:
        server = universe.server()
        server.mount(root, "ServerStorage")
        server.stand_in(ScriptTree("Services", "Folder", children=(service,)))
        (text,) = server.run(script, {"BinaryInput": "a buffer"})
    return str(text)


@pytest.fixture
def check(model: ApiModel) -> Generator[Callable[..., Result]]:
    """Run the command; `change` is what goes wrong with the API's replies."""
    api = MockApi(model, Catalogue.generate(size=10, seed=0), seconds=0, check_replies=False, plays={})
    change = unchanged
    uploaded: list[bytes] = []
    results: list[Any] = []
    answer: Any = ...
    have_secret = True

    def web(request: httpx.Request) -> httpx.Response:
        host = httpx.URL(model.server_url).host
        extensions = {"target": request.url.raw_path}
        asked = httpx.Request(
            request.method,
            request.url.copy_with(host=host),
            headers=request.headers,
            content=request.content,
            extensions=extensions,
        )
        return change(api.respond(asked))

    def upload(request: httpx.Request) -> httpx.Response:
        uploaded.append(request.content)
        return httpx.Response(200)

    def create(request: httpx.Request) -> httpx.Response:
        if answer is ...:
            script = json.loads(request.content)["script"]
            results[:] = [run_there(script, uploaded[-1], web, have_secret=have_secret)]
        else:
            results[:] = [answer]
        output = {"results": list(results)}
        return httpx.Response(200, json={"path": TASK, "state": "COMPLETE", "output": output})

    def run(
        *words: str,
        replies: Callable[[httpx.Response], httpx.Response] | None = None,
        returned: Any = ...,
        secret: bool = True,
    ) -> Result:
        nonlocal change, answer, have_secret
        answer, have_secret = returned, secret
        change = replies or unchanged
        return CliRunner().invoke(app, ["check", "--engine", "cloud", *words], env=ENVIRONMENT)

    with respx.MockRouter(assert_all_called=False) as router:
        router.post(f"{CLOUD}/universes/11/luau-execution-session-task-binary-inputs").respond(
            json={
                "path": "universes/11/luau-execution-session-task-binary-inputs/i",
                "uploadUri": "https://up.example/",
            }
        )
        router.put("https://up.example/").mock(side_effect=upload)
        router.post(f"{CLOUD}/universes/11/places/22/luau-execution-session-tasks").mock(side_effect=create)
        router.get(f"{CLOUD}/{TASK}/logs").respond(json={"luauExecutionSessionTaskLogs": []})
        yield run


def test_the_client_works_there(check: Callable[..., Result], model: ApiModel) -> None:
    result = check("--echo", f"{ECHO}/")
    assert result.exit_code == 0, result.output
    operations = len(model.operations)
    called = int(result.stdout.split()[0])
    assert called >= operations > 10


@pytest.mark.thorough
def test_against_the_api_only_what_reads_is_called(check: Callable[..., Result], model: ApiModel) -> None:
    result = check("--live")
    assert result.exit_code == 0, result.output
    reading = sum(operation.method == "GET" for operation in model.operations)
    assert int(result.stdout.split()[0]) >= reading
    assert check("--live", "--case", "events/*").exit_code == 2


@pytest.mark.thorough
def test_a_reply_that_is_not_understood_is_told(check: Callable[..., Result]) -> None:
    result = check("--echo", ECHO, "--case", "similar/*", replies=html)
    assert result.exit_code == 1
    assert "similar analysed: reply-understood: a usable reply became an error" in result.stdout


def test_what_says_nothing_about_the_client_is_no_result(check: Callable[..., Result]) -> None:
    def gone(_: httpx.Response) -> httpx.Response:
        raise httpx.ConnectError("refused")

    def refused(_: httpx.Response) -> httpx.Response:
        return httpx.Response(401, json={"error": "no such key"})

    words = ("--case", "similar/*")
    for result, said in (
        (check("--echo", ECHO, *words, replies=gone), f"the place cannot ask {ECHO}: AudioScape similar: could not"),
        (
            check("--live", *words, replies=refused),
            "the place cannot ask the API: AudioScape similar: the API rejected",
        ),
        (check("--live", *words, secret=False), f"the place cannot use the secret {SECRET}: Can't find secret"),
    ):
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
    # A mock knows the key that the client was given.
    assert check("--echo", ECHO, *words, replies=refused).exit_code == 1


def test_a_field_that_changes_is_told(check: Callable[..., Result]) -> None:
    def changed(reply: httpx.Response) -> httpx.Response:
        body: Any = json.loads(reply.content)
        body["tracks"][0]["name"] = "Another"
        return httpx.Response(200, json=body)

    result = check("--echo", ECHO, "--case", "similar/analysed", replies=changed)
    assert result.exit_code == 1
    assert "tracks[1].name is 'Another'" in result.stdout


@pytest.mark.thorough
def test_a_module_that_does_not_load_is_told(check: Callable[..., Result], tmp_path: Path) -> None:
    module = tmp_path / "AudioScapeClient"
    module.mkdir()
    (module / "init.luau").write_text("error('no')", encoding="utf-8")
    result = check("--echo", ECHO, "--module", str(module))
    assert result.exit_code == 1
    assert "loads: " in result.stdout


@pytest.mark.parametrize("result", ['"x"', "{}", "5"])
def test_what_no_reply_becomes_is_told_of_the_api_too(check: Callable[..., Result], result: str) -> None:
    rows = f'{{"rows": [{{"hasResult": true, "result": {result}}}]}}'
    told = check("--live", "--case", "similar/analysed", returned=rows)
    assert told.exit_code == 1
    assert "similar analysed: reply-understood: a result that no reply becomes" in told.stdout


@pytest.mark.parametrize("returned", [None, "nothing", "[]", '{"rows": []}', '{"rows": [5]}', '{"problem": 5}'])
def test_what_is_no_result_is_told(check: Callable[..., Result], returned: str | None) -> None:
    result = check("--echo", ECHO, "--case", "similar/analysed", returned=returned)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the task returned" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needs --echo URL"),
        (("--echo", "http://mock.example.com"), "takes an https:// address"),
        (("--echo", f"{ECHO}/?a=1"), "takes an https:// address"),
        (("--echo", "https://a]"), "--echo takes an https:// address"),
        (("--echo", ECHO, "--live"), "give --echo or --live, not both"),
        (("--echo", ECHO, "--phase", "fuzz"), "calls the examples"),
        (("--echo", ECHO, "--case", "nothing"), "nothing to call"),
        (("--live", "--asset", "a"), "calls the examples"),
    ],
)
def test_what_cannot_be_asked_for(check: Callable[..., Result], words: tuple[str, ...], said: str) -> None:
    result = check(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.split())


def odd(operation: str, code: str) -> str:
    return f"{operation} = function(self) {code} end,"


def test_calls_whose_results_cannot_be_carried_are_broken_and_the_others_are_told(
    check: Callable[..., Result], tmp_path: Path
) -> None:
    module = tmp_path / "AudioScapeClient"
    module.mkdir()
    methods = (
        odd("similar", "return nil, true"),
        odd("browseItems", "error(setmetatable({}, { __tostring = function() error('no') end }))"),
        odd("browseTracks", "local t = {} t.t = t return t"),
        odd("trending", "return { tracks = { 0 / 0 } }"),
        odd("sfxSimilar", "coroutine.yield()"),
        odd("sfxBrowse", "return '\\255'"),
        odd("sfxTaxonomy", "return nil, { kind = 'server_error', status = 500 }"),
    )
    code = f"return {{ new = function() return {{ {' '.join(methods)} }} end }}"
    (module / "init.luau").write_text(code, encoding="utf-8")
    result = check("--live", "--module", str(module))
    assert result.exit_code == 1, result.output
    for line in (
        "similar analysed: reply-understood: a usable reply became an error: true",
        "never-throws: a table that has no text",
        "the result is a cycle, or too deep",
        "the result has nan",
        "ends-in-time: it was still running",
        "sfxBrowse",
        "playlist",
        "sfxTaxonomy",
    ):
        assert line in result.stdout, line
    assert "1 not judged." in result.stdout
    (module / "init.luau").write_text("return { new = function() coroutine.yield() end }", encoding="utf-8")
    assert "loads: it does not return" in check("--live", "--module", str(module)).stdout


@pytest.mark.parametrize(
    ("operation", "row", "code", "said"),
    [
        ("trending", {"err": "429", "kind": "rate_limited"}, 2, "told nothing about the client: 429"),
        ("trending", {"err": "no", "kind": "unauthorized", "status": 403}, 2, "cannot ask the API: no"),
        ("trending", {"late": True}, 2, "there was no time left"),
        ("similar", {"err": "404", "kind": "not_found"}, 2, "told nothing about the client: 404"),
        ("trending", {"err": "404", "kind": "not_found"}, 1, "wrong-operation: the API has nothing there: 404"),
        ("trending", {"err": "429", "kind": "rate_limited", "hasResult": True}, 1, "one-of-two"),
    ],
)
def test_the_trouble_of_the_api_is_not_the_clients(
    check: Callable[..., Result], model: ApiModel, operation: str, row: dict[str, Any], code: int, said: str
) -> None:
    good = [one for one in model.operation(operation).examples if one.status == 200 and not one.breaks]
    rows = json.dumps({"rows": [row] * len(good or [0])})
    told = check("--live", "--case", f"{operation}/*", returned=rows)
    assert told.exit_code == code, told.output
    assert said in told.output
