"""What a dispatch costs, in processor time of process and database: each tree by itself, on a book of its own.

Under the rule book of Junan as the tree has it, and under that of Zhoucun; a tree in which that is not yet takes the
base in its place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .visits import Found

if TYPE_CHECKING:
    from .trees import Tree

#: Run in the tree: its own ground, its own rules.  Acts one by one, as people send them.
CODE = """
import json, sys, time
from dataclasses import replace
sys.path.insert(0, ".")
import psutil
from bench import ground
from lianxin.rules import policy

def taken(folder):
    server = psutil.Process(int((folder / "pg" / "postmaster.pid").read_text().split()[0]))
    times = [p.cpu_times() for p in (server, *server.children())]
    mine = sum(t.user + t.system + t.children_user + t.children_system for t in times[:1])
    return time.process_time() + mine + sum(t.user + t.system for t in times[1:])

pack = sys.argv[1] if sys.argv[1] in policy.packs() else "base"
found_ground = ground._centre

def under_pack():
    from lianxin.ops.simulation import people
    found_centre = people.found_centre
    people.found_centre = lambda plan, *more: found_centre({**plan, "centre": {**plan["centre"], "pack": pack}}, *more)
    return found_ground()

ground._centre = under_pack
with ground.laid(full=False) as here:
    from bench import acts
    from lianxin.ledger.door import record, record_many
    def dispatches(number):
        lives = acts.lives(here, number, at=ground.now())
        orders = [done.order for done in record_many(lives[::2])]
        return [replace(act, order=pk) for act, pk in zip(lives[1::2], orders)]
    for act in dispatches(50):
        record(act)
    waiting = dispatches(NUMBER)
    before = taken(here.folder)
    for act in waiting:
        record(act)
    print(json.dumps((taken(here.folder) - before) / NUMBER * 1000))
"""
NUMBER = 400
PACKS = ("junan-2021", "zhoucun-2019")


def dispatch(tree: Tree, turn: int) -> Found:
    """Milliseconds of processor a dispatch, by rule book."""
    code = CODE.replace("NUMBER", str(NUMBER))
    return {f"ms of processor a dispatch, {pack}": json.loads(tree.python(code, pack)) for pack in PACKS}
