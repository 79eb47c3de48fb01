"""内容已更新: what an order's form showed when it was opened, and what stands there now, text beside text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lianxin.handling.actions.reply import SOLVE_TITLES
from lianxin.intake.actions.register import URGENCY_TITLES
from lianxin.ledger.models import Entry
from lianxin.orders.models import Share
from lianxin.orders.seen import bears_on, known_to, lines_of
from lianxin.orders.timeline import Line, Timeline, payload_of

from .dossier import Dossier

#: Words of a request that a later verb may set anew.
_WORDS = {"title": "标题", "text": "诉求内容", "address": "地址"}
#: The verbs that say what the request is; others carry such words of another order, or of what became of it.
SETS = frozenset({"order.registered", "order.corrected", "order.words_corrected"})
_FACTS = {"category": "分类", "area": "区域", "cls": "诉求类别", "source": "来源", "urgency": "紧急程度"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was shown, as it was and as it is."""

    title: str
    before: str
    after: str

    @property
    def was(self) -> list[tuple[str, bool]]:
        """The lines as they were, each with whether it is gone."""
        return _marked(self.before, self.after)

    @property
    def now(self) -> list[tuple[str, bool]]:
        """The lines as they are, each with whether it is new."""
        return _marked(self.after, self.before)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a form was opened, and the entries by which it did."""

    changes: list[Change]
    lines: list[Line]


def _marked(text: str, other: str) -> list[tuple[str, bool]]:
    known = set(other.splitlines())
    return [(line, line not in known) for line in text.splitlines()]


def since(dossier: Dossier, share: Share | None, seen: int, staff: int | None, verb: str) -> Changes | None:
    """What is new about `share` (None: the whole order) after entry `seen` to `staff`, who takes `verb`; None if
    nothing."""
    lines = lines_of(dossier.shares)
    fresh = [
        entry
        for entry in dossier.entries
        if entry.number > seen and not known_to(entry, staff, verb) and bears_on(entry, share, lines)
    ]
    if not fresh:
        return None
    before = _shown(dossier, share, (entry for entry in dossier.entries if entry.number <= seen))
    after = _shown(dossier, share, dossier.entries)
    changes = [
        Change(title, before.get(title, "（无）"), after.get(title, "（无）"))
        for title in dict.fromkeys((*after, *before))
        if before.get(title) != after.get(title)
    ]
    shares = {line.pk: line for line in dossier.shares}
    told = Timeline(dossier.directory, dossier.pack, shares, {clock.pk: clock for clock in dossier.clocks})
    return Changes(changes, told.lines(fresh))


def _shown(dossier: Dossier, share: Share | None, entries: Iterable[Entry]) -> dict[str, str]:
    """What an order's page says after these entries: the request, its facts, the reply, the grade."""
    shown: dict[str, str] = {}
    requests: list[str] = []
    for entry in entries:
        payload = payload_of(entry)
        if payload is None:
            continue
        said = payload.model_dump()
        if entry.action == "order.supplemented":
            shown["诉求内容"] = f"{shown.get('诉求内容', '')}\n【补充】{said['text']}"
            requests += said["requests"]
        elif entry.action == "order.joined":
            requests += [said["requests"][said["numbers"].index(number)] for number in said["added"]]
        elif entry.action in SETS:
            shown |= {title: said[name] for name, title in _WORDS.items() if said.get(name)}
            requests = list(said.get("requests") or requests)
            shown |= {title: _fact(dossier, name, said[name]) for name, title in _FACTS.items() if said.get(name)}
        elif entry.action == "share.replied" and (share is None or said.get("share") == share.pk):
            shown["答复"] = _reply(said)
    if requests:
        shown["诉求事项"] = "\n".join(f"{n}. {text}" for n, text in enumerate(requests, 1))
    return shown


def _reply(said: dict[str, Any]) -> str:
    answers = "\n".join(f"{n}. {text}" for n, text in enumerate(said["answers"], 1))
    head = f"（{SOLVE_TITLES.get(said['solve_code'], '')}）"
    return f"{head}措施：{said['measures']}\n进展：{said['progress']}\n结果：{said['result']}\n{answers}".strip()


def _fact(dossier: Dossier, name: str, value: Any) -> str:
    directory, pack = dossier.directory, dossier.pack
    if name == "category":
        return directory.categories[value].title if value in directory.categories else ""
    if name == "area":
        return directory.areas[value].name if value in directory.areas else ""
    if name == "cls":
        return pack.classes[value].title if value in pack.classes else str(value)
    if name == "source":
        return pack.sources[value].title if value in pack.sources else str(value)
    return URGENCY_TITLES.get(value, str(value))
