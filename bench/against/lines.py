"""The lines: each measures one thing of a tree and hands back its quantities by name."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from .browser import Browser, Fields, choices_of, filled, form_of, plain
from .data import AGENT, ANALYST, CENTRE, CLERK, DISPATCHER, PASSWORD, TEXT, intake_file, preview_file
from .trees import Site, Tree

FIRST_LOOKS = 2
VIEWS = 20
REQUESTS, BATCH = 2_000, 5_000
FORMS = 150
Found = Mapping[str, float]


class Cannot(Exception):
    """What this tree cannot do; the message says what stood in the way."""


@dataclass(frozen=True)
class Line:
    """`rounds` where one is enough or all that can be."""

    measure: Callable[..., Found]
    needs_site: bool = True
    rounds: int | None = None


def figures_page(site: Site, turn: int) -> Found:
    """指标 of the last whole week, all units."""
    week = last_week()
    return _views(site, ANALYST, f"/figures/?week={week}", 6)


def last_week() -> str:
    """The last whole ISO week, as addresses name it."""
    found = (datetime.now(UTC) - timedelta(days=7)).isocalendar()
    return f"{found.year}-W{found.week:02d}"


def home(site: Site, turn: int) -> Found:
    """The dispatcher's home, with all that waits."""
    return _views(site, DISPATCHER, "/", VIEWS)


def order_page(site: Site, turn: int) -> Found:
    """One order, as the dispatcher sees it."""
    return _views(site, DISPATCHER, _orders_of(site, DISPATCHER)[0], VIEWS)


def _views(site: Site, name: str, path: str, times: int) -> Found:
    browser = _signed_in(site, name)
    for _ in range(FIRST_LOOKS * 2):  # each web process has then drawn it once
        answer = browser.ask(path)
        if answer.status != 200:
            raise Cannot(f"{path}: {answer.status} {plain(answer.text)[:200]}")
    browsers = [_signed_in(site, name) for _ in range(2)]
    start = site.processor_time()
    for browser in browsers:
        for _ in range(times // 2):
            size = browser.ask(path).size
    spent = site.processor_time() - start
    return {"ms of processor a view": spent / (times // 2 * 2) * 1000, "bytes on the wire": size}


def registration(site: Site, turn: int) -> Found:
    """Requests taken in at the desk, as an agent types them."""
    browser = _signed_in(site, AGENT)
    text = browser.ask("/register/").text
    form = form_of(text, "/register/")
    typed: dict[str, str | list[str]] = {
        "caller_name": "刘素芬",
        "caller_phone": "13900002086",
        "cls": "help",
        "title": "柳岸花园 3 号楼供暖温度不达标",
        "text": TEXT,
        "requests": ["上门检测室温", "检修管道并答复何时恢复"],
        "told": "已告知诉求人：诉求将转承办单位办理，办理结果会及时答复。",
        "urgency": "normal",
        "channel": "phone",
    }
    chosen = {name: value for name in ("source", "category") for value in choices_of(text, name)[:1]}
    # A tree that has no such field is not sent one.
    given = {name: value for name, value in {**typed, **chosen}.items() if f'name="{name}"' in text}
    return _sent(site, browser, [("/register/", filled(form, given)) for _ in range(FORMS)])


def state_change(site: Site, turn: int) -> Found:
    """A unit's clerk signs for what was dispatched to it."""
    browser = _signed_in(site, CLERK)
    forms: list[tuple[str, Fields]] = []
    if "orders to sign" not in site.kept:
        site.kept["orders to sign"] = _orders_of(site, CLERK, most=2000)
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
            return _sent(site, browser, forms)
    raise Cannot(f"only {len(forms)} orders wait for a signature")


def _sent(site: Site, browser: Browser, forms: list[tuple[str, Fields]]) -> Found:
    start = site.processor_time()
    for path, form in forms:
        # What the answer before has to say was read on the page to which it led.
        browser.cookies.pop("messages", None)
        answer = browser.ask(path, form)
        if answer.status not in (302, 303) and "HX-Redirect" not in answer.text:
            raise Cannot(f"{path}: {answer.status} {plain(answer.text)[-300:]}")
    return {"ms of processor a request": (site.processor_time() - start) / len(forms) * 1000}


def _orders_of(site: Site, name: str, most: int = 1) -> list[str]:
    """Addresses of orders in this person's queue, page after page."""
    browser, found, seen = _signed_in(site, name), [], set[str]()
    paths = ["/"]
    while paths and len(found) < most:
        seen.add(path := paths.pop(0))
        text = browser.ask(path).text
        found += [order for order in dict.fromkeys(re.findall(r"/orders/\d[\w-]*/", text)) if order not in found]
        following = re.findall(r'(?:href|hx-get)="(/?\?[^"]*page=\d+[^"]*)"', text)
        new = ("/" + link.lstrip("/").replace("&amp;", "&") for link in following)
        paths += [link for link in dict.fromkeys(new) if link not in seen and link not in paths]
    if not found:
        raise Cannot(f"no order stands in the queue of {name}")
    return found


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
    browsers = [_signed_in(site, ANALYST) for _ in range(4)]

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
    looks = [(DISPATCHER, "/"), (DISPATCHER, _orders_of(site, DISPATCHER)[0]), (AGENT, "/register/")]
    browsers = [(_signed_in(site, name), path) for name, path in looks]
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
    pages = [(AGENT, "/register/"), (ANALYST, bulletin), (CLERK, "/"), (CLERK, _orders_of(site, CLERK)[0])]
    for name, path in pages:
        answer = _signed_in(site, name).ask(path)
        shown = path if "/orders/" not in path else "/orders/…/"
        if answer.status == 200:
            found[f"{name} {shown} bytes"] = float(answer.size)
    page = _signed_in(site, DISPATCHER).ask("/").text
    front = sum(
        _signed_in(site, DISPATCHER).ask(address).size
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


def _signed_in(site: Site, name: str) -> Browser:
    """A browser of its own connection, signed in once a person."""
    browser = Browser(site.port)
    key = f"cookies of {name}"
    if key not in site.kept:
        browser.sign_in(name, PASSWORD)
        site.kept[key] = browser.cookies
    browser.cookies = dict(site.kept[key])  # type: ignore[call-overload]
    return browser


LINES: dict[str, Line] = {
    "disk": Line(disk, needs_site=False, rounds=1),
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
}
