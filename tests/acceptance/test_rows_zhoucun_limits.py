"""How fast what is urgent goes out, and how long a unit has (B07, B08, B10, B11).

Each row of the opinions of Zhoucun (2019) where it bites, where it must not, and where somebody tries to get round it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.acceptance.zhoucun import REPLY, contact, done, has, lapse, out, passed, refused, task
from tests.cast import Cast, later, request, shanghai
from tests.rulebooks import Shelf

from lianxin.directory.models import Category
from lianxin.directory.trees import plant
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Clock, Entry, Task
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share

pytestmark = pytest.mark.django_db


# --- B07, B08: handed on, at once where it is urgent ---------------------------------------------


def test_b07_an_order_is_dispatched_within_half_an_hour(zhoucun: Cast, nine: datetime) -> None:
    order = zhoucun.register(nine)
    clock = Clock.objects.get(order=order, kind="dispatch")
    assert (clock.rule, clock.due) == ("B07", later(nine, minutes=30))
    # Answered at once it needs no dispatch; nothing is left running.
    zhoucun.do("agent", "order.answered", order.pk, nine, told="已告知办事流程。")
    assert not Clock.objects.filter(order=order, ended_at=None).exists()
    # Whose duty nobody knows is not sent in that time: its coordination has a limit of its own.
    unclear = zhoucun.register(nine)
    said = {"units": [zhoucun.units["heat"].pk], "question": "换热站归谁管，两家说法不一。"}
    zhoucun.do("dispatcher", "order.coordinated", unclear.pk, later(nine, minutes=9), **said)
    assert Clock.objects.get(order=unclear, kind="dispatch").end == "met"
    assert task(unclear, "coordinate_duty").due == shanghai("2026-11-20 00:00")


def urgent(cast: Cast, at: datetime, **more: Any) -> Order:
    return cast.register(at, urgency="urgent", title="门口燃气管道泄漏，有异味", **more)


def test_b08_an_urgent_request_goes_out_as_it_is_taken_in(zhoucun: Cast, nine: datetime) -> None:
    order = urgent(zhoucun, nine, dispatch_to=zhoucun.units["heat"].pk, basis="duty_list")
    assert (order.state, order.dispatched_at) == ("dispatched", nine)
    assert Share.objects.get(order=order).unit_id == zhoucun.units["heat"].pk
    assert [e.action for e in Entry.objects.filter(order=order).order_by("number")] == [
        "order.registered",
        "order.dispatched",
    ]
    assert task(order, "dispatch_now").outcome == "done"
    assert Clock.objects.get(order=order, kind="dispatch").end == "met"
    assert list(verify()) == []


def test_b08_only_what_is_urgent_goes_past_the_dispatcher(zhoucun: Cast, nine: datetime, cast: Cast) -> None:
    heat = zhoucun.units["heat"].pk
    for changes, beside in (
        ({"dispatch_to": heat, "basis": "law"}, "dispatch_to"),
        ({"urgency": "urgent", "dispatch_to": heat, "basis": "nothing"}, "basis"),
        ({"urgency": "urgent", "dispatch_to": zhoucun.units["centre"].pk, "basis": "law"}, "dispatch_to"),
    ):
        with pytest.raises(Refused) as caught:
            zhoucun.do("agent", "order.registered", None, nine, **request(**changes))
        assert beside in caught.value.problems
    # Where the pack does not let it out at once, it is not: the other centre's rule book says nothing of it.
    at_once = request(urgency="urgent", dispatch_to=cast.units["heat"].pk, basis="duty_list")
    with pytest.raises(Refused) as caught:
        cast.do("agent", "order.registered", None, nine, **at_once)
    assert "先登记，再由派单员派单" in caught.value.problems["dispatch_to"]
    assert not Order.objects.exists()


def test_b08_where_the_unit_is_not_known_the_dispatcher_is_rung_and_then_the_leader(
    zhoucun: Cast, nine: datetime
) -> None:
    order = urgent(zhoucun, nine)
    ring = task(order, "dispatch_now")
    assert (ring.post_role, ring.due) == ("dispatcher", later(nine, minutes=5))
    assert Clock.objects.get(order=order, kind="dispatch").due == later(nine, minutes=5)
    assert not has(order, "follow_up"), "nobody follows what is nowhere yet"
    lapse(zhoucun, order, "dispatch_now")
    unsent = task(order, "urgent_unsent")
    assert (unsent.post_role, unsent.due) == ("leader", later(nine, minutes=15))
    asked_to_say(zhoucun, unsent, later(nine, minutes=8), "处置情况")
    # It is no way out to tick it off: it ends with the dispatch alone.
    problems = refused(zhoucun, "dispatcher", "task.done", order, later(nine, minutes=7), task=ring.pk)
    assert "由相应的操作自动办结" in problems[""]
    normal = zhoucun.register(nine)
    assert not has(normal, "dispatch_now")
    assert not has(normal, "follow_up")


def asked_to_say(cast: Cast, found: Task, at: datetime, title: str) -> None:
    """The leader says what he did about it, in five characters at least."""
    said = {"task": found.pk, "elements": ["已督促。"]}
    assert title in refused(cast, "leader", "task.done", found.order, at, **said)["elements"]
    done(cast, "leader", found, at, "已督促的。")


def test_b08_what_is_not_noted_in_time_the_leader_asks_after(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine, urgency="urgent")
    lapse(zhoucun, order, "own_follow_up")
    at = later(nine, hours=12)
    silent = task(order, "follow_up_late")
    # Wednesday 21:00: one working day more, Thursday.
    assert (silent.post_role, silent.due) == ("leader", shanghai("2026-11-20 00:00"))
    asked_to_say(zhoucun, silent, at, "过问情况")


def test_b08_somebody_of_the_centre_follows_it_until_it_is_closed(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine, urgency="urgent")
    officer = task(order, "follow_up")
    assert officer.holder_id == zhoucun.staff["supervisor"].pk
    clock = Clock.objects.get(order=order, kind="own_follow_up")
    assert (clock.due, clock.warn_at) == (later(nine, hours=12), later(nine, hours=10))
    at = later(nine, hours=3)
    zhoucun.do("supervisor", "task.noted", order.pk, at, task=officer.pk, text="抢修队已到场，正在关阀。")
    running = Clock.objects.get(order=order, kind="own_follow_up", ended_at=None)
    assert running.due == later(at, hours=12)
    assert Task.objects.get(pk=officer.pk).done_at is None
    # The unit's clerk does not write the officer's log, nor is it ended before the order is.
    mine = {"task": officer.pk, "text": "已到场处理完毕。"}
    assert "不在您的岗位" in refused(zhoucun, "clerk@town", "task.noted", order, at, **mine)[""]
    assert "自动办结" in refused(zhoucun, "supervisor", "task.done", order, at, task=officer.pk)[""]
    assert not has(order, "follow_up_late"), "what is noted in time troubles nobody"
    contact(zhoucun, "clerk@town", order, at)
    passed(zhoucun, order, later(at, hours=1))
    assert Task.objects.get(pk=officer.pk).outcome == "done"
    assert not Clock.objects.filter(order=order, ended_at=None).exists()
    assert list(verify()) == []


def test_b08_found_urgent_after_the_dispatch_it_is_followed_all_the_same(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine)
    assert not has(order, "follow_up")
    at = later(nine, hours=1)
    zhoucun.do("dispatcher", "order.corrected", order.pk, at, urgency="urgent")
    officer = task(order, "follow_up")
    assert (officer.holder_id, officer.made_at) == (zhoucun.staff["supervisor"].pk, at)
    assert Clock.objects.get(order=order, kind="own_follow_up", ended_at=None)
    # Opened by the leader, nobody has to write its log any more.
    zhoucun.do("leader", "task.waived", order.pk, later(at, hours=1), task=officer.pk, reason="已经排除，无需跟进。")
    assert not Clock.objects.filter(order=order, kind="own_follow_up", ended_at=None).exists()
    # Before the dispatch it is what the dispatcher is rung for.
    waiting = zhoucun.register(nine)
    zhoucun.do("agent", "order.supplemented", waiting.pk, at, text="燃气味很浓，已通知邻居撤离。")
    zhoucun.do("dispatcher", "order.corrected", waiting.pk, at, urgency="urgent")
    assert task(waiting, "dispatch_now").due == later(at, minutes=5)
    assert list(verify()) == []


# --- B10, B11: how long a unit has -----------------------------------------------------------------


def test_b10_three_workdays_from_the_dispatch(zhoucun: Cast) -> None:
    # Wednesday 30 September 2026: the national holiday follows, Saturday 10 October is worked.
    at = shanghai("2026-09-30 16:00")
    order, share = out(zhoucun, at, signed=False)
    clock = Clock.objects.get(order=order, kind="handle")
    assert (clock.rule, clock.due) == ("B10", shanghai("2026-10-11 00:00"))
    assert clock.warn_at == shanghai("2026-10-10 00:00")
    # Signing late moves nothing.
    zhoucun.do("clerk@town", "share.signed", order.pk, shanghai("2026-10-09 10:00"))
    assert Clock.objects.get(order=order, kind="handle").due == shanghai("2026-10-11 00:00")
    assert share.pk == clock.share_id


def test_b10_must_not_bite_where_it_is_urgent(zhoucun: Cast, nine: datetime) -> None:
    order, _ = out(zhoucun, nine, urgency="urgent")
    clock = Clock.objects.get(order=order, kind="handle")
    assert clock.rule == "B11.other_rep"


def test_b10_counted_from_the_signing_late_signing_earns_nothing(nine: datetime, books: Shelf, zhoucun: Cast) -> None:
    def from_signing(book: dict[str, Any]) -> None:
        (rule,) = (row for row in book["clock"] if row["id"] == "B10")
        rule["from"] = ["sign", "breach.sign"]

    books.adopt(zhoucun, from_signing, "zhoucun-2019")
    early, _ = out(zhoucun, nine, signed=False)
    zhoucun.do("clerk@town", "share.signed", early.pk, later(nine, hours=2))
    clock = Clock.objects.get(order=early, kind="handle")
    assert (clock.start, clock.due) == (later(nine, hours=2), shanghai("2026-11-24 00:00"))
    # Not signed by the end of Thursday: from then on, whenever he signs and whether the sweep has rung or not.
    limit = shanghai("2026-11-20 00:00")
    late, rung = (out(zhoucun, nine, signed=False)[0] for _ in range(2))
    zhoucun.do("clerk@town", "share.signed", late.pk, shanghai("2026-11-23 10:00"))
    lapse(zhoucun, rung, "sign")
    zhoucun.do("clerk@town", "share.signed", rung.pk, shanghai("2026-11-23 10:00"))
    for order in (late, rung):
        clock = Clock.objects.get(order=order, kind="handle")
        assert (clock.start, clock.due) == (limit, shanghai("2026-11-26 00:00"))
    assert list(verify()) == []


#: The seven types of urgent matters: category, minutes to arrive and how long before one is warned, hours to resolve,
#: hours to reply.  Defaults, marked so in the pack, until the text that they stand for is found.
B11: tuple[tuple[str, int, int, int, int | None], ...] = (
    ("燃气供应", 30, 10, 4, 8),
    ("自来水供应", 60, 10, 12, 24),
    ("电力供应", 45, 10, 8, 24),
    ("冬季采暖", 60, 10, 24, 24),
    ("危险化学品污染", 30, 10, 4, 8),
    ("安全隐患", 60, 10, 12, 24),
    ("供暖温度", 120, 60, 24, None),
)


@pytest.mark.parametrize(("category", "arrive", "warn", "resolve", "reply"), B11, ids=[line[0] for line in B11])
def test_b11_each_type_has_its_limits_to_arrive_to_resolve_and_to_reply(
    zhoucun: Cast, nine: datetime, category: str, arrive: int, warn: int, resolve: int, reply: int | None
) -> None:
    plant(zhoucun.centre, [] if Category.objects.filter(name=category).exists() else [("突发事件", "紧急", category)])
    kind = Category.objects.get(name=category, centre=zhoucun.centre)
    order, share = out(zhoucun, nine, urgency="urgent", category=kind.pk)
    # What is handed on has them no second time.
    zhoucun.do("clerk@town", "share.delegated", order.pk, nine, unit=zhoucun.units["village"].pk, share=share.pk)
    answer = later(nine, hours=reply) if reply else shanghai("2026-11-20 00:00")
    limits = {
        "own_arrive": (later(nine, minutes=arrive), later(nine, minutes=arrive - warn)),
        "own_resolve": (later(nine, hours=resolve), later(nine, hours=resolve - 1)),
        "handle": (answer, later(answer, hours=-1)),
    }
    mine = Clock.objects.filter(share=share, kind__in=limits)
    assert {clock.kind: (clock.due, clock.warn_at) for clock in mine} == limits
    assert (
        not Clock.objects.filter(order=order, kind__startswith="own_")
        .exclude(share=share)
        .exclude(kind="own_follow_up")
        .exists()
    )
    at = later(nine, minutes=20)
    there = {"text": "已到现场，正在处置。", "share": share.pk}
    zhoucun.do("clerk@town", "share.progressed", order.pk, at, **there, on_site=True)
    assert running(share) == {"own_resolve", "handle"}
    zhoucun.do("clerk@town", "share.progressed", order.pk, at, **there, resolved=True)
    assert running(share) == {"handle"}
    zhoucun.do("clerk@town", "share.contacted", order.pk, at, text="已告知处置情况。", share=share.pk)
    zhoucun.do("clerk@town", "share.replied", order.pk, at, **REPLY, share=share.pk)
    zhoucun.do("hotline_deputy@town", "share.unit_audited", order.pk, at, approved=True, share=share.pk)
    assert running(share) == set()
    assert list(verify()) == []


def running(share: Share) -> set[str]:
    limits = Clock.objects.filter(share=share, ended_at=None, kind__in=("own_arrive", "own_resolve", "handle"))
    return set(limits.values_list("kind", flat=True))


def test_b11_word_of_progress_is_no_arrival_and_a_normal_matter_has_no_such_limit(
    zhoucun: Cast, nine: datetime
) -> None:
    gas = Category.objects.get(name="燃气供应")
    order, _ = out(zhoucun, nine, urgency="urgent", category=gas.pk)
    zhoucun.do("clerk@town", "share.progressed", order.pk, nine, text="已安排人员前往。")
    assert Clock.objects.filter(order=order, kind__in=("own_arrive", "own_resolve"), ended_at=None).count() == 2
    normal, _ = out(zhoucun, nine, category=gas.pk)
    assert not Clock.objects.filter(order=normal, kind__startswith="own_").exists()
    # Called urgent later, it has them from its dispatch on; called normal again, they are gone.
    zhoucun.do("dispatcher", "order.corrected", normal.pk, later(nine, minutes=5), urgency="urgent")
    assert Clock.objects.get(order=normal, kind="own_arrive").due == later(nine, minutes=30)
    zhoucun.do("dispatcher", "order.corrected", normal.pk, later(nine, minutes=6), urgency="normal")
    assert not Clock.objects.filter(order=normal, kind="own_arrive", ended_at=None).exists()
