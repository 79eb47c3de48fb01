"""A pack that was adopted by an older release is read for ever, and means what it meant.

`older_packs/` holds what `AdoptedPack` held on a day (the texts, and which limit they gave in which case).  A file
there is never changed once something is installed anywhere: what comes later needs defaults, and loading what was
adopted asks nothing that was not asked then.  `python -m tests.directory.test_older_packs NAME` adds one for today.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lianxin.rules import policy
from lianxin.rules.policy_grid import Grid
from lianxin.rules.policy_reading import setting
from lianxin.rules.policy_retention import Keep
from lianxin.rules.worktime import OfficeHours, Span

FOLDER = Path(__file__).parent / "older_packs"
KEPT = sorted(FOLDER.glob("*.json"))


def limits(pack: policy.Pack) -> Iterator[dict[str, Any]]:
    """Each case, and what applies in it."""
    grid = Grid(pack)
    for kind in grid.kinds:
        for event in grid.events(kind):
            for cell in grid.cells(kind, event):
                facts = {f"{part}.{name}": value for (part, name), value in cell.facts.items()}
                yield {"kind": kind, "event": event, "facts": facts, "limit": limit(cell.rule)}


def limit(rule: Any) -> list[Any] | None:
    """What a limit is: how long, until what, warned when, whether the upper platform's binds."""
    if rule is None:
        return None
    return [str(rule.allow), rule.office, list(rule.until), str(rule.warn) if rule.warn else None, rule.end]


def plain_settings(pack: policy.Pack) -> dict[str, str]:
    """The settings that are one value, by path."""

    def below(part: Any, path: str) -> Iterator[tuple[str, str]]:
        for name, info in type(part).model_fields.items():
            value, here = getattr(part, name), f"{path}{info.alias or name}"
            if isinstance(value, str | int | Span | Keep | OfficeHours):
                yield here, str(value)
            elif hasattr(type(value), "model_fields"):
                yield from below(value, f"{here}.")

    sections = {name: getattr(pack, name) for name in policy.Settings.model_fields}
    return {path: value for name, section in sections.items() for path, value in below(section, f"{name}.")}


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_was_adopted_then_gives_the_same_limits_now(path: Path) -> None:
    kept = json.loads(path.read_text("utf-8"))
    pack = policy.from_texts(kept["id"], kept["texts"], adopted=True)
    assert (f"{pack.id}@{pack.version}", pack.digest) == (kept["pack"], kept["digest"])
    grid = Grid(pack)
    for case in kept["limits"]:
        facts = {tuple(n.split(".")): tuple(v) if isinstance(v, list) else v for n, v in case["facts"].items()}
        assert limit(grid.applies(case["kind"], case["event"], facts)) == case["limit"], case
    for name, value in kept["settings"].items():
        assert str(setting(pack, name)) == value, name
    assert {name: rule.of.text for name, rule in pack.formulas.items()} == kept["formulas"]
    for table in ("classes", "sources", "redirects"):
        assert {code: row.title for code, row in getattr(pack, table).items()} == kept[table]


def test_there_is_one_at_least() -> None:
    assert KEPT
    assert all(len(json.loads(path.read_text("utf-8"))["limits"]) > 20 for path in KEPT)


def test_a_check_that_came_later_is_asked_of_drafts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def stricter(reading: Any, *_: Any) -> None:
        reading.fault("X01", "", "以后才有的要求")

    kept = json.loads(KEPT[-1].read_text("utf-8"))
    for check in ("check", "check_rows", "check_grid"):
        monkeypatch.setattr(policy.policy_checks, check, stricter)
    with pytest.raises(policy.PolicyError, match="以后才有的要求"):
        policy.from_texts(kept["id"], kept["texts"])
    assert policy.from_texts(kept["id"], kept["texts"], adopted=True).digest == kept["digest"]


def write(name: str, pack: policy.Pack) -> None:
    """Keep what the pack is today."""
    FOLDER.mkdir(exist_ok=True)
    kept = {
        "id": pack.id,
        "pack": f"{pack.id}@{pack.version}",
        "digest": pack.digest,
        "texts": pack.texts,
        "limits": list(limits(pack)),
        "settings": plain_settings(pack),
        "formulas": {name: rule.of.text for name, rule in pack.formulas.items()},
        **{t: {code: row.title for code, row in getattr(pack, t).items()} for t in ("classes", "sources", "redirects")},
    }
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    write(sys.argv[1], policy.draft("junan-2021"))
