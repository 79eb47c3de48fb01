"""The week that a page is about: named in its address, or typed into its field."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import Http404
from django.utils import timezone

from lianxin.bulletins.gather import week_of
from lianxin.rules import periods
from lianxin.rules.worktime import SHANGHAI

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
        return periods.of("week", self.first).number

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


def stamped(at: datetime) -> int:
    """An instant in an address: microseconds, so that nothing is counted on the other side of it."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def moment_in(text: str, week: Week) -> datetime | None:
    """The instant of that week that `stamped` wrote; None for none.  Raises Http404 for anything else."""
    at = moment(text)
    if at is not None and not week.first <= at.date() <= week.last:
        raise Http404
    return at


def moment(text: str) -> datetime | None:
    """The instant until now that `stamped` wrote; None for none.  Raises Http404 for anything else."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise Http404
    at = datetime.fromtimestamp(int(text) // 1_000_000, SHANGHAI) + timedelta(microseconds=int(text) % 1_000_000)
    if at > timezone.now():
        raise Http404
    return at


def name_of(day: date) -> str:
    """`2021-W43` of any day of that week."""
    return periods.of("week", day).code


class NoSuchWeek(Http404):
    """A week that is none, or has not begun; the page of the error prints its sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def named(text: str) -> Week:
    """The week in an address.  Raises NoSuchWeek."""
    try:
        return _begun(text)
    except ValueError as error:
        raise NoSuchWeek(str(error)) from None


def _begun(text: str) -> Week:
    """The week so called.  Raises ValueError (Chinese) for what is none or has not begun."""
    week = Week(week_of(text)[0])
    if week.first > timezone.localdate():
        raise ValueError(f"{text} 还没有开始，请看本周或以前的周次")
    return week


def typed(request: DeskRequest, default: date) -> Week:
    """The week typed into the field `week`, else the one of `default`; what is no week is answered by a sentence."""
    text = request.GET.get("week", "").strip().upper()
    try:
        return _begun(text or name_of(default))
    except ValueError as error:
        messages.error(request, str(error))
        return Week(week_of(name_of(default))[0])
