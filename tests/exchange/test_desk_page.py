"""The page of imports: a file is seen before it is taken, and only by the posts that take it in."""

from __future__ import annotations

import io
import os
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import CENTRE_POSTS, Cast, later
from tests.orders.test_whole_life import walk

from lianxin.desk import watching
from lianxin.exchange import counter
from lianxin.exchange.maps import MapError
from lianxin.ledger.models import Journal
from lianxin.ops import jobs
from lianxin.orders.models import Order

from .conftest import Import, order, read_back, workbook

pytestmark = pytest.mark.urls("tests.exchange.site_urls")


def browser(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.staff[who])
    return client


def upload(client: Client, *rows: dict[str, Any], mapping: str = "city", data: bytes | None = None) -> Any:
    out = io.BytesIO()
    workbook(out, {"工单": rows})  # type: ignore[arg-type]
    file = SimpleUploadedFile("今日工单.xlsx", out.getvalue() if data is None else data)
    return client.post("/imports/", {"map": mapping, "file": file})


def words(answer: Any) -> str:
    return str(answer.content.decode())


def waiting() -> list[Path]:
    """The files between preview and import."""
    return list(Path(settings.IMPORTS_ROOT).iterdir())


def test_a_file_is_previewed_then_imported_once(cast: Cast) -> None:
    client = browser(cast, "dispatcher")
    assert "市级平台日常工单" in words(client.get("/imports/"))
    seen = upload(client, order(1), order(2, 受理时间="昨天"))
    assert "预览：共 2 行；登记 1 件，有误未导入的 1 行。" in words(seen)
    assert "工单 第 3 行“受理时间”：“昨天”不是日期和时间" in words(seen)
    assert not Order.objects.exists()
    assert [place.stat().st_mode & 0o777 for place in waiting()] == [0o600]
    done = client.post("/imports/run/")
    assert "共 2 行；登记 1 件，有误未导入的 1 行。" in words(done)
    assert Order.objects.get().upstream_number == "LY2026111800001"
    line = Journal.objects.get(action="orders.imported")
    assert (line.staff, line.payload["file"]) == (cast.staff["dispatcher"], "今日工单.xlsx")
    again = client.post("/imports/run/")
    assert "已在册、没有新内容的 1 行" in words(again)
    assert Order.objects.count() == 1


def test_a_file_waits_outside_the_attachments_and_is_gone_once_all_of_it_is_imported(
    cast: Cast, attachments: Path
) -> None:
    client = browser(cast, "dispatcher")
    upload(client, order(1))
    assert len(waiting()) == 1
    assert not list(attachments.rglob("*")), "what the backup packs"
    client.post("/imports/run/")
    assert waiting() == []
    assert "预览的文件已经不在" in words(client.post("/imports/run/"))


def dated(place: Path, seconds: float = 0) -> None:
    """The system dates a file by the wall's clock, in which no test lives (tests/moment.py)."""
    os.utime(place, (0, time.time() + seconds))


def test_what_nobody_imported_is_cleared_after_a_day(cast: Cast) -> None:
    upload(browser(cast, "dispatcher"), order(1))
    (old,) = waiting()
    dated(old)
    upload(browser(cast, "supervisor"), order(2))
    (new,) = set(waiting()) - {old}
    dated(new)
    dated(old, -24 * 3600 - 1)
    jobs.clear_imports(timestamp=0)
    assert len(waiting()) == 1
    assert not old.exists()


