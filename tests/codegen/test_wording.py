"""What people are told about a value."""

from __future__ import annotations

import pytest

from audioscape_luau.codegen.wording import expected, input_doc, output_doc
from audioscape_luau.openapi import Array, Boolean, Either, Field, Map, Number, Object, Shape, Text


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Text(), "a string"),
        (Text(asset_id=True), "an asset ID"),
        (Text(enum=("a", '"')), 'one of "a", "\\""'),
        (Text(min_length=1), "a string of at least 1 character"),
        (Text(max_length=2), "a string of at most 2 characters"),
        (Text(min_length=0, max_length=1), "a string of at most 1 character"),
        (Text(min_length=2, max_length=2), "a string of 2 characters"),
        (Text(min_length=1, max_length=2), "a string of 1 to 2 characters"),
        (Number(), "a number"),
        (Number(integer=True), "a whole number"),
        (Number(enum=(1, 2.5)), "one of 1, 2.5"),
        (Number(minimum=0, maximum=0.5), "a number from 0 to 0.5"),
        (Number(minimum=0), "a number of at least 0"),
        (Number(maximum=1e300), "a number of at most 1e+300"),
        (Number(exclusive_minimum=0, maximum=1), "a number above 0 and of at most 1"),
        (Number(exclusive_maximum=-1), "a number below -1"),
        (Boolean(), "true or false"),
        (Either(kinds=("string", "integer")), "a string or a whole number"),
        (Array(items=Text(), min_items=1), "a list of at least 1 item"),
        (Array(items=Text()), "a list"),
        (Object(), "a table"),
        (Map(), "a table"),
    ],
)
def test_expected(shape: Shape, words: str) -> None:
    assert expected(shape) == words


def test_inputs_are_documented_with_what_is_checked() -> None:
    shape = Number(integer=True, minimum=1, maximum=2, assumed=("minimum",))
    field = Field(name="a", shape=shape, description="How many.", notes=("Deprecated.",), default=2)
    words = "How many. Deprecated. A whole number from 1 to 2. Default: 2. Assumed, not documented: minimum."
    assert input_doc(field) == words
    assert output_doc(field) == words


def test_enumerations_of_replies_are_open() -> None:
    field = Field(name="a", shape=Text(enum=("x", "y")))
    assert output_doc(field) == 'Known values: "x", "y".'
    assert input_doc(field) == 'One of "x", "y".'


def test_what_needs_no_words_gets_none() -> None:
    assert input_doc(Field(name="a", shape=Text())) == ""
    assert output_doc(Field(name="a", shape=Boolean())) == ""
