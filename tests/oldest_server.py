"""The oldest PostgreSQL that docs/operations.md promises, where this machine has it, reached by TCP.

`python -m tests.oldest_server COMMAND…` runs a command with DATABASE_URL naming a throwaway server of that version,
and says so and does nothing where there is none: `apt-get install postgresql-15` brings one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lianxin.ops.database import OLDEST
from lianxin.ops.postgres import THROWAWAY, Account

PLACES = (Path(f"/usr/lib/postgresql/{OLDEST}/bin"), Path(f"/usr/pgsql-{OLDEST}/bin"))


def programs() -> Path | None:
    """Where its programs are."""
    return next((place for place in PLACES if (place / "initdb").exists()), None)


@contextlib.contextmanager
def running() -> Iterator[str]:
    """A fresh server with an empty database, gone afterwards; its address names a host and a port."""
    place = programs()
    assert place, f"no PostgreSQL {OLDEST} here"
    account = Account.choose()
    folder = Path(tempfile.mkdtemp(prefix="lianxin-oldest-"))
    if account.nobody:
        os.chown(folder, account.nobody.pw_uid, account.nobody.pw_gid)

    def run(tool: str, *words: str) -> None:
        with (folder.parent / f"{folder.name}.log").open("w+") as said:
            done = subprocess.run(
                [*account.prefix, str(place / tool), "-D", str(folder / "pg"), *words],
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd="/",
                user=account.nobody.pw_uid if account.nobody else None,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read()

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run("initdb", "--locale=C.UTF-8", "--encoding=UTF8", "--auth=trust", "--username=lianxin", "--no-sync")
    settings = {**THROWAWAY, "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
                "max_connections": "200"}  # fmt: skip
    given = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    run("pg_ctl", "start", "-w", "-l", str(folder / "pg" / "log"), "-o", given)
    try:
        yield f"postgresql://lianxin@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)
        (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)


def main() -> int:
    """Run the command on it."""
    if programs() is None:
        sys.stderr.write(f"没有 PostgreSQL {OLDEST}，跳过在它上面的测试。\n")
        return 0
    with running() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
