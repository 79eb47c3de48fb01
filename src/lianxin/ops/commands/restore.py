"""`lianxin restore DIR`."""

from pathlib import Path

import click
import psycopg

from .. import archive, database, places
from ..trouble import Trouble

# Anything of ours; what extensions bring along does not count.
TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


@click.command(help="把备份 DIR 恢复到空的数据库和数据目录。先核对清单，有一处不符就什么也不改。")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--keys", type=click.Path(exists=True, file_okay=False, path_type=Path), help="另存的密钥目录。")
def command(folder: Path, keys: Path | None) -> None:
    folder = folder.absolute()
    keys = (keys or folder / archive.KEYS).absolute()
    archive.check(folder, keys)
    refuse_other_keys(keys)
    with database.running() as url:
        refuse_tables(url)
        archive.restore_keys(keys)
        archive.restore_attachments(folder)
        # Last, and in one transaction: until it is done the database is still empty and restore can be run again.
        archive.restore_database(folder, url)
    click.echo(f"已从 {folder} 恢复到 {places.VAR}。请运行 lianxin verify 核对账目，再运行 script/server。")


def refuse_tables(url: str) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute(TABLES).fetchone()
    if row and row[0]:
        raise Trouble(
            "数据库里已经有数据，不能覆盖。"
            "请用 LIANXIN_VAR 指定一个新的数据目录，或让 DATABASE_URL 指向一个空的数据库。"
        )


def refuse_other_keys(keys: Path) -> None:
    """Keys of another installation may be the only ones to its data: they are never overwritten."""
    for path in archive.keys_in(keys):
        existing = places.KEYS / path.name
        if existing.exists() and existing.read_bytes() != path.read_bytes():
            raise Trouble(f"{places.KEYS} 里已有另一套密钥，不能覆盖。请用 LIANXIN_VAR 指定一个新的数据目录。")
