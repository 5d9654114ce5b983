"""Numbers, texts and tables on their way to the wire and back, by the modules alone."""

from __future__ import annotations

import pytest

from support.policies import Policies

PARSE = """
local text = ...
local tries = {}
local value, said = require(module.wire.parse)(function(given)
	table.insert(tries, given)
	error("no", 0)
end, text)
return tries, value, said
"""


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("[NaN,-NaN,+NaN]", "[null,null,null]"),
        ("[Infinity,-Infinity,+Infinity]", "[null,null,null]"),
        ("[1e999,-1e999,1.5E+999,12e400]", "[null,null,null,null]"),
        ("[NaN,1e308,-2.5e-7,1e5]", "[null,1e308,-2.5e-7,1e5]"),
        ('["NaN",NaN]', '["NaN",null]'),
        ('["a\\"NaN",NaN,"1e999"]', '["a\\"NaN",null,"1e999"]'),
        ('["a\\\\",NaN,"Infinity"]', '["a\\\\",null,"Infinity"]'),
        ("[NaNs,aNaN,Infinityx]", None),
        ("[1.5,12e400,1.2]", "[1.5,null,1.2]"),
        # The universe's limit of time is far below what it takes to read each run of digits from each of its digits on.
        pytest.param("1" * 100_000, None, id="a hundred thousand digits"),
        pytest.param("[" + "1." * 50_000, None, id="as many digits and points"),
        ('[NaN,"",NaN,"x"]', '[null,"",null,"x"]'),
        ('[NaN,"cut NaN', '[null,"cut NaN'),
        ('[NaN,"cut NaN\\', '[null,"cut NaN\\'),
    ],
)
def test_what_json_does_not_have_becomes_null_outside_of_texts(
    policies: Policies, text: str, repaired: str | None
) -> None:
    tries, value, said = policies.run(PARSE, text)
    assert tries == ([text] if repaired is None else [text, repaired])
    assert (value, said) == (None, "no")


def test_what_can_be_read_is_read_once(policies: Policies) -> None:
    source = """
local tries = 0
local value, said = require(module.wire.parse)(function(text) tries += 1 return { text } end, "NaN")
return value[1], said, tries
"""
    assert policies.run(source) == ["NaN", None, 1]


def test_a_repaired_text_is_read(policies: Policies) -> None:
    source = """
local value, said = require(module.wire.parse)(function(text)
	if text == "[NaN]" then error("first", 0) end
	return { text }
end, "[NaN]")
return value[1], said
"""
    assert policies.run(source) == ["[null]", None]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0", "0"), ("-3", "-3"), ("0.5", "0.5"), ("2 ^ 53", "9007199254740992"), ("2 ^ 62", "4611686018427387904"),
        ("2 ^ 63", "9223372036854776000"), ("-2 ^ 62", "-4611686018427387904"), ("1e-7", "1e-07"), ("1e300", "1e300"),
    ],
)  # fmt: skip
def test_numbers_read_back_exactly_and_have_no_plus(policies: Policies, value: str, written: str) -> None:
    text, same = policies.run(
        f"local n = {value} local text = require(module.wire.encode).number(n) return text, tonumber(text) == n"
    )
    assert (text, same) == (written, True)


@pytest.mark.parametrize(
    ("text", "json", "percent"),
    [
        ("a-b._~Z9", '"a-b._~Z9"', "a-b._~Z9"),
        ('"\\', '"\\"\\\\"', "%22%5C"),
        ("\b\f\n\r\t", '"\\b\\f\\n\\r\\t"', "%08%0C%0A%0D%09"),
        ("\x01\x1f\x7f", '"\\u0001\\u001f\\u007f"', "%01%1F%7F"),
        ("é /+", '"é /+"', "%C3%A9%20%2F%2B"),
    ],
)
def test_texts_are_escaped(policies: Policies, text: str, json: str, percent: str) -> None:
    source = """
local encode = require(module.wire.encode)
return encode.json(...), encode.percent(...), encode.jsonValue(...), encode.queryValue(...)
"""
    assert policies.run(source, text) == [json, percent, json, percent]


@pytest.mark.parametrize(
    ("value", "text"),
    [("true", "true"), ("false", "false"), ("0.5", "0.5"), ("2 ^ 53", "9007199254740992"), ("1e300", "1e300")],
)
def test_other_values_are_the_same_in_json_and_in_a_query(policies: Policies, value: str, text: str) -> None:
    source = f"local e = require(module.wire.encode) return e.jsonValue({value}), e.queryValue({value})"
    assert policies.run(source) == [text, text]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("keys('p', { b = 1, a = 2, c = 3 }, 'a table')", "a b c"),
        ("keys('p', {}, 'a table')", ""),
        ("length('p', { 5, 6, 7 })", "3"),
        ("length('p', {})", "0"),
    ],
)
def test_tables_have_keys_or_a_length(policies: Policies, call: str, found: str) -> None:
    source = f"""
local found, refusal = require(module.wire.encode).{call}
return if type(found) == "table" then table.concat(found, " ") else tostring(found), refusal
"""
    assert policies.run(source) == [found, None]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("keys('p', 5, 'a table')", "a table"),
        ("keys('p', { 1 }, 'a table')", "a table with string keys"),
        ("keys('p', { a = 1, [true] = 1 }, 'a table')", "a table with string keys"),
        ("length('p', 'text')", "a list"),
        ("length('p', { [1] = 1, [3] = 1 })", "a list without holes or named keys"),
        ("length('p', { 1, a = 1 })", "a list without holes or named keys"),
        ("length('p', { [2] = 1 })", "a list without holes or named keys"),
    ],
)
def test_other_tables_are_refused_and_what_was_expected_is_said(policies: Policies, call: str, expected: str) -> None:
    source = f"""
local found, refusal = require(module.wire.encode).{call}
return found, refusal.parameter, refusal.expected
"""
    assert policies.run(source) == [None, "p", expected]


