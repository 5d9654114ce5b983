"""What to do about an operation that a client does not have because its description is not understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from audioscape_luau.openapi.problems import Change, Fault, LeftOut, Problem

_REMEDIES: Mapping[Fault, str] = {
    Fault.REMOTE_REFERENCE: "Put all parts into one file first, for example with `npx @redocly/cli bundle`.",
    Fault.MISSING_REFERENCE: "Describe what is referred to, or take the reference away.",
    Fault.SUCCESS_RESPONSE: "Leave just one 2xx response in the document, the one that the API sends.",
    Fault.NAME_COLLISION: "Rename one of the two in the document.",
    Fault.UNSUPPORTED_VALUE: "Describe it otherwise (spec/README.md says how), or call it with HttpService yourself.",
    Fault.UNSUPPORTED_KEYWORD: "Describe it otherwise (spec/README.md says how), or call it with HttpService yourself.",
    Fault.LOST_LETTERS: "Give it another operationId.",
    Fault.NAME_TOO_LONG: "Give it a shorter operationId.",
    Fault.RESERVED_METHOD: "Give it another operationId.",
    Fault.TOO_LARGE: "Describe less of it.",
}
_OTHERWISE = "Correct the document there."
_SHOWN_PLACES = 2


def remedy(problem: Problem) -> str:
    """Say what to do about a problem of an operation."""
    return _REMEDIES.get(problem.fault, _OTHERWISE)


def report(left_out: Sequence[LeftOut], changes: Sequence[Change]) -> Iterator[str]:
    """Yield lines that say what a client does not have, why and what to do, and what it takes otherwise."""
    if left_out:
        count = len(left_out)
        yield f"Left out {count} operation{'s' if count > 1 else ''}:"
    for one in left_out:
        yield f"  {one.operation}"
        yield from (f"    {text}" for text in dict.fromkeys(map(str, one.problems)))
        yield from (f"    {text}" for text in dict.fromkeys(map(remedy, one.problems)))
    if changes:
        yield "Taken otherwise than the document says:"
    places: dict[str, list[str]] = {}
    for change in changes:
        places.setdefault(change.message, []).append(change.pointer or "/")
    for message, where in places.items():
        more = f" and {len(where) - _SHOWN_PLACES} more" if len(where) > _SHOWN_PLACES else ""
        yield f"  {message} (at {', '.join(where[:_SHOWN_PLACES])}{more})"


def helps(problems: Sequence[Problem]) -> bool:
    """Say whether something could be left to generate if what has problems is left out."""
    return all(problem.pointer.startswith(("/paths/", "/components/")) for problem in problems)
