"""The figures of inspections (督查统计: C29, C53): counted by the one ruler as known at a cut-off, with the formulas of
the pack, and each number leads to what it counts as far as whoever looks may see it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.test_costs import costs
from tests.desk.web import Site
from tests.orders.test_recusal import name as complain
from tests.proceedings import inspecting, stages
from tests.proceedings.inspecting import begin, check, closed, conclude, draw, observe, said_of, teams
from tests.proceedings.stages import do
from tests.rulebooks import Shelf, Tables

from lianxin.bulletins import drill
from lianxin.bulletins.gather import gather
from lianxin.directory.models import Category
from lianxin.figures.count import count, order_ids, proceeding_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.door import record
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding

pytestmark = pytest.mark.django_db
#: A month that is over: its figures are of its end.
MONDAY = shanghai("2026-10-26 09:00")
OCTOBER = "/proceedings/inspections/?month=2026-10"
RECHECKED = ("rechecked", "recheck_failed")
INSPECTED = ("inspected", "inspections_concluded", "inspections_faulty")
CELL = re.compile(r'<td>(?:<a class="lx-n" href="([^"]+)">)?(.*?)(?:</a>)?</td>')


@pytest.fixture(autouse=True)
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done with proceedings is recorded when it happened, so that there are cut-offs in between."""
    for module in (stages, inspecting):
        monkeypatch.setattr(module, "record", lambda act: record(replace(act, recorded_at=act.at)))


@pytest.fixture
def jinan() -> Cast:
    return teams(make_cast("jinan", "jinan-cg"))


def figures(cast: Cast, names: tuple[str, ...], cutoff: datetime | None = None, by: tuple[str, ...] = ()) -> Any:
    scope = Scope.of_days(cast.centre.pk, date(2026, 10, 1), date(2026, 10, 31), "city", cutoff)
    found = {key: tuple(line[name] for name in names) for key, line in count(scope, names, by=by).items()}
    return found if by else found[()]


def sample(cast: Cast, at: datetime, *sound: bool) -> list[str]:
    """The numbers of the orders of a sample, gone to one after the other each hour, and found sound or not."""
    root = draw(cast, at)
    drawn: list[str] = said_of(root, "recheck.drawn")["drawn"]
    for n, (number, good) in enumerate(zip(drawn, sound, strict=True)):
        check(cast, root, number, later(at, hours=n + 1), sound=good)
    return drawn