def test_whoever_gets_a_result_may_change_it(policies: Policies) -> None:
    source = """
local shared = { tracks = { table.freeze({ asset_id = "1" }) }, meta = { total = 1 }, more = table.freeze({ 5 }) }
local own = require(module.wire.ownCopy)(shared)
table.clear(own.tracks)
own.meta.total = 5
own.extra = true
return #shared.tracks, shared.meta.total, shared.extra, own.more == shared.more
"""
    assert policies.run(source) == [1, 1, None, True]


@pytest.mark.parametrize(
    ("seed", "given", "expected"),
    [
        ("nil", "nil, nil", "{}"),
        ("nil", "{ a = 1 }, { b = 2 }", "{a=1 b=2}"),
        ("nil", "5, nil", "bad_input 5"),
        ("nil", "nil, 5", "bad_extras 5"),
        ("'id'", "5, { b = 2 }", "{b=2 id=5}"),
        ("'id'", "nil, nil", "{}"),
    ],
)
def test_a_query_is_made_of_what_a_method_is_given(policies: Policies, seed: str, given: str, expected: str) -> None:
    source = f"""
local query, refusal = require(module.wire.toQuery)(
	{{ id = "op", seed = {seed} }}, {given.split(", ")[0]}, {given.split(", ")[1]}, {{}})
if not query then return `{{refusal.id}} {{refusal.got}}` end
local parts = {{}}
for name, value in query do table.insert(parts, `{{name}}={{value}}`) end
table.sort(parts)
return "{{" .. table.concat(parts, " ") .. "}}"
"""
    assert policies.run(source) == [expected]


JOIN = """
local lists, sums = { { "tracks" }, { "meta", "missing" } }, { { "meta", "total" } }
local split = { input = "ids", size = 2, lists = lists, sums = sums }
return require(module.wire.join).results(split, ...)
"""


@pytest.mark.parametrize(
    ("results", "whole"),
    [
        (
            [{"tracks": ["1"]}, {"tracks": ["2"], "meta": {"missing": ["3"], "total": 2}}],
            {"tracks": ["1", "2"], "meta": {"missing": ["3"], "total": 2}},
        ),
        ([{"meta": {"total": 1}}, {"meta": {"total": 2}}], {"meta": {"total": 3}}),
        ([{"meta": {"total": 1}}, {"meta": {"total": "2"}}], {"meta": {"total": 1}}),
        ([{"meta": 5, "tracks": ["1"]}, {"meta": 6}], {"meta": 5, "tracks": ["1"]}),
        ([{"other": 1}, {"other": 2}], {"other": 1}),
    ],
)
def test_results_of_parts_are_one(policies: Policies, results: list[object], whole: object) -> None:
    assert policies.run(JOIN, results) == [whole]


HEADERS = """
local kinds, texts = ...
local fields = {}
for name, kind in kinds do
	table.insert(fields, { name = name, schema = if type(kind) == "table" then { kinds = kind } else { kind = kind } })
end
return require(module.wire.reader).headers(fields, function(name) return texts[name] end)
"""


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("boolean", "yes", None),
        ("asset", "1842241530", "1842241530"),
        ("asset", "rbxasset", None),
        ("whole", "12", 12),
        ("whole", "1.5", None),
        ("number", "-1.5e2", -150),
        ("number", "0x10", None),
        ("text", "true", "true"),
        (["whole", "text"], "many", "many"),
        ("number", None, None),
    ],
)
def test_a_header_is_of_its_type_or_left_out(
    policies: Policies, kind: str | list[str], text: str | None, value: object
) -> None:
    texts = {} if text is None else {"x": text}
    [found] = policies.run(HEADERS, {"x": kind}, texts)
    assert found == ({} if value is None else {"x": value}) or (value is None and found == [])


READ = """
local Schema, reader = require(module.wire.Schema), require(module.wire.reader)
local tag = Schema.object("Tag", { { name = "label", schema = Schema.TEXT } })
local item = Schema.object("Item", {
	{ name = "id", schema = Schema.ASSET, required = true },
	{ name = "size", schema = Schema.NUMBER },
	{ name = "tag", schema = tag },
	{ name = "tags", schema = { kind = "list", items = tag } },
})
local page = Schema.object("Page", { { name = "items", schema = { kind = "list", items = item }, required = true } })
local function read(raw)
	local drops = { counts = {} }
	return reader.of(page, "page")(raw, drops), drops.counts
end
"""


