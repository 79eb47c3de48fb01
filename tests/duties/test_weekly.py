"""Scheduling (A09): once a week by the unit's deputy, on what is open at the moment, with an instruction and a date."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from tests.cast import Cast, later, make_cast, shanghai
from tests.desk.web import Site
from tests.duties.stages import WEEKLY, owed, under
from tests.proceedings.stages import differences, dispatched, do

from lianxin.desk.views.rounds import HEADINGS
from lianxin.duties import rounds
from lianxin.ledger.acts import Refused
from lianxin.ledger.models import Entry, Task
from lianxin.ledger.sweep import sweep
from lianxin.proceedings.models import About, Proceeding

MONDAY = shanghai("2026-11-02 09:00")
FRIDAY = shanghai("2026-11-06 16:00")
NEXT = shanghai("2026-11-09 00:01")
SAID = {"text": "三件供暖诉求今日到户，逐件报结果。", "due": later(FRIDAY, days=3).isoformat()}


@pytest.fixture
def base(db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    # What people do of themselves is booked when they do it: here on the Friday.
    monkeypatch.setattr("lianxin.ledger.batch.timezone", SimpleNamespace(now=lambda: FRIDAY))
    cast = make_cast("base", "base")
    under(cast, WEEKLY)
    return cast


def test_a09_the_deputy_schedules_once_a_week(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [dispatched(base, MONDAY), dispatched(base, MONDAY), dispatched(base, MONDAY, "bureau")]
    rounds.run(MONDAY)
    assert owed() == [("A09", "2026-W45", "town", "")], "of towns alone"
    done = do(base, "hotline_deputy@town", "scheduling.held", None, FRIDAY, **SAID)
    record = Proceeding.objects.get(pk=done.order)
    entry = Entry.objects.get(proceeding=record, action="scheduling.held")
    assert entry.payload["listed"] == f"{orders[0].number}、{orders[1].number}，共 2 件"
    about = About.objects.filter(proceeding=record, role="subject").order_by("pk")
    assert list(about.values_list("to_order", flat=True)) == [orders[0].pk, orders[1].pk]
    assert (record.unit, record.state, record.due_at) == (base.units["town"], "asked", later(FRIDAY, days=3))
    rounds.run(later(FRIDAY, minutes=1))
    assert owed() == [("A09", "2026-W45", "town", "done")]
    assert Entry.objects.get(action="duty.settled").payload["evidence"] == [record.number]
    # The next week begins anew.
    monkeypatch.setattr("lianxin.ledger.batch.timezone", SimpleNamespace(now=lambda: NEXT))
    rounds.run(NEXT)
    assert owed(done_at=None) == [("A09", "2026-W46", "town", "")]
    do(base, "clerk@town", "scheduling.reported", record.pk, later(FRIDAY, days=2), result="三件均已到户，室温达标。")
    assert differences() == []


def test_a09_an_empty_list_says_so(base: Cast) -> None:
    done = do(base, "hotline_deputy@town", "scheduling.held", None, FRIDAY, **SAID)
    assert Entry.objects.get(proceeding=done.order).payload["listed"] == "没有在办的工单"


def test_a09_what_is_no_scheduling_of_that_week_leaves_it_red(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another unit's, the clerk's, one without an instruction or a date, one of the week after."""
    rounds.run(MONDAY)
    with pytest.raises(Refused, match="岗位不能调度"):
        do(base, "clerk@town", "scheduling.held", None, FRIDAY, **SAID)
    for missing in ("text", "due"):
        with pytest.raises(Refused) as refused:
            do(base, "hotline_deputy@town", "scheduling.held", None, FRIDAY, **SAID | {missing: None})
        assert missing in refused.value.problems
    do(base, "hotline_deputy@bureau", "scheduling.held", None, FRIDAY, **SAID)
    # The principal may hold one too; that is not the deputy's.
    do(base, "principal@town", "scheduling.held", None, FRIDAY, **SAID)
    monkeypatch.setattr("lianxin.ledger.batch.timezone", SimpleNamespace(now=lambda: later(NEXT, hours=11)))
    said = SAID | {"due": later(NEXT, days=3)}
    do(base, "hotline_deputy@town", "scheduling.held", None, later(NEXT, hours=9), **said)
    sweep(NEXT)
    rounds.run(later(NEXT, hours=10))
    assert owed() == [("A09", "2026-W45", "town", "unmet"), ("A09", "2026-W46", "town", "done")]
    task = Task.objects.get(period="2026-W45")
    assert task.clocks.get().breached_at == task.due == shanghai("2026-11-09 00:00")


