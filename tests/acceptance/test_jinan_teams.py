"""Jinan's rapid teams (C28) and the sixty minutes to the spot (C44): who must go, what proves that he is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import Cast, later, make_cast
from tests.proceedings.stages import differences, dispatched
from tests.rulebooks import Shelf

from lianxin.directory import rosters
from lianxin.directory.models import Area, AreaCircle, Roster, Staff, TeamArea
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.acts import Act, Actor, Refused
from lianxin.ledger.door import record
from lianxin.ledger.models import Clock, Entry, Notice, Task
from lianxin.ledger.sweep import sweep
from lianxin.orders import erasure, succession
from lianxin.orders.models import Order, Share
from lianxin.rules.datums import Datum, Point, of_wgs84

EIGHT = timedelta(hours=8)
#: The middle of the town, on WGS-84, and a place some 5 km away from it.
HERE, AWAY = Point(117.12, 36.65), Point(117.12, 36.70)
COUNTED = ("arrivals", "arrivals_proved", "arrivals_added_later", "arrive_due", "arrived_in_time")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast("jinan", "jinan-cg")


@pytest.fixture
def town(cast: Cast) -> Area:
    """The town as a place: two kilometres around its middle, taken from Baidu's map."""
    area = Area.objects.get(centre=cast.centre, name="大店镇")
    circled(area, "bd09")
    return area


@pytest.fixture
def team(cast: Cast, nine: datetime, town: Area) -> list[Staff]:
    """Three people of the town's rapid team, one after the other, which serves the town's area."""
    cast.post("team@town", "town", "clerk", "快速反应队")
    unit = cast.units["town"]
    people = [Staff.objects.create_user(f"rapid{n}", name=f"队员{n}", centre=cast.centre, unit=unit) for n in range(3)]
    TeamArea.objects.create(post=cast.posts["team@town"], area=town)
    roster = Roster.objects.create(
        centre=cast.centre, post=cast.posts["team@town"], kind="rapid", start=nine, until=nine + timedelta(days=30)
    )
    rosters.rotate(roster, [(who.name, [who.pk]) for who in people], EIGHT)
    rosters.enact(roster)
    return people


def circled(area: Area, datum: Datum, radius: int = 2000) -> None:
    middle = of_wgs84(HERE, datum)
    about = {"longitude": middle.longitude, "latitude": middle.latitude}
    AreaCircle.objects.create(area=area, datum=datum, radius=radius, **about)


def out(cast: Cast, at: datetime, town: Area | None = None, **said: Any) -> Order:
    """An order that the town handles."""
    order = cast.register(at, **({"area": town.pk} if town else {}), **said)
    cast.dispatch(order, at, "town")
    return Order.objects.get(pk=order.pk)


def urgent(cast: Cast, at: datetime, town: Area | None) -> Order:
    return out(cast, at, town, urgency="urgent")


def where(point: Point, taken_at: datetime | None, accuracy: int = 20, **more: Any) -> dict[str, Any]:
    """A position as the form hands it in."""
    said = {"longitude": f"{point.longitude:.6f}", "latitude": f"{point.latitude:.6f}", "accuracy": accuracy}
    return {**said, **({"taken_at": taken_at} if taken_at else {}), **more}


def arrive(cast: Cast, order: Order, at: datetime, who: Staff | str = "clerk@town", **said: Any) -> Entry:
    actor = cast.actor(who) if isinstance(who, str) else member(cast, who)
    record(Act("share.arrived", actor, at, said, order=order.pk, recorded_at=at))
    return Entry.objects.filter(order=order, action="share.arrived").latest("number")


def member(cast: Cast, who: Staff) -> Actor:
    post = cast.posts["team@town"]
    return Actor("clerk", cast.centre.pk, who.pk, post.pk, post.unit_id)


def refused(cast: Cast, order: Order, at: datetime, who: Staff | str = "clerk@town", **said: Any) -> dict[str, str]:
    before = Entry.objects.count()
    with pytest.raises(Refused) as caught:
        arrive(cast, order, at, who, **said)
    assert Entry.objects.count() == before
    return caught.value.problems


def verdict(entry: Entry) -> tuple[str, str, bool]:
    return entry.payload["verdict"], entry.payload["why"], entry.payload["late"]


def limit(order: Order) -> Clock:
    return Clock.objects.get(order=order, kind="own_arrive")


