"""What an order is labelled with, and what the author of a pack makes of it: limits, duties, whom a duty lies on."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later, request, shanghai
from tests.orders.stages import reach
from tests.rulebooks import stored, text

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Notice, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules import policy
from lianxin.rules.policy_errors import PolicyError

pytestmark = pytest.mark.django_db
_NUMBERS = itertools.count(1)
REASON = "涉及三个部门，多次反映。"
HOT: dict[str, Any] = {
    "id": "labels:hot",
    "title": "热点",
    "origin": "测试",
    "code": "hot",
    "by": ["supervisor"],
    "lifted_by": ["leader"],
}
STUDY: dict[str, Any] = {
    "id": "labels:study",
    "title": "研判",
    "origin": "测试",
    "kind": "study",
    "from": ["labelled.hot"],
    "post": "hotline_deputy",
    "allow": "50% of handle",
}


def under(cast: Cast, **rows: Any) -> None:
    """From now on the centre's pack has these rows besides the base's."""
    stored(cast, f"labels{next(_NUMBERS)}", **({"label": [HOT]} | rows))


def read(folder: Path, **rows: Any) -> None:
    """Such a pack is read from a file, and checked."""
    head = {"id": "labels", "title": "标识", "version": "1", "effective": date(2020, 1, 1), "extends": "base"}
    (folder / "base.toml").write_text((policy.POLICIES / "base.toml").read_text("utf-8"), "utf-8")
    (folder / "labels.toml").write_text(text({"pack": head, **rows}), "utf-8")
    policy.load(folder / "labels.toml")


def label(cast: Cast, who: str, order: Order, at: datetime, code: str = "hot", verb: str = "order.labelled") -> None:
    cast.do(who, verb, order.pk, at, label=code, reason=REASON)


def test_which_labels_there_are_and_who_puts_them_on_is_the_packs(base: Cast, nine: datetime) -> None:
    under(base)
    order, at = reach(base, "signed", nine)
    with pytest.raises(Refused, match="请选择标识"):
        label(base, "supervisor", order, at, "cold")
    with pytest.raises(Refused, match="由督办员标识"):
        label(base, "leader", order, at)  # who puts others on, not this one
    label(base, "supervisor", order, at)
    with pytest.raises(Refused, match="已有这一标识"):
        label(base, "supervisor", order, at)
    with pytest.raises(Refused, match="由中心领导取消"):
        label(base, "supervisor", order, at, verb="order.unlabelled")
    label(base, "leader", order, at, verb="order.unlabelled")
    with pytest.raises(Refused, match="工单没有标识"):
        label(base, "leader", order, at, verb="order.unlabelled")
    assert Order.objects.get(pk=order.pk).labels == []
    assert list(verify()) == []


def test_an_ended_order_is_labelled_no_more_and_a_strangers_never(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "closed", nine)
    with pytest.raises(Refused, match="已办结"):
        label(base, "supervisor", order, at, "important")
    other, at = reach(base, "signed", nine)
    with pytest.raises(Refused, match="没有这件工单"):
        label(base, "hotline_deputy@bureau", other, at, "difficult")


def test_a_limit_goes_by_a_label_from_then_on(base: Cast, nine: datetime) -> None:
    short = {
        "id": "labels:short",
        "title": "办理",
        "origin": "测试",
        "kind": "handle",
        "on": "share",
        "from": ["dispatch"],
        "until": ["audit"],
        "when": "'hot' in order.labels",
        "allow": "1 workday",
    }
    under(base, clock=[short])
    order, at = reach(base, "signed", nine)
    assert Clock.objects.get(order=order, kind="handle").rule == "S02"
    label(base, "supervisor", order, at)
    clock = Clock.objects.get(order=order, kind="handle")
    assert (clock.rule, clock.due) == ("labels:short", shanghai("2026-11-20 00:00"))
    label(base, "leader", order, later(at, minutes=5), verb="order.unlabelled")
    assert Clock.objects.get(order=order, kind="handle").rule == "S02"
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, "2026-11-21 00:00"),
        ({"allow": "20% of handle"}, "2026-11-20 00:00"),
        # A fifth of the first day has passed by then: two working days it has at least.
        ({"allow": "20% of handle", "least": "3 workdays"}, "2026-11-24 00:00"),
        # Of a limit that does not run there is no part.
        ({"allow": "50% of resubmit"}, ""),
    ],
)
def test_a_duty_may_have_a_part_of_another_limit(base: Cast, nine: datetime, changes: dict[str, Any], due: str) -> None:
    under(base, task=[STUDY | changes])
    order, at = reach(base, "signed", nine)
    label(base, "supervisor", order, at)
    duty = Task.objects.get(order=order, kind="study")
    assert duty.due == (shanghai(due) if due else None)
    assert duty.share_id == Share.objects.get(order=order).pk


def test_a_part_of_hours_is_an_instant(base: Cast, nine: datetime) -> None:
    rule = STUDY | {"from": ["dispatch"], "allow": "50% of contact"}
    under(base, task=[rule])
    order = base.register(nine, urgency="urgent")
    base.dispatch(order, later(nine, minutes=2), "town")
    # The contact is due in sixty minutes.
    assert Task.objects.get(order=order, kind="study").due == later(nine, minutes=32)


def test_who_handled_it_may_not_do_what_another_must(base: Cast, nine: datetime) -> None:
    rule = STUDY | {"post": "clerk", "not_handler": True}
    under(base, task=[rule])
    order, at = reach(base, "signed", nine)
    label(base, "supervisor", order, at)
    # The clerk has it in hand: it lies on the other holder of the post, else on the next of the unit.
    duty = Task.objects.get(order=order, kind="study")
    assert (duty.post_role, duty.holder_id, duty.vacant) == ("clerk", base.staff["clerk@town:b"].pk, "")
    under(base, task=[STUDY | {"post": "clerk"}])
    order, at = reach(base, "signed", nine)
    label(base, "supervisor", order, at)
    assert Task.objects.get(order=order, kind="study").holder_id == base.staff["clerk@town"].pk


def test_what_a_duty_came_to_decides_what_comes_after_it(base: Cast, nine: datetime) -> None:
    first = STUDY | {"outcomes": [{"code": "self", "title": "自办"}, {"code": "meet", "title": "会商"}]}
    after = {
        "id": "labels:meet",
        "title": "会商",
        "origin": "测试",
        "kind": "meet",
        "on": "order",
        "at": "centre",
        "from": ["done.study"],
        "when": "event.outcome == 'meet'",
        "post": "supervisor",
    }
    under(base, task=[first, after])
    for outcome, wanted in (("self", 0), ("meet", 1)):
        order, at = reach(base, "signed", nine)
        label(base, "supervisor", order, at)
        duty = Task.objects.get(order=order, kind="study")
        base.do("hotline_deputy@town", "task.done", order.pk, at, task=duty.pk, outcome=outcome)
        assert Task.objects.filter(order=order, kind="meet").count() == wanted


def test_a_named_person_has_it_whatever_post_he_holds(base: Cast, nine: datetime) -> None:
    rule = {
        "id": "labels:plan",
        "title": "落实方案",
        "origin": "测试",
        "kind": "plan",
        "on": "order",
        "from": ["planned"],
        "post": "clerk",
        "allow": "given",
    }
    said = {"meeting": "Z1", "plan": "更换阀门，恢复供热。", "named": "张"}
    for named, who in ((True, "principal@town"), (False, "supervisor")):
        under(base, task=[rule | ({"named": True} if named else {})])
        order, at = reach(base, "signed", nine)
        due = later(at, days=2)
        person = base.staff["principal@town"].pk
        base.do("system", "order.planned", order.pk, at, person=person, due=due, **said)
        duty = Task.objects.get(order=order, kind="plan")
        assert (duty.holder_id, duty.due) == (base.staff[who].pk, due)


def test_what_a_named_person_leaves_behind_is_not_whoever_is_named_next(base: Cast, nine: datetime) -> None:
    rule = {"id": "labels:left", "title": "落实方案", "origin": "测试", "kind": "plan", "on": "order"}
    # Nobody else of the unit holds such a post.
    under(base, task=[rule | {"post": "section_head", "from": ["planned"], "allow": "given", "named": True}])
    order, at = reach(base, "signed", nine)
    first, second = base.staff["principal@town"], base.staff["hotline_deputy@town"]
    said = {"meeting": "Z1", "plan": "更换阀门，恢复供热。", "named": "张", "due": later(at, days=2)}
    base.do("system", "order.planned", order.pk, at, person=first.pk, **said)
    left = Task.objects.get(order=order, kind="plan")
    first.is_active = False
    first.save()
    base.do("system", "order.planned", order.pk, later(at, minutes=1), person=second.pk, **said)
    held = dict(Task.objects.filter(order=order, kind="plan").values_list("pk", "holder"))
    # The centre has it, which has laid it; the other plan is the other person's.
    assert held.pop(left.pk) == base.staff["supervisor"].pk
    assert list(held.values()) == [second.pk]
    assert list(verify()) == []


def test_who_must_be_named_when_a_share_is_signed_off_is_the_packs(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "pending", nine)
    base.do("principal@town", "share.signed_off", order.pk, at, opinion="请办理。")
    under(base, chain={"links": ["deputy"]})
    order, at = reach(base, "pending", nine)
    with pytest.raises(Refused, match="请选择分管班子成员"):
        base.do("principal@town", "share.signed_off", order.pk, at, opinion="请办理。")


def test_whoever_has_the_order_is_told_of_its_label(base: Cast) -> None:
    at = timezone.now()
    pk = record(Act("order.registered", base.actor("agent"), at, request())).order
    sent = {"shares": [{"unit": base.units["town"].pk, "role": "lead"}], "basis": "duty_list"}
    record(Act("order.dispatched", base.actor("dispatcher"), at, sent, order=pk))
    record(Act("order.labelled", base.actor("supervisor"), at, {"label": "difficult", "reason": REASON}, order=pk))
    assert Notice.objects.filter(order=pk, kind="order.labelled", staff=base.staff["clerk@town"]).exists()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (HOT | {"by": ["admin"]}, "能做这个动作的岗位"),
        (HOT | {"by": []}, "by"),
        (HOT | {"code": "difficult"}, "被取代的规则"),
    ],
)
def test_a_label_that_nobody_could_put_on_is_refused(tmp_path: Path, row: dict[str, Any], why: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read(tmp_path, label=[row])
    assert any(why in str(problem) for problem in refused.value.problems)


def test_a_label_that_a_rule_names_must_be_there(tmp_path: Path) -> None:
    read(tmp_path, label=[HOT], task=[STUDY])
    for rows in (
        {"task": [STUDY | {"from": ["labelled.cold"]}]},
        {"task": [STUDY | {"when": "'cold' in order.labels"}]},
    ):
        with pytest.raises(PolicyError) as refused:
            read(tmp_path, label=[HOT], **rows)
        assert any("cold" in str(problem) for problem in refused.value.problems)


def test_c37_whether_somebody_must_be_named_first_is_the_packs(base: Cast, nine: datetime) -> None:
    under(base, label=[HOT | {"named": True}])
    order = base.register(nine)
    with pytest.raises(Refused, match="登记被投诉对象"):
        label(base, "supervisor", order, nine)
    base.do("system", "order.recused", order.pk, nine, units=[base.units["heat"].pk], reason=REASON)
    label(base, "supervisor", order, nine)
