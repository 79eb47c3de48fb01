"""The command line of `script/mutate`; see `--help`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = ROOT / "docs" / "mutants.toml"
#: Every cell of the table of rights is asked for by one test a verb, which needs no database.
RIGHTS = "tests/orders/test_rights.py"
#: The most that is run for one mutant, in seconds as traced: what concerns it most first.
BUDGET = 120.0


def main() -> int:
    """Trace, run, or tell; the exit code is 1 where a survivor has no reason in docs/mutants.toml."""
    words = argparse.ArgumentParser(prog="script/mutate", description=__doc__)
    words.add_argument("step", nargs="?", choices=["run", "trace", "list", "report"], default="run")
    words.add_argument("--only", default="", metavar="PART", help="mutants whose name contains this")
    words.add_argument("--again", action="store_true", help="also those that an earlier run has an answer for")
    words.add_argument("--minutes", type=float, default=240, help="end after so long; the next run goes on")
    words.add_argument("--processes", type=int, default=2)
    words.add_argument("--rows", action="store_true", help="tests by docs/mechanisms.md, not by a traced run")
    said = words.parse_args()
    os.chdir(ROOT)
    folder = Path(os.environ.get("LIANXIN_MUTATION") or ROOT / "var" / "mutation")
    folder.mkdir(parents=True, exist_ok=True)
    if said.step == "trace" or (said.step == "run" and not said.rows and not list(folder.glob("trace-*.json"))):
        trace(folder, said.processes)
    if said.step == "trace":
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.ops.settings")
    with tempfile.TemporaryDirectory(prefix="lianxin-mutation-") as scratch:
        os.environ["LIANXIN_VAR"] = scratch
        _import_all()
        from .mutants import ALL, checked, everything

        kept = folder / "checked.json"
        checked.update(json.loads(kept.read_text()) if kept.exists() else {})
        mutants = everything(ALL, said.only)
        kept.write_text(json.dumps(checked))
        if said.step == "list":
            print(*(f"{mutant.id}: {mutant.what}" for mutant in mutants), sep="\n")  # noqa: T201
            return 0
        if said.step == "run":
            run(mutants, folder, said, Path(scratch))
        return report(mutants, folder)


def trace(folder: Path, processes: int) -> None:
    """One run of the whole suite that notes which test touches what."""
    for old in folder.glob("trace-*.json"):
        old.unlink()
    words = ["-q", "-n", str(processes), "--dist", "loadgroup", "-m", "not browser", "-p", "tests.mutation.tracing"]
    subprocess.run([sys.executable, "-m", "pytest", *words], env={**os.environ, "LIANXIN_MUTATION": str(folder)})


def _import_all() -> None:
    """What every child would import otherwise."""
    import django

    django.setup()
    import lianxin

    for module in pkgutil.walk_packages(lianxin.__path__, "lianxin."):
        if not any(part in module.name for part in ("migrations", "__main__", "settings", ".asgi", ".wsgi")):
            importlib.import_module(module.name)
    for name in ("hypothesis", "xdist", "pytest_django.plugin", "pypdf", "docx", "tests.cast"):
        importlib.import_module(name)


def run(mutants: Iterable[Any], folder: Path, said: argparse.Namespace, scratch: Path) -> None:
    """Run what has no answer yet, or an answer about another change, and write each answer down at once."""
    from lianxin.ops import postgres

    from . import forking, tracing

    known = {} if said.again else answers(folder)
    told = {name: answer for name, answer in known.items() if answer["outcome"] in ("killed", "survived")}
    todo = [mutant for mutant in mutants if told.get(mutant.id, {}).get("what") != mutant.what]
    rights = [mutant for mutant in todo if mutant.kind == "right"]
    rest = [mutant for mutant in todo if mutant.kind != "right"]
    for mutant in rights:
        _write(folder, mutant, _rights(mutant))
    chosen = _by_rows() if said.rows else partial(_traced, tracing.read(folder))
    cluster = postgres.Cluster(scratch / "pg", durable=False).start()
    os.environ["DATABASE_URL"] = cluster.url
    try:
        forking.prepare(cluster.url)
        _run(rest, chosen, folder, said, cluster.url)
        _control(folder, cluster.url)
    finally:
        cluster.stop()


def _control(folder: Path, server: str) -> None:
    """What has killed must pass where nothing is changed: the kills of a test that does not are no answers."""
    from . import forking

    known = answers(folder)
    killers = {
        answer["by"] for answer in known.values() if "::" in answer["by"] and not answer["by"].startswith(RIGHTS)
    }
    false = set()
    while killers - false:
        child = forking.start(None, sorted(killers - false), server, 0, folder)
        os.waitpid(child, 0)
        said = folder / "said-0"
        if not said.exists():
            break
        false.add(said.read_text())
    if false:
        kept = [answer for answer in known.values() if answer["by"] not in false]
        lines = (json.dumps(answer, ensure_ascii=False) + "\n" for answer in kept)
        (folder / "answers.jsonl").write_text("".join(lines), encoding="utf-8")
        print("fail without any mutant, their answers are dropped:", *sorted(false), sep="\n")  # noqa: T201


Killers = dict[str, "Counter[str]"]
Chosen = Callable[[Any, Killers], list[str]]


def _traced(tests: dict[str, Any], mutant: Any, killers: Killers) -> list[str]:
    return chosen_for(mutant, tests, killers)


def _by_rows() -> Chosen:
    """The tests of its row; the others of a mutant are of no row, and not run."""
    from .rows import Rows

    rows = Rows()
    return lambda mutant, killers: rows.of(mutant.id)


def _run(rest: list[Any], tests: Chosen, folder: Path, said: argparse.Namespace, server: str) -> None:
    from . import forking

    end = time.monotonic() + said.minutes * 60
    killers: dict[str, Counter[str]] = defaultdict(Counter)
    running: dict[int, tuple[int, float]] = {}
    about: dict[int, Any] = {}
    free = list(range(said.processes))
    while running or (rest and time.monotonic() < end):
        while free and rest and time.monotonic() < end:
            mutant, slot = rest.pop(0), free.pop()
            chosen = tests(mutant, killers)
            if not chosen:
                _write(folder, mutant, forking.Outcome("survived", "no test touches it", 0.0))
                free.append(slot)
                continue
            child = forking.start(mutant, chosen, server, slot, folder)
            running[child], about[child] = (slot, time.monotonic()), mutant
        for child, outcome in forking.finished(running, folder):
            slot, mutant = running.pop(child)[0], about.pop(child)
            free.append(slot)
            for key in mutant.keys if outcome.by else ():
                killers[key][outcome.by] += 1
            shutil.copy(folder / f"log-{slot}", folder / f"log-{mutant.id.replace('/', '_')}")
            _write(folder, mutant, outcome)
        time.sleep(0.05)


def chosen_for(mutant: Any, tests: dict[str, Any], killers: dict[str, Counter[str]]) -> list[str]:
    """The tests that touch it, those that touch little first, as many as the budget holds."""
    touching = {
        name: noted for name, noted in tests.items() if noted.get("passed") and mutant.keys & {*noted["touched"]}
    }
    before = Counter[str]()
    for key in mutant.keys:
        before.update(killers[key])
    order = sorted(touching, key=lambda name: (-before[name], *_weight(name, touching[name])))
    chosen, seconds = [], 0.0
    for name in order:
        seconds += touching[name]["seconds"]
        if seconds > BUDGET and chosen:
            break
        chosen.append(name)
    return chosen


def _weight(name: str, noted: dict[str, Any]) -> tuple[bool, float]:
    """Tests of the rules first, which need no database; then quick ones that touch little."""
    return not name.startswith("tests/rules/"), noted["seconds"] * len(noted["touched"])


def _rights(mutant: Any) -> Any:
    """The table of rights against the changed code, in a child: one plain function, no database."""
    from . import forking

    action = mutant.id.partition(":")[2].split("/")[0]
    start = time.monotonic()
    child = os.fork()
    if not child:
        test_rights = importlib.import_module("tests.orders.test_rights")
        mutant.apply()
        try:
            if action in test_rights.ROWS:
                test_rights.test_the_code_allows_what_the_table_says_and_nothing_else(action)
            else:
                test_rights.test_acts_beside_orders(action)
        except AssertionError:
            os._exit(1)
        os._exit(0)
    failed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    took = round(time.monotonic() - start, 1)
    return forking.Outcome("killed" if failed else "survived", f"{RIGHTS}[{action}]" if failed else "", took)


def answers(folder: Path) -> dict[str, dict[str, Any]]:
    """The last answer for each mutant."""
    file = folder / "answers.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {answer["id"]: answer for answer in map(json.loads, lines)}


def _write(folder: Path, mutant: Any, outcome: Any) -> None:
    answer = {"id": mutant.id, "what": mutant.what, **vars(outcome)}
    with (folder / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(answer, ensure_ascii=False) + "\n")


def report(mutants: Iterable[Any], folder: Path) -> int:
    """Print the counts of each kind, and the survivors with their reasons."""
    known, reasons = answers(folder), tomllib.loads(SURVIVORS.read_text(encoding="utf-8")) if SURVIVORS.exists() else {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    unexplained = []
    for mutant in mutants:
        outcome = known.get(mutant.id, {}).get("outcome", "not run")
        counts[mutant.kind][outcome] += 1
        if outcome != "killed":
            reason = reasons.get(mutant.id, {}).get("why", "")
            print(f"{outcome}: {mutant.id}: {mutant.what}  {reason}")  # noqa: T201
            unexplained += [] if reason else [mutant.id]
    for kind, outcomes in sorted(counts.items()):
        print(kind, dict(outcomes))  # noqa: T201
    total = sum((outcomes for outcomes in counts.values()), Counter[str]())
    done = total.total() - total["not run"]
    alive = done - total["killed"]
    print(f"{done} mutants, {alive} left alive ({alive / max(done, 1):.1%})")  # noqa: T201
    return int(bool(unexplained))


if __name__ == "__main__":
    sys.exit(main())
