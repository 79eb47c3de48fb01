"""The golden week: every figure and every row of the founding bulletin, counted from the played book."""

from __future__ import annotations

import io
import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F

from lianxin.bulletins import drill, issue
from lianxin.bulletins.document import Bulletin, Table
from lianxin.bulletins.models import Feature
from lianxin.followup.models import Callback
from lianxin.ledger.acts import Actor, Refused
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order, Share
from lianxin.rules.worktime import SHANGHAI

pytestmark = [pytest.mark.xdist_group("junan"), pytest.mark.django_db]
FIRST, LAST = date(2021, 10, 25), date(2021, 10, 31)
GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "bulletins" / "week43.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def made(played: Any, django_db_blocker: Any) -> issue.Weekly:
    with django_db_blocker.unblock():
        return issue.weekly(played, FIRST, LAST)


def rows(bulletin: Bulletin, number: int) -> list[list[str]]:
    table = [block for block in bulletin.blocks if isinstance(block, Table)][number - 1]
    return [["".join(run.text for run in _flat(cell)) for cell in row] for row in table.rows]


def _flat(cell: Any) -> Any:
    return cell if isinstance(cell, tuple) else (cell,)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("sentence", GOLDEN["sentences"])
def test_every_sentence(made: issue.Weekly, sentence: str) -> None:
    assert squeezed(sentence) in squeezed(made.bulletin.text())


@pytest.mark.parametrize("number", [1, 2])
def test_d09_every_row_of_the_annexes(made: issue.Weekly, number: int) -> None:
    assert rows(made.bulletin, number) == GOLDEN[f"附件{number}"]


def test_d01_the_issue_number_is_the_iso_week(made: issue.Weekly) -> None:
    assert (made.bulletin.number, made.bulletin.day) == ("第43期", date(2021, 11, 5))
    assert FIRST.isocalendar()[:2] == LAST.isocalendar()[:2] == (2021, 43)


def test_d02_total_daily_mean_and_change(made: issue.Weekly) -> None:
    printed = issue.printed(made.bulletin)
    assert (printed["accepted"], printed["daily_mean"], printed["wow"]) == ("1909", "273", "17.40%")
    assert made.gathered.figures.accepted_before == 1626


def test_d03_four_sources_sum_to_the_total(made: issue.Weekly) -> None:
    assert made.gathered.figures.sources == {"city": 1902, "province": 2, "province_web": 4, "province_fast": 1}


def test_d04_classes_the_small_last_one_without_its_share(made: issue.Weekly) -> None:
    assert "求助类1293件，占67.73%；投诉举报类610件，占31.95%；建议类6件。" in made.bulletin.text()


def test_d05_the_share_of_the_first_five_towns(made: issue.Weekly) -> None:
    assert issue.printed(made.bulletin)["town_share.group.town"] == "35.67%"


def test_d06_the_share_of_the_first_five_departments(made: issue.Weekly) -> None:
    assert issue.printed(made.bulletin)["department_share.group.department"] == "21.79%"


def test_d07_five_topics_with_their_sub_topics(made: issue.Weekly) -> None:
    assert issue.printed(made.bulletin)["category_share"] == "50.03%"
    assert "居民生活问题291件，占受理量的15.24%，诉求主要涉及路灯、用水、供暖、污水等方面" in made.bulletin.text()


def test_d08_the_article_is_the_centres_own(played: Any, made: issue.Weekly) -> None:
    feature = Feature.objects.get(centre=played, first_day=FIRST)
    title = feature.text.split("# ", 1)[1].splitlines()[0]
    assert squeezed(title) in squeezed(made.bulletin.text())


@pytest.mark.parametrize(
    ("unit", "rates"),
    [("板泉镇", ["0%", "100%"]), ("坪上镇", ["100%", "0%"]), ("人社局", ["100%", "75%"]), ("团林镇", ["-", "-"])],
)
def test_d11_process_and_result_are_two_rates(made: issue.Weekly, unit: str, rates: list[str]) -> None:
    row = next(row for number in (1, 2) for row in rows(made.bulletin, number) if row[1] == unit)
    assert row[4:] == rates


def test_d13_report_to_send_to_and_printed(made: issue.Weekly) -> None:
    text = made.bulletin.text()
    assert "报：县委常委、县人大领导班子成员" in text
    assert "送：县直各部门单位、镇街党政主要负责人" in text
    assert "2021年11月5日印发" in text


def test_d14_two_issuing_bodies(made: issue.Weekly) -> None:
    assert made.bulletin.issuer == "莒南县12345政务服务热线受理中心"
    assert "莒南县人民政府办公室" in made.bulletin.text()


def test_a38_every_document_has_its_lists_and_slogan(made: issue.Weekly) -> None:
    document = made.gathered.pack.document
    assert document.slogan
    assert made.gathered.pack.bulletin.weekly.send_to
    assert made.bulletin.number
    assert made.bulletin.day_text in made.bulletin.text()


def test_d15_companies_hospitals_and_banks_handle_too(played: Any) -> None:
    given = Share.objects.filter(order__centre=played).values_list("unit__type", flat=True).distinct()
    assert {"town", "department", "enterprise", "hospital", "bank"} <= set(given)


