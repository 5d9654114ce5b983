"""Ids of tests in Luau: what is printed can be selected, and what failed is run again."""

from __future__ import annotations

import re

import pytest

from support.repository import Repository

NAMES = (
    "keeps [first] track",
    "keeps (first) track",
    "Radio::skip",
    ":: leads",
    "ends ::",
    "Radio:skip",
    "[a]::[b]",
    "a/b\\\\c",
    "plays 3.5 s.",
    "Größe 音 🎵",
    "  many   blanks\\t",
    "says \\\"hi\\\" and 'bye' - or `no`",
    "two\\nlines",
    "\\27[31mred",
    "\\0",
    "broken \\255 text",
    " ",
    "plain",
    "plain (2)",
    "pl",
)
GROUPS = ("a::b", "a [b]", "a (b)", "a > b", *NAMES[-4:])
SPEC = """
return function(test)
	for _, name in {{ {names} }} do
		test.it(name, function() end)
	end
	for _, group in {{ {groups} }} do
		test.describe(group, function()
			test.it("a::b", function() end)
		end)
	end
	test.describe("a", function()
		test.describe("b", function()
			test.it("a::b", function() end)
		end)
	end)
end
""".format(names=", ".join(f'"{name}"' for name in NAMES), groups=", ".join(f'"{name}"' for name in GROUPS))
ID = re.compile(r"^(?:FAILED )?(x\.spec\.luau::.+?)(?: PASSED.*| FAILED.*| - x\.spec.*)?$", re.MULTILINE)


def ids(result: pytest.RunResult) -> list[str]:
    return ID.findall(result.stdout.str())


@pytest.mark.thorough
def test_every_printed_id_selects_its_test(repository: Repository) -> None:
    repository.write("x.spec.luau", SPEC)
    listed = ids(repository.run("--collect-only", "-q"))
    assert len(set(listed)) == len(NAMES) + len(GROUPS) + 1
    assert "x.spec.luau::a > b > a:b" in listed
    assert ids(repository.run("-v")) == listed
    # Of any two ids, one run names one of them and not the other: neither selects the other's test, and each its own.
    for bit in range(len(listed).bit_length()):
        for value in (0, 1):
            named = [one for number, one in enumerate(listed) if number >> bit & 1 == value]
            assert ids(repository.run("--collect-only", "-q", *named)) == named
    rest = [one for one in listed if not one.startswith(listed[0])]
    assert ids(repository.run("-v", "--deselect", listed[0])) == rest


def test_a_test_is_also_found_as_the_spec_spells_it(repository: Repository) -> None:
    repository.write("x.spec.luau", SPEC)
    assert ids(repository.run("-v", "x.spec.luau::Radio::skip")) == ["x.spec.luau::Radio:skip"]
    assert ids(repository.run("-v", "-k", "[first]")) == ["x.spec.luau::keeps (first) track (2)"]


@pytest.mark.cases(1)
@pytest.mark.parametrize("again", [["--lf"], ["--lf", "-n2"], ["--ff", "-x"]], ids=" ".join)
def test_what_failed_runs_again(repository: Repository, again: list[str]) -> None:
    odd = [name for name in NAMES if not name.startswith("pl")][::3]
    spec = """
        return function(test)
            for _, name in { NAMES } do
                test.it(`{name} passes`, function() end)
                test.describe(name, function()
                    test.it(name, function() test.expect(1).toBe(2) end)
                end)
            end
            test.it("repaired", function() test.expect(1).toBe(VALUE) end)
        end
        """.replace("NAMES", ", ".join(f'"{name}"' for name in odd))
    repository.write("x.spec.luau", spec.replace("VALUE", "2"))
    first = ids(repository.run())
    assert len(first) == len(odd) + 1
    repository.write("x.spec.luau", spec.replace("VALUE", "1"))
    second = repository.run(*again)
    if "-x" in again:
        second.assert_outcomes(failed=1)
        assert ids(second) == first[:1]
    else:
        second.assert_outcomes(failed=len(odd), passed=1)
        assert sorted(ids(second)) == sorted(first[:-1])


def test_what_stopped_a_run_is_where_it_goes_on(repository: Repository) -> None:
    repository.write(
        "x.spec.luau",
        """
        return function(test)
            for _, name in { "a", "b::c [d]", "b::c [e]" } do
                test.it(name, function() test.expect(name).toBe("a") end)
            end
        end
        """,
    )
    repository.run("--sw").assert_outcomes(passed=1, failed=1)
    repository.run("--sw").assert_outcomes(failed=1, deselected=1)
