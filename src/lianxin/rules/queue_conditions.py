"""What is in a queue, as its row says it: a condition in a part of CEL that can be asked of the database.

The same language as the conditions of clocks and duties (`rules.conditions`), less of it: comparisons of a column with
a value, ``in``, ``&& || !``, brackets, the flags and computed words of `queue_terms`.  The evaluator of CEL gives no
tree of what it has read, so that this part is read here; whatever is read here is CEL as well, and means the same
(`tests/desk/test_queue_rows.py` compares the two over orders).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lianxin.rules.conditions import Condition
from lianxin.rules.queue_terms import COLUMNS, COMPUTED, SPANS, Column
from lianxin.rules.worktime import Span

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>\d{1,9})(?![\w.])|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<sign>&&|\|\||[=!<>]=|[<>!().,\[\]]))"
)
_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Term:
    """`order.due`."""

    part: str
    name: str

    @property
    def column(self) -> Column:
        return COLUMNS[self.part][self.name]

    def __str__(self) -> str:
        return f"{self.part}.{self.name}"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant: `now`, `today` (its 00:00), or what lies a span before now (`ago`) or after it (`ahead`); the span is
    written out, or a setting's."""

    name: str = "now"
    span: Span | None = None
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """`order.extensions >= 2`."""

    term: Term
    sign: str
    value: Any


@dataclass(frozen=True, slots=True)
class Among:
    """`task.kind in ['return', 'extension']`."""

    term: Term
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """`'供暖' in order.category`."""

    term: Term
    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """`order.open`."""

    term: Term


@dataclass(frozen=True, slots=True)
class Asked:
    """`dissatisfied(ago(queues.dissatisfied))`."""

    name: str
    since: Moment | None = None


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


Node = All | Either | Not | Compared | Among | Holds | Flag | Asked


@dataclass(frozen=True)
class QueueCondition:
    """A condition that has been read; compared by its text."""

    text: str
    tree: Node = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> QueueCondition:
        """Read it; ValueError (Chinese) says what it should have been."""
        Condition.compile(text)  # neither longer nor deeper than others, and CEL
        return cls(text, _Reader(text).whole())

    @property
    def leaves(self) -> tuple[Node, ...]:
        """What it consists of besides and, or, not."""
        return tuple(_leaves(self.tree))

    @property
    def parts(self) -> frozenset[str]:
        """Of which parts it asks."""
        return frozenset(leaf.term.part for leaf in self.leaves if hasattr(leaf, "term"))

    @property
    def computed(self) -> tuple[str, ...]:
        """Which computed words it uses."""
        return tuple(leaf.name for leaf in self.leaves if isinstance(leaf, Asked))


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, Not):
        yield from _leaves(node.part)
    elif isinstance(node, All | Either):
        for part in node.parts:
            yield from _leaves(part)
    else:
        yield node