def open_tasks(order: Order, kind: str) -> list[Task]:
    return list(Task.objects.filter(order=order, kind=kind, done_at=None))


# --- C28: whose it is ------------------------------------------------------------------------------


def test_c28_an_order_of_its_area_is_the_team_s_who_is_on_duty_and_then_the_next_shift_s(
    cast: Cast, team: list[Staff], town: Area, nine: datetime
) -> None:
    order = urgent(cast, later(nine, hours=7.5), town)
    (task,) = open_tasks(order, "arrive")
    assert (task.holder_id, task.post_role, task.vacant) == (team[0].pk, "clerk", "")
    assert Share.objects.get(order=order).holder_id == cast.staff["clerk@town"].pk, "the order itself is the clerk's"
    assert succession.follow_posts(later(nine, hours=8)) == 1
    assert open_tasks(order, "arrive")[0].holder_id == team[1].pk
    entry = arrive(cast, order, later(nine, hours=8.2), team[1])
    assert open_tasks(order, "arrive") == []
    assert entry.staff_id == team[1].pk
    assert limit(order).end == "met"
    assert differences() == []


def test_c28_the_team_is_told(cast: Cast, team: list[Staff], town: Area, nine: datetime) -> None:
    order = dispatched(cast, later(nine, hours=1), "town", urgency="urgent", area=town.pk)
    assert Notice.objects.filter(staff=team[0], order=order, kind="order.dispatched").exists()
    assert not Notice.objects.filter(staff=team[1], order=order).exists()


def test_c28_must_not_bite_outside_its_area_nor_where_nobody_is_called_out(
    cast: Cast, team: list[Staff], town: Area, nine: datetime
) -> None:
    other = Area.objects.create(centre=cast.centre, name="相邻镇")
    elsewhere = urgent(cast, later(nine, minutes=1), other)
    assert open_tasks(elsewhere, "arrive")[0].holder_id == cast.staff["clerk@town"].pk
    plain = out(cast, later(nine, minutes=2), town)
    assert open_tasks(plain, "arrive") == []
    assert not Clock.objects.filter(order=plain, kind="own_arrive").exists()


def test_c28_whether_the_team_has_it_is_the_packs(
    cast: Cast, team: list[Staff], town: Area, nine: datetime, books: Shelf
) -> None:
    def without(book: dict[str, Any]) -> None:
        next(row for row in book["task"] if row["id"] == "C28").pop("team")

    books.adopt(cast, without, "jinan-cg")
    assert open_tasks(urgent(cast, later(nine, minutes=1), town), "arrive")[0].holder_id == cast.staff["clerk@town"].pk


def test_c28_a_village_below_its_area_is_the_team_s_too_and_the_narrower_team_goes_first(
    cast: Cast, team: list[Staff], town: Area, nine: datetime
) -> None:
    village = Area.objects.create(centre=cast.centre, name="柳岸村", parent=town)
    order = urgent(cast, later(nine, minutes=1), village)
    assert open_tasks(order, "arrive")[0].holder_id == team[0].pk
    cast.post("village team@town", "town", "clerk", "柳岸分队")
    post = cast.posts["village team@town"]
    TeamArea.objects.create(post=post, area=village)
    roster = Roster.objects.create(
        centre=cast.centre, post=post, kind="rapid", start=nine, until=nine + timedelta(days=1)
    )
    rosters.rotate(roster, [("柳岸分队", [post.holder_a_id])], EIGHT)
    rosters.enact(roster)
    assert open_tasks(urgent(cast, later(nine, minutes=2), village), "arrive")[0].holder_id == post.holder_a_id
    assert open_tasks(urgent(cast, later(nine, minutes=3), town), "arrive")[0].holder_id == team[0].pk


# --- C28: what proves it ---------------------------------------------------------------------------


def test_c28_a_position_inside_the_area_proves_it_and_stays_out_of_the_ledger(
    cast: Cast, team: list[Staff], town: Area, nine: datetime
) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=30)
    entry = arrive(cast, order, at, team[0], position=where(HERE, at), text="已到现场，正在制止。")
    assert verdict(entry) == ("inside", "", False)
    assert Share.objects.get(order=order).arrived_at == at
    assert not {"position", "text"} & entry.payload.keys()
    assert "117.12" not in str(entry.payload) + str(entry.derived)
    assert open_tasks(order, "arrival_check") == []
    assert differences() == []


