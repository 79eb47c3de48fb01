"""A disk that is truly full, under the real site: `python -m bench.full_disk` (root on Linux: it mounts one of 512 MB).

Agents register while every byte is taken; the database is killed on top of it and cannot come back.  Nobody may be
told of an order that is then lost, whoever asks gets a page with a sentence, the supervisor goes on, and when there is
space again everything is back without a hand.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
from tests.ops.under_fire import PATIENCE, Agent, Site, agents_at, judged, rings

from .chaos import everything_is_back

SIZE = "512m"


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own that is easily full."""
    place = Path(tempfile.mkdtemp(prefix="lianxin-full-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        place.rmdir()


def fill(place: Path) -> Path:
    """Take every byte that is left, and what becomes free meanwhile."""
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return filler


def answer(site: Site) -> tuple[int, int]:
    """Status and length of the page that somebody gets who opens the sign-in page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/login/", timeout=10) as page:
            return page.status, len(page.read())
    except urllib.error.HTTPError as page:
        return page.code, len(page.read())
    except OSError:
        return 0, 0


def hold_full(site: Site, place: Path, seconds: float) -> Counter[tuple[int, bool]]:
    """Keep the disk full; what visitors got: (status, whether the page had words)."""
    seen: Counter[tuple[int, bool]] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        fill(place)
        status, length = answer(site)
        seen[status, length > 500] += 1
        time.sleep(0.5)
    return seen


def told(agents: list[Agent]) -> int:
    return sum(len(agent.told) for agent in agents)


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="How long the disk stays full, before and after.")
def main(seconds: float) -> None:
    if os.geteuid() or sys.platform != "linux":
        raise SystemExit("needs root on Linux: it mounts a small file system")
    with small_disk() as place:
        site = Site(place)
        try:
            click.echo(tried(site, place, seconds))
        except BaseException:
            log = place / "up.log"
            click.echo(log.read_text(errors="replace")[-2000:] if log.exists() else "no log", err=True)
            with contextlib.suppress(Exception):
                site.kill_everything()
            raise


def tried(site: Site, place: Path, seconds: float) -> str:
    """Fill, kill, clear, judge; what was seen, in words."""
    site.start()
    site.ask("prepare")
    agents = agents_at(site)
    everything_is_back(site, agents)
    before = told(agents)
    seen = hold_full(site, place, seconds)
    while_full = told(agents) - before
    if server := site.cluster.pid():
        os.kill(server, signal.SIGKILL)
    seen += hold_full(site, place, seconds)
    assert site.process
    assert site.process.poll() is None, "the supervisor has ended"
    (place / "filler").unlink()
    since = time.monotonic()
    everything_is_back(site, agents)
    back = time.monotonic() - since
    rings(site)
    for agent in agents:
        agent.done.set()
    for agent in agents:
        agent.join(PATIENCE)
    site.stop()
    judged(json.loads(site.ask("judge")), agents)
    pages = ", ".join(
        f"{status or 'no answer'}{'' if words else ' without words'}: {n}"
        for (status, words), n in sorted(seen.items())
    )
    return (
        f"{told(agents)} orders acknowledged ({while_full} while the disk was full), 0 lost, 0 doubled\n"
        f"pages while it was full: {pages}; everything back {back:.0f} s after there was space"
    )


if __name__ == "__main__":
    main()
