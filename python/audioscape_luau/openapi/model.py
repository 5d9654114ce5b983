"""The API as the rest of the package sees it: frozen, typed, free of OpenAPI's spelling and of references.

Names and texts in it are the specification's own and may hold anything; whoever writes them into code escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from audioscape_luau.openapi.pattern import Pattern
from audioscape_luau.openapi.problems import Change, LeftOut

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Primitive = Literal["string", "number", "integer", "boolean"]
type Method = Literal["GET", "PUT", "POST", "DELETE", "PATCH"]
type Effect = Literal["read", "write", "event"]
"""What becomes of asking twice: nothing, no more than of asking once as far as is known, or it counts each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What every kind of value has in common.

    description: the schema's own text. notes: what else a reader should know, one sentence each. nullable: null is
    among its values. assumed: the keywords whose value is ours, not the vendor's.
    """

    description: str = ""
    notes: tuple[str, ...] = ()
    nullable: bool = False
    assumed: tuple[str, ...] = ()
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(_Shape):
    """A string. Lengths count Unicode characters. `asset_id`: digits, and in a request also what stands for them."""

    enum: tuple[str, ...] | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: Pattern | None = None
    asset_id: bool = False
    error_text: bool = False

    def holds(self, text: str) -> bool:
        """Whether a text, which is no asset id, is one of its values."""
        return (
            (self.min_length or 0) <= len(text)
            and (self.max_length is None or len(text) <= self.max_length)
            and (self.enum is None or text in self.enum)
            and (self.pattern is None or self.pattern.matches(text))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(_Shape):
    """A number. `non_finite`: a reply may hold NaN or an infinity in its place, in any form."""

    integer: bool = False
    enum: tuple[float, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    non_finite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean(_Shape):
    """True or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Either(_Shape):
    """A value of one of several primitive kinds, at least two of them."""

    kinds: tuple[Primitive, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(_Shape):
    """A list of values of one shape."""

    items: Shape
    min_items: int | None = None
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(_Shape):
    """An object whose keys are data. `values` is None if anything goes."""

    values: Shape | None = None
    min_entries: int | None = None
    max_entries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """One of the options must be given, or just one if they are exclusive; each by all of its paths of field names.

    when: a field and its values for which this holds; None if it always does.
    """

    options: tuple[tuple[tuple[str, ...], ...], ...]
    exclusive: bool = False
    when: tuple[str, tuple[str | float, ...]] | None = None

    def holds(self, members: Mapping[str, Any]) -> bool:
        """Whether this is asked of an object, or of all inputs together."""
        return self.when is None or members.get(self.when[0]) in self.when[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Object(_Shape):
    """An object with known fields.

    component: its name under `components/schemas`, None if it is written in place. ordered: two number fields of which
    the first must not be above the second. needs: fields of which one must be given, in a request. recognised_by: a
    Luau table with this field stands for its asset id. open: fields that are not named are welcome, says the
    specification in so many words.
    """

    component: str | None = None
    fields: tuple[Field, ...] = ()
    ordered: tuple[str, str] | None = None
    needs: tuple[Needs, ...] = ()
    recognised_by: str | None = None
    open: bool = False

    @property
    def asset_id_field(self) -> Field | None:
        """The required field that identifies the object, if it has one."""
        return next((f for f in self.fields if f.required and isinstance(f.shape, Text) and f.shape.asset_id), None)


type Shape = Text | Number | Boolean | Either | Array | Map | Object


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A member of an object, of a JSON body, or (as `Parameter`) of the address.

    default: what the server takes if the field is left out; None if unstated. fixed: what a method always sends in its
    place; None if the caller gives it.
    """

    name: str
    shape: Shape
    description: str = ""
    notes: tuple[str, ...] = ()
    required: bool = False
    default: bool | float | str | None = None
    fixed: bool | float | str | None = None
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Field):
    """A parameter of the path or the query. `json`: its text on the wire is JSON."""

    location: Literal["path", "query"]
    json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The JSON body of a POST."""

    shape: Object
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one status means.

    shape: of its JSON body, None if there is none or it is not described. kinds: the shapes of one that is one of
    several; `shape` is None then. headers: what its headers hold, by name. hint: what to do about it.
    """

    status: int
    description: str
    shape: Shape | None
    kinds: tuple[Shape, ...] = ()
    headers: tuple[Field, ...] = ()
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How an operation pages: its two parameters, the list of the reply, and the path to the length of the whole."""

    offset: str
    limit: str
    items: str
    total: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBound:
    """An input that bounds a number of each item: the number's field, JSON Schema's keyword, the input's path."""

    field: str
    keyword: str
    input: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A named exchange.

    request: parameters and body fields by name. of_any: whether any other request may get this reply. body: the bytes
    of the reply. breaks: what is wrong with the body, None if it keeps to the specification.
    """

    name: str
    summary: str
    request: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    body: bytes
    breaks: str | None = None
    of_any: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """How the radio asks an operation for what it plays: the names of inputs, None where there is none.

    filters: an object, which narrows down what is found. distinct: if it is true, what is a copy of other items is left
    out.
    """

    filters: str | None
    distinct: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """A way to start the radio with what an operation finds.

    form: what a game calls it: the radio starts with `{ form = ... }`. input: the input that takes what stands there;
    if None, only `value` can. given: what other inputs are. filters: the input that takes the radio's filters, None if
    there is none. tracks: the list of the reply.
    """

    form: str
    input: str | None
    value: str | None
    given: Mapping[str, bool | float | str]
    filters: str | None
    tracks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """How an operation takes events: the names of its list and of fields of an event, None where there is none.

    time: when it was, in Unix seconds. player: who caused it. asset: what it is about. seconds: for how long that was
    heard. radio: what a radio tells of a track, by what happened: the fields that such an event has in any case.
    """

    events: str
    time: str | None
    player: str | None
    asset: str
    seconds: str | None
    radio: Mapping[str, Mapping[str, str]]


TOLD = ("play", "skip", "stop", "up", "down")
"""What a radio can tell: a track started, was skipped, stopped or ended; a player voted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A list among the inputs that may be longer than one request takes: such a call becomes several requests.

    input: its name. size: the most items of one request. lists, sums: the paths in the reply of what is put together in
    order, and of what is added up; of anything else the first reply's counts.
    """

    input: str
    size: int
    lists: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method and path. `id` is the operationId, from which the client's method takes its name.

    server: where it is, if not where the API is. input_needs: inputs of which one must be given, beside those of the
    body. cases: its narrower methods. route: the operation of which this is a narrower method, None if it is none.
    """

    id: str
    method: Method
    effect: Effect
    server: str | None = None
    path: str
    summary: str
    description: str
    notes: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    input_needs: tuple[Needs, ...] = ()
    responses: tuple[Response, ...]
    paging: Paging | None
    item_bounds: tuple[ItemBound, ...] = ()
    radio: Music | None
    seeds: tuple[Seeds, ...] = ()
    analytics: Analytics | None = None
    split: Split | None = None
    cases: tuple[Operation, ...] = ()
    route: str | None = None
    examples: tuple[Example, ...]
    pointer: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """All that a request may hold, in wire order: the parameters, then the fields of the body."""
        return (*self.parameters, *(self.body.shape.fields if self.body else ()))

    @property
    def inputs(self) -> tuple[Field, ...]:
        """All that a caller may give, in wire order."""
        return tuple(field for field in self.fields if field.fixed is None)

    def fits(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a request of its route can be one of this method."""
        known = {field.name: field for field in self.fields}
        return arguments.keys() <= known.keys() and all(
            arguments[name] == field.fixed
            if field.fixed is not None and name in arguments
            else not field.required
            if name not in arguments
            else not (isinstance(field.shape, Text) and field.shape.enum) or arguments[name] in field.shape.enum
            for name, field in known.items()
        )

    @property
    def needs(self) -> tuple[Needs, ...]:
        """The inputs of which one must be given."""
        return (*self.input_needs, *(self.body.shape.needs if self.body else ()))

    @property
    def seed(self) -> Field | None:
        """The one required input that is an asset id; None if there is none or more than one."""
        ids = [f for f in self.inputs if f.required and isinstance(f.shape, Text) and f.shape.asset_id]
        return ids[0] if len(ids) == 1 else None

    @property
    def page_size(self) -> int | None:
        """The most items that a page may hold; None if the operation does not page, or says nothing of it."""
        limits = [p.shape for p in self.inputs if self.paging and p.name == self.paging.limit]
        most = limits[0].maximum if limits and isinstance(limits[0], Number) else None
        return None if most is None else int(most)

    @property
    def success(self) -> Response:
        """The response with a status of 2xx; a loaded model has exactly one."""
        return next(response for response in self.responses if 200 <= response.status <= 299)

    @property
    def reply(self) -> Shape | None:
        """The shape of the successful reply, None if that has no body."""
        return self.success.shape

    @property
    def result(self) -> Object:
        """The successful reply as an object, one without known fields if it is none."""
        return self.reply if isinstance(self.reply, Object) else Object()

    @property
    def failures(self) -> tuple[Response, ...]:
        """The other responses, in the order of the specification."""
        return tuple(response for response in self.responses if not 200 <= response.status <= 299)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A method whose reply is one of several shapes: that of the first of its narrower methods that the inputs fit."""

    operation: Operation
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A method that people look for and that the client does not have.

    operation: the method that does it, if there is one. instead: what to do if there is none. is_list: it would return
    something to loop over.
    """

    name: str
    operation: str | None = None
    instead: str
    is_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The headers in which a request says for whom it is: which game, place and player. None: the API does not ask."""

    universe: str | None = None
    place: str | None = None
    player: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Those that there are, by whom they name."""
        named = {"universe": self.universe, "place": self.place, "player": self.player}
        return {who: header for who, header in named.items() if header is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiModel:
    """The whole API.

    missing: methods that people look for; one that the API has hides the entry of its name. brought: what a part of an
    API has not, "radio" or "analytics", and the method that would bring it.
    api_key_prefix: what stands before the key in its header. choices: methods that stand for one of several
    operations. replaced: routes with narrower methods only. schemas: the named objects. left_out: the operations
    that are not understood, if it was asked to go on without. changes: what is taken otherwise than the document
    says. error_texts: the fields of error bodies that say what went wrong, in order of appearance. digest: SHA-256
    of the document, line ends as LF, in hexadecimal. raw: the parsed document itself.
    """

    title: str
    version: str
    description: str
    notes: tuple[str, ...]
    server_url: str
    api_key_header: str
    api_key_prefix: str = ""
    identity: Identity
    missing: tuple[Missing, ...] = ()
    brought: Mapping[str, str] = field(default_factory=dict[str, str])
    operations: tuple[Operation, ...]
    choices: tuple[Choice, ...] = ()
    replaced: tuple[Operation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    changes: tuple[Change, ...] = ()
    schemas: tuple[Object, ...]
    error_texts: tuple[str, ...]
    digest: str
    raw: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def methods(self) -> tuple[Operation, ...]:
        """All that the client has a method for: the operations, and those that stand for one of several."""
        return (*self.operations, *(choice.operation for choice in self.choices))

    @property
    def routes(self) -> tuple[Operation, ...]:
        """One for each method and path of the API."""
        return (*(operation for operation in self.methods if operation.route is None), *self.replaced)

    @property
    def missing_methods(self) -> dict[str, str]:
        """What to do instead of calling a method that there is not, by its name."""
        return self._instead(is_list=False)

    @property
    def missing_lists(self) -> dict[str, str]:
        """The same for methods that would return something to loop over."""
        return self._instead(is_list=True)

    def _instead(self, *, is_list: bool) -> dict[str, str]:
        there = {operation.id for operation in self.methods}
        return {
            one.name: f"Call client:{one.operation}(...)." if one.operation in there else one.instead
            for one in self.missing
            if one.is_list == is_list and one.name not in there
        }

    def address(self, operation: Operation, base_url: str | None = None) -> str:
        """Return where an operation's path begins, if the API is at `base_url`, wherever the specification has it.

        Then all of it is there, what has a server of its own under that server's path.
        """
        if base_url is None or operation.server is None:
            return operation.server or base_url or self.server_url
        place, own = urlsplit(base_url), urlsplit(operation.server)
        return urlunsplit((place.scheme, place.netloc, own.path, "", ""))

    def key_header(self, key: str) -> dict[str, str]:
        """Return the header that a request with this key has."""
        return {self.api_key_header: self.api_key_prefix + key}

    def key_in(self, header: str) -> str:
        """Return the key in what the header for it holds; none if that is not as the API wants it."""
        return header.removeprefix(self.api_key_prefix) if header.startswith(self.api_key_prefix) else ""

    def operation(self, operation_id: str) -> Operation:
        """Return the operation of that id; KeyError if there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


def walk(shape: Shape) -> Iterator[Shape]:
    """Yield a shape and all within it, each once, outermost first."""
    seen: set[int] = set()
    stack: list[Shape] = [shape]
    while stack:
        here = stack.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        match here:
            case Array(items=inner) | Map(values=inner) if inner is not None:
                stack.append(inner)
            case Object(fields=fields):
                stack.extend(member.shape for member in reversed(fields))
            case _:
                pass