@pytest.mark.parametrize(
    ("position", "found"),
    [
        (None, ("unproved", "no_position")),
        ((AWAY, 0, 20), ("outside", "")),
        ((HERE, 0, 101), ("unproved", "inaccurate")),
        ((HERE, None, 20), ("unproved", "typed")),
        ((HERE, -11, 20), ("unproved", "stale")),
        ((HERE, 11, 20), ("unproved", "stale")),
        ((HERE, 2, 100), ("inside", "")),
    ],
    ids=["none", "elsewhere", "too vague", "typed", "of before", "of a clock far ahead", "of a clock somewhat ahead"],
)
def test_c28_what_proves_nothing_is_marked_and_a_person_checks_it(
    cast: Cast, town: Area, nine: datetime, position: Any, found: tuple[str, str]
) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=30)
    said: dict[str, Any] = {}
    if position is not None:
        point, minutes, accuracy = position
        taken_at = later(at, minutes=minutes) if minutes is not None else None
        said = {"position": where(point, taken_at, accuracy)}
    entry = arrive(cast, order, at, **said)
    assert verdict(entry) == (*found, False)
    checks = open_tasks(order, "arrival_check")
    assert [task.holder_id for task in checks] == ([] if found[0] == "inside" else [cast.staff["supervisor"].pk])
    assert differences() == []


def test_c28_where_the_area_has_no_circle_or_the_order_no_area_nothing_is_proved(cast: Cast, nine: datetime) -> None:
    town, at = Area.objects.get(centre=cast.centre), later(nine, minutes=5)
    for area in (town, None):
        entry = arrive(cast, urgent(cast, nine, area), at, position=where(HERE, at))
        assert verdict(entry) == ("unproved", "no_area", False)


def test_c28_a_village_without_a_circle_of_its_own_lies_in_its_town_and_one_with_its_own_does_not(
    cast: Cast, town: Area, nine: datetime
) -> None:
    village, at = Area.objects.create(centre=cast.centre, name="柳岸村", parent=town), later(nine, minutes=5)
    assert verdict(arrive(cast, urgent(cast, nine, village), at, position=where(HERE, at)))[0] == "inside"
    AreaCircle.objects.create(area=village, datum="wgs84", longitude=117.15, latitude=36.65, radius=500)
    assert verdict(arrive(cast, urgent(cast, nine, village), at, position=where(HERE, at)))[0] == "outside"


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
def test_c28_an_area_on_any_map_s_datum_is_the_same_place(cast: Cast, nine: datetime, datum: Datum) -> None:
    """So narrow that the datum read wrongly would put it outside."""
    area, at = Area.objects.get(centre=cast.centre), later(nine, minutes=5)
    circled(area, datum, radius=50)
    assert verdict(arrive(cast, urgent(cast, nine, area), at, position=where(HERE, at)))[0] == "inside"


def test_c28_a_telephone_s_datum_is_the_rule_book_s_word_and_where_it_may_be_two_both_must_fit(
    cast: Cast, nine: datetime, books: Shelf
) -> None:
    area, at = Area.objects.get(centre=cast.centre), later(nine, minutes=5)
    circled(area, "wgs84", radius=300)
    shifted = of_wgs84(HERE, "gcj02")
    for datums, of_gcj02, of_wgs in (
        (["wgs84"], ("outside", ""), ("inside", "")),
        (["gcj02"], ("inside", ""), ("outside", "")),
        (["wgs84", "gcj02"], ("unproved", "datum"), ("unproved", "datum")),
    ):
        books.adopt(cast, lambda book, datums=datums: book["arrival"].update(datums=datums), "jinan-cg")
        for point, found in ((shifted, of_gcj02), (HERE, of_wgs)):
            # Whoever sends another datum with it does not choose by which he is judged.
            entry = arrive(cast, urgent(cast, nine, area), at, position=where(point, at, datum="gcj02"))
            assert verdict(entry)[:2] == found, datums


def test_c28_how_late_is_added_later_and_how_exact_a_position_must_be_are_the_packs(
    cast: Cast, town: Area, nine: datetime, books: Shelf
) -> None:
    at = later(nine, minutes=30)
    books.adopt(cast, lambda book: book["arrival"].update(late="5 minutes", accuracy=30), "jinan-cg")
    said = {"arrived_at": later(nine, minutes=24), "position": where(HERE, at)}
    assert verdict(arrive(cast, urgent(cast, nine, town), at, **said)) == ("unproved", "late", True)
    vague = {"position": where(HERE, at, accuracy=31)}
    assert verdict(arrive(cast, urgent(cast, nine, town), at, **vague)) == ("unproved", "inaccurate", False)
    books.adopt(cast, lambda book: book["arrival"].update(late="7 minutes", accuracy=31), "jinan-cg")
    assert verdict(arrive(cast, urgent(cast, nine, town), at, **said)) == ("inside", "", False)
    assert verdict(arrive(cast, urgent(cast, nine, town), at, **vague)) == ("inside", "", False)


