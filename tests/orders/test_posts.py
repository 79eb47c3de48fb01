"""Who takes an action by the pack in force: fewer of its posts, or a post of one unit besides (`[posts] actions`)."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone
from tests.cast import Cast, body, later
from tests.orders.showing import adopt, refusal, show
from tests.orders.stages import reach
from tests.rulebooks import Shelf

from lianxin.directory import named, snapshot
from lianxin.directory.models import Unit
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Sight


@pytest.fixture
def npc(base: Cast) -> Unit:
    return body(base)


GRADED = {"process_grade": "satisfied", "result_grade": "satisfied", "solved": True}


def test_a_pack_narrows_who_takes_an_action(books: Shelf, base: Cast, nine: datetime) -> None:
    """posts.actions: action, only."""
    order, at = reach(base, "closed", nine)
    base.do("supervisor", "order.excluded", order.pk, at, reason="经核实属重复统计。")
    adopt(books, base, actions=[{"action": "order.excluded", "only": ["leader"]}])
    again = {"excluded": False, "reason": "经复核予以恢复。"}
    assert refusal(base, "supervisor", "order.excluded", order, at, **again) == {"": "您的岗位不能剔除（不计入考核）"}
    base.do("leader", "order.excluded", order.pk, at, **again)


def test_narrowing_leaves_the_system_its_part(books: Shelf, base: Cast, nine: datetime) -> None:
    adopt(books, base, actions=[{"action": "order.dispatched", "only": ["dispatcher"]}])
    order, at = reach(base, "registered", nine)
    base.do("system", "order.dispatched", order.pk, at, shares=[{"unit": base.units["town"].pk}], basis="law")


def test_a_pack_gives_one_post_of_another_unit_the_right_to_score(
    books: Shelf, base: Cast, npc: Unit, nine: datetime
) -> None:
    """posts.actions also: post and unit.  It scores what it sees, and nothing that it does not see."""
    order, at = reach(base, "to_callback", nine)
    show(base, order, at)
    score = {**GRADED, "layer": "city"}
    assert refusal(base, "clerk@npc", "callback.recorded", order, at, **score) == {"": "您的岗位不能回访"}
    lent = [{"action": "callback.recorded", "also": [{"post": "clerk", "unit": "npc"}]}]
    adopt(books, base, actions=lent)
    base.do("clerk@npc", "callback.recorded", order.pk, at, **score)
    for who in ("principal@npc", "clerk@heat"):
        assert refusal(base, who, "callback.recorded", order, at, **score) == {"": "您的岗位不能回访"}
    unseen, at = reach(base, "to_callback", later(at, minutes=1))
    assert refusal(base, "clerk@npc", "callback.recorded", unseen, at, **score) == {"": "没有这件工单"}
    given = Sight.objects.get(order=order)
    base.do("leader", "order.hidden", order.pk, at, sight=given.pk)
    assert refusal(base, "clerk@npc", "callback.recorded", order, at, **score) == {"": "没有这件工单"}
    base.do("callback", "callback.recorded", order.pk, at, **GRADED)
    assert list(verify()) == []


def test_the_administrator_is_told_of_a_right_that_is_given_to_nobody(books: Shelf, base: Cast, nine: datetime) -> None:
    lent = [{"action": "callback.recorded", "also": [{"post": "clerk", "unit": "npc"}]}]
    adopt(books, base, actions=lent)

    def told() -> list[str]:
        return [line for line in named.unnamed(snapshot.of(base.centre.pk), timezone.now()) if "回访" in line]

    (line,) = told()
    assert "交给单位“npc”的经办人" in line
    body(base)
    assert told() == []


def test_rights_are_those_of_the_pack_in_force_now_not_of_the_orders(books: Shelf, base: Cast, nine: datetime) -> None:
    order, at = reach(base, "closed", nine)
    pack = order.pack
    adopt(books, base, actions=[{"action": "order.reopened", "only": ["leader"]}])
    reason = {"reason": "诉求人再次反映。"}
    assert refusal(base, "supervisor", "order.reopened", order, at, **reason) == {"": "您的岗位不能重新打开"}
    base.do("leader", "order.reopened", order.pk, at, **reason)
    assert Order.objects.get(pk=order.pk).pack == pack
