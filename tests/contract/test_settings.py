"""The options that the checks give to a client and to a radio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from audioscape_luau.contract.scenes.radio import control
from audioscape_luau.contract.scenes.settings import wrong_options
from audioscape_luau.docs.options import declared


@pytest.mark.parametrize(("where", "wrong"), [("options", wrong_options), ("radio options", control.wrong_options)])
def test_every_option_that_is_declared_is_given_wrongly(
    where: str, wrong: Callable[[], Iterator[tuple[dict[str, Any], str]]]
) -> None:
    given = {name for options, _ in wrong() for name in options}
    missing = {option.name for option in declared()[where]} - given - {"apiKey"}  # keys have scenes of their own
    assert not missing, f"add them to wrong_options in {wrong.__module__}"
