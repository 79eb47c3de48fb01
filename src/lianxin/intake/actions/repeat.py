"""Repeats: orders about one thing are linked; a repeat of an open one is merged into it, and both ledgers say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from lianxin.ledger.acts import Payload, Private
from lianxin.ledger.chain import instant
from lianxin.ledger.deed import require
from lianxin.ledger.fields import Instant, Reason, Words, widget
from lianxin.ledger.verbs import Follow, verb
from lianxin.orders.deed import Deed
from lianxin.orders.models import Order
from lianxin.orders.recusal import carried, recused
from lianxin.orders.repeats import Repeat, waiting
from lianxin.orders.verbs import Verb
from lianxin.proceedings.models import Proceeding
from lianxin.rules.lifecycle import OrderState

from .register import MOST_REQUESTS

HIDDEN = widget("none")


class Other(Payload):
    """Another order, by its number; the ledger keeps its id."""

    number: str = Field("", title="另一件工单号", max_length=32, json_schema_extra={"wanted": True})
    other: int | None = Field(None, title="工单", json_schema_extra=HIDDEN)
    #: the matter of both from now on, and whether it begins with this act
    matter: int | None = Field(None, json_schema_extra=HIDDEN)
    begins: bool = Field(False, json_schema_extra=HIDDEN)
    #: the order into which it was merged before, and the matter that it was of, if any
    before: int | None = Field(None, json_schema_extra=HIDDEN)
    was_of: int | None = Field(None, json_schema_extra=HIDDEN)
    note: Words = Field("", title="说明")


class Main(Other):
    """The order into which a repeat goes."""

    number: str = Field(
        "",
        title="并入的工单号",
        max_length=32,
        json_schema_extra={"wanted": True, "hint": "本工单并入所填的这一件，由它的承办单位一并答复。"},
    )


def _found(deed: Deed[Other]) -> Order:
    require(bool(deed.payload.other or deed.payload.number), "number", "请填写另一件工单的编号")
    other = deed.others.find(deed.order, pk=deed.payload.other, number=deed.payload.number)
    # To whom an order complains of there is none (C64).
    known = other is not None and deed.actor.staff not in recused(other)
    require(known, "number", "没有这个工单号，请核对")
    assert other is not None
    require(other.pk != deed.order.pk, "number", "不能与自己关联，请填写另一件的工单号")
    return other


def _naming(deed: Deed[Other], other: Order, **more: Any) -> Other:
    matter = other.matter_id or deed.order.matter_id
    found: dict[str, Any] = {"number": other.number, "other": other.pk, "begins": matter is None, "before": None}
    if matter is None:
        matter = deed.outside().others.reserve("matter.opened", deed.order.centre_id, deed.at)
    return deed.payload.model_copy(update={**found, "matter": matter, "was_of": deed.order.matter_id, **more})


def _brought_along(deed: Deed[Other]) -> Iterator[Follow]:
    """One matter stays one: the orders that were of the same matter go along to the new one, and the old one ends.
    What follows from such an act is done already, and an order whose words were erased is left where it is."""
    payload, old = deed.payload, deed.payload.was_of
    if deed.actor.role == "system" or old is None or old == payload.matter:
        return
    done = {deed.order.pk, payload.other, *(repeat["order"] for repeat in waiting(deed.order))}
    for pk in sorted(deed.others.of_matter(deed.order, old) - done):
        yield Follow("order.linked", pk, {"other": payload.other})
    here = deed.outside().others.dockets.get(old)
    if here.is_open if here is not None else Proceeding.objects.filter(Proceeding.OPEN, pk=old).exists():
        yield Follow("matter.absorbed", old, {"into": payload.matter})


class _OfAMatter(Verb[Other]):
    """What link and merge have in common: the order joins the other's matter, and brings its own along."""

    payload = Other
    decides = False
    moves_clocks = True

    def effect(self, deed: Deed[Other]) -> None:
        deed.order.matter_id = deed.payload.matter

    def follows(self, deed: Deed[Other]) -> Iterator[Follow]:
        payload = deed.payload
        if payload.begins and payload.matter is not None:
            yield Follow("matter.opened", payload.matter, {"first": payload.number, "second": deed.order.number})
        yield from _brought_along(deed)


