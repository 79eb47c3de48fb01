"""A web process: `python -m lianxin.ops.web --socket N`, started and kept alive by `lianxin up`.

waitress takes a request in, body and all, before it takes a thread, and sends what the thread has answered while the
thread is at its next request: whoever sends or reads slowly costs a connection, never a thread.  The listening socket
comes from `lianxin up`, which keeps it while a process is started anew: who asks in between waits, and is answered.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from http import HTTPStatus
from typing import Any, NoReturn

import click
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask, ThreadedTaskDispatcher

from .processes import end_with_server

#: Connections of one process, idle and slow ones included; two files each may be open for long bodies and answers.
CONNECTIONS = 4000
#: Between bytes.  A browser keeps its connection for its next page.
SILENCE = 120
#: The largest form that any page of ours accepts (nine files of 20 MB), and what surrounds them.
LARGEST_BODY = 224 * 1024 * 1024
#: A long answer waits in a file, not in memory, and no thread waits for it to be read.
IN_MEMORY = 1024 * 1024
UNBOUNDED = 1 << 40
#: How long requests that were under way may go on after SIGTERM.
GRACE = 8.0
SAID: dict[int, tuple[str, str]] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("内容太大", "一次提交的内容不能超过 200 MB，请减少附件后重新提交。"),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: ("不能处理", "请求头过长。请清除浏览器中本站的 Cookie 后重试。"),
}
NOT_READ = ("不能处理", "请求没有写完整或格式有误，请返回上一页重新提交。")


def threads() -> int:
    """Of one process: there is one process a core, and a request waits for the database about as long as it works."""
    return min(8, 2 * (os.cpu_count() or 1))


class _Refusal(ErrorTask):
    """What waitress itself refuses, in Chinese."""

    def execute(self) -> None:
        from lianxin.desk.errors import plain_page  # Django is set up by now

        error: Any = self.request.error  # type: ignore[attr-defined]  # the stubs name another class
        title, sentence = SAID.get(error.code, NOT_READ)
        body = plain_page(title, sentence).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "text/html; charset=utf-8"), ("Connection", "close")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    error_task_class = _Refusal


class LastIdleFirst:
    """Where waitress's threads wait for work: who was at work last is woken first.

    In turn, as waitress does it, each request finds the thread that has slept longest, with caches that went cold and a
    connection to the database of its own; a quiet site then keeps as many of both busy as a crowded one.  The lock is
    held by whoever calls.
    """

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._idle: list[threading.Condition] = []

    def wait(self) -> None:
        """Until woken."""
        self._idle.append(mine := threading.Condition(self._lock))
        mine.wait()

    def notify(self) -> None:
        """Wake one, if one waits."""
        if self._idle:
            self._idle.pop().notify()

    def notify_all(self) -> None:
        """Wake all."""
        while self._idle:
            self.notify()


def dispatcher(number: int) -> ThreadedTaskDispatcher:
    """waitress's, with so many threads."""
    made = ThreadedTaskDispatcher()
    made.queue_cv = LastIdleFirst(made.lock)  # type: ignore[assignment]
    made.set_thread_count(number)
    return made


def make_server(listening: socket.socket, application: Any, *, trust_proxy: bool) -> Any:
    """The server of one process on a socket that listens already."""
    server: Any = create_server(
        application,
        sockets=[listening],
        _dispatcher=dispatcher(threads()),
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,
        channel_timeout=SILENCE,
        max_request_body_size=LARGEST_BODY,
        inbuf_overflow=IN_MEMORY,
        outbuf_overflow=IN_MEMORY,
        outbuf_high_watermark=UNBOUNDED,
        recv_bytes=64 * 1024,
        # With a proxy in front Django reads X-Forwarded-Proto; without one nobody may set it.
        clear_untrusted_proxy_headers=not trust_proxy,
        ident=None,
        log_socket_errors=False,
    )
    server.channel_class = _Channel
    return server


def serve(server: Any) -> None:
    """Until SIGTERM; then what was begun is finished and sent."""

    def leave(*_: object) -> NoReturn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit

    signal.signal(signal.SIGTERM, leave)
    server.run()
    server.accepting = False
    end = time.monotonic() + GRACE
    while time.monotonic() < end and any(
        channel.total_outbufs_len for channel in list(server.active_channels.values())
    ):
        wasyncore.loop(timeout=0.1, map=server._map, use_poll=True, count=1)


def _allow_files(wanted: int) -> None:
    """As many open files as we may: systems give a process 1,024 unless it asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


@click.command()
@click.option("--socket", "number", type=int, required=True, help="The listening socket's file descriptor.")
def main(number: int) -> None:
    end_with_server()
    _allow_files(3 * CONNECTIONS)
    from django.conf import settings

    from .wsgi import application  # isort: split  # sets Django up

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is what keeps threads few
    serve(make_server(socket.socket(fileno=number), application, trust_proxy=settings.HTTPS))


if __name__ == "__main__":
    sys.exit(main())
