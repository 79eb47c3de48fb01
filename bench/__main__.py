"""`python -m bench [name…]`: measure, and print each row with its limit, our number and the promise."""

from __future__ import annotations

import json
import os
import platform
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import psutil

from . import ROWS
from .against import compare
from .against.data import Sizes
from .against.lines import LINES
from .ground import laid


@click.command(
    help=f"Measure what docs/performance.md states. Names: {', '.join(ROWS)}; none means all. "
    f"With --against: {', '.join(LINES)}."
)
@click.argument("names", nargs=-1)
@click.option("--against", metavar="REV", help="Compare the working tree with that revision, A B A B.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Of --against: how often A B.")
@click.option("--orders", default=30_000, show_default=True, type=click.IntRange(0), help="Of --against: history kept.")
@click.option("--waiting", default=2_000, show_default=True, type=click.IntRange(0), help="Of --against: open queue.")
@click.option(
    "--kept", default=1_000_000, show_default=True, type=click.IntRange(0), help="Of --against open-queue: history."
)
@click.option(
    "--trees", type=click.Path(file_okay=False, path_type=Path), help="Of --against: keep trees and data here."
)
@click.option("--full", is_flag=True, help="weekly-figures with 20 million orders kept (needs 40 GB free).")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write the numbers here too.")
def main(
    names: tuple[str, ...],
    against: str | None,
    rounds: int,
    orders: int,
    waiting: int,
    kept: int,
    trees: Path | None,
    full: bool,
    out: Path | None,
) -> None:
    known = LINES if against else ROWS
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(known)}")
    click.echo(f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GB, {platform.system()}")
    click.echo(f"load before: {os.getloadavg()[0]:.1f}")
    if against:
        sizes = Sizes(history=orders, waiting=waiting, kept=kept)
        compare(against, names, rounds, sizes, trees.absolute() if trees else None)
        return
    found: list[dict[str, Any]] = []
    with laid(full=full) as ground:
        for name in names or ROWS:
            for measured in import_module(ROWS[name]).run(ground):
                click.echo(measured.line())
                found.append(measured.plain())
    if out:
        out.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
