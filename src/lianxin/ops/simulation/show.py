"""The whole demo: the founding weeks in simulated time, then work of today in every queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from lianxin.bulletins.models import Feature
from lianxin.directory.models import Centre
from lianxin.directory.trees import read
from lianxin.ledger import seals
from lianxin.rules.policy import policies_folder

from . import affairs
from .drive import drive, hand_over
from .people import found_centre
from .plan import plan_junan, read_plan
from .today import plan_today

CODE = "junan"
MONDAY = date(2021, 10, 25)
Told = Callable[[str, int, int], None]


def raise_curtain(password: str) -> Centre:
    """The centre with its people, units and categories, and the article of week 43; no orders yet."""
    folder: Path = policies_folder()
    centre = found_centre(read_plan(), read(folder / "categories" / "junan.csv"), password)
    text = (folder / "articles" / "junan-2021-w43.md").read_text(encoding="utf-8")
    Feature.objects.create(centre=centre, kind="weekly", first_day=MONDAY, text=text)
    return centre


def play(centre: Centre, now: datetime, told: Told = lambda part, done, total: None) -> None:
    """Weeks 42 and 43 of 2021 and what followed; the last days up to `now`, handed to the wall clock."""
    lives = plan_junan()
    drive(centre, lives, lambda done, total: told("2021年第42、43周", done, total))
    today = plan_today(now, first=len(lives) + 1)
    drive(centre, today, lambda done, total: told("今日工作", done, total))
    hand_over(centre, now)
    affairs.play(centre, now)


def seal(now: datetime) -> None:
    """Seal what was played, so that `lianxin verify` can name even a deleted last entry."""
    seals.seal(now)
