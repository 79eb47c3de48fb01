"""The statements that an act sends to the database, and the same statements sent by pgbench: what SQL alone can do.

Recorded from one act, with the ids of its order taken out and put in again by pgbench for another order each time.
Sent as prepared statements, which is faster than what Django does, so that the limit is a hard one.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from lianxin.ledger import store
from lianxin.ledger.models import PART_BITS
from lianxin.ops import postgres

_LITERAL = re.compile(r"( ?E?'(?:[^']|'')*')")
#: A list of ids, which psycopg writes as a text.
_IDS = re.compile(r"'\{([\d,]+)\}'")
#: What pgbench would take for one of its variables, inside a text.
_LOOKS_LIKE_VARIABLE = re.compile(r":(?=[A-Za-z_])")
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


def recorded(work: Callable[[], Any]) -> list[str]:
    """What `work` sends, with its values written in.  Transaction control is left out.

    Its rows as statements, one a table: what the ledger's function in the database does is what they do.
    """
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    usual, store.CALL_UP_TO = store.CALL_UP_TO, 0
    try:
        work()
        return [line["sql"] for line in connection.queries_log if not _control(line["sql"])]
    finally:
        connection.force_debug_cursor = False
        store.CALL_UP_TO = usual


def _control(statement: str) -> bool:
    return statement.split(" ")[0].upper() in ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def script(statements: list[str], order: int, each: str, texts: dict[str, str]) -> str:
    """A pgbench script of one act on another order each time.

    `order` is the order that was recorded, `each` the expression of the id that takes its place (`:n` counts);
    every number that is the id of one of its parts follows it.  `texts`: expressions in place of texts.
    """
    parts: dict[int, str] = {}

    def number(match: re.Match[str]) -> str:
        value = int(match[0])
        if value >> PART_BITS == order:
            part = value & (1 << PART_BITS) - 1
            return ":" + parts.setdefault(part, f"p{part}")
        return ":o" if value == order else match[0]

    def piece(text: str) -> str:
        if not _LITERAL.fullmatch(text):
            return _NUMBER.sub(number, text)
        if ids := _IDS.fullmatch(text.strip()):
            return f" ARRAY[{_NUMBER.sub(number, ids[1])}]"
        # In JSON a blank does no harm; elsewhere (a sealed telephone number) any other letter will do.
        return texts.get(text.strip(" E'")) or _LOOKS_LIKE_VARIABLE.sub("-", text.replace('":', '": '))

    moved = ["".join(piece(text) for text in _LITERAL.split(statement)) for statement in statements]
    lines = ["\\set n :n + 1", f"\\set o {each}"]
    lines += [f"\\set {name} :o * {1 << PART_BITS} + {part}" for part, name in sorted(parts.items())]
    return "\n".join([*lines, "BEGIN;", *(f"{statement};" for statement in moved), "COMMIT;"]) + "\n"


def transactions_a_second(folder: Path, text: str, *, seconds: int = 0, each: int = 0, clients: int) -> float:
    """Commits a second, for so many seconds or so many transactions a client.  Raises RuntimeError if one fails."""
    file = folder / "script.sql"
    file.write_text(text)
    settings = connection.settings_dict
    command = [str(postgres.tools() / "pgbench"), "-n", "-M", "prepared", "-f", str(file), "-D", "n=0"]
    command += ["-T", str(seconds)] if seconds else ["-t", str(each)]
    command += ["-c", str(clients), "-j", "1", "-h", str(settings["HOST"]), "-U", str(settings["USER"])]
    done = subprocess.run([*command, str(settings["NAME"])], capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or "ERROR" in done.stderr or found is None:
        raise RuntimeError(f"pgbench: {done.stderr[:1000]} … {done.stderr[-1000:]}")
    return float(found[1])
