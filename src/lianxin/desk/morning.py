"""A unit's morning: what is mine today, what was sent back and why, what waits on others, and our place.

What waits on the post itself are its queues, which stand below.  All of it is asked in one message together with them;
the statements are written by hand and go by the indexes of what runs: they cost the same however long the history is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse

from lianxin.directory.roles import Role
from lianxin.handling.actions.audit import DEFECTS
from lianxin.ledger import backdated
from lianxin.ledger.models import Clock, Enclosure, Entry, Task
from lianxin.orders.models import Appeal, Order, Share
from lianxin.orders.nodes import NODE_TITLES
from lianxin.orders.timeline import ERASED
from lianxin.rules.lifecycle import SHARE_TITLES
from lianxin.rules.worktime import SHANGHAI, end_of_day

from . import clocks, place, rowdrawing
from .asking import Question, answers
from .queue_words import packs_with_unit_audit
from .seats import Seat
from .turns import Block, Line

#: So many lines of each stand on the home, and on a page of its own.
HOME, PAGE = 4, 50
#: A reason is a line there, not the text itself.
_LONG = 60


TITLES = {"mine": "我的今日", "back": "被退回", "others": "等别人"}
EMPTY = {
    "mine": "今日没有到期的，也没有逾期的。",
    "back": "没有被退回或重办的。",
    "others": "没有等别人办的。",
}


def there(seat: Seat) -> bool:
    """Whether the post is one of an ordinary handling unit, whose home is this page."""
    return seat.in_unit and seat.directory.serves_as(seat.post.unit) == "unit"


def questions(seat: Seat) -> list[Question]:
    """Asks for the three lists, and for the stamp of what was recorded for the past."""
    return [*(question(seat, code) for code in TITLES), backdated_question(seat)]


def read(seat: Seat, found: Sequence[Any]) -> dict[str, Any]:
    """What the page shows, from the answers to the questions."""
    *lists, marked = found
    blocks = [block(seat, code, rows) for code, rows in zip(TITLES, lists, strict=True)]
    return {"blocks": rowdrawing.blocks(blocks), "places": place.drawn(seat, marked)}


def backdated_question(seat: Seat) -> Question:
    """Asks for the stamp under which counted figures are kept."""
    return Question(backdated.asked(seat.directory.centre_id), backdated.read)


def listed(seat: Seat, code: str, number: int) -> Block:
    """Page `number` (from 1) of one list."""
    (rows,) = answers(question(seat, code, PAGE, (number - 1) * PAGE))
    return block(seat, code, rows)


def block(seat: Seat, code: str, rows: list[tuple[Any, ...]]) -> Block:
    """The list from its rows; each says how many there are."""
    lines = [_LINES[code](seat, row) for row in rows]
    return Block(code, TITLES[code], rows[0][0] if rows else 0, lines, EMPTY[code])


def question(seat: Seat, code: str, most: int = HOME, start: int = 0) -> Question:
    """Asks for lines of a list: of the seat's own unit and no other."""
    text, values = _ASKED[code]
    known = {name: _VALUES[name](seat) for name in {*values}}
    return Question((text, [*(known[name] for name in values), most, start]))


#: What a statement asks with, besides how many lines and from which on.
_VALUES: dict[str, Callable[[Seat], Any]] = {
    "unit": lambda seat: seat.post.unit,
    "staff": lambda seat: seat.staff.pk,
    "role": lambda seat: seat.role,
    "packs": packs_with_unit_audit,
    "audits": lambda seat: seat.takes("share.unit_audited"),
    "midnight": lambda seat: end_of_day(seat.now.astimezone(SHANGHAI).date()),
}


_ORDER, _APPEAL, _SHARE = Order._meta.db_table, Appeal._meta.db_table, Share._meta.db_table
_CLOCK, _TASK, _ENTRY, _ENCLOSURE = (model._meta.db_table for model in (Clock, Task, Entry, Enclosure))
#: The limit of a share that presses first; not those of duties.
_DUE = f"(SELECT min(c.due) FROM {_CLOCK} c WHERE c.share_id = s.id AND c.ended_at IS NULL AND c.task_id IS NULL)"
_IN_HAND = "s.state IN ('pending', 'signed', 'sent_back')"
_WORDS = f"JOIN {_ORDER} o ON o.id = w.order_id JOIN {_APPEAL} a ON a.order_id = w.order_id"

