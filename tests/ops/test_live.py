"""Live updates, over a real socket and a real database."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.moment import FOR_YEARS

from lianxin.desk import live_session
from lianxin.ops.commands.up import any_free_port
from lianxin.ops.database import address

SIGNED_IN = "k" * 32
DATABASE = f"live_{os.getpid()}"


def token(*queues: str, salt: str = settings.LIVE_SALT, session: str = SIGNED_IN) -> str:
    return signing.dumps({"queues": queues, "session": live_session.digest(session)}, salt=salt)


def own_address() -> str:
    """A database of this module's own: the run's server may be anybody's."""
    return psycopg.conninfo.make_conninfo(address(), dbname=DATABASE)


@pytest.fixture(scope="module")
def sessions() -> Iterator[None]:
    """The database with the sessions' table, in which one person is signed in."""
    with psycopg.connect(address(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {DATABASE}")
        with psycopg.connect(own_address()) as connection:
            connection.execute("CREATE TABLE django_session (session_key text, expire_date timestamptz)")
            connection.execute("INSERT INTO django_session VALUES (%s, now() + interval '1 hour')", [SIGNED_IN])
            connection.execute("INSERT INTO django_session VALUES ('too old', now() - interval '1 minute')")
        yield
        server.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture(scope="module")
def port(sessions: None) -> Iterator[int]:
    number = any_free_port("127.0.0.1")
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(number), "--log-level", "error"]
    command += ["--workers-kill-timeout", "1", "lianxin.ops.live:application"]
    process = subprocess.Popen(command, start_new_session=True, env=_environment())
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                status, _ = fetch(number, "/health")
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert status == 200
        yield number
    finally:
        process.terminate()
        process.wait(10)


def _environment() -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": own_address()}


def fetch(port: int, path: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()


class Stream:
    """A page that is open."""

    def __init__(self, port: int, *queues: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", f"/?token={token(*queues)}")
        self._response = self._connection.getresponse()
        assert self._response.status == 200
        assert self._response.getheader("content-type", "").startswith("text/event-stream")
        assert self.event() == {"retry": "3000"}

    def event(self) -> dict[str, str]:
        fields = {}
        while line := self._response.readline().decode().rstrip("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        return fields

    def news(self) -> str:
        while (event := self.event()).get("event") == "resync":
            pass  # the process may still be connecting when the page opens
        assert event["event"] == "news"
        return event["data"]

    def close(self) -> None:
        self._connection.close()


def notify(payload: str) -> None:
    with psycopg.connect(own_address(), autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", [settings.LIVE_CHANNEL, payload])


def wait_until_listening() -> None:
    with psycopg.connect(own_address(), autocommit=True) as connection:
        for _ in range(200):
            if connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN lianxin%' AND datname = current_database()"
            ).fetchone():
                return
            time.sleep(0.05)
    pytest.fail("nobody listens")


def test_a_page_hears_of_its_own_queues_only(port: int) -> None:
    wait_until_listening()
    with closing(Stream(port, "unit:12", "post:3")) as mine, closing(Stream(port, "unit:99")) as other:
        notify("unit:98 unit:12")
        assert mine.news() == "unit:12"
        notify("post:3")
        assert mine.news() == "post:3"
        notify("unit:99")
        assert other.news() == "unit:99"


@pytest.mark.parametrize(
    # Named, since a token bears its time: the workers of one run must call a test alike.
    "forged",
    [
        pytest.param("", id="none"),
        pytest.param("x", id="rubbish"),
        pytest.param(token("unit:12", salt="other"), id="other-salt"),
        pytest.param(token("unit:12")[:-1], id="cut"),
        pytest.param(signing.dumps(["unit:12"], salt=settings.LIVE_SALT), id="no-session"),
        pytest.param(token("unit:12", session="signed out"), id="signed-out"),
        pytest.param(token("unit:12", session="too old"), id="too-old"),
    ],
)
def test_without_a_valid_token_nothing_is_told(port: int, forged: str) -> None:
    assert fetch(port, f"/?token={forged}")[0] == 403


def test_after_the_database_was_lost_pages_fetch_anew(port: int) -> None:
    wait_until_listening()
    with closing(Stream(port, "unit:12")) as page:
        with psycopg.connect(own_address(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN lianxin%' AND datname = current_database()"
            )
        assert page.event() == {"event": "resync", "data": ""}
        notify("unit:12")
        assert page.news() == "unit:12"


def test_a_stream_ends_with_its_sign_in(port: int) -> None:
    """FAULTS 56: a token outlived the sign-out."""
    wait_until_listening()
    with closing(Stream(port, "unit:12")) as page:
        notify(f"unit:12 {live_session.OVER}{live_session.digest('somebody else')}")
        assert page.news() == "unit:12"
        notify(f"{live_session.OVER}{live_session.digest(SIGNED_IN)}")
        assert page.event() == {}
        assert page.event() == {}, "nothing more comes, and the connection is closed"


def test_signing_out_ends_the_token(cast: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SESSION_COOKIE_AGE", FOR_YEARS)
    client = Client()
    client.force_login(cast.staff["agent"])  # type: ignore[attr-defined]
    key = client.session.session_key or ""

    def known() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(live_session.KNOWN, [live_session.digest(key)])
            row = cursor.fetchone()
        return bool(row and row[0])

    assert known()
    with CaptureQueriesContext(connection) as queries:
        client.post("/logout/")
    assert any(f"{live_session.OVER}{live_session.digest(key)}" in query["sql"] for query in queries)
    assert not known()


def test_it_ends_at_once_although_pages_are_open(sessions: None) -> None:
    number = any_free_port("127.0.0.1")
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(number), "--log-level", "error"]
    process = subprocess.Popen(
        [*command, "--workers-kill-timeout", "2", "lianxin.ops.live:application"], env=_environment()
    )
    for _ in range(400):
        try:
            fetch(number, "/health")
            break
        except OSError:
            time.sleep(0.05)
    with closing(Stream(number, "unit:12")):
        started = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(10)
        assert time.monotonic() - started < 5
