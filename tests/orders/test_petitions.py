"""Petitions of a kind that the pack names (D27): filed after the caller was told, with evidence, decided by the centre.

No clock stops, whichever way it goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.cast import Cast, later, make_cast
from tests.desk.web import Site
from tests.orders.stages import DUTIES as TASKS
from tests.orders.stages import KINDS, PAYLOADS, reach
from tests.proceedings.stages import dispatched
from tests.rulebooks import Shelf, shelf, stored, tables

from lianxin.ledger.acts import Act, Refused, Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Notice, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.rules import policy
from lianxin.rules.policy_errors import PolicyError
from lianxin.rules.policy_explain import lines_of

SAID = {"kind": "unreasonable", "petition_reason": "no_ground", "reason": "经三次现场核查，所反映的情况不存在。"}
WHY = "现场核查记录齐全，情况属实，同意认定。"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PROOF = (Upload("核查照片.png", PNG),)


@pytest.fixture
def order(cast: Cast, nine: datetime) -> Order:
    return reach(cast, "signed", nine)[0]


@pytest.fixture
def packs(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path) as found:
        yield found


def contacted(cast: Cast, order: Order, at: datetime, who: str = "clerk@town") -> datetime:
    cast.do(who, "share.contacted", order.pk, at, **PAYLOADS["share.contacted"](cast, order))
    return later(at, minutes=1)


def file(
    cast: Cast, order: Order, at: datetime, who: str = "clerk@town", files: tuple[Upload, ...] = PROOF, **said: Any
) -> datetime:
    record(Act("petition.filed", cast.actor(who), at, SAID | said, order=order.pk, recorded_at=at, files=files))
    return later(at, minutes=1)


def asked(order: Order) -> Task:
    return Task.objects.get(order=order, kind="unreasonable", done_at=None)


def decide(cast: Cast, order: Order, at: datetime, who: str = "supervisor", *, approved: bool = True) -> None:
    cast.do(who, "petition.decided", order.pk, at, task=asked(order).pk, approved=approved, reason=WHY)


def judged(order: Order) -> str:
    return Order.objects.get(pk=order.pk).judged


def running(order: Order) -> list[tuple[str, datetime, str]]:
    """Its clocks but those of petitions: what they are, when they are due, how they ended."""
    mine = Clock.objects.filter(order=order, task=None).order_by("pk")
    return list(mine.values_list("kind", "due", "end"))


# --- what it asks ----------------------------------------------------------------------------
def test_d27_the_caller_is_told_first(cast: Cast, order: Order, nine: datetime) -> None:
    at = later(nine, hours=1)
    with pytest.raises(Refused, match="须先有“首次联系诉求人”") as refused:
        file(cast, order, at)
    assert {*refused.value.problems} == {"kind"}
    said = PAYLOADS["share.contacted"](cast, order) | {"reached": False}
    cast.do("clerk@town", "share.contacted", order.pk, at, **said)
    with pytest.raises(Refused, match="须先有"):
        file(cast, order, later(at, minutes=1))
    at = contacted(cast, order, later(at, minutes=2))
    file(cast, order, at)
    task = asked(order)
    assert (task.post_role, task.petition, task.reason, task.unit) == (
        "supervisor",
        True,
        "no_ground",
        cast.units["centre"],
    )
    assert task.due is not None
    assert list(verify()) == []


def test_d27_in_the_next_round_the_caller_is_told_again(cast: Cast, nine: datetime) -> None:
    order, at = reach(cast, "signed", nine)
    at = contacted(cast, order, at)
    share = {"of_unit": cast.units["town"].pk}
    for who, verb in (("clerk@town", "share.replied"), ("hotline_deputy@town", "share.unit_audited")):
        cast.do(who, verb, order.pk, at, **PAYLOADS[verb](cast, order) | share)
    cast.do("auditor", "share.passed", order.pk, at, **share)
    bad = {"process_grade": "dissatisfied", "result_grade": "dissatisfied", "solved": False}
    cast.do("callback", "callback.recorded", order.pk, at, layer="city", **bad)
    cast.do("callback", "order.rehandled", order.pk, at, reason="诉求人不认可。")
    cast.sign_off(order, at)
    cast.do("clerk@town", "share.signed", order.pk, at)
    with pytest.raises(Refused, match="须先有"):
        file(cast, order, later(at, minutes=1))


@pytest.mark.parametrize(
    ("said", "files", "field", "sentence"),
    [
        ({}, (), "files", "须附证据材料"),
        ({"petition_reason": "dreamt"}, PROOF, "petition_reason", "理由只能是：无事实依据"),
        ({"petition_reason": ""}, PROOF, "petition_reason", "理由只能是"),
        ({"kind": "return"}, PROOF, "kind", "申请事项只能是：不合理诉求上报"),
        ({"reason": "不"}, PROOF, "reason", ""),
    ],
)
def test_d27_evidence_and_one_of_the_listed_reasons(
    cast: Cast, order: Order, nine: datetime, said: dict[str, str], files: Any, field: str, sentence: str
) -> None:
    at = contacted(cast, order, later(nine, hours=1))
    with pytest.raises(Refused) as refused:
        file(cast, order, at, files=files, **said)
    assert {*refused.value.problems} == {field}
    assert sentence in refused.value.problems[field]
    assert not Task.objects.filter(order=order, kind="unreasonable").exists()


def test_d27_it_is_reported_in_time_and_once(cast: Cast, order: Order, nine: datetime) -> None:
    at = contacted(cast, order, later(nine, hours=1))
    # A second contact gives no new time: Wednesday's is over on Friday.
    contacted(cast, order, later(nine, days=2))
    with pytest.raises(Refused, match="已超过提出这项申请的期限（首次联系诉求人后2个工作日内）"):
        file(cast, order, later(nine, days=3))
    file(cast, order, at := later(nine, days=2, hours=1))
    with pytest.raises(Refused, match="已提交"):
        file(cast, order, later(at, minutes=1))
    decide(cast, order, later(at, minutes=2), approved=False)
    with pytest.raises(Refused, match="最多申请 1 次"):
        file(cast, order, later(at, minutes=3))


def test_d27_neither_an_assisting_unit_nor_an_import_nor_another_unit(cast: Cast, nine: datetime) -> None:
    order, at = reach(cast, "assist_signed", nine)
    for who, unit in (("clerk@bureau", "bureau"), ("clerk@heat", "bureau"), ("system", "town"), ("supervisor", "town")):
        with pytest.raises(Refused):
            file(cast, order, at, who, of_unit=cast.units[unit].pk)
    assert not Task.objects.filter(order=order, kind="unreasonable").exists()


def test_d27_a_unit_below_leaves_it_to_the_one_above(cast: Cast, nine: datetime) -> None:
    order, at = reach(cast, "delegated", nine)
    village = {"of_unit": cast.units["village"].pk}
    cast.do("clerk@village", "share.signed", order.pk, at, **village)
    cast.do("clerk@village", "share.contacted", order.pk, at, **PAYLOADS["share.contacted"](cast, order) | village)
    with pytest.raises(Refused, match=r"不能上报、申请|由下派的单位提出"):
        file(cast, order, at, "clerk@village", **village)
    # Its contact is the town's too: the caller is not called twice about one thing.
    file(cast, order, later(at, minutes=1), of_unit=cast.units["town"].pk)


# --- how it is decided -----------------------------------------------------------------------
@pytest.mark.parametrize("approved", [True, False])
def test_d27_no_clock_moves_whichever_way_it_goes(cast: Cast, order: Order, nine: datetime, approved: bool) -> None:
    at = contacted(cast, order, later(nine, hours=1))
    before, share = running(order), order.shares.get()
    at = file(cast, order, at)
    assert running(order) == before
    decide(cast, order, at, approved=approved)
    assert running(order) == before
    assert judged(order) == ("no_ground" if approved else "")
    now = Order.objects.get(pk=order.pk)
    assert (now.state, now.owner_unit, order.shares.get().state) == ("dispatched", share.unit, share.state)
    assert Task.objects.get(order=order, kind="unreasonable").outcome == ("approved" if approved else "refused")
    # The unit goes on: it replies as ever.
    cast.do("clerk@town", "share.replied", order.pk, later(at, minutes=1), **PAYLOADS["share.replied"](cast, order))
    assert list(verify()) == []


def test_d27_nobody_of_the_unit_decides_nor_a_post_whose_turn_it_is_not(
    cast: Cast, order: Order, nine: datetime
) -> None:
    at = file(cast, order, contacted(cast, order, later(nine, hours=1)))
    for who in ("clerk@town", "principal@town", "hotline_deputy@town", "auditor", "dispatcher", "leader", "agent"):
        with pytest.raises(Refused):
            decide(cast, order, at, who)
        with pytest.raises(Refused):
            cast.do(who, "task.done", order.pk, at, task=asked(order).pk)
    with pytest.raises(Refused, match="申请须经审定"):
        cast.do("leader", "task.waived", order.pk, at, task=asked(order).pk, reason="不需要审定这一件。")
    with pytest.raises(Refused):
        cast.do("supervisor", "petition.decided", order.pk, at, task=asked(order).pk, approved=True, reason="")
    assert judged(order) == ""


def test_d27_the_unit_is_told_how_it_was_decided(db: None, nine: datetime) -> None:
    cast = make_cast()
    at = later(nine, days=-1)

    def do(who: str, verb: str, pk: int, /, files: tuple[Upload, ...] = (), **said: Any) -> int:
        return record(Act(verb, cast.actor(who), at, said, order=pk, files=files)).order

    order = dispatched(cast, at)
    do("clerk@town", "share.signed", order.pk)
    do("clerk@town", "share.contacted", order.pk, **PAYLOADS["share.contacted"](cast, order))
    do("clerk@town", "petition.filed", order.pk, PROOF, **SAID)
    assert Notice.objects.filter(kind="petition.filed").values_list("staff__username", flat=True).get() == (
        "junan-supervisor-A"
    )
    do("supervisor", "petition.decided", order.pk, task=asked(order).pk, approved=False, reason=WHY)
    told = Notice.objects.filter(kind="petition.decided").values_list("staff__username", flat=True)
    assert "junan-clerk@town-A" in told
    site = Site(cast)
    page = site.get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert "不同意：不合理诉求上报（无事实依据）" in page
    assert WHY in page


def test_d27_an_order_that_is_judged_already_is_not_reported_again(cast: Cast, nine: datetime) -> None:
    book = {"petition_kind": [KINDS[0] | {"max_times": 5}], "task": TASKS[3:]}
    stored(cast, "often", **book)
    order, at = reach(cast, "signed", nine)
    at = file(cast, order, at, files=())
    decide(cast, order, at)
    with pytest.raises(Refused, match="已认定：不合理诉求上报：无事实依据"):
        file(cast, order, later(at, minutes=1), files=(), petition_reason="excessive")


# --- what the pack says ----------------------------------------------------------------------
def test_what_a_petition_asks_is_the_packs(cast: Cast, nine: datetime) -> None:
    """Each field of a kind decides: reasons, evidence, what comes before it, how long after, how often."""
    plain = KINDS[0]
    changes: list[tuple[str, dict[str, Any], str]] = [
        ("none", {}, ""),
        ("other", {"reasons": [{"code": "else", "title": "其他"}]}, "理由只能是：其他"),
        ("proof", {"evidence": True}, "须附证据材料"),
        ("signed", {"needs": ["sign"]}, ""),
        ("replied", {"needs": ["reply"]}, "须先有“提交回复”"),
        ("late", {"within": "30 minutes"}, "已超过提出这项申请的期限（派单后30分钟内）"),
        ("early", {"within": "3 hours"}, ""),
        ("kind", {"code": "strange", "reasons": plain["reasons"]}, "申请事项只能是"),
    ]
    stored(cast, "twice", petition_kind=[plain | {"max_times": 2}], task=TASKS[3:])
    order, at = reach(cast, "signed", nine)
    for _ in range(2):
        at = file(cast, order, at, files=())
        decide(cast, order, at, approved=False)
    with pytest.raises(Refused, match="最多申请 2 次"):
        file(cast, order, at, files=())
    for name, change, sentence in changes:
        stored(cast, f"asks{name}", petition_kind=[plain | change], task=TASKS[3:])
        order, _ = reach(cast, "signed", nine)
        if not sentence:
            file(cast, order, later(nine, hours=2), files=())
            continue
        with pytest.raises(Refused, match=sentence):
            file(cast, order, later(nine, hours=2), files=())


def test_the_orders_own_pack_says_what_may_be_asked(cast: Cast, nine: datetime) -> None:
    """Whatever the centre goes by since: what it may ask is asked, decided and told in its own pack's words."""
    order, at = reach(cast, "signed", nine)
    stored(cast, "without", clock=[])
    at = file(cast, order, contacted(cast, order, at))
    other, then = reach(cast, "signed", nine)
    with pytest.raises(Refused, match="没有这类申请"):
        file(cast, other, then)
    decide(cast, order, at)
    page = Site(cast).get("supervisor", f"/orders/{order.number}/").content.decode()
    assert "认定：不合理诉求上报：无事实依据" in page