def test_c28_told_later_it_is_added_later_and_saves_no_limit(cast: Cast, town: Area, nine: datetime) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=75)
    sweep(later(nine, minutes=61))
    entry = arrive(cast, order, at, arrived_at=later(nine, minutes=40), position=where(HERE, at))
    assert verdict(entry) == ("unproved", "late", True), "where the telephone is now does not say where it was then"
    assert limit(order).breached_at is not None
    assert Share.objects.get(order=order).arrived_at == later(nine, minutes=40)
    assert open_tasks(order, "arrival_check")
    assert differences() == []


def test_c28_the_verdict_is_what_was_found_then_whatever_the_map_says_now(
    cast: Cast, town: Area, nine: datetime
) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=10)
    arrive(cast, order, at, position=where(HERE, at))
    AreaCircle.objects.all().delete()
    assert differences() == []
    assert verdict(Entry.objects.get(order=order, action="share.arrived"))[0] == "inside"


def test_c28_where_somebody_was_goes_with_the_words_and_the_verdict_stays(
    cast: Cast, town: Area, nine: datetime
) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=10)
    arrive(cast, order, at, position=where(HERE, at), text="已到现场。")
    cast.do(
        "agent", "order.withdrawn", order.pk, later(at, minutes=1), reason="诉求人撤诉。", told="已告知诉求人撤单。"
    )
    erasure.erase(Order.objects.get(pk=order.pk), later(at, minutes=2))
    entry = Entry.objects.select_related("enclosure").get(order=order, action="share.arrived")
    assert "117" not in str(entry.enclosure.body)
    assert verdict(entry)[0] == "inside"
    assert differences() == []


# --- C28: who gets round it ------------------------------------------------------------------------


def test_c28_whoever_is_not_on_duty_for_it_cannot_say_that_he_is_there(
    cast: Cast, team: list[Staff], town: Area, nine: datetime
) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=10)
    assert "正在值班" in refused(cast, order, at, team[1])[""], "of the team, but not of this shift"
    assert "正在值班" in refused(cast, order, at, "hotline_deputy@town")[""]
    assert refused(cast, order, at, "clerk@bureau")
    assert refused(cast, order, at, "dispatcher")
    arrive(cast, order, at, "clerk@town", position=where(HERE, at))


def test_c28_nobody_arrives_before_he_was_sent_or_tomorrow(cast: Cast, town: Area, nine: datetime) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=10)
    assert "不能早于派单" in refused(cast, order, at, arrived_at=later(nine, minutes=-1))["arrived_at"]
    assert "不能晚于现在" in refused(cast, order, at, arrived_at=later(at, minutes=1))["arrived_at"]


def test_c28_who_was_not_there_first_is_not_there_by_a_second_word(cast: Cast, town: Area, nine: datetime) -> None:
    """From the office in time, from the spot too late: the first word stands, and is checked."""
    order = urgent(cast, nine, town)
    arrive(cast, order, later(nine, minutes=50))
    at = later(nine, minutes=90)
    assert "已登记到场" in refused(cast, order, at, position=where(HERE, at))[""]
    assert len(open_tasks(order, "arrival_check")) == 1


def test_c28_a_verdict_that_somebody_sends_along_is_not_taken(cast: Cast, town: Area, nine: datetime) -> None:
    order = urgent(cast, nine, town)
    entry = arrive(cast, order, later(nine, minutes=5), verdict="inside", why="", late=False)
    assert verdict(entry) == ("unproved", "no_position", False)


def test_c28_neither_word_of_progress_nor_a_visit_s_record_is_an_arrival_here(
    cast: Cast, town: Area, nine: datetime
) -> None:
    order = urgent(cast, nine, town)
    share, at = Share.objects.get(order=order), later(nine, minutes=10)
    cast.do("clerk@town", "share.signed", order.pk, at, share=share.pk)
    cast.do("clerk@town", "share.progressed", order.pk, at, share=share.pk, text="已到现场劝离摊主。", on_site=True)
    told = {"place": "柳岸花园", "people": ["王建国"], "before": "占道经营。", "after": "已劝离。", "visited_at": at}
    cast.do("clerk@town", "share.visited", order.pk, at, share=share.pk, **told)
    assert limit(order).end == ""
    assert open_tasks(order, "arrive")