def test_a09_at_the_desk(base: Cast) -> None:
    """The deputy opens it from the list of proceedings, and finds what he owes there."""
    dispatched(base, MONDAY)
    rounds.run(MONDAY)
    site = Site(base)
    page = site.get("hotline_deputy@town", "/proceedings/").content.decode()
    assert "/proceedings/new/scheduling.held/" in page
    form = site.get("hotline_deputy@town", "/proceedings/new/scheduling.held/").content.decode()
    assert "调度意见" in form
    assert site.get("clerk@town", "/proceedings/new/scheduling.held/").status_code in (302, 403, 404)


def test_the_list_shows_who_owes_what_and_what_proves_it(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    under(base, {**WEEKLY, "among": ["town", "department"]})
    rounds.run(MONDAY)
    done = do(base, "hotline_deputy@town", "scheduling.held", None, FRIDAY, **SAID)
    number = Proceeding.objects.get(pk=done.order).number
    rounds.run(later(FRIDAY, minutes=1))
    monkeypatch.setattr("lianxin.ledger.batch.timezone", SimpleNamespace(now=lambda: later(NEXT, minutes=1)))
    sweep(NEXT)
    rounds.run(NEXT)
    site = Site(base)

    def shown(who: str, state: str, period: str = "2026-W45") -> str:
        return site.get(who, f"/rounds/?state={state}&period={period}").content.decode()

    page = shown("supervisor", "done")
    assert f'href="/proceedings/{number}/"' in page
    assert "已履行" in page
    page = shown("supervisor", "red")
    assert page.count('data-card="red"') == 2, "the bureau and the heating company"
    assert "未履行" in page
    # A unit sees its own alone, and so does the sheet.
    assert "住建局" not in shown("hotline_deputy@town", "")
    assert site.get("hotline_deputy@town", "/rounds/sheet.xlsx").status_code == 403
    sheet = site.get("supervisor", "/rounds/sheet.xlsx?state=&period=2026-W45")
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(sheet.content)).active.iter_rows()]
    assert rows[0] == list(HEADINGS)
    assert [(row[0], row[4], row[6]) for row in rows[1:]] == [
        ("大店镇", "已履行", number),
        ("住建局", "未履行", ""),
        ("热力公司", "未履行", ""),
    ]
    # No period, no state and no number that somebody made up gives an error.
    for odd in ("?period=2026-W99", "?state=x", "?page=999", "?page=x"):
        assert site.get("supervisor", f"/rounds/{odd}").status_code == 200


def test_the_home_of_the_post_says_what_it_owes(base: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    now = timezone.now()
    rounds.run(now)
    site = Site(base)
    assert "分管负责同志每周调度" in site.get("hotline_deputy@town", "/").content.decode()
    assert "分管负责同志每周调度" not in site.get("clerk@town", "/").content.decode()
    assert 'href="/rounds/"' in site.get("supervisor", "/proceedings/").content.decode()
    under(base)
    assert 'href="/rounds/"' not in site.get("supervisor", "/proceedings/").content.decode()


def test_others_may_do_it_where_the_rule_says_so(base: Cast) -> None:
    under(base, {**WEEKLY, "by": ["principal"]})
    rounds.run(MONDAY)
    do(base, "principal@town", "scheduling.held", None, FRIDAY, **SAID)
    rounds.run(later(FRIDAY, minutes=1))
    assert owed() == [("A09", "2026-W45", "town", "done")]