def test_a_pack_that_names_none_offers_none(base: Cast, nine: datetime) -> None:
    order, at = reach(base, "signed", nine)
    with pytest.raises(Refused, match="没有这类申请"):
        file(base, order, at)
    assert "petition.filed" not in Site(base).get("clerk@town", f"/orders/{order.number}/").content.decode()


def test_levels_agree_before_it_is_decided(cast: Cast, nine: datetime) -> None:
    stored(cast, "levels", petition_kind=KINDS, task=[TASKS[3] | {"levels": [{"post": "principal"}]}])
    order, at = reach(cast, "signed", nine)
    at = file(cast, order, at, files=())
    first = asked(order)
    assert first.post_role == "principal"
    with pytest.raises(Refused, match=r"逐级审签|不在您的岗位"):
        decide(cast, order, at)
    cast.do("principal@town", "petition.endorsed", order.pk, at, task=first.pk, agreed=True, reason="情况属实。")
    assert asked(order).reason == "no_ground"
    decide(cast, order, later(at, minutes=1))
    assert judged(order) == "no_ground"
    assert list(verify()) == []


def test_what_is_judged_is_there_for_conditions(cast: Cast, nine: datetime) -> None:
    """A clock may go by it, and a queue."""
    clock = {"id": "S02", "title": "办理", "origin": "测试", "kind": "handle", "from": "dispatch", "until": "reply"}
    rules = [
        clock | {"id": "test:judged", "when": "order.judged == 'no_ground'", "allow": "9 workdays"},
        clock | {"allow": "2 workdays"},
    ]
    stored(cast, "goesby", petition_kind=KINDS, task=TASKS[3:], clock=rules)
    order, at = reach(cast, "signed", nine)
    due = Clock.objects.get(order=order, kind="handle").due
    at = file(cast, order, at, files=())
    assert Clock.objects.get(order=order, kind="handle").due == due
    decide(cast, order, at)
    assert Clock.objects.get(order=order, kind="handle").due > due
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": "return"}, "extension、remark、return 以外的代码"),
        ({"needs": ["dreamt"]}, "承办件上的事件"),
        ({"needs": ["register"]}, "承办件上的事件"),
        ({"reasons": []}, "reasons"),
        ({"reasons": [{"code": "a", "title": "甲"}, {"code": "a", "title": "乙"}]}, "“a”重复"),
        ({"reasons": [{"code": "a", "title": "甲"}, {"code": "b", "title": "甲"}]}, "“甲”出现两次"),
        ({"max_times": 0}, "max_times"),
        ({"code": "other"}, "由 filed.other 产生、没有 when"),
    ],
)
def test_a_mistake_in_a_kind_is_named(packs: Shelf, change: dict[str, Any], told: str) -> None:
    book = _book()
    packs.put(book)
    book["petition_kind"] = [KINDS[0] | {"id": "S97"} | change]
    with pytest.raises(PolicyError, match=told):
        packs.put(book)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"post": "clerk", "at": "unit"}, "能审定这种申请的中心岗位"),
        ({"kind": "other"}, "产生的待办种类是 unreasonable"),
    ],
)
def test_a_mistake_in_who_decides_is_named(packs: Shelf, change: dict[str, Any], told: str) -> None:
    book = _book()
    book["task"][-1] = book["task"][-1] | change
    with pytest.raises(PolicyError, match=told):
        packs.put(book)


