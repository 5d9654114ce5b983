"""What escapes stand for, where a key is looked for behind them."""

from __future__ import annotations

from html.entities import html5

from support.policies import Policies

SIGNS = {
    name.removesuffix(";"): sign
    for name, sign in html5.items()
    if len(sign) == 1 and sign.isascii() and sign.isprintable()
}


def test_signs_are_read_by_their_names_in_html(policies: Policies) -> None:
    source = """
local texts = ...
local shown = {}
for name, sign in texts do
	local said = require(redaction.redact)("abcd" .. sign .. "efgh", {}).said
	shown[name] = said(`the key abcd&{name};efgh`, 500)
	-- Of this one little is left if the signs are dropped.
	local signs = require(redaction.redact)("a" .. string.rep(sign, 9) .. "b", {}).said
	local all = signs(`the key a{string.rep("&" .. name .. ";", 9)}b`, 500)
	if all ~= "the key [redacted]" then
		shown[name] = all
	end
end
return shown
"""
    assert policies.run(source, SIGNS) == [dict.fromkeys(SIGNS, "[redacted]")]
