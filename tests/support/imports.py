"""Which modules import which, read from their source: also what is imported when a function runs, or for types only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def modules(package: Path) -> Iterator[tuple[str, Path]]:
    """Yield every module of a package with its dotted name."""
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def imported(file: Path) -> list[str]:
    """Return the dotted names of what a module imports: of modules, or of what is taken from one.

    Names in text count that are given to `import_module` or `__import__`.
    """
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        match node:
            case ast.Import(names=names):
                found += [alias.name for alias in names]
            case ast.ImportFrom(module=module, names=names, level=0):
                found += [f"{module}.{alias.name}" for alias in names]
            case ast.ImportFrom():
                raise AssertionError(f"{file}:{node.lineno}: a relative import, which is read by nobody here")
            case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]):
                if ast.unparse(function).rpartition(".")[2] in {"import_module", "__import__"}:
                    found.append(module)
            case _:
                pass
    return found
