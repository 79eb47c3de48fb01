"""Requests that no page of ours sends, by every role to every address: `python -m bench.fuzz --requests 100000`.

Pages, acts, imports, administration, packs and maps get words where numbers belong, days that do not exist, signs that
no database holds, forms with fields too many or too few.  No answer may be a 500, no pack or map may raise anything
but its own error.  Each request is made from the seed and its own number alone, so `--start` goes on where a run was
stopped and a single number can be tried again.  Two small centres on a throwaway database; bounded by `--minutes`.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from lianxin.ops.postgres import Cluster

NONSENSE = [
    *(
        [
            "0",
            "-1",
            "abc",
            "１２",
            "'\"><",
            "2026-W53",
            "0000-W00",
            "9999-W99",
            "2026-13-45",
            "0001-01-01",
            "9999-12-31T23:59",
            "../../etc/passwd",
        ]
    ),
    *(["%00", "NaN", "Infinity", "1e999", "null", "[]", "{}", "true", "是", "24:00", "13900002086", "１３９", "1.5"]),
    *("", "9" * 30, "1\x00", "🙂" * 50, "a" * 10_000, "\u202e", "\x0b", "2026-11-28 24:00", "\ufeff", "\u3000", "\r\n"),
]
SENSE = [
    "1",
    "2",
    "3",
    "2026-W47",
    "2026-11-18",
    "2026-11-18T09:30",
    "help",
    "normal",
    "heat",
    "on",
    "已检修。",
    "base",
]
ASKED = [
    "page",
    "q",
    "week",
    "queue",
    "tab",
    "unit",
    "measure",
    "figure",
    "key",
    "next",
    "post",
    "sort",
    "o",
    "p",
    "_to_field",
    "_popup",
    "id__exact",
    "centre__id__exact",
    "app_label",
    "model_name",
    "field_name",
    "term",
    "since",
    "until",
]
VALUES = ['""', "0", "-1", "[]", "{}", "true", "1979-05-27", '"\\u0000"', '"9 天"']


class World:
    """What is asked for, and by whom."""

    def __init__(self) -> None:
        from django.contrib import admin
        from django.test import Client
        from tests.cast import make_cast, shanghai

        from lianxin.ledger import verbs
        from lianxin.rules import lifecycle

        self.cast, self.other = make_cast(), make_cast("linyi")
        at = shanghai("2026-11-18 09:00")
        self.orders = [self.cast.register(at) for _ in range(12)] + [self.other.register(at) for _ in range(2)]
        for order in self.orders[:8]:
            self.cast.dispatch(order, at, "heat", "town")
        for order in self.orders[:4]:
            self.cast.do("clerk@heat", "share.signed", order.pk, at)
        self.clients: dict[str, Client] = {"nobody": Client(raise_request_exception=False)}
        for name, person in self.cast.staff.items():
            if name == "admin":
                person.is_staff = True
                person.save()
            self.clients[name] = Client(raise_request_exception=False)
            self.clients[name].force_login(person)
        self.verbs = {row.action: verbs.find(row.action).payload for row in lifecycle.TABLE}
        self.patterns = list(_patterns())
        self.tables = [f"/admin/{m._meta.app_label}/{m._meta.model_name}/" for m in admin.site._registry]
        self.fields = {
            f"/admin/{m._meta.app_label}/{m._meta.model_name}/": [f.name for f in m._meta.fields]
            for m in admin.site._registry
        }


def _patterns() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every route with its converters, from the resolver itself."""
    from django.urls import URLResolver, get_resolver

    def walk(parts: list[Any], before: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for part in parts:
            route = before + str(part.pattern)
            if isinstance(part, URLResolver):
                yield from walk(part.url_patterns, route)
            else:
                yield route, part.pattern.converters

    yield from walk(get_resolver().url_patterns, "/")


def word(chance: random.Random) -> str:
    return chance.choice(NONSENSE if chance.random() < 0.7 else SENSE)


def address(world: World, chance: random.Random) -> str:
    """A route with good and bad values in its places."""
    from urllib.parse import quote

    # The administration has most of the addresses, the desk most of the work.
    desk = [route for route, _ in world.patterns if not route.startswith("/admin/")]
    route = chance.choice(desk) if chance.random() < 0.7 else chance.choice(world.patterns)[0]
    good = {
        "number": chance.choice(world.orders).number,
        "action": chance.choice(sorted(world.verbs)),
        "week": chance.choice(["2026-W47", "2026-W53", "2025-W53", "2026-W00"]),
        "file": "1",
    }
    route = route.replace("^", "").replace("$", "")
    while "<" in route:
        before, _, rest = route.partition("<")
        name, _, after = rest.partition(">")
        name = name.rpartition(":")[2]
        value = good.get(name, "1") if chance.random() < 0.7 else quote(word(chance)[:200], safe="")
        route = before + (value or "x") + after
    return route


def page(world: World, chance: random.Random) -> int:
    who = chance.choice(sorted(world.clients))
    query = {chance.choice(ASKED): word(chance)[:500] for _ in range(chance.randrange(4))}
    headers = {"HX-Request": "true"} if chance.random() < 0.3 else {}
    path = address(world, chance)
    if path.endswith((".pdf", ".docx")) and chance.random() < 0.95:
        path = "/"  # a second each
    return int(world.clients[who].get(path, query, headers=headers).status_code)


def act(world: World, chance: random.Random) -> int:
    from django.core.files.uploadedfile import SimpleUploadedFile

    action = chance.choice(sorted(world.verbs))
    order = chance.choice(world.orders)
    names = [*world.verbs[action].model_fields, "key", "files", "caller_name", "caller_phone", "share", "seen"]
    typed: dict[str, Any] = {}
    for name in names:
        if chance.random() < 0.8:
            typed[name] = (
                [word(chance) for _ in range(chance.randrange(1, 4))] if chance.random() < 0.2 else word(chance)
            )
    if chance.random() < 0.1:
        typed["files"] = SimpleUploadedFile(word(chance)[:60] or "x.jpg", word(chance).encode())
    who = chance.choice(sorted(world.clients))
    path = "/register/" if action == "order.registered" else f"/orders/{order.number}/{action}/"
    return int(world.clients[who].post(path, typed).status_code)


def form(world: World, chance: random.Random) -> int:
    """POST to any address."""
    who = chance.choice(sorted(world.clients))
    path = address(world, chance)
    if "logout" in path:
        return 200
    typed = {chance.choice([*ASKED, "text", "username", "password", "name"]): word(chance) for _ in range(4)}
    return int(world.clients[who].post(path, typed).status_code)


def administration(world: World, chance: random.Random) -> int:
    client, table = world.clients["admin"], chance.choice(world.tables)
    kind = chance.randrange(4)
    if kind == 0:
        return int(client.get(table, {chance.choice(ASKED): word(chance) for _ in range(2)}).status_code)
    if kind == 1:
        typed = {"action": "delete_selected", "_selected_action": [word(chance)], "index": word(chance)}
        return int(client.post(table, typed).status_code)
    typed = {name: word(chance) for name in world.fields[table] if chance.random() < 0.8}
    typed |= {"start_0": word(chance), "start_1": word(chance), "end_0": word(chance), "end_1": word(chance)}
    typed["centre"] = str(world.cast.centre.pk) if chance.random() < 0.5 else word(chance)
    if kind == 2:
        return int(client.post(f"{table}add/", typed).status_code)
    # Nobody of the cast is renamed or locked out, or the rest of the run would ask as nobody.
    target = chance.choice(["9999999", word(chance)[:50] or "x"])
    from urllib.parse import quote

    return int(client.post(f"{table}{quote(target, safe='')}/change/", typed).status_code)


def imported(world: World, chance: random.Random) -> int:
    from django.core.files.uploadedfile import SimpleUploadedFile

    headings = ["工单编号", "受理时间", "办理时限", "诉求类型", "一级分类", "标题", "诉求内容", "来电人", "联系电话"]
    rows = [[word(chance)[:300] for _ in headings] for _ in range(chance.randrange(4))]
    if chance.random() < 0.5:
        data = "\r\n".join(chance.choice([",", "\t", ";"]).join(row) for row in [headings, *rows]).encode(
            chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), "replace"
        )
        name = chance.choice(["a.csv", "a.txt", "a.xlsx", "a.xls"])
    else:
        from openpyxl import Workbook

        book = Workbook()
        for row in [headings, *rows]:
            book.active.append(["".join(sign for sign in cell if sign.isprintable()) for cell in row])
        out = io.BytesIO()
        book.save(out)
        mutable = bytearray(out.getvalue())
        for _ in range(chance.randrange(3)):
            mutable[chance.randrange(len(mutable))] = chance.randrange(256)
        data, name = bytes(mutable), chance.choice(["a.xlsx", "a.xls", "a.csv"])
    client = world.clients[chance.choice(["dispatcher", "admin", "supervisor"])]
    mapped = chance.choice(["city", "board", word(chance)[:50]])
    path = chance.choice(["/imports/", "/imports/run/", "/imports/faults/"])
    return int(client.post(path, {"map": mapped, "file": SimpleUploadedFile(name, data)}).status_code)


