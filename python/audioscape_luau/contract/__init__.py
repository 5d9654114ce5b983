"""Checks of a client against the contract, derived from the specification."""

from __future__ import annotations

from audioscape_luau.contract.boundaries import ABOVE, ReplyCase, RequestCase, reply_cases, request_cases

__all__ = ["ABOVE", "ReplyCase", "RequestCase", "reply_cases", "request_cases"]
