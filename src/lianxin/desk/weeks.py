"""The week that a page is about: named in its address, or typed into its field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404
from django.utils import timezone

from lianxin.bulletins.gather import week_of

from .seats import DeskRequest

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week by its Monday."""

    first: date

    @property
    def last(self) -> date:
        return self.first + timedelta(days=6)

    @property
    def name(self) -> str:
        """`2021-W43`."""
        return name_of(self.first)

    @property
    def number(self) -> int:
        return self.first.isocalendar().week

    @property
    def before(self) -> str:
        return name_of(self.first - WEEK)

    @property
    def after(self) -> str:
        """The week after; `""` where it has not begun."""
        return "" if self.running else name_of(self.first + WEEK)

    @property
    def running(self) -> bool:
        """Whether the week is not over yet (in Shanghai)."""
        return self.last >= timezone.localdate()


def name_of(day: date) -> str:
    """`2021-W43` of any day of that week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def named(text: str) -> Week:
    """The week in an address; 404 for what is none."""
    try:
        return Week(week_of(text)[0])
    except ValueError:
        raise Http404 from None


def typed(request: DeskRequest, default: date) -> Week:
    """The week typed into the field `week`, else the one of `default`; what is no week is answered by a sentence."""
    text = request.GET.get("week", "").strip().upper()
    try:
        return Week(week_of(text or name_of(default))[0])
    except ValueError as error:
        messages.error(request, str(error))
        return Week(week_of(name_of(default))[0])
