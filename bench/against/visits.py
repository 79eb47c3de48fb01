"""Visits to a site, as every line makes them: people who are signed in, pages looked at, forms sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from .browser import Answer, Browser, Fields, plain
from .data import PASSWORD
from .trees import Site

FIRST_LOOKS = 2
#: How many people send at once, as in the profile that set the aims.
CROWD = 8
Found = Mapping[str, float]


class Cannot(Exception):
    """What this tree cannot do; the message says what stood in the way."""


def signed_in(site: Site, name: str) -> Browser:
    """A browser of its own connection, signed in once a person."""
    browser = Browser(site.port)
    key = f"cookies of {name}"
    if key not in site.kept:
        browser.sign_in(name, PASSWORD)
        site.kept[key] = browser.cookies
    browser.cookies = dict(site.kept[key])  # type: ignore[call-overload]
    return browser


def views(site: Site, name: str, path: str, times: int) -> Found:
    """Processor time of a look at a page, and its bytes on the wire."""
    browser = signed_in(site, name)
    for _ in range(FIRST_LOOKS * 2):  # each web process has then drawn it once
        look(browser, path)
    browsers = [signed_in(site, name) for _ in range(2)]
    start = site.processor_time()
    for browser in browsers:
        for _ in range(times // 2):
            size = browser.ask(path).size
    spent = site.processor_time() - start
    return {"ms of processor a view": spent / (times // 2 * 2) * 1000, "bytes on the wire": size}


def look(browser: Browser, path: str) -> str:
    """A page that must be there."""
    answer = browser.ask(path)
    if answer.status != 200:
        raise Cannot(f"{path}: {answer.status} {plain(answer.text)[:200]}")
    return answer.text


def send(browser: Browser, path: str, form: Fields) -> Answer:
    """A form that must be taken."""
    # What the answer before has to say was read on the page to which it led.
    browser.cookies.pop("messages", None)
    answer = browser.ask(path, form)
    if answer.status not in (302, 303) and "HX-Redirect" not in answer.text:
        raise Cannot(f"{path}: {answer.status} {_complaints(answer.text)}")
    return answer


def _complaints(text: str) -> str:
    """What the page says against a form: above it and beside its fields; else its last words."""
    found = re.findall(r'<p class="lx-(?:err-msg|note lx-refusal)"(?: id="f-([^"]*)_error")?(.*?</p>)', text, re.DOTALL)
    return "; ".join(f"{name} {plain(f'<p{said}')}".strip() for name, said in found) or plain(text)[-300:]


def sent(site: Site, browser: Browser, forms: list[tuple[str, Fields]]) -> Found:
    """Processor time of each of the forms: one half one after the other, the other by eight people at once."""
    first = len(forms) // 10
    # So that each thread has its connection and has done it once.
    send_all(browser, forms[:first], CROWD)
    half = (first + len(forms)) // 2
    found = {}
    for name, some, at_once in [("a request", forms[first:half], 1), ("a request, eight at once", forms[half:], CROWD)]:
        start = site.processor_time()
        send_all(browser, some, at_once)
        found[f"ms of processor {name}"] = (site.processor_time() - start) / len(some) * 1000
    return found


def send_all(browser: Browser, forms: list[tuple[str, Fields]], at_once: int) -> None:
    """Forms that must be taken, by so many browsers of one person."""
    if at_once == 1:
        for form in forms:
            send(browser, *form)
        return
    with ThreadPoolExecutor(at_once) as people:
        for share in [people.submit(_send_share, browser, forms[n::at_once]) for n in range(at_once)]:
            share.result()


def _send_share(of: Browser, forms: list[tuple[str, Fields]]) -> None:
    browser = Browser(of.connection.port)
    browser.cookies = dict(of.cookies)
    send_all(browser, forms, 1)


def orders_of(site: Site, name: str, most: int = 1) -> list[str]:
    """Addresses of orders in this person's queue, page after page."""
    browser, found, seen = signed_in(site, name), [], set[str]()
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
