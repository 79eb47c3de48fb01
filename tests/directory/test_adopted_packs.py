"""A pack once adopted stays what it was, whatever becomes of its file and of those that it stands on."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from tests.cast import make_cast
from tests.rulebooks import damage

from lianxin.directory import adopted, proof, snapshot
from lianxin.directory.founding import found
from lianxin.directory.models import AdoptedPack, Centre, PolicyVersion
from lianxin.ledger.verify import verify
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
    adopted.forget()


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / f"{name}.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    new_process()


def limit(pack: str) -> str:
    return str(adopted.find(pack).clock("B10").allow)


def test_raising_the_version_without_a_copy_stops_nothing(folder: Path, centre: Centre) -> None:
    edit(folder, "county", 'version = "1"', 'version = "2"')
    edit(folder, "county", "3 workdays", "1 workday")
    assert limit("county@1") == "3个工作日"
    with pytest.raises(policy.PolicyError, match="已采用的规则包（现有：county@1）"):
        adopted.find("county@2")
    assert not doctor.rules().remedy
    assert CliRunner().invoke(command, ["check", str(folder / "county.toml")]).exit_code == 0
    newer = PolicyVersion(centre=centre, pack_id="county", effective_from=date(2021, 1, 1))
    newer.full_clean()
    newer.save()
    assert set(AdoptedPack.objects.values_list("version", flat=True)) == {"1", "2"}
    assert (limit("county@1"), limit("county@2")) == ("3个工作日", "1个工作日")


@pytest.mark.parametrize(("name", "old", "new"), [("county", "3 work", "9 work"), ("base", "15 work", "99 work")])
def test_what_is_edited_under_the_same_version_is_told_and_changes_nothing(
    folder: Path, centre: Centre, name: str, old: str, new: str
) -> None:
    before = adopted.find("county@1").texts
    edit(folder, name, old, new)
    assert adopted.find("county@1").texts == before
    assert not doctor.rules().remedy, "a file is a draft: nothing is wrong with the installation"
    said = CliRunner().invoke(command, ["check", str(folder / "county.toml")])
    assert said.exit_code == 1
    assert "请提高 version" in said.output
    other = found(code="d", name="另一热线", body="县政府")
    again = PolicyVersion(centre=other, pack_id="county", effective_from=date(2021, 1, 1))
    with pytest.raises(ValidationError, match="请提高 version 后再采用"):
        again.full_clean()
    with pytest.raises(ValidationError, match="请提高 version 后再采用"):
        again.save()
    # Named with its version it is the kept one, whatever the file says.
    named = PolicyVersion(centre=other, pack_id="county", version="1", effective_from=date(2021, 1, 1))
    named.full_clean()
    named.save()
    assert snapshot.of(other.pk).find_pack("county@1").texts == before


@pytest.mark.parametrize("fate", ["gone", "broken", "no base"])
def test_a_file_that_is_gone_or_broken_stops_nothing(folder: Path, centre: Centre, fate: str) -> None:
    for name in ("county", "base"):
        if fate == "gone":
            (folder / f"{name}.toml").unlink()
        else:
            (folder / f"{name}.toml").write_text("[pack\n" if fate == "broken" or name == "base" else PACK, "utf-8")
    new_process()
    assert limit("county@1") == "3个工作日"
    assert adopted.find("county@1").clock("S02").kind == "handle"
    assert not doctor.rules().remedy
    assert snapshot.of(centre.pk).nearest_pack(centre.policies.get().adopted_at).id == "county"


def test_what_stands_in_the_folder_is_never_the_base_of_what_is_kept(folder: Path, centre: Centre) -> None:
    """Not even where the kept base is missing: a pack is whole or it is damaged."""
    texts = dict(adopted.find("county@1").texts)
    del texts["base"]
    with pytest.raises(policy.PolicyError):
        policy.from_texts("county", texts, adopted=True)


def test_a_rolled_back_adoption_leaves_nothing_in_the_process(folder: Path, centre: Centre) -> None:
    edit(folder, "county", 'version = "1"', 'version = "2"')
    with transaction.atomic():
        PolicyVersion.objects.create(centre=centre, pack_id="county", effective_from=date(2021, 1, 1))
        assert snapshot.of(centre.pk).find_pack("county@2").version == "2"
        transaction.set_rollback(True)
    path = folder / "county.toml"
    path.write_text(path.read_text("utf-8").replace("3 workdays", "5 workdays"), "utf-8")
    PolicyVersion.objects.create(centre=centre, pack_id="county", effective_from=date(2021, 1, 1))
    assert str(snapshot.of(centre.pk).find_pack("county@2").clock("B10").allow) == "5个工作日"


def test_an_adopted_pack_is_never_changed_and_never_missing(folder: Path, centre: Centre) -> None:
    for change in ("texts = '{}'", "digest = ''", "version = '9'", "pack_id = 'x'"):
        with (
            pytest.raises(DatabaseError, match="is never changed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE directory_adoptedpack SET {change}")
    for change in ("DELETE FROM directory_adoptedpack", "UPDATE directory_policyversion SET version = '9'"):
        with (
            pytest.raises(IntegrityError, match="policy_version_is_kept"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{change}; SET CONSTRAINTS ALL IMMEDIATE")


def test_a_copy_changed_by_sql_is_not_ours_and_doctor_names_it(folder: Path, centre: Centre) -> None:
    assert proof.is_ours(AdoptedPack.objects.get())
    damage("county")
    assert not proof.is_ours(AdoptedPack.objects.get())
    assert "county@1" in doctor.rules().found
    assert doctor.rules().remedy


def test_verify_names_a_changed_copy() -> None:
    cast = make_cast("based", "base")
    cast.register(timezone.now())
    assert list(verify()) == []
    damage("base")
    kept = AdoptedPack.objects.get()
    assert [str(found) for found in verify() if "adoptedpack" in str(found) and str(kept.pk) in str(found)]
