"""Whose duty it is, where nobody knows: coordinated, ruled, dispatched by the ruling, and proposed to the catalogue
(C36, C38)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast, shanghai
from tests.dispatch.catalogue import category, enacted, row

from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import Recorded, record_many
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db

QUESTION = "换热站归热力公司还是物业，两家都说不是自己的。"


@pytest.fixture
def base(db: None) -> Cast:
    return make_cast("base", "base")


def asked(cast: Cast, at: datetime, order: Order | None = None, *units: str) -> tuple[Order, Proceeding]:
    """Brought to coordination three minutes after it was registered."""
    order = order or cast.register(at, category=category(cast, "供暖温度"))
    named = [cast.units[unit].pk for unit in units or ("heat", "bureau")]
    cast.do("dispatcher", "order.coordinated", order.pk, later(at, minutes=3), units=named, question=QUESTION)
    return order, Proceeding.objects.filter(kind="coordination").latest("pk")


def ruling(cast: Cast, *units: str, **changes: Any) -> dict[str, Any]:
    shares = [{"unit": cast.units[u].pk, "role": "assist" if n else "lead"} for n, u in enumerate(units or ("heat",))]
    said = {
        "shares": shares,
        "basis": "law",
        "basis_text": "《供热条例》",
        "reason": "换热站产权属热力公司，由其负责检修。",
        "catalogue": "yes",
        "item": "换热站检修",
    }
    return said | changes


def refused(cast: Cast, who: str, verb: str, on: int | None, at: datetime, **said: Any) -> dict[str, str]:
    before = Entry.objects.count()
    with pytest.raises(Refused) as caught:
        cast.do(who, verb, on, at, **said)
    assert Entry.objects.count() == before
    return caught.value.problems


def test_c38_what_is_unclear_is_coordinated_ruled_and_sent_by_the_ruling(base: Cast, nine: datetime) -> None:
    order, root = asked(base, nine)
    assert (root.state, root.owner_person) == ("open", base.staff["supervisor"])
    # The five minutes are over, its own limit runs.
    dispatch = Clock.objects.get(order=order, kind="dispatch")
    own = Task.objects.get(order=order, kind="coordinate_duty")
    assert (dispatch.end, own.post_role) == ("met", "supervisor")
    assert Clock.objects.get(task=own).due == shanghai("2026-11-20 00:00")
    at = later(nine, hours=1)
    base.do("clerk@bureau", "coordination.opined", root.pk, at, ours="no", opinion="产权不属物业，请热力公司办理。")
    base.do("supervisor", "coordination.ruled", root.pk, at, **ruling(base, "heat", "town"))
    share = Share.objects.filter(order=order).earliest("pk")
    assert (share.unit_id, share.role, share.basis) == (base.units["heat"].pk, "lead", "law")
    assert share.basis_text == f"职责界定 {root.number}：《供热条例》"
    root.refresh_from_db()
    assert root.state == "ruled"
    assert Task.objects.get(pk=own.pk).outcome == "done"
    assert [entry.action for entry in Entry.objects.filter(order=order).order_by("number")] == [
        "order.registered",
        "order.coordinated",
        "order.duty_ruled",
        "order.dispatched",
        "order.quoted",
    ]
    assert list(verify()) == []


def test_c36_c38_coordination_is_no_way_round_the_dispatch(base: Cast, nine: datetime) -> None:
    order, root = asked(base, nine)
    at = later(nine, minutes=20)
    # Nobody sends it by hand meanwhile, nor asks twice, nor ends the duty by ticking it off.
    shares = [{"unit": base.units["heat"].pk, "role": "lead"}]
    why = refused(base, "dispatcher", "order.dispatched", order.pk, at, shares=shares, basis="law")
    assert "界定职责" in why[""]
    said = {"units": [base.units["heat"].pk], "question": QUESTION}
    assert "已在协调" in refused(base, "dispatcher", "order.coordinated", order.pk, at, **said)[""]
    own = Task.objects.get(order=order, kind="coordinate_duty")
    assert "自动办结" in refused(base, "supervisor", "task.done", order.pk, at, task=own.pk)[""]
    assert refused(base, "dispatcher", "order.duty_ruled", order.pk, at, coordination=root.number)
    assert refused(base, "dispatcher", "coordination.ruled", root.pk, at, **ruling(base))
    # Withdrawn, it may be sent; the five minutes are not given once more, and it stays counted as coordinated.
    base.do("supervisor", "coordination.withdrawn", root.pk, at, reason="两家已商定由热力公司办理。")
    base.dispatch(order, at, "heat")
    assert Clock.objects.filter(order=order, kind="dispatch").count() == 1
    scope = Scope.of_days(base.centre.pk, nine.date(), nine.date(), "district", later(nine, days=1))
    assert count(scope, ["coordinated"]) == {(): {"coordinated": 1}}
    assert order_ids(scope, "coordinated") == [order.pk]
    assert list(verify()) == []


def test_c36_c38_must_not_bite_where_the_duty_is_clear(base: Cast, nine: datetime) -> None:
    order = base.register(nine)
    base.dispatch(order, later(nine, minutes=4), "heat")
    assert Clock.objects.get(order=order, kind="dispatch").end == "met"
    assert not Task.objects.filter(kind="coordinate_duty").exists()
    new, said = base.register(nine).pk, {"units": [base.units["heat"].pk], "question": QUESTION}
    assert "units" in refused(base, "dispatcher", "order.coordinated", new, nine, **said | {"units": []})
    # Nor is what is out with a unit taken back into coordination.
    assert refused(base, "dispatcher", "order.coordinated", order.pk, later(nine, minutes=5), **said)
    scope = Scope.of_days(base.centre.pk, nine.date(), nine.date(), "district", later(nine, days=1))
    assert count(scope, ["coordinated"]) == {(): {"coordinated": 0}}


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"shares": []}, "shares"),
        ({"catalogue": "yes", "item": " "}, "item"),
        ({"catalogue": "no", "why_not": "无"}, "why_not"),
        ({"basis_text": ""}, "basis_text"),
        ({"basis": "none"}, "basis"),
    ],
)
def test_c38_a_ruling_names_unit_and_basis_and_what_becomes_of_the_catalogue(
    base: Cast, nine: datetime, changes: dict[str, Any], beside: str
) -> None:
    order, root = asked(base, nine)
    said = ruling(base) | changes
    assert beside in refused(base, "supervisor", "coordination.ruled", root.pk, later(nine, hours=1), **said)
    assert Order.objects.get(pk=order.pk).state == "registered"


def test_c38_an_order_that_ended_meanwhile_is_sent_nowhere(base: Cast, nine: datetime) -> None:
    order, root = asked(base, nine)
    at = later(nine, hours=1)
    base.do("agent", "order.answered", order.pk, at, told="已与诉求人说明，诉求人表示理解。")
    said = ruling(base, catalogue="no", why_not="只此一例，不再发生。")
    base.do("supervisor", "coordination.ruled", root.pk, at, **said)
    assert not Share.objects.filter(order=order).exists()
    assert list(verify()) == []


# --- objections to the catalogue --------------------------------------------------------------------
OBJECTION = {"level": "R1", "text": "换热站产权已移交物业，不应由我单位办理。"}


def test_c38_a_unit_objects_to_a_row_that_names_it_and_it_is_ruled_in_writing(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"), row(base, "R2", "路灯", "bureau"))
    root = base.do("clerk@heat", "coordination.objected", None, nine, **OBJECTION).order
    found = Proceeding.objects.get(pk=root)
    assert (found.state, found.unit_id, found.level) == ("objected", base.units["heat"].pk, "R1")
    assert found.due_at == shanghai("2026-11-26 00:00")
    assert "正在办理" in refused(base, "principal@heat", "coordination.objected", None, nine, **OBJECTION)["level"]
    for level, why in (("R2", "没有涉及本单位"), ("R9", "没有这个事项编码")):
        said = OBJECTION | {"level": level}
        assert why in refused(base, "clerk@heat", "coordination.objected", None, nine, **said)["level"]
    at = later(nine, hours=1)
    assert refused(base, "clerk@heat", "coordination.decided", root, at, outcome="upheld", **ruling(base, "town"))
    said = ruling(base, "bureau", basis="none") | {"outcome": "upheld"}
    assert "basis" in refused(base, "supervisor", "coordination.decided", root, at, **said)
    said = ruling(base, "bureau") | {"outcome": "upheld", "shares": []}
    assert "shares" in refused(base, "supervisor", "coordination.decided", root, at, **said)
    base.do("supervisor", "coordination.referred", root, at, office="县委编办", due="2026-11-30T18:00+08:00")
    assert "用“裁定异议”" in refused(base, "supervisor", "coordination.ruled", root, at, **ruling(base))[""]
    base.do("leader", "coordination.decided", root, later(at, days=1), outcome="upheld", **ruling(base, "bureau"))
    assert Proceeding.objects.get(pk=root).state == "ruled"
    # Ruled on, the unit may object again to what stands there then.
    base.do("clerk@heat", "coordination.objected", None, later(at, days=2), **OBJECTION)
    assert list(verify()) == []


def test_c38_of_two_objections_in_one_batch_the_second_is_refused(base: Cast, nine: datetime) -> None:
    enacted(base, nine, row(base, "R1", "供暖温度", "heat"))
    acts = [Act("coordination.objected", base.actor("clerk@heat"), nine, OBJECTION) for _ in range(2)]
    done, again = record_many(acts, collect=True)
    assert isinstance(done, Recorded)
    assert isinstance(again, Refused)
