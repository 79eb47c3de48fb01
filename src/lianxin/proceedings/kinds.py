"""Kinds of proceedings: what a kind is called, how far one can come, and by which steps; data, one small file a kind.

A kind stands in the stage package whose work it is (`kinds/NAME.py`) and is registered by `register.add`.  Each step
becomes a verb of the door, its form comes from its payload; list, page, search, sheet and documents are the same for
all kinds.

What a field of a payload means goes by its name: `title` and `text` are the words of the proceeding; those of
`models.COLUMNS` its columns; `due` the deadline that the step sets; `orders`, `units`, `people` what and whom it is
about (`abouts`).  All others stand in the ledger and on the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import dropwhile
from typing import Any, Literal

from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Payload
from lianxin.ledger.verbs import Follow
from lianxin.rules import known
from lianxin.rules.lifecycle import CENTRE, UNIT, Transition
from lianxin.rules.pack import Pack

from .deed import Deed
from .papers import Paper
from .proposals import Proposal, Taken
from .reach import confine, share

_CODE = re.compile(r"[a-z][a-z_]{1,23}")


@dataclass(frozen=True, slots=True)
class State:
    """How far a proceeding has come, and which post answers for it then: of the centre, or of the unit that it is
    about.  Without a post it has ended."""

    title: str
    post: str = ""
    at: Literal["centre", "unit"] = "centre"
    #: nothing is asked of that post for now
    idle: bool = False
    #: whose turn it is says its column `level`, the role of a post; `post` where that names none
    by_level: bool = False
    #: posts of the centre that are told when the deadline lapses in this state, besides those of the kind
    raised_to: tuple[str, ...] = ()
    #: what is in it was entered wrongly: it proves nothing (`void`)
    void: bool = False

    @property
    def ended(self) -> bool:
        return not self.post

    def answering(self, level: str) -> str:
        """The post that answers in it for a proceeding of that `level`."""
        return (self.by_level and level) or self.post


def _nothing(deed: Deed[Any]) -> None:
    return


def _as_it_is(deed: Deed[Any]) -> Mapping[str, Any]:
    return {}


def _always(pack: Pack) -> bool:
    return True


def _nowhere(deed: Deed[Any]) -> Iterator[Follow]:
    return iter(())


def _anywhere(directory: Snapshot, unit: int | None) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that may be done: by which posts, in which states, where it leads.

    Without `states` it opens a proceeding.  `to`: the next state; left out, it stays as it is.  `meets`: the running
    deadline is met with it.  `reopens`: what has ended is open again under its number.  `fills` says what its payload
    leaves to the world, `check` may refuse, `follows` names acts on orders that are done in the same transaction.  A
    post of a unit may take it where the proceeding is about its unit, or where its person or unit was called.
    """

    code: str
    title: str
    payload: type[Payload]
    posts: frozenset[str]
    states: tuple[str, ...] = ()
    to: str | None = None
    meets: bool = False
    #: by the book itself, never by a person
    by_itself: bool = False
    #: of one by the book itself: whoever answers is told, as of what people do
    tells: bool = False
    #: whoever answers is told although it lies where it lay
    reminds: bool = False
    #: it takes up again what has ended
    reopens: bool = False
    paper: Paper | None = None
    fills: Callable[[Deed[Any]], Mapping[str, Any]] = _as_it_is
    check: Callable[[Deed[Any]], None] = _nothing
    follows: Callable[[Deed[Any]], Iterator[Follow]] = _nowhere
    icon: str = "edit"
    decides: bool = True
    #: the field of its payload that says when it took place: for a duty of a period that counts, not when it was told
    held: str = ""
    #: of its verb: raised when its payload or effect comes to mean something else (`Kind.former`)
    version: int = 1

    def __post_init__(self) -> None:
        if self.held and self.held not in self.payload.model_fields:
            raise ValueError(f"step {self.code}: its payload says when it took place")

    @property
    def opens(self) -> bool:
        return not self.states


