"""The site as `lianxin up` runs it, and browsers that send forms to it as fast as it answers."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lianxin.directory.models import Staff
from lianxin.ops.commands import up
from lianxin.ops.processes import stop_all

HOST = "127.0.0.1"
CLIENTS = 8
Form = tuple[str, dict[str, Any]]


@contextlib.contextmanager
def site() -> Iterator[int]:
    """The web processes of `lianxin up`, with the page that only reads; yields their port."""
    port = up.any_free_port(HOST)
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    with up.listen(HOST, port) as listening:
        web = [child for child in up.plan(HOST, listening, os.cpu_count() or 1) if "lianxin.ops.web" in child.command]
        for child in web:
            child.start()
        try:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    connection = HTTPConnection(HOST, port, timeout=60)
                    connection.request("GET", "/login/")
                    connection.getresponse()
                    break
                time.sleep(0.1)
            yield port
        finally:
            stop_all(web)


class Visitor:
    """A person signed in, with what his browser would send along."""

    def __init__(self, staff: int) -> None:
        from django.test import Client

        client = Client()
        client.force_login(Staff.objects.get(pk=staff))
        self.token = secrets.token_hex(16)
        session = client.cookies["sessionid"].value
        self.headers = {
            "Cookie": f"sessionid={session}; csrftoken={self.token}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": "localhost",
        }

    def body(self, fields: dict[str, Any]) -> str:
        """The form as a browser encodes it, with its token and its submission number."""
        hidden = {"csrfmiddlewaretoken": self.token, "key": secrets.token_hex(16)}
        return urlencode({**hidden, **fields}, doseq=True)


def sent(port: int, visitor: Visitor, forms: Sequence[Form], clients: int = CLIENTS) -> tuple[float, float]:
    """(answers a second, share of one core that sending them took).  Raises RuntimeError unless each one redirects."""
    waiting = iter([(path, visitor.body(fields)) for path, fields in forms])
    lock, wrong = threading.Lock(), list[str]()

    def browse() -> None:
        connection = HTTPConnection(HOST, port, timeout=60)
        while True:
            with lock:
                page = next(waiting, None)
            if page is None or wrong:
                connection.close()
                return
            connection.request("POST", page[0], page[1], visitor.headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 302:
                wrong.append(f"{page[0]}: {answer.status} {text.decode()[:3000]}")

    threads = [threading.Thread(target=browse) for _ in range(clients)]
    start, busy = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    if wrong:
        raise RuntimeError(wrong[0])
    return len(forms) / seconds, (time.process_time() - busy) / seconds
