"""kill -9 of web, worker, database and of everything at once while agents register on the real site.

test_kill.py does this to the ledger alone; here it is `lianxin up` and what a browser is told.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ops.under_fire import PATIENCE, Site, agents_at, goes_on, judged, rings


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    try:
        yield found
    finally:
        if found.process and found.process.poll() is None:
            found.kill_everything()
        elif server := found.cluster.pid():
            os.kill(server, signal.SIGQUIT)


@pytest.mark.slow
def test_a_site_that_is_killed_loses_nothing_that_it_acknowledged(site: Site) -> None:
    site.start()
    site.ask("prepare")
    agents = agents_at(site)
    goes_on(agents)
    for part in (site.web_worker, site.worker, site.cluster.pid):
        site.kill(part)
        goes_on(agents)
    site.kill_everything()
    site.start()
    goes_on(agents)
    rings(site)
    for agent in agents:
        agent.done.set()
    for agent in agents:
        agent.join(PATIENCE)
    assert [agent.trouble for agent in agents] == [""] * len(agents)
    site.stop()
    # The judge starts the database once more, by itself.
    judged(json.loads(site.ask("judge")), agents)
