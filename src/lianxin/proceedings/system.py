"""Verbs that a proceeding of any kind has: what clocks do, and that its owner is who holds the post."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lianxin.ledger import ringing, verbs
from lianxin.ledger.acts import Payload
from lianxin.ledger.ringing import Ringing
from lianxin.ledger.verbs import verb
from lianxin.rules.lifecycle import SYSTEM, Transition

from . import kinds
from .book import PROCEEDINGS
from .deed import Deed


class AnyState(frozenset[str]):
    """The states of a row that may be taken whatever state a kind has."""

    def __contains__(self, state: object) -> bool:
        return True


kinds.common(Transition("proceeding.warned", "时限预警", SYSTEM, AnyState()))
kinds.common(Transition("proceeding.breached", "超过时限", SYSTEM, AnyState()))
kinds.common(Transition("proceeding.handed_over", "责任人变更", SYSTEM, AnyState()))
kinds.common(Transition("proceeding.erased", "原文按期删除", SYSTEM, AnyState()))


class Ring(ringing.Ring[Deed[Ringing]]):
    """Whoever answers for it, or has the duty whose time it is, is told."""

    book = PROCEEDINGS

    def concerns(self, deed: Deed[Ringing]) -> Iterator[int | None]:
        rung = [deed.docket.clocks[pk] for pk in deed.payload.clocks]
        for task in (deed.docket.tasks[clock.task_id] for clock in rung if clock.task_id is not None):
            for post in deed.directory.posts_at(task.unit_id, task.post_role):
                yield deed.directory.holder(post.id, deed.at)
        if any(clock.task_id is None for clock in rung):
            yield deed.proceeding.owner_person_id


@verb
class Warn(ringing.Warn[Deed[Ringing]], Ring):
    """The yellow card."""

    action = "proceeding.warned"


@verb
class Breach(ringing.Breach[Deed[Ringing]], Ring):
    """The red card: what was not answered in time is listed as such until it is."""

    action = "proceeding.breached"

    def concerns(self, deed: Deed[Ringing]) -> Iterator[int | None]:
        yield from super().concerns(deed)
        kind = kinds.find(deed.proceeding.kind)
        for role in dict.fromkeys((*kind.raised_to, *kind.states[deed.proceeding.state].raised_to)):
            for post in deed.directory.posts_at(deed.directory.root.id, role):
                yield deed.directory.holder(post.id, deed.at)


class Nothing(Payload):
    """Nothing but that it happens."""


@verb
class HandOver(verbs.Verb[Nothing, Deed[Nothing]]):
    """The owner has gone, is away, or a vacant post is filled: whoever holds the post now answers (`book.owner`)."""

    book = PROCEEDINGS
    action = "proceeding.handed_over"
    payload = Nothing
    alters = False

    def concerns(self, deed: Deed[Any]) -> Iterator[int | None]:
        return iter(())