def lines(site: Site, who: str, table: str, query: str = OCTOBER) -> dict[str, list[tuple[str, str]]]:
    """title -> (number, where it leads) of each cell of a table of the page."""
    page = site.get(who, query).content.decode()
    section = page.partition(f'aria-label="{table}"')[2].partition("</section>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', section)
    return {title: [(text, unescape(url)) for url, text in CELL.findall(cells)] for title, cells in rows}


def numbers(site: Site, who: str, url: str) -> list[str]:
    """The numbers of the orders, or of the inspections, to which a number leads."""
    page = site.get(who, url).content.decode()
    return re.findall(r'<span class="lx-s">\s*([A-Z]?\d{8}-\d+)', page)


def test_c53_what_a_past_cut_off_said_of_re_checks_stays(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 3)
    sample(jinan, MONDAY, False, True, True)
    at = [later(MONDAY, minutes=minutes) for minutes in (30, 90, 150, 210)]
    assert [figures(jinan, RECHECKED, cutoff) for cutoff in at] == [(0, 0), (1, 1), (2, 1), (3, 1)]
    town = jinan.units["town"].pk
    assert figures(jinan, RECHECKED, by=("level", "unit_id")) == {("city", town): (3, 1)}
    # Opened anew, and another unit's from then on: who answered for it when it was gone to stays the same.
    order = Order.objects.get(pk=order_ids(scope_of(jinan), "recheck_failed")[0])
    jinan.do("supervisor", "order.reopened", order.pk, later(MONDAY, days=1), reason="复查不合格，重新办理。")
    jinan.dispatch(order, later(MONDAY, days=1, hours=1), "bureau")
    assert figures(jinan, RECHECKED, by=("level", "unit_id")) == {("city", town): (3, 1)}
    assert figures(jinan, RECHECKED, at[1]) == (1, 1)


def scope_of(cast: Cast) -> Scope:
    return Scope.of_days(cast.centre.pk, date(2026, 10, 1), date(2026, 10, 31), "city")


def test_c53_a_re_check_is_of_the_month_in_which_it_was_registered(jinan: Cast) -> None:
    last = shanghai("2026-10-31 22:00")
    closed(jinan, later(last, hours=-2), 3)
    sample(jinan, last, True, False, False)
    assert figures(jinan, RECHECKED) == (1, 0)
    november = Scope.of_days(jinan.centre.pk, date(2026, 11, 1), date(2026, 11, 30), "city")
    assert count(november, RECHECKED)[()] == {"rechecked": 2, "recheck_failed": 2}


def test_c29_what_a_past_cut_off_said_of_inspections_stays(jinan: Cast) -> None:
    concluded, gone = begin(jinan, MONDAY), begin(jinan, later(MONDAY, minutes=1), unit="heat")
    observe(jinan, concluded, later(MONDAY, minutes=30))
    conclude(jinan, concluded, later(MONDAY, hours=1), outcome="faulty")
    do(jinan, "clerk@team", "inspection.withdrawn", gone, later(MONDAY, hours=2), reason="立项的单位有误。")
    cutoffs = [later(MONDAY, minutes=minutes) for minutes in (10, 70, 130)]
    assert [figures(jinan, INSPECTED, cutoff) for cutoff in cutoffs] == [(2, 0, 0), (2, 1, 1), (1, 1, 1)]
    town = jinan.units["town"].pk
    assert figures(jinan, INSPECTED, by=("type", "level", "unit_id")) == {("roster", "city", town): (1, 1, 1)}
    assert proceeding_ids(scope_of(jinan), "inspected") == [concluded]
    with pytest.raises(KeyError):
        order_ids(scope_of(jinan), "inspected")
    with pytest.raises(KeyError):
        proceeding_ids(scope_of(jinan), "rechecked")


def test_c29_a_month_that_is_over_is_printed_as_of_its_end(jinan: Cast) -> None:
    root = begin(jinan, MONDAY)
    site = Site(jinan)
    before = lines(site, "leader", "按督查对象")
    assert [text for text, _ in before["大店镇"]] == ["1", "0", "0"]
    # Concluded in November: of the month's end it was not, however late somebody looks.
    observe(jinan, root, shanghai("2026-11-02 09:00"))
    conclude(jinan, root, shanghai("2026-11-02 10:00"), outcome="faulty")
    assert lines(site, "leader", "按督查对象") == before
    assert figures(jinan, INSPECTED, shanghai("2026-11-03 00:00")) == (1, 1, 1)


def test_c53_each_number_leads_to_the_orders_that_it_counts(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 3)
    drawn = sample(jinan, MONDAY, False, True, True)
    site = Site(jinan)
    for table, title in (("抽项督察", "全部"), ("抽项督察", "市级"), ("抽项督察按承办单位", "大店镇")):
        (all_, to_all), (failed, to_failed), (share, _) = lines(site, "leader", table)[title]
        assert (all_, failed, share) == ("3", "1", "33.3%"), table
        assert numbers(site, "leader", to_all) == sorted(drawn)
        assert numbers(site, "leader", to_failed) == [drawn[0]]
    # Whoever drew sees of an order what was shown to him, and no more.
    (_, to_all), *_ = lines(site, "clerk@team", "抽项督察")["全部"]
    assert numbers(site, "clerk@team", to_all) == sorted(drawn)
    # Another's count stays another's, also where one of its orders was shown to this one as well.
    shown = {"reason": "supervises", "units": [jinan.units["section"].pk]}
    jinan.do("leader", "order.shown", Order.objects.get(number=drawn[0]).pk, later(MONDAY, days=1), **shown)
    assert lines(site, "clerk@section", "抽项督察")["全部"][0][0] == "0"
    assert numbers(site, "clerk@section", to_all) == []
    assert site.get("clerk@town", to_all).status_code == 404


def test_c53_of_whom_an_order_complains_does_not_find_it_behind_the_number(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 3)
    drawn = sample(jinan, MONDAY, False, True, True)
    complain(jinan, Order.objects.get(number=drawn[0]), later(MONDAY, days=1), "supervisor")
    site = Site(jinan)
    (all_, to_all), *_ = lines(site, "supervisor", "抽项督察")["全部"]
    assert all_ == "3", "the figure is one for all"
    assert numbers(site, "supervisor", to_all) == sorted(drawn[1:])
    assert numbers(site, "leader", to_all) == sorted(drawn)


def test_c29_each_number_leads_to_the_inspections_that_it_counts(jinan: Cast) -> None:
    mine, others = begin(jinan, MONDAY), begin(jinan, MONDAY, unit="village", by="clerk@section")
    known = dict(Proceeding.objects.filter(pk__in=(mine, others)).values_list("pk", "number"))
    site = Site(jinan)
    (all_, url), *_ = lines(site, "leader", "按督查类型")["专项督察：值班制度"]
    assert (all_, numbers(site, "leader", url)) == ("2", [known[mine], known[others]])
    (all_, url), *_ = lines(site, "clerk@section", "按督查类型")["专项督察：值班制度"]
    assert (all_, numbers(site, "clerk@section", url)) == ("1", [known[others]])
    (_, url), *_ = lines(site, "leader", "按督查层级")["市级"]
    assert numbers(site, "leader", url) == [known[mine]]
    assert numbers(site, "clerk@section", url) == []


@pytest.mark.parametrize(
    "query",
    [
        "month=2026-10&of=closed",
        "month=2026-10&of=accepted&unit=1",
        "month=2026-10",
        "month=2026-13&of=rechecked",
        "month=2026-10&of=rechecked&type=roster",
        "month=2026-10&of=rechecked&level=%00",
        "month=2026-10&of=rechecked&at=x",
        # An instant of another month is no cut-off of this one.
        "month=2026-10&of=rechecked&at=1762905600000000",
    ],
)
def test_what_is_no_figure_of_inspections_leads_nowhere(jinan: Cast, query: str) -> None:
    site = Site(jinan)
    assert site.get("leader", f"/proceedings/inspections/behind/?{query}").status_code == 404
    assert site.get("leader", "/proceedings/inspections/behind/?month=2026-10&of=rechecked&unit=x").status_code == 200


def test_c53_the_week_s_figures_have_it_too_for_the_centre_and_the_unit(jinan: Cast) -> None:
    closed(jinan, later(MONDAY, hours=-2), 3)
    drawn = sample(jinan, MONDAY, False, True, True)
    site = Site(jinan)
    for who in ("leader", "clerk@town"):
        page = site.get(who, "/figures/?week=2026-W44").content.decode()
        assert "复查不合格率" in page
        assert "33.3%" in page
    made = gather(jinan.centre.pk, date(2026, 10, 26), date(2026, 11, 1))
    behind = drill.orders_of(made, drill.read(made, f"recheck_failure.unit.{jinan.units['town'].pk}"))
    assert behind == sorted(Order.objects.filter(number__in=drawn).values_list("pk", flat=True))


def test_c43_c54_the_category_with_the_largest_share_of_the_month_is_hot(jinan: Cast) -> None:
    heating, lamps = (Category.objects.get(centre=jinan.centre, name=name) for name in ("供暖温度", "路灯"))
    kinds = (heating, lamps, lamps, None)
    # Not yet sorted down to a leaf: part of the whole, and no hot spot however many there are.
    assert heating.parent is not None
    for n in range(4):
        jinan.register(later(MONDAY, hours=6, minutes=n), category=heating.parent_id)
    orders = [jinan.register(later(MONDAY, hours=n), category=kind and kind.pk) for n, kind in enumerate(kinds)]
    jinan.register(shanghai("2026-11-02 09:00"), category=heating.pk)
    site = Site(jinan)
    first, second = lines(site, "leader", "热点").items()
    assert (first[0].rpartition(" › ")[2], [text for text, _ in first[1]]) == ("路灯", ["2", "25.00%"])
    assert (second[0].rpartition(" › ")[2], [text for text, _ in second[1]]) == ("供暖温度", ["1", "12.50%"])
    assert numbers(site, "leader", first[1][0][1]) == [order.number for order in orders[1:3]]
    # What is corrected is counted where it belongs, and an order that is no longer one is not counted.
    wrong = {"reason": "接线时误登记。", "told": "已告知诉求人。"}
    jinan.do("dispatcher", "order.invalidated", orders[2].pk, later(MONDAY, hours=5), **wrong)
    assert [text for text, _ in lines(site, "leader", "热点")[first[0]]] == ["1", "14.29%"]
    # An inspecting unit has its own figures, none of all the city.
    assert lines(site, "clerk@team", "热点") == {}
    assert site.get("clerk@team", first[1][0][1]).status_code == 404


def test_c53_c29_which_figures_are_made_of_it_is_the_packs(jinan: Cast, books: Shelf) -> None:
    def change(book: Tables) -> None:
        rate = next(row for row in book["formula"] if row["id"] == "C53.failed")
        rate["digits"] = 2
        faulty = {"id": "C29.own", "name": "faulty_rate", "title": "发现问题率", "digits": 0, "shown": "percent"}
        words = {"origin": "测试", "of": "inspections_faulty / inspections_concluded"}
        book["formula"].append(faulty | words)

    books.adopt(jinan, change, "jinan-cg")
    closed(jinan, later(MONDAY, hours=-2), 3)
    sample(jinan, MONDAY, False, True, True)
    root = begin(jinan, MONDAY)
    observe(jinan, root, later(MONDAY, minutes=30))
    conclude(jinan, root, later(MONDAY, hours=1), outcome="faulty")
    site = Site(jinan)
    assert lines(site, "leader", "抽项督察")["全部"][-1][0] == "33.33%"
    assert [text for text, _ in lines(site, "leader", "按督查类型")["专项督察：值班制度"]] == ["1", "1", "1", "100%"]


def test_the_page_of_inspections_costs_the_same_however_much_there_is(jinan: Cast) -> None:
    first = later(MONDAY, days=-14)

    def more() -> None:
        closed(jinan, later(MONDAY, hours=-2), 3)
        sample(jinan, MONDAY, True, False, True)
        for n, unit in enumerate(("heat", "bureau", "village")):
            begin(jinan, later(MONDAY, minutes=n + 1), unit=unit)

    closed(jinan, later(first, hours=-2), 1)
    sample(jinan, first, True)
    begin(jinan, first)
    behind = "/proceedings/inspections/behind/?month=2026-10&of="
    pages = [("leader", OCTOBER), ("clerk@team", OCTOBER)]
    pages += [(who, f"{behind}{of}") for who in ("leader", "clerk@team") for of in ("rechecked", "inspected")]
    costs(Site(jinan), more, *pages)
