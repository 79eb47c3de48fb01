"""Which days a directory may name.

PostgreSQL knows years that Python does not, and either knows days that fall out of range when they are turned into
another zone: one such row could not be read again, and with it nothing of its centre.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from lianxin.rules.worktime import SHANGHAI

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
#: Of people: whoever serves today may have come long ago.
FIRST_OF_PEOPLE = date(1940, 1, 1)


def in_use(value: date | datetime) -> None:
    """A validator of a form's field: a day that work can have to do with."""
    _bounded(value, FIRST)


def of_a_person(value: date | datetime) -> None:
    """The same for what lies in a person's life."""
    _bounded(value, FIRST_OF_PEOPLE)


def _bounded(value: date | datetime, first: date) -> None:
    # The wall's date as it was typed: turning an extreme one into another zone is what fails.
    day = value.date() if isinstance(value, datetime) else value
    if not first <= day <= LAST:
        raise ValidationError(f"日期应在 {first:%Y-%m-%d} 至 {LAST:%Y-%m-%d} 之间。")


def constraint(field: str, name: str, *, first: date = FIRST, instant: bool = False) -> models.CheckConstraint:
    """The same in the database, for whatever does not come by a form."""
    edges: tuple[date, date] = (first, LAST)
    if instant:
        # A day's slack, so that the database never refuses what the form takes.
        edges = (
            datetime(first.year - 1, 12, 31, tzinfo=SHANGHAI).astimezone(UTC),
            datetime(LAST.year + 1, 1, 2, tzinfo=SHANGHAI).astimezone(UTC),
        )
    return models.CheckConstraint(
        condition=Q(**{field: None}) | Q(**{f"{field}__range": edges}),
        name=name,
        violation_error_message=f"日期应在 {first:%Y-%m-%d} 至 {LAST:%Y-%m-%d} 之间。",
    )
