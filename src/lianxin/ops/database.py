"""Reaching the database before Django does: which one it is, whether it runs, whether it will do."""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

import django
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from . import places
from .postgres import Cluster
from .trouble import Trouble

OLDEST = 15
#: How long a network may say nothing before it is taken for gone.  The system's own answer is a quarter of an hour for
#: what was sent and hours for what is waited for, and a web thread would stand still that long.  Whether the server
#: takes long over a statement does not matter: it is its machine that answers.
PATIENCE = {
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
P = ParamSpec("P")
R = TypeVar("R")


def address() -> str:
    """The libpq address of our database: DATABASE_URL, or the embedded server's."""
    url = os.environ.get("DATABASE_URL")
    return make_conninfo("", **_parts(url)) if url else Cluster(places.CLUSTER).url


def _parts(url: str) -> dict[str, str]:
    """What a libpq address says, with `PATIENCE` where it leads over a network and says nothing of it itself.

    Raises Trouble when it cannot be read.
    """
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        raise Trouble("DATABASE_URL 写得不对。应为 postgresql://用户:密码@主机:端口/数据库名。") from error
    # A socket is a path, or with @ an abstract name; there is no network that could vanish.
    is_near = parts.get("host", "").startswith(("/", "@"))
    return parts if is_near else PATIENCE | parts


def describe(url: str) -> dict[str, object]:
    """Django's description of the database behind a libpq address. Raises Trouble when that cannot be read."""
    parts = _parts(url)
    return {
        "ENGINE": "lianxin.ops.engine",
        "NAME": parts.pop("dbname", "lianxin"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        # Connections stay open; one that died with the server is noticed before a request uses it.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def check(url: str) -> str:
    """Return the server's version. Raises Trouble when it cannot be reached or will not do."""
    describe(url)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.Error as error:
        raise Trouble(
            f"连不上数据库（{str(error).strip().splitlines()[-1]}）。请检查 DATABASE_URL 和数据库服务。"
        ) from error
    if version < OLDEST:
        raise Trouble(
            f"数据库是 PostgreSQL {version}，需要 {OLDEST} 或更新的版本。请升级，或不设 DATABASE_URL 使用自带的数据库。"
        )
    if encoding != "UTF8":
        raise Trouble(f"数据库的编码是 {encoding}，需要 UTF8。请另建一个数据库：CREATE DATABASE … ENCODING 'UTF8'。")
    return str(version)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Our database, running and checked; an embedded server that we were the last to use is stopped again."""
    if url := os.environ.get("DATABASE_URL"):
        check(url)
        yield address()
        return
    with Cluster(places.CLUSTER) as cluster:
        yield cluster.url


def migrate() -> None:
    """Bring the tables up to date; one process at a time, so that several machines may start together."""
    from django.core.management import call_command
    from django.db import connection

    lock = 12345
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])


def unapplied() -> list[str]:
    """Migrations that the code has and the database has not."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{step.app_label}.{step.name}" for step, _ in plan]


def needs_database(*, migrated: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """For commands: run the function with Django set up and the database running.

    With `migrated=True` the tables are brought up to date first. Otherwise an out-of-date database is refused with one
    sentence: a command that only reads must not change tables of which nobody has made a backup.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def command(*args: P.args, **kwargs: P.kwargs) -> R:
            with running():
                django.setup()
                if migrated:
                    migrate()
                elif waiting := unapplied():
                    raise Trouble(f"数据库的表还没有更新到本版本（缺 {len(waiting)} 步）。请先运行 script/server。")
                return function(*args, **kwargs)

        return command

    return decorate
