"""The whole demo: the founding weeks of Junan in simulated time, work of today in every queue at Junan and at Zhoucun,
a month of dispatch by the catalogue at Jinan, and at all of them the scenes of the rows of their rule books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from lianxin.bulletins.models import Feature
from lianxin.directory.models import Centre
from lianxin.directory.trees import read
from lianxin.ledger import seals
from lianxin.rules.policy import policies_folder

from . import affairs, month
from .drive import drive, hand_over
from .people import found_centre
from .plan import plan_junan, read_plan
from .scenes import programme
from .today import plan_today

CODE = "junan"
#: Where a month of dispatch by the catalogue is played instead of the work of today.
MONTH = "jinan"
#: The centres of the demo, the first one first.
CODES = (CODE, "zhoucun", MONTH)
MONDAY = date(2021, 10, 25)
#: The number of the first life at a centre whose play begins with those of today.
FIRST = 10_001
Told = Callable[[str, int, int], None]


def raise_curtain(password: str, code: str = CODE) -> Centre:
    """The centre with its people, units and categories, and Junan's article of week 43; no orders yet."""
    folder: Path = policies_folder()
    centre = found_centre(read_plan(code), read(folder / "categories" / "junan.csv"), password)
    if code == CODE:
        text = (folder / "articles" / "junan-2021-w43.md").read_text(encoding="utf-8")
        Feature.objects.create(centre=centre, kind="weekly", first_day=MONDAY, text=text)
    return centre


def play(centre: Centre, now: datetime, told: Told = lambda part, done, total: None) -> Sequence[str]:
    """At Junan weeks 42 and 43 of 2021 and what followed, at Jinan a month of dispatch by the catalogue, at the others
    the last weeks up to `now`; the scenes, and everything handed to the wall clock.  Returns what of the scenes could
    not be played, in sentences."""
    if centre.code == MONTH:
        month.play(centre, now, lambda done, total: told(f"{centre.name}近五周", done, total))
    else:
        _weeks(centre, now, told)
    hand_over(centre, now)
    if centre.code == CODE:
        affairs.play(centre, now)
    failed = programme.play(centre, now, lambda done, total: told(f"{centre.name}场景", done, total))
    hand_over(centre, now)
    return failed


def _weeks(centre: Centre, now: datetime, told: Told) -> None:
    first = FIRST
    if centre.code == CODE:
        lives = plan_junan()
        drive(centre, lives, lambda done, total: told("2021年第42、43周", done, total))
        first = len(lives) + 1
    today = plan_today(now, first=first, centre=centre.code)
    drive(centre, today, lambda done, total: told(f"{centre.name}今日工作", done, total))


def seal(now: datetime) -> None:
    """Seal what was played, so that `lianxin verify` can name even a deleted last entry."""
    seals.seal(now)
