"""`lianxin bulletin weekly`: a bulletin counted from the book, written as .html, .docx or .pdf."""

from __future__ import annotations

from pathlib import Path

import click

from ..counting import counting, on_engine
from ..database import needs_database
from ..trouble import Trouble
from .directory import centre_of


@click.group(help="文书：生成热线周报。")
def command() -> None:
    """Each subcommand opens the database by itself."""


@command.command(help="生成热线周报，按文件名结尾写成 .html、.docx 或 .pdf。")
@click.option("--centre", "code", required=True, help="热线中心的编码，如 junan。")
@click.option("--week", required=True, help="周次，如 2021-W43。")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到哪个文件。")
@on_engine
@needs_database()
def weekly(code: str, week: str, out: Path, on: str, lake: str | None) -> None:
    """Count and compose, or in the book take what was published; render, write."""
    from lianxin.bulletins import issue
    from lianxin.bulletins.gather import week_of

    centre = centre_of(code)
    try:
        first, last = week_of(week)
        out_already = issue.published(centre, first) if on == "book" else None
        with counting(on, lake) as engine:
            paper = (
                issue.as_published(out_already)
                if out_already
                else issue.weekly(centre, first, last, on=engine).bulletin
            )
        issue.write(paper, out)
    except (ValueError, LookupError, OSError) as error:
        raise Trouble(str(error)) from error
    click.echo(f"已生成 {out}")
