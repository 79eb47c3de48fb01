"""Kills at random while agents register on the real site: `python -m bench.chaos --kills 500 --minutes 30`.

Killed (SIGKILL) are web processes, the live updates and their worker, the worker, the database as a whole, single
backends of it, and now and then the supervisor itself with everything, as when the machine loses its power.  After
each the site has to come back by itself; at the end the book is judged: every order that an agent was told of stands
in it once as he sent it, no other does, each clock rang once, `verify` finds nothing.  Data and site lie in a
temporary folder and are gone afterwards.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import psutil
from tests.ops.under_fire import PATIENCE, Agent, Site, agents_at, goes_on, judged, until

#: How long the site is left alone after a kill, at most: often it is not yet back when the next comes.
PAUSE = 1.5
#: After so many kills everything has to be back, and agents be answered.
ROUND = 20


def victims(site: Site) -> dict[str, list[int]]:
    """What may be killed now, by what it is; single backends as well as the server."""
    found: dict[str, list[int]] = {}
    assert site.process
    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(site.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                words = " ".join(child.cmdline())
                kind = next((k for k in ("ops.web", "ops.live", "cli worker") if k in words), "")
                if not kind and "multiprocessing" in words:
                    kind = "live's worker"
                if kind:
                    found.setdefault(kind, []).append(child.pid)
    if server := site.cluster.pid():
        found["database"] = [server]
        with contextlib.suppress(psutil.Error):
            found["backends"] = [child.pid for child in psutil.Process(server).children()]
    return {kind: pids for kind, pids in found.items() if pids}


def strike(site: Site, chance: random.Random) -> str:
    """One kill; what it hit, or nothing where there was nothing to hit."""
    choice = victims(site)
    if not choice:
        return ""
    kind = chance.choice(sorted(choice))
    with contextlib.suppress(ProcessLookupError):
        os.kill(chance.choice(choice[kind]), signal.SIGKILL)
        return kind
    return ""


def everything_is_back(site: Site, agents: list[Agent]) -> None:
    """Every part runs, and agents are answered.  Raises AssertionError where that does not come by itself."""
    parts: list[Callable[[], object]] = [
        site.cluster.pid,
        site.web_worker,
        site.worker,
        lambda: site.child("ops.live"),
        site.answers,
    ]
    until(lambda: all(part() for part in parts), "not everything came back", 3 * PATIENCE)
    goes_on(agents)


@click.command()
@click.option("--kills", default=500, show_default=True, type=click.IntRange(1))
@click.option("--minutes", default=30.0, show_default=True, help="Then it ends, and says what was left.")
@click.option("--seed", type=int, help="The same seed chooses alike.")
def main(kills: int, minutes: float, seed: int | None) -> None:
    seed = random.SystemRandom().randrange(1 << 30) if seed is None else seed
    chance = random.Random(seed)
    click.echo(f"seed {seed}")
    folder = Path(tempfile.mkdtemp(prefix="lianxin-chaos-"))
    site = Site(folder)
    hit: Counter[str] = Counter()
    try:
        site.start()
        site.ask("prepare")
        agents = agents_at(site)
        end = time.monotonic() + minutes * 60
        while hit.total() < kills and time.monotonic() < end:
            hit += Counter([kind] if (kind := strike(site, chance)) else [])
            time.sleep(chance.random() * PAUSE)
            if hit.total() % ROUND == 0:
                everything_is_back(site, agents)
                click.echo(f"{hit.total()} kills, {sum(len(a.told) for a in agents)} orders, all is back", err=True)
                if chance.random() < 0.2:
                    site.kill_everything()
                    site.start()
                    hit["everything, supervisor included"] += 1
        everything_is_back(site, agents)
        # What fell due while the worker was dead is rung as soon as it lives.
        late = "SELECT count(*) FROM ledger_clock WHERE ended_at IS NULL AND breached_at IS NULL AND due <= %s"
        due = datetime.now(UTC)
        until(lambda: not site.count(late, due), "the clocks stand still", 3 * PATIENCE)
        for agent in agents:
            agent.done.set()
        for agent in agents:
            agent.join(PATIENCE)
        site.stop()
        judged(json.loads(site.ask("judge")), agents)
    except BaseException:
        click.echo(f"kept for a look: {folder}", err=True)
        with contextlib.suppress(Exception):
            site.kill_everything()
        raise
    shutil.rmtree(folder)
    told = sum(len(agent.told) for agent in agents)
    shown = ", ".join(f"{kind} {number}" for kind, number in hit.most_common())
    click.echo(
        f"{hit.total()} kills ({shown}): {told} orders acknowledged, 0 lost, 0 doubled, everything back by itself"
    )
    if hit.total() < kills:
        click.echo(f"{kills - hit.total()} kills were left when the time was over")
        sys.exit(1)


if __name__ == "__main__":
    main()
