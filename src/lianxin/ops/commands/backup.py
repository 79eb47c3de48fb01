"""`lianxin backup DIR`."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import click

from .. import archive, database, keys, places


@contextlib.contextmanager
def ending_as_by_ctrl_c() -> Iterator[None]:
    """An ordinary kill and a closed terminal unwind as Ctrl-C does: the draft goes with them."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.command(help="备份到新的目录 DIR：数据库、附件；密钥单独放在 DIR/keys 中，请移到别处保管。系统可以照常运行。")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    folder = folder.absolute()
    keys.read_or_make(places.KEYS, "secret_key")
    with ending_as_by_ctrl_c(), database.running() as url:
        archive.write(folder, url)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    click.echo(f"已备份到 {folder}（{size:.1f} MB）。")
    click.echo(f"请把 {folder / archive.KEYS} 移到另一处安全的地方：它和备份放在一起，谁拿到都能解读诉求人信息。")
