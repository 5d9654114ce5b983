"""The mocked AudioScape API: a synthetic catalogue, the specification as judge, and what can go wrong."""

from __future__ import annotations

from audioscape_luau.mock.api import DEMO_KEY, MockApi
from audioscape_luau.mock.by_example import reply_of
from audioscape_luau.mock.catalogue import ANALYSED, GENRES, NEAR_DUPLICATE, WORLDS, Catalogue, Entry, Genre, World
from audioscape_luau.mock.check import Call, ContractViolation, SpecCheck
from audioscape_luau.mock.faults import FAULTS, Fault, NoReply, fault
from audioscape_luau.mock.plan import FAILURES, FaultPlan
from audioscape_luau.mock.routes import install

__all__ = [
    "ANALYSED",
    "DEMO_KEY",
    "FAILURES",
    "FAULTS",
    "GENRES",
    "NEAR_DUPLICATE",
    "WORLDS",
    "Call",
    "Catalogue",
    "ContractViolation",
    "Entry",
    "Fault",
    "FaultPlan",
    "Genre",
    "MockApi",
    "NoReply",
    "SpecCheck",
    "World",
    "fault",
    "install",
    "reply_of",
]
