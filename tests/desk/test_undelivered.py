"""未送达的通知 and 通知渠道: what did not go out is seen, sent again with open eyes, and a channel can be tried."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.cast import Cast
from tests.desk.web import Site
from tests.proceedings.stages import LETTER, dispatched, opened
from tests.telling import receivers
from tests.telling.receivers import Robots
from tests.telling.stages import group, own, run, states

from lianxin.directory import ciphers
from lianxin.directory.models import Channel
from lianxin.ledger import journal
from lianxin.ledger.models import Delivery, Journal


@pytest.fixture
def robots(settings: Any) -> Iterator[Robots]:
    with receivers.robots() as made:
        settings.ROBOT_HOSTS = [made.host]
        yield made


@pytest.fixture
def failed(base: Cast, robots: Robots, nine: datetime) -> list[str]:
    """Numbers of what did not reach the town, and of what may have: an order each; and a letter."""
    group(base, "town", robots)
    numbers = []
    for answer in ((404, b""), (500, b""), (404, b"")):
        robots.behave = lambda vendor, text, answer=answer: answer  # type: ignore[misc]
        letter = len(numbers) == 2
        root = opened(base, "letter.sent", nine, **LETTER(base, nine)) if letter else dispatched(base, nine)
        run(nine)
        numbers.append(root.number)
    robots.behave = lambda vendor, text: None
    assert states() == {"failed": 2, "unknown": 1}
    return numbers


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_administrator_sees_what_did_not_arrive_and_why_one_click_from_home(site: Site, failed: list[str]) -> None:
    assert 'href="/undelivered/"' in text(site.get("admin", "/"))
    page = text(site.get("admin", "/undelivered/"))
    assert all(number in page for number in failed)
    assert "对方拒绝接收（HTTP 404）" in page
    assert "大店镇" in page
    assert f"/orders/{failed[0]}/" not in page, "he may not open orders"
    assert "柳岸花园" not in page
    only = text(site.get("admin", "/undelivered/?state=unknown"))
    assert [number in only for number in failed] == [False, True, False]
    found = text(site.get("admin", f"/undelivered/?q={failed[1]}"))
    assert [number in found for number in failed] == [False, True, False]
    assert f">{failed[2]}<" in text(site.get("admin", f"/undelivered/?q={failed[2]}"))
    assert "没有这样的通知" in text(site.get("admin", "/undelivered/?kind=email"))
    for strange in ("?state=x&kind=y&page=z", "?q=%00", "?page=999999"):
        assert site.get("admin", f"/undelivered/{strange}").status_code == 200


def test_what_this_version_does_not_know_any_more_is_listed(site: Site, failed: list[str]) -> None:
    Delivery.objects.update(kind="letter.given_up_since")
    assert text(site.get("admin", "/undelivered/")).count("有新进展") == len(failed)


def test_a_channel_and_its_line_in_the_journal_are_kept_together_or_not_at_all(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the journal cannot be written")

    monkeypatch.setattr(journal, "write", broken)
    with pytest.raises(RuntimeError):
        site.at("clerk@town").post("/me/channels/new/", MINE)
    assert not Channel.objects.exists()


def test_a_units_lead_sees_his_units_and_others_nothing(site: Site, failed: list[str]) -> None:
    page = text(site.get("principal@town", "/undelivered/"))
    assert all(number in page for number in failed)
    assert f"/orders/{failed[0]}/" in page
    assert failed[0] not in text(site.get("principal@heat", "/undelivered/"))
    for who in ("clerk@town", "agent", "dispatcher"):
        assert site.get(who, "/undelivered/").status_code == 403
        assert site.get(who, "/channels/").status_code == 403
        assert site.get(who, "/undelivered/sheet.xlsx").status_code == 403
        assert site.at(who).post("/undelivered/again/", {}).status_code == 403


def test_the_list_as_a_sheet_is_in_the_journal(site: Site, failed: list[str]) -> None:
    answer = site.get("admin", "/undelivered/sheet.xlsx?state=failed")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.values)  # type: ignore[union-attr]
    assert rows[0][0] == "编号"
    assert {row[0] for row in rows[1:]} == {failed[0], failed[2]}
    assert Journal.objects.filter(action="notices.exported").latest("number").payload["rows"] == 2


def test_what_may_have_arrived_is_sent_again_only_with_open_eyes(site: Site, failed: list[str], robots: Robots) -> None:
    ids = [str(pk) for pk in Delivery.objects.order_by("pk").values_list("pk", flat=True)]
    said = site.at("admin").post("/undelivered/again/", {"delivery": ids}, follow=True)
    assert "2 条已放回待发送" in text(said)
    assert "1 条状态不明的没有重发" in text(said)
    assert states() == {"queued": 2, "unknown": 1}
    line = Journal.objects.get(action="notices.resent")
    assert (line.payload["unknown"], len(line.payload["deliveries"])) == ([], 2)
    assert run(timezone.now()) == 2
    assert failed[1] not in robots.texts()[0]
    site.at("admin").post("/undelivered/again/", {"delivery": ids, "twice": "1"})
    assert run(timezone.now()) == 1
    assert failed[1] in robots.texts()[-1]
    assert states() == {"sent": 3}
    again = site.at("admin").post("/undelivered/again/", {"delivery": [*ids, "x", "9" * 30]}, follow=True)
    assert "没有勾选可以重发的通知" in text(again)


def test_what_was_sent_is_not_read_to_count_what_was_not(site: Site, failed: list[str], robots: Robots) -> None:
    """Almost all of it was: by the indexes of the few."""
    robots.behave = lambda vendor, text: (429, b"")
    site.at("admin").post("/undelivered/again/", {"delivery": list(Delivery.objects.values_list("pk", flat=True)[:1])})
    run(timezone.now())
    with CaptureQueriesContext(connection) as asked:
        page = text(site.get("admin", "/undelivered/"))
    counts = re.findall(r'\?state=(\w*)[^"]*"[^>]*>[^<]*<b>(\d+)<', page)
    assert dict(counts) == {"": "2", "failed": "1", "unknown": "1", "waiting": "1"}
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in asked:
            if "COUNT" in query["sql"] and "ledger_delivery" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql'].replace('%', '%%')}")
                plans.append(str(cursor.fetchall()))
    assert plans
    assert all("delivery_undelivered" in plan or "delivery_queued" in plan for plan in plans)


def test_nobody_sends_again_what_is_anothers(site: Site, failed: list[str]) -> None:
    ids = [str(pk) for pk in Delivery.objects.values_list("pk", flat=True)]
    site.at("principal@heat").post("/undelivered/again/", {"delivery": ids, "twice": "1"})
    assert states() == {"failed": 2, "unknown": 1}


def test_statements_do_not_grow_with_the_rows(site: Site, base: Cast, robots: Robots, nine: datetime) -> None:
    group(base, "town", robots)
    robots.behave = lambda vendor, text: (404, b"")
    counts = []
    for more in (2, 30):
        for _ in range(more):
            dispatched(base, nine)
        run(nine)
        for who in ("admin", "principal@town"):
            site.get(who, "/undelivered/")
            with CaptureQueriesContext(connection) as asked:
                site.get(who, "/undelivered/")
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 30


# --- channels --------------------------------------------------------------------------------
MINE = {"kind": "email", "name": "我的邮箱", "reaches": "me@example.com", "active": "on"}


def test_a_person_keeps_his_own_channels(site: Site) -> None:
    assert 'href="/me/channels/"' in text(site.get("clerk@town", "/me/"))
    made = site.at("clerk@town").post("/me/channels/new/", MINE | {"quiet_from": "20:00", "quiet_to": "07:30"})
    assert made.status_code == 302
    channel = Channel.objects.get()
    assert (channel.staff, channel.opened()) == (site.cast.staff["clerk@town"], ("me@example.com", ""))
    assert "me@example.com" not in channel.address
    page = text(site.get("clerk@town", "/me/channels/"))
    assert "me***@example.com" in page
    assert "20:00 至 07:30 免打扰" in page
    form = text(site.get("clerk@town", f"/me/channels/{channel.pk}/"))
    assert "me@example.com" not in form, "what was typed is not shown again"
    changed = MINE | {"reaches": "", "name": "值班邮箱", "digest_at": "8:30，14：00"}
    assert site.at("clerk@town").post(f"/me/channels/{channel.pk}/", changed).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.digest_at, channel.opened()[0]) == ("值班邮箱", "08:30、14:00", "me@example.com")
    assert set(Journal.objects.values_list("action", flat=True)) >= {"channel.added", "channel.changed"}
    assert not Journal.objects.filter(payload__icontains="example.com").exists()
    for who in ("clerk@heat", "admin"):
        assert site.get(who, f"/me/channels/{channel.pk}/").status_code == 404
        assert site.at(who).post(f"/me/channels/{channel.pk}/", MINE).status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reaches": ""}, "请填写地址。"),
        ({"reaches": "nobody"}, "请填写完整的邮箱地址"),
        ({"kind": "wecom", "reaches": "https://evil.example/cgi-bin/webhook/send?key=1"}, "复制完整的 Webhook 地址"),
        ({"kind": "wecom", "reaches": "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"}, "复制完整的 Webhook"),
        ({"kind": "wecom", "reaches": "https://qyapi.weixin.qq.com@127.0.0.1/x"}, "复制完整的 Webhook 地址"),
        ({"kind": "feishu", "reaches": "https://oapi.dingtalk.com/robot/send?access_token=1"}, "复制完整的 Webhook"),
        ({"kind": "dingtalk", "reaches": "https://[::1/"}, "复制完整的 Webhook 地址"),
        ({"kind": "dingtalk", "reaches": "https://oapi.dingtalk.com:x/"}, "复制完整的 Webhook 地址"),
        ({"signs": "SEC1"}, "只有钉钉、飞书机器人有加签密钥。"),
        ({"kind": "sms"}, "选择"),
        ({"name": ""}, "必填"),
        ({"digest_at": "25:00"}, "请写成“08:30、14:00”"),
        ({"digest_at": "08:30 09:00 10:00 11:00 12:00 13:00 14:00"}, "最多 6 个"),
        ({"digest_at": "21:00", "quiet_from": "20:00", "quiet_to": "07:30"}, "21:00在免打扰时段内"),
        ({"quiet_from": "20:00"}, "起止要同时填写"),
        ({"quiet_from": "20:00", "quiet_to": "20:00"}, "起止不能相同"),
        ({"quiet_from": "8点", "quiet_to": "20:00"}, "时间"),
    ],
)
def test_bad_input_is_told_beside_its_field(site: Site, typed: dict[str, str], said: str) -> None:
    answer = site.at("clerk@town").post("/me/channels/new/", MINE | typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not Channel.objects.exists()


def test_another_kind_wants_another_address_and_drops_the_secret(site: Site) -> None:
    ding = {"kind": "dingtalk", "reaches": "https://oapi.dingtalk.com/robot/send?access_token=1", "signs": "SEC1"}
    site.at("clerk@town").post("/me/channels/new/", MINE | ding)
    channel = Channel.objects.get()
    assert channel.opened()[1] == "SEC1"
    path = f"/me/channels/{channel.pk}/"
    answer = site.at("clerk@town").post(path, MINE | {"kind": "email", "reaches": ""})
    assert "换了种类，请填写新的地址。" in text(answer)
    assert site.at("clerk@town").post(path, MINE).status_code == 302
    channel.refresh_from_db()
    assert (channel.kind, channel.opened()) == ("email", ("me@example.com", ""))


def test_a_person_has_five_at_most(site: Site) -> None:
    for _ in range(5):
        assert site.at("clerk@town").post("/me/channels/new/", MINE).status_code == 302
    assert site.at("clerk@town").post("/me/channels/new/", MINE).status_code == 403
    assert "/me/channels/new/" not in text(site.get("clerk@town", "/me/channels/"))


def test_a_test_message_tells_how_it_came_out(site: Site, base: Cast, robots: Robots) -> None:
    channel = group(base, "town", robots)
    assert "测试消息已送到" in text(site.at("admin").post(f"/channels/{channel.pk}/try/", follow=True))
    (said,) = robots.texts()
    assert said.startswith("【热线工单】测试消息")
    robots.behave = lambda vendor, text: (404, b"")
    answer = site.at("principal@town").post(f"/channels/{channel.pk}/try/", follow=True)
    assert "没有确认送到“热线工作群”：对方拒绝接收（HTTP 404）" in text(answer)
    for who in ("clerk@town", "principal@heat", "agent"):
        assert site.at(who).post(f"/channels/{channel.pk}/try/").status_code == 404
    lines = Journal.objects.filter(action="channel.tried").order_by("number")
    assert [line.payload["state"] for line in lines] == ["sent", "failed"]
    mine = own(base, "clerk@heat")
    assert site.at("clerk@heat").post(f"/channels/{mine.pk}/try/", {"mine": "1"}).status_code == 302


def test_the_list_of_channels_is_the_centres_or_the_units(site: Site, base: Cast, robots: Robots) -> None:
    group(base, "town", robots, name="镇工作群")
    group(base, "heat", robots, name="热力工作群")
    own(base, "clerk@town")
    page = text(site.get("admin", "/channels/"))
    assert "镇工作群" in page
    assert "热力工作群" in page
    assert "wecom-key" not in page
    page = text(site.get("principal@town", "/channels/"))
    assert "镇工作群" in page
    assert "热力工作群" not in page


# --- administration --------------------------------------------------------------------------
def test_the_administration_keeps_a_units_channel_and_shows_no_address(site: Site, base: Cast) -> None:
    admin = base.staff["admin"]
    admin.is_staff = True
    admin.save()
    typed = {
        "centre": base.centre.pk,
        "unit": base.units["town"].pk,
        "kind": "feishu",
        "name": "镇工作群",
        "reaches": "https://open.feishu.cn/open-apis/bot/v2/hook/a-b-c-d9f1",
        "signs": "very-secret",
        "active": "on",
    }
    path = "/admin/directory/channel/"
    both = site.at("admin").post(f"{path}add/", typed | {"staff": base.staff["clerk@town"].pk})
    assert "二者选一" in text(both)
    assert site.at("admin").post(f"{path}add/", typed).status_code == 302
    channel = Channel.objects.get()
    assert channel.opened() == (typed["reaches"], "very-secret")
    for page in (path, f"{path}{channel.pk}/change/", f"{path}{channel.pk}/history/"):
        shown = text(site.get("admin", page))
        assert "镇工作群" in shown, page
        assert "a-b-c-d9f1" not in shown
        assert "very-secret" not in shown
    assert "open.feishu.cn …d9f1" in text(site.get("admin", path))
    assert not Journal.objects.filter(payload__icontains="d9f1").exists()


def test_the_keys_of_channels_are_changed_with_those_of_callers(base: Cast, robots: Robots) -> None:
    from lianxin.directory import channel_keys, keyring

    channel = group(base, "town", robots, "dingtalk")
    before = channel.opened()
    lost = own(base, "clerk@town")
    Channel.objects.filter(pk=lost.pk).update(address="77:AAAA")
    keyring.add()
    assert channel_keys.reseal() == (1, 1)
    channel.refresh_from_db()
    assert channel.opened() == before
    assert channel.address.startswith(f"{keyring.current()[0]}:")
    assert ciphers.decrypt(channel.secret) == before[1]
    assert channel_keys.reseal() == (0, 1)
