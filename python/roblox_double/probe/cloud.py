"""The probe in the real engine, by Open Cloud: the checks go in as a model, the report comes out as a value."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from roblox_double.probe import ROOM, Check, checks, tree
from roblox_double.probe.open_cloud import CloudError, OpenCloud
from roblox_double.probe.report import Report, ReportError, understand
from roblox_double.probe.run import AUDIO
from roblox_double.project.model_file import write_model

OFFERS = ("audio", "published", "vectors")
"""What a task has without anybody's help: neither players nor scripts that start by themselves."""
LONG = 21
"""Seconds from which on checks run side by side, in a task of their own."""
_QUOTES = "=" * 9
_SCRIPT = """
local order = game:GetService("HttpService"):JSONDecode([{quotes}[{order}]{quotes}])
local input = ({{ ... }})[1].BinaryInput
local module = game:GetService("SerializationService"):DeserializeInstancesAsync(input)[1]
module.Parent = game:GetService("{room}")
local offers = {{}}
for _, name in order.offers do
	offers[name] = true
end
local report = (require :: any)(module).run({{
	place = "cloud",
	offers = offers,
	only = order.only,
	echo = order.echo,
	audio = order.audio,
	other = order.other,
}})
return game:GetService("HttpService"):JSONEncode(report)
"""


def probe(
    cloud: OpenCloud,
    *,
    echo: str | None = None,
    secret: bool = False,
    audio: Sequence[str] = AUDIO,
    only: Collection[str] | None = None,
) -> Report:
    """Run the probe in Open Cloud, what is quick and what takes minutes in a task each. Raises CloudError.

    echo: base URL of a public host that answers as `echo.answer` does, for the HTTP checks. secret: whether the
    universe has the secret `ProbeSecret` for it. audio: content ids of two sounds that the place may play.
    """
    offers = [*OFFERS, *(["http"] if echo else []), *(["secret"] if echo and secret else [])]
    asked = [check for check in checks() if only is None or check.fact in only]
    parts = [[check for check in asked if (check.seconds >= LONG) is late] for late in (False, True)]
    reports: list[Report] = []
    lost: dict[str, str] = {}
    for part in filter(None, parts):
        try:
            reports.append(_part(cloud, part, offers, echo, audio))
        except CloudError as error:
            # What the first task has brought home is not lost with the second.
            if not reports:
                raise
            lost = {check.fact: str(error) for check in part}
    if not reports:
        raise CloudError("there is nothing to ask about")
    first = reports[0]
    return Report(
        first.engine,
        first.place,
        first.date,
        {fact: seen for report in reports for fact, seen in report.results.items()},
        {fact: why for report in reports for fact, why in report.skipped.items()} | lost,
    )


def model() -> bytes:
    """Return the checks as a model file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "Probe.rbxm")
        write_model([tree()], file)
        return file.read_bytes()


def _part(
    cloud: OpenCloud, part: Sequence[Check], offers: Sequence[str], echo: str | None, audio: Sequence[str]
) -> Report:
    first, other = (*audio, "", "")[:2]
    order = json.dumps(
        {
            "only": [check.fact for check in part],
            "offers": list(offers),
            "echo": echo or "",
            "audio": first,
            "other": other or first,
        },
        ensure_ascii=False,
    )
    if f"]{_QUOTES}]" in order:
        raise CloudError("the address of the host, or the content id of a sound, is none")
    done = cloud.run(_SCRIPT.format(quotes=_QUOTES, order=order, room=ROOM), model())
    try:
        return understand(done.json("report"))
    except ReportError as error:
        raise CloudError(f"the task returned no report: {error}", done.logs) from None
