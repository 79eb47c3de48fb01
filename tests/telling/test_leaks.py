"""Whatever happened, a message says no word of what was asked, nor who asked it: every kind of notice."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, request
from tests.proceedings.stages import LETTER, do, opened
from tests.telling.receivers import Robots
from tests.telling.stages import group

from lianxin.directory import snapshot
from lianxin.directory.models import Channel
from lianxin.ledger.models import Delivery, Entry
from lianxin.orders.models import Order
from lianxin.proceedings.models import Proceeding
from lianxin.rules import known, lifecycle
from lianxin.telling import viewers, wording

#: Words that stand in an order and a proceeding, none of which may go out.
SECRET = {
    "title": "秘密标题",
    "text": "秘密正文，身份证 371327199001011234。",
    "address": "秘密路 3 号",
    "requests": ["秘密诉求"],
    "caller": {"name": "秘某某", "phone": "13900002086"},
    "told": "秘密告知。",
}
WORDS = ("秘", "13900002086", "2086", "371327")
KINDS = [row.action for row in lifecycle.TABLE] + [*known.actions(), "proceeding.warned", "proceeding.breached"]


def roots(cast: Cast, at: datetime, **more: object) -> tuple[Order, Proceeding]:
    pk = do(cast, "agent", "order.registered", None, at, **request(**SECRET, **more)).order
    shares = [{"unit": cast.units["town"].pk}]
    do(cast, "dispatcher", "order.dispatched", pk, at, shares=shares, basis="law", note="秘密批注")
    said = LETTER(cast, at, title="秘密函件标题", text="秘密内容，请勿外传。")
    return Order.objects.get(pk=pk), opened(cast, "letter.sent", at, **said)


def lines(channel: Channel, root: Order | Proceeding, kind: str, at: datetime) -> str:
    entry = Entry.objects.filter(**{root.column: root.pk}).latest("number")
    made = Delivery(pk=1, **{root.column: root.pk}, entry=entry, channel=channel, kind=kind, made_at=at, next_at=at)
    viewer = viewers.of_channel(snapshot.of(channel.centre_id), channel)
    return wording.headed([*wording.lines(viewer, [made], at).values()])


@pytest.mark.parametrize("confidential", [False, True])
def test_no_kind_of_notice_says_a_word_of_it(base: Cast, robots: Robots, nine: datetime, confidential: bool) -> None:
    order, letter = roots(base, nine, confidential=confidential)
    channels = [group(base, unit, robots) for unit in ("town", "centre")]
    assert len(KINDS) > 150
    for channel in channels:
        for kind in KINDS:
            root = order if kind in {row.action for row in lifecycle.TABLE} else letter
            with CaptureQueriesContext(connection) as asked:
                said = lines(channel, root, kind, nine)
            assert root.number in said, kind
            assert not [word for word in WORDS if word in said], kind
            statements = " ".join(query["sql"] for query in asked)
            for table in ("orders_appeal", "orders_caller", "proceedings_wording", "ledger_enclosure"):
                assert table not in statements, "what is not read cannot leak"


def test_a_line_always_fits_even_with_the_longest_names(base: Cast, robots: Robots, nine: datetime) -> None:
    order, _ = roots(base, nine)
    unit = base.units["town"]
    unit.name = unit.short_name = "很" * 40
    unit.save()
    said = lines(group(base, "town", robots), order, "share.role_changed", nine)
    assert len(said.encode()) < 1024
