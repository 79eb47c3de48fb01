"""The pages that people open: what they cost with 100,000 orders kept over what they cost with 1,000; and what a unit's
morning costs over its plain queue, in the same run on the same database.

The 1,000 are the ledger's, dispatched this week; one unit has a full queue of them, with replies that were sent back
and replies that wait.  The other 99,000 are history: closed orders of two years, one in ten with an unmasking.  Of each
list the filter that hits least is asked too.  Pages are asked in this process, through everything a request passes.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client

from lianxin.directory.models import AdoptedPack, PolicyVersion, Staff
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record_many
from lianxin.orders.models import Order, Share
from lianxin.rules import periods, policy

from . import acts
from .ground import Ground, now, query
from .history import BASE, History
from .measured import Measured

FEW, MANY = 1_000, 100_000
#: Of the few so many stand at the unit that is looked at, of which so many are answered, and sent back again.
QUEUE, REPLIED, BACK = 60, 25, 6
VIEWS = 60
YEARS = timedelta(days=730)
#: The history ends before the weeks that the pages count.
BEFORE = timedelta(days=30)
PACK = """[pack]
id = "bench-pages"
title = "测速"
version = "1"
effective = 2020-01-01
extends = "base"
"""
REPLY = {
    "measures": "已派维修人员到场检修换热站阀门。",
    "progress": "检修完毕",
    "result": "室温恢复到 19℃，诉求人认可。",
    "answers": ["已检修，室温 19℃。", "管道已疏通，今日恢复。"],
    "solve_code": "solved",
}
#: (who, what it is called, its address).  `{week}`, `{order}`: filled in.
PAGES = (
    ("clerk", "morning of a unit", "/"),
    ("clerk", "queue of a unit", "/?queue=all"),
    ("clerk", "its queue that hits least", "/?queue=rounds"),
    ("clerk", "what waits on others", "/today/others/"),
    ("clerk", "orders behind its place", "/today/place/?of=closing_rate"),
    ("clerk", "an order", "/orders/{order}/"),
    ("dispatcher", "home of a dispatcher", "/"),
    ("dispatcher", "queue of all that is open", "/?queue=open"),
    ("dispatcher", "its queue that hits least", "/?queue=again"),
    ("dispatcher", "search that hits one", "/search/"),
    ("supervisor", "figures of the week", "/figures/?week={week}"),
    ("supervisor", "stock and inflow", "/figures/flow/"),
    ("supervisor", "proceedings, words that hit nothing", "/proceedings/?view=all&q=没有这样的"),
    ("supervisor", "staffing, one unit", "/staffing/?q=单位300"),
    ("admin", "who looked", "/looks/"),
    ("admin", "who looked, the kind that hits least", "/looks/?kind=sight"),
)


def run(ground: Ground) -> list[Measured]:
    """p95 of each page at 100,000 over that at 1,000, and the morning over the plain queue at both."""
    _adopt(ground)
    unit = ground.units()[0]
    history = Looked.begin(ground)
    _this_week(ground, unit)
    query("VACUUM ANALYZE")
    people = {who: _visitor(ground, unit, who) for who in dict.fromkeys(who for who, *_ in PAGES)}
    _searched(people["dispatcher"])
    few, ratios = _all(people), [_ratio(people["clerk"])]
    end = now() - BEFORE
    history.add(MANY - FEW, end - YEARS, end)
    query("VACUUM ANALYZE")
    many = _all(people)
    ratios.append(_ratio(people["clerk"]))
    orders = Order.objects.count()
    return [*_morning(ratios), *_grown(few, many, orders)]


def _morning(ratios: list[tuple[float, float]]) -> Iterator[Measured]:
    for orders, (morning, queue) in zip((FEW, MANY), ratios, strict=True):
        more = {"morning ms": morning * 1000, "queue ms": queue * 1000}
        yield Measured(f"a unit's morning, {orders:,} orders", morning / queue, 1.2, "of its plain queue", more=more)


def _grown(few: dict[str, Timed], many: dict[str, Timed], orders: int) -> Iterator[Measured]:
    for name, then in many.items():
        before = few[name]
        more: dict[str, Any] = {"p95 ms": then.p95 * 1000, "at 1,000": before.p95 * 1000}
        more |= {"median ms": then.middle * 1000, "median at 1,000": before.middle * 1000, "orders": orders}
        yield Measured(f"{name}, p95 at {MANY:,} orders", then.p95 / before.p95, 1.5, "of that at 1,000", more=more)


@dataclass
class Timed:
    """The seconds of each view."""

    seconds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1]

    @property
    def middle(self) -> float:
        return statistics.median(self.seconds)


def _all(people: dict[str, Client]) -> dict[str, Timed]:
    """Every page, each in turn: what disturbs one disturbs all."""
    week = periods.of("week", now() - timedelta(days=7)).code
    order = Order.objects.filter(shares__unit=_unit_of(people["clerk"])).latest("pk").number
    found = {f"{who}: {name}": Timed() for who, name, _ in PAGES}
    for view in range(VIEWS + 2):
        for who, name, path in PAGES:
            seconds = _ask(people[who], path.format(week=week, order=order))
            if view > 1:  # statements are built and figures counted by then, as in a site that runs
                found[f"{who}: {name}"].seconds.append(seconds)
    return found


def _ratio(clerk: Client) -> tuple[float, float]:
    """Medians of the morning and of the plain queue, asked in turn."""
    seen: list[tuple[float, float]] = [(_ask(clerk, "/"), _ask(clerk, "/?queue=all")) for _ in range(4 * VIEWS)]
    morning, queue = zip(*seen[4:], strict=True)
    return statistics.median(morning), statistics.median(queue)


def _ask(client: Client, path: str) -> float:
    start = time.perf_counter()
    answer = client.get(path)
    took = time.perf_counter() - start
    assert answer.status_code == 200, (path, answer.status_code)
    return took


def _visitor(ground: Ground, unit: int, who: str) -> Client:
    client = Client(HTTP_HOST="localhost")
    actor = ground.actor(who, unit if who == "clerk" else None)
    client.force_login(Staff.objects.get(pk=actor.staff))
    return client


def _unit_of(client: Client) -> int:
    return int(Staff.objects.get(pk=client.session["_auth_user_id"]).unit_id or 0)


def _searched(client: Client) -> None:
    """Somebody looks for a caller who rang once."""
    assert client.post("/search/", {"q": acts.request(1)["caller"]["phone"]}).status_code == 302


def _adopt(ground: Ground) -> None:
    version = PolicyVersion.objects.get(centre=ground.centre)
    AdoptedPack.keep(version.centre, policy.from_draft(PACK))
    version.pack_id, version.version = "bench-pages", "1"
    version.save()


def _this_week(ground: Ground, unit: int) -> None:
    """The few: a full queue at one unit, with what was answered and sent back; the others with all the others."""
    record_many(acts.lives(ground, QUEUE, at=now(), keyed=False, units=[unit]))
    clerk, deputy = ground.actor("clerk", unit), ground.actor("hotline_deputy", unit)
    auditor = ground.actor("auditor")
    shares = list(Share.objects.filter(unit=unit, ended_at=None).order_by("pk").values_list("pk", "order"))
    taken: list[Act] = []
    for number, (share, order) in enumerate(shares[: QUEUE - 10]):
        taken.append(Act("share.signed", clerk, now(), {"share": share}, order=order))
        if number < REPLIED:
            taken.append(Act("share.replied", clerk, now(), {"share": share, **REPLY}, order=order))
            said = {"share": share, "approved": True}
            taken.append(Act("share.unit_audited", deputy, now(), said, order=order))
        if number < BACK:
            why = {"share": share, "defect": "incomplete", "reason": "第 2 项没有写明何时恢复。"}
            taken.append(Act("share.sent_back", auditor, now(), why, order=order))
    record_many(taken)
    others = [other for other in ground.units() if other != unit]
    record_many(acts.lives(ground, FEW - QUEUE, at=now(), keyed=False, units=others))


class Looked(History):
    """History of which one order in ten was looked at by its number's unmasking."""

    @classmethod
    def begin(cls, ground: Ground) -> Looked:
        """With a template whose caller's number was seen."""
        found = super().begin(ground)
        seen = Act("caller.unmasked", ground.actor("agent"), now(), {"reason": "核实诉求人地址"}, order=found.template)
        record_many([seen])
        return cls(ground, found.template, found.made)

    def _statements(self) -> list[str]:
        moments = dict.fromkeys(("at", "recorded_at", "written_at"), "made.at + interval '2 hours'")
        return [*super()._statements(), self._looks(moments)]

    def _looks(self, moments: dict[str, str]) -> str:
        return self._copies(
            "ledger_entry",
            moments | {"key": "NULL"},
            f"(({BASE} + n) << 16)",
            "t.action = 'caller.unmasked' AND n % 10 = 0",
        )
