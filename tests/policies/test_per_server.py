"""What one server of an API does is no reason to leave another alone."""

from __future__ import annotations

from support.policies import Policies

TWO = """
local late = {}
local heard = {}
local send = require(policies.perServer)(late, function(hears)
	table.insert(hears, function(call, answer, err)
		table.insert(heard, call.server)
		return answer, Errors.with(err, { attempts = err.attempts + 1 })
	end)
	return require(policies.breaker)(engine, 2, 5, hears)
end)(function(call)
	call.attempts += 1
	if call.server == "down" then return nil, Errors.new("connection", { operation = "op" }) end
	return {}, nil
end)
local function ask(server)
	local call = newCall("u")
	call.server = server
	local _, err = send(call)
	return if err then err.kind else "ok"
end
"""


def test_each_server_has_a_policy_of_its_own(policies: Policies) -> None:
    source = TWO + 'return ask("down"), ask("up"), ask("down"), ask("down"), ask("up")'
    assert policies.run(source) == ["connection", "ok", "connection", "circuit_open", "ok"]


def test_what_comes_late_is_heard_by_its_own_server(policies: Policies) -> None:
    source = f"""{TWO}
ask("up")
local call = newCall("u")
call.server = "down"
local _, err = late[1](call, nil, Errors.new("connection", {{ operation = "op", attempts = 1 }}))
return #late, heard, err.attempts
"""
    assert policies.run(source) == [1, ["down"], 2]