@verb
class Link(_OfAMatter):
    """The two orders are about one matter (同一事项)."""

    action = "order.linked"

    def resolve(self, deed: Deed[Other]) -> Other:
        return _naming(deed, _found(deed))

    def tell(self, payload: Other) -> tuple[str, str]:
        return f"与 {payload.number} 关联为同一事项", payload.note


@verb
class Merge(_OfAMatter):
    """A repeat of an open order: keeps its caller, is not dispatched, closes with its own answer.

    Merged into a repeat it goes to that one's main order, and takes its own repeats along: one matter, one head.
    """

    action = "order.merged"
    payload = Main

    def resolve(self, deed: Deed[Other]) -> Other:
        head = _found(deed)
        while head.merged_into_id is not None:
            above = deed.others.find(deed.order, pk=head.merged_into_id)
            assert above is not None
            head = above
        require(head.pk != deed.order.pk, "number", "那一件已经并入本工单，不能再并过去")
        require(head.is_open, "number", "只能并入一件还没有办结的工单；已办结的请改用“关联”")
        require(head.pk != deed.order.merged_into_id, "number", f"本工单已经并入 {head.number}")
        return _naming(deed, head, before=deed.order.merged_into_id)

    def effect(self, deed: Deed[Other]) -> None:
        super().effect(deed)
        deed.order.merged_into_id, deed.order.merged_at = deed.payload.other, deed.at

    def follows(self, deed: Deed[Other]) -> Iterator[Follow]:
        payload, order = deed.payload, deed.order
        assert payload.other is not None
        if payload.before is not None:
            yield _parting(payload.before, order, "moved")
        yield Follow("order.joined", payload.other, _joining(deed))
        yield from carried(order, payload.other)
        head = deed.others.find(order, pk=payload.other)
        yield from carried(head, order.pk) if head is not None else ()
        for repeat in waiting(order):
            yield Follow("order.merged", repeat["order"], {"other": payload.other})
        yield from super().follows(deed)

    def tell(self, payload: Other) -> tuple[str, str]:
        return f"并入 {payload.number}", payload.note


def rejoined(deed: Deed[Any]) -> Iterator[Follow]:
    """What a repeat asks, or by when, has changed: its main order is told anew."""
    if deed.order.merged_into_id is not None:
        yield Follow("order.joined", deed.order.merged_into_id, _joining(deed))


def _joining(deed: Deed[Any]) -> dict[str, Any]:
    """What the main order's ledger is told of a repeat."""
    order, words = deed.order, deed.docket.words()
    binds = order.upstream_due is not None and order.upstream_due_round == order.round and order.upstream_due > deed.at
    return {
        "repeat": order.pk,
        "number": order.number,
        "upstream_due": order.upstream_due if binds else None,
        "title": words.title,
        "text": words.text,
        "requests": list(words.requests),
    }


class Joining(Payload):
    """A repeat: which one, what it asks, and by when its own platform wants an answer."""

    repeat: int
    number: str
    upstream_due: Instant | None = None
    title: Annotated[str, Private] = ""
    text: Annotated[str, Private] = ""
    requests: Annotated[tuple[str, ...], Private] = ()
    #: filled in by the ledger: the numbers that its requests have here, and those among them that are new
    numbers: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    again: bool = False


