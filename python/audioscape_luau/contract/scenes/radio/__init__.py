"""What the radio promises: that music goes on, and that it does as it is told."""

from __future__ import annotations

from collections.abc import Iterator

from audioscape_luau.contract.case import Case
from audioscape_luau.contract.scenes.radio import (
    audience,
    care,
    choice,
    control,
    hearing,
    listeners,
    scripts,
    seeds,
    seldom,
    serving,
    signals,
    sound,
    together,
    tuning,
    usual,
)
from audioscape_luau.contract.scenes.radio.ring import Ring
from audioscape_luau.openapi import ApiModel, Operation


def scenes(model: ApiModel, operation: Operation) -> Iterator[Case]:
    """Yield radios; nothing if the radio draws no music from the operation."""
    if operation.radio:
        ring = Ring.of(operation)
        yield from hearing.scenes(ring)
        yield from control.scenes(ring)
        yield from signals.scenes(ring)
        yield from listeners.scenes(ring)
        yield from choice.scenes(ring)
        yield from care.scenes(ring)
        yield from scripts.scenes(ring)
        yield from serving.scenes(ring)
        yield from tuning.scenes(ring)
        yield from sound.scenes(ring)
        yield from usual.scenes(ring)
        yield from seeds.scenes(ring, model)
        yield from audience.scenes(ring, model)
        yield from together.scenes(ring)
        yield from seldom.scenes(ring, model)
