"""A pack once adopted stays what it was, whatever becomes of its file and of those that it stands on."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.exceptions import ValidationError
from django.db import connection

from lianxin.directory import proof, snapshot
from lianxin.directory.founding import found
from lianxin.directory.models import AdoptedPack, Centre, PolicyVersion
from lianxin.ops.commands import doctor
from lianxin.ops.commands.policy import command
from lianxin.rules import policy

pytestmark = pytest.mark.django_db
PACK = """
[pack]
id = "county"
title = "某县"
version = "1"
effective = 2020-01-01
extends = "base"
[[clock]]
id = "B10"
title = "办理"
clause = "三个工作日"
kind = "handle"
on = "share"
when = "order.urgency == 'normal'"
from = "dispatch"
until = "audit"
allow = "3 workdays"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "base.toml").write_text((policy.POLICIES / "base.toml").read_text("utf-8"), "utf-8")
    (tmp_path / "county.toml").write_text(PACK, "utf-8")
    monkeypatch.setenv("LIANXIN_POLICIES", str(tmp_path))
    policy.find.cache_clear()
    yield tmp_path
    policy.find.cache_clear()


@pytest.fixture
def centre(folder: Path) -> Centre:
    return found(code="c", name="某县热线", body="县政府", pack_id="county", effective_from=date(2020, 1, 1))


def new_process() -> None:
    """What another process knows: nothing yet."""
    policy.find.cache_clear()
    snapshot._packs.clear()


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    new_process()


def test_raising_the_version_without_a_copy_stops_nothing(folder: Path, centre: Centre) -> None:
    edit(folder, "county", 'version = "1"', 'version = "2"')
    edit(folder, "county", "3 workdays", "1 workday")
    assert str(snapshot.find_pack("county@1").clock("B10").allow) == "3个工作日"
    assert str(snapshot.find_pack("county").clock("B10").allow) == "1个工作日"
    assert not doctor.rules().remedy
    assert CliRunner().invoke(command, ["check", str(folder / "county.toml")]).exit_code == 0
    newer = PolicyVersion(centre=centre, pack_id="county", effective_from=date(2021, 1, 1))
    newer.full_clean()
    newer.save()
    assert set(AdoptedPack.objects.values_list("version", flat=True)) == {"1", "2"}


@pytest.mark.parametrize(("name", "old", "new"), [("county", "3 work", "9 work"), ("base", "15 work", "99 work")])
def test_what_is_edited_under_the_same_version_is_told_and_changes_nothing(
    folder: Path, centre: Centre, name: str, old: str, new: str
) -> None:
    before = snapshot.find_pack("county@1").texts
    edit(folder, name, old, new)
    assert snapshot.find_pack("county@1").texts == before
    assert "county@1" in doctor.rules().found
    assert doctor.rules().remedy
    said = CliRunner().invoke(command, ["check", str(folder / "county.toml")])
    assert said.exit_code == 1
    assert "请提高 version" in said.output
    again = PolicyVersion(centre=centre, pack_id="county", effective_from=date(2021, 1, 1))
    with pytest.raises(ValidationError, match="请提高 version 后再采用"):
        again.full_clean()


def test_a_file_that_is_gone_or_broken_stops_nothing(folder: Path, centre: Centre) -> None:
    edit(folder, "base", 'id = "base"', 'id = "bass"')
    assert snapshot.find_pack("county@1").clock("S02").kind == "handle"
    (folder / "county.toml").unlink()
    new_process()
    assert snapshot.find_pack("county@1").clock("B10").kind == "handle"


def test_a_copy_changed_by_sql_is_not_ours(folder: Path, centre: Centre) -> None:
    kept = AdoptedPack.objects.get()
    assert proof.is_ours(kept)
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE directory_adoptedpack SET texts = texts || '{"base": ""}'""")
    assert not proof.is_ours(AdoptedPack.objects.get())
