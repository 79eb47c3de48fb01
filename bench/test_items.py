"""Whether a clerk can tell test items (C56) from the orders of his unit: 200 of them, of which 20 are test items.

limit: an AUC of 0.55, 0.5 being a blind guess.  From everything that the unit's clerk fetches about an order (its page,
preview, slip and form, its row in the lists, searches, sheets, notices; words, sizes, numbers, ids, gaps, times, how
long an answer took) two classifiers are fitted on half and guess the other half, many times a unit (`guessing`).  Three
units, since twenty marked ones of one unit say little by themselves.  Control: the same pages with one blank more in
those of the test items must be found, at 0.9 or more.
"""

from __future__ import annotations

import heapq
import random
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

from django.test import Client
from tests.cast import Cast, make_cast
from tests.orders.stages import REPLY

from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.door import record
from lianxin.orders.models import Order

from .acts import TEXT
from .ground import Ground, now
from .guessing import guessed, matrix, ridge, single
from .measured import Measured

ORDERS, ITEMS, CENTRES = 200, 20, 1
UNITS = ("town", "bureau", "heat")
TOPICS = ("暖气不热", "楼道堆物", "路灯不亮", "下水堵塞", "噪声扰民", "占道经营", "井盖缺失", "垃圾未清运")
PLACES = ("柳岸花园", "书香苑", "龙山路", "清河里", "东风小区", "文博中心", "农贸市场", "祥泰汇")
NAMES = ("王", "李", "张", "刘", "陈", "杨", "赵", "孙", "周", "吴")
#: How many of those who ring have rung before: inspectors never have, and that a clerk can see.
AGAIN = 0.05
SHEETS = ("/proceedings/sheet.xlsx?view=all", "/rounds/sheet.xlsx", "/staffing/sheet.xlsx", "/catalogue/sheet.xlsx")
LISTS = ("/", "/proceedings/?view=all", "/me/", "/me/bell/", "/shown/", "/rounds/", "/figures/")
Life = Iterator[datetime]


def run(ground: Ground) -> list[Measured]:
    """The AUC over all units, and that of the control."""
    dice = random.Random(56)
    found: dict[str, list[float]] = {name: [] for name in ("ridge", "single", "planted ridge", "planted single")}
    for n in range(CENTRES):
        cast = make_cast(f"tried{n}", "jinan-cg")
        for unit, marks in _played(cast, dice).items():
            fetched = _fetched(cast, unit, sorted(marks))
            truth = [marks[pk] for pk in sorted(marks)]
            for planted in ("", "planted "):
                rows = matrix(
                    [_features(one, mark and bool(planted)) for one, mark in zip(fetched, truth, strict=True)]
                )
                found[f"{planted}ridge"].append(guessed(rows, truth, ridge(rows), dice))
                found[f"{planted}single"].append(guessed(rows, truth, single, dice))
    mean = {name: statistics.fmean(values) for name, values in found.items()}
    off = {name: 1.96 * statistics.stdev(values) / len(values) ** 0.5 for name, values in found.items()}
    more = {f"{name} {mean[name]:.3f} ±": off[name] for name in found} | {"units": CENTRES * len(UNITS)}
    told = max(mean["ridge"], mean["single"])
    control = max(mean["planted ridge"], mean["planted single"])
    return [
        Measured("test items guessed from what a clerk can fetch", told, 0.55, "AUC", more=more),
        Measured("the same with a blank planted in their pages", control, 0.9, "AUC", higher=True),
    ]


# --- the orders -------------------------------------------------------------------------------
def _played(cast: Cast, dice: random.Random) -> dict[str, dict[int, bool]]:
    """Each unit's orders, made in the order of their times; by their id whether they are test items."""
    lives: list[tuple[datetime, int, Life]] = []
    made: dict[str, list[tuple[list[int], bool]]] = {unit: [] for unit in UNITS}
    places, last = count(), now() - timedelta(days=1, hours=12)
    for unit in UNITS:
        callers: list[dict[str, str]] = []
        items = set(dice.sample(range(ORDERS), ITEMS))
        for n in range(ORDERS):
            at = last - timedelta(days=dice.uniform(0, 5))
            caller = _caller(dice)
            if n not in items:
                caller = dice.choice(callers) if callers and dice.random() < AGAIN else caller
                callers.append(caller)
            known: list[int] = []
            made[unit].append((known, n in items))
            both = [_order(cast, unit, dice, at, caller, known)]
            both += [_item(cast, unit, dice, at, caller["phone"], known)] if n in items else []
            for life in both:
                heapq.heappush(lives, (next(life), next(places), life))
    while lives:
        _, _, life = heapq.heappop(lives)
        if (then := next(life, None)) is not None:
            heapq.heappush(lives, (then, next(places), life))
    return {unit: {known[0]: item for known, item in rows} for unit, rows in made.items()}


def _caller(dice: random.Random) -> dict[str, str]:
    name = dice.choice(NAMES) + dice.choice("建秀国玉志海春")
    return {"name": name, "phone": f"1{dice.choice('35789')}{dice.randrange(10**9):09d}"}


