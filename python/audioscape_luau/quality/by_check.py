"""Mutants on trial by `audioscape check` alone: what it is worth to somebody who has no other tests of a client.

The cases of a check are played once without any mutant, to know which of them reach where. Then each mutant is played
with the cases that reach it, in a process of its own, until one breaks.
"""

from __future__ import annotations

import gc
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx

from audioscape_luau.contract.case import Case, Outcome
from audioscape_luau.contract.plan import plan
from audioscape_luau.contract.run import Company
from audioscape_luau.contract.search import Search, leaving_nothing, search
from audioscape_luau.contract.subject import Module, Stage, Subject
from audioscape_luau.openapi import ApiModel
from audioscape_luau.quality.coverage import STORE, Instrumented, instrument, places
from audioscape_luau.quality.forks import forked
from audioscape_luau.quality.mutation import Mutant
from audioscape_luau.quality.swap import swapped, watched
from audioscape_luau.quality.trial import TrialError, Verdict
from roblox_double import Peer, ScriptTree, Universe

EXAMPLES = 30
"""Cases of a search, as many as `audioscape check` tries unless told otherwise."""
PATIENCE = 20.0
"""Seconds of the processor that a mutant is played for at most. What has not broken by then counts as not noticed."""
SECONDS = 4.0
"""Seconds of the processor that a case may take in addition to ten times its usual; more means that it hangs."""
_LEAD = 10
"""How many mutants a kind of cases counts as having noticed for each word that its name shares with the line."""
_USE = 3
"""How many it counts for that a case uses more of a file than it takes to load it."""
_WORD = re.compile(r"[A-Za-z_]{4,}")
_SHARE = 20
"""Cases that a process plays without a mutant before it hands back what they reached."""

# What ran since this was asked last, as texts: numbers by themselves would take longer to hand over.
_TAKE = """
local told = {}
for name, counts in shared[...] or {} do
    local ran = {}
    for slot, count in counts do
        if count > 0 then
            table.insert(ran, slot - 1)
            counts[slot] = 0
        end
    end
    told[name] = table.concat(ran, " ")
end
return told
"""

