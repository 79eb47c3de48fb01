"""A duty that comes round once a month (A06): laid, proved by what is in the book, red where it is not."""

from __future__ import annotations

import pytest
from django.utils import timezone
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.duties.stages import MONTHLY, clock, closed, led, owed, under
from tests.orders.stages import reach
from tests.proceedings.stages import differences
from tests.rulebooks import stored

from lianxin.duties import rounds
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry, Notice, Task
from lianxin.ledger.sweep import sweep
from lianxin.proceedings.models import Proceeding

FIFTH = shanghai("2026-10-05 09:00")
TWENTIETH = shanghai("2026-10-20 09:00")
NOVEMBER = shanghai("2026-11-01 00:01")


@pytest.fixture
def base(db: None) -> Cast:
    cast = make_cast("base", "base")
    under(cast, MONTHLY)
    return cast


def test_a06_the_principal_calls_back_once_a_month(base: Cast) -> None:
    assert rounds.run(FIFTH) == 0, "a unit that was given nothing owes nothing"
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    assert owed() == [("A06", "2026-10", "bureau", ""), ("A06", "2026-10", "town", "")]
    assert clock() == ("", False)
    file = Proceeding.objects.get(unit=base.units["town"])
    assert (file.kind, file.period, file.state, file.wording.title) == (
        "unit_file",
        "2026",
        "kept",
        "大店镇2026年履职台账",
    )

    led(base, order, TWENTIETH)
    rounds.run(later(TWENTIETH, minutes=1))
    assert owed(unit=base.units["town"]) == [("A06", "2026-10", "town", "done")]
    assert clock() == ("met", False)
    entry = Entry.objects.filter(action="duty.settled").get()
    assert (entry.payload["evidence"], entry.payload["title"]) == ([order.number], "主要负责人每月回访")

    sweep(NOVEMBER)
    rounds.run(NOVEMBER)
    assert owed(unit=base.units["town"])[0][3] == "done"
    assert owed(unit=base.units["bureau"])[0][3] == "unmet", "red where nobody called"
    assert clock("bureau") == ("cancelled", True)
    assert differences() == []


def test_a06_nobody_elses_call_counts(base: Cast) -> None:
    """Not the centre's, not another unit's principal's, not the clerk's, not one of another month, and none by hand."""
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    with pytest.raises(Refused, match="岗位不能领导回访"):
        led(base, order, TWENTIETH, by="clerk@town")
    with pytest.raises(Refused, match="没有这件工单"):
        led(base, order, TWENTIETH, by="principal@heat")
    with pytest.raises(Refused, match="没有这件工单"):
        led(base, order, TWENTIETH, by="principal@bureau")
    before = closed(base, shanghai("2026-09-20 09:00"))
    led(base, before, shanghai("2026-09-30 23:59"))
    rounds.run(later(TWENTIETH, minutes=1))
    assert owed() == [("A06", "2026-10", "bureau", ""), ("A06", "2026-10", "town", "")]
    task = Task.objects.get(unit=base.units["town"])
    with pytest.raises(Refused):
        base.do("principal@town", "task.done", task.proceeding_id, TWENTIETH, task=task.pk)


def test_a_call_of_the_month_that_is_recorded_later_is_marked_so(base: Cast) -> None:
    under(base, {**MONTHLY, "late": "10 days"})
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    sweep(NOVEMBER)
    rounds.run(NOVEMBER)
    assert owed(unit=base.units["town"])[0][3] == "", "it may still be told"
    assert clock() == ("", True)
    led(base, order, TWENTIETH, recorded=later(NOVEMBER, days=3))
    rounds.run(later(NOVEMBER, days=3))
    assert owed(unit=base.units["town"])[0][3] == "late"
    assert clock() == ("met", True), "that it came after the month stays on record"
    rounds.run(later(NOVEMBER, days=9))
    assert owed(unit=base.units["bureau"])[0][3] == ""
    rounds.run(later(NOVEMBER, days=10))
    assert owed(unit=base.units["bureau"])[0][3] == "unmet"
    assert differences() == []


def test_what_was_done_in_time_and_told_to_the_file_late_was_not_late(base: Cast) -> None:
    """The job slept over midnight: the sweep has rung, but the call was in the book before."""
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    led(base, order, TWENTIETH)
    sweep(NOVEMBER)
    assert clock() == ("", True)
    rounds.run(NOVEMBER)
    assert owed(unit=base.units["town"])[0][3] == "done"
    assert clock() == ("met", False)
    assert differences() == []


def test_whoever_begins_in_mid_month_owes_from_the_next(base: Cast) -> None:
    closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    post = base.posts["principal@town"]
    post.holder_a, post.holder_b = post.holder_b, None
    post.save()
    rounds.run(TWENTIETH)
    assert owed() == [("A06", "2026-10", "bureau", ""), ("A06", "2026-10", "town", "exempt")]
    assert Entry.objects.get(action="duty.settled").payload["why"] == "岗位在本期内换人，自下期起计"
    closed(base, shanghai("2026-11-02 09:00"))
    rounds.run(shanghai("2026-11-02 10:00"))
    assert ("A06", "2026-11", "town", "") in owed()


