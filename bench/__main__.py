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
from .ground import laid


@click.command(help=f"Measure what docs/performance.md states. Names: {', '.join(ROWS)}; none means all.")
@click.argument("names", nargs=-1, type=click.Choice(list(ROWS)))
@click.option("--full", is_flag=True, help="weekly-figures with 20 million orders kept (needs 40 GB free).")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write the numbers here too.")
def main(names: tuple[str, ...], full: bool, out: Path | None) -> None:
    click.echo(f"{_processor()}, {os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GB, {platform.system()}")
    click.echo(f"load before: {os.getloadavg()[0]:.1f}")
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
