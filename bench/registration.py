"""One order registered by HTTP, durable, with entry, clock and outbox, through the desk's own form.

limit: 1 / (1 / pgbench sending the same statements + 1 / a signed-in page that reads the same form and writes nothing).
"""

from __future__ import annotations

from itertools import count
from typing import Any

from lianxin.ledger.door import record

from . import acts, statements, web
from .ground import Ground, ids_that_stand_out, now, query
from .measured import Measured

FORMS = 1500
TIMES = 3
SECONDS = 5
#: Ids that no sequence reaches: what pgbench registers.
FAR = 1 << 40
_SERIAL = count(1_000_000)


def run(ground: Ground) -> list[Measured]:
    """Answers a second, the best of three each."""
    ids_that_stand_out()
    with web.site() as port:
        agent = web.Visitor(ground.actor("agent").staff or 0)
        web.sent(port, agent, _forms("/register/", 200))
        web.sent(port, agent, _forms("/bench/order.registered/", 200))
        script = pgbench_script(ground)
        done, read, commits = [], [], []
        # In turn, so that what else the machine does falls on all three.
        for round in range(TIMES):
            done.append(web.sent(port, agent, _forms("/register/", FORMS)))
            read.append(web.sent(port, agent, _forms("/bench/order.registered/", FORMS)))
            commits.append(_commits(ground, script, round))
    return [ratio("registration by HTTP", done, read, max(commits))]


def ratio(row: str, done: list[tuple[float, float]], read: list[tuple[float, float]], commits: float) -> Measured:
    """Ours over the limit that the page and the statements set together."""
    ours, cpu = max(done)
    page = max(read)[0]
    limit = 1 / (1 / commits + 1 / page)
    more = {"ours/s": ours, "limit/s": limit, "pgbench/s": commits, "page that only reads/s": page, "sender's CPU": cpu}
    return Measured(row, ours / limit, 0.35, "of the limit", higher=True, more=more)


def _forms(path: str, number: int) -> list[web.Form]:
    return [(path, _fields(next(_SERIAL))) for _ in range(number)]


def _fields(serial: int) -> dict[str, Any]:
    """The registration as the form of the desk asks for it."""
    fields = acts.request(serial)
    caller = fields.pop("caller")
    return fields | {"caller_name": caller["name"], "caller_phone": caller["phone"], "category": acts.CATEGORY}


def pgbench_script(ground: Ground) -> str:
    """What the ledger sends for one registration."""
    done: list[int] = []
    [act] = acts.lives(ground, 1, at=now(), dispatched=False)
    sent = statements.recorded(lambda: done.append(record(act).order))
    number = query("SELECT number FROM orders_order WHERE id = %s", done[0])[0][0]
    texts = {str(act.key): "('pgbench:' || :o)", number: "('P' || :o)"}
    return statements.script(sent, done[0], "@far + :client_id * 1000000 + :n", texts)


def _commits(ground: Ground, script: str, round: int) -> float:
    query("CHECKPOINT")
    far = FAR + round * 1_000_000_000
    return statements.transactions_a_second(
        ground.folder, script.replace("@far", str(far)), seconds=SECONDS, clients=web.CLIENTS
    )