def test_who_stands_in_does_the_duty_of_the_post(base: Cast) -> None:
    """B acts while A is away: the post has called back."""
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    post = base.posts["principal@town"]
    actor = base.actor("principal@town")
    assert actor.staff == post.holder_a_id
    base.posts["principal@town"].holder_a, post.holder_b = post.holder_b, post.holder_a
    led(base, order, TWENTIETH)
    rounds.run(later(TWENTIETH, minutes=1))
    assert owed(unit=base.units["town"])[0][3] == "done"


def test_a_vacant_post_owes_on(base: Cast) -> None:
    post = base.posts["principal@town"]
    post.holder_a = post.holder_b = None
    post.save()
    closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    task = Task.objects.get(unit=base.units["town"])
    assert (task.vacant, task.holder, task.post_role) == ("principal", None, "principal")
    rounds.run(NOVEMBER)
    assert owed(unit=base.units["town"])[0][3] == "unmet"


def test_run_twice_or_late_it_lays_and_settles_once(base: Cast) -> None:
    order = closed(base, FIFTH)
    led(base, order, TWENTIETH)
    made = rounds.run(later(TWENTIETH, days=1))
    # Two files, two duties; the call is older than what the feed shows to whoever begins now.
    assert made == 5
    assert owed() == [("A06", "2026-10", "bureau", ""), ("A06", "2026-10", "town", "done")]
    assert rounds.run(later(TWENTIETH, days=1)) == 0
    assert Proceeding.objects.filter(kind="unit_file").count() == 2


def test_several_times_a_month_are_counted_over_runs(base: Cast) -> None:
    under(base, {**MONTHLY, "times": 2})
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    led(base, order, TWENTIETH)
    rounds.run(later(TWENTIETH, hours=1))
    assert owed(unit=base.units["town"])[0][3] == ""
    led(base, order, later(TWENTIETH, days=1))
    rounds.run(later(TWENTIETH, days=2))
    assert owed(unit=base.units["town"])[0][3] == "done"


@pytest.mark.parametrize(
    ("change", "stands"),
    [
        ({}, [("2026-10", "done")]),
        ({"every": "week"}, [("2026-W41", "unmet")]),
        ({"every": "quarter"}, [("2026-Q4", "done")]),
        ({"when": "unit.received >= 2"}, []),
        ({"when": "unit.open >= 1"}, []),
        ({"when": "unit.type == 'department'"}, []),
        ({"met_by": ["scheduling.held"]}, [("2026-10", "")]),
    ],
)
def test_how_often_when_and_by_what_is_the_rules_word(
    base: Cast, change: dict[str, str | list[str]], stands: list[tuple[str, str]]
) -> None:
    under(base, {key: value for key, value in MONTHLY.items() if key != "warn"} | change)
    order = closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    again = base.register(later(TWENTIETH, hours=-1))
    base.dispatch(again, later(TWENTIETH, hours=-1), "town")
    base.do("dispatcher", "order.recalled", again.pk, later(TWENTIETH, minutes=-9), reason="派错单位，重新派单处理")
    led(base, order, TWENTIETH)
    rounds.run(later(TWENTIETH, minutes=1))
    assert [(period, outcome) for _, period, _, outcome in owed(unit=base.units["town"])] == stands


def test_the_rule_book_of_the_last_day_speaks_for_the_month(base: Cast) -> None:
    """A pack that lays the duty no more, in force before the month ends: it does not count."""
    closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    under(base)
    rounds.run(TWENTIETH)
    assert {outcome for *_, outcome in owed()} == {"exempt"}


def test_files_of_a_year_that_is_over_are_closed(base: Cast) -> None:
    old = shanghai("2025-12-05 09:00")
    closed(base, old)
    rounds.run(later(old, hours=1))
    assert set(Proceeding.objects.values_list("state", flat=True)) == {"kept"}
    rounds.run(shanghai("2026-01-01 00:01"))
    assert owed() == [("A06", "2025-12", "bureau", "unmet"), ("A06", "2025-12", "town", "unmet")]
    assert list(Proceeding.objects.filter(period="2025").values_list("state", flat=True)) == ["closed", "closed"]
    assert differences() == []


def test_the_holder_is_told_before_and_after(base: Cast) -> None:
    closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    assert not Notice.objects.filter(entry__action="duty.laid").exists()
    sweep(shanghai("2026-10-29 00:01"))
    told = Notice.objects.filter(entry__action="proceeding.warned")
    assert base.staff["principal@town"].pk in told.values_list("staff", flat=True)
    sweep(NOVEMBER)
    told = Notice.objects.filter(entry__action="proceeding.breached")
    assert base.staff["principal@town"].pk in told.values_list("staff", flat=True)


