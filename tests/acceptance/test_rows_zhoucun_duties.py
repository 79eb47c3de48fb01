"""The duties of Zhoucun's rule book, one by one: when each is due and warned of, what its answer must contain, to whom
it falls, and who calls an order what (B12, B14, B18, B23, B28, B29).

The numbers stand here once more, as the text or the pack's marked default has them: a changed one is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from tests.acceptance.test_rows_zhoucun_handling import kept
from tests.acceptance.zhoucun import (
    REASON,
    REPLY,
    contact,
    done,
    has,
    labelled,
    lapse,
    out,
    photograph,
    refused,
    task,
    visit,
)
from tests.cast import Cast, later, request, shanghai

from lianxin.directory.models import Post
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order

pytestmark = pytest.mark.django_db


def met_a_repeat(cast: Cast, at: datetime) -> Order:
    """In hand when the second order of its matter comes."""
    order, _ = out(cast, at)
    cast.do("agent", "order.linked", cast.register(at).pk, at, number=order.number)
    return order


def sent_as_a_repeat(cast: Cast, at: datetime) -> Order:
    """The second order of a matter, dispatched as such."""
    first, order = cast.register(at), cast.register(at)
    cast.do("agent", "order.linked", order.pk, at, number=first.number)
    cast.dispatch(order, at, "town")
    cast.do("clerk@town", "share.signed", order.pk, at)
    return order


def called(label: str) -> Callable[[Cast, datetime], Order]:
    def lay(cast: Cast, at: datetime) -> Order:
        order, _ = out(cast, at)
        labelled(cast, order, label, at)
        return order

    return lay


def late(cast: Cast, at: datetime) -> Order:
    order, _ = out(cast, at)
    lapse(cast, order, "handle")
    return order


def nobody_coordinated(cast: Cast, at: datetime) -> Order:
    order = called("major")(cast, at)
    lapse(cast, order, "coordinate")
    return order


def nobody_read(cast: Cast, at: datetime) -> Order:
    order = called("important")(cast, at)
    lapse(cast, order, "report")
    return order


def promised(cast: Cast, at: datetime) -> Order:
    order, _ = out(cast, at)
    kept(cast, order, at)
    return order


def a_step_missed(cast: Cast, at: datetime) -> Order:
    order = promised(cast, at)
    lapse(cast, order, "milestone")
    return order


class Duty(NamedTuple):
    """A duty: how it comes about on Wednesday 18 November 2026 at 9:00, its post, when it is due and warned of, how
    long each part of its answer is at least."""

    lay: Callable[[Cast, datetime], Order]
    kind: str
    post: str
    due: str
    warned: str
    least: tuple[int, ...] = ()


DUTIES = {
    "B12": Duty(called("key"), "visit", "clerk", "2026-11-21 00:00", "2026-11-20 00:00"),
    "B14.promise": Duty(promised, "promise", "hotline_deputy", "2027-05-31 18:00", "2027-05-26 18:00"),
    "B14.step": Duty(promised, "milestone", "clerk", "2026-12-01 18:00", "2026-11-30 18:00", (5,)),
    "B14.late": Duty(a_step_missed, "milestone_late", "supervisor", "2026-12-03 00:00", "", (5,)),
    "B18": Duty(called("important"), "report", "leader", "2026-11-18 09:30", ""),
    "B18.phone": Duty(nobody_read, "report_phone", "supervisor", "2026-11-18 10:00", "", (2, 2)),
    "B23": Duty(met_a_repeat, "in_person", "principal", "2026-11-20 00:00", "2026-11-19 20:00"),
    "B23.new": Duty(sent_as_a_repeat, "in_person", "principal", "2026-11-20 00:00", "2026-11-19 20:00"),
    "B28": Duty(called("early_sign"), "personally", "principal", "2026-11-21 00:00", "2026-11-20 16:00", (5, 5, 5)),
    "B29": Duty(called("major"), "coordinate", "hotline_deputy", "2026-11-20 00:00", "2026-11-19 20:00", (5, 5)),
    "B29.late": Duty(late, "coordinate", "hotline_deputy", "2026-11-26 00:00", "2026-11-25 20:00", (5, 5)),
    "B29.raised": Duty(nobody_coordinated, "coordinate_late", "principal", "2026-11-24 00:00", "", (5,)),
}


def the(order: Order, rule: str) -> Task:
    return Task.objects.get(order=order, rule=rule)


def who_has(cast: Cast, found: Task) -> str:
    """Whoever has it, as the cast calls him."""
    return next(key for key, person in cast.staff.items() if person.pk == found.holder_id)


@pytest.mark.parametrize("rule", DUTIES)
def test_b12_b14_b18_b23_b28_b29_each_duty_is_due_when_the_text_says(zhoucun: Cast, nine: datetime, rule: str) -> None:
    duty = DUTIES[rule]
    found = the(duty.lay(zhoucun, nine), rule)
    assert (found.kind, found.post_role) == (duty.kind, duty.post)
    clock = Clock.objects.get(task=found)
    assert (clock.due, clock.warn_at) == (shanghai(duty.due), shanghai(duty.warned) if duty.warned else None)
    assert list(verify()) == []


@pytest.mark.parametrize("rule", [rule for rule, duty in DUTIES.items() if duty.least])
def test_b14_b18_b28_b29_the_answer_to_a_duty_says_enough_in_each_of_its_parts(
    zhoucun: Cast, nine: datetime, rule: str
) -> None:
    duty, signs = DUTIES[rule], "已与诉求人说明并约定时间"
    order = duty.lay(zhoucun, nine)
    found = the(order, rule)
    who, at = who_has(zhoucun, found), later(found.made_at, hours=1)
    enough = [signs[:least] for least in duty.least]
    for n, least in enumerate(duty.least):
        short = [*enough[:n], signs[: least - 1], *enough[n + 1 :]]
        said = {"task": found.pk, "elements": short}
        assert "elements" in "".join(refused(zhoucun, who, "task.done", order, at, **said))
        fewer = [*enough[:n], *enough[n + 1 :]]
        refused(zhoucun, who, "task.done", order, at, task=found.pk, elements=fewer)
    refused(zhoucun, who, "task.done", order, at, task=found.pk, elements=[*enough, signs])
    done(zhoucun, who, found, at, *enough)
    assert the(order, rule).outcome == "done"


@pytest.mark.parametrize(
    ("rule", "role", "instead"),
    [
        ("B23", "principal", "hotline_deputy"),
        ("B23.new", "principal", "hotline_deputy"),
        ("B29", "hotline_deputy", "principal"),
        ("B29.late", "hotline_deputy", "principal"),
    ],
)
def test_b23_b29_where_the_post_is_vacant_the_other_of_the_two_has_it(
    zhoucun: Cast, nine: datetime, rule: str, role: str, instead: str
) -> None:
    Post.objects.filter(pk=zhoucun.posts[f"{role}@town"].pk).update(holder_a=None, holder_b=None)
    found = the(DUTIES[rule].lay(zhoucun, nine), rule)
    assert (found.post_role, found.vacant) == (instead, role)


def test_b12_what_was_called_key_before_it_was_sent_is_gone_to_by_whoever_of_the_unit(
    zhoucun: Cast, nine: datetime
) -> None:
    order = zhoucun.register(nine)
    labelled(zhoucun, order, "key", nine, "dispatcher")
    zhoucun.dispatch(order, nine, "town")
    assert has(order, "visit"), "from the dispatch on, not from the signing"
    zhoucun.do("clerk@town", "share.signed", order.pk, nine)
    at = later(nine, hours=2)
    visit(zhoucun, order, at, photograph(later(nine, hours=1)), who="hotline_deputy@town")
    assert task(order, "visit").outcome == "done"


def test_b14_whoever_of_the_unit_audits_the_answer_has_kept_the_promise(zhoucun: Cast, nine: datetime) -> None:
    order = promised(zhoucun, nine)
    at = shanghai("2027-05-20 10:00")
    zhoucun.do("clerk@town", "share.replied", order.pk, at, **REPLY)
    zhoucun.do("principal@town", "share.unit_audited", order.pk, at, approved=True)
    assert task(order, "promise").outcome == "done"


def test_b23_sent_as_a_repeat_nothing_is_answered_before_the_head_has_called(zhoucun: Cast, nine: datetime) -> None:
    order = sent_as_a_repeat(zhoucun, nine)
    assert "主要负责人联系诉求人" in refused(zhoucun, "clerk@town", "share.replied", order, nine, **REPLY)[""]
    contact(zhoucun, "clerk@town", order, nine)
    assert "主要负责人联系诉求人" in refused(zhoucun, "clerk@town", "share.replied", order, nine, **REPLY)[""]
    contact(zhoucun, "principal@town", order, nine)
    assert task(order, "in_person").outcome == "done"
    zhoucun.do("clerk@town", "share.replied", order.pk, nine, **REPLY)
    # Linked only after the reply had come in, it is called before the audit.
    zhoucun.do("hotline_deputy@town", "share.unit_audited", order.pk, nine, approved=True)
    zhoucun.do("auditor", "share.passed", order.pk, nine)


# --- who calls an order what ------------------------------------------------------------------------

EVERYBODY = (
    *("agent", "dispatcher", "auditor", "callback", "supervisor", "leader"),
    *("clerk@town", "hotline_deputy@town", "principal@town"),
)
UNIT_LEADS = ("hotline_deputy@town", "principal@town")
#: By whom each label is put on; all are taken off by the supervisor and the leader alone.
LABELS: dict[str, tuple[str, ...]] = {
    "key": ("dispatcher", "supervisor", "leader"),
    "important": ("dispatcher", "supervisor", "leader"),
    "group": ("dispatcher", "supervisor", "leader", *UNIT_LEADS),
    "early_sign": ("dispatcher", "callback", "supervisor", "leader", "hotline_deputy@town"),
    "major": ("dispatcher", "supervisor", "leader", "clerk@town", *UNIT_LEADS),
    "difficult": ("dispatcher", "supervisor", "leader", *UNIT_LEADS),
}


@pytest.mark.parametrize("label", LABELS)
def test_b12_b18_b23_b28_b29_who_calls_an_order_what_and_who_takes_it_back(
    zhoucun: Cast, nine: datetime, label: str
) -> None:
    order, _ = out(zhoucun, nine)
    said: dict[str, Any] = {"label": label, "reason": REASON}
    for who in EVERYBODY:
        if who not in LABELS[label]:
            assert refused(zhoucun, who, "order.labelled", order, nine, **said)
            continue
        zhoucun.do(who, "order.labelled", order.pk, nine, **said)
        for other in EVERYBODY:
            if other not in ("supervisor", "leader"):
                assert refused(zhoucun, other, "order.unlabelled", order, nine, **said)
        zhoucun.do("supervisor", "order.unlabelled", order.pk, nine, **said)
    zhoucun.do("leader", "order.labelled", order.pk, nine, **said)
    zhoucun.do("leader", "order.unlabelled", order.pk, nine, **said)
    with pytest.raises(Refused):
        zhoucun.do("agent", "order.registered", None, nine, **request(labels=[label]))
