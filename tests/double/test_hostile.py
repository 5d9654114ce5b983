"""Whatever a script does ends in errors of Luau: no exception of Python's, and no VM that is of no further use."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roblox_double import HttpxBridge, LuauError, LuauTimeout, Opaque, Peer, Secret, Universe, double
from roblox_double.vm import DEEPEST
from support.sampling import examples

CLASSES = sorted(path.stem for folder in ("classes", "services") for path in (double.ROOT / folder).glob("*.luau"))
LIBRARIES = {
    "task": "spawn defer delay wait cancel synchronize desynchronize",
    "coroutine": "create wrap resume yield close status isyieldable running",
    "Instance": "new fromExisting",
    "Random": "new",
    "Random.new(1)": "NextInteger NextNumber NextUnitVector Shuffle Clone",
    "TweenInfo": "new",
    "Color3": "new fromRGB fromHSV fromHex",
    "Vector2": "new one zero",
    "UDim": "new",
    "UDim2": "new fromScale fromOffset",
    "NumberRange": "new",
    "DateTime": "now fromUnixTimestamp fromUnixTimestampMillis fromUniversalTime fromLocalTime fromIsoDate",
    "DateTime.now()": "ToIsoDate ToUniversalTime ToLocalTime FormatUniversalTime",
    "_G": "wait delay spawn require print warn error tick time elapsedTime setmetatable tostring typeof loadstring",
    "os": "time date clock difftime",
    "string": "rep format pack unpack split sub byte char gsub find",
    "table": "create concat insert move unpack sort clone freeze",
    "buffer": "create fromstring readf64 writestring",
    "debug": "info traceback",
}
VALUES = re.split(
    r"\s+",
    r"""
nil true 0 -1 0.5 0/0 1/0 -1/0 1e308 -1e308 2^53+1 -2^63 1e-308
'' 'Volume' 'x' '\255\0\27' '9223372036854775808' string.rep('x',1e5) string.rep('9',5000) '../x' 'rbxassetid://1'
{} {1,{2,{}}} {Volume=0/0} {[{}]=1} {Url='https://x.test/\255',Headers={a='\255'}} cycle deep odd bad
print error function()return(error)(odd)end function()return(error)(bad)end function()task.wait(0/0)end
made game workspace script game.Players newproxy() coroutine.running() coroutine.create(error) function()return(bad)end
Enum Enum.KeyCode Enum.EasingStyle.Linear vector.create(0/0,1/0,-1) buffer.create(3) Vector2.new(0/0,1/0)
UDim2.new(0/0,1/0,-1,1e308) Color3.new(0/0,1/0,-1) NumberRange.new(0/0) TweenInfo.new(0/0,0,0,1/0,true,-1)
game.Changed DateTime.now() Random.new(0/0)
""".strip(),
)
AWAY = {"location": "https://xn--/"}
PRELUDE = """
local http = game:GetService("HttpService")
local cycle = {}; cycle.self = cycle; cycle[cycle] = cycle
local deep = {}; for _ = 1, 5000 do deep = { deep } end
local bad = newproxy(true); getmetatable(bad).__tostring = function() error(cycle) end
local odd = setmetatable({}, { __tostring = function() return coroutine.yield() end, __index = error, __len = error })
local made = Instance.new("Sound"); made.SoundId = "rbxassetid://1"; made.Parent = workspace; made:Play()
local function object(name)
    local ok, found = pcall(Instance.new, name)
    if ok then found.Parent = workspace; return found end
    ok, found = pcall(game.GetService, game, name)
    return if ok then found else made
end
local function try(run) task.spawn(function() print(select(2, pcall(run))) end) end
"""


URLS = re.split(
    r"\s+",
    r"""
