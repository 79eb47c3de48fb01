"""FAULTS 46: whoever sends or reads slowly costs a connection, never one of the few threads."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from lianxin.ops.commands import up
from lianxin.ops.web import LARGEST_BODY, dispatcher, threads

HOST = "127.0.0.1"
MANY = 5 * threads()
#: More than the sockets of both sides hold, so that the answer waits for its reader.
LONG = 24 << 20


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """One web process with pages of its own, none of which needs a database."""
    number = up.any_free_port(HOST)
    with up.listen(HOST, number) as listening:
        code = (
            "import socket, sys\n"
            "from lianxin.ops import web\n"
            "def application(environ, start):\n"
            "    read = len(environ['wsgi.input'].read())\n"
            f"    size = {LONG} if environ['PATH_INFO'] == '/long/' else 2\n"
            "    start('200 OK', [('Content-Type', 'text/plain')])\n"
            "    return (b'x' * 65536 for _ in range(size // 65536)) if size > 2 else [str(read).encode()]\n"
            "web.serve(web.make_server(socket.socket(fileno=int(sys.argv[1])), application, trust_proxy=False))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(listening.fileno())], pass_fds=[listening.fileno()], env=_environment()
        )
        try:
            yield number
        finally:
            process.terminate()
            assert process.wait(20) == 0


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "DJANGO_SETTINGS_MODULE": "lianxin.ops.settings"}


def ask(port: int, body: bytes = b"") -> tuple[int, bytes, float]:
    start = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection(HOST, port, timeout=30)) as connection:
        connection.request("POST", "/", body)
        answer = connection.getresponse()
        return answer.status, answer.read(), time.monotonic() - start


def opened(port: int, start: bytes) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=30)
    connection.sendall(start)
    return connection


def test_forms_that_are_never_sent_to_their_end_hold_nobody_up(port: int) -> None:
    ask(port)
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc"
            stack.enter_context(opened(port, head))
        for _ in range(MANY):
            stack.enter_context(opened(port, b"GET / HTTP/1.1\r\nHost: loc"))
        status, said, seconds = ask(port, b"a" * 70_000)
        assert (status, said) == (200, b"70000")
        assert seconds < 5


def test_answers_that_are_never_read_hold_nobody_up(port: int) -> None:
    ask(port)
    with contextlib.ExitStack() as stack:
        readers = [
            stack.enter_context(opened(port, b"GET /long/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            for _ in range(MANY)
        ]
        assert readers[-1].recv(1)
        status, _, seconds = ask(port)
        assert status == 200
        assert seconds < 10
        # And the one who takes his time gets the whole of it.
        total = 1
        while data := readers[-1].recv(1 << 20):
            total += len(data)
        assert total > LONG


def test_too_large_a_form_is_refused_in_chinese(port: int) -> None:
    with opened(
        port, f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n".encode()
    ) as one:
        answer = http.client.HTTPResponse(one)
        answer.begin()
        said = answer.read().decode()
    assert answer.status == 413
    assert "200 MB" in said
    assert "内容太大" in said


class _Task:
    """What waitress hands to a thread: it notes which one, and waits for the others where it is told to."""

    def __init__(self, served: list[str], together: threading.Barrier | None = None) -> None:
        self.served, self.together, self.done = served, together, threading.Event()

    def service(self) -> None:
        if self.together is not None:
            self.together.wait(10)
        self.served.append(threading.current_thread().name)
        self.done.set()


def test_one_request_after_the_other_is_served_by_one_thread_and_several_at_once_by_several() -> None:
    """So that a quiet site keeps one connection to the database warm, not as many as it has threads."""
    made = dispatcher(4)
    try:
        until(lambda: made.active_count == 0)
        served: list[str] = []
        for _ in range(20):
            made.add_task(task := _Task(served))
            assert task.done.wait(10)
            until(lambda: made.active_count == 0)
        assert len(set(served)) == 1
        together, crowd = threading.Barrier(4), list[str]()
        tasks = [_Task(crowd, together) for _ in range(4)]
        for task in tasks:
            made.add_task(task)
        assert all(task.done.wait(10) for task in tasks)
        assert len(set(crowd)) == 4
    finally:
        made.shutdown()
    assert not made.threads


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)
