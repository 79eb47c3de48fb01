"""Which pack speaks for what (DESIGN 12.5), section by section, while a centre lives on under another than its orders.

- own: limits, elements and requirements of an order go by the pack under which it was registered;
- now: rights, masking, retention, queues and what stands on the door go by the one in force now;
- period: what is counted and printed of a period goes by the one in force on its last day.

Orders were registered under one pack; another is in force since today.  Each look at a field of either is noted with
the place that looks.  A section without a line here fails.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.cast import Cast, later, make_cast, shanghai
from tests.orders.stages import PAYLOADS, reach
from tests.rulebooks import Shelf, shelf, tables
from tests.rules.test_settings_are_read import _live, _reader

from lianxin.bulletins import issue
from lianxin.bulletins.gather import period
from lianxin.directory import adoption, snapshot
from lianxin.ledger.acts import Refused
from lianxin.orders import erasure
from lianxin.orders.models import Order
from lianxin.rules.policy import Pack
from lianxin.rules.policy_reading import ROWS
from lianxin.rules.policy_rows import Part, Row
from lianxin.rules.policy_settings import Settings

OWN, NOW, PERIOD = "own", "now", "period"
#: The longest line that a path begins with counts.
WHOSE = {
    "document.slogan": OWN,  # on the slip of an order; on the door it is that of now
    "document.copy_to": PERIOD,
    "registration": OWN,
    "basis": OWN,
    "catalogue": NOW,  # tests/desk/test_catalogue.py
    "knowledge": OWN,
    "inspection": OWN,
    "inspection.units": NOW,  # who inspects is a right
    "quality": OWN,  # of what was drawn
    "quality.every": NOW,
    "quality.records": NOW,
    "units": PERIOD,
    "units.staffing": NOW,  # what a unit must have today
    "units.documents": NOW,
    "posts": NOW,
    "sight": NOW,
    "caller": NOW,
    "proceedings": OWN,
    "test_items": OWN,  # tests/acceptance/test_jinan_mystery.py
    "test_items.allowed": NOW,  # whether one may be opened
    "shifts": NOW,  # tests/acceptance/test_jinan_week.py
    "chain": OWN,
    "office": OWN,  # of limits; the spans of queues are reckoned in the office hours of now
    "reply": OWN,
    "visit": OWN,
    "arrival": OWN,
    "contact": OWN,
    "interim": OWN,
    "reports": OWN,
    "analysis": OWN,
    "telling": NOW,
    "digests": PERIOD,  # tests/acceptance/test_switch.py
    "petition": OWN,
    "closing": OWN,
    "callback": OWN,
    "callback.assess_layer": PERIOD,
    "capacity": PERIOD,
    "figures": PERIOD,
    "figures.own": NOW,  # tests/acceptance/test_jinan_quality.py
    "bulletin": PERIOD,
    "ranking": PERIOD,  # tests/desk/test_morning.py
    "looking": NOW,
    "retention": NOW,
    "queues": NOW,
    "queue": NOW,
    "clock": OWN,
    "task": OWN,
    "duty": PERIOD,  # tests/duties/test_monthly.py
    "petition_kind": OWN,
    "raising": OWN,
    "label": OWN,
    "watch": NOW,  # tests/duties/test_watches.py
    "formula": PERIOD,
    "system": NOW,  # tests/desk/test_regulations.py
    "ladder": PERIOD,
    "redirect": OWN,
    "class": OWN,
    "source": OWN,
    "rule": OWN,
}
#: Where the pack in force now speaks beside the orders' own: for what is still to be registered, and for queues.
ALSO = {
    "class": {(NOW, "choices.py")},
    # So is what may be chosen in a form.
    # And what may be searched by, and who has a page of his own findings.
    "source": {(NOW, "register.py"), (NOW, "choices.py"), (NOW, "search.py"), (NOW, "seats.py")},
    # Of what is still to be registered: whether it goes out at once, and on which basis.
    "registration": {(NOW, "spared.py"), (NOW, "register.py")},
    "basis": {(NOW, "choices.py")},
    # The spans of queues are reckoned in the office hours of now.
    "office": {(NOW, "snapshot.py")},
    # The queue of replies asks of each pack of the centre whether the orders under it go by the unit first.
    "reply": {(NOW, "queue_words.py")},
    # What a unit may be is the directory's word, which goes by the pack in force now.
    # So is what a unit serves as, on which hangs who sees what: a right.
    "units": {(NOW, "named.py"), (NOW, "snapshot.py")},
    # Whether people are offered to open one at all.
    "reports": {
        (NOW, f"{kind}.py")
        for kind in ("landing_report", "resolution", "special_report", "timely_report", "unit_report", "work_meeting")
    },
    # Whether there is a queue of duties at all.
    "task": {(NOW, "queues.py"), (NOW, "duties.py")},
}


def line_of(path: str) -> str:
    """The line of the table that speaks for a path."""
    names = path.split(".")
    found = (".".join(names[:end]) for end in range(len(names), 0, -1))
    return next((name for name in found if name in WHOSE), "")


def leaves(part: Any, path: str) -> Iterator[tuple[int, str]]:
    """(id of a part of a pack, its path): every part that can be looked at."""
    if isinstance(part, tuple):
        for entry in part:
            yield from leaves(entry, path)
    elif isinstance(part, Part):
        yield id(part), path
        for name, info in type(part).model_fields.items():
            yield from leaves(object.__getattribute__(part, name), f"{path}.{info.alias or name}")


def places(pack: Pack) -> dict[int, str]:
    """The path of each part of a pack, by its id."""
    found = {key: path for name in Settings.model_fields for key, path in leaves(getattr(pack, name), name)}
    return found | {key: path for row in pack.rules for key, path in leaves(row, row.table)}


class Looks:
    """Which pack was looked at, by path, and by which file."""

    def __init__(self, **packs: Pack) -> None:
        self.whose = {key: (name, path) for name, pack in packs.items() for key, path in places(pack).items()}
        self.seen: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def __enter__(self) -> Looks:
        plain, whose, seen = object.__getattribute__, self.whose, self.seen

        def look(part: Any, name: str) -> Any:
            if id(part) in whose and name in type(part).__pydantic_fields__ and name not in Row.model_fields:
                reader = _reader(sys._getframe(1))
                if reader:
                    pack, path = whose[id(part)]
                    alias = type(part).__pydantic_fields__[name].alias
                    seen[f"{path}.{alias or name}"].add((pack, reader))
            return plain(part, name)

        Part.__getattribute__ = look  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        del Part.__getattribute__  # type: ignore[method-assign]


def test_each_section_has_a_line_and_each_line_a_section() -> None:
    sections = {*Settings.model_fields, *ROWS}
    assert {name.partition(".")[0] for name in WHOSE} == sections, "say which pack speaks for it"
    assert {"own", "now", "period"} >= set(WHOSE.values())


@pytest.fixture
def books(tmp_path: Path, db: None) -> Iterator[Shelf]:
    with shelf(tmp_path) as found:
        yield found


def test_each_section_is_asked_of_the_pack_that_speaks_for_it(books: Shelf, nine: datetime) -> None:
    cast = make_cast("watched", "base")
    today = timezone.localdate()
    now = books.put(tables())
    adoption.adopt(adoption.plan(cast.centre, now, today, timezone.now()), timezone.now(), None)
    directory = snapshot.of(cast.centre.pk)
    own, now = directory.find_pack("base@1"), directory.pack(timezone.now())
    assert nine.date() < today, "what is registered then stands under the old pack"
    with Looks(own=own, now=now) as looks:
        _live(cast, nine, duties=False)
    assert set(Order.objects.values_list("pack", flat=True)) == {"base@1"}
    asked = {line_of(path) for path in looks.seen}
    # What only the bulletin or the figures look at has been asked of a week that ended under the old pack.
    wrong = []
    for path, seen in sorted(looks.seen.items()):
        line = line_of(path)
        right = NOW if WHOSE[line] == NOW else OWN
        wrong += [(path, *look) for look in seen if look[0] != right and look not in ALSO.get(line, ())]
    assert not wrong
    # The base names no kinds of petitions: tests/orders/test_petitions.py.
    elsewhere = (
        "ladder",
        "rule",
        "duty",
        "watch",
        "system",
        "petition_kind",
        "raising",
        "digests",
        "ranking",
        "catalogue",
        "reports",
        "inspection",  # tests/proceedings/test_inspecting.py
        "inspection.units",
        *("quality", "quality.every", "quality.records", "figures.own"),  # tests/acceptance/test_jinan_quality.py
        "test_items",
        "shifts",
    )
    assert asked >= {line for line in WHOSE if line not in elsewhere}, "each is looked at somewhere"


def test_a_period_goes_by_the_pack_of_its_last_day(books: Shelf, nine: datetime) -> None:
    cast = make_cast("based", "base")
    pack = books.put({**tables(), "callback": {**tables()["callback"], "assess_layer": "city"}})
    wednesday = date(2026, 11, 18)
    plan = adoption.plan(cast.centre, pack, wednesday, shanghai("2026-11-17 09:00"))
    adoption.adopt(plan, shanghai("2026-11-17 09:00"), None)
    directory = snapshot.of(cast.centre.pk)
    for first, last, ruled, layer in (
        (date(2026, 11, 9), date(2026, 11, 15), "base", "district"),
        (date(2026, 11, 16), date(2026, 11, 22), pack.id, "city"),
        (date(2026, 11, 16), date(2026, 11, 17), "base", "district"),
    ):
        scope, found = period(directory, first, last)
        assert (found.id, scope.layer) == (ruled, layer)
    cast.register(shanghai("2026-11-16 09:00"))
    made = issue.weekly(cast.centre, date(2026, 11, 16), date(2026, 11, 22), shanghai("2026-11-23 00:00"))
    assert made.gathered.pack.id == pack.id


def adopt(cast: Cast, pack: Pack) -> None:
    """The centre goes by it from today."""
    at = timezone.now()
    adoption.adopt(adoption.plan(cast.centre, pack, timezone.localdate(), at), at, None)


def test_requirements_and_limits_of_an_order_stay_its_own(books: Shelf, nine: datetime) -> None:
    cast = make_cast("based", "base")
    order, at = reach(cast, "signed", nine)
    book = tables()
    book["reply"]["elements"] = [{"code": "result", "title": "结果", "min_length": 2000}]
    book["basis"]["allowed"] = [{"code": "order", "title": "区长批示"}]
    for row in book["clock"]:
        row["allow"] = "1 minutes" if row.get("kind") == "dispatch" else row["allow"]
    adopt(cast, books.put(book))
    cast.do("clerk@town", "share.replied", order.pk, later(at, minutes=1), **PAYLOADS["share.replied"](cast, order))
    old, new = cast.register(nine), cast.register(timezone.now())
    assert [row.due_at - row.registered_at for row in (old, new)] == [timedelta(minutes=5), timedelta(minutes=1)]
    assert cast.dispatch(old, later(nine, minutes=1), "heat", basis="duty_list")
    with pytest.raises(Refused):
        cast.dispatch(new, later(timezone.now(), minutes=1), "heat", basis="duty_list")


def test_retention_is_that_of_now(books: Shelf) -> None:
    cast = make_cast("based", "base")
    order = cast.register(shanghai("2020-03-02 09:00"))
    cast.do("agent", "order.answered", order.pk, shanghai("2020-03-02 09:05"), told="已在电话中答复。")
    assert erasure.erase_expired(timezone.now()) == 0
    adopt(cast, books.put({**tables(), "retention": {"orders": "5 years"}}))
    assert erasure.erase_expired(timezone.now()) == 1
