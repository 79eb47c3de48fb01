"""D26 on the desk: the chart by day, the same in numbers, the orders behind each; for whom it is there."""

from __future__ import annotations

import html
import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone
from tests.cast import Cast, later
from tests.desk.test_queue_rows import seat_at
from tests.desk.web import Site
from tests.orders.stages import REASON, TOLD

from lianxin.desk.charts import HIGH, Band, Series, chart, scale
from lianxin.desk.views.figures import sheet_of
from lianxin.desk.weeks import Week
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.orders.models import Order

LINK = re.compile(r'<a class="lx-n" href="(/figures/flow/orders/[^"]+)">(\d+)</a>')


@pytest.fixture
def days_ago() -> datetime:
    return timezone.now().replace(hour=4, minute=0, second=0, microsecond=0) - timedelta(days=3)


@pytest.fixture
def two(cast: Cast, days_ago: datetime) -> tuple[Order, Order]:
    """One was answered a day later, one stands with the heat company."""
    done, stands = cast.register(days_ago), cast.register(days_ago)
    cast.do("agent", "order.answered", done.pk, later(days_ago, days=1), told=TOLD)
    cast.dispatch(stands, later(days_ago, hours=1), "heat")
    return done, stands


def shown(site: Site, who: str, query: str = "") -> str:
    answer = site.get(who, f"/figures/flow/{query}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def total(page: str) -> list[int]:
    row = re.search(r'<th scope="row">合计</th>(.*?)</tr>', page, re.S)
    assert row
    return [int(number) for number in re.findall(r">(\d+)<", row[1])]


def test_d26_the_chart_and_its_numbers_stand_on_the_page(cast: Cast, two: tuple[Order, Order]) -> None:
    site = Site(cast)
    page = shown(site, "supervisor")
    assert total(page) == [2, 0, 1, 1]
    today = timezone.localdate()
    assert page.count("<title>") == 28 + 1
    assert f"{today:%m-%d}：存量 1，受理量 0，重新打开量 0，结束工单量 0" in page
    assert 'role="img"' in page
    done, stands = two
    opened = {int(number): site.get("supervisor", url).content.decode() for url, number in LINK.findall(page)[:3]}
    assert set(opened) == {2, 1}
    _, ended, stock = (site.get("supervisor", url).content.decode() for url, _ in LINK.findall(page)[:3])
    assert (done.number in ended, stands.number in ended) == (True, False)
    assert (done.number in stock, stands.number in stock) == (False, True)


def test_d26_the_page_and_the_figures_of_the_week_are_one(cast: Cast, two: tuple[Order, Order]) -> None:
    week = Week(timezone.localdate() - timedelta(days=timezone.localdate().weekday()))
    of_week = sheet_of(seat_at(cast, cast.posts["supervisor"]).directory, week).total(None)
    last = min(week.last, timezone.localdate())
    # No rule book shows how many were opened again: the page of the week does not count it.
    again = count(Scope.of_days(cast.centre.pk, week.first, last, ""), ["reopened"])[()]
    page = shown(Site(cast), "leader", f"?first={week.first}&last={last}")
    accepted, reopened, ended, stock = total(page)
    assert [accepted, ended, stock] == [of_week[name] for name in ("accepted", "ended", "stock")]
    assert reopened == again["reopened"]


def test_d26_a_unit_sees_its_own_and_no_other(cast: Cast, two: tuple[Order, Order]) -> None:
    site, heat, town = Site(cast), cast.units["heat"].pk, cast.units["town"].pk
    mine = shown(site, "clerk@heat")
    assert total(mine) == [1, 0, 1]
    assert total(shown(site, "supervisor", f"?unit={heat}")) == [1, 0, 1]
    assert total(shown(site, "clerk@town")) == [0, 0, 0]
    url, _ = LINK.findall(mine)[0]
    assert two[1].number in site.get("clerk@heat", url).content.decode()
    for address in (f"/figures/flow/?unit={heat}", url, url.replace(f"unit={heat}", f"unit={cast.units['centre'].pk}")):
        assert site.get("clerk@town", address).status_code == 404
    # Without its unit named it is asked for its own, whatever else the address says.
    bare = re.sub(r"&?unit=\d+", "", url)
    assert two[1].number not in site.get("clerk@town", bare).content.decode()
    assert site.get("clerk@town", f"/figures/flow/?unit={town}").status_code == 200
    assert "全中心" not in mine


def test_d26_who_sees_no_figures_cannot(cast: Cast, two: tuple[Order, Order]) -> None:
    site = Site(cast)
    assert site.get("admin", "/figures/flow/").status_code == 403
    assert site.get("admin", "/figures/flow/orders/?of=stock").status_code == 404
    assert "存量与增量" not in site.get("admin", "/figures/").content.decode()
    assert "存量与增量" in site.get("analyst", "/figures/").content.decode()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?first=2026-13-01", "日期应写作"),
        ("?first=abc&last=2026-11-01", "日期应写作"),
        ("?first=2026-11-10&last=2026-11-01", "起始日期不能晚于截止日期"),
        ("?first=2026-01-01&last=9999-01-01", "截止日期不能晚于今天"),
        ("?first=2020-01-01&last=2026-11-01", "最多看 366 天"),
        ("?last=0001-01-01", "日期应写作"),
        ("?first=0001-01-01&last=0001-01-02", "最多看 366 天"),
    ],
)
def test_what_is_no_period_is_said_and_the_usual_one_shown(cast: Cast, query: str, sentence: str) -> None:
    page = shown(Site(cast), "supervisor", query)
    assert sentence in page
    assert page.count('<th scope="row">') == 28 + 1
    for name, typed in parse_qsl(query[1:]):
        assert f'name="{name}" type="date" value="{typed}"' in page, "what was typed stays in its field"


