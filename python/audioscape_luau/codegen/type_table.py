"""The Luau types of what callers give and get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import LiteralString

from audioscape_luau.codegen.literals import Luau, LuauComment, LuauIdentifier, LuauKey, LuauString, code, fits, joined
from audioscape_luau.codegen.names import TAKEN_TYPES, Names, method_name, pascal
from audioscape_luau.codegen.wording import input_doc, needs_doc, output_doc, type_doc
from audioscape_luau.openapi.model import (
    ApiModel,
    Array,
    Boolean,
    Either,
    Field,
    Map,
    Number,
    Object,
    Operation,
    Shape,
    Text,
    walk,
)

ASSET_REF = LuauIdentifier("AssetRef")
RADIO_SOURCE = LuauIdentifier("RadioSource")
_PRIMITIVES = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean"}
_NUL = "\0"
# Luau refuses types of more than about a thousand parts; long before that, a list of words is no help to anybody.
_MAX_CHOICES = 100


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member of a table type."""

    comment: LuauComment
    key: LuauKey
    type: Luau
    # Luau's parser refuses a type's member whose name holds a NUL, though a table may have it.
    hidden: bool


@dataclass(frozen=True, slots=True)
class TypeView:
    """An exported type: a table of `members`, or what `alias` says. One with type `parameters` is not exported."""

    comment: LuauComment
    name: LuauIdentifier
    members: tuple[MemberView, ...] = ()
    alias: Luau | None = None
    parameters: tuple[LuauIdentifier, ...] = ()

    @property
    def hangs(self) -> bool:
        """Whether the alias is a union over several lines that begins with a table, which needs a line of its own."""
        return self.alias is not None and self.alias.text.startswith("{") and "\n" in self.alias.text

    @property
    def head(self) -> Luau:
        """The name and its type parameters."""
        return code(self.name, "<", joined(", ", self.parameters), ">") if self.parameters else self.name


@dataclass(frozen=True, slots=True)
class OperationTypes:
    """The names of an operation's types. `input` is what its method takes first."""

    query: LuauIdentifier
    extras: LuauIdentifier
    input: LuauIdentifier
    result: Luau
    headers: LuauIdentifier | None = None
    pages: LuauIdentifier | None = None
    items: LuauIdentifier | None = None