class _Reader:
    """Reads from left to right, once."""

    def __init__(self, text: str) -> None:
        self.tokens, self.place = list(_tokens(text)), 0

    def whole(self) -> Node:
        found = self._either()
        if self._next() is not None:
            raise ValueError(f"到“{self._next()}”之前就写完的条件；两个条件之间写 && 或 ||")
        return found

    # --- tokens -------------------------------------------------------------------------------
    def _next(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _take(self) -> str:
        found = self._next()
        if found is None:
            raise ValueError("写完的条件，现在到末尾还缺一部分")
        self.place += 1
        return found

    def _if(self, *signs: str) -> str:
        """The next token, taken, if it is one of these."""
        found = self._next()
        return self._take() if found in signs else ""

    def _must(self, sign: str) -> None:
        if not self._if(sign):
            raise ValueError(f"此处写 {sign} 的条件，现为“{self._next() or '末尾'}”")

    # --- and, or, not -------------------------------------------------------------------------
    def _either(self) -> Node:
        parts = [self._all()]
        while self._if("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._if("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        if self._if("!"):
            return Not(self._one())
        if self._if("("):
            found = self._either()
            self._must(")")
            return found
        if self._next() in COMPUTED:
            return self._computed(self._take())
        return self._comparison()

    def _computed(self, name: str) -> Asked:
        self._must("(")
        since = self._moment(self._take()) if COMPUTED[name].since else None
        self._must(")")
        return Asked(name, since)

    # --- comparisons --------------------------------------------------------------------------
    def _comparison(self) -> Node:
        left = self._operand()
        if self._if("in"):
            return self._in(left)
        sign = self._if(*_TURNED)
        if not sign:
            return self._flag(left)
        right = self._operand()
        if isinstance(right, Term) and not isinstance(left, Term):
            left, sign, right = right, _TURNED[sign], left
        if not isinstance(left, Term) or isinstance(right, Term):
            raise ValueError("一边是字段、一边是值的比较")
        _fits(left, sign, right)
        return Compared(left, sign, right)

    def _flag(self, left: Any) -> Flag:
        if not isinstance(left, Term):
            raise ValueError("字段、比较或已有的判断，不能只写一个值")
        if left.column.sort == "list":
            _fits(left, "==", "")
        if left.column.sort != "flag":
            raise ValueError(f"{left}（{left.column.title}）与一个值的比较")
        return Flag(left)

    def _in(self, left: Any) -> Among | Holds:
        if self._if("["):
            values = [self._operand()]
            while self._if(","):
                values.append(self._operand())
            self._must("]")
            if not isinstance(left, Term):
                raise ValueError("in 左边是字段、右边是方括号中几个值的条件")
            for value in values:
                _fits(left, "==", value)
            return Among(left, tuple(values))
        right = self._operand()
        if not isinstance(right, Term) or right.column.sort != "list" or not isinstance(left, str):
            raise ValueError(f"“'供暖' in order.category”一类的条件：in 右边是方括号或 {'、'.join(_LISTS)}")
        return Holds(right, left)

    def _operand(self) -> Any:
        token = self._take()
        if token[0] in "'\"":
            return token[1:-1]
        if token.isdigit():
            return int(token)
        if token == "null":
            return None
        if token in ("now", "today", "ago", "ahead"):
            return self._moment(token)
        if not (token[0].isalpha() or token[0] == "_"):
            raise ValueError(f"字段、值或已有的判断，现为“{token}”")
        return self._term(token)

    def _term(self, part: str) -> Term:
        if self._next() == "(":
            raise ValueError(f"已有的判断（{'、'.join(COMPUTED)}），没有 {part}()")
        if part not in COLUMNS:
            known = "、".join(COLUMNS)
            raise ValueError(
                f"{known} 之一加点和字段，或 now、today、ago(…)、ahead(…)、{'、'.join(COMPUTED)}，没有“{part}”"
            )
        self._must(".")
        name = self._take()
        if name not in COLUMNS[part]:
            raise ValueError(f"{part} 下已有的字段（{'、'.join(COLUMNS[part])}），没有 {part}.{name}")
        return Term(part, name)

    def _moment(self, token: str) -> Moment:
        if token in ("now", "today"):
            return Moment(token)
        if token not in ("ago", "ahead"):
            known = "now、today、ago('3 workdays')、ahead('2 hours')、ago(queues.recently_closed)"
            raise ValueError(f"一个时刻（{known}），现为“{token}”")
        self._must("(")
        said = self._take()
        if said == "queues":
            self._must(".")
            name = self._take()
            if name not in SPANS:
                raise ValueError(f"[queues] 中的时长（{'、'.join(SPANS)}），没有 queues.{name}")
            found = Moment(token, setting=name)
        else:
            found = Moment(token, span=_span(said))
        self._must(")")
        return found


def _tokens(text: str) -> Iterator[str]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            place = end - len(text[place:end].lstrip())
            raise ValueError(f"只用字段、比较、in、&&、||、! 和括号的条件，第 {place + 1} 个字符起不是")
        place = found.end()
        yield found[0].strip()


def _span(said: str) -> Span:
    try:
        parsed = Span.parse(said[1:-1])
    except ValueError:
        parsed = None
    if said[0] not in "'\"" or parsed is None or parsed.backward:
        raise ValueError(f"ago()、ahead() 中“14 days”“3 workdays”“90 minutes”一类的时长（加引号），现为 {said}")
    return parsed


#: What a value of each sort is, and how it is called.
_SORTS: dict[str, tuple[type, str]] = {
    "text": (str, "文字（加引号）"),
    "number": (int, "整数"),
    "time": (Moment, "时刻"),
}
#: The columns of several values.
_LISTS = [
    f"{part}.{name}" for part, columns in COLUMNS.items() for name, known in columns.items() if known.sort == "list"
]


def _fits(term: Term, sign: str, value: Any) -> None:
    """Raises ValueError where a column cannot be compared so."""
    sort, title = term.column.sort, term.column.title
    if sort == "flag":
        raise ValueError(f"不带比较的 {term} 或 !{term}（{title}，只有是和否）")
    if sort == "list":
        raise ValueError(f"“'…' in {term}”（{title}有几个值）")
    if value is None:
        if sort != "time" or sign not in ("==", "!="):
            raise ValueError(f"与{_SORTS[sort][1]}比较的条件，null 只用于时间字段的 == 和 !=")
        return
    wanted, called = _SORTS[sort]
    if not isinstance(value, wanted):
        raise ValueError(f"与{called}比较的 {term}（{title}）")
    if sort == "text" and sign not in ("==", "!="):
        raise ValueError(f"用 ==、!= 或 in 的 {term}（{title}），文字不分大小")
    if sort == "time" and sign in ("==", "!="):
        raise ValueError(f"用 <、<=、>、>= 的 {term}（{title}），时刻不比相等")
    choices = term.column.choices
    if choices and value not in choices:
        raise ValueError(f"{term} 的取值应为 {'、'.join(choices)} 之一，不能是 {value}")
