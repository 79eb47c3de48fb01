"""The limits of duties, and when one comes that is laid for later: by a span of the rule's own, by a date that the act
names, or as a part of another limit.  What they answer stands in the entry; a replay asks none of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lianxin.ledger.chain import instant
from lianxin.rules import deadlines
from lianxin.rules.policy_tasks import PartOf, TaskRule, limit_of
from lianxin.rules.worktime import part_of

from .deed import Deed


def of_span(deed: Deed[Any], rule: TaskRule, level: int, event: str, given: Any) -> Iterator[list[Any]]:
    """The clock of the duty that was laid last, by a date that the act names or by the rule's own span."""
    limit = limit_of(rule, level)
    if given is None and limit is not None:
        given, _ = deadlines.reckon(limit, deed.at, deed.outside().calendar)
    if given is not None:
        yield _line(deed, rule, -len(deed.laid), given, event)


def settled(deed: Deed[Any], derived: dict[str, Any]) -> None:
    """Put into `derived` what the other limits decide, as this act leaves or starts them: the limits of the duties laid
    that are a part of one, when those come that are laid for later, and the limits of those that come now."""
    start = derived.setdefault("start", [])
    for place, laid in enumerate(deed.laid, 1):
        rule = deed.pack.task(laid.rule)
        if rule is None or laid.level < len(rule.levels):
            continue
        comes = comes_at(deed, rule, laid.share, deed.at, derived)
        if comes is not None and comes > deed.at:
            # Until then nobody has it.
            deed.laid[place - 1] = laid._replace(holder=None, vacant="", holds=False, comes=instant(comes))
        elif rule.after is not None or isinstance(rule.allow, PartOf):
            start.extend(_begun(deed, rule, laid.share, -place, derived))
    if deed.laid:
        derived["laid"] = [list(laid) for laid in deed.laid]
    for task in deed.came:
        if (rule := deed.pack.task(task.rule)) is not None:
            start.extend(_begun(deed, rule, task.share_id or 0, task.id, derived))


def comes_at(
    deed: Deed[Any], rule: TaskRule, share: int, since: datetime, derived: dict[str, Any] | None = None
) -> datetime | None:
    """From when a duty that was laid at `since` is somebody's, as the limits stand now; None: at once."""
    calendar, after = deed.outside().calendar, rule.after
    if after is None:
        return None
    if not isinstance(after, PartOf):
        return after.due(since, calendar)
    whole = _whole(deed, derived or {}, after.kind, share)
    return deadlines.part_passed(*whole, after.part, calendar) if whole is not None else None


def _begun(deed: Deed[Any], rule: TaskRule, share: int, about: int, derived: dict[str, Any]) -> Iterator[list[Any]]:
    """The clock of a duty that begins with this act."""
    calendar, limit = deed.outside().calendar, rule.limit
    if limit is not None:
        yield _line(deed, rule, about, deadlines.reckon(limit, deed.at, calendar)[0], "")
    elif isinstance(rule.allow, PartOf) and (whole := _whole(deed, derived, rule.allow.kind, share)) is not None:
        due = part_of(*whole, rule.allow.part, calendar)
        yield _line(deed, rule, about, max(due, rule.least.due(deed.at, calendar)) if rule.least else due, "")


def _whole(deed: Deed[Any], derived: dict[str, Any], kind: str, share: int) -> tuple[datetime, datetime] | None:
    """(start, due) of the clock of that kind on the share (0: on the order)."""
    for line in derived.get("start", ()):
        if (line[1], line[2]) == (kind, share):
            return datetime.fromisoformat(line[3]), datetime.fromisoformat(line[4])
    moved = {line[0]: datetime.fromisoformat(line[3]) for line in derived.get("move", ())}
    stopped = {line[0] for line in derived.get("stop", ())}
    for clock in deed.docket.running_clocks():
        if (clock.kind, clock.share_id or 0) == (kind, share) and clock.task_id is None and clock.id not in stopped:
            return clock.start, moved.get(clock.id, clock.due)
    return None


def _line(deed: Deed[Any], rule: TaskRule, about: int, due: datetime, event: str) -> list[Any]:
    """The clock of a duty, as `settle` starts it."""
    calendar = deed.outside().calendar
    warn = max(rule.warn.before(due, calendar), deed.at) if rule.warn else None
    times = [instant(deed.at), instant(due), instant(warn) if warn else None]
    return [rule.id, rule.kind, about, *times, "rule", event, None]
