"""What can go wrong at the start gets one clear Chinese sentence, never a traceback."""

import socket
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from lianxin.ops import database, keys
from lianxin.ops.cli import main
from lianxin.ops.commands import up
from lianxin.ops.trouble import Trouble


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(up.command, ["--port", str(port)])
    assert result.exit_code == 1
    assert result.output == f"出错了：端口 {port} 已被占用。请用 --port 换一个端口，或先结束占用它的程序。\n"


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(Trouble, match="--host"):
        up.free("192.0.2.1", 8345)
    with pytest.raises(Trouble, match="--host"):
        up.free("no-such-host.invalid", 8345)


class Server:
    """A connection to a server that says what the test wants."""

    def __init__(self, version: int, encoding: str) -> None:
        self.info = self
        self.server_version = version
        self.parameter_status = lambda name: encoding

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("server", "sentence"),
    [(Server(140011, "UTF8"), "PostgreSQL 14，需要 15 或更新"), (Server(160000, "SQL_ASCII"), "编码是 SQL_ASCII")],
)
def test_a_server_that_will_not_do(server: Server, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg, "connect", lambda *_, **__: server)
    with pytest.raises(Trouble, match=sentence):
        database.check("postgresql:///x")


def test_an_address_that_cannot_be_read_and_one_that_does_not_answer() -> None:
    with pytest.raises(Trouble, match="DATABASE_URL 写得不对"):
        database.check("postgresql://[")
    with pytest.raises(Trouble, match="连不上数据库") as caught:
        database.check("postgresql://u:geheim@127.0.0.1:1/x")
    assert "geheim" not in caught.value.message


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    first = keys.read_or_make(tmp_path / "keys", "secret_key")
    assert keys.read_or_make(tmp_path / "keys", "secret_key") == first
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret_key"]


def test_a_folder_for_keys_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="LIANXIN_VAR"):
        keys.read_or_make(tmp_path / "file" / "keys", "secret_key")


def test_every_command_has_help_in_chinese() -> None:
    for name in main.list_commands(None):  # type: ignore[attr-defined, arg-type]
        command = main.get_command(None, name)  # type: ignore[attr-defined, arg-type]
        assert command is not None
        assert any("\u4e00" <= letter <= "\u9fff" for letter in command.help or ""), name