@pytest.mark.parametrize(
    "query",
    [
        "of=stock&unit=x",
        "of=stock&unit=99999999999",
        "of=closed",
        "of=stock&at=x",
        "of=stock&at=99999999999999999",
        "of=stock&first=x",
    ],
)
def test_what_is_nothing_is_not_found(cast: Cast, query: str) -> None:
    site = Site(cast)
    assert site.get("supervisor", "/figures/flow/orders/?of=stock").status_code == 200
    assert site.get("supervisor", f"/figures/flow/orders/?{query}").status_code == 404


def test_d26_a_number_opens_what_it_counted_then(cast: Cast, two: tuple[Order, Order]) -> None:
    """What was opened again after the page was counted is not among what stood there."""
    site, (done, stands) = Site(cast), two
    url = LINK.findall(shown(site, "supervisor"))[2][0]
    cast.do("supervisor", "order.reopened", done.pk, timezone.now() + timedelta(seconds=1), reason=REASON)
    assert done.number not in site.get("supervisor", url).content.decode()
    assert stands.number in site.get("supervisor", url).content.decode()


# --- drawing ---------------------------------------------------------------------------------
def test_a_scale_holds_its_largest_and_halves() -> None:
    for most, top in ((0, 2), (1, 2), (3, 4), (9, 10), (11, 20), (39, 40), (41, 60), (100, 100), (101, 200)):
        assert scale(most) == top


def drawn(**values: Any) -> tuple[Band, Any]:
    series = [Series(name, numbers, "bar" if name == "bar" else "line", name) for name, numbers in values.items()]
    band = Band("数", series)
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(len(series[0].values))]
    return band, chart("图", days, [band])


def test_bars_stand_on_the_ground_and_are_as_high_as_their_values() -> None:
    band, made = drawn(bar=[1, 0, 4])
    heights = [(bar.x, float(bar.h), round(float(bar.y) + float(bar.h))) for bar in band.bars]
    ground = band.top + HIGH
    assert [(height, foot) for _, height, foot in heights] == [(HIGH / 4, ground), (HIGH, ground)]
    assert len(made.slots) == 3
    assert made.slots[0].said == "11-01：bar 1"


def test_a_line_goes_from_day_to_day_and_stops_where_nothing_is_known() -> None:
    band, _ = drawn(line=[4, 2, None])
    assert [(mark.x, mark.w) for mark in band.lines] == [("16.667%", "50.000%")]
    assert len(band.dots) == 2


def test_few_days_are_named_however_many_there_are() -> None:
    for days in (1, 6, 7, 28, 366):
        _, made = drawn(bar=[1] * days)
        assert 1 <= len([slot for slot in made.slots if slot.label]) <= 6
