"""Before a request uses an open connection it is looked at, with as few messages to the server as can be."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from lianxin.ops import database
from lianxin.ops.engine import base


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_has_ended_is_noticed() -> None:
    other = connections.create_connection("default")
    try:
        other.ensure_connection()
        assert other.is_usable()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        assert other.is_usable()
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        until = time.monotonic() + 10
        while other.is_usable() and time.monotonic() < until:
            time.sleep(0.02)
        assert not other.is_usable()
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_what_the_server_says_by_itself_does_not_end_it() -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("LISTEN said_by_itself")
        with connections["default"].cursor() as cursor:
            cursor.execute("NOTIFY said_by_itself")
        time.sleep(0.1)
        assert other.is_usable()
        assert other.is_usable()
    finally:
        other.close()


class Firewall:
    """Passes one connection on to the test's server; after `forget` it answers the next bytes with a reset, as one
    does that has dropped an idle connection without telling anybody."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.forgets = threading.Event()
        self.passed = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        inside, _ = self._listening.accept()
        host, port = self._target
        if host.startswith("/"):
            outside = socket.socket(socket.AF_UNIX)
            outside.connect(f"{host}/.s.PGSQL.{port}")
        else:
            outside = socket.create_connection(self._target)
        threading.Thread(target=self._answers, args=(outside, inside), daemon=True).start()
        while said := inside.recv(1 << 16):
            if self.forgets.is_set():
                inside.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
            self.passed += 1
            outside.sendall(said)
        inside.close()
        outside.shutdown(socket.SHUT_RDWR)
        outside.close()

    @staticmethod
    def _answers(outside: socket.socket, inside: socket.socket) -> None:
        try:
            while said := outside.recv(1 << 16):
                inside.sendall(said)
        except OSError:
            return

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def firewall() -> Iterator[Firewall]:
    with connections["default"].cursor():
        pass
    link = connections["default"].connection.pgconn
    found = Firewall(link.host.decode(), int(link.port))
    yield found
    found.close()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_something_between_dropped_is_noticed(
    firewall: Firewall, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = connections.create_connection("default")
    other.settings_dict = {**other.settings_dict, "HOST": "127.0.0.1", "PORT": str(firewall.port)}
    try:
        other.ensure_connection()
        passed = firewall.passed
        assert other.is_usable()
        assert firewall.passed == passed, "the server has just answered: it is not asked again"
        firewall.forgets.set()
        monkeypatch.setattr(base, "RECENT", 0)
        assert not other.is_usable(), "the request opens a new connection instead of failing"
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_over_a_network_the_server_is_asked_now_and_then(firewall: Firewall, monkeypatch: pytest.MonkeyPatch) -> None:
    other = connections.create_connection("default")
    other.settings_dict = {**other.settings_dict, "HOST": "127.0.0.1", "PORT": str(firewall.port)}
    try:
        other.ensure_connection()
        other._answered_at -= base.RECENT
        passed = firewall.passed
        assert other.is_usable()
        assert firewall.passed == passed + 1
        assert other.is_usable()
        assert firewall.passed == passed + 1, "once within RECENT"
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_network_that_vanishes_is_given_up_within_a_minute(firewall: Firewall) -> None:
    """By what the kernel has been told of the connection; without it a thread would wait for a quarter of an hour."""
    other = connections.create_connection("default")
    described = database.describe(f"postgresql://127.0.0.1:{firewall.port}/x")
    other.settings_dict = {
        **other.settings_dict,
        "HOST": "127.0.0.1",
        "PORT": str(firewall.port),
        "OPTIONS": described["OPTIONS"],
    }
    try:
        other.ensure_connection()
        with socket.socket(fileno=os.dup(other.connection.pgconn.socket)) as link:
            told = [
                link.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                *(
                    link.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (
                        socket.TCP_KEEPIDLE,
                        socket.TCP_KEEPINTVL,
                        socket.TCP_KEEPCNT,
                        socket.TCP_USER_TIMEOUT,
                    )
                ),
            ]
        assert told == [1, 30, 10, 3, 30_000]
    finally:
        other.close()


def test_what_the_address_says_itself_holds_and_a_socket_is_left_alone() -> None:
    own = database.describe("postgresql://db.example/x?tcp_user_timeout=5000&connect_timeout=3")["OPTIONS"]
    assert own == database.PATIENCE | {"tcp_user_timeout": "5000", "connect_timeout": "3"}
    assert database.describe("postgresql:///x?host=/run/postgresql")["OPTIONS"] == {}


def test_live_updates_and_backups_are_as_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p%40@db.example:5433/x")
    assert conninfo_to_dict(database.address()) == {
        "user": "u", "password": "p@", "host": "db.example", "port": "5433", "dbname": "x", **database.PATIENCE
    }  # fmt: skip