https:// https://[::1 https://[::1]:80/ https://a:99999999/ https://a:b/ https://a..b/ https://xn--/ https://@/ https://*/
https://1.2.3.4.5/ https://999.1/ HTTPS://X.TEST https://x.test:0/ https://x.test:-1/ https://x/%zz https://x/\255 //x
https://\u{202e}x/ https://\u{df}.test/ https://x\0.test/ https://x\n/ https://x.test/?\255#\0 x://y file:///etc/passwd
https://LONG/ https://x.test/LONG https://LONG:LONG@x.test/ https://x.test\\y https://[v1.a]/ https://x.test/\237\160\128
""".strip().replace("LONG", "a" * 300),
)
HEADERS = r"""
{ a = '\255' }
{ ['\255'] = 'a' }
{ [''] = 'a' }
{ ['a b'] = 'c' }
{ ['a:'] = 'b' }
{ a = '\0' }
{ a = 'x\ny' }
{ a = 'x\r\nb: c' }
{ Host = '\255' }
{ ['Content-Length'] = '-1' }
{ ['Transfer-Encoding'] = 'chunked' }
{ ['Content-Encoding'] = 'gzip' }
{ a = string.rep('x', 1e6) }
{ a = 0/0 }
{ a = {} }
{ 'a' }
0/0
{ a = http:GetSecret('odd') }
""".strip().splitlines()


def members() -> dict[str, str]:
    """Return the names of what the engine's classes have, by class, as far as the double has the class."""
    text = (double.ROOT / "reference/classes.luau").read_text(encoding="utf-8")
    lines = re.findall(r'^\t(\w+) = "\S+ ?([^"]*)",$', text, re.MULTILINE)
    listed = {name: " ".join(re.findall(r"\b(\w+)(?:[:@&?]|\(\))\S*", words)) for name, words in lines}
    shared = f"{listed.get('Instance', '')} {listed.get('Object', '')}"
    return {name: f"{listed.get(name, '')} {shared}".strip() for name in CLASSES}


MEMBERS = members()
value = st.sampled_from(VALUES)


@st.composite
def requests(draw: st.DrawFn) -> str:
    url, headers = draw(st.sampled_from(URLS)), draw(st.sampled_from(HEADERS))
    body, limit = draw(value), draw(value)
    return draw(
        st.sampled_from(
            [
                f"try(function() return http:GetAsync('{url}', false, {headers}) end)",
                f"try(function() return http:PostAsync('{url}', {body}, nil, true, {headers}) end)",
                f"try(function() return http:RequestAsync({{ Url = '{url}', Method = 'POST', Headers = {headers}, "
                f"Body = {body}, Timeout = {limit} }}).Body end)",
            ]
        )
    )


@st.composite
def deeds(draw: st.DrawFn) -> str:
    arguments = ", ".join(draw(st.lists(value, max_size=4)))
    if draw(st.booleans()):
        library = draw(st.sampled_from(sorted(LIBRARIES)))
        name = draw(st.sampled_from(LIBRARIES[library].split()))
        if library == "_G":
            return f"try(function() return {name}({arguments}) end)"
        mark = ":" if "(" in library else "."
        return f"try(function() return {library}{mark}{name}({arguments}) end)"
    class_name = draw(st.sampled_from(sorted(MEMBERS)))
    on = f'(object("{class_name}") :: any)'
    name = draw(st.sampled_from(MEMBERS[class_name].split()))
    return draw(
        st.sampled_from(
            [
                f"try(function() return {on}:{name}({arguments}) end)",
                f"try(function() {on}.{name} = {draw(value)} end)",
                f"try(function() local on = {on}; on.{name} = {draw(value)}; on:Play(); on.{name} = {draw(value)} end)",
                f"try(function() return {on}.{name}:Connect({draw(value)}) end)",
                f"try(function() return {on}[{draw(value)}] end)",
            ]
        )
    )


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers=[(b"a", b"\xff\0"), (b"a", b"")], content=request.content or b"\xff")


@given(st.lists(st.one_of(deeds(), deeds(), deeds(), requests()), min_size=10, max_size=20))
@examples(60)
def test_nothing_that_scripts_do_is_a_fault_of_the_double(done: list[str]) -> None:
    bridge = HttpxBridge(httpx.Client(transport=httpx.MockTransport(echo)))
    with Universe(bridge=bridge, secrets={"odd": Secret("\r\n\xff\0")}) as universe:
        server, client = universe.server(), universe.client()
        universe.advance(1)
        for peer, place in ((server, "ServerScriptService"), (client, "Players.Player1.PlayerScripts")):
            peer.spawn(PRELUDE + "\n".join(done), parent=place)
        universe.advance(2)
        assert server.run("return 1") == [1]


# What ends in an error of Luau's own, with what it says.
ERRORS = {
    "local t = {} t.t = t game:GetService('HttpService'):JSONEncode(t)": "tables cannot be cyclic",
    "local function f() return f() + 1 end f()": "stack overflow",
    "error({})": "table: 0x",
    "error(nil)": "nil",
    "error(setmetatable({}, { __tostring = function() error('x') end }))": "no output from Lua",
    "error(setmetatable({}, { __tostring = function() coroutine.yield() end }))": "no output from Lua",
    "workspace.Parent = workspace": "The Parent property of Workspace is locked",
    "game.PlaceId = 5": "read only",
    "workspace:SetAttribute('a', {})": "not a supported attribute type",
    "workspace:SetAttribute('a', workspace)": "not a supported attribute type",
    "workspace:SetAttribute('a', Ray.new())": "Ray is not a supported attribute type",
    "Instance.new('Sound').Volume = {}": "Unable to assign property Volume",
}


