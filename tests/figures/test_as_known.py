"""As known at the cut-off: what is recorded, moved, renamed or corrected later changes no figure of the past."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import pytest
from django.db import connection
from django.utils import timezone
from tests.cast import Cast, later, make_cast, shanghai
from tests.figures.test_count import MONDAY, SUNDAY, counted, week
from tests.moment import database_now
from tests.orders.stages import REASON, REPLY
from tests.orders.test_whole_life import walk

from lianxin.bulletins import drill, issue
from lianxin.bulletins.document import plain
from lianxin.bulletins.gather import gather
from lianxin.bulletins.weekly import overview
from lianxin.directory import history, snapshot
from lianxin.directory.models import Category, FormerUnit, PolicyVersion, Unit
from lianxin.figures import count as counting
from lianxin.figures.count import count, order_ids
from lianxin.figures.engines import BOOK
from lianxin.figures.kept import LASTS, kept
from lianxin.figures.measures import COUNTED, rows_of
from lianxin.figures.scope import Counting, Scope
from lianxin.figures.tables import of_book
from lianxin.ledger import backdated
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record, record_many
from lianxin.ledger.models import Clock
from lianxin.ledger.verify import verify
from lianxin.orders.models import FormerRole, Order, Share
from lianxin.rules import policy


def judged(cast: Cast, on_time: str, cutoff: datetime | None = None, **more: Any) -> list[int]:
    scope = replace(week(cast, cutoff), counting=Counting(on_time, **more))
    return counted(scope, "handled", "closed", "on_time_closed", "overdue")


# --- roles -----------------------------------------------------------------------------------
LEADS = Counting(handled_roles=("lead", "dual"))


def leading(cast: Cast, cutoff: datetime) -> dict[str, int]:
    """承办量 by unit where only those who lead count; each number leads back to as many orders."""
    scope = replace(week(cast, cutoff), counting=LEADS)
    names = {unit.pk: name for name, unit in cast.units.items()}
    found = {names[key[0]]: row["handled"] for key, row in count(scope, ["handled"], by=("unit_id",)).items()}
    assert len(order_ids(scope, "handled")) == sum(found.values())
    return {name: number for name, number in found.items() if number}


def role_changed(cast: Cast, order: Order, at: datetime, to: str = "bureau") -> None:
    cast.do("dispatcher", "share.role_changed", order.pk, at, of_unit=cast.units[to].pk, role="lead", reason=REASON)


def test_a_role_changed_later_changes_no_figure_of_before(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "town", "bureau")
    first, second = later(nine, hours=1), later(nine, hours=2)
    assert leading(cast, first) == {"town": 1}
    role_changed(cast, order, first)
    role_changed(cast, order, second, "town")
    cuts = [first, later(first, minutes=1), second, later(second, minutes=1)]
    assert [leading(cast, cut) for cut in cuts] == [{"town": 1}, {"bureau": 1}, {"bureau": 1}, {"town": 1}]
    rows = FormerRole.objects.filter(share__unit=cast.units["town"]).order_by("pk")
    assert [(r.role, r.known_from, r.known_to) for r in rows] == [("lead", nine, first), ("assist", first, second)]
    assert list(verify()) == []


def test_nor_does_an_assisting_unit_that_takes_over(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "town", "bureau")
    at, about = later(nine, hours=1), {"basis": "duty_list", "reason": REASON}
    to = {"of_unit": cast.units["town"].pk, "unit": cast.units["bureau"].pk}
    cast.do("dispatcher", "share.reassigned", order.pk, at, **to, **about)
    assert [leading(cast, cut) for cut in (at, later(at, minutes=1))] == [{"town": 1}, {"bureau": 1}]


def test_nor_does_one_of_two_leads_that_goes(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    shares = [{"unit": cast.units[name].pk, "role": "dual"} for name in ("town", "bureau")]
    cast.do("dispatcher", "order.dispatched", order.pk, nine, shares=shares, basis="duty_list")
    at = later(nine, hours=1)
    cast.do("supervisor", "share.released", order.pk, at, of_unit=cast.units["bureau"].pk, reason=REASON)
    two = replace(week(cast, at), counting=Counting(handled_roles=("dual",)))
    assert counted(two, "handled") == [2]
    assert counted(replace(two, cutoff=later(at, minutes=1)), "handled") == [0]
    assert leading(cast, later(at, minutes=1)) == {"town": 1}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE orders_formerrole SET role = 'dual'", "原角色的“角色”与账目不符"),
        ("UPDATE orders_formerrole SET known_to = known_to + interval '1 day'", "原角色的“改定于”与账目不符"),
        ("DELETE FROM orders_formerrole", "缺失"),
        (
            "INSERT INTO orders_formerrole (id, role, known_from, known_to, order_id, share_id)"
            " SELECT id + 40, role, known_from, known_to, order_id, share_id"
            " FROM orders_formerrole",
            "没有账目依据",
        ),
        ("UPDATE orders_share SET role_known_from = NULL", "承办件的“角色改定于”与账目不符"),
    ],
)
def test_whoever_changes_a_former_role_is_named(cast: Cast, nine: datetime, statement: str, named: str) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "town", "bureau")
    assert not FormerRole.objects.exists()
    role_changed(cast, order, later(nine, hours=1))
    assert list(verify()) == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert any(named in str(difference) for difference in verify())


# --- the directory ---------------------------------------------------------------------------
# What stood there before is dated by the database, in this very moment of the wall's: so are the cut-offs here.

#: A week that is over by any clock, and a moment of it.
WEEK, LONG_AGO = (date(2021, 10, 25), date(2021, 10, 31)), shanghai("2021-10-27 09:00")


def test_a_category_moved_later_keeps_its_root_of_then(cast: Cast) -> None:
    heat = Category.objects.get(centre=cast.centre, name="供暖温度")
    cast.register(LONG_AGO, category=heat.pk)
    cut = database_now()
    group, city = heat.parent, Category.objects.get(centre=cast.centre, name="城市管理")
    assert group is not None
    group.parent, group.name = city, "冬季供暖"
    group.save()
    then, now = (gather(cast.centre.pk, *WEEK, at) for at in (cut, database_now()))
    named = [{c.name: c.count for c in made.figures.categories if c.count} for made in (then, now)]
    assert named == [{"居民生活": 1}, {"城市管理": 1}]
    assert [t.name for c in then.figures.categories for t in c.topics] == ["供暖"]
    root = next(c.key for c in then.figures.categories if c.count)
    question = drill.read(then, f"accepted.category.{root}")
    assert len(drill.orders_of(then, question)) == 1


def test_a_root_that_is_gone_still_names_what_stood_below_it(cast: Cast) -> None:
    light = Category.objects.get(centre=cast.centre, name="市容环境")
    cast.register(LONG_AGO, category=light.pk)
    cut, old = database_now(), light.parent
    assert old is not None
    light.parent = Category.objects.get(centre=cast.centre, name="居民生活")
    light.save()
    old.delete()
    then = gather(cast.centre.pk, *WEEK, cut)
    assert {c.name: c.count for c in then.figures.categories if c.count} == {"城市管理": 1}


def test_a_unit_taken_out_of_its_group_keeps_its_published_row(cast: Cast) -> None:
    order = cast.register(LONG_AGO)
    cast.dispatch(order, LONG_AGO, "heat")
    walk(cast, order, LONG_AGO)
    published = issue.publish(cast.centre, *WEEK, actor=cast.actor("leader"), at=database_now())
    unit = cast.units["heat"]
    for changes in ({"ranking_group": ""}, {"short_name": "供热公司", "name": "县供热公司"}, {"position": 99}):
        Unit.objects.filter(pk=unit.pk).update(**changes)
        made = issue.weekly(cast.centre, *WEEK, known=database_now())
        assert issue.corrections(published, made) == []
        assert "热力公司" in made.bulletin.text()
    assert FormerUnit.objects.filter(row_id=unit.pk).count() == 3


def test_what_was_saved_without_a_change_is_no_change(cast: Cast) -> None:
    cast.units["heat"].save()
    assert not FormerUnit.objects.exists()


def test_the_directory_of_then_is_read_once_a_change(cast: Cast, django_assert_num_queries: Any) -> None:
    cut = database_now()
    cast.units["heat"].short_name = "热力"
    cast.units["heat"].save()
    directory = snapshot.of(cast.centre.pk)
    with django_assert_num_queries(2):
        for _ in range(3):
            assert history.as_of(directory, cut).units[cast.units["heat"].pk].short_name == ""
    assert history.as_of(directory, database_now()).units[cast.units["heat"].pk].short_name == "热力"


def test_a_unit_founded_later_stands_in_no_annex_of_before(cast: Cast) -> None:
    young = Unit.objects.create(
        centre=cast.centre, parent=cast.units["centre"], code="young", name="新设镇", type="town", ranking_group="town"
    )
    assert "新设镇" in issue.weekly(cast.centre, MONDAY, SUNDAY).bulletin.text(), "founded on the centre's first day"
    Unit.objects.filter(pk=young.pk).update(created_at=later(timezone.now(), days=40))
    assert "新设镇" not in issue.weekly(cast.centre, MONDAY, SUNDAY).bulletin.text()


# --- late records ----------------------------------------------------------------------------


def test_a_dispatch_recorded_late_is_not_known_at_a_past_cut_off(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    share = {"shares": [{"unit": cast.units["heat"].pk}], "basis": "duty_list"}
    recorded = later(nine, hours=5)
    record(Act("order.dispatched", cast.actor("dispatcher"), nine, share, order=order.pk, recorded_at=recorded))
    cut = later(nine, hours=3)
    asked = ("dispatched", "handled", "sign_due", "contact_due")
    assert counted(week(cast, cut), *asked) == [0, 0, 0, 0]
    assert counted(week(cast), *asked) == [1, 1, 1, 1]
    assert order_ids(week(cast, cut), "dispatched") == []


def test_history_recorded_later_renews_the_stamp_and_daily_work_does_not(cast: Cast, nine: datetime) -> None:
    stamps = [backdated.stamp(cast.centre.pk)]
    order = cast.register(nine)
    stamps.append(backdated.stamp(cast.centre.pk))
    cast.do("agent", "order.supplemented", order.pk, nine, text="诉求人补充：邻居家也不热。")
    stamps.append(backdated.stamp(cast.centre.pk))
    assert stamps[0] < stamps[1] < stamps[2]
    record_many(
        [Act("order.supplemented", cast.actor("agent"), timezone.now(), {"text": "又来电催问。"}, order=order.pk)]
    )
    assert backdated.stamp(cast.centre.pk) == stamps[2]


def test_kept_for_a_minute_and_under_its_stamp_only() -> None:
    made = iter(range(9))
    clock = iter([0.0, 0.0, LASTS - 1, LASTS - 1, LASTS, LASTS, LASTS + 1]).__next__
    times = [kept(("test", id(made)), stamp, lambda: next(made), clock) for stamp in (1, 1)]
    assert times == [0, 0]
    assert kept(("test", id(made)), 2, lambda: next(made), clock) == 1


# --- shares ----------------------------------------------------------------------------------


def test_an_assist_that_the_lead_released_is_counted_as_the_pack_says(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", "bureau")
    done = walk(cast, order, nine)
    bureau = Share.objects.get(order=order, unit=cast.units["bureau"])
    assert (bureau.state, bureau.released) == ("withdrawn", True)
    assert judged(cast, "passed_reply", not_handled=("returned", "withdrawn")) == [2, 1, 1, 0]
    assert judged(cast, "passed_reply", not_handled=("returned", "released")) == [1, 1, 1, 0]
    assert judged(cast, "passed_reply", done, not_handled=("returned", "released")) == [2, 0, 0, 0], "not known yet"
    assert judged(cast, "passed_reply", not_handled=()) == [2, 1, 1, 0]


def test_a_withdrawn_order_is_counted_as_the_pack_says(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", "bureau")
    cast.do("callback", "order.withdrawn", order.pk, later(nine, days=2), reason="诉求人要求撤单。", told="已撤单。")
    assert judged(cast, "passed_reply") == [0, 0, 0, 0]
    assert judged(cast, "passed_reply", not_handled=("returned", "released"))[0] == 2
    assert judged(cast, "passed_reply", not_handled=("returned",), handled_roles=("lead", "dual"))[0] == 1
    assert judged(cast, "passed_reply", later(nine, days=1)) == [2, 0, 0, 0]


def test_what_the_centre_took_away_is_counted_as_the_pack_says(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("dispatcher", "order.recalled", order.pk, later(nine, hours=1), reason="派错单位，撤回后另派。")
    assert judged(cast, "passed_reply", not_handled=("returned", "released"))[0] == 0
    assert judged(cast, "passed_reply", not_handled=("returned", "withdrawn"))[0] == 1


def test_the_packs_say_so() -> None:
    base, junan = policy.find("base").figures, policy.find("junan-2021").figures
    assert Counting.of(base) == Counting()
    assert junan.not_handled == ("returned", "released")


def test_a_handle_clock_that_started_twice_doubles_no_share(cast: Cast, nine: datetime) -> None:
    order = cast.register(nine)
    share = cast.dispatch(order, nine, "heat")[0]
    for clock in list(Clock.objects.filter(share=share, kind__in=("handle", "sign", "contact"))):
        # As a pack lets it whose clock starts from several events.
        clock.pk, clock.start = clock.pk + 1000, later(clock.start, minutes=1)
        clock.save(force_insert=True)
    for on_time in ("passed_reply", "first_reply", "each_clock"):
        assert judged(cast, on_time, later(nine, days=3)) == [1, 0, 0, 0]
    names = ("handled", "sign_due", "contact_due", "overdue")
    late = Scope.of_days(cast.centre.pk, MONDAY, SUNDAY, "city", later(nine, days=30))
    assert counted(late, *names) == [1, 1, 1, 1]


def sent_back(cast: Cast, at: datetime, *, again: float) -> datetime:
    """An empty reply on the first day, sent back, and another after so many days that passes."""
    order = cast.register(at)
    cast.dispatch(order, at, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(at, minutes=5))
    for days in (0.1, again):
        reply = later(at, days=days)
        cast.do("clerk@heat", "share.replied", order.pk, reply, **REPLY)
        cast.do("hotline_deputy@heat", "share.unit_audited", order.pk, reply, approved=True)
        if days != again:
            back = {"defect": "not_done", "reason": "没有办理，请重新办理后答复。"}
            cast.do("auditor", "share.sent_back", order.pk, later(reply, hours=1), **back)
    passed = later(at, days=again, hours=2)
    cast.do("auditor", "share.passed", order.pk, passed)
    return passed


@pytest.mark.parametrize(
    ("again", "on_time", "late"),
    [
        # Within the limit of five workdays, but after the one workday for a reply that was sent back.
        (5, "first_reply", False),
        (5, "passed_reply", False),
        (5, "each_clock", True),
        (20, "first_reply", False),
        (20, "passed_reply", True),
        (20, "each_clock", True),
        (0.5, "each_clock", False),
    ],
)
def test_on_time_is_judged_as_the_pack_says(
    base_pack: Cast, nine: datetime, again: float, on_time: str, late: bool
) -> None:
    cast = base_pack
    passed = sent_back(cast, nine, again=again)
    assert judged(cast, on_time, later(passed, hours=1)) == [1, 1, int(not late), int(late)]


def test_a_reply_that_awaits_its_audit_is_in_time_and_one_that_was_sent_back_is_not(
    base_pack: Cast, nine: datetime
) -> None:
    cast = base_pack
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(nine, minutes=5))
    cast.do("clerk@heat", "share.replied", order.pk, later(nine, hours=1), **REPLY)
    cast.do("hotline_deputy@heat", "share.unit_audited", order.pk, later(nine, hours=1), approved=True)
    limit = later(nine, days=10)
    assert judged(cast, "passed_reply", limit)[3] == 0
    back = {"defect": "not_done", "reason": "没有办理，请重新办理后答复。"}
    cast.do("auditor", "share.sent_back", order.pk, later(nine, hours=3), **back)
    assert judged(cast, "passed_reply", limit)[3] == 1
    assert judged(cast, "passed_reply", later(nine, hours=2))[3] == 0


@pytest.fixture
def base_pack(db: None) -> Cast:
    return make_cast("based", "base")


# --- corrections -----------------------------------------------------------------------------


def test_corrections_count_in_what_orders_are_and_not_how_far_they_came(cast: Cast, nine: datetime) -> None:
    answered = cast.register(nine, cls="help")
    cast.do("agent", "order.answered", answered.pk, later(nine, minutes=2), told="已在线答复政策规定。")
    cast.do("agent", "order.corrected", answered.pk, later(nine, hours=2), cls="suggestion")
    cast.do("supervisor", "order.reopened", answered.pk, later(nine, hours=3), reason="诉求人再次来电，没有解决。")
    then = week(cast, later(nine, hours=1))
    corrected = replace(then, known=later(nine, hours=4))
    assert count(then, ["accepted", "direct_answered"], ["cls"]) == {("help",): {"accepted": 1, "direct_answered": 1}}
    expected = {("suggestion",): {"accepted": 1, "direct_answered": 1}}
    assert count(corrected, ["accepted", "direct_answered"], ["cls"]) == expected
    assert order_ids(corrected, "accepted", {"cls": ["suggestion"]}) == [answered.pk]


# --- statements ------------------------------------------------------------------------------


def test_a_statement_is_compiled_once_for_all_periods(cast: Cast, nine: datetime, monkeypatch: Any) -> None:
    cast.dispatch(cast.register(nine), nine, "heat")
    names = list(COUNTED)
    first = count(week(cast), names)
    monkeypatch.setattr(ibis, "to_sql", lambda *_, **__: pytest.fail("compiled again"))
    assert count(week(cast), names) == first
    assert count(week(cast, nine), names)[()]["accepted"] == 0


@pytest.mark.parametrize(
    ("on_time", "corrected"), [("passed_reply", False), ("first_reply", True), ("each_clock", False)]
)
def test_with_placeholders_it_asks_the_same_as_with_its_values(
    cast: Cast, nine: datetime, on_time: str, corrected: bool
) -> None:
    order = cast.register(nine)
    cast.dispatch(order, nine, "heat", "bureau")
    walk(cast, order, nine)
    scope = replace(week(cast), counting=Counting(on_time), known=later(nine, days=9) if corrected else None)
    found = count(scope, list(COUNTED))[()]
    for relation, names in counting.by_relation(list(COUNTED)).items():
        rows = rows_of(relation, scope, {column for name in names for column in COUNTED[name].asks})
        sums = {name: rows[COUNTED[name].of].count(where=COUNTED[name].which(rows)) for name in names}
        with connection.cursor() as cursor:
            cursor.execute(of_book(str(ibis.to_sql(rows.agg(**sums), dialect="postgres"))))
            assert list(cursor.fetchone() or ()) == [found[name] for name in names]


def test_no_statement_reads_every_order_of_the_centre(cast: Cast) -> None:
    statement = counting._sums(BOOK.dialect, COUNTED["handled"].rows, Counting(), False, ("handled",), ())
    assert statement.count("orders_order") == 1
    assert '"simulated"' in statement.split("orders_order", 1)[1]


# --- two packs in one week -------------------------------------------------------------------


@pytest.fixture
def two_packs(db: None, tmp_path: Path, monkeypatch: Any) -> Iterator[Cast]:
    """1 January 2027 lies in week 53 of 2026: from that day a pack holds that knows neither “help” nor “city”."""
    for file in policy.POLICIES.glob("*.toml"):
        shutil.copy(file, tmp_path)
    text = (tmp_path / "base.toml").read_text("utf-8")
    text = text.replace('id = "base"', 'id = "newer"', 1)
    for table, code in (("class", "help"), ("source", "city")):
        assert f'\ncode = "{code}"\n' in text, table
        text = text.replace(f'\ncode = "{code}"\n', f'\ncode = "{code}2"\n')
    (tmp_path / "newer.toml").write_text(text, "utf-8")
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    policy.find.cache_clear()
    cast = make_cast("based", "base")
    PolicyVersion.objects.create(centre=cast.centre, pack_id="newer", version="1", effective_from=date(2027, 1, 1))
    yield cast
    policy.find.cache_clear()


def test_codes_that_the_newer_pack_lacks_are_printed_under_their_own_titles(two_packs: Cast) -> None:
    cast = two_packs
    cast.register(shanghai("2026-12-30 09:00"), cls="help", source="city")
    cast.register(shanghai("2027-01-02 09:00"), cls="help2", source="city2")
    days = (date(2026, 12, 28), date(2027, 1, 3))
    made = issue.weekly(cast.centre, *days, later(shanghai("2027-01-04 00:00")))
    own = policy.find("base")
    assert made.bulletin.number == "第53期"
    assert f"{own.sources['city'].title}1件" in plain(overview(made.gathered.figures, made.gathered.pack).runs)
    printed = issue.printed(made.bulletin)
    key = next(key for key in printed if key.startswith("accepted.class.") and "help" in key)
    assert printed[key] in ("1", "2")
    for key in printed:
        drill.read(made.gathered, key)
    question = drill.read(made.gathered, "accepted.source.city")
    assert question.title == f"{own.sources['city'].title} 受理量"
    assert drill.orders_of(made.gathered, question) == [Order.objects.earliest("registered_at").pk]
