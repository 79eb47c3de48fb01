"""单位配备: who sees it, what it says, how it is filtered, and what leaves it."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast, make_cast
from tests.desk.test_forms import text
from tests.desk.web import Site

from lianxin.directory.models import Staff
from lianxin.ledger.models import Journal

NO_CLERK = "没有在岗的经办人"


@pytest.fixture
def junan(db: None) -> Site:
    """A centre of Junan whose heating company has no clerk."""
    cast = make_cast("junan", "junan-2021")
    cast.posts["clerk@heat"].delete()
    Staff.objects.filter(pk=cast.staff["clerk@town"].pk).update(full_time=True)
    return Site(cast)


def rows(page: str) -> list[str]:
    return [
        part.partition("</tr>")[0] for part in page.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr")[1:]
    ]


def test_b27_the_centre_sees_who_lacks_what(junan: Site) -> None:
    for who in ("supervisor", "leader", "analyst"):
        page = text(junan.get(who, "/staffing/"))
        assert len(rows(page)) == 3
        town, bureau, heat = rows(page)
        assert "专职人员 1 名，应不少于 2 名" in town
        assert NO_CLERK in heat
        assert "齐" in bureau
        assert "data-card" not in bureau
    short = text(junan.get("leader", "/staffing/?state=short"))
    assert len(rows(short)) == 2
    assert "住建局" not in rows(short)[0] + rows(short)[1]
    found = text(junan.get("leader", "/staffing/?q=热力"))
    assert [NO_CLERK in row for row in rows(found)] == [True]
    assert "没有找到“教育”" in text(junan.get("leader", "/staffing/?q=教育"))


@pytest.mark.parametrize(
    "query", ["state=x", "page=99", "page=x", "q=" + "长" * 900, "q=%00", "state=short&q=<script>"]
)
def test_whatever_is_asked_it_answers(junan: Site, query: str) -> None:
    answer = junan.get("supervisor", f"/staffing/?{query}")
    assert answer.status_code == 200
    assert "<script>" not in text(answer).partition("<main")[2].partition("</main>")[0]


def test_d19_a_unit_s_own_leader_sees_his_own_line_alone(junan: Site) -> None:
    for who in ("principal@town", "hotline_deputy@town"):
        assert rows(text(junan.get(who, "/staffing/?q=热力"))) == rows(text(junan.get(who, "/staffing/")))
        page = text(junan.get(who, "/staffing/"))
        assert len(rows(page)) == 1
        assert "专职人员 1 名，应不少于 2 名" in rows(page)[0]
        assert "热力公司" not in page
        assert junan.get(who, "/staffing/sheet.xlsx").status_code == 403
    assert "规则不要求本单位单独配备" in text(junan.get("principal@village", "/staffing/"))
    for who in ("clerk@town", "agent", "dispatcher"):
        assert junan.get(who, "/staffing/").status_code == 403
        assert "/staffing/" not in text(junan.get(who, "/me/"))


def test_the_sheet_says_the_same_and_that_it_was_taken_is_on_record(junan: Site) -> None:
    answer = junan.get("supervisor", "/staffing/sheet.xlsx?state=short")
    head, *lines = openpyxl.load_workbook(io.BytesIO(answer.content)).active.values
    assert head == ("单位", "类型", "分管热线负责人", "经办人", "专职人员", "应有专职", "提示")
    assert [line[0] for line in lines] == ["大店镇", "热力公司"]
    assert lines[0][4:] == ("大店镇clerkA", "2", "专职人员 1 名，应不少于 2 名")
    noted = Journal.objects.get(action="units.staffing_exported")
    assert noted.payload == {"post": junan.cast.posts["supervisor"].pk, "view": "staffing:short", "rows": 2}


def test_it_is_two_steps_from_home_and_costs_the_same_for_many_units(junan: Site) -> None:
    assert "/me/" in text(junan.get("supervisor", "/"))
    assert "/staffing/" in text(junan.get("supervisor", "/me/"))

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            junan.get("supervisor", "/staffing/")
        return len(asked)

    few, cast = cost(), junan.cast
    _more(cast)
    cost()  # the directory is read anew once
    assert cost() == few
    assert few <= 30


def _more(cast: Cast) -> None:
    made: Any = cast.units["heat"].__class__.objects.bulk_create(
        cast.units["heat"].__class__(
            centre=cast.centre, parent=cast.units["centre"], code=f"n{n}", name=f"单位{n}", type="department"
        )
        for n in range(150)
    )
    assert len(made) == 150


def test_the_second_page_follows(junan: Site) -> None:
    _more(junan.cast)
    first, second = (text(junan.get("leader", f"/staffing/?page={n}")) for n in (1, 2))
    assert (len(rows(first)), len(rows(second))) == (100, 53)
    assert "第 1 页，共 2 页" in first


def test_nobody_sees_another_centre_s(junan: Site) -> None:
    other = make_cast("linyi")
    other.posts["clerk@bureau"].delete()
    assert NO_CLERK not in rows(text(junan.get("leader", "/staffing/")))[1]
    assert NO_CLERK in rows(text(Site(other).get("leader", "/staffing/")))[1]
