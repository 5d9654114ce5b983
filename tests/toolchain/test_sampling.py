"""Of a test with very many cases a run takes an even spread, always the same one, and whoever names a case gets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.cases(3)
@pytest.mark.parametrize("number", range(9))
def test_many(number): pass

@pytest.mark.cases(3)
@pytest.mark.parametrize("number", range(2))
def test_few(number): pass

@pytest.mark.parametrize("number", range(4))
def test_all(number): pass
"""
CONFTEST = """
from support import sampling

def pytest_addoption(parser):
    parser.addoption("--every-case", action="store_true")

def pytest_configure(config):
    config.addinivalue_line("markers", sampling.MARKER)

def pytest_collection_modifyitems(config, items):
    without = sampling.left_out(config, items)
    items[:] = [item for item in items if item not in without]
"""
FEW_AND_ALL = {"test_few": [0, 1], "test_all": [0, 1, 2, 3]}


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        ([], {"test_many": [0, 4, 8], **FEW_AND_ALL}),
        (["--every-case"], {"test_many": [*range(9)], **FEW_AND_ALL}),
        (["test_it.py::test_many[3]"], {"test_many": [3]}),
        (["test_it.py::test_many"], {"test_many": [*range(9)]}),
        (["test_it.py::test_all", "test_it.py::test_many[5]"], {"test_all": [0, 1, 2, 3], "test_many": [5]}),
        (["-k", "many and 7"], {"test_many": [7]}),
        (["--lf"], {"test_many": [*range(9)], **FEW_AND_ALL}),
    ],
    ids=str,
)
def test_who_names_a_case_gets_it(pytester: pytest.Pytester, arguments: list[str], ran: dict[str, list[int]]) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_it=TESTS)
    pytester.syspathinsert(Path(__file__).parents[1])
    output = pytester.runpytest("-pno:xdist", "-oaddopts=", "-v", *arguments).stdout.str()
    found: dict[str, list[int]] = {}
    for name, number in re.findall(r"::(\w+)\[(\d)\] PASSED", output):
        found.setdefault(name, []).append(int(number))
    assert found == ran