_MINE = f"""
SELECT w.n, o.number, a.title, w.what, w.kind, w.due FROM (
 SELECT count(*) OVER () n, m.* FROM (
  SELECT s.order_id, s.id, 'share' what, s.state kind, {_DUE} due
  FROM {_SHARE} s WHERE s.unit_id = %s AND {_IN_HAND} AND s.holder_id = %s
  UNION ALL SELECT t.order_id, t.id, 'task', t.rule || ' ' || t.kind || ' ' || o.pack, t.due
  FROM {_TASK} t JOIN {_ORDER} o ON o.id = t.order_id
  WHERE t.unit_id = %s AND t.done_at IS NULL AND t.post_role = %s AND t.holder_id = %s AND t.due <= %s
 ) m WHERE m.due <= %s ORDER BY m.due, m.id LIMIT %s OFFSET %s
) w {_WORDS} ORDER BY w.due, w.id"""

#: Sent back by the centre or by the unit's own audit, or opened again: with the entry that says why.
_BACK = f"""
SELECT w.n, o.number, a.title, e.action, e.defect, e.words, e.at, w.state, w.round, e.unit_id, e.staff_id
FROM (
 SELECT count(*) OVER () n, s.order_id, s.id, s.state, s.round, {_DUE} due FROM {_SHARE} s
 WHERE s.unit_id = %s AND {_IN_HAND}
 AND (s.state = 'sent_back' OR s.round > 1 OR s.state = 'signed' AND s.replied_at IS NOT NULL)
 ORDER BY due NULLS LAST, s.id LIMIT %s OFFSET %s
) w {_WORDS}
LEFT JOIN LATERAL (
 SELECT e.action, e.at, e.unit_id, e.staff_id, e.payload->>'defect' defect,
  COALESCE(x.body->>'reason', x.body->>'note') words
 FROM {_ENTRY} e LEFT JOIN {_ENCLOSURE} x ON x.entry_id = e.id
 WHERE e.order_id = w.order_id AND (e.action IN ('order.rehandled', 'order.reopened')
  OR e.action IN ('share.sent_back', 'share.unit_audited') AND e.payload->>'share' = w.id::text
  AND e.payload->>'approved' IS DISTINCT FROM 'true')
 ORDER BY e.id DESC LIMIT 1
) e ON true ORDER BY w.due NULLS LAST, w.id"""

#: By the rules of its order the unit audits the reply first, and has not yet.
_UNIT_FIRST = "(s.unit_audited_at IS NULL AND o.pack = ANY(%s))"
#: What we have answered and somebody audits, what another must do about our share first, what we have given below us.
_OTHERS = f"""
SELECT w.n, o.number, a.title, w.what, w.kind, w.since, w.unit_id, w.post_role, w.person, o.owner_unit_id,
 o.owner_person_id, o.node, o.pack
FROM (
 SELECT count(*) OVER () n, m.* FROM (
  SELECT s.order_id, s.id, 'reply' what, CASE WHEN {_UNIT_FIRST} THEN 'unit' ELSE '' END kind,
   COALESCE(s.unit_audited_at, s.replied_at) since, p.unit_id, '' post_role, NULL::bigint person
  FROM {_SHARE} s JOIN {_ORDER} o ON o.id = s.order_id LEFT JOIN {_SHARE} p ON p.id = s.parent_id
  WHERE s.unit_id = %s AND s.state = 'replied' AND NOT (%s AND {_UNIT_FIRST})
  UNION ALL SELECT t.order_id, t.id, 'task', t.rule || ' ' || t.kind, t.made_at, t.unit_id, t.post_role, t.holder_id
  FROM {_SHARE} s JOIN {_TASK} t ON t.share_id = s.id
  WHERE s.unit_id = %s AND s.state IN ('pending', 'signed', 'sent_back', 'replied') AND t.done_at IS NULL
   AND t.comes_at IS NULL AND t.period = '' AND t.holder_id IS DISTINCT FROM %s
   AND NOT (t.unit_id = %s AND t.post_role = %s)
  UNION ALL SELECT s.order_id, s.id, 'below', s.state, s.dispatched_at, s.unit_id, '', s.holder_id
  FROM {_SHARE} p JOIN {_SHARE} s ON s.parent_id = p.id
  WHERE p.unit_id = %s AND p.state IN ('pending', 'signed', 'sent_back', 'replied') AND {_IN_HAND}
 ) m ORDER BY m.since, m.id LIMIT %s OFFSET %s
) w {_WORDS} ORDER BY w.since, w.id"""

