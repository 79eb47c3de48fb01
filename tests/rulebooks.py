"""Rule books of a test's own: the base pack as tables, changed, written to a folder, and adopted by a centre."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.cast import Cast

from lianxin.directory import adopted
from lianxin.directory.models import AdoptedPack, PolicyVersion
from lianxin.rules import policy, policy_reading
from lianxin.rules.policy_settings import Settings

Tables = dict[str, Any]


def tables(name: str = "base") -> Tables:
    """A shipped pack as its tables, as the product reads them: with what `script/mutate` has changed."""
    reader: Any = policy_reading.tomllib  # type: ignore[attr-defined]
    found: Tables = reader.loads((policy.POLICIES / f"{name}.toml").read_text("utf-8"), parse_float=float)
    return found


def text(book: Tables) -> str:
    """The tables as TOML.  Its texts, numbers and lists are JSON's."""
    lines: list[str] = []
    for name, value in book.items():
        for table in value if isinstance(value, list) else [value]:
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[{name}]")
            lines += [f"{key} = {_value(item)}" for key, item in table.items()]
    return "\n".join(lines)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(item)}' for key, item in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def _renamed(book: Tables, old: str, new: str) -> Tables:
    """The rows that a pack adds by itself carry its id."""
    found = dict(book)
    for name, rows in book.items():
        if isinstance(rows, list):
            own = re.compile(rf"^{re.escape(old)}(?=:)")
            found[name] = [row | {"id": own.sub(new, row["id"])} for row in rows]
    return found


def damage(pack_id: str) -> None:
    """Somebody has made the kept texts of that pack unreadable by SQL, and the processes start anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("""UPDATE directory_adoptedpack SET texts = '{}' WHERE pack_id = %s""", [pack_id])
        cursor.execute("SET session_replication_role = DEFAULT")
    adopted.forget()


class Shelf:
    """A folder of packs that the product reads, beside the shipped ones."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0
        shutil.copytree(policy.POLICIES / "maps", folder / "maps", dirs_exist_ok=True)
        for name in policy.packs(policy.POLICIES):
            (folder / f"{name}.toml").write_text((policy.POLICIES / f"{name}.toml").read_text("utf-8"), "utf-8")

    def put(self, book: Tables) -> policy.Pack:
        """Write it under a name of its own.  Raises PolicyError where the check refuses it."""
        self.number += 1
        name = f"book{self.number}"
        book = _renamed(book, book["pack"]["id"], name)
        stated = {**book, "pack": {**book["pack"], "id": name}}
        # A pack that stands on another says itself what carries its settings.
        if "extends" not in book["pack"] and not any(row["id"] == "S99" for row in book["rule"]):
            named = {
                "id": "S99",
                "title": "其余",
                "origin": "测试",
                "sets": [n for n in Settings.model_fields if n in book],
            }
            stated["rule"] = [*book["rule"], named]
        path = self.folder / f"{name}.toml"
        path.write_text(text(stated), "utf-8")
        return policy.load(path)

    def adopt(
        self, cast: Cast, change: Callable[[Tables], object] = lambda book: None, name: str = "base"
    ) -> policy.Pack:
        """A shipped pack, changed, is the rule book of the centre from now on."""
        book = tables(name)
        change(book)
        pack = self.put(book)
        adopted = PolicyVersion.objects.get(centre=cast.centre)
        adopted.pack_id, adopted.version = pack.id, ""
        adopted.save()
        return pack


#: A pack of three groups, three types of handling units, two layers of call-backs and reasons of its own (`three`).
THREE_GROUPS = Path(__file__).with_name("three_groups.toml")


@contextmanager
def three_groups(folder: Path) -> Iterator[Shelf]:
    """A shelf on which the pack of three groups stands."""
    with shelf(folder) as packs:
        (folder / "three.toml").write_text(THREE_GROUPS.read_text("utf-8"), "utf-8")
        yield packs


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """A shelf that the product reads from while it is open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIANXIN_POLICIES", str(folder))
        policy.find.cache_clear()
        yield Shelf(folder)
    policy.find.cache_clear()


def stored(cast: Cast, name: str, **rows: list[Tables] | Tables) -> None:
    """A pack that stands on the base, kept in the database as if adopted long ago: no file has it."""
    stated = {"pack": {"id": name, "title": name, "version": "1", "effective": date(2020, 1, 1), "extends": "base"}}
    texts = {**policy.load(policy.POLICIES / "base.toml").texts, name: text({**stated, **rows})}
    if not AdoptedPack.objects.filter(pack_id=name, version="1").exists():
        AdoptedPack.keep(cast.centre, policy.from_texts(name, texts, adopted=True))
    now = PolicyVersion.objects.get(centre=cast.centre)
    now.pack_id, now.version = name, "1"
    now.save()
