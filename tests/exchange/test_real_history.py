"""Real messages of a city's board with the units' replies: imported as history, figures against a count by hand.

The messages are not ours to pass on, so nothing of them lies in this project: the folder is found by
LIANXIN_EVAL_DATA (default ../shared/data beside the project), and without it these tests are skipped.
"""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import chinese_calendar
import openpyxl
import pytest
from django.utils import timezone
from tests.cast import Cast

from lianxin.directory.models import PolicyVersion, Post, Unit
from lianxin.exchange import imports, maps
from lianxin.exchange.files import Source
from lianxin.exchange.report import Report
from lianxin.figures.count import count
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules.worktime import SHANGHAI

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("LIANXIN_EVAL_DATA") or ROOT.parent / "shared" / "data")
REPLIED, BARE = "messages_replies_2816.xlsx", "messages_4326.xlsx"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (FOLDER / REPLIED).exists(), reason="the real messages are not here: set LIANXIN_EVAL_DATA to their folder"
    ),
]


@cache
def by_hand(name: str) -> list[dict[str, str]]:
    """The rows, read by another library than the importer's."""
    lines = openpyxl.load_workbook(FOLDER / name, read_only=True).worksheets[0].iter_rows(values_only=True)
    head = [str(cell) for cell in next(lines)]
    return [dict(zip(head, map(str, line), strict=True)) for line in lines]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def as_written(text: str) -> str:
    """Without what spreadsheets do to the end of a line."""
    return text.replace("_x000D_", "").replace("\r\n", "\n").strip()


def five_workdays_on(start: datetime) -> datetime:
    """24:00 of the fifth working day after that of `start`, counted day by day on the published calendar."""
    day, left = start.date(), 5
    while left:
        day += timedelta(days=1)
        left -= chinese_calendar.is_workday(day)
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)


@pytest.fixture
def board(cast: Cast) -> Cast:
    """A centre whose rules reach back to 2010, with a unit for messages whose unit nobody noted."""
    PolicyVersion.objects.create(centre=cast.centre, pack_id="junan-2021", effective_from=date(2010, 1, 1))
    root = cast.units["centre"]
    cast.units["undecided"] = Unit.objects.create(
        centre=cast.centre, parent=root, code="undecided", name="单位不详", type="department", position=99
    )
    holder = cast.staff["clerk@bureau"]
    Post.objects.create(centre=cast.centre, unit=cast.units["undecided"], role="clerk", holder_a=holder)
    return cast


def bring_in(board: Cast, name: str, mapping: str) -> Report:
    return imports.run(Source.open(FOLDER / name), maps.find(mapping), board.centre, timezone.now())


def scope(board: Cast, first: date, last: date, cutoff: datetime | None = None) -> Scope:
    return Scope.of_days(board.centre.pk, first, last, "city", cutoff)


def months(rows: list[dict[str, str]]) -> Iterator[tuple[date, date]]:
    """First and last day of every month in which a message came."""
    for month in sorted({row["created_at"][:7] for row in rows}):
        first = date.fromisoformat(f"{month}-01")
        yield first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def test_history_with_replies_gives_the_figures_of_then(board: Cast) -> None:
    rows = by_hand(REPLIED)
    report = bring_in(board, REPLIED, "board-replies")
    assert (report.faults, report.notes) == ([], [])
    assert report.acts == {name: len(rows) for name in report.acts}
    assert set(report.acts) == {"order.registered", "order.dispatched", "share.reply_imported"}
    names = ["accepted", "handled", "closed"]
    for first, last in months(rows):
        then = scope(board, first, last)
        mine = [row for row in rows if first <= instant(row["created_at"]).date() <= last]
        closed = sum(instant(row["replied_at"]) < then.cutoff for row in mine)
        assert count(then, names)[()] == {"accepted": len(mine), "handled": len(mine), "closed": closed}, first


def test_timeliness_is_that_of_the_published_calendar(board: Cast) -> None:
    rows = by_hand(REPLIED)
    bring_in(board, REPLIED, "board-replies")
    found = Share.objects.values_list("replied_at", "order__registered_at")
    days = [(replied - registered) / timedelta(days=1) for replied, registered in found if replied]
    assert round(statistics.median(days)) == 11
    pairs = [(instant(row["created_at"]), instant(row["replied_at"])) for row in rows]
    in_time = sum(replied < five_workdays_on(created) for created, replied in pairs)
    everything = scope(board, date(2011, 1, 1), date(2020, 12, 31), timezone.now())
    figures = count(everything, ["closed", "on_time_closed", "overdue"])[()]
    assert figures == {"closed": len(rows), "on_time_closed": in_time, "overdue": len(rows) - in_time}
    assert 0 < in_time < len(rows) / 2


def test_every_text_is_there_word_for_word_and_the_ledgers_are_proven(board: Cast) -> None:
    rows = {row["message_id"]: row for row in by_hand(REPLIED)}
    bring_in(board, REPLIED, "board-replies")
    replies = Entry.objects.filter(action="share.reply_imported").select_related("enclosure", "order__appeal")
    for entry in replies.order_by("id")[::7]:
        row = rows[str(entry.order.upstream_number)]
        assert entry.enclosure.body["text"] == as_written(row["reply"])
        assert entry.order.appeal.text == as_written(row["body"])
    assert list(verify()) == []


def test_messages_without_replies_wait_and_twice_changes_nothing(board: Cast) -> None:
    rows = by_hand(BARE)
    report = bring_in(board, BARE, "board")
    assert (report.acts["order.registered"], report.faults) == (len(rows), [])
    assert Counter(Order.objects.values_list("state", "marked_clock")) == {("registered", False): len(rows)}
    for first, last in months(rows):
        mine = sum(first <= instant(row["created_at"]).date() <= last for row in rows)
        assert count(scope(board, first, last), ["accepted", "dispatched"])[()] == {"accepted": mine, "dispatched": 0}
    entries = Entry.objects.count()
    again = bring_in(board, BARE, "board")
    assert (again.unchanged, again.acts.total(), Entry.objects.count()) == (len(rows), 0, entries)
