"""A change of state by HTTP: a unit's clerk signs for an order, through the desk.  The limit is as for registration."""

from __future__ import annotations

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record, record_many

from . import acts, statements, web
from .ground import Ground, ids_that_stand_out, now, query
from .measured import Measured
from .registration import ratio

ORDERS = 1000
TIMES = 3
ACTION = "share.signed"


def run(ground: Ground) -> list[Measured]:
    """Answers a second, the best of three each; as many orders again for pgbench."""
    ids_that_stand_out()
    unit = ground.units()[0]
    clerk = ground.actor("clerk", unit)
    done, read, commits = [], [], []
    with web.site() as port:
        visitor = web.Visitor(clerk.staff or 0)
        for times in (100, *[ORDERS] * TIMES):
            _, numbers = waiting(ground, unit, times)
            done.append(web.sent(port, visitor, [(f"/orders/{number}/{ACTION}/", {}) for number in numbers]))
            read.append(web.sent(port, visitor, [(f"/bench/{ACTION}/", {})] * times))
            # Four times as many: pgbench is soon done with them.
            ids, numbers = waiting(ground, unit, 4 * times)
            commits.append(_commits(ground, clerk, ids, numbers))
    return [ratio("state change by HTTP (sign)", done[1:], read[1:], max(commits[1:]))]


def waiting(ground: Ground, unit: int, number: int) -> tuple[list[int], list[str]]:
    """Ids and numbers of fresh orders that wait for `unit` to sign."""
    results = record_many(acts.lives(ground, number, at=now(), units=[unit]))
    ids = sorted({result.order for result in results})  # type: ignore[union-attr]
    assert ids[-1] - ids[0] == number - 1, "one batch has ids in a row"
    rows = query("SELECT number FROM orders_order WHERE id BETWEEN %s AND %s ORDER BY id", ids[0], ids[-1])
    return ids, [line for (line,) in rows]


def _commits(ground: Ground, clerk: object, ids: list[int], numbers: list[str]) -> float:
    act = Act(ACTION, clerk, now(), {}, order=ids[0], key=f"sign:{ids[0]}")  # type: ignore[arg-type]
    sent = statements.recorded(lambda: record(act))
    day, running = numbers[0].split("-")
    number = f"('{day}-' || lpad((:o::bigint - {ids[0] - int(running)})::text, {max(4, len(running))}, '0'))"
    texts = {str(act.key): "('pgbench:' || :o)", numbers[0]: number}
    each = (len(ids) - 1) // web.CLIENTS
    script = statements.script(sent, ids[0], f"{ids[0]} + :client_id * {each} + :n", texts)
    query("CHECKPOINT")
    return statements.transactions_a_second(ground.folder, script, each=each, clients=web.CLIENTS)