def test_the_docx_and_the_page_carry_the_same_text(made: issue.Weekly) -> None:
    from docx import Document

    document = Document(io.BytesIO(issue.render(made.bulletin, ".docx")))
    text = squeezed("".join(t.text or "" for t in document.element.iter() if t.tag.endswith("}t")))
    page = squeezed(
        re.sub(r"<(style|script).*?</\1>|<[^>]+>", "", issue.render(made.bulletin, ".html").decode(), flags=re.S)
    )
    for sentence in GOLDEN["sentences"]:
        assert squeezed(sentence) in text
        assert squeezed(sentence) in page
    for number in (1, 2):
        for row in GOLDEN[f"附件{number}"]:
            assert "".join(row) in text
            assert "".join(row) in page


def test_d12_handled_exceeds_accepted(made: issue.Weekly) -> None:
    handled = sum(unit.measures["handled"] for unit in made.gathered.figures.units)
    closed = sum(unit.measures["closed"] for unit in made.gathered.figures.units)
    assert (handled, closed, made.gathered.figures.accepted) == (2150, 1295, 1909)


def test_recounted_without_the_cut_off_november_shows(played: Any, made: issue.Weekly) -> None:
    """The book did change afterwards, and only the cut-off keeps the figures: they are not stored anywhere."""
    late = issue.weekly(played, FIRST, LAST, datetime(2021, 12, 31, tzinfo=SHANGHAI))
    assert late.bulletin.text() != made.bulletin.text()
    assert sum(unit.measures["closed"] for unit in late.gathered.figures.units) > 2000


def test_all_orders_of_the_week_have_ended(played: Any) -> None:
    week = Order.objects.filter(centre=played, registered_at__lt=datetime(2021, 12, 1, tzinfo=SHANGHAI))
    assert week.count() == 1626 + 1909
    assert not week.filter(closed_at=None).exists()


def test_d10_call_backs_of_the_county_do_not_count(played: Any) -> None:
    assert Callback.objects.filter(order__centre=played, layer="district").count() > 400
    week = [datetime(2021, 10, 25, tzinfo=SHANGHAI), datetime(2021, 11, 1, tzinfo=SHANGHAI)]
    assert Callback.objects.filter(order__centre=played, layer="city", finished_at__range=week).count() >= 29


def orders_behind(made: issue.Weekly, key: str) -> list[int]:
    return drill.orders_of(made.gathered, drill.read(made.gathered, key))


def test_each_printed_number_opens_the_same_orders_asked_alone_or_with_all(made: issue.Weekly) -> None:
    questions = {key: drill.read(made.gathered, key) for key in issue.printed(made.bulletin)}
    together = drill.orders_of_all(made.gathered, questions)
    assert len(questions) > 150
    for key in list(questions)[::9]:
        assert together[key] == orders_behind(made, key), key
        assert together[key] or issue.printed(made.bulletin)[key] in ("0", "0%"), key


def test_the_orders_behind_a_printed_number(made: issue.Weekly) -> None:
    printed = issue.printed(made.bulletin)
    assert len(orders_behind(made, "accepted")) == int(printed["accepted"]) == 1909
    unit = next(u for u in made.gathered.figures.units if u.name == "大店镇")
    ids = orders_behind(made, f"handled.unit.{unit.key}")
    assert Share.objects.filter(order__in=ids, unit=int(unit.key)).exists()
    assert len(ids) <= 92


def test_b05_dwell_is_recorded_for_every_node(played: Any) -> None:
    from lianxin.ledger.models import Stay

    ended = Stay.objects.filter(order__centre=played, left_at__isnull=False)
    assert {"dispatch", "sign", "handle", "unit_audit", "audit"} <= set(ended.values_list("node", flat=True).distinct())
    assert not ended.filter(left_at__lt=F("entered_at")).exists()


def test_verify_proves_the_played_ledgers(played: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = played.attachments
    assert list(verify(centre=played.pk)) == []


def test_published_figures_stay_and_corrections_are_listed(
    played: Any, made: issue.Weekly, django_assert_max_num_queries: Any
) -> None:
    leader = Actor("leader", played.pk)
    with pytest.raises(Refused, match="还没有结束"):
        issue.publish(played, FIRST, LAST, actor=leader, at=datetime(2021, 10, 31, 23, 59, tzinfo=SHANGHAI))
    with django_assert_max_num_queries(45):
        # However many numbers are printed: their orders are asked for by measure, not by number.
        published = issue.publish(played, FIRST, LAST, actor=leader, at=datetime(2021, 11, 5, tzinfo=SHANGHAI))
    assert published.figures.get(key="accepted").shown == "1909"
    assert len(published.figures.get(key="accepted").orders) == 1909
    assert issue.corrections(published, made) == []
    late = issue.weekly(played, FIRST, LAST, published.cutoff + timedelta(days=60))
    assert "大店镇 办结量" in [line.title for line in issue.corrections(published, late)]
    with pytest.raises(Refused, match="已经发布"):
        issue.publish(played, FIRST, LAST, actor=leader, at=datetime(2021, 11, 6, tzinfo=SHANGHAI))
    with pytest.raises(Refused, match="您的岗位"):
        issue.publish(played, FIRST, LAST, actor=Actor("agent", played.pk), at=datetime(2021, 11, 6, tzinfo=SHANGHAI))