def _book() -> dict[str, Any]:
    book = tables()
    rule = TASKS[3] | {"id": "S98"}
    return book | {"petition_kind": [KINDS[0] | {"id": "S97"}], "task": [*book["task"], rule]}


def test_it_is_explained_in_words() -> None:
    junan = policy.find("junan-2021")
    (line,) = lines_of(junan, junan.petitions[0])
    assert line.startswith("申请：不合理诉求上报，理由为无事实依据、")
    assert line.endswith("须先有“首次联系诉求人”；其后2个工作日内提出；须附证据材料；同一单位最多 1 次")


# --- on the desk -----------------------------------------------------------------------------
def test_d27_through_the_desk(cast: Cast, nine: datetime) -> None:
    order, _ = reach(cast, "signed", later(timezone.now(), hours=-2))
    site, url = Site(cast), f"/orders/{order.number}/petition.filed/"
    assert "petition.filed" in site.get("clerk@town", f"/orders/{order.number}/").content.decode()
    form = site.get("clerk@town", url).content.decode()
    for reason in ("无事实依据", "诉求过高，超出政策标准"):
        assert reason in form
    proof = SimpleUploadedFile("记录.png", PNG)
    answer = site.do("clerk@town", order, "petition.filed", **SAID, files=[proof])
    assert answer.status_code == 422
    assert "须先有“首次联系诉求人”的记录" in answer.content.decode()
    assert "须附证据材料" not in answer.content.decode(), "the file was there"
    contacted(cast, order, later(timezone.now(), hours=-1))
    answer = site.do("clerk@town", order, "petition.filed", **SAID)
    assert "须附证据材料" in answer.content.decode()
    proof = SimpleUploadedFile("记录.png", PNG)
    assert site.do("clerk@town", order, "petition.filed", **SAID, files=[proof]).status_code == 302
    queue = site.get("supervisor", "/?queue=duties").content.decode()
    assert order.number in queue
    assert "不合理诉求上报：无事实依据" in queue
    task = asked(order)
    assert f"petition.decided/?share={task.pk}" in site.get("supervisor", f"/orders/{order.number}/").content.decode()
    assert "petition.decided" not in site.get("leader", f"/orders/{order.number}/").content.decode()
    site.done("supervisor", order, "petition.decided", share=task.pk, approved="true", reason=WHY)
    assert "认定：不合理诉求上报：无事实依据" in site.get("clerk@town", f"/orders/{order.number}/").content.decode()
    assert list(verify()) == []
