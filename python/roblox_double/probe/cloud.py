"""The probe in the real engine, by Open Cloud: the checks go in as a model, the report comes out as a value."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from roblox_double.probe import ROOM, checks, tree
from roblox_double.probe.open_cloud import CloudError, OpenCloud
from roblox_double.probe.report import Report, ReportError, understand
from roblox_double.probe.run import AUDIO
from roblox_double.probe.studio import BEGIN, END, PRINTING, printed
from roblox_double.project.model_file import write_model

OFFERS = ("audio", "published", "vectors")
"""What a task has without anybody's help: neither players nor scripts that start by themselves."""
SECONDS = 200
"""Seconds for the checks: four minutes less what a task takes to start."""
_LACKS = {
    "echo": ("the host of --echo", "Allow HTTP requests in the experience's settings, and look whether the host runs"),
    "secret": ("the secret ProbeSecret", "Add it in the Creator Dashboard, or leave out --secret"),
}
"""What a place may turn out not to have, and what to do about it."""
_QUOTES = "=" * 9
_SCRIPT = """
local HttpService = game:GetService("HttpService") :: any
local order = HttpService:JSONDecode([{quotes}[{order}]{quotes}])
local input = ({{ ... }})[1].BinaryInput
local module = game:GetService("SerializationService"):DeserializeInstancesAsync(input)[1]
module.Parent = game:GetService("{room}")
local offers = {{}}
for _, name in order.offers do
	offers[name] = true
end
local sentAt = nil
if offers.http then
	sentAt = os.clock()
	local ok, reply = pcall(HttpService.RequestAsync, HttpService, {{ Url = order.echo .. "/probe/echo" }})
	if not ok or reply.StatusCode ~= 200 then
		local why = if ok then "it answers " .. reply.StatusCode else tostring(reply)
		return HttpService:JSONEncode({{ lacks = "echo", why = why }})
	end
end
if offers.secret then
	local ok, why = pcall(HttpService.GetSecret, HttpService, "ProbeSecret")
	if not ok then
		return HttpService:JSONEncode({{ lacks = "secret", why = tostring(why) }})
	end
end
local report = (require :: any)(module).run({{
	place = "cloud",
	offers = offers,
	sentAt = sentAt,
	only = order.only,
	echo = order.echo,
	audio = order.audio,
	other = order.other,
	seconds = {seconds},
	told = function(found)
		local report = HttpService:JSONEncode(found)
		{printing}
	end,
}})
return HttpService:JSONEncode(report)
"""


class PartError(CloudError):
    """A task did not come to its end; `report` has what it had found until then."""

    def __init__(self, error: CloudError, report: Report) -> None:
        super().__init__(str(error), error.logs)
        self.report = report


def probe(
    cloud: OpenCloud,
    *,
    echo: str | None = None,
    secret: bool = False,
    audio: Sequence[str] = AUDIO,
    only: Collection[str] | None = None,
) -> Report:
    """Run the probe in Open Cloud, in one task. Raises CloudError, and PartError where there is a part of a report.

    echo: base URL of a public host that answers as `echo.answer` does, for the HTTP checks. secret: whether the
    universe has the secret `ProbeSecret` for it. audio: content ids of two sounds that the place may play.
    """
    offers = [*OFFERS, *(["http"] if echo else []), *(["secret"] if echo and secret else [])]
    asked = [check.fact for check in checks() if only is None or check.fact in only]
    if not asked:
        raise CloudError("there is nothing to ask about")
    first, other = (*audio, "", "")[:2]
    order = json.dumps(
        {"only": asked, "offers": offers, "echo": echo or "", "audio": first, "other": other or first},
        ensure_ascii=False,
    )
    if f"]{_QUOTES}]" in order:
        raise CloudError("the address of the host, or the content id of a sound, is none")
    script = _SCRIPT.format(quotes=_QUOTES, order=order, room=ROOM, seconds=SECONDS, printing=PRINTING)
    try:
        done = cloud.run(script, model())
        try:
            returned = done.json("report")
            match returned:
                case {"lacks": "echo" | "secret" as name, "why": why}:
                    what, mend = _LACKS[name]
                    raise CloudError(f"the place cannot use {what}: {why}. {mend}", done.logs)
                case _:
                    return understand(returned).whole(asked)
        except ReportError as error:
            raise CloudError(f"the task returned no report: {error}", done.logs) from None
    except CloudError as error:
        # What it had found until then is not lost.
        so_far = _printed(error.logs)
        if so_far is None:
            raise
        raise PartError(error, so_far.whole(asked, str(error))) from None


def model() -> bytes:
    """Return the checks as a model file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "Probe.rbxm")
        write_model([tree()], file)
        return file.read_bytes()


def _printed(logs: Sequence[str]) -> Report | None:
    """Return the last report that was printed whole."""
    for one in reversed("\n".join(logs).split(END)[:-1]):
        try:
            return printed(f"{BEGIN}{one.rpartition(BEGIN)[2]}{END}")
        except ReportError:
            continue
    return None
