"""Pages while 400 clients are slow: half send a form byte by byte, half read a large file a little at a time.

limit: twice the 95th percentile of the same pages while nobody else asks.  Everything goes to 127.0.0.1, and ends with
the measurement.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from lianxin.ledger.acts import Act
from lianxin.ledger.attachments import Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Attachment
from lianxin.orders.models import Order

from . import acts, web
from .ground import Ground, now
from .measured import Measured

SENDERS = READERS = 200
SECONDS = 20.0
PAGES_A_SECOND = 8
#: Each slow client moves so much, so often.
EVERY, SENT, READ = 0.5, 40, 16 * 1024
SIZE = 19 << 20


def run(ground: Ground) -> list[Measured]:
    """The pages' 95th percentile beside the slow ones, over that in quiet."""
    path = _file(ground)
    with web.site() as port:
        agent = web.Visitor(ground.actor("agent").staff or 0)
        _pages(port, agent, 5)
        quiet = _pages(port, agent, SECONDS)
        crowd = Crowd(port, agent, path)
        with crowd.there():
            busy = _pages(port, agent, SECONDS)
        again = _pages(port, agent, SECONDS / 2)
    calm = max(_p95(quiet), _p95(again))
    more = {
        "quiet p95 ms": _p95(quiet) * 1000,
        "quiet again p95 ms": _p95(again) * 1000,
        "beside them p95 ms": _p95(busy) * 1000,
        "median ms": statistics.median(busy) * 1000,
        "pages": float(len(busy)),
        "forms under way": float(crowd.sending),
        "files under way": float(crowd.reading),
        "MB read slowly": crowd.read / 1e6,
    }
    return [Measured("pages beside 400 slow clients", _p95(busy) / calm, 2.0, "of their quiet p95", more=more)]


def _file(ground: Ground) -> str:
    """The address of a large attachment."""
    upload = Upload("现场.jpg", b"\xff\xd8\xff\xe0" + bytes(SIZE - 4))
    done = record(Act("order.registered", ground.actor("agent"), now(), acts.request(1), files=(upload,)))
    file = Attachment.objects.get(order=done.order)
    return f"/orders/{Order.objects.get(pk=done.order).number}/files/{file.pk}/"


def _pages(port: int, visitor: web.Visitor, seconds: float) -> list[float]:
    """Seconds of each page, asked one after the other at a steady pace, each on a connection of its own."""
    took, end = [], time.monotonic() + seconds
    while (start := time.monotonic()) < end:
        with contextlib.closing(web.HTTPConnection(web.HOST, port, timeout=60)) as connection:
            connection.request("GET", "/register/", headers=visitor.headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"/register/: {answer.status}")
        took.append(time.monotonic() - start)
        time.sleep(max(0.0, 1 / PAGES_A_SECOND - took[-1]))
    return took


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@dataclass
class Crowd:
    """The slow ones, moved by one thread."""

    port: int
    visitor: web.Visitor
    path: str
    read: int = 0
    sending: int = 0
    reading: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def there(self) -> Iterator[None]:
        """While they are at it."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.visitor.headers.items())
        form = f"POST /register/ HTTP/1.1\r\n{head}Content-Length: 1000000\r\n\r\n"
        file = f"GET {self.path} HTTP/1.1\r\n{head}\r\n"
        senders = [self._opened(form) for _ in range(SENDERS)]
        readers = [self._opened(file, small=True) for _ in range(READERS)]
        thread = threading.Thread(target=self._move, args=(senders, readers))
        thread.start()
        try:
            time.sleep(3)  # the files have been opened, the pages are what is measured
            yield
        finally:
            self._stop.set()
            thread.join()
            for one in (*senders, *readers):
                one.close()

    def _opened(self, start: str, *, small: bool = False) -> socket.socket:
        one = socket.socket()
        if small:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READ)
        one.connect((web.HOST, self.port))
        one.sendall(start.encode())
        one.setblocking(False)
        return one

    def _move(self, senders: list[socket.socket], readers: list[socket.socket]) -> None:
        alive = set(senders)
        with selectors.DefaultSelector() as ready:
            for one in readers:
                ready.register(one, selectors.EVENT_READ)
            while not self._stop.wait(EVERY):
                for one in list(alive):
                    try:
                        one.send(b"a" * SENT)
                    except OSError:
                        alive.discard(one)
                for key, _ in ready.select(0):
                    with contextlib.suppress(OSError):
                        self.read += len(key.fileobj.recv(READ))  # type: ignore[union-attr]
                self.sending, self.reading = len(alive), len(ready.get_map())
