"""D25: a campaign's baseline is fixed when it begins; by day what of it is done, withdrawn and still open; by unit."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast, later, request, shanghai
from tests.desk.web import Site
from tests.orders.stages import REASON, TOLD
from tests.proceedings.stages import differences, fresh, numbers

from lianxin.desk.blocks import BLOCKS
from lianxin.figures.burn import burn
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Clock, Entry
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules import policy

SAID = {"title": "托底清零", "text": "积存的供暖工单逐件清零。"}


def on(day: int, time: str = "09:00") -> datetime:
    return shanghai(f"2026-11-{day:02} {time}")


def given(cast: Cast, at: datetime, unit: str = "town") -> Order:
    """An order that a unit handles."""
    order = cast.register(at)
    cast.dispatch(order, at, unit)
    return order


def campaign(cast: Cast, at: datetime, *orders: Order, due: datetime | None = None) -> Proceeding:
    """One that gathered these and has begun at `at`."""
    pk = cast.do("supervisor", "campaign.opened", None, at, **SAID, numbers=numbers(orders)).order
    cast.do("supervisor", "campaign.begun", pk, at, due=due or later(at, days=5))
    return Proceeding.objects.get(pk=pk)


def withdrawn(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("agent", "order.withdrawn", order.pk, at, reason=REASON, told=TOLD)


def answered(cast: Cast, order: Order, at: datetime) -> None:
    """An undispatched order ends with an answer."""
    cast.do("agent", "order.answered", order.pk, at, told=TOLD)


def reopened(cast: Cast, order: Order, at: datetime) -> None:
    cast.do("supervisor", "order.reopened", order.pk, at, reason=REASON)


def by_day(cast: Cast, of: Proceeding, until: datetime, cutoff: datetime | None = None) -> dict[int, tuple[int, ...]]:
    """Day of the month: how many are done, withdrawn, remaining."""
    begun = Entry.objects.get(proceeding=of, action="campaign.begun")
    stands = burn(Scope(cast.centre.pk, begun.at, until, cutoff or until, ""), begun.payload["baseline"])
    return {s.day.day: (len(s.done), len(s.withdrawn), len(s.remaining)) for s in stands}


@pytest.fixture
def five(cast: Cast) -> list[Order]:
    """Registered on the 8th and not dispatched, so that an answer ends them."""
    return [cast.register(on(8)) for _ in range(5)]


def test_d25_what_is_done_burns_down_day_by_day(cast: Cast, five: list[Order]) -> None:
    beside = cast.register(on(8))
    run = campaign(cast, on(9), *five)
    answered(cast, five[0], on(9, "10:00"))
    answered(cast, beside, on(10))
    for order in five[1:3]:
        answered(cast, order, on(11))
    assert by_day(cast, run, on(12, "23:00")) == {
        9: (1, 0, 4),
        10: (1, 0, 4),  # what is not of the baseline burns nothing down
        11: (3, 0, 2),
        12: (3, 0, 2),
    }


def test_d25_the_baseline_is_what_was_open_when_it_began(cast: Cast, five: list[Order]) -> None:
    answered(cast, five[0], on(8, "10:00"))
    pk = cast.do("supervisor", "campaign.opened", None, on(8, "11:00"), **SAID, numbers=numbers(five[:3])).order
    answered(cast, five[1], on(8, "12:00"))
    cast.do("supervisor", "campaign.added", pk, on(8, "13:00"), numbers=numbers(five[3:]))
    cast.do("supervisor", "campaign.begun", pk, on(9), due=on(14))
    said = Entry.objects.get(action="campaign.begun").payload
    assert (said["counted"], said["left_out"]) == (3, 2)
    assert said["baseline"] == [order.pk for order in five[2:]]
    assert said["led_by"] == [cast.units["centre"].pk] * 3
    assert [order.campaign_id for order in Order.objects.order_by("pk")] == [None, None, pk, pk, pk]
    assert Clock.objects.get(proceeding=pk).due == on(14)
    assert by_day(cast, Proceeding.objects.get(pk=pk), on(9, "23:00")) == {9: (0, 0, 3)}
    assert differences() == []


def test_d25_a_withdrawal_makes_nothing_done(cast: Cast, five: list[Order]) -> None:
    """Nor does what is found invalid: both stand apart, and the baseline stays what it was."""
    run = campaign(cast, on(9), *five)
    withdrawn(cast, five[0], on(10))
    cast.do("dispatcher", "order.invalidated", five[1].pk, on(10), reason=REASON, told=TOLD)
    assert by_day(cast, run, on(10, "23:00"))[10] == (0, 2, 3)
    # Opened again both are owed again, and may be done then.
    for order in five[:2]:
        reopened(cast, order, on(11))
    assert by_day(cast, run, on(11, "23:00"))[11] == (0, 0, 5)
    answered(cast, five[0], on(12))
    assert by_day(cast, run, on(12, "23:00")) == {9: (0, 0, 5), 10: (0, 2, 3), 11: (0, 0, 5), 12: (1, 0, 4)}


def test_d25_what_is_reopened_is_open_again(cast: Cast, five: list[Order]) -> None:
    run = campaign(cast, on(9), *five)
    answered(cast, five[0], on(9, "10:00"))
    answered(cast, five[1], on(9, "10:00"))
    reopened(cast, five[0], on(10))
    # Within one day: as of its end.
    reopened(cast, five[1], on(11, "09:00"))
    answered(cast, five[1], on(11, "10:00"))
    found = by_day(cast, run, on(11, "23:00"))
    assert found == {9: (2, 0, 3), 10: (1, 0, 4), 11: (1, 0, 4)}
    assert by_day(cast, run, on(9, "23:00")) == {9: (2, 0, 3)}


def test_d25_a_merged_order_stays_until_its_caller_is_told(cast: Cast, five: list[Order]) -> None:
    run = campaign(cast, on(9), *five)
    cast.do("agent", "order.merged", five[1].pk, on(10), number=five[0].number)
    assert by_day(cast, run, on(10, "23:00"))[10] == (0, 0, 5)


def test_d25_as_known_at_the_cut_off(cast: Cast, five: list[Order]) -> None:
    from lianxin.ledger.acts import Act
    from lianxin.ledger.door import record

    run = campaign(cast, on(9), *five)
    record(Act("order.answered", cast.actor("agent"), on(10), {"told": TOLD}, order=five[0].pk, recorded_at=on(13)))
    assert by_day(cast, run, on(12), on(12))[10] == (0, 0, 5)
    assert by_day(cast, run, on(14), on(14))[10] == (1, 0, 4)


def test_d25_as_many_statements_however_long(cast: Cast, five: list[Order]) -> None:
    run = campaign(cast, on(9), *five)
    begun = Entry.objects.get(proceeding=run, action="campaign.begun")

    def cost(days: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            burn(Scope(cast.centre.pk, begun.at, later(begun.at, days=days), later(begun.at, days=days), ""), [1, 2])
        return len(seen)

    assert cost(1) == cost(300) == 3


# --- on its page -----------------------------------------------------------------------------
@pytest.fixture
def running(cast: Cast) -> tuple[Proceeding, dict[str, Order], datetime]:
    """One that began three days ago and ends in a week, with orders of two units and one that nobody has."""
    at = timezone.now().replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=3)
    orders = {name: given(cast, at, "town" if name[0] == "t" else "heat") for name in ("t1", "t2", "t3", "h1")}
    orders["c1"] = cast.register(at)
    run = campaign(cast, later(at, hours=1), *orders.values(), due=later(timezone.now(), days=7))
    withdrawn(cast, orders["t1"], later(at, days=1))
    answered(cast, orders["c1"], later(at, days=2))
    return run, orders, at


def page_of(cast: Cast, run: Proceeding, who: str = "supervisor") -> str:
    answer = Site(cast).get(who, f"/proceedings/{run.number}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_d25_the_page_tells_how_far_it_has_come(cast: Cast, running: Any) -> None:
    run, _, _ = running
    page = page_of(cast, run)
    for title, number in (("基数", 5), ("已办结", 1), ("已撤单", 1), ("未办结", 3)):
        assert re.search(rf"<dt>{title}</dt>\s*<dd><a[^>]*>{number}</a> 件</dd>", page), title
    assert "还剩 7 天" in page
    assert 'class="lx-drawn"' in page
    assert "lx-aim" in page
    rows = {
        name: re.findall(r">(\d+)<", row)
        for name, row in re.findall(r'<th scope="row">(\D+?)</th>(.*?)</tr>', page, re.S)
    }
    assert rows["大店镇"] == ["3", "0", "1", "2"]
    assert rows["热力公司"] == ["1", "0", "0", "1"]
    assert list(rows)[:1] == ["大店镇"], "most remaining first"


def test_d25_each_number_opens_its_orders_as_far_as_one_may_see_them(cast: Cast, other: Cast, running: Any) -> None:
    run, orders, _ = running
    site, town = Site(cast), cast.units["town"].pk

    def behind(query: str) -> set[str]:
        page = site.get("supervisor", f"/proceedings/{run.number}/orders/?{query}").content.decode()
        return {name for name, order in orders.items() if f"/orders/{order.number}/" in page}

    assert behind("of=baseline") == set(orders)
    assert behind("of=done") == {"c1"}
    assert behind("of=withdrawn") == {"t1"}
    assert behind(f"of=remaining&unit={town}") == {"t2", "t3"}
    for query in ("", "of=none", "of=done&unit=x", "of=done&unit=999999"):
        assert site.get("supervisor", f"/proceedings/{run.number}/orders/?{query}").status_code == 404
    # A unit sees neither the campaign nor what is behind its numbers, and another centre nothing at all.
    assert site.get("clerk@town", f"/proceedings/{run.number}/orders/?of=baseline").status_code == 404
    assert Site(other).get("supervisor", f"/proceedings/{run.number}/orders/?of=baseline").status_code == 404


def test_d25_before_it_begins_there_is_nothing_to_burn_down(cast: Cast) -> None:
    at = timezone.now()
    order = given(cast, at)
    pk = cast.do("supervisor", "campaign.opened", None, at, **SAID, numbers=[order.number]).order
    run = Proceeding.objects.get(pk=pk)
    page = page_of(cast, run)
    assert "筹备" in page
    assert "lx-drawn" not in page
    assert Site(cast).get("supervisor", f"/proceedings/{run.number}/orders/?of=baseline").status_code == 404
    cast.do("leader", "campaign.closed", pk, at, result="不再开展。")
    assert not fresh(run).is_open
    assert "lx-drawn" not in page_of(cast, run)


def test_d25_what_happens_after_its_end_changes_nothing_of_it(cast: Cast, running: Any) -> None:
    run, orders, at = running
    cast.do("leader", "campaign.closed", run.pk, later(at, days=2, hours=1), result="基本清零。")
    before = page_of(cast, run)
    assert "已结束" in before
    reopened(cast, orders["c1"], later(at, days=2, hours=2))
    after = page_of(cast, run)
    assert re.search(r"<dt>已办结</dt>\s*<dd><a[^>]*>1</a> 件</dd>", after)
    assert Order.objects.get(pk=orders["c1"].pk).campaign_id is None


def test_d25_past_its_day_it_says_so(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=6)
    run = campaign(cast, at, given(cast, at), due=later(at, days=4))
    assert "已超过 2 天" in page_of(cast, run)


def test_d25_several_hundred_are_gathered_by_several_acts(cast: Cast) -> None:
    """278, as it was then; one act takes 200."""
    from lianxin.ledger.acts import Act, Refused
    from lianxin.ledger.door import record_many

    assert "278个" in next(row for row in policy.find("junan-2021").own if row.id == "D25").clause
    at = timezone.now() - timedelta(hours=1)
    acts = [Act("order.registered", cast.actor("agent"), at, request(), recorded_at=at) for _ in range(278)]
    record_many(acts)
    named = list(Order.objects.order_by("pk").values_list("number", flat=True))
    with pytest.raises(Refused):
        cast.do("supervisor", "campaign.opened", None, at, **SAID, numbers=named)
    pk = cast.do("supervisor", "campaign.opened", None, at, **SAID, numbers=["\n".join(named[:200])]).order
    cast.do("supervisor", "campaign.added", pk, at, numbers=["\t".join(named[200:])])
    cast.do("supervisor", "campaign.begun", pk, at, due=later(at, days=20))
    assert Order.objects.filter(campaign=pk).count() == 278
    page = page_of(cast, Proceeding.objects.get(pk=pk))
    assert "278 件，列出前 50 件" in page
    cast.do("leader", "campaign.closed", pk, later(at, minutes=30), result="转入常态办理。")
    assert not Order.objects.filter(campaign=pk).exists()


def test_what_shows_a_block_names_a_template_that_is_there() -> None:
    from django.template.loader import get_template

    from lianxin.proceedings import kinds

    for code, maker in BLOCKS.items():
        assert kinds.find(code)
        assert get_template(maker.template)


def test_a_campaign_of_the_first_version_still_tells_how_far_it_has_come(cast: Cast) -> None:
    """It began with its opening: its baseline is what it named, its day that of its clock."""
    from lianxin.ledger import verbs

    at = timezone.now() - timedelta(days=1)
    order, other = cast.register(at), cast.register(at)
    latest = verbs._REGISTRY["campaign.opened"]
    verbs._REGISTRY["campaign.opened"] = verbs.recorded("campaign.opened", 1)
    try:
        said = {**SAID, "due": later(at, days=20), "numbers": [order.number, other.number]}
        pk = cast.do("supervisor", "campaign.opened", None, at, **said).order
    finally:
        verbs._REGISTRY["campaign.opened"] = latest
    run = Proceeding.objects.get(pk=pk)
    answered(cast, order, later(at, hours=1))
    page = page_of(cast, run)
    assert "原文已按期删除" not in page
    assert re.search(r"<dt>已办结</dt>\s*<dd><a[^>]*>1</a> 件</dd>", page)
    assert re.search(r"<dt>未办结</dt>\s*<dd><a[^>]*>1</a> 件</dd>", page)
    assert differences() == []


def test_d25_a_column_of_a_sheet_is_pasted_into_the_page_whole(cast: Cast) -> None:
    """A field of one line would cut it off, or run its numbers together."""
    at = timezone.now()
    orders = [cast.register(at) for _ in range(40)]
    site = Site(cast)
    form = site.get("supervisor", "/proceedings/new/campaign.opened/").content.decode()
    assert re.search(r'<textarea name="numbers"(?![^>]*maxlength)', form)
    key = re.search(r'name="key" value="([0-9a-f]{32})"', form)
    assert key
    typed = {"key": key[1], "title": "托底清零", "text": SAID["text"], "numbers": ["\r\n".join(numbers(orders))]}
    assert site.at("supervisor").post("/proceedings/new/campaign.opened/", typed).status_code == 302
    run = Proceeding.objects.get(kind="campaign")
    assert run.abouts.count() == 40
    assert f"{orders[19].number} 等 40 件" in page_of(cast, run)
