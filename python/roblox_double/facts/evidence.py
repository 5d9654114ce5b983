"""Which facts the tests show: read from their source, so that it can be told without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from roblox_double.facts import Fact
from roblox_double.settings import Settings

_DEFAULTS = {field.name: repr(field.default) for field in fields(Settings)}

type _Columns = Mapping[str, frozenset[str]]
"""The values that a name takes in a test: by `parametrize`, or by the parameters of a fixture of that name."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tests say of the facts.

    carried: ids that tests carry, by `@pytest.mark.fact("id")`. values: per id, the values of settings that the files
    with such a test name, as `(setting, repr(value))`.
    """

    carried: frozenset[str]
    values: Mapping[str, frozenset[tuple[str, str]]]

    def tested(self, fact: Fact) -> bool:
        """Whether a test carries the fact."""
        return fact.id in self.carried

    def tried_both_ways(self, fact: Fact) -> bool:
        """Whether the tests of a fact run under at least two values of its setting.

        What names no value runs under the default, as nearly every test does.
        """
        named = {value for setting, value in self.values.get(fact.id, ()) if setting == fact.setting}
        return self.tested(fact) and len(named | {_DEFAULTS[fact.setting or ""]}) > 1 if fact.setting else False


@dataclass(frozen=True, slots=True)
class Counts:
    """Facts by what is known, modelled and shown.

    rows: what was counted. untested: modelled, but no test carries them. one_way: unknown and modelled, but tested
    under one value of their setting only.
    """

    rows: tuple[tuple[str, int], ...]
    untested: tuple[Fact, ...]
    one_way: tuple[Fact, ...]


def count(facts: Sequence[Fact], evidence: Evidence | None) -> Counts:
    """Count facts; without evidence only those things that the table itself says."""
    modelled = [fact for fact in facts if fact.modelled]
    unknown = [fact for fact in facts if fact.mark == "unknown"]
    rows = [("facts", len(facts)), ("modelled", len(modelled))]
    if evidence is None:
        return Counts((*rows, ("unknown", len(unknown))), (), ())
    untested = [fact for fact in modelled if not evidence.tested(fact)]
    one_way = [fact for fact in unknown if fact.modelled and not evidence.tried_both_ways(fact)]
    rows.append(("modelled and tested", len(modelled) - len(untested)))
    rows.append(("unknown", len(unknown)))
    rows.append(("unknown and modelled", sum(fact.modelled for fact in unknown)))
    rows.append(("unknown and tried both ways", sum(evidence.tried_both_ways(fact) for fact in unknown)))
    return Counts(tuple(rows), tuple(untested), tuple(one_way))


def gather(tests: Path) -> Evidence:
    """Read all tests below a folder."""
    carried: set[str] = set()
    values: dict[str, set[tuple[str, str]]] = {}
    for file in sorted(tests.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        if "mark.fact" not in source:
            continue
        module = ast.parse(source, str(file))
        ids = set(_ids(module))
        carried |= ids
        named = set(_settings(module))
        for fact in ids:
            values.setdefault(fact, set()).update(named)
    return Evidence(frozenset(carried), {fact: frozenset(named) for fact, named in values.items()})


def _ids(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fact":
            yield from (argument.value for argument in _constants(node.args) if isinstance(argument.value, str))


def _settings(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what is given to a setting: as a keyword, or as the entry of a dictionary."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    inside = {child: function for function in functions for child in ast.walk(function)}
    for node in ast.walk(module):
        for name, value in _named(node):
            if name in _DEFAULTS:
                function = inside.get(node)
                columns: _Columns = _columns(function, functions) if function else {}
                yield from ((name, found) for found in _values(value, columns))


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case _:
            pass


def _values(node: ast.expr, columns: _Columns) -> Iterator[str]:
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _values(element, columns)
        case ast.Name(id=name):
            yield from columns.get(name, ())
        case ast.Constant(value=value):
            yield repr(value)
        case ast.UnaryOp() | ast.Attribute():
            yield ast.unparse(node)
        case _:
            pass


def _columns(function: ast.FunctionDef, functions: Sequence[ast.FunctionDef]) -> _Columns:
    """Return the values of a test's parameters, as far as they stand in its decorators and its file's fixtures."""
    columns: dict[str, frozenset[str]] = {}
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, ast.List(elts=rows), *_]):
                columns |= _table(names, rows)
            case _:
                pass
    taken = {argument.arg for argument in function.args.args}
    for fixture in functions:
        if fixture.name in taken:
            for keyword in (k for d in fixture.decorator_list if isinstance(d, ast.Call) for k in d.keywords):
                if keyword.arg == "params":
                    columns[fixture.name] = frozenset(_values(keyword.value, {}))
    return columns


def _table(names: ast.expr, rows: Iterable[ast.expr]) -> _Columns:
    match names:
        case ast.Constant(value=str(name)):
            return {name: frozenset(found for row in rows for found in _values(_cells(row)[0], {}))}
        case ast.Tuple(elts=parts):
            header = [part.value for part in _constants(parts)]
            cells = [_cells(row) for row in rows]
            return {
                str(name): frozenset(found for row in cells if index < len(row) for found in _values(row[index], {}))
                for index, name in enumerate(header)
            }
        case _:
            return {}


def _cells(row: ast.expr) -> list[ast.expr]:
    match row:
        case ast.Tuple(elts=elements):
            return elements
        case ast.Call(args=arguments):
            return arguments
        case _:
            return [row]


def _constants(nodes: Iterable[ast.expr]) -> Iterator[ast.Constant]:
    return (node for node in nodes if isinstance(node, ast.Constant))