@dataclass(frozen=True)
class Kind:
    """A kind of proceedings."""

    code: str
    title: str
    states: Mapping[str, State]
    steps: tuple[Step, ...]
    #: what it calls the unit that it is about, what its deadline
    unit_title: str = "对象单位"
    due_title: str = "时限"
    #: its deadline is the time at which it takes place: nobody is late before that day is over
    all_day: bool = False
    #: what it calls its column `level`
    level_title: str = "级别"
    #: posts of the centre that are told when its deadline lapses, besides whoever answers for it
    raised_to: tuple[str, ...] = ()
    #: steps as they once were, under older versions: what a ledger holds of them is replayed, nobody takes them
    former: tuple[Step, ...] = ()
    #: what its list shows besides: fields of payloads, as they were said last
    listed: tuple[str, ...] = ()
    #: the field of its payloads that names who must be in office in its unit as long as it is in force
    in_office: str = ""
    #: each rule of a pack proposes by itself: what another rule has proposed about the same orders, and what people
    #: have opened, is no reason to propose nothing
    one_a_rule: bool = False
    #: whether a rule book has it: nobody opens one where the one in force does not
    under: Callable[[Pack], bool] = _always
    #: the unit that opened it carries it on: the post by which it was opened answers in every state, and posts of other
    #: units take no step, whoever is called to it
    of_opener: bool = False
    #: whether posts of this unit open one: by the rule book in force today
    opened_in: Callable[[Snapshot, int | None], bool] = _anywhere
    #: what it calls its column `channel`
    channel_title: str = "渠道"
    #: posts of the centre that see it; all others only where they were called to it.  Empty: every post of the centre
    known_to: frozenset[str] = frozenset()
    #: acts on orders that follow from each of its steps, besides those of the step itself
    follows: Callable[[Deed[Any]], Iterator[Follow]] = _nowhere
    #: what was said in it without these orders, their numbers by id: whom one of its orders complains of sees it so
    #: (C64).  Without this he sees nothing of it, and has nothing to do with it
    without: Callable[[Mapping[str, Any], Mapping[int, str]], dict[str, Any]] | None = None
    by_step: Mapping[str, Step] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_step", {step.code: step for step in self.steps})

    def action(self, step: Step) -> str:
        """The dotted id of a step."""
        return f"{self.code}.{step.code}"

    @property
    def openings(self) -> Iterator[Step]:
        """The steps by which people open one."""
        return (step for step in self.steps if step.opens and not step.by_itself)

    @property
    def comes_again(self) -> bool:
        """Whether one that has ended may be taken up again, so that there is no second one about the same."""
        return any(step.reopens for step in self.steps)

    def way(self, now: str, done: Collection[str]) -> list[str]:
        """The states that one in `now` was in, after these actions; while it is open also those to which people bring
        it from there, up to the usual end: not what only befalls it (a limit that lapses)."""
        shown = {now, *(step.to for step in (*self.steps, *self.former) if self.action(step) in done)}
        if now in self.states and not self.states[now].ended:
            usual = next((code for code, state in self.states.items() if state.ended), "")
            led = {step.to for step in self.steps if not step.by_itself}
            ahead = dropwhile(lambda code: code != now, self.states)
            shown |= {code for code in ahead if code in led and (not self.states[code].ended or code == usual)}
        return [code for code in self.states if code in shown]

    def state_title(self, state: str) -> str:
        return self.states[state].title if state in self.states else state


_KINDS: dict[str, Kind] = {}
#: Each action with its step, its kind and its row of the table.
_STEPS: dict[str, tuple[Kind, Step, Transition]] = {}
#: What every kind has, whatever its states (`system`).
_COMMON: dict[str, Transition] = {}


def note(kind: Kind) -> None:
    """Make a kind and its steps known (`register.add`).  Raises ValueError for one that does not hold together."""
    for fault in (*_faults(kind), *_unknowing(kind)):
        raise ValueError(f"kind {kind.code}: {fault}")
    _KINDS[kind.code] = kind
    if kind.known_to:
        confine(kind.code, kind.known_to)
    if kind.without is not None:
        share(kind.code)
    if watched := {step.code: step.title for step in kind.steps if issubclass(step.payload, Proposal | Taken)}:
        known.note_watched(kind.code, kind.title, watched)
    for step in kind.steps:
        action = kind.action(step)
        row = Transition(action, step.title, step.posts, frozenset(step.states), step.to)
        _STEPS[action] = kind, step, row
        known.note_action(action, f"{kind.title}：{step.title}" if step.title != kind.title else kind.title)