@pytest.mark.parametrize("counts", [False, True])
def test_a06_what_the_principal_is_told_counts_only_where_the_pack_says_so(base: Cast, counts: bool) -> None:
    stored(base, f"counts{int(counts)}", duty=[MONTHLY], callback={"leaders_count": counts})
    order = closed(base, TWENTIETH)
    before = Callback.objects.count()
    led(base, order, later(TWENTIETH, days=1))
    assert Callback.objects.count() - before == int(counts)
    assert Entry.objects.get(action="callback.led").payload["own_unit"] is True
    assert differences() == []


@pytest.mark.parametrize("counts", [False, True])
def test_a06_where_it_counts_conditions_and_the_page_see_it_as_the_figures_do(base: Cast, counts: bool) -> None:
    stored(base, f"counts{int(counts)}", duty=[MONTHLY], callback={"leaders_count": counts})
    order = closed(base, TWENTIETH)
    said = {"result_grade": "dissatisfied", "solved": False, "words": "没有修好，请再来一次。"}
    base.do("principal@town", "callback.led", order.pk, later(TWENTIETH, days=1), **said)
    order.refresh_from_db()
    assert ("dissatisfied" in order.grades.values()) is counts
    page = Site(base).get("supervisor", f"/orders/{order.number}/").content.decode()
    assert page.count("<dt>过程</dt>") == 1 + int(counts)
    assert differences() == []


def test_a06_at_the_desk_of_the_principal(base: Cast) -> None:
    """The form asks what he was told and nothing that the ledger knows; what he writes stands on the order's page."""
    order = closed(base, TWENTIETH)
    site = Site(base)
    where = f"/orders/{order.number}/callback.led/"
    form = site.get("principal@town", where)
    assert form.status_code == 200
    assert "诉求人意见" in form.content.decode()
    assert site.get("principal@heat", where).status_code == 404
    assert site.get("clerk@town", where).status_code == 403
    empty = site.at("principal@town").post(where, {})
    assert empty.status_code == 422, "words are asked for"
    said = {"words": "室温已经达标，维修很及时。", "solved": "true", "result_grade": "satisfied"}
    assert site.at("principal@town").post(where, said).status_code == 302
    assert Entry.objects.get(action="callback.led").payload["own_unit"] is True
    page = site.get("supervisor", f"/orders/{order.number}/").content.decode()
    assert "领导回访（本单位承办）：结果满意，已解决" in page
    assert "室温已经达标，维修很及时。" in page


def test_a06_an_order_of_another_unit_that_is_shown_to_him_counts_and_is_not_marked(base: Cast) -> None:
    closed(base, FIFTH)
    rounds.run(later(FIFTH, hours=1))
    other, then = reach(base, "closed", TWENTIETH)
    for share in other.shares.all():
        assert share.unit != base.units["heat"]
    with pytest.raises(Refused, match="没有这件工单"):
        led(base, other, then, by="principal@heat")
    shown = {"reason": "partner", "units": [base.units["heat"].pk], "role": "principal"}
    base.do("leader", "order.shown", other.pk, then, **shown)
    led(base, other, later(then, minutes=5), by="principal@heat")
    assert Entry.objects.get(action="callback.led").payload["own_unit"] is False
    with pytest.raises(Refused):
        led(base, other, later(then, minutes=6), by="clerk@heat")
    under(base, {key: value for key, value in MONTHLY.items() if key != "when"})
    rounds.run(later(then, minutes=7))
    assert owed(unit=base.units["heat"]) == [("A06", "2026-10", "heat", "done")]
    assert differences() == []


def test_a06_what_was_closed_lately_stands_before_the_principal_with_the_call(base: Cast) -> None:
    order = closed(base, later(timezone.now(), days=-1))
    page = Site(base).get("principal@town", "/?queue=led").content.decode()
    assert f"/orders/{order.number}/callback.led/" in page
    assert "大店镇" in page


def test_what_fails_in_one_centre_keeps_the_others_not_waiting(
    base: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    always = {key: value for key, value in MONTHLY.items() if key != "when"}
    under(base, always)
    second = make_cast("second", "base")
    assert second.centre.pk > base.centre.pk
    healthy, lay = second.centre.pk, rounds.Round._lay

    def fails(self: rounds.Round) -> set[tuple[str, str, int]]:
        if self.centre != healthy:
            raise RuntimeError("this centre's alone")
        return lay(self)

    under(second, always)
    monkeypatch.setattr(rounds.Round, "_lay", fails)
    rounds.run(later(FIFTH, hours=1))
    laid = Task.objects.exclude(period="").values_list("proceeding__centre", flat=True)
    assert set(laid) == {healthy}
    assert f"of centre {base.centre.code} were not looked at" in caplog.text
