"""Before a request uses an open connection it is looked at, without a message to the server."""

from __future__ import annotations

import time

import pytest
from django.db import connections


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
