"""What is said of the fields of `share`."""

from __future__ import annotations

from typing import Any

import pytest

from support.shared import Servers


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ({"group": "not a name"}, "`share.group` must be a name of at most 32 letters, digits, - and _, got a string."),
        ({"group": "x" * 33}, "`share.group` must be a name of at most 32 letters, digits, - and _, got a string."),
        ({"group": 5}, "`share.group` must be a name of at most 32 letters, digits, - and _, got 5."),
        ({"groups": "music"}, "unknown option `share.groups`. Did you mean `share.group`?"),
        ({"nothing": 1}, "unknown option `share.nothing`. The options are share.group, share.perMinute, share.memory."),
        ({"group": "x" * 32}, None),
    ],
)
def test_a_wrong_field_is_told_by_its_whole_name(share: dict[str, Any], said: str | None) -> None:
    with Servers(1) as servers:
        source = "return tostring(select(2, pcall(AudioScapeClient.new, { apiKey = 'some-key', share = (...) })))"
        told = servers.server.run(
            'local AudioScapeClient = require(game:GetService("ServerScriptService").AudioScapeClient) ' + source, share
        )[0]
        assert str(told).endswith(f"AudioScapeClient.new: {said}" if said else "AudioScapeClient")
