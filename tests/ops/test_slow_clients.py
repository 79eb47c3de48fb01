"""FAULTS 46: whoever sends or reads slowly costs a connection, never one of the few threads."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from lianxin.ops.commands import up
from lianxin.ops.web import LARGEST_BODY, threads

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