def test_another_upload_may_clear_the_same_files(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is listed is gone before it is looked at."""
    listed = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda folder: [*listed(folder), folder / "gone"])
    for _ in range(2):
        assert upload(browser(cast, "dispatcher"), order(1)).status_code == 200


def test_the_bad_rows_can_be_taken_away(cast: Cast, tmp_path: Path) -> None:
    client = browser(cast, "dispatcher")
    upload(client, order(1), order(2, 受理时间="昨天"))
    client.post("/imports/run/")
    answer = client.post("/imports/faults/")
    (tmp_path / "bad.xlsx").write_bytes(answer.content)
    assert [row["工单编号"] for row in read_back(tmp_path / "bad.xlsx")] == ["LY2026111800002"]


@pytest.mark.parametrize(
    ("data", "mapping", "sentence"),
    [
        (b"PK\x03\x04rubbish", "city", "文件不完整"),
        (b"", "city", "文件是空的"),
        ("甲\n1\n".encode(), "city", "缺少列：工单编号"),
        (b"x", "../../etc/passwd", "请选择映射"),
        (b"x", "board", "请选择映射"),
    ],
)
def test_what_cannot_be_imported_is_said_beside_the_field(cast: Cast, data: bytes, mapping: str, sentence: str) -> None:
    answer = upload(browser(cast, "dispatcher"), mapping=mapping, data=data)
    assert answer.status_code == 422
    assert sentence in words(answer)


@pytest.mark.parametrize("mapping", ["/etc/passwd", "policies/maps/city.toml", "n" * 300, "board", ""])
def test_replies_go_out_only_by_a_map_that_is_offered(cast: Cast, mapping: str) -> None:
    days = {"since": "2026-11-18", "until": "2026-11-18"}
    answer = browser(cast, "dispatcher").post("/imports/replies/", {"map": mapping} | days)
    assert answer.status_code == 422
    assert "请选择映射" in words(answer)


def test_replies_of_a_year_at_most_are_made_while_somebody_waits(cast: Cast) -> None:
    client = browser(cast, "dispatcher")
    for until, status in (("2026-12-31", 200), ("2027-01-01", 200), ("2027-01-02", 422)):
        answer = client.post("/imports/replies/", {"map": "city", "since": "2026-01-01", "until": until})
        assert answer.status_code == status
    assert "一次最多下载 366 天的答复，请缩短起止日期" in words(answer)
    for name, typed in (("since", "2026-01-01"), ("until", "2027-01-02")):
        assert f'name="{name}" value="{typed}"' in answer.content.decode(), "what was typed stays in its field"


@pytest.mark.parametrize("name", ["/etc/passwd", "policies/maps/city.toml", "../maps/city", "n" * 300])
def test_the_desk_knows_maps_by_name_only(cast: Cast, nine: datetime, name: str) -> None:
    with pytest.raises(MapError, match="没有名为"):
        counter.replies(name, cast.centre, nine, nine, cast.staff["dispatcher"].pk)


def test_only_the_posts_that_take_in_may_import(cast: Cast) -> None:
    for who in [*CENTRE_POSTS, "clerk@heat", "dispatcher:b"]:
        allowed = who in ("dispatcher", "supervisor")
        client = browser(cast, who)
        for answer in (client.get("/imports/"), upload(client, order(1))):
            assert answer.status_code == (200 if allowed else 403), who
        for place in ("run/", "faults/", "replies/"):
            assert client.post(f"/imports/{place}").status_code in ((200, 422) if allowed else (403,))
    assert Client().get("/imports/").status_code == 302


def test_a_file_is_of_the_session_that_brought_it(cast: Cast) -> None:
    upload(browser(cast, "dispatcher"), order(1))
    answer = browser(cast, "supervisor").post("/imports/run/")
    assert (answer.status_code, Order.objects.count()) == (422, 0)
    assert "预览的文件已经不在" in words(answer)


def test_replies_go_out_and_the_journal_knows_by_whom(bring: Import, cast: Cast, tmp_path: Path) -> None:
    bring.run(order(1))
    found = Order.objects.get()
    cast.dispatch(found, bring.at, "heat")
    walk(cast, found, later(bring.at, minutes=1))
    client = browser(cast, "dispatcher")
    answer = client.post("/imports/replies/", {"map": "city", "since": "2026-11-18", "until": "2026-11-18"})
    (tmp_path / "out.xlsx").write_bytes(answer.content)
    assert [(row["工单编号"], row["承办单位"]) for row in read_back(tmp_path / "out.xlsx")] == [
        ("LY2026111800001", "热力公司")
    ]
    assert Journal.objects.get(action="replies.exported").staff == cast.staff["dispatcher"]
    # A download leaves its page as it is: the form is not held for sent (`data-again`), and works any number of times.
    assert re.search(r'<form[^>]*action="/imports/replies/" data-again>', words(client.get("/imports/")))
    again = client.post("/imports/replies/", {"map": "city", "since": "2026-11-18", "until": "2026-11-18"})
    assert (again.status_code, again["Content-Disposition"]) == (200, answer["Content-Disposition"])
    for since in ("2026-11-19", "", "31.12."):
        wrong = client.post("/imports/replies/", {"map": "city", "since": since, "until": "2026-11-18"})
        assert wrong.status_code == 422


def test_the_page_tells_how_far_the_reading_has_come(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """While rows are read nobody knows how many there are; then orders are counted.  Others see nothing of it."""
    client, asking, other = (browser(cast, who) for who in ("dispatcher", "dispatcher", "agent"))
    page = words(client.get("/imports/"))
    watch = re.search(r'name="watch" value="([0-9a-f]{32})"', page)
    assert watch
    address = f"/imports/progress/?of={watch[1]}"
    seen: list[str] = []
    for name in ("preview", "run"):
        real = getattr(counter.imports, name)

        def heard(*given: Any, real: Any = real, **more: Any) -> Any:
            *rest, hear = given
            seen.append(words(asking.get(address)))

            def tell(done: int, total: int | None) -> None:
                hear(done, total)
                seen.append(words(asking.get(address)))
                assert "已核对" not in words(other.get(address))
                assert watching.progress(watch[1], cast.staff["agent"].pk) is None

            seen.append((hear(2000, None), words(asking.get(address)))[1])
            return real(*rest, tell, **more)

        monkeypatch.setattr(counter.imports, name, heard)
    out = io.BytesIO()
    workbook(out, {"工单": [order(n) for n in range(1, 4)]})
    file = SimpleUploadedFile("今日工单.xlsx", out.getvalue())
    assert "登记 3 件" in words(client.post("/imports/", {"map": "city", "file": file, "watch": watch[1]}))
    assert "已读取 <b>0</b> 行" in seen[0]
    assert "已读取 <b>2000</b> 行，读完才知道共有多少行" in seen[1]
    assert "已核对 <b>3</b> / 3 件" in seen[2]
    assert "正在上传" in words(asking.get(address)), "once the answer is there nothing is known any more"
    del seen[:]
    client.post("/imports/run/", {"watch": watch[1]})
    assert "已核对 <b>3</b> / 3 件" in seen[-1]
    assert waiting() == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 31, "Z" * 32])
def test_a_watch_of_another_name_is_nobodys(cast: Cast, name: str) -> None:
    client = browser(cast, "dispatcher")
    out = io.BytesIO()
    workbook(out, {"工单": [order(1)]})
    file = SimpleUploadedFile("今日工单.xlsx", out.getvalue())
    assert "登记 1 件" in words(client.post("/imports/", {"map": "city", "file": file, "watch": name}))
    assert len(waiting()) == 1
    answer = client.get("/imports/progress/", {"of": name})
    assert answer.status_code == 200
    assert "passwd" not in words(answer)
