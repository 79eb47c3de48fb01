"""The verbs: what can happen to a root.  Each stage package registers its own.

A verb is small: a payload model, a check, an effect, and the sentence that the timeline prints.  `check`
may look at the world (directory, pack) and refuse; `effect` must be a pure function of docket, payload and
act, because `lianxin verify` replays it years later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from lianxin.rules.lifecycle import Transition
from lianxin.rules.policy import Pack

from .acts import SAID, Payload, Refused, private_fields
from .books import Book
from .deed import Deed
from .models import Root


@dataclass(frozen=True, slots=True)
class Follow:
    """An act on another root that follows from an act on this one; of a verb that opens one, under the id that was
    reserved for it (`Others.reserve`)."""

    verb: str
    root: int
    payload: Mapping[str, Any]


P = TypeVar("P", bound=Payload)
D = TypeVar("D", bound=Deed[Any])
V = TypeVar("V", bound="type[Verb[Any, Any]]")


class Verb(Generic[P, D]):
    """Base class; subclasses are registered by `@verb`.  P is its payload, D the deed of its kind of root."""

    #: of the kind of root that it acts on
    book: ClassVar[Book]
    action: ClassVar[str]
    payload: ClassVar[type[Payload]]
    #: whether it registers one
    opens: ClassVar[bool] = False
    #: raised when payload or effect come to mean something else; the class of the older number stays registered
    version: ClassVar[int] = 1
    #: whether what a unit does counts for the units above, which handed the share down to it
    upward: ClassVar[bool] = False
    #: whether it changes what clocks go by (facts, limits, roles): running clocks follow, see `recount`
    moves_clocks: ClassVar[bool] = False
    #: whether it judges, decides or answers, so that it needs to have seen what it is about (`seen`); what only puts
    #: on record what happened outside does not
    decides: ClassVar[bool] = True
    #: whether its entry changes what such a decision rests on: clocks, notices and views do not
    alters: ClassVar[bool] = True
    #: whether nobody is told of it
    quiet: ClassVar[bool] = False
    #: whether its event concerns every running part, though it is about the whole
    of_all_parts: ClassVar[bool] = False
    #: whether it takes the words and files out for good
    erases: ClassVar[bool] = False
    #: verbs whose outcome its form shows and hands in again: of these one has to have seen one's own too, since an
    #: older page of one's own would set back what was set in another window
    restates: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def row(cls) -> Transition:
        """Its row in the table of its book."""
        return cls.book.row(cls.action)

    def resolve(self, deed: D) -> P:
        """The payload with what it leaves to the world filled in (a due time, a default unit): so it goes into
        the ledger, and the effect needs no world.  May raise `Refused`."""
        payload: P = deed.payload
        return payload

    def check(self, deed: D) -> None:
        """Raise `Refused` if the act may not be done.  State and post were already asked for."""

    def effect(self, deed: D) -> None:
        """Change the docket."""

    def events(self, deed: D) -> tuple[str, ...]:
        """The events that the pack's clocks hear; the table's unless the payload decides."""
        event = self.row().event
        return (event,) if event else ()

    def recounts(self, deed: D) -> tuple[int, ...]:
        """The clocks that are to be counted anew by today's calendar."""
        return ()

    def follows(self, deed: D) -> Iterator[Follow]:
        """What the act brings about in other orders: done by the system, in the same transaction or not at all."""
        return iter(())

    def concerns(self, deed: D) -> Iterator[int | None]:
        """Whom to tell besides a new owner."""
        yield from deed.concerned()

    def tell(self, payload: P) -> tuple[str, str]:
        """(what was done, quoted text) for the timeline, in Chinese; the actor is put before it."""
        return self.row().title, ""

    def tell_under(self, payload: P, pack: Pack) -> tuple[str, str]:
        """The same in the words of the order's pack, for a payload that holds codes of it."""
        return self.tell(payload)