type Slots = Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A case that was played without any mutant: the slots it reached, and how long it took."""

    case: Case
    slots: Slots
    seconds: float

    @property
    def kind(self) -> tuple[str, str]:
        """What it shares with cases that show the same of others."""
        return self.case.phase, self.case.label.partition("/")[0]


@dataclass
class _Reached:
    """What the module ran, in whichever of its servers, since this was emptied."""

    slots: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    open: list[Peer] = field(default_factory=list[Peer])

    def __post_init__(self) -> None:
        self.open = watched(self.gather)

    def gather(self, peer: Peer) -> None:
        try:
            (found,) = peer.run(_TAKE, STORE, limit=0)
        except Exception:
            return  # one that was stopped midway tells nothing
        for name, text in cast("dict[str, str]", found or {}).items():
            self.slots[name].update(map(int, text.split()))

    def take(self) -> Slots:
        """Return what ran since the last time."""
        for peer in list(self.open):
            self.gather(peer)
        taken = {name: frozenset(slots) for name, slots in self.slots.items() if slots}
        self.slots.clear()
        return taken


class CheckTrial:
    """Plays `chosen` mutants of the module `tree`, whose `sources` are known by name; `told` hears each verdict."""

    def __init__(
        self,
        model: ApiModel,
        tree: ScriptTree,
        sources: Mapping[str, str],
        chosen: Sequence[Mutant],
        told: Callable[[Verdict], None],
        jobs: int,
    ) -> None:
        self._model = model
        self._tree = tree
        self._sources = sources
        self._chosen = chosen
        self._told = told
        self._jobs = jobs
        self._code: dict[str, Instrumented] = {}
        self._plan: Sequence[Case | Search] = ()
        self._loads: Slots = {}
        self._known: list[_Known] = []
        self._noticers: Counter[tuple[str, tuple[str, str]]] = Counter()

    def run(self) -> None:
        """Play all. Raises TrialError if the check finds fault with the module as it is."""
        Universe.default_time_limit = None  # a signal ends what hangs, and costs nothing meanwhile
        self._plan = plan(self._model)
        for file in {mutant.file for mutant in self._chosen}:
            self._code[file] = instrument(self._sources[file], file)
        with leaving_nothing():
            self._explore()
        # What is there by now stays: to look through it would have each process copy all of it.
        gc.collect()
        gc.freeze()
        for verdict in self._judge():
            self._told(verdict)

    # Without a mutant

    def _explore(self) -> None:
        shares = [range(at, min(at + _SHARE, len(self._plan))) for at in range(0, len(self._plan), _SHARE)]
        # What takes longest comes last in a plan: a share of that at the end would leave a processor without work.
        for share, explored in forked(self._explored, reversed(shares), self._jobs):
            if explored is None:
                raise TrialError(f"The cases from {self._plan[share.start].name} on end the process they run in.")
            loads, reaches = explored
            self._loads = loads
            for index, data, slots, seconds, broken in reaches:
                case = self._plan[index]
                case = case.build(data) if isinstance(case, Search) else case
                if broken:
                    raise TrialError(f"audioscape check finds a fault without any mutant: {case.token}: {broken}")
                self._known.append(_Known(case, slots, seconds))

    def _explored(self, share: range) -> tuple[Slots, list[tuple[int, object, Slots, float, str]]]:
        counting = {self._sources[file]: code.source for file, code in self._code.items()}
        subject = self._subject(counting)
        reached = _Reached()
        with Stage(subject) as stage:
            stage.play("", _nobody)
            loads = reached.take()
        reached.take()
        found: list[tuple[int, object, Slots, float, str]] = []
        with Company(subject) as company:
            for index in share:
                case = self._plan[index]

                def play(case: Case, index: int = index) -> Outcome:
                    began = time.process_time()
                    outcome = company.run_case(case)
                    seconds = time.process_time() - began
                    broken = "; ".join(f"{broken.rule}: {broken.detail}" for broken in outcome.broken)
                    found.append((index, case.data, reached.take(), seconds, broken))
                    return outcome

                if isinstance(case, Search):
                    list(search(case, play, examples=EXAMPLES, number=0))
                else:
                    play(case)
        return loads, found

    def _subject(self, sources: Mapping[str, str]) -> Subject:
        return Subject(Module(swapped(self._tree, sources), "the shipped client"), self._model)

    # With one

    def _judge(self) -> Iterator[Verdict]:
        for (mutant, cases), place in forked(
            self._noticed, ((mutant, self._cases_of(mutant)) for mutant in self._chosen), self._jobs
        ):
            if place is None:
                yield Verdict(mutant, "(it hangs)", len(cases))
            elif place < 0:
                yield Verdict(mutant, None, len(cases))
            else:
                known = self._known[place]
                self._noticers[mutant.file, known.kind] += 1
                yield Verdict(mutant, known.case.token, len(cases))

    def _cases_of(self, mutant: Mutant) -> list[int]:
        """Return the cases that reach a mutant, so that the one that notices it comes soon.

        The kinds of cases take turns, the more often the more mutants of this file they noticed, each with its
        quickest first. What is on the line may be in their names: those with the same words of it are a kind of their
        own, which begins with a lead. So are those that use as rare a part of the file: what a module makes as it is
        loaded shows in the few cases that use it. A condition shows in those in which it comes to what it seldom does.
        """
        slots = _reaching(self._code[mutant.file], self._sources[mutant.file], mutant.line)
        everywhere = not slots or bool(slots & self._loads.get(mutant.file, frozenset()))
        reaching = [
            index
            for index, known in enumerate(self._known)
            if everywhere or slots & known.slots.get(mutant.file, frozenset())
        ]
        words = {*_WORD.findall(self._sources[mutant.file].splitlines()[mutant.line - 1]), Path(mutant.file).stem}
        return self._in_turn(mutant.file, words, reaching, self._seldom(mutant, reaching))

    def _seldom(self, mutant: Mutant, cases: Sequence[int]) -> frozenset[int]:
        """Return the cases in which a mutant's condition comes to what it seldom comes to."""
        told = [self._known[index].slots.get(mutant.file, frozenset[int]()) for index in cases]
        near = {slot for line, slot in places(self._code[mutant.file]) if line == mutant.line}
        users = Counter(slot for slots in told for slot in slots & near)
        seldom = min((slot for slot, count in users.items() if count < len(cases)), key=users.__getitem__, default=None)
        return frozenset(index for index, slots in zip(cases, told, strict=True) if seldom in slots)

    def _in_turn(
        self, file: str, words: Collection[str], cases: Sequence[int], seldom: Collection[int] = ()
    ) -> list[int]:
        loads = self._loads.get(file, frozenset[int]())
        uses = {index: self._known[index].slots.get(file, frozenset[int]()) - loads for index in cases}
        users = Counter(slot for slots in uses.values() for slot in slots)
        turn = Counter[tuple[tuple[str, str], frozenset[str], int, bool]]()
        turns: list[tuple[float, float, int]] = []
        for index in sorted(cases, key=lambda index: (self._known[index].seconds, index)):
            known = self._known[index]
            # What a change names, cases are named after, too: an input, a field, an operation, a schema.
            shared = frozenset(word for word in words if word in f"{known.case.name} {known.case.about}")
            fewest = min((users[slot] for slot in uses[index]), default=0)
            group = known.kind, shared, fewest.bit_length(), index in seldom
            turn[group] += 1
            lead = 1 + self._noticers[file, known.kind] + _LEAD * (len(shared) + group[-1]) + (_USE if fewest else 0)
            turns.append((turn[group] / lead, known.seconds, index))
        return [index for *_, index in sorted(turns)]

    def _noticed(self, given: tuple[Mutant, list[int]]) -> int:
        mutant, cases = given
        began = time.process_time()
        with Company(self._subject({self._sources[mutant.file]: mutant.source})) as company:
            for index in cases:
                known = self._known[index]
                if time.process_time() - began > PATIENCE:
                    break
                if sys.platform != "win32":  # where nothing is tried, for want of forks
                    signal.setitimer(signal.ITIMER_PROF, SECONDS + 10 * known.seconds)
                if not company.run_case(known.case).kept:
                    return index
        return -1


def _nobody(request: httpx.Request, _number: int) -> httpx.Response:
    raise AssertionError(f"a module asked for {request.url} as it was loaded")


def _reaching(code: Instrumented, source: str, line: int) -> set[int]:
    """Return the slots that are counted when a line runs.

    Of a line that begins no statement, such as one within a table or a condition, those of the statement that it is
    part of: the last one before it that is less indented.
    """
    lines = source.splitlines()
    counted = places(code)
    start = max(
        (at for at, _ in counted if at == line or (at < line and _indent(lines[at - 1]) < _indent(lines[line - 1]))),
        default=0,
    )
    return {slot for at, slot in counted if at == start}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
