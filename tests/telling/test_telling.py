"""Units and people are told where they are, once, and of an order its number, category, unit and limit alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.cast import Cast, later, shanghai
from tests.proceedings.stages import LETTER, dispatched, do, opened
from tests.telling.receivers import Mailbox, Robots
from tests.telling.stages import group, letters, own, run, states, why

from lianxin.directory.models import Channel, Holiday
from lianxin.ledger.models import Clock, Delivery, Notice
from lianxin.ledger.sweep import sweep
from lianxin.orders.models import Order
from lianxin.rules.worktime import show_due
from lianxin.telling import outgoing, viewers


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_units_group_is_told_once_what_several_of_its_people_are(
    base: Cast, robots: Robots, nine: datetime, kind: str
) -> None:
    group(base, "town", robots, kind)
    order = dispatched(base, nine, "town", category=category(base))
    do(base, "supervisor", "order.urged", order.pk, nine, by="caller", text="再次来电询问进展", told="已告知。")
    assert Notice.objects.filter(entry__action="order.urged").exists()
    assert run(later(nine, minutes=1)) > 0
    assert run(later(nine, minutes=2)) == 0, "once"
    assert robots.refused == []
    (text,) = robots.texts()
    due = show_due(min(Clock.objects.filter(share__order=order, ended_at=None).values_list("due", flat=True)))
    line = next(line for line in text.splitlines() if line.startswith("派单"))
    link = f"https://12345.example.gov.cn/orders/{order.number}/"
    assert line == f"派单 {order.number}，居民生活›供暖›供暖温度，大店镇，时限 {due}，{link}"
    assert text.startswith(f"【热线工单】{len(text.splitlines()) - 1} 件\n")
    assert set(states()) == {"sent"}


def category(cast: Cast) -> int:
    return cast.centre.categories.get(name="供暖温度").pk


def test_another_units_group_is_not_told(base: Cast, robots: Robots, nine: datetime) -> None:
    group(base, "heat", robots)
    dispatched(base, nine, "town")
    assert (run(nine), robots.asked) == (0, 0)


def test_a_person_is_told_by_his_own_channel(base: Cast, mailbox: Mailbox, nine: datetime) -> None:
    own(base, "clerk@town", "clerk@example.com")
    own(base, "clerk@heat", "other@example.com")
    order = dispatched(base, nine, "town")
    assert run(nine) == 1
    ((to, subject, text),) = letters(mailbox)
    assert (to, subject) == ("clerk@example.com", "【热线工单】1 件通知")
    assert order.number in text
    assert order.appeal.title not in text


def test_a_proceeding_is_told_like_an_order(base: Cast, robots: Robots, nine: datetime) -> None:
    group(base, "town", robots)
    letter = opened(base, "letter.sent", nine, **LETTER(base, nine))
    assert run(nine) == 1
    (text,) = robots.texts()
    assert f"预警函：发预警函 {letter.number}，大店镇，时限 " in text
    assert f"/proceedings/{letter.number}/" in text
    assert letter.wording.title not in text


def test_a_digest_gathers_until_its_times(base: Cast, robots: Robots, nine: datetime) -> None:
    group(base, "town", robots, digest_at="17:00、11:30")
    orders = [dispatched(base, later(nine, minutes=n), "town") for n in range(3)]
    assert run(later(nine, hours=2)) == 0
    assert run(shanghai("2026-11-18 11:30")) == 3
    (text,) = robots.texts()
    assert all(order.number in text for order in orders)
    dispatched(base, shanghai("2026-11-18 17:01"), "town")
    assert run(shanghai("2026-11-18 17:01")) == 0
    assert run(shanghai("2026-11-19 11:29")) == 0
    assert run(shanghai("2026-11-19 11:30")) == 1


def test_quiet_hours_hold_back_over_midnight_and_what_is_urgent_goes_out(base: Cast, robots: Robots) -> None:
    group(base, "town", robots, quiet_from="20:00", quiet_to="07:30")
    night = shanghai("2026-11-18 23:00")
    calm = [dispatched(base, night, "town"), dispatched(base, night, "town")]
    assert run(night) == 0
    loud = dispatched(base, later(night, minutes=1), "town", urgency="urgent")
    assert run(later(night, minutes=1)) > 0
    (text,) = robots.texts()
    assert text.splitlines()[1].startswith(f"紧急 派单 {loud.number}")
    assert all(order.number not in text for order in calm)
    assert run(shanghai("2026-11-19 07:29")) == 0
    assert run(shanghai("2026-11-19 07:30")) == 2
    assert all(order.number in robots.texts()[-1] for order in calm)
    assert len(robots.texts()) == 2, "gathered"


def test_days_off_hold_back_until_the_next_workday(base: Cast, robots: Robots) -> None:
    Holiday.objects.create(centre=base.centre, day="2026-11-20", is_workday=False, name="本地节日")
    group(base, "town", robots, workdays_only=True, quiet_from="18:00", quiet_to="08:00")
    friday = shanghai("2026-11-20 10:00")
    dispatched(base, friday, "town")
    for still in ("2026-11-20 10:00", "2026-11-21 12:00", "2026-11-22 23:59", "2026-11-23 07:59"):
        assert run(shanghai(still)) == 0, still
    assert run(shanghai("2026-11-23 08:00")) == 1


def test_a_breach_is_urgent(base: Cast, robots: Robots) -> None:
    group(base, "town", robots, quiet_from="18:00", quiet_to="08:00", digest_at="08:30")
    order = dispatched(base, shanghai("2026-11-18 17:00"), "town")
    run(shanghai("2026-11-18 17:01"))
    clock = Clock.objects.filter(share__order=order, kind="sign").get()
    sweep(clock.due)
    assert run(clock.due) == 1
    assert f"紧急 逾期 {order.number}" in robots.texts()[-1]


def test_what_happens_on_a_marked_clock_or_is_simulated_tells_nobody(
    base: Cast, robots: Robots, nine: datetime
) -> None:
    group(base, "town", robots)
    base.dispatch(base.register(nine), nine, "town")
    order = dispatched(base, nine, "town")
    Order.objects.filter(pk=order.pk).update(simulated=True)
    assert (run(nine), robots.asked) == (0, 0)


def test_who_may_not_see_it_any_more_is_not_told(base: Cast, robots: Robots, mailbox: Mailbox, nine: datetime) -> None:
    group(base, "town", robots, digest_at="17:00")
    own(base, "clerk@town", digest_at="17:00")
    dispatched(base, nine, "town")
    run(nine)
    person = base.staff["clerk@town"]
    person.is_active = False
    person.save()
    base.units["town"].active = False
    base.units["town"].save()
    assert run(shanghai("2026-11-18 17:00")) == 0
    assert (robots.asked, mailbox.letters) == (0, [])
    assert states() == {"dropped": Delivery.objects.count()}
    assert why() == ["收件人已看不到这件事"]


def test_a_channel_out_of_use_sends_nothing_more(base: Cast, robots: Robots, nine: datetime) -> None:
    channel = group(base, "town", robots, digest_at="17:00")
    dispatched(base, nine, "town")
    run(nine)
    channel.active = False
    channel.save()
    assert run(shanghai("2026-11-18 17:00")) == 0
    assert states() == {"dropped": 1}


def test_a_channel_that_breaks_keeps_no_other_waiting(
    base: Cast, robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = group(base, "town", robots), group(base, "heat", robots)
    viewer = viewers.of_channel

    def fails(directory: Any, channel: Channel) -> Any:
        if channel.pk == broken.pk:
            raise RuntimeError("whatever it is")
        return viewer(directory, channel)

    monkeypatch.setattr(viewers, "of_channel", fails)
    dispatched(base, nine, "town")
    there = dispatched(base, nine, "heat")
    assert run(nine) == 1
    (text,) = robots.texts()
    assert there.number in text
    # What was not sent stays, and goes out when it can.
    monkeypatch.undo()
    assert run(later(nine, minutes=1)) == 1


def test_what_this_version_does_not_know_any_more_is_told_all_the_same(
    base: Cast, robots: Robots, nine: datetime
) -> None:
    group(base, "town", robots, digest_at="17:00")
    letter = opened(base, "letter.sent", nine, **LETTER(base, nine))
    run(nine)
    Delivery.objects.update(kind="letter.given_up_since")
    assert run(shanghai("2026-11-18 17:00")) == 1
    (text,) = robots.texts()
    assert f"有新进展 {letter.number}" in text


def test_however_much_nobody_may_see_any_more_the_rest_goes_out_at_once(
    base: Cast, robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MOST_LINES", 2)
    group(base, "town", robots, digest_at="17:00")
    gone = [dispatched(base, nine, "town") for _ in range(4)]
    order = dispatched(base, nine, "town")
    run(nine)
    seen = viewers.Viewer.whole
    hidden = {root.pk for root in gone}
    monkeypatch.setattr(viewers.Viewer, "whole", lambda viewer, orders: seen(viewer, {*orders} - hidden))
    monkeypatch.setattr(viewers.Viewer, "shown", lambda viewer, orders: set())
    assert run(shanghai("2026-11-18 17:00")) == 1
    (text,) = robots.texts()
    assert order.number in text
    assert states() == {"sent": 1, "dropped": 4}


def test_of_what_is_only_shown_the_number_alone_is_told(base: Cast, robots: Robots, nine: datetime) -> None:
    from tests.cast import body
    from tests.orders.showing import show

    body(base)
    group(base, "npc", robots)
    order = dispatched(base, nine, "town", category=category(base))
    show(base, order, nine, units=[base.units["npc"].pk])
    assert run(nine) == 1
    (text,) = robots.texts()
    line = text.splitlines()[1]
    assert line == f"工单 {order.number}，https://12345.example.gov.cn/orders/{order.number}/"


def test_long_messages_are_cut_at_a_lines_end_by_bytes_and_each_thing_is_told_once(
    base: Cast, robots: Robots, nine: datetime
) -> None:
    group(base, "town", robots)
    orders = [dispatched(base, nine, "town", category=category(base)) for _ in range(40)]
    assert run(nine) == 40
    assert robots.refused == []
    lines = [line for text in robots.texts() for line in text.splitlines()[1:]]
    assert len(robots.texts()) > 1
    assert all(len(text.encode()) <= 2048 for text in robots.texts())
    assert len(lines) == 40
    assert all(sum(order.number in line for line in lines) == 1 for order in orders)


def test_no_more_than_twenty_messages_a_minute_and_none_is_lost(
    base: Cast, robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lianxin.telling import outgoing

    monkeypatch.setattr(outgoing, "MOST_LINES", 1)
    group(base, "town", robots)
    for _ in range(25):
        dispatched(base, nine, "town")
    assert run(nine) == 20
    assert run(later(nine, seconds=30)) == 0
    assert run(later(nine, seconds=60)) == 5
    assert len(robots.texts()) == 25
