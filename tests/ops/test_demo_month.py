"""The demo's month at Jinan: the catalogue, mended by rulings, sends more and more of a week right the first time."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from django.utils import timezone

from lianxin.directory.models import Centre
from lianxin.dispatch.models import CatalogueRow
from lianxin.figures.count import count, order_ids
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Entry
from lianxin.ops.simulation.month import WEEKS, Month, play
from lianxin.ops.simulation.show import raise_curtain
from lianxin.proceedings.models import Proceeding

NAMES = ["first_sent", "first_right"]


@pytest.fixture
def centre(db: None) -> Centre:
    return raise_curtain("a long demo password", "jinan")


def scopes(centre: Centre, now: datetime) -> list[Scope]:
    """The four whole weeks, each as known at the end of the month."""
    start = Month(centre, now).start
    firsts = [(start + timedelta(days=7 * week)).date() for week in range(WEEKS - 1)]
    return [Scope.of_days(centre.pk, first, first + timedelta(days=6), "district", now) for first in firsts]


def shares(centre: Centre, now: datetime) -> list[Fraction]:
    found = [count(scope, NAMES)[()] for scope in scopes(centre, now)]
    return [Fraction(int(week["first_right"]), int(week["first_sent"])) for week in found]


def test_c26_c38_rulings_raise_the_first_dispatch_success_from_week_to_week(centre: Centre) -> None:
    now = timezone.now()
    play(centre, now)
    weeks = shares(centre, now)
    assert weeks == sorted(set(weeks)), "each week better than the one before"
    assert weeks[0] < Fraction(7, 10)
    assert weeks[-1] > Fraction(9, 10)
    # Whoever got what is another's gave it back; whoever asked for nothing but that was refused.
    first = scopes(centre, now)[0]
    wrong = set(order_ids(first, "first_sent")) - set(order_ids(first, "first_right"))
    returned = Entry.objects.filter(order__in=order_ids(first, "first_sent"), action="return.decided")
    assert wrong == set(returned.filter(payload__approved=True).values_list("order_id", flat=True))
    # Each row that was mended comes from a ruling that a unit asked for, and the one before stands where it was.
    mended = CatalogueRow.objects.filter(centre=centre, version=2)
    assert mended.count() == Proceeding.objects.filter(centre=centre, kind="coordination", state="ruled").count() > 4
    assert all(row.ruling and row.over and row.over.until == row.since for row in mended.select_related("over"))
    assert all(row.lead_id != row.over.lead_id for row in mended.select_related("over") if row.over)


def test_c26_c38_without_rulings_it_stays_as_bad_as_it_was(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Month, "_mend", lambda *given: None)
    now = timezone.now()
    play(centre, now)
    assert all(week < Fraction(7, 10) for week in shares(centre, now))


def test_a_play_that_was_cut_off_goes_on_where_it_stopped(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    now, month = timezone.now(), Month(centre, timezone.now())
    month.begin()
    month.play(0, lambda done, total: None)
    half = Entry.objects.filter(order__centre=centre).count()
    play(centre, now)
    whole = Entry.objects.filter(order__centre=centre).count()
    assert 0 < half < whole
    play(centre, now)
    assert Entry.objects.filter(order__centre=centre).count() == whole
