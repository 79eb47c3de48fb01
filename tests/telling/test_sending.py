"""What surely was not taken is tried again; what may have been taken is not; and nothing goes out twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, later, make_cast
from tests.proceedings.stages import dispatched
from tests.telling.receivers import Mailbox, Robots
from tests.telling.stages import group, letters, own, run, states, why

from lianxin.ledger.models import Delivery
from lianxin.telling import outgoing, posting

#: What the other side does, how it must be taken, and what people read.
TAKEN_OR_NOT: list[tuple[object, str, str]] = [
    ((200, b'{"errcode":45009,"errmsg":"api freq out of limit"}'), "queued", "发送过于频繁，对方限流（错误码 45009）"),
    (
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}'),
        "failed",
        "Webhook 地址无效或机器人已移出群（错误码 93000）",
    ),
    ((200, b'{"errcode":40008,"errmsg":"x"}'), "failed", "对方没有接收（错误码 40008）"),
    ((500, b'{"errcode":-1,"errmsg":"system busy"}'), "queued", "对方没有接收（错误码 -1）"),
    ((404, b"not here"), "failed", "对方拒绝接收（HTTP 404）"),
    ((429, b""), "queued", "对方暂不接收（HTTP 429）"),
    ((302, b""), "failed", "对方拒绝接收（HTTP 302）"),
    ((500, b"oops"), "unknown", "对方的回答看不出是否收到（HTTP 500）"),
    ((502, b"<html>"), "unknown", "对方的回答看不出是否收到（HTTP 502）"),
    ((200, b"<html>welcome"), "unknown", "对方的回答看不出是否收到（HTTP 200）"),
    ((200, b'["errcode"]'), "unknown", "对方的回答看不出是否收到（HTTP 200）"),
    ((200, b"[" * 30_000), "unknown", "对方的回答看不出是否收到（HTTP 200）"),
    ((503, b'{"errcode":0}'), "unknown", "对方回答自相矛盾（HTTP 503）"),
    ("silent", "unknown", "已发出，对方没有及时回音"),
    ("hung up", "unknown", "已发出，连接中断，没有收到回音"),
    ("broken", "unknown", "对方的回答看不出是否收到（HTTP 200）"),
]


@pytest.mark.parametrize(("behaviour", "state", "said"), TAKEN_OR_NOT)
def test_what_an_answer_means(
    base: Cast,
    robots: Robots,
    nine: datetime,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: object,
    state: str,
    said: str,
) -> None:
    monkeypatch.setattr(posting, "ANSWER", 0.4)
    robots.behave = lambda vendor, text: behaviour  # type: ignore[assignment,return-value]
    group(base, "town", robots)
    dispatched(base, nine)
    assert run(nine) == 0
    assert (states(), why()) == ({state: 1}, [said])
    asked = robots.asked
    assert asked == 1, "no redirect is followed, nothing repeated at once"
    robots.behave = lambda vendor, text: None
    run(later(nine, days=1))
    assert robots.asked == (2 if state == "queued" else 1), "what may have arrived is never resent by itself"
    assert states() == ({"sent": 1} if state == "queued" else {state: 1})


def test_where_nobody_listens_it_is_tried_with_growing_pauses_and_then_given_up(
    base: Cast, robots: Robots, nine: datetime
) -> None:
    channel = group(base, "town", robots)
    robots.server.shutdown()
    robots.server.server_close()
    dispatched(base, nine)
    at, pauses = nine, []
    for _ in range(len(outgoing.PAUSES)):
        assert run(at) == 0
        (waiting,) = Delivery.objects.all()
        assert (waiting.state, waiting.why) == ("queued", "连接不上对方服务器")
        assert run(waiting.next_at - timedelta(seconds=1)) == 0
        assert Delivery.objects.get().attempts == waiting.attempts, "not before"
        pauses.append(waiting.next_at - at)
        at = waiting.next_at
    assert pauses == sorted(pauses)
    assert pauses == list(outgoing.PAUSES)
    run(at)
    assert states() == {"failed": 1}
    assert why() == ["连接不上对方服务器，试了 6 次"]
    assert channel.hint.endswith("-key")


def test_many_are_told_and_put_off_in_as_many_statements_as_few(base: Cast, robots: Robots, nine: datetime) -> None:
    robots.behave = lambda vendor, text: (429, b"")
    group(base, "town", robots)
    asked = []
    for n, orders in enumerate((1, 1, 9)):
        for _ in range(orders):
            dispatched(base, later(nine, hours=n))
        with CaptureQueriesContext(connection) as seen:
            run(later(nine, hours=n))
        asked.append(len(seen))
        assert not any("COUNT" in query["sql"] and "entry_id" in query["sql"] for query in seen)
        notices = [query["sql"] for query in seen if 'FROM "ledger_notice"' in query["sql"]]
        assert notices
        assert not any('"labels"' in sql for sql in notices), "of an order it is asked how urgent it is, no more"
        assert set(Delivery.objects.values_list("state", flat=True)) == {"queued"}
        Delivery.objects.update(next_at=later(nine, days=9))
    assert asked[1] == asked[2]


def test_who_asks_for_a_pause_gets_a_longer_one(base: Cast, robots: Robots, nine: datetime) -> None:
    robots.behave = lambda vendor, text: (200, b'{"errcode":130101,"errmsg":"send too fast"}')
    group(base, "town", robots, "dingtalk")
    dispatched(base, nine)
    run(nine)
    assert Delivery.objects.get().next_at == nine + outgoing.SLOW


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_wrong_secret_is_said(base: Cast, robots: Robots, nine: datetime, kind: str) -> None:
    channel = group(base, "town", robots, kind)
    channel.seal(None, "another")
    channel.save()
    dispatched(base, nine)
    run(nine)
    assert states() == {"failed": 1}
    assert "加签密钥" in why()[0]
    assert robots.taken == []


def test_a_host_that_nobody_allowed_is_not_called(base: Cast, robots: Robots, nine: datetime, settings: object) -> None:
    group(base, "town", robots)
    settings.ROBOT_HOSTS = []  # type: ignore[attr-defined]
    dispatched(base, nine)
    run(nine)
    assert (robots.asked, states()) == (0, {"failed": 1})


def test_an_address_whose_key_is_gone_is_said(
    base: Cast, robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = group(base, "town", robots)
    channel.address = f"99:{channel.address.partition(':')[2]}"
    channel.save()
    dispatched(base, nine)
    run(nine)
    assert (states(), why()) == ({"failed": 1}, ["渠道的地址不能解读，请重新填写"])


@pytest.mark.parametrize(
    ("say", "state"),
    [
        ({"RCPT": "550 no such mailbox"}, "failed"),
        ({"RCPT": "450 later"}, "queued"),
        ({"DATA": "554 no"}, "failed"),
        ({"END": "452 full"}, "queued"),
        ({"END": "hang up"}, "unknown"),
        ({"MAIL": "hang up"}, "unknown"),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, "queued"),
    ],
)
def test_what_a_mail_server_says(base: Cast, mailbox: Mailbox, nine: datetime, say: dict[str, str], state: str) -> None:
    mailbox.say = say
    own(base, "clerk@town")
    dispatched(base, nine)
    assert run(nine) == 0
    assert states() == {state: 1}
    assert "example.com" not in why()[0]
    mailbox.say = {}
    run(later(nine, days=1))
    arrived = ("END" in say) + (state == "queued")
    assert len(letters(mailbox)) == arrived


def test_what_breaks_off_in_an_unforeseen_way_is_unknown(
    base: Cast, robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(robots.address("wecom"))

    monkeypatch.setattr(outgoing.robots, "send", fail)
    group(base, "town", robots)
    dispatched(base, nine)
    assert run(nine) == 0
    assert states() == {"unknown": 1}
    assert "wecom-key" not in caplog.text, "what a log says holds no address"


def test_what_a_dead_worker_had_in_hand_is_unknown_and_never_resent(
    base: Cast, robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    group(base, "town", robots)
    dispatched(base, nine)
    with monkeypatch.context() as patched:
        patched.setattr(outgoing, "deliver", kill)
        with pytest.raises(Killed):
            run(nine)
    assert states() == {"sending": 1}
    assert run(nine + outgoing.CUT_OFF - timedelta(seconds=1)) == 0
    assert states() == {"sending": 1}
    assert run(nine + outgoing.CUT_OFF) == 0
    assert (states(), robots.asked) == ({"unknown": 1}, 0)
    assert run(later(nine, days=1)) == 0
    assert robots.asked == 0


def test_a_late_worker_does_not_overrule_the_verdict(base: Cast, robots: Robots, nine: datetime) -> None:
    def late(vendor: str, text: str) -> None:
        Delivery.objects.update(state="unknown")

    channel = group(base, "town", robots)
    dispatched(base, nine)
    outgoing.spread(base.centre.pk, nine)
    message = outgoing._claimed(channel.pk, nine)
    assert message is not None
    late("", "")
    outgoing._mark(message, outgoing.Outcome("sent"), nine)
    assert states() == {"unknown": 1}


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_send_each_thing_once(
    robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MOST_LINES", 2)
    cast = make_cast("base", "base")
    group(cast, "town", robots)
    group(cast, "heat", robots, "feishu")
    run(nine)
    orders = [dispatched(cast, nine, "town", "heat") for _ in range(12)]

    def work(_: int) -> int:
        try:
            return run(later(nine, minutes=1))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, range(4)))
    assert done == 24
    for vendor in ("wecom", "feishu"):
        lines = [line for text in robots.texts(vendor) for line in text.splitlines()[1:]]
        assert sorted(line.split()[1].split("，")[0] for line in lines) == sorted(order.number for order in orders)


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_keep_to_what_a_robot_takes_in_a_minute(
    robots: Robots, nine: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MOST_LINES", 1)
    monkeypatch.setattr(outgoing, "MOST_A_MINUTE", 5)
    plain = outgoing._lately

    def slowly(channel: object, at: datetime) -> int:
        found = plain(channel, at)  # type: ignore[arg-type]
        time.sleep(0.03)
        return found

    monkeypatch.setattr(outgoing, "_lately", slowly)
    cast = make_cast("base", "base")
    group(cast, "town", robots)
    run(nine)
    for _ in range(12):
        dispatched(cast, nine)

    def work(_: int) -> int:
        try:
            return run(later(nine, minutes=1))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 5
    assert len(robots.texts()) == 5
    assert states() == {"sent": 5, "queued": 7}


WORKER = """
import sys
from datetime import datetime
import django
django.setup()
from lianxin.telling import outgoing
at = datetime.fromisoformat(sys.argv[1])
outgoing.run(lambda: at)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_while_it_sends_has_sent_nothing_twice(robots: Robots, nine: datetime) -> None:
    """Killed after the robot has the message and before the answer is read: it is there once, and stays unknown."""
    cast = make_cast("base", "base")
    group(cast, "town", robots)
    run(nine)
    dispatched(cast, nine)
    heard: list[str] = []

    def hold(vendor: str, text: str) -> str:
        heard.append(text)
        return "silent"

    robots.behave = hold
    name = connection.settings_dict["NAME"]
    process = _worker(robots, str(name), later(nine, minutes=1))
    try:
        _until(lambda: bool(heard))
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert states() == {"sending": 1}
    robots.behave = lambda vendor, text: None
    assert run(later(nine, minutes=2)) == 0
    assert run(later(nine, minutes=12)) == 0
    assert (states(), len(heard), robots.taken) == ({"unknown": 1}, 1, [])


def _worker(robots: Robots, database: str, at: datetime) -> subprocess.Popen[bytes]:
    url = os.environ["DATABASE_URL"]
    head, _, query = url.partition("?")
    url = head.rpartition("/")[0] + f"/{database}" + (f"?{query}" if query else "")
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "lianxin.ops.settings",
        "LIANXIN_ROBOT_HOSTS": robots.host,
        "LIANXIN_VAR": str(Path(configured.KEYS_DIR).parent),
    }
    return subprocess.Popen([sys.executable, "-c", WORKER, at.isoformat()], env=environment)


def _until(there: Callable[[], bool]) -> None:
    for _ in range(300):
        if there():
            return
        time.sleep(0.1)
    raise AssertionError("it never came")