def _order(cast: Cast, unit: str, dice: random.Random, at: datetime, caller: dict[str, str], known: list[int]) -> Life:
    """Taken in, sent out, signed, and how far it comes: what it is makes no difference, nobody here knows it."""
    place, topic = dice.choice(PLACES), dice.choice(TOPICS)
    said = {"channel": "phone", "source": "city", "cls": dice.choice(("help", "complaint")), "caller": caller}
    said |= {"title": f"{place} {dice.randint(1, 40)} 号楼{topic}", "text": f"{topic}。{TEXT[: dice.randint(20, 120)]}"}
    said |= {"requests": ["请上门查看"], "told": "已告知诉求人由承办单位办理。"}
    yield at
    known.append(_do(cast, "agent", "order.registered", None, at, **said))
    own = {"order": known[0], "cast": cast}
    yield (at := at + timedelta(minutes=dice.uniform(1, 20)))
    _tried(own, "dispatcher", "order.dispatched", at, shares=[{"unit": cast.units[unit].pk}], basis="law")
    yield (at := at + timedelta(minutes=dice.uniform(5, 120)))
    cast.sign_off(Order.objects.get(pk=known[0]), at, marked=False)
    _tried(own, f"clerk@{unit}", "share.signed", at)
    if dice.random() < 0.9:
        yield (at := at + timedelta(minutes=dice.uniform(5, 300)))
        _tried(own, f"clerk@{unit}", "share.contacted", at, text="已电话联系，约定上门。")
    if dice.random() < 0.6:
        yield (at := at + timedelta(hours=dice.uniform(1, 24)))
        _tried(own, f"clerk@{unit}", "share.replied", at, **REPLY)


def _item(cast: Cast, unit: str, dice: random.Random, at: datetime, phone: str, known: list[int]) -> Life:
    """Proposed and approved before, named after the order was taken in."""
    yield (then := at - timedelta(hours=dice.uniform(3, 30)))
    said = {"title": "督察模拟", "text": "以市民身份来电，看承办单位办理过程。", "phone": phone}
    about = {"tried": cast.units[unit].pk, "planned": at}
    root = _do(cast, "supervisor", "test_item.proposed", None, then, **said, **about)
    yield (then := then + timedelta(minutes=dice.uniform(10, 120)))
    _do(cast, "leader", "test_item.approved", root, then)
    yield (then := at + timedelta(hours=dice.uniform(0.5, 6)))
    number = Order.objects.get(pk=known[0]).number
    _do(cast, "supervisor", "test_item.named", root, then, numbers=[number], account="以市民身份来电，坐席登记。")


def _do(cast: Cast, who: str, verb: str, root: int | None, at: datetime, **said: Any) -> int:
    done = record(Act(verb, cast.actor(who), at, said, order=root)).order
    assert done is not None
    return done


def _tried(own: dict[str, Any], who: str, verb: str, at: datetime, **said: Any) -> None:
    """What the rule book lets pass."""
    with suppress(Refused):
        _do(own["cast"], who, verb, own["order"], at, **said)


# --- what the clerk fetches -------------------------------------------------------------------
@dataclass
class Fetched:
    """All that was fetched about an order."""

    number: str
    pages: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)


def _fetched(cast: Cast, unit: str, orders: list[int]) -> list[Fetched]:
    """What the unit's clerk gets, order by order and from the lists."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(cast.staff[f"clerk@{unit}"])
    numbers = dict(Order.objects.filter(pk__in=orders).values_list("pk", "number"))
    found = [Fetched(numbers[pk]) for pk in orders]
    lists = {path: client.get(path).content.decode("utf-8", "replace") for path in (*LISTS, *SHEETS, *_queues(client))}
    for one in found:
        its = f"/orders/{one.number}/"
        asked = {"page": its, "preview": f"{its}preview/", "slip": f"{its}slip/", "form": f"{its}share.contacted/"}
        asked["affairs"] = f"/proceedings/?view=all&q={one.number}"
        for name, path in asked.items():
            begun = time.perf_counter()
            one.pages[name] = client.get(path).content.decode()
            one.numbers[f"ms {name}"] = time.perf_counter() - begun
        for path, text in lists.items():
            one.numbers[f"named {path}"] = text.count(one.number)
            one.numbers[f"where {path}"] = text.find(one.number)
        if tail := re.search(r"\*{4} (\d{4})", one.pages["page"]):
            client.post("/search/", {"q": tail[1]})
            one.numbers["of its caller"] = client.get("/search/").content.decode().count("/preview/")
    return found


def _queues(client: Client) -> list[str]:
    """Every page of every queue."""
    codes = set(re.findall(r"\?queue=(\w+)", client.get("/").content.decode()))
    return [f"/?queue={code}&page={n}" for code in sorted(codes) for n in range(1, 7)]


def _features(one: Fetched, planted: bool) -> dict[str, float]:
    """Words and signs of each page, how many and how long; numbers, ids and times, and the gaps between them."""
    found = dict(one.numbers)
    for name, text in one.pages.items():
        if planted and name == "page":
            text = text.replace('<h2 class="lx-title">', '<h2 class="lx-title" >')
        text = re.sub(r'(?:value|token|data-live)="[^"]*"|[0-9a-f]{32}', "", text).replace(one.number, "N")
        words = re.findall(r"<[^>]*>|[^\s<>]+", text)  # a tag with each of its blanks is one
        found |= {f"{name} {word}": 1.0 for word in words}
        found |= {f"{name} length": len(text), f"{name} words": len(words), f"{name} blanks": text.count(" ")}
    page = one.pages["page"]
    times = sorted(60 * int(h) + int(m) for h, m in re.findall(r"\b(\d\d):(\d\d)\b", page))
    found |= {f"time {n}": at for n, at in enumerate(times[:12])} | {"times": len(times)}
    found |= {f"gap {n}": b - a for n, (a, b) in enumerate(pairwise(times[:12]))}
    day, _, serial = one.number.rpartition("-")
    return found | {"day": float(day[-2:]), "serial": float(serial)}