def _faults(kind: Kind) -> Iterator[str]:
    """What is wrong with it."""
    if not _CODE.fullmatch(kind.code) or kind.code in _KINDS:
        yield "a code of its own, of small letters"
    if len(kind.by_step) != len(kind.steps) or not any(step.opens for step in kind.steps):
        yield "each step once, and one that opens it"
    for step in kind.steps:
        named = {*step.states, *([step.to] if step.to is not None else [])}
        if named - kind.states.keys() or (step.opens and step.to is None):
            yield f"step {step.code} leads from states and to one that the kind has"
        if step.version > 1 and {old.version for old in kind.former if old.code == step.code} != set(
            range(1, step.version)
        ):
            yield f"step {step.code}: each version before it"
        if len(kind.action(step)) > 32:
            yield f"the id of step {step.code} is too long"
        if not step.by_itself and not step.posts <= CENTRE | UNIT | {"analyst"}:
            yield f"step {step.code}: posts that there are"
        if step.reopens and not (step.states and step.to is not None and _leads_back(kind, step)):
            yield f"step {step.code} reopens, so it leads from ends to a state that is none"
    left = {state for step in kind.steps if not step.reopens for state in step.states if step.to not in (None, state)}
    for code, state in kind.states.items():
        if not state.ended and code not in left:
            yield f"state {code} is never left"
        if state.ended and code in left:
            yield f"state {code} has ended and is left"


def _unknowing(kind: Kind) -> Iterator[str]:
    """Who opens one of a confined kind must know of it; later steps are also his who was called to it."""
    for step in kind.openings if kind.known_to else ():
        if not step.by_itself and not step.posts <= kind.known_to:
            yield f"step {step.code}: whoever opens one knows of the kind"


def _leads_back(kind: Kind, step: Step) -> bool:
    """Whether it leads from nothing but ends to a state that is none."""
    assert step.to is not None
    ends = {code for code, state in kind.states.items() if state.ended}
    return {*step.states} <= ends and step.to not in ends


def row(action: str) -> Transition:
    """The row of an action.  Raises KeyError for one that no kind has."""
    return _STEPS[action][2] if action in _STEPS else _COMMON[action]


def common(transition: Transition) -> None:
    """Make known an action that proceedings of every kind have."""
    _COMMON[transition.action] = transition


def find(code: str) -> Kind:
    """The kind of this code.  Raises KeyError where it is none (any more)."""
    return _KINDS[code]


def every() -> tuple[Kind, ...]:
    """All kinds, by code."""
    return tuple(kind for _, kind in sorted(_KINDS.items()))


def asking() -> Iterator[tuple[str, list[str]]]:
    """Each kind with the states in which something is asked of whoever answers."""
    for kind in every():
        yield kind.code, [code for code, state in kind.states.items() if not state.ended and not state.idle]


def held(action: str) -> str:
    """The field of that action's payload that says when it took place; `""` where it is the act itself."""
    return _STEPS[action][1].held if action in _STEPS else ""


@cache
def void() -> tuple[tuple[str, str], ...]:
    """The kinds and states of what was entered wrongly and taken back."""
    return tuple((kind.code, code) for kind in every() for code, state in kind.states.items() if state.void)


@cache
def kept() -> tuple[str, ...]:
    """The kinds that the book keeps by itself, and of which people do nothing."""
    return tuple(kind.code for kind in every() if all(step.by_itself for step in kind.steps))


@cache
def posts(*, with_shifts: bool = False) -> frozenset[str]:
    """The posts that may come to answer for a proceeding; `with_shifts`: also those only by a change of shift."""
    asking = [(kind, state) for kind in every() for state in kind.states.values() if not state.idle]
    by_level = (step.posts for kind, state in asking if state.by_level for step in kind.steps if not step.by_itself)
    return frozenset({state.post for _, state in asking} - {""}).union(*(by_level if with_shifts else ()))


def kind_of(action: str) -> Kind | None:
    """The kind whose step an action is; None for what proceedings of every kind have."""
    return _STEPS[action][0] if action in _STEPS else None


def step_of(action: str) -> tuple[Kind, Step]:
    """The kind and the step of an action.  Raises KeyError for any other action."""
    kind, step, _ = _STEPS[action]
    return kind, step