#: The statement of each list, and which values stand in it.
_ASKED = {
    "mine": (_MINE, ("unit", "staff", "unit", "role", "staff", "midnight", "midnight")),
    "back": (_BACK, ("unit",)),
    "others": (_OTHERS, ("packs", "unit", "audits", "packs", "unit", "staff", "unit", "role", "unit")),
}


def _mine(seat: Seat, row: tuple[Any, ...]) -> Line:
    _, number, title, what, kind, due = row
    said = SHARE_TITLES[kind] if what == "share" else _task(seat, *kind.split(" "))
    late = due <= seat.now
    when = f"逾期 {clocks.span(seat.now - due)}" if late else f"{clocks.due_words(due, seat.now)} 前"
    return Line(number, _title(title), _url(number), said, "", when, late)


def _back(seat: Seat, row: tuple[Any, ...]) -> Line:
    _, number, title, action, defect, words, at, state, round_, unit, person = row
    if action in ("share.sent_back", "share.unit_audited"):
        what = "审核退回" if action == "share.sent_back" else "单位审核退回"
        what = f"{what}：{DEFECTS[defect]}" if defect in DEFECTS else what
    else:
        what = f"第 {round_} 轮重办" if action else SHARE_TITLES[state]
    said = _short(words if words is not None else ERASED if action else "")
    by = seat.names(unit, person)
    return Line(number, _title(title), _url(number), what, f"{said}（{by}）" if by else said, clocks.moment(at))


def _others(seat: Seat, row: tuple[Any, ...]) -> Line:
    _, number, title, what, kind, since, unit, role, person, owner, owner_person, node, pack = row
    if kind == "unit":
        # Whoever audits in the unit has it in a queue of his own.
        said, whom = NODE_TITLES["unit_audit"], seat.names(owner, owner_person) if node == "unit_audit" else "本单位"
    elif what == "reply" and unit is None:
        said = NODE_TITLES["audit"]
        whom = seat.names(owner, owner_person) if node == "audit" else f"{seat.directory.root.name} {_AUDITOR}"
    elif what == "reply":
        said, whom = "上级单位答复", seat.names(unit, None)
    elif what == "task":
        rule, _, named = kind.partition(" ")
        said = _task(seat, rule, named, pack)
        whom = seat.names(unit, person) if person else f"{seat.names(unit, None)} {Role(role).label}"
    else:
        said, whom = f"下派：{SHARE_TITLES[kind]}", seat.names(unit, person)
    return Line(number, _title(title), _url(number), said, whom, f"{clocks.moment(since)} 起")


_LINES = {"mine": _mine, "back": _back, "others": _others}


def _task(seat: Seat, rule: str, kind: str, pack: str) -> str:
    """What a duty or petition is called under the rules of its order."""
    rules = seat.directory.find_pack(pack)
    petition, duty = rules.petition_kind(kind), rules.task(rule)
    found = petition or duty
    return found.title if found else _TASKS.get(kind, "待办")


_AUDITOR = Role.AUDITOR.label
#: What is laid by a verb and no rule.
_TASKS = {"return": "退单申请", "extension": "延期申请", "remark": "答复询问"}


def _short(words: str) -> str:
    words = " ".join(words.split())
    return f"{words[:_LONG]}……" if len(words) > _LONG else words


def _title(title: str) -> str:
    return title or "（原文已按期删除）"


def _url(number: str) -> str:
    return reverse("desk:order", args=[number])