#: The verbs as they are taken today, and all versions that a ledger may hold.
_REGISTRY: dict[str, Verb[Any, Any]] = {}
_VERSIONS: dict[tuple[str, int], Verb[Any, Any]] = {}


def verb(cls: V) -> V:
    """Register a verb.  Its action must be a row of its book, and each version be registered once.

    The highest version is the one that is taken today; older ones only replay.
    """
    cls.row()
    if (cls.action, cls.version) in _VERSIONS:
        raise ValueError(f"verb {cls.action} is registered twice")
    made = _VERSIONS[cls.action, cls.version] = cls()
    if cls.action not in _REGISTRY or _REGISTRY[cls.action].version < cls.version:
        _REGISTRY[cls.action] = made
    return cls


def recorded(action: str, version: int) -> Verb[Any, Any]:
    """The verb as it was when an entry of that version was written.  Raises KeyError if nobody kept it."""
    return _VERSIONS[action, version]


def get(action: str) -> Verb[Any, Any]:
    """The verb of `action`.  Raises KeyError if no stage package has registered it."""
    return _REGISTRY[action]


def find(action: str) -> Verb[Any, Any]:
    """The same for an action that came from outside.  Raises `Refused` if there is none."""
    if action not in _REGISTRY:
        raise Refused("没有这个动作")
    return _REGISTRY[action]


def known(action: str) -> bool:
    """Whether some stage package has registered it."""
    return action in _REGISTRY


def registered(book: Book | None = None) -> Iterator[str]:
    """All registered actions, of that book if one is given."""
    return (action for action, verb in _REGISTRY.items() if book in (None, verb.book))


def bars_after_erasure(verb: Verb[Any, Any], root: Root, *, files: bool = False) -> str:
    """Why the verb, with `files` on it or none, may not be taken on a root whose words were erased, in Chinese;
    `""` if it may.  What came after the erasure would never be erased: a verb that has private words is refused.
    """
    if root.erased_at is None or not (files or private_fields(verb.payload)):
        return ""
    return f"原文已按期删除，不能{verb.row().title}，请另行登记"


def validate(verb: Verb[Any, Any], data: Any) -> Payload:
    """`data` as the verb's payload.  Raises `Refused` with a Chinese sentence per field."""
    if not isinstance(data, verb.payload):
        for name, value in dict(data).items():
            # Nobody types it: what else documents cannot carry is taken out by the payload itself.
            if _has_nul(value):
                raise Refused({name: "含有不能保存的字符，请删除后重新填写"})
        try:
            data = verb.payload.model_validate(data)
        except ValidationError as error:
            raise Refused({_path(e["loc"]): _say(e) for e in error.errors()}) from error
    payload: Payload = data
    return payload


def _has_nul(value: Any) -> bool:
    """Whether a text in `value` holds the one character that PostgreSQL cannot store."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, (list, tuple)):
        return any(map(_has_nul, value))
    return isinstance(value, Mapping) and any(map(_has_nul, value.values()))


def _path(location: tuple[int | str, ...]) -> str:
    # What the caller said is one of two models; which one is no business of the form.
    return ".".join(str(step) for step in location if step not in SAID)


_SENTENCES = {
    "missing": "请填写本项",
    "string_too_short": "至少填写 {min_length} 个字",
    "string_too_long": "最多填写 {max_length} 个字",
    "too_short": "至少填写 {min_length} 项",
    "too_long": "最多填写 {max_length} 项",
    "extra_forbidden": "没有这一项，请核对",
    "literal_error": "只能是：{expected}",
    "enum": "只能是：{expected}",
    "int_parsing": "应为整数",
    "bool_parsing": "应为“是”或“否”",
    "datetime_parsing": "时间格式应为 2026-11-18 14:30",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
}


def _say(error: Any) -> str:
    """pydantic's complaint as a Chinese sentence (its own words only where they are ours already)."""
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    sentence = _SENTENCES.get(error["type"])
    return sentence.format(**error.get("ctx", {})) if sentence else "填写的内容不符合要求，请核对"