@pytest.mark.parametrize(
    ("items", "kept", "counts"),
    [
        ('{ { id = "1" }, { id = "2" } }', ["1", "2"], {}),
        ('{ { id = "1" }, {}, { id = "007" }, { id = "3" } }', ["1", "7", "3"], {"Item.id": 1}),
        ('{ { id = "1" }, { { id = "2" } }, { id = "3" } }', ["1", "3"], {"Item": 1}),
        ('{ { id = "1" }, { id = "2" }, true }', ["1", "2"], {"Item": 1}),
        # JSON's null is a hole, and tables with holes are not met in order.
        ('{ nil, nil, nil, nil, { id = "1" }, [9] = { id = "2" }, [7] = { id = "3" } }', ["1", "3", "2"], {"Item": 6}),
        (
            '{ [32] = { id = "5" }, [21] = { id = "3" }, [30] = { id = "4" }, [9] = { id = "1" }, [8] = { id = "2" } }',
            ["2", "1", "3", "4", "5"],
            {"Item": 27},
        ),
        (
            '{ [9] = { id = "3" }, [8] = 1, [7] = { id = "2" }, [6] = 1, [5] = { id = "1" } }',
            ["1", "2", "3"],
            {"Item": 6},
        ),
        ("{ {}, {} }", [], {"Item.id": 2}),
    ],
)
def test_what_is_sound_in_a_list_is_met_in_its_order(
    policies: Policies, items: str, kept: list[str], counts: dict[str, int]
) -> None:
    source = f"""{READ}
local result, counts = read({{ items = {items} }})
local met = {{}}
for index, item in result.items do
	assert(index == #met + 1)
	table.insert(met, item.id)
end
return table.concat(met, " "), counts
"""
    assert policies.run(source) == [" ".join(kept), counts or []]


@pytest.mark.parametrize(
    ("member", "counts"),
    [
        ("tag = {}", {}),
        ('tag = { "a", "b" }', {"Tag": 1}),
        ('tag = "a"', {"Tag": 1}),
        ('tags = { { label = "a" }, { "a" }, { other = { 1 } } }', {"Tag": 1}),
        ("tags = { label = 1 }", {"Item.tags": 1}),
        ("size = math.huge", {"Item.size": 1}),
        ("size = 0 / 0", {"Item.size": 1}),
        ('size = "1"', {"Item.size": 1}),
        ("size = -1.5", {}),
    ],
)
def test_what_stands_for_a_member_is_of_its_kind_or_left_out(
    policies: Policies, member: str, counts: dict[str, int]
) -> None:
    source = (
        f'{READ} local result, counts = read({{ items = {{ {{ id = "1", {member} }} }} }}) return #result.items, counts'
    )
    assert policies.run(source) == [1, counts or []]


def test_what_lies_below_the_items_of_a_list_is_frozen(policies: Policies) -> None:
    source = f"""{READ}
local result = read({{
	items = {{ {{ id = "1", tag = {{ label = "a", more = {{}} }}, tags = {{ {{}} }} }} }},
	more = {{ {{ deep = {{}} }} }},
}})
local item = result.items[1]
local shared = {{ item, item.tag, item.tag.more, item.tags, item.tags[1], result.more[1], result.more[1].deep }}
local frozen = 0
for _, each in shared do
	if table.isfrozen(each) then frozen += 1 end
end
return #shared, frozen, table.isfrozen(result), table.isfrozen(result.items), table.isfrozen(result.more)
"""
    assert policies.run(source) == [7, 7, False, False, False]


CHOICE = """
local Operation, Schema = require(module.wire.Operation), require(module.wire.Schema)
local function operation(id, kind)
	return Operation.new({
		id = id, method = "POST", path = "/x", effect = "read", hints = {}, parameters = {},
		body = Schema.object("body", {
			{ name = "kind", schema = { kind = "text", choices = { kind or "a", kind or "b" } }, required = true },
			{ name = if kind == "b" then "other" else "one", schema = Schema.TEXT },
		}),
	}, {})
end
local wide = operation("x")
wide = table.clone(wide)
wide.encode = function() return {}, nil end
local choice = table.clone(Operation.choice(wide, { operation("xA", "a"), operation("xB", "b") }, {}))
choice.encode = wide.encode
local found, query, refusal = Operation.choose(choice, QUERY)
return if found then found.body.fields[1].schema.choices[1] else "", if refusal then refusal.parameter else ""
"""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('{ kind = "a", one = "1" }', ["a", ""]),
        ('{ kind = "b" }', ["b", ""]),
        ('{ kind = "a", other = "1" }', ["", "other"]),
        ('{ kind = "c" }', ["", "kind"]),
    ],
)
def test_what_is_posted_says_which_of_several_operations_is_meant(
    policies: Policies, query: str, found: list[str]
) -> None:
    assert policies.run(CHOICE.replace("QUERY", query)) == found
