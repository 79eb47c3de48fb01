"""A browser as far as the lines need one: it signs in, reads pages packed, and fills in forms as they stand there."""

from __future__ import annotations

import gzip
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import lxml.html

from .trees import HOST

Fields = list[tuple[str, str]]


@dataclass
class Answer:
    """What came back: `size` is the body's bytes on the wire."""

    status: int
    place: str
    size: int
    text: str


class Browser:
    """One person's browser, on a connection that stays open."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection(HOST, port, timeout=120)
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: Fields | None = None) -> Answer:
        """GET, or POST of a form; redirects are not followed."""
        headers = {
            "Accept-Encoding": "gzip",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Host": "localhost",
        }
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request("POST" if body is not None else "GET", path, body, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        packed = answer.headers.get("Content-Encoding") == "gzip"
        text = (gzip.decompress(data) if packed else data).decode("utf-8", "replace")
        return Answer(answer.status, answer.headers.get("Location", ""), len(data), text)

    def sign_in(self, name: str, password: str) -> None:
        """By the password that came with the sheets, or the person's own where the tree has asked for one before.

        A tree that wants a password of one's own first gets it.  Raises RuntimeError where the door stays shut.
        """
        own = f"{password}-own"
        for said in (password, own):
            form = form_of(self.ask("/login/").text, "/login/")
            answer = self.ask("/login/", filled(form, {"username": name, "password": said}))
            if answer.status == 302:
                break
        else:
            raise RuntimeError(f"{name} cannot sign in: {answer.status} {plain(answer.text)[:300]}")
        first = self.ask("/")
        if first.status == 302 and first.place != "/login/":
            form = form_of(self.ask(first.place).text, first.place)
            new = {"old_password": said, "new_password1": own, "new_password2": own}
            if self.ask(first.place, filled(form, new)).status != 302:
                raise RuntimeError(f"{name} cannot set a password")


def form_of(text: str, action: str) -> Fields:
    """The fields of the form that is sent to `action`, each as a browser would send it untouched.

    Raises LookupError where there is none.
    """
    page = lxml.html.fromstring(text)
    for form in page.forms:
        target = form.get("action") or form.get("hx-post") or action
        if form.method == "POST" and urlsplit(target).path == action:
            # lxml says "on" for a choice whose value is empty.
            empty = {field.get("name") for field in form.xpath(".//input[@checked and @value='']")}
            return [(name, "" if name in empty and value == "on" else value) for name, value in form.form_values()]
    raise LookupError(f"no form for {action}")


def choices_of(text: str, name: str) -> list[str]:
    """What a field offers: the options of a select, of its datalist, or of radio buttons, without the empty one."""
    page = lxml.html.fromstring(text)
    for field in page.xpath("//*[@name=$name]", name=name):
        source = page.get_element_by_id(field.get("list")) if field.get("list") else field
        found = [option.get("value") or option.text_content().strip() for option in source.iter("option")]
        if field.get("type") == "radio":
            found = [other.get("value") for other in page.xpath("//*[@name=$name]", name=name)]
        if any(found):
            return [value for value in found if value]
    return []


def filled(form: Fields, values: Mapping[str, str | list[str]]) -> Fields:
    """The form with `values` in the place of what stood there, and a submission number of its own."""
    fresh = {"key": uuid.uuid4().hex} if any(name == "key" for name, _ in form) else {}
    given = {**fresh, **values}
    rest = [(name, value) for name, value in form if name not in given]
    return rest + [
        (name, value) for name, said in given.items() for value in (said if isinstance(said, list) else [said])
    ]


def plain(text: str) -> str:
    """A page's words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)).strip()
