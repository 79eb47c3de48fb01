"""What a rule watches (E05): an order that went round too often is proposed, listed by a person, and leaves studied."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import Cast, later, make_cast, shanghai
from tests.duties.stages import E05, moved, under
from tests.proceedings.stages import differences, dispatched, do, fresh

from lianxin.duties import watching
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry, Task
from lianxin.ledger.replay import replay
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.proceedings.models import About, Proceeding
from lianxin.rules.policy_errors import PolicyError

AT = shanghai("2026-11-02 09:00")
#: 久拖不决: open over thirty working days.
LONG: dict[str, Any] = {
    "id": "E05.long",
    "title": "久拖不决",
    "origin": "测试",
    "kind": "own_long",
    "on": "order",
    "from": "register",
    "until": "close",
    "allow": "30 workdays",
}
STUDY = {"cause": "管网权属不清。", "measures": "由住建局牵头移交。", "due": "2026-12-20T18:00+08:00"}


@pytest.fixture
def base(db: None) -> Cast:
    cast = make_cast("base", "base")
    under(cast, watch=[E05], clock=[LONG])
    return cast


def proposed() -> list[Proceeding]:
    return list(Proceeding.objects.filter(kind="stubborn").order_by("pk"))


def test_e05_what_was_moved_about_is_proposed_and_listed_by_a_person(base: Cast) -> None:
    order, quiet = dispatched(base, AT), dispatched(base, AT)
    then = moved(base, order, AT, 2)
    moved(base, quiet, AT, 1)
    assert watching.run(then) == 0, "two moves are not three"
    then = moved(base, order, then, 1)
    assert watching.run(then) == 1
    assert watching.run(then) == 0, "once"
    (matter,) = proposed()
    assert (matter.kind, matter.state) == (E05["proposes"], "proposed")
    assert matter.wording.title == f"屡办不成：{order.number}"
    entry = Entry.objects.get(action="stubborn.proposed")
    assert entry.payload["found"] == "改派次数为3，办理轮次为1"
    assert About.objects.get(proceeding=matter, role="subject").to_order == order
    # It may not leave before it was studied, nor be studied before somebody has listed it.
    for verb, said in (("stubborn.studied", STUDY), ("stubborn.settled", {"result": "已解决。"})):
        with pytest.raises(Refused, match="现在是“待确认”"):
            do(base, "supervisor", verb, matter.pk, then, **said)
    do(base, "supervisor", "stubborn.confirmed", matter.pk, then)
    with pytest.raises(Refused, match="现在是“待查因”"):
        do(base, "supervisor", "stubborn.settled", matter.pk, then, result="已解决。")
    for missing in STUDY:
        with pytest.raises(Refused) as refused:
            do(base, "supervisor", "stubborn.studied", matter.pk, then, **STUDY | {missing: None})
        assert missing in refused.value.problems, "cause, measures and date"
    do(base, "supervisor", "stubborn.studied", matter.pk, then, **STUDY)
    do(base, "leader", "stubborn.settled", matter.pk, later(then, hours=1), result="管网已移交，供暖正常。")
    assert fresh(matter).ended_at is not None
    assert differences() == []


def test_e05_what_was_dismissed_comes_again_only_when_it_gets_worse(base: Cast) -> None:
    order = dispatched(base, AT)
    then = moved(base, order, AT, 3)
    watching.run(then)
    (matter,) = proposed()
    with pytest.raises(Refused):
        do(base, "clerk@town", "stubborn.dismissed", matter.pk, then, reason="我们已经在办了")
    do(base, "supervisor", "stubborn.dismissed", matter.pk, then, reason="三次改派是同一天的误派，已查明。")
    assert watching.run(later(then, minutes=5)) == 0
    then = moved(base, order, later(then, minutes=10), 1)
    assert watching.run(then) == 1
    assert [p.state for p in proposed()] == ["dismissed", "proposed"]


def test_e05_the_orders_of_one_matter_are_listed_once(base: Cast) -> None:
    """Nobody gets round it by filing the same thing anew: the matter is what is listed."""
    first, second = dispatched(base, AT), dispatched(base, AT)
    do(base, "callback", "order.linked", second.pk, later(AT, minutes=1), number=first.number)
    then = moved(base, first, AT, 3)
    assert watching.run(then) == 1
    assert {about.to_order_id for about in About.objects.filter(role="subject", proceeding__kind="stubborn")} == {
        first.pk,
        second.pk,
    }
    then = moved(base, second, then, 3)
    assert watching.run(then) == 0


def test_e05_what_has_been_open_for_too_long_is_proposed(base: Cast) -> None:
    order = dispatched(base, shanghai("2026-09-02 09:00"))
    fresh_one = dispatched(base, AT)
    sweep(later(AT, days=1))
    assert watching.run(later(AT, days=1)) == 1
    (matter,) = proposed()
    assert About.objects.get(proceeding=matter, role="subject").to_order == order
    assert not About.objects.filter(to_order=fresh_one).exists()


def test_whom_a_caller_is_flagged_as_is_no_condition_of_what_many_may_read(base: Cast) -> None:
    with pytest.raises(PolicyError) as caught:
        under(base, watch=[{**E05, "when": "'abuse' in order.caller_flags"}])
    assert "order.caller_flags" in str(caught.value)


def test_what_was_found_is_said_as_people_say_it(base: Cast) -> None:
    told = "order.moves >= 1 && order.tags.size() >= 0 && !order.enterprise && order.state != '' && order.source != ''"
    under(base, watch=[{**E05, "when": told, "from": ["dispatch"]}])
    order = dispatched(base, AT)
    then = moved(base, order, AT, 1)
    watching.run(then)
    found = Entry.objects.get(action="stubborn.proposed").payload["found"]
    assert found == "涉企：否，改派次数为1，来源为市级热线，工单状态为办理中，标签为空"


def test_how_a_duty_ended_may_be_what_is_watched_for(base: Cast) -> None:
    """As it is for duties and limits: `event.outcome`."""
    asked = {"id": "E05.view", "title": "研判", "origin": "测试", "kind": "view", "on": "order", "from": "dispatch"}
    asked |= {"post": "supervisor", "at": "centre"}
    ends = [{"code": "stuck", "title": "办不下去"}, {"code": "fine", "title": "正常"}]
    watch = {**E05, "when": "event.outcome == 'stuck'", "from": ["done.view"]}
    under(base, task=[{**asked, "outcomes": ends}], watch=[watch])
    for outcome in ("stuck", "fine"):
        order = dispatched(base, AT)
        view = Task.objects.get(order=order, kind="view")
        do(base, "supervisor", "task.done", order.pk, AT, task=view.pk, outcome=outcome)
    assert watching.run(later(AT, minutes=5)) == 1


def test_one_order_that_cannot_be_read_back_stops_no_other(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = dispatched(base, AT), dispatched(base, AT)
    moved(base, broken, AT, 3)
    then = moved(base, whole, AT, 3)

    def read(centre: int, entries: list[Entry], bodies: Any) -> Any:
        assert entries[0].order_id != broken.pk, "its ledger does not come to the order any more"
        return replay(centre, entries, bodies)

    monkeypatch.setattr(watching, "replay", read)
    # Two entries to look at, so each order is read back.
    for order in (broken, whole):
        moved(base, order, later(then, minutes=5), 1)
    assert watching.run(later(then, minutes=10)) == 2
    numbers = {proceeding.wording.title.partition("：")[2] for proceeding in proposed()}
    assert numbers == {broken.number, whole.number}


def test_another_condition_watches_for_something_else(base: Cast) -> None:
    under(base, watch=[{**E05, "when": "order.moves >= 1", "from": ["dispatch"]}])
    order = dispatched(base, AT)
    then = moved(base, order, AT, 1)
    assert watching.run(then) == 1


def test_history_that_was_brought_in_is_not_followed(base: Cast) -> None:
    order = base.register(AT)
    base.dispatch(order, AT, "town")
    share = order.shares.get()
    for unit in ("bureau", "heat", "town"):
        said = {"share": share.pk, "unit": base.units[unit].pk, "basis": "duty_list", "reason": "属另一单位职责范围"}
        base.do("dispatcher", "share.reassigned", order.pk, AT, **said)
        share = order.shares.latest("pk")
    assert Order.objects.get(pk=order.pk).moves == 3
    assert watching.run(later(AT, hours=1)) == 0