def test_c28_under_a_rule_book_that_does_not_ask_nobody_registers_it(
    cast: Cast, town: Area, nine: datetime, books: Shelf
) -> None:
    books.adopt(cast, lambda book: book["arrival"].update(registered=False), "jinan-cg")
    order, at = urgent(cast, nine, town), later(nine, minutes=5)
    assert "不要求登记到场" in refused(cast, order, at)[""]
    cast.do("clerk@town", "share.signed", order.pk, at)
    cast.do("clerk@town", "share.progressed", order.pk, at, text="已到现场劝离摊主。", on_site=True)
    assert limit(order).end == "met", "there word of it is enough"


def test_c28_positions_that_are_none_are_refused_beside_their_field(cast: Cast, town: Area, nine: datetime) -> None:
    order, at = urgent(cast, nine, town), later(nine, minutes=5)
    for broken in ({"longitude": "181"}, {"latitude": "NaN"}, {"accuracy": -1}, {"datum": "cgcs"}, {"speed": 3}):
        assert all(name.startswith("position") for name in refused(cast, order, at, position=where(HERE, at) | broken))


# --- C44: the sixty minutes ------------------------------------------------------------------------


def test_c44_a_label_calls_out_too_and_counts_from_the_dispatch(cast: Cast, town: Area, nine: datetime) -> None:
    order = out(cast, nine, town)
    cast.do("dispatcher", "order.labelled", order.pk, later(nine, minutes=5), label="on_site", reason="现场正在搭建。")
    assert limit(order).due == later(nine, minutes=60)
    assert open_tasks(order, "arrive")
    assert differences() == []


def test_c44_a_unit_does_not_take_itself_off_the_spot(cast: Cast, town: Area, nine: datetime) -> None:
    order = out(cast, nine, town)
    cast.do("dispatcher", "order.labelled", order.pk, later(nine, minutes=5), label="on_site", reason="现场正在搭建。")
    with pytest.raises(Refused):
        cast.do(
            "clerk@town", "order.unlabelled", order.pk, later(nine, minutes=6), label="on_site", reason="已经停工。"
        )


def test_c44_from_when_the_sixty_minutes_run_is_the_packs(cast: Cast, town: Area, nine: datetime, books: Shelf) -> None:
    def from_sign(book: dict[str, Any]) -> None:
        next(row for row in book["clock"] if row["id"] == "C44")["from"] = "sign"

    assert limit(urgent(cast, nine, town)).due == later(nine, minutes=60)
    books.adopt(cast, from_sign, "jinan-cg")
    order = urgent(cast, nine, town)
    assert not Clock.objects.filter(order=order, kind="own_arrive").exists()
    cast.do("clerk@town", "share.signed", order.pk, later(nine, minutes=12))
    assert limit(order).due == later(nine, minutes=72)


def test_c44_c28_arrivals_are_counted_proved_unproved_added_later_and_late(
    cast: Cast, team: list[Staff], town: Area, nine: datetime
) -> None:
    proved, unproved, added, late, missed = (urgent(cast, nine, town) for _ in range(5))
    at = later(nine, minutes=40)
    arrive(cast, proved, at, team[0], position=where(HERE, at))
    arrive(cast, unproved, at, team[0])
    arrive(cast, added, at, team[0], arrived_at=later(nine, minutes=20), position=where(HERE, at))
    sweep(later(nine, minutes=61))
    at = later(nine, minutes=70)
    arrive(cast, late, at, team[0], position=where(HERE, at))

    def figures(cutoff: datetime) -> dict[str, int]:
        scope = Scope.of_days(cast.centre.pk, nine.date(), nine.date(), "city", cutoff)
        return count(scope, COUNTED, by=["unit_id"])[(cast.units["town"].pk,)]

    assert figures(later(nine, hours=3)) == dict(zip(COUNTED, (4, 2, 1, 5, 3), strict=True))
    assert figures(later(nine, minutes=50)) == dict(zip(COUNTED, (3, 1, 1, 3, 3), strict=True)), "as known then"
    assert missed.pk