@dataclass(slots=True)
class TypeTable:
    """Names every type once and collects the definitions, in the order in which they are to be read."""

    model: ApiModel
    only_calls: bool = False
    """Whether there are only calls to type: no lists to loop over, and no radio."""
    views: list[TypeView] = field(default_factory=list[TypeView])
    has_sequences: bool = False
    _names: Names = field(default_factory=Names)
    _given: dict[tuple[int, bool], LuauIdentifier] = field(default_factory=dict[tuple[int, bool], LuauIdentifier])
    _written: set[tuple[int, bool]] = field(default_factory=set[tuple[int, bool]])
    _operations: dict[str, OperationTypes] = field(default_factory=dict[str, OperationTypes])

    def __post_init__(self) -> None:
        self._names.reserve(TAKEN_TYPES)
        self._name_components()
        recognised = [
            shape
            for shape in self.model.schemas
            if shape.recognised_by is not None and (id(shape), False) in self._given
        ]
        self._add_asset_ref(recognised)
        # Luau fills in the parameters of a type only once all within it are defined.
        for shape in recognised:
            self._define(shape, self._given[id(shape), False].text, request=False)
        for operation in self.model.methods:
            self._add_operation(operation)
        if any(operation.radio for operation in self.model.operations) and not self.only_calls:
            self._add_radio_source()

    def of(self, operation: Operation) -> OperationTypes:
        """Return the types of an operation."""
        return self._operations[operation.id]

    def reply(self, shape: Shape, prefix: LiteralString = "") -> Luau:
        """Return the type of a decoded value, without `?`; `prefix` stands before names. Objects must be defined."""
        match shape:
            case Text():
                return code("string")
            case Number():
                return code("number")
            case Boolean():
                return code("boolean")
            case Either():
                return _either(shape)
            case Array(items=items):
                return code("{ ", self.reply(items, prefix), " }")
            case Map(values=values):
                return code("{ [string]: ", code("any") if values is None else self.reply(values, prefix), " }")
            case Object():
                return code(prefix, self._given[id(shape), False])

    def name(self, shape: Object) -> LuauIdentifier:
        """Return the name of a reply's object."""
        return self._given[id(shape), False]

    def request_name(self, shape: Object) -> LuauIdentifier:
        """Return the name of a request's object."""
        return self._given[id(shape), True]

    def schema_name(self, shape: Object) -> LuauIdentifier:
        """Return the one name of an object, wherever it is used: a reply's, or else a request's."""
        return self._given.get((id(shape), False)) or self._given[id(shape), True]

    def _request(self, shape: Shape) -> Luau:
        match shape:
            case Text(asset_id=True):
                return ASSET_REF
            case Text(enum=tuple(values)) if len(values) <= _MAX_CHOICES:
                return _choice([LuauString(value) for value in values])
            case Text():
                return code("string")
            case Number():
                return code("number")
            case Boolean():
                return code("boolean")
            case Either():
                return _either(shape)
            case Array(items=items):
                return code("{ ", self._request(items), " }")
            case Map(values=values):
                return code("{ [string]: ", code("any") if values is None else self._request(values), " }")
            case Object():
                return self._given[id(shape), True]

    def _name_components(self) -> None:
        """Name the components that are used: those of replies as they are, a request's own kind apart from them."""
        results = [operation.reply for operation in self.model.operations if operation.reply is not None]
        replies = {id(part) for result in results for part in walk(result)}
        requests = {id(part) for o in self.model.methods for member in o.inputs for part in walk(member.shape)}
        for shape in self.model.schemas:
            if id(shape) in replies:
                self._given[id(shape), False] = self._names.give(pascal(shape.component or ""))
        for shape in self.model.schemas:
            if id(shape) in requests:
                suffix = "Input" if id(shape) in replies else ""
                self._given[id(shape), True] = self._names.give(pascal(shape.component or "") + suffix)

    def _add_asset_ref(self, recognised: Sequence[Object]) -> None:
        kinds: list[Luau] = [code("string"), code("number"), code("Sound"), code("AudioPlayer")]
        kinds += [self._given[id(shape), False] for shape in recognised]
        comment = LuauComment(
            [
                "Anything that names an asset: a string of digits, an `rbxassetid://` URL, a whole number, a Sound, an "
                "AudioPlayer, or a table of an earlier result, of which only the id is used."
            ]
        )
        self.views.append(
            TypeView(comment, ASSET_REF, alias=_choice(kinds, around=len(f"export type {ASSET_REF.text} = ")))
        )

    def _add_radio_source(self) -> None:
        """Write what a radio can start with beside an asset: a table for each form."""
        forms: dict[str, list[Luau]] = {}
        for operation in self.model.operations:
            inputs = {member.name: member.shape for member in operation.inputs}
            for way in operation.seeds:
                value = LuauString(way.value or "") if way.input is None else self._request(inputs[way.input])
                forms.setdefault(way.form, []).append(value)
        kinds = [code("{ ", LuauKey(form), ": ", _choice(values), " }") for form, values in forms.items()]
        comment = LuauComment(
            [
                "What a radio can start with beside an asset. The first track found plays, and tracks similar to each "
                "of them follow."
            ]
        )
        around = len(f"export type {RADIO_SOURCE.text} = ")
        alias = _choice(kinds, around=around) if kinds else code("never")
        self.views.append(TypeView(comment, RADIO_SOURCE, alias=alias))

    def _add_operation(self, operation: Operation) -> None:
        method = method_name(operation.id)
        base = method[0].upper() + method[1:]
        query, extras = self._names.give(f"{base}Query"), self._names.give(f"{base}Extras")
        chosen = self._names.give(f"{base}Input")
        for member in operation.inputs:
            self._define(member.shape, base + pascal(member.name), request=True)
        result = operation.reply
        if isinstance(result, Object) and (id(result), False) not in self._given:
            self._given[id(result), False] = self._names.give(f"{base}Result")
        self._add_query(operation, base, query, extras)
        kinds: list[Luau] = [ASSET_REF, query] if operation.seed is not None else [query]
        self.views.append(TypeView(LuauComment([f"The input of `{method}`."]), chosen, alias=_choice(kinds)))
        returned = self._add_result(operation, f"{base}Result")
        headers = self._add_headers(operation, f"{base}Headers")
        pages, items = self._add_sequences(operation, base)
        self._operations[operation.id] = OperationTypes(query, extras, chosen, returned, headers, pages, items)

    def _add_result(self, operation: Operation, wanted: str) -> Luau:
        """Write what an operation's method returns; return its type."""
        result = operation.reply
        if operation.success.kinds:
            name = self._names.give(wanted)
            names = [self.name(kind) for kind in operation.success.kinds if isinstance(kind, Object)]
            told = LuauComment(["What comes back goes by the input; the narrower methods say which of these it is."])
            self.views.append(TypeView(told, name, alias=_choice(names)))
            return name
        if result is None:
            return code("true")
        self._define(result, wanted, request=False)
        if isinstance(result, Object):
            return self._given[id(result), False]
        name = self._names.give(wanted)
        self.views.append(TypeView(LuauComment([type_doc(result)]), name, alias=self.reply(result)))
        return name

    def _add_headers(self, operation: Operation, wanted: str) -> LuauIdentifier | None:
        headers = operation.success.headers
        if not headers:
            return None
        name = self._names.give(wanted)
        comment = LuauComment(["The headers of the reply, as far as they came and are of their types."])
        self.views.append(TypeView(comment, name, self._members(headers, request=False, optional=True)))
        return name

    def _add_query(self, operation: Operation, base: str, query: LuauIdentifier, extras: LuauIdentifier) -> None:
        """Write an operation's inputs once; a type parameter stands for each that must be there, or may be absent."""
        of_query = LuauComment([f"The parameters of `{method_name(operation.id)}`.", *map(needs_doc, operation.needs)])
        of_extras = LuauComment(["Parameters that override those of the input: the same ones, none required."])
        # Who says what is always sent is right, too.
        inputs = (*operation.inputs, *(_only(member) for member in operation.fields if member.fixed is not None))
        required = [member for member in inputs if member.required]
        if not required:
            self.views.append(TypeView(of_query, query, self._members(inputs, request=True)))
            self.views.append(TypeView(of_extras, extras, alias=query))
            return
        names = Names()
        chosen = {member.name: names.give(f"{pascal(member.name)}Type") for member in required}
        shared = self._names.give(f"{base}Parameters")
        members = self._members(inputs, request=True)
        members = tuple(
            replace(view, type=chosen[member.name]) if member.required else view
            for member, view in zip(inputs, members, strict=True)
        )
        certain = [self._request(member.shape) for member in required]
        optional = [self._member_type(member, request=True, optional=True) for member in required]
        self.views.append(TypeView(of_query, shared, members, parameters=tuple(chosen.values())))
        self.views.append(TypeView(of_query, query, alias=code(shared, "<", joined(", ", certain), ">")))
        self.views.append(TypeView(of_extras, extras, alias=code(shared, "<", joined(", ", optional), ">")))

    def _add_sequences(self, operation: Operation, base: str) -> tuple[LuauIdentifier | None, LuauIdentifier | None]:
        """Name and write what the paging methods return."""
        if operation.paging is None or self.only_calls:
            return None, None
        field = operation.paging.items
        lists = {member.name: member.shape for member in operation.result.fields if isinstance(member.shape, Array)}
        pages, items = self._names.give(f"{base}Pages"), self._names.give(base + pascal(field))
        if isinstance(operation.reply, Object):
            self._add_sequence(pages, self.name(operation.reply), "Pages")
        self._add_sequence(items, self.reply(lists[field].items), "Items")
        return pages, items

    def _add_sequence(self, name: LuauIdentifier, element: Luau, what: str) -> None:
        comment = LuauComment([f"{what} to loop over. Pages load as you loop. Check `err` after the loop."])
        state = code("{} :: Loop<", element, ">")
        step = code("{} :: { __iter: (any) -> () -> ", element, "? }")
        alias = code("typeof(setmetatable(", state, ", ", step, "))")
        if not fits(alias, 0, around=len(f"export type {name.text} = ")):
            alias = code("typeof(setmetatable(\n\t", state, ",\n\t", step, "\n))")
        self.has_sequences = True
        self.views.append(TypeView(comment, name, alias=alias))

    def _define(self, shape: Shape, wanted: str, *, request: bool) -> None:
        """Name and write all objects within a shape, an object before what it holds."""
        match shape:
            case Array(items=inner) | Map(values=inner) if inner is not None:
                self._define(inner, f"{wanted}Item", request=request)
            case Object() if (id(shape), request) not in self._written:
                here = (id(shape), request)
                self._written.add(here)
                if here not in self._given:
                    self._given[here] = self._names.give(wanted)
                name = self._given[here]
                needed = list(map(needs_doc, shape.needs)) if request else []
                place = len(self.views)
                for member in shape.fields:
                    self._define(member.shape, name.text + pascal(member.name), request=request)
                members = self._members(shape.fields, request=request)
                self.views.insert(place, TypeView(LuauComment([type_doc(shape), *needed]), name, members))
            case _:
                pass

    def _members(self, fields: Iterable[Field], *, request: bool, optional: bool = False) -> tuple[MemberView, ...]:
        return tuple(
            MemberView(
                comment=LuauComment([input_doc(member) if request else output_doc(member)], indent=1),
                key=LuauKey(member.name),
                type=self._member_type(member, request=request, optional=optional),
                hidden=_NUL in member.name,
            )
            for member in fields
        )

    def _member_type(self, member: Field, *, request: bool, optional: bool) -> Luau:
        plain = self._request(member.shape) if request else self.reply(member.shape)
        certain = member.required and not optional and not member.shape.nullable
        if certain:
            return plain
        is_union = isinstance(member.shape, Either) or (
            request and isinstance(member.shape, Text) and len(member.shape.enum or ()) > 1
        )
        return code("(", plain, ")?") if is_union else code(plain, "?")


def _only(member: Field) -> Field:
    """Return an input that is always the same as one that may be left out."""
    shape = member.shape
    if isinstance(shape, Text):
        shape = replace(shape, enum=(str(member.fixed),))
    return replace(member, required=False, shape=shape)


def _either(shape: Either) -> Luau:
    return joined(" | ", [LuauIdentifier(_PRIMITIVES[kind]) for kind in shape.kinds])


# Room for what stands before and behind a union on its line, where that is not known.
_MARGIN = 44


def _choice(kinds: Sequence[Luau], around: int = _MARGIN) -> Luau:
    """Join types into a union, over several lines if it would be too long for one."""
    line = joined(" | ", kinds)
    return line if fits(line, 0, around=around) else joined("\n\t| ", kinds)
