"""On the desk: the unit that handles the main order sees its repeats, their requests and their files; others do not."""

from __future__ import annotations

from tests.cast import later, request, shanghai
from tests.desk.web import Site
from tests.orders.stages import REPLY

from lianxin.ledger.acts import Act
from lianxin.ledger.attachments import Upload
from lianxin.ledger.door import record
from lianxin.ledger.models import Attachment
from lianxin.orders.models import Order

AT = shanghai("2026-11-18 09:00")
OTHER = {"title": "柳岸花园楼道窗户破损", "text": "同一小区楼道窗户也坏了。", "requests": ["修复楼道窗户"]}


def merged(site: Site) -> tuple[Order, Order]:
    """A main order that the heating company handles, and a repeat with a photograph."""
    cast = site.cast
    main = cast.register(AT)
    cast.dispatch(main, AT, "heat")
    photo = Upload("窗户.png", b"\x89PNG\r\n\x1a\n")
    act = Act("order.registered", cast.actor("agent"), AT, request(**OTHER), recorded_at=AT, files=(photo,))
    repeat = Order.objects.get(pk=record(act).order)
    cast.do("agent", "order.merged", repeat.pk, later(AT, minutes=1), number=main.number)
    return main, repeat


def test_the_unit_sees_the_repeat_on_its_main_order_and_opens_it(site: Site) -> None:
    main, repeat = merged(site)
    page = site.get("clerk@heat", f"/orders/{main.number}/").content.decode()
    for words in (repeat.number, OTHER["text"], "修复楼道窗户", "附件 1 个", "139 **** 2086"):
        assert words in page, words
    assert site.get("clerk@heat", f"/orders/{repeat.number}/").status_code == 200
    file = Attachment.objects.get(order=repeat)
    assert site.get("clerk@heat", f"/orders/{repeat.number}/files/{file.pk}/").status_code == 200
    for stranger in ("clerk@town", "clerk@village"):
        assert site.get(stranger, f"/orders/{repeat.number}/").status_code == 404
        assert site.get(stranger, f"/orders/{repeat.number}/files/{file.pk}/").status_code == 404
    # An order of its own again, it is not the unit's any more.
    site.cast.do("agent", "order.unmerged", repeat.pk, later(AT, minutes=2), reason="不是同一件事")
    assert site.get("clerk@heat", f"/orders/{repeat.number}/").status_code == 404


def test_whoever_calls_the_repeats_caller_reads_the_main_orders_answer(site: Site) -> None:
    main, repeat = merged(site)
    cast = site.cast
    cast.do("clerk@heat", "share.signed", main.pk, later(AT, minutes=2))
    both = REPLY | {"answers": ["已检修，室温 19℃。", "楼道窗户已更换。"]}
    cast.do("clerk@heat", "share.replied", main.pk, later(AT, minutes=3), **both)
    cast.do("hotline_deputy@heat", "share.unit_audited", main.pk, later(AT, minutes=4), approved=True)
    page = site.get("callback", f"/orders/{repeat.number}/").content.decode()
    assert "主单还没有通过的答复" in page
    cast.do("auditor", "share.passed", main.pk, later(AT, minutes=5), of_unit=cast.units["heat"].pk)
    page = site.get("callback", f"/orders/{repeat.number}/").content.decode()
    assert "1. 楼道窗户已更换。" in page


def test_a_due_time_says_its_cause_and_its_hour(site: Site) -> None:
    cast = site.cast
    order = cast.register(AT)
    cast.dispatch(order, AT, "heat")
    limit = {"upstream_due": shanghai("2026-11-21 00:00"), "reason": "上级平台改了时限"}
    cast.do("dispatcher", "order.limit_set", order.pk, later(AT, minutes=1), **limit)
    page = site.get("clerk@heat", f"/orders/{order.number}/").content.decode()
    assert "上级平台要求不迟于2026年11月20日24:00，从其规定" in page
    assert "改为2026年11月20日24:00（上级时限）" in page
    queue = site.get("clerk@heat", "/?queue=all").content.decode()
    assert "24:00 前" in queue
    assert "热力公司" in site.get("dispatcher", f"/orders/{order.number}/").content.decode()


def test_a_question_stands_in_the_other_sides_queue(site: Site) -> None:
    cast = site.cast
    order = cast.register(AT)
    cast.dispatch(order, AT, "heat")
    cast.do("clerk@heat", "share.signed", order.pk, later(AT, minutes=1))
    about = {"of_unit": cast.units["heat"].pk}
    cast.do("auditor", "remark.asked", order.pk, later(AT, minutes=2), text="请问何时上门检修？", **about)
    assert order.number in site.get("clerk@heat", "/?queue=remarks").content.decode()
    assert order.number not in site.get("dispatcher", "/?queue=remarks").content.decode()
    cast.do("clerk@heat", "remark.answered", order.pk, later(AT, minutes=3), text="今日下午上门。")
    assert order.number not in site.get("clerk@heat", "/?queue=remarks").content.decode()