def _mutated(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(lines))
        line = lines[place]
        what = chance.randrange(4)
        if what == 0:
            del lines[place]
        elif what == 1 and "=" in line:
            value = chance.choice(VALUES)
            lines[place] = f"{line.partition('=')[0]}= {value}"
        elif what == 2:
            lines.insert(place, chance.choice(lines))
        else:
            at = chance.randrange(len(line) + 1)
            lines[place] = line[:at] + chance.choice(["'", "(", "9", "天", "[", "\\", "x"]) + line[at + 1 :]
    return "\n".join(lines)


def pack(world: World, chance: random.Random) -> int:
    from lianxin.ops.places import BASE_DIR
    from lianxin.rules import policy

    name = chance.choice(["base", "junan-2021"])
    text = (BASE_DIR / "policies" / f"{name}.toml").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for other in (BASE_DIR / "policies").glob("*.toml"):
            shutil.copy(other, folder)
        path = Path(folder, f"{name}.toml")
        path.write_text(_mutated(text, chance), "utf-8")
        with contextlib.suppress(policy.PolicyError):
            policy.load(path)
    return 200


def mapping(world: World, chance: random.Random) -> int:
    from lianxin.exchange import maps
    from lianxin.ops.places import BASE_DIR

    source = chance.choice(sorted((BASE_DIR / "policies" / "maps").glob("*.toml")))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "map.toml")
        path.write_text(_mutated(source.read_text("utf-8"), chance), "utf-8")
        with contextlib.suppress(maps.MapError):
            maps.load(path)
    return 200


