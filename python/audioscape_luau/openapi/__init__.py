"""The one place that knows the API, as data: load a specification, validate it, and hand it out as a frozen model."""

from __future__ import annotations

from audioscape_luau.openapi.asset_id import LARGEST_NUMBER, MOST_DIGITS, asset_id
from audioscape_luau.openapi.invent import invented
from audioscape_luau.openapi.load import load
from audioscape_luau.openapi.model import (
    ApiModel,
    Array,
    Body,
    Boolean,
    Choice,
    Either,
    Example,
    Field,
    Identity,
    ItemBound,
    Map,
    Music,
    Needs,
    Number,
    Object,
    Operation,
    Paging,
    Parameter,
    Response,
    Shape,
    Split,
    Text,
    walk,
)
from audioscape_luau.openapi.problems import Fault, Problem, SpecError

__all__ = [
    "LARGEST_NUMBER",
    "MOST_DIGITS",
    "ApiModel",
    "Array",
    "Body",
    "Boolean",
    "Choice",
    "Either",
    "Example",
    "Fault",
    "Field",
    "Identity",
    "ItemBound",
    "Map",
    "Music",
    "Needs",
    "Number",
    "Object",
    "Operation",
    "Paging",
    "Parameter",
    "Problem",
    "Response",
    "Shape",
    "SpecError",
    "Split",
    "Text",
    "asset_id",
    "invented",
    "load",
    "walk",
]
