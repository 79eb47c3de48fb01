"""`lianxin doctor`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lianxin.ops import places
from lianxin.ops.commands import doctor


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "VAR", tmp_path)
    monkeypatch.setattr(places, "KEYS", tmp_path / "keys")
    return tmp_path


def findings(check) -> dict[str, str]:
    return {finding.title: finding.remedy for finding in check()}


def test_a_good_installation_is_said_to_be_good(var: Path) -> None:
    (var / "keys").mkdir(mode=0o700)
    for check in (doctor.python, doctor.dependencies, doctor.folders, doctor.keys, doctor.front_end, doctor.fonts):
        assert not any(findings(check).values()), check.__name__


def test_keys_that_others_can_read_are_named(var: Path) -> None:
    (var / "keys").mkdir(mode=0o700)
    (var / "keys" / "caller").touch(mode=0o644)
    assert "chmod" in findings(doctor.keys)["密钥"]


def test_a_package_of_another_version_is_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (var / "requirements.txt").write_text("django==1.0 \\\n    --hash=sha256:00\nnowhere-to-be-found==2.0 \\\n")
    monkeypatch.setattr(places, "BASE_DIR", var)
    (finding,) = doctor.dependencies()
    assert "django" in finding.found
    assert "nowhere-to-be-found 未安装（应为 2.0）" in finding.found
    assert "script/server" in finding.remedy


def test_missing_front_end_files_are_named(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "NODE_MODULES", var / "node_modules")
    assert "script/server" in findings(doctor.front_end)["前端文件"]


def test_a_database_that_does_not_answer_makes_the_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = CliRunner().invoke(doctor.command)
    assert result.exit_code == 1
    assert "连不上数据库" in result.output
    assert "请检查 DATABASE_URL" in result.output
    assert "Traceback" not in result.output


@pytest.mark.django_db(transaction=True)
def test_the_database_and_its_tables_are_looked_at() -> None:
    found = findings(doctor.data)
    assert found["数据库"] == ""
    assert found["数据库的表"] == ""