@pytest.mark.parametrize("source", list(ERRORS))
def test_an_error_of_a_script_is_one_of_luau(server: Peer, source: str) -> None:
    with pytest.raises(LuauError, match=re.escape(ERRORS[source])):
        server.run(source)
    assert server.run("return 1") == [1]


# Times that never come, and times that are none.
TIMES = ("0/0", "1/0", "-1/0", "1e308", "-1e308", "2^53", "-1")
SLEEPERS = (
    "task.delay(TIME, print, 'came')",
    "task.spawn(function() task.wait(TIME) print('came') end)",
    "delay(TIME, function() print('came') end)",
    "spawn(function() wait(TIME) print('came') end)",
    "task.spawn(function() workspace:WaitForChild('none', TIME) print('came') end)",
    "local part = Instance.new('Folder', workspace) part.Destroying:Connect(function() print('came') end) "
    "game:GetService('Debris'):AddItem(part, TIME)",
    "local info, goal = TweenInfo.new(TIME), { Volume = 0/0 } "
    "local tween = game:GetService('TweenService'):Create(Instance.new('Sound'), info, goal) "
    "tween.Completed:Connect(function() print('came') end) tween:Play()",
)


@pytest.mark.parametrize("sleeper", SLEEPERS)
def test_time_that_is_none_passes_at_once_and_the_end_of_time_never_comes(either: Peer, sleeper: str) -> None:
    for time in TIMES:
        either.output.clear()
        either.spawn(sleeper.replace("TIME", f"({time})"))
        either.run("task.wait(1)")
        never = time in ("1/0", "1e308", "2^53")
        assert [line.text for line in either.output if line.kind == "print"] == ([] if never else ["came"]), time


@pytest.mark.parametrize("member", ["TimePosition", "PlaybackSpeed", "Volume"])
@pytest.mark.parametrize("number", TIMES)
def test_a_sound_takes_any_number(either: Peer, member: str, number: str) -> None:
    values = either.run(f"""
        local sound = Instance.new("Sound")
        sound.SoundId = "rbxassetid://1"
        sound.Parent = workspace
        sound.Looped = true
        sound:Play()
        task.wait(1)
        sound.{member} = {number}
        task.wait(2)
        sound.{member} = 1
        task.wait(1)
        return sound.{member} == sound.{member}, sound.IsPlaying
    """)
    assert values == [True, True]


def test_values_that_python_does_not_have_come_out_as_what_they_are(server: Peer) -> None:
    values = server.run("""
        local bad = newproxy(true)
        getmetatable(bad).__tostring = function() error("x") end
        local cycle = {}
        cycle[cycle] = cycle
        local deep = {}
        for _ = 1, 10000 do
            deep = { deep }
        end
        return bad, cycle, deep, setmetatable({}, { __tostring = error, __index = error, __iter = error })
    """)
    assert values[0] == Opaque("userdata", "userdata")
    (pair,) = dict(values[1]).items()  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert [isinstance(part, Opaque) for part in pair] == [True, True]
    depth, inner = 0, values[2]
    while isinstance(inner, list):
        depth, inner = depth + 1, inner[0]
    assert depth == DEEPEST
    assert isinstance(inner, Opaque)
    assert values[3] == []


def test_what_never_ends_is_stopped() -> None:
    for source in (
        "while true do end",
        "local odd = newproxy(true) getmetatable(odd).__tostring = function() while true do end end return odd",
        "error(setmetatable({}, { __tostring = function() while true do end end }))",
    ):
        with Universe(time_limit=0.2) as universe, pytest.raises(LuauTimeout, match="without giving control back"):
            universe.server().run(source)


def test_a_host_that_cannot_be_is_no_url() -> None:
    bridge = HttpxBridge(httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(302, headers=AWAY))))
    with Universe(bridge=bridge, secrets={"key": Secret("x", "x.test")}) as universe:
        server = universe.server()
        for url in ("https://xn--/", "https://xn--a/", f"https://{'a' * 300}/", "https://x.test/"):
            sent = f"pcall(http.GetAsync, http, '{url}', false, {{ key = http:GetSecret('key') }})"
            ok, said = server.run(f"local http = game:GetService('HttpService') return {sent}")
            assert not ok
            assert isinstance(said, str)