@verb
class Join(Verb[Joining]):
    """The main order takes a repeat in: whoever handles it sees its text, answers its requests, and is bound by its
    limit too.  Told again, it is what changed of a repeat that waits here already."""

    action = "order.joined"
    payload = Joining
    moves_clocks = True

    def resolve(self, deed: Deed[Joining]) -> Joining:
        known = [_same(text) for text in deed.docket.words().requests]
        count, numbers, added = deed.order.request_count, [], []
        for text in map(_same, deed.payload.requests):
            if text not in known:
                known.append(text)
                added.append(len(known))
            numbers.append(known.index(text) + 1)
        late = "主单的答复已经通过，本件还有主单没有的诉求，请改用“关联”，单独派单"
        require(not added or deed.order.state != OrderState.TO_CALLBACK, "number", late)
        full = f"主单加上本件共 {count + len(added)} 项诉求，超过 {MOST_REQUESTS} 项，请改用“关联”"
        require(count + len(added) <= MOST_REQUESTS or not added, "number", full)
        again = any(repeat["order"] == deed.payload.repeat for repeat in waiting(deed.order))
        found = {"numbers": tuple(numbers), "added": tuple(added), "again": again}
        return deed.payload.model_copy(update=found)

    def effect(self, deed: Deed[Joining]) -> None:
        payload, order = deed.payload, deed.order
        fresh = [payload.requests[payload.numbers.index(number)] for number in payload.added]
        if fresh:
            appeal = deed.docket.appeal()
            appeal.requests = [*appeal.requests, *fresh]
            order.request_count += len(fresh)
        old = [repeat for repeat in waiting(order) if repeat["order"] == payload.repeat]
        repeat = Repeat(
            order=payload.repeat,
            number=payload.number,
            upstream_due=instant(payload.upstream_due) if payload.upstream_due else None,
            round=order.round,
            requests=list(payload.numbers),
            added=[*(number for known in old for number in known["added"]), *payload.added],
            left="",
        )
        order.repeats = [*(known for known in order.repeats if known not in old), repeat]

    def concerns(self, deed: Deed[Joining]) -> Iterator[int | None]:
        return deed.at_work()

    def tell(self, payload: Joining) -> tuple[str, str]:
        asked = "\n".join(f"{number}. {text}" for number, text in zip(payload.numbers, payload.requests, strict=False))
        done = "重复件更新" if payload.again else "并入重复件"
        return f"{done} {payload.number}", f"{payload.title}\n{payload.text}\n{asked}"


def _same(text: str) -> str:
    """A request without what two people write differently: spaces and punctuation."""
    return re.sub(r"[\W_]+", "", text)


LEFT = {
    "unmerged": "恢复为独立工单",
    "moved": "改并入其他工单",
    "withdrawn": "已撤单",
    "told": "已告知其诉求人",
}


class Parting(Payload):
    """A repeat leaves, and why."""

    repeat: int
    number: str
    why: Literal["unmerged", "moved", "withdrawn", "told"]


@verb
class Part(Verb[Parting]):
    """The main order is told that a repeat no longer waits for its answer; what only that one asked need not be
    answered any more, and its limit binds no longer."""

    action = "order.parted"
    payload = Parting
    moves_clocks = True

    def effect(self, deed: Deed[Parting]) -> None:
        payload = deed.payload
        deed.order.repeats = [
            {**repeat, "left": payload.why} if repeat["order"] == payload.repeat and not repeat["left"] else repeat
            for repeat in deed.order.repeats
        ]

    def concerns(self, deed: Deed[Parting]) -> Iterator[int | None]:
        return deed.at_work() if deed.order.is_open else iter(())

    def tell(self, payload: Parting) -> tuple[str, str]:
        return f"重复件 {payload.number} {LEFT[payload.why]}", ""


def _parting(main: int, order: Order, why: str) -> Follow:
    return Follow("order.parted", main, {"repeat": order.pk, "number": order.number, "why": why})


def parted(deed: Deed[Any], main: int | None, why: str) -> Iterator[Follow]:
    """The main order, if there is one, is told that this repeat has left."""
    if main is not None:
        yield _parting(main, deed.order, why)


def set_free(deed: Deed[Any], ended: str) -> Iterator[Follow]:
    """An order that ends without having been handled lets its repeats be orders again: nobody has answered them."""
    for repeat in waiting(deed.order):
        reason = f"主单 {deed.order.number} {ended}，本件恢复为独立工单"
        yield Follow("order.unmerged", repeat["order"], {"reason": reason})


class Unmerging(Payload):
    """Why it is an order of its own after all."""

    reason: Reason
    #: filled in by the ledger: the order into which it had been merged
    main: int | None = Field(None, json_schema_extra=HIDDEN)


@verb
class Unmerge(Verb[Unmerging]):
    """Takes a merge back: the order stands at dispatch again."""

    action = "order.unmerged"
    payload = Unmerging

    def resolve(self, deed: Deed[Unmerging]) -> Unmerging:
        return deed.payload.model_copy(update={"main": deed.order.merged_into_id})

    def effect(self, deed: Deed[Unmerging]) -> None:
        deed.order.merged_into_id = deed.order.merged_at = None

    def follows(self, deed: Deed[Unmerging]) -> Iterator[Follow]:
        return parted(deed, deed.payload.main, "unmerged")

    def tell(self, payload: Unmerging) -> tuple[str, str]:
        return "撤销并单", payload.reason
