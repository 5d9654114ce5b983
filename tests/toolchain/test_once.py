"""What is made once is made once, by whoever comes first, and again only if that failed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from support.once import once


def test_who_comes_later_finds_it_made(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    made: list[Path] = []
    together = Barrier(4)

    def make(folder: Path) -> None:
        made.append(folder)
        folder.mkdir()
        (folder / "it").write_text("whole", encoding="utf-8")

    def ask(_: int) -> str:
        together.wait()
        return (once(tmp_path_factory, f"{tmp_path.name}-once", make) / "it").read_text(encoding="utf-8")

    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(ask, range(4))) == ["whole"] * 4
    assert len(made) == 1


def test_what_failed_is_tried_again(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    tries: list[Path] = []

    def make(folder: Path) -> None:
        tries.append(folder)
        if len(tries) == 1:
            raise OSError("no")

    with pytest.raises(OSError, match="no"):
        once(tmp_path_factory, f"{tmp_path.name}-once", make)
    once(tmp_path_factory, f"{tmp_path.name}-once", make)
    once(tmp_path_factory, f"{tmp_path.name}-once", make)
    assert len(tries) == 2
