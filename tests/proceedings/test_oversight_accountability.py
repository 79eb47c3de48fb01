"""Calling to account (B37): each of the six rules proposes by itself, a person confirms, the leader decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later, shanghai
from tests.desk.web import Site
from tests.duties.stages import moved
from tests.proceedings.oversight import WATCHES, closed, linked, of_kind, watched
from tests.proceedings.stages import abouts, differences, dispatched, do, fresh, numbers, opened
from tests.proceedings.test_rehandling import answered, looked_anew

from lianxin.duties import watching
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry
from lianxin.ledger.sweep import sweep
from lianxin.oversight.kinds.accountability import TRIGGERS
from lianxin.proceedings.models import Proceeding

AT = shanghai("2026-11-02 09:00")
NO = "单位已经说明情况，不属于失职失责。"
#: More than five working days, more than fifteen.
LATE, LATEST = later(AT, days=8), later(AT, days=22)


def proposed(rule: str = "") -> list[Proceeding]:
    found = of_kind("accountability")
    said = dict(Entry.objects.filter(number=1).exclude(proceeding=None).values_list("proceeding", "payload__rule"))
    return [root for root in found if not rule or said[root.pk] == rule]


def look(at: datetime) -> int:
    """The rules look; the job may do so twice, and from the beginning."""
    found = watching.run(at)
    looked_anew()
    assert watching.run(at) == 0, "twice is once"
    return found


def dismissed(cast: Cast, root: Proceeding, at: datetime) -> None:
    do(cast, "supervisor", "accountability.dismissed", root.pk, at, reason=NO)


def refusal(cast: Cast, who: str, verb: str, root: Proceeding | None, at: datetime, **said: Any) -> dict[str, str]:
    before = Entry.objects.count()
    with pytest.raises(Refused) as refused:
        do(cast, who, verb, root.pk if root else None, at, **said)
    assert Entry.objects.count() == before
    return refused.value.problems


def confirming(cast: Cast, **changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "level": "delayed",
        "unit": cast.units["town"].pk,
        "people": [cast.staff["clerk@town"].pk],
        "grounds": "逾期三周未办结，没有说明理由。",
    }
    return said | changes


def test_b37_there_are_six_triggers_and_a_rule_for_each() -> None:
    rules = {row["id"].removeprefix("B37."): row for row in WATCHES if row["proposes"] == "accountability"}
    assert {code.replace("passed_about", "passed") for code in TRIGGERS} == rules.keys()
    assert len({row["when"] for row in rules.values()}) == len(TRIGGERS), "each has a condition of its own"


# --- the six rules ---------------------------------------------------------------------------
def test_b37_undone_what_lies_with_the_unit_past_its_limit(base: Cast) -> None:
    watched(base, "B37.undone")
    order, done, promised = (dispatched(base, AT) for _ in range(3))
    answered(base, done, AT)
    do(base, "callback", "order.withdrawn", promised.pk, AT, reason="诉求人自行撤回。", told="已告知撤单。")
    sweep(later(AT, days=2))
    assert Clock.objects.filter(order=order, kind="sign").exclude(breached_at=None).exists()
    assert look(later(AT, days=2)) == 0, "signed in late is not undone"
    sweep(LATE)
    assert look(LATE) == 1
    (root,) = proposed()
    assert abouts(root) == [("subject", "order", order.pk)]
    assert Entry.objects.get(proceeding=root, number=1).payload["found"] == "工单状态为办理中"
    dismissed(base, root, LATE)
    assert look(later(LATE, hours=1)) == 0
    # Given to another unit it lapses once more: that is worse.
    at = moved(base, order, later(LATE, hours=2), 1)
    assert look(at) == 0
    sweep(later(at, days=9))
    assert look(later(at, days=9)) == 1


def test_b37_passed_about_what_was_moved_twice(base: Cast) -> None:
    watched(base, "B37.passed")
    order, once = dispatched(base, AT), dispatched(base, AT)
    at = moved(base, once, moved(base, order, AT, 1), 1)
    assert look(at) == 0
    at = moved(base, order, at, 1)
    assert look(at) == 1
    (root,) = proposed()
    assert abouts(root) == [("subject", "order", order.pk)]
    dismissed(base, root, at)
    # A unit that is called to assist is no move: the same evidence, also when the order has joined a matter since.
    more = {"unit": base.units["village"].pk, "role": "assist", "basis": "law"}
    do(base, "dispatcher", "share.added", order.pk, later(at, minutes=1), **more)
    assert look(later(at, minutes=2)) == 0
    linked(base, once, order, later(at, minutes=3))
    more["unit"] = base.units["bureau"].pk
    do(base, "dispatcher", "share.added", order.pk, later(at, minutes=4), **more)
    assert look(later(at, minutes=5)) == 0
    # Of the matter another order that was moved about is more, and so is one move more of the first.
    at = moved(base, once, later(at, minutes=6), 1)
    assert look(at) == 1
    dismissed(base, proposed()[-1], at)
    lead = {"share": order.shares.get(outcome="", role="lead").pk, "unit": base.units["town"].pk, "basis": "law"}
    do(base, "dispatcher", "share.reassigned", order.pk, later(at, minutes=1), **lead, reason="仍属镇里的职责。")
    assert look(later(at, minutes=2)) == 1


def test_b37_promise_what_was_promised_in_vain(base: Cast) -> None:
    watched(base, "B37.promise")
    order, kept = dispatched(base, AT), dispatched(base, AT)
    for each in (order, kept):
        do(base, "clerk@town", "share.signed", each.pk, AT)
    task = kept.tasks.get(kind="promise")
    do(base, "hotline_deputy@town", "task.done", kept.pk, AT, task=task.pk)
    assert look(AT) == 0
    sweep(LATE)
    assert Clock.objects.exclude(breached_at=None).count() > 1, "other limits lapse too"
    assert look(LATE) == 1
    assert abouts(proposed()[0]) == [("subject", "order", order.pk)]


def test_b37_delayed_what_is_open_past_its_whole_limit(base: Cast) -> None:
    watched(base, "B37.delayed")
    order, done = dispatched(base, AT), dispatched(base, AT)
    closed(base, done, AT)
    sweep(LATE)
    assert look(LATE) == 0, "past the limit of one step only"
    sweep(LATEST)
    assert look(LATEST) == 1
    assert abouts(proposed()[0]) == [("subject", "order", order.pk)]


def test_b37_repeated_what_three_orders_are_about(base: Cast) -> None:
    watched(base, "B37.repeated")
    first, second, third, fourth = (dispatched(base, AT) for _ in range(4))
    linked(base, second, first, AT)
    assert look(later(AT, minutes=1)) == 0, "two are a repeat, not again and again"
    at = later(AT, hours=1)
    linked(base, third, first, at)
    assert look(at) == 1
    (root,) = proposed()
    assert {pk for _, _, pk in abouts(root)} == {first.pk, second.pk, third.pk}
    dismissed(base, root, at)
    # Whichever of them is linked anew, there are no more of them than there were.
    for one in (third, second):
        linked(base, one, first, at := later(at, minutes=5))
        assert look(at) == 0
    linked(base, fourth, second, later(at, minutes=5))
    assert look(later(at, minutes=5)) == 1


def test_b37_exposed_what_was_published(base: Cast) -> None:
    watched(base, "B37.exposed")
    order, followed = dispatched(base, AT), dispatched(base, AT)
    said = {"medium": "区融媒体中心", "title": "跟进报道", "text": "全程跟进落实情况。"}
    case, quiet = (opened(base, "media_case.opened", AT, **said, numbers=numbers([each])) for each in (order, followed))
    do(base, "leader", "media_case.followed", quiet.pk, AT, progress="记者到现场采访。")
    assert look(AT) == 0
    out = {"published_at": AT, "headline": "暖气为何三年不热"}
    do(base, "leader", "media_case.published", case.pk, AT, **out)
    assert look(later(AT, minutes=1)) == 1
    (root,) = proposed()
    assert abouts(root) == [("subject", "order", order.pk)]
    dismissed(base, root, later(AT, minutes=2))
    assert look(later(AT, minutes=3)) == 0
    do(base, "leader", "media_case.published", case.pk, later(AT, hours=1), **out)
    assert look(later(AT, hours=1)) == 1, "published once more"


# --- several rules ---------------------------------------------------------------------------
def both(cast: Cast) -> tuple[Any, datetime]:
    """An order that was moved about; by `LATE` it lies with its unit past its limit."""
    order = dispatched(cast, AT)
    return order, moved(cast, order, AT, 2)


def test_b37_each_rule_proposes_by_itself(base: Cast) -> None:
    watched(base)
    order, at = both(base)
    hand = {"title": "问责建议", "text": "多次改派，逾期未办。", "numbers": numbers([order])}
    opened(base, "accountability.opened", at, **hand)
    assert look(at) == 1, "what somebody opened keeps no rule back"
    sweep(LATE)
    assert look(LATE) >= 1
    assert len(proposed("B37.passed")) == len(proposed("B37.undone")) == 1
    assert look(moved(base, order, LATE, 1)) == 0, "the rule's own is still open"
    dismissed(base, proposed("B37.undone")[0], LATE)
    assert fresh(proposed("B37.passed")[0]).is_open
    assert differences() == []


@pytest.mark.parametrize("how", [dismissed, lambda cast, root, at: None], ids=["dismissed", "open"])
def test_b37_what_another_rule_has_found_is_no_reason_to_be_silent(
    base: Cast, how: Callable[[Cast, Proceeding, datetime], None]
) -> None:
    watched(base, "B37.passed", "B37.undone")
    _, at = both(base)
    look(at)
    how(base, proposed()[0], at)
    sweep(LATE)
    assert look(LATE) == 1
    assert [len(proposed(rule)) for rule in ("B37.passed", "B37.undone")] == [1, 1]


# --- what people do with it ------------------------------------------------------------------
def test_b37_a_proposal_is_confirmed_and_decided(base: Cast) -> None:
    watched(base, "B37.delayed")
    dispatched(base, AT)
    sweep(LATEST)
    watching.run(LATEST)
    (root,) = proposed()
    assert (root.state, root.owner_person) == ("proposed", base.staff["supervisor"])
    decision = {"outcome": "interview", "grounds": "首次发生，约谈主要负责人。"}
    assert "现在是“待认定”" in refusal(base, "leader", "accountability.decided", root, LATEST, **decision)[""]
    do(base, "supervisor", "accountability.confirmed", root.pk, LATEST, **confirming(base))
    root = fresh(root)
    assert (root.state, root.level, root.unit) == ("confirmed", "delayed", base.units["town"])
    assert root.owner_person == base.staff["leader"]
    assert list(Proceeding.objects.filter(kind="accountability", level="delayed")) == [root]
    assert "不能" in refusal(base, "supervisor", "accountability.decided", root, LATEST, **decision)[""]
    do(base, "leader", "accountability.decided", root.pk, LATEST, **decision)
    root = fresh(root)
    assert (root.state, root.outcome, root.is_open) == ("decided", "interview", False)
    assert differences() == []


def test_b37_by_hand_with_evidence_and_never_by_a_unit(base: Cast) -> None:
    order = dispatched(base, AT)
    said = {"title": "问责建议", "text": "多次改派，逾期未办。", "numbers": numbers([order])}
    assert "numbers" in refusal(base, "leader", "accountability.opened", None, AT, **said | {"numbers": []})
    assert "text" in refusal(base, "leader", "accountability.opened", None, AT, **said | {"text": ""})
    for who in ("clerk@town", "principal@town", "analyst", "dispatcher"):
        assert "不能" in refusal(base, who, "accountability.opened", None, AT, **said)[""]
    root = opened(base, "accountability.opened", AT, **said)
    for field, wrong in (("level", "bored"), ("level", None), ("grounds", ""), ("unit", None)):
        problems = refusal(base, "leader", "accountability.confirmed", root, AT, **confirming(base, **{field: wrong}))
        assert field in problems
    stranger = confirming(base, people=[base.staff["clerk@heat"].pk])
    assert "责任单位在岗" in refusal(base, "leader", "accountability.confirmed", root, AT, **stranger)["people"]
    assert "reason" in refusal(base, "leader", "accountability.dismissed", root, AT, reason="")
    do(base, "leader", "accountability.confirmed", root.pk, AT, **confirming(base, level="passed_about"))
    # The unit sees it, and neither dismisses nor decides it.
    assert Proceeding.objects.visible_to(base.staff["principal@town"]).get() == root
    for verb, more in (("dismissed", {"reason": NO}), ("decided", {"outcome": "none", "grounds": NO})):
        assert "不能" in refusal(base, "principal@town", f"accountability.{verb}", root, AT, **more)[""]


def test_b37_on_the_desk_the_trigger_is_named(base: Cast) -> None:
    order = dispatched(base, later(timezone.now(), hours=-2))
    said = {"title": "问责建议", "text": "多次改派，逾期未办。", "numbers": numbers([order])}
    root = opened(base, "accountability.opened", later(timezone.now(), hours=-1), **said)
    do(base, "leader", "accountability.confirmed", root.pk, timezone.now(), **confirming(base))
    page = Site(base).get("leader", f"/proceedings/{root.number}/").content.decode()
    assert "久拖不决" in page
    assert "大店镇clerkA" in page
