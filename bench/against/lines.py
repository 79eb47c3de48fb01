"""The lines: each measures one thing of a tree and hands back its quantities by name."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from . import kept, life
from .browser import Fields, filled, form_of, plain
from .data import AGENT, ANALYST, CENTRE, CLERK, DISPATCHER, intake_file, preview_file
from .dispatching import dispatch
from .trees import Site, Tree
from .visits import Cannot, Found, orders_of, sent, signed_in, views

VIEWS = 20
REQUESTS, BATCH = 2_000, 5_000
FORMS = 300


@dataclass(frozen=True)
class Line:
    """`rounds` where one is enough or all that can be."""

    measure: Callable[..., Found]
    needs_site: bool = True
    rounds: int | None = None


def figures_page(site: Site, turn: int) -> Found:
    """指标 of the last whole week, all units."""
    week = last_week()
    return views(site, ANALYST, f"/figures/?week={week}", 6)


def last_week() -> str:
    """The last whole ISO week, as addresses name it."""
    found = (datetime.now(UTC) - timedelta(days=7)).isocalendar()
    return f"{found.year}-W{found.week:02d}"


def home(site: Site, turn: int) -> Found:
    """The dispatcher's home, with all that waits."""
    return views(site, DISPATCHER, "/", VIEWS)


def order_page(site: Site, turn: int) -> Found:
    """One order, as the dispatcher sees it."""
    return views(site, DISPATCHER, orders_of(site, DISPATCHER)[0], VIEWS)


def registration(site: Site, turn: int) -> Found:
    """Requests taken in at the desk, as an agent types them."""
    browser = signed_in(site, AGENT)
    return sent(site, browser, [("/register/", form) for form in life.registrations(browser, FORMS)])


def state_change(site: Site, turn: int) -> Found:
    """A unit's clerk signs for what was dispatched to it."""
    browser = signed_in(site, CLERK)
    forms: list[tuple[str, Fields]] = []
    if "orders to sign" not in site.kept:
        site.kept["orders to sign"] = orders_of(site, CLERK, most=2000)
    waiting = site.kept["orders to sign"]
    assert isinstance(waiting, list)
    while waiting:
        path = waiting.pop()
        found = re.search(rf"{path}[a-z_]+\.signed/", text := browser.ask(path).text)
        if found is None:
            continue
        action = found.group()
        try:
            form = form_of(text, action)
        except LookupError:
            form = form_of(browser.ask(action).text, action)
        forms.append((action, filled(form, {})))
        if len(forms) == FORMS // 2:
            return sent(site, browser, forms)
    raise Cannot(f"only {len(forms)} orders wait for a signature")


def import_preview(site: Site, turn: int) -> Found:
    """`lianxin import --preview` of a large sheet: memory of the command and its children, and how long it took."""
    path, mapping = preview_file(site)
    command = site.tree.command("import", str(path), "--map", str(mapping), "--centre", CENTRE, "--preview")
    start = time.monotonic()
    with Path(os.devnull).open("w") as nowhere:
        process = subprocess.Popen(
            command, cwd=site.tree.root, env=site.tree.environment, stdout=nowhere, stderr=nowhere
        )
        most = 0
        while process.poll() is None:
            most = max(most, memory(psutil.Process(process.pid)))
            time.sleep(0.1)
    if process.returncode not in (0, 1):
        raise Cannot(f"the preview ended with {process.returncode}")
    return {"MB at most": most / 1e6, "seconds": time.monotonic() - start}


