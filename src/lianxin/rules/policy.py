"""The rule book: policy packs, read from TOML, whole or not at all.

A pack may extend another (mostly ``base``). Laid over its base:
- a row of the base gives way to the row of its table and id, and to one that names it (``replaces = ["S02"]``); to a
  list that is meant whole (``only = true`` on each row of a table, or of the clocks of one kind); every other stays;
- two rows of one name, code or id cannot both stand: that is a fault until the one above names the one below;
- of clocks the pack's own are tried first; one without a condition that would leave a row of the base without effect
  must name it;
- a setting that it states replaces the base's.

``rules.policy_grid`` says which limit applies when, and what is wrong with that is a fault like any other.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from lianxin.rules import layers, policy_checks
from lianxin.rules.pack import Header, Pack
from lianxin.rules.policy_errors import PolicyError, Problem
from lianxin.rules.policy_labels import LabelRule
from lianxin.rules.policy_petitions import PetitionRule, RaisingRule
from lianxin.rules.policy_queues import QueueRule
from lianxin.rules.policy_reading import Reading, merged, read
from lianxin.rules.policy_rounds import DutyRule, WatchRule
from lianxin.rules.policy_rows import (
    AppealClass,
    ClockRule,
    FormulaRule,
    LadderRule,
    RedirectRule,
    Row,
    SystemRule,
)
from lianxin.rules.policy_settings import Settings
from lianxin.rules.policy_sources import SourceRule
from lianxin.rules.policy_tasks import TaskRule

__all__ = ["POLICIES", "Pack", "PolicyError", "Problem", "find", "load", "packs"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")
POLICIES = Path(__file__).resolve().parents[3] / "policies"


def load(path: Path | str) -> Pack:
    """Read, check and lay over its base one pack file.

    PolicyError carries every fault; the base is looked for beside the file, then in ``policies_folder()``.
    """
    return _load(Path(path), (), (Path(path).parent, policies_folder()))


def draft(pack_id: str, version: str | None = None) -> Pack:
    """As ``find``, but read anew: what the files say now."""
    return _find(pack_id, (policies_folder(),), version, ())


@lru_cache(maxsize=64)
def find(pack_id: str, folder: Path | None = None, version: str | None = None) -> Pack:
    """The pack of that id, kept once read. An older version lies beside it as ``ID@VERSION.toml``.

    PolicyError where there is none or it is faulty.
    """
    return _find(pack_id, (folder or policies_folder(),), version, ())


def from_texts(pack_id: str, texts: Mapping[str, str], *, adopted: bool = False) -> Pack:
    """The pack of ``texts``, those of its own file and of all that it stands on by id; no other file is looked at.

    ``adopted``: as kept from ``Pack.texts``.  Such a pack was checked when it was adopted, and orders go by it: what is
    asked of packs since then is asked of drafts alone.
    """
    if pack_id not in texts or not all(map(_NAME.fullmatch, texts)):
        raise PolicyError([Problem("原文", pack_id, "", "规则包自己的原文，和它所沿用的各包的原文")])
    with TemporaryDirectory(prefix="lianxin-pack-") as name:
        folder = Path(name)
        for own, text in texts.items():
            (folder / f"{own}.toml").write_text(text, encoding="utf-8")
        return _load(folder / f"{pack_id}.toml", (), (folder,), adopted=adopted)


def from_draft(text: str, folder: Path | None = None) -> Pack:
    """The pack of a text that lies in no folder; its base is looked for in the folder.  PolicyError as for a file."""
    pack_id = _stated_id(text)
    with TemporaryDirectory(prefix="lianxin-pack-") as name:
        path = Path(name) / f"{pack_id}.toml"
        path.write_text(text, encoding="utf-8")
        try:
            return _load(path, (), (folder or policies_folder(),))
        except PolicyError as error:
            # Nobody knows the file by the name that it had here.
            told = [replace(p, file="上传的文件") if p.file == str(path) else p for p in error.problems]
            raise PolicyError(told) from None


def packs(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of the packs in the folder, older versions not counted."""
    return tuple(sorted(p.stem for p in (folder or policies_folder()).glob("*.toml") if "@" not in p.stem))


def policies_folder() -> Path:
    """``LIANXIN_POLICIES`` where it is set, else the project's own folder."""
    return _folder(os.environ.get("LIANXIN_POLICIES"))


@lru_cache(maxsize=8)
def _folder(named: str | None) -> Path:
    return Path(named or POLICIES)


