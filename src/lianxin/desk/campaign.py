"""How far a campaign (专项行动, D25) has come: its baseline, what is done and what remains, by day and by unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode

from django.utils import timezone

from lianxin.figures.burn import Stand, burn
from lianxin.figures.scope import Scope
from lianxin.ledger.models import Clock
from lianxin.proceedings.models import About
from lianxin.rules.worktime import last_day

from .charts import Band, Chart, Series, chart
from .folio import Folio

TITLES = {"baseline": "基数", "done": "已办结", "withdrawn": "已撤单", "remaining": "未办结"}
#: A chart of more days shows nothing.
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and where its orders stand."""

    title: str
    value: int
    url: str


class Burning:
    """A campaign that has begun, as it stands now, or as it stood when it ended."""

    def __init__(self, folio: Folio, begun: datetime, due: datetime, led_by: Mapping[int, int]) -> None:
        self.folio, self.begun, self.due, self.led_by = folio, begun, due, led_by

    @cached_property
    def stands(self) -> list[Stand]:
        root = self.folio.proceeding
        now = timezone.now()
        until, known = root.ended_at or now, root.ended_recorded_at or now
        # A moment more, so that what was recorded with the end, or just now, is counted.
        after = timedelta(microseconds=1)
        scope = Scope(root.centre_id, self.begun, until + after, known + after, "")
        return burn(scope, list(self.led_by))

    @property
    def stand(self) -> Stand:
        return self.stands[-1]

    def ids(self, of: str) -> frozenset[int]:
        """The orders of one number.  Raises KeyError for what is none."""
        if of == "baseline":
            return frozenset(self.led_by)
        return {"done": self.stand.done, "withdrawn": self.stand.withdrawn, "remaining": self.stand.remaining}[of]

    @property
    def numbers(self) -> list[Number]:
        return [self._number(of, len(self.ids(of))) for of in TITLES]

    def _number(self, of: str, value: int, unit: int | None = None) -> Number:
        query = {"of": of} | ({"unit": unit} if unit is not None else {})
        return Number(TITLES[of], value, f"{self.folio.url}orders/?{urlencode(query)}")

    @property
    def left(self) -> str:
        """How many days are left, in words."""
        if not self.folio.proceeding.is_open:
            return "已结束"
        days = (last_day(self.due) - timezone.localdate()).days
        return f"还剩 {days} 天" if days > 0 else "今天结束" if days == 0 else f"已超过 {-days} 天"

    @property
    def units(self) -> list[tuple[str, list[Number]]]:
        """Each unit that led orders of the baseline when it began, most remaining first."""
        counts = {of: Counter(self.led_by[pk] for pk in self.ids(of)) for of in TITLES}
        lines = self.folio.seat.directory.units
        places = {
            unit: (line.position, unit) if (line := lines.get(unit)) else (0, unit) for unit in counts["baseline"]
        }
        ordered = sorted(places, key=lambda unit: (-counts["remaining"][unit], *places[unit]))
        return [(self.name(unit), [self._number(of, counts[of][unit], unit) for of in TITLES]) for unit in ordered]

    def name(self, unit: int) -> str:
        line = self.folio.seat.directory.units.get(unit)
        return line.short_name or line.name if line else f"单位 {unit}"

    @property
    def chart(self) -> Chart:
        """What remains at each day's end, beside the straight line that ends with the last day."""
        first, aim = self.stands[0].day, last_day(self.due)
        last = min(max(aim, self.stand.day), first + timedelta(days=MOST_DAYS - 1))
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        remaining = {stand.day: len(stand.remaining) for stand in self.stands}
        series = [
            Series("未办结", [remaining.get(day) for day in days], "line", "lx-tone1"),
            Series("按期清零", [self._ideal(first, aim, day) for day in days], "aim", "lx-tone2"),
        ]
        return chart("逐日未办结", days, [Band("未办结（每日24:00）", series)])

    def _ideal(self, first: date, aim: date, day: date) -> float:
        span = max((aim - first).days + 1, 1)
        return round(len(self.led_by) * max(span - 1 - (day - first).days, 0) / span, 1)

    @property
    def days(self) -> list[tuple[date, int, int, int]]:
        """(day, done, withdrawn, remaining), newest first."""
        return [(s.day, len(s.done), len(s.withdrawn), len(s.remaining)) for s in reversed(self.stands)]


def draw(folio: Folio) -> Burning | None:
    """The block; None before the campaign has begun."""
    entry = next((entry for entry in folio.entries if entry.action == "campaign.begun"), None)
    if entry is not None:
        led_by = dict(zip(entry.payload["baseline"], entry.payload["led_by"], strict=True))
        return Burning(folio, entry.at, datetime.fromisoformat(entry.payload["due"]), led_by)
    opening = folio.entries[0]
    clock = Clock.objects.filter(proceeding=folio.proceeding).order_by("pk").first()
    if opening.version > 1 or clock is None:
        return None
    # Before there was a baseline a campaign began with its opening; who led its orders then was not kept.
    home = folio.seat.directory.root.id
    members = About.objects.filter(proceeding=folio.proceeding, role="subject", to_order__isnull=False).order_by("pk")
    led_by = dict.fromkeys(members.values_list("to_order", flat=True), home)
    return Burning(folio, opening.at, clock.due, led_by)


def behind(folio: Folio, of: str, unit: str) -> tuple[str, Iterable[int]]:
    """What a number is called, and its orders; of one unit, if one is named.  Raises KeyError for none."""
    burning = draw(folio)
    if burning is None:
        raise KeyError(of)
    ids = burning.ids(of)
    if not unit:
        return TITLES[of], ids
    mine = [pk for pk in ids if str(burning.led_by[pk]) == unit]
    if unit not in map(str, burning.led_by.values()):
        raise KeyError(unit)
    return f"{burning.name(int(unit))} {TITLES[of]}", mine