COUNT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "lianxin.ops.settings"
import django
django.setup()
from lianxin.orders.models import Order
print(Order.objects.count())
"""


def verify(site: Site, turn: int) -> Found:
    """`lianxin verify` of all that is there: orders a second of processor time, the command's and the database's."""
    if (site.tree.var / "bench" / kept.DONE).exists():
        raise Cannot("its history was made up by open-queue")
    orders = int(site.tree.python(COUNT))
    before, database, start = os.times(), site.processor_time(), time.monotonic()
    try:
        site.tree.run("verify")
    except RuntimeError as error:
        raise Cannot(str(error)[-300:]) from error
    after, wall = os.times(), time.monotonic() - start
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    spent += site.processor_time() - database
    return {"orders a second of processor": orders / spent, "orders a second of wall time": orders / wall}


def pdf_growth(site: Site, turn: int) -> Found:
    """What 45 more PDFs leave behind in the web processes that made 5 each."""
    week = last_week()
    path = f"/bulletins/{week}.pdf"
    browsers = [signed_in(site, ANALYST) for _ in range(4)]

    def make(times: int) -> float:
        for number in range(times):
            answer = browsers[number % len(browsers)].ask(path)
            if answer.status != 200:
                raise Cannot(f"{path}: {answer.status} {plain(answer.text)[:200]}")
        return sum(memory(process) for process in site.web()) / 1e6

    early = make(10)
    late = make(90)
    return {"MB after 5 a process": early, "MB after 50": late, "after 50 over after 5": late / early}


def resident(site: Site, turn: int) -> Found:
    """What a web process holds after 2,000 requests: a dispatcher's home, an order's page, an agent's form."""
    looks = [(DISPATCHER, "/"), (DISPATCHER, orders_of(site, DISPATCHER)[0]), (AGENT, "/register/")]
    browsers = [(signed_in(site, name), path) for name, path in looks]
    for number in range(REQUESTS):
        browser, path = browsers[number % len(browsers)]
        if (answer := browser.ask(path)).status != 200:
            raise Cannot(f"{path}: {answer.status} {plain(answer.text)[:200]}")
    held = [memory(process) / 1e6 for process in site.web()]
    return {"MB of a web process after 2,000 requests": sum(held) / len(held)}


def batch_intake(site: Site, turn: int) -> Found:
    """`lianxin import` of a platform's daily sheet: orders a second, and the processor time of each."""
    files = site.tree.var / "bench"
    path, mapping = files / f"intake-{turn}.xlsx", files / "waiting.toml"
    intake_file(path, turn, BATCH)
    before, database, start = os.times(), site.processor_time(), time.monotonic()
    site.tree.run("import", str(path), "--map", str(mapping), "--centre", CENTRE)
    after, wall = os.times(), time.monotonic() - start
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    spent += site.processor_time() - database
    return {"orders a second": BATCH / wall, "ms of processor an order": spent / BATCH * 1000}


def wire(site: Site, turn: int) -> Found:
    """Bytes of further pages as a browser gets them."""
    found = {}
    week = last_week()
    bulletin = f"/bulletins/{week}/"
    pages = [(AGENT, "/register/"), (ANALYST, bulletin), (CLERK, "/"), (CLERK, orders_of(site, CLERK)[0])]
    for name, path in pages:
        answer = signed_in(site, name).ask(path)
        shown = path if "/orders/" not in path else "/orders/…/"
        if answer.status == 200:
            found[f"{name} {shown} bytes"] = float(answer.size)
    page = signed_in(site, DISPATCHER).ask("/").text
    front = sum(
        signed_in(site, DISPATCHER).ask(address).size
        for address in dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    )
    return found | {"styles and scripts of the home page, bytes": float(front)}


def disk(tree: Tree | Site, turn: int) -> Found:
    """Environment and front end as `script/server` leaves them."""
    root = (tree.tree if isinstance(tree, Site) else tree).root
    sizes = {name: _size(root / name) / 1e6 for name in (".venv", "node_modules")}
    return {f"MB of {name}": size for name, size in sizes.items()} | {"MB": sum(sizes.values())}


def _size(folder: Path) -> int:
    """As `du` counts: blocks, each file once however many names it has."""
    seen, total = set[tuple[int, int]](), 0
    for path in (folder, *folder.rglob("*")):
        found = path.lstat()
        if (found.st_dev, found.st_ino) not in seen:
            seen.add((found.st_dev, found.st_ino))
            total += found.st_blocks * 512
    return total


def memory(process: psutil.Process) -> int:
    """What a process and its children hold for themselves (a page that several share is counted by its share)."""
    total = 0
    for each in (process, *_children(process)):
        try:
            total += each.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


LINES: dict[str, Line] = {
    "disk": Line(disk, needs_site=False, rounds=1),
    "dispatch": Line(dispatch, needs_site=False),
    "figures-page": Line(figures_page),
    "home": Line(home),
    "order-page": Line(order_page),
    "registration": Line(registration),
    "state-change": Line(state_change),
    "batch-intake": Line(batch_intake),
    "resident": Line(resident, rounds=1),
    "wire": Line(wire, rounds=1),
    "import-preview": Line(import_preview, rounds=1),
    "pdf-growth": Line(pdf_growth, rounds=1),
    "verify": Line(verify, rounds=1),
    "life": Line(life.life),
    # Last: after it the history is no longer what the ledger wrote.
    "open-queue": Line(kept.open_queue),
}
