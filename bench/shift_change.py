"""A change of shift: every open order of a post goes to whoever comes on duty, an act an order; beside it the same
orders taken in, as processor time an order."""

from __future__ import annotations

from datetime import timedelta
from time import process_time

from lianxin.directory import rosters
from lianxin.directory.models import Roster
from lianxin.ledger.door import record_many
from lianxin.orders import succession
from lianxin.orders.models import Order

from . import acts
from .ground import Ground, now
from .measured import Measured, timed

ORDERS = 2_000
DAY = timedelta(days=1)


def run(ground: Ground) -> list[Measured]:
    """Processor time of handing an order over, over that of taking it in; what a look costs where nothing is due."""
    begin = now() - 2 * DAY
    dispatcher = ground.actor("dispatcher")
    before = process_time()
    record_many(acts.lives(ground, ORDERS, at=begin, dispatched=False))
    taken_in = process_time() - before
    post = ground.directory.posts[dispatcher.post or 0]
    about = {"centre": ground.centre, "post_id": post.id, "kind": "dispatchers"}
    roster = Roster.objects.create(**about, start=begin, until=begin + 30 * DAY)
    rosters.rotate(roster, [("甲班", [post.holder_a or 0]), ("乙班", [post.holder_b or 0])], DAY)
    rosters.enact(roster)
    succession.follow_posts(begin + DAY / 2)
    quiet = timed(lambda: succession.follow_posts(begin + DAY * 0.75))
    before = process_time()
    wall = timed(lambda: succession.follow_posts(begin + DAY))
    changed = process_time() - before
    moved = Order.objects.filter(owner_person=post.holder_b).count()
    assert moved == ORDERS, moved
    more = {"orders": ORDERS, "all of them, s": wall, "a look with nothing due, ms": quiet * 1000}
    return [Measured("a change of shift, an order over taking it in", changed / taken_in, 1.0, "times", more=more)]