def _find(
    pack_id: str, folders: tuple[Path, ...], version: str | None, above: tuple[str, ...], *, adopted: bool = False
) -> Pack:
    names = [f"{pack_id}.toml"] if version is None else [f"{pack_id}@{version}.toml", f"{pack_id}.toml"]
    for folder in folders:
        # Only files of the folder itself: an id must not lead elsewhere.
        here = {path.name: path for path in folder.glob("*.toml")}
        for path in (here[name] for name in names if name in here):
            pack = _load(path, above, folders if adopted else (*folders, policies_folder()), adopted=adopted)
            if version in (None, pack.version):
                return pack
    known = "、".join(sorted({pack for folder in folders for pack in packs(folder)})) or "无"
    wanted = pack_id if version is None else f"{pack_id}（版本 {version}）"
    raise PolicyError([Problem(str(folders[0]), wanted, "", f"已有的规则包（现有：{known}）")])


def _stated_id(text: str) -> str:
    """The id that a text gives itself; a word of ours where it has none, of which the reading then tells."""
    with suppress(tomllib.TOMLDecodeError, RecursionError, ValueError, AttributeError):
        stated = tomllib.loads(text).get("pack", {}).get("id")
        if isinstance(stated, str) and _NAME.fullmatch(stated):
            return stated
    return "draft"


def _load(path: Path, above: tuple[str, ...], folders: tuple[Path, ...], *, adopted: bool = False) -> Pack:
    """The base is looked for in ``folders``."""
    reading = read(path)
    reading.adopted = adopted
    header = _header(reading, path)
    if header.id in above:
        reading.fault("[pack]", "extends", f"不绕回自己的规则包，现在是 {' → '.join((*above, header.id))}")
        reading.stop_if_faulty()
    base = _base(reading, header, folders, (*above, header.id), adopted)
    rows = reading.rows()
    below = base.rules if base else ()
    if not adopted:
        policy_checks.check_rows(reading, tuple(rows), below, header.id)
    stated = merged(base.stated if base else {}, reading.sections())
    settings = reading.model(Settings, stated, "设置")
    if isinstance(settings, Settings):
        texts = {**(base.texts if base else {}), header.id: reading.text}
        pack = _laid_over(header, base, tuple(rows), stated, settings, texts)
        if not adopted:
            policy_checks.check(reading, pack.own, settings, pack)
            policy_checks.check_grid(reading, pack)
    reading.stop_if_faulty()
    return pack


def _header(reading: Reading, path: Path) -> Header:
    header = reading.model(Header, reading.raw.get("pack", {}), "[pack]")
    if isinstance(header, Header) and path.stem.partition("@")[0] != header.id:
        reading.fault("[pack]", "id", f"与文件名相同的标识“{path.stem.partition('@')[0]}”，现为“{header.id}”")
    reading.stop_if_faulty()
    assert isinstance(header, Header)
    return header


def _base(
    reading: Reading, header: Header, folders: tuple[Path, ...], above: tuple[str, ...], adopted: bool
) -> Pack | None:
    if header.extends is None:
        return None
    try:
        return _find(header.extends, folders, None, above, adopted=adopted)
    except PolicyError as error:
        if error.problems[0].rule != header.extends:
            raise
        reading.fault("[pack]", "extends", error.problems[0].expected + f"，现为“{header.extends}”")
        raise PolicyError(reading.problems) from None


_R = TypeVar("_R", bound=Row)


def _laid_over(
    header: Header,
    base: Pack | None,
    rows: tuple[Row, ...],
    stated: dict[str, Any],
    settings: Settings,
    texts: dict[str, str],
) -> Pack:
    gone = {id(old) for _, old in layers.replaced(rows, base.rules)} if base else set()
    below = [row for row in (_in_force(base) if base else []) if id(row) not in gone]

    def of(kind: type[_R]) -> list[_R]:
        return [row for row in (*rows, *below) if isinstance(row, kind)]

    return Pack(
        **{name: getattr(settings, name) for name in Settings.model_fields},
        **dict(header),
        base=base,
        own=rows,
        stated=stated,
        texts=texts,
        clocks=tuple(of(ClockRule)),
        tasks=tuple(of(TaskRule)),
        duties=tuple(of(DutyRule)),
        watches=tuple(of(WatchRule)),
        petitions=tuple(of(PetitionRule)),
        raisings=tuple(of(RaisingRule)),
        queue_rules=tuple(of(QueueRule)),
        formulas={rule.name: rule for rule in of(FormulaRule)},
        ladders=tuple(of(LadderRule)),
        redirects={rule.code: rule for rule in of(RedirectRule)},
        classes={rule.code: rule for rule in of(AppealClass)},
        sources={rule.code: rule for rule in of(SourceRule)},
        labels={rule.code: rule for rule in of(LabelRule)},
        systems=tuple(of(SystemRule)),
    )


def _in_force(pack: Pack) -> list[Row]:
    named = (pack.formulas, pack.redirects, pack.classes, pack.sources, pack.labels)
    listed: tuple[tuple[Row, ...], ...] = (pack.clocks, pack.tasks, pack.duties, pack.watches)
    listed += (pack.queue_rules, pack.ladders, pack.systems, pack.petitions, pack.raisings)
    return [*chain.from_iterable(listed), *(row for table in named for row in table.values())]