#: What is asked, and how often of a hundred.
KINDS: dict[Callable[[World, random.Random], int], int] = {
    page: 36, act: 30, form: 8, administration: 16, imported: 4, pack: 3, mapping: 3,
}  # fmt: skip


@contextlib.contextmanager
def ground() -> Iterator[World]:
    """A database of its own with the two centres."""
    folder = Path(tempfile.mkdtemp(prefix="lianxin-fuzz-"))
    try:
        with Cluster(folder / "pg", durable=False) as cluster:
            os.environ |= {
                "DATABASE_URL": cluster.url,
                "LIANXIN_VAR": str(folder),
                "LIANXIN_LOG": "CRITICAL",
                "LIANXIN_HOSTS": "testserver",
                "DJANGO_SETTINGS_MODULE": "lianxin.ops.settings",
            }
            import django

            django.setup()
            from django.conf import settings

            from lianxin.ops import database

            logging.disable(logging.CRITICAL)  # each refusal is a warning
            settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
            database.migrate()
            yield World()
            from django.db import connections

            connections.close_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@click.command()
@click.option("--requests", default=100_000, show_default=True, type=click.IntRange(1))
@click.option("--start", default=0, show_default=True, type=click.IntRange(0), help="The number of the first request.")
@click.option("--minutes", default=60.0, show_default=True, help="Then it ends, and says where to go on.")
@click.option("--seed", default=12345, show_default=True)
def main(requests: int, start: int, minutes: float, seed: int) -> None:
    done, statuses, faults = Counter[str](), Counter[int](), dict[str, str]()
    with ground() as world:
        from django.core.signals import got_request_exception

        raised: list[str] = []
        got_request_exception.connect(lambda **_: raised.append(traceback.format_exc()), weak=False)
        end, number = time.monotonic() + minutes * 60, start
        while number < start + requests and time.monotonic() < end:
            chance = random.Random(f"{seed}:{number}")
            kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
            raised.clear()
            try:
                status = kind(world, chance)
            except Exception:
                status, raised = 500, [traceback.format_exc()]
            done[kind.__name__] += 1
            statuses[status] += 1
            if status >= 500:
                said = raised[-1] if raised else f"status {status} without an exception"
                place = [line for line in said.splitlines() if "/lianxin/" in line][-1:] or [""]
                faults.setdefault(f"{said.splitlines()[-1][:200]} {place[0].strip()}", f"--start {number}\n{said}")
            number += 1
            if number % 5000 == 0:
                click.echo(f"{number}: {len(faults)} faults", err=True)
    click.echo(
        f"{number - start} requests from {start} (seed {seed}): {dict(done)}; answers {dict(sorted(statuses.items()))}"
    )
    for fault in faults.values():
        click.echo(f"\n{fault}")
    click.echo(f"{len(faults)} different faults")
    if number < start + requests:
        click.echo(f"time was over; go on with --start {number} --requests {start + requests - number}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
