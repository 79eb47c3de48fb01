"""A policy pack in plain Chinese: each rule with its id, original words, what it sets, and whether it is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from lianxin.rules import (
    layers,
    lifecycle,
    measures,
    periods,
    policy_queue_words,
    policy_round_words,
    policy_task_words,
    policy_telling,
)
from lianxin.rules.context import ROLES
from lianxin.rules.formulas import show_percent
from lianxin.rules.policy import Pack
from lianxin.rules.policy_grid_checks import GridChecks
from lianxin.rules.policy_labels import LabelRule
from lianxin.rules.policy_looking import Looking
from lianxin.rules.policy_petitions import PetitionRule, RaisingRule
from lianxin.rules.policy_queues import QueueRule
from lianxin.rules.policy_reading import field_of, setting
from lianxin.rules.policy_reports import Reports
from lianxin.rules.policy_retention import Keep
from lianxin.rules.policy_rounds import DutyRule, WatchRule
from lianxin.rules.policy_rows import (
    AppealClass,
    ClockRule,
    FormulaRule,
    LadderRule,
    ListRow,
    RedirectRule,
    Row,
    Statement,
    SystemRule,
)
from lianxin.rules.policy_settings import Callback, Units
from lianxin.rules.policy_sources import SourceRule
from lianxin.rules.policy_tasks import TaskRule
from lianxin.rules.policy_weekly import Leading
from lianxin.rules.policy_who import PostRule, SightReason, Staffing
from lianxin.rules.policy_words import WORDS, condition, events
from lianxin.rules.serving import held
from lianxin.rules.worktime import OfficeHours, Span

IN_FORCE, WORDS_ONLY = "已启用", "仅陈述"
_ON = {"order": "工单", "share": "承办件", "task": "待办"}
_STAGES = {
    "rules": "规则",
    "directory": "机构人员",
    "ledger": "总账",
    "orders": "工单",
    "intake": "受理",
    "dispatch": "派单",
    "handling": "办理",
    "followup": "回访",
    "oversight": "督办",
    "proceedings": "专办事项",
    "figures": "指标",
    "duties": "定期职责",
    "bulletins": "通报",
    "exchange": "交换",
    "desk": "工作台",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A mechanism of a pack: its rows, whether it is in force, what they say, a line each, and which code holds it."""

    id: str
    title: str
    state: str
    rows: tuple[Row, ...]
    lines: tuple[str, ...]
    places: str


def explain(pack: Pack, by_code: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The lines of the whole pack: its own rules by id, what of the base gave way, and what of it stays.

    ``by_code`` names the modules that hold rows of words (`rules.serving.served`, once all code is imported).
    """
    yield f"{pack.title}"
    day = pack.effective
    yield f"标识 {pack.id}，版本 {pack.version}，自 {day.year}年{day.month}月{day.day}日 起施行"
    groups = {row.row for row in pack.own}
    yield f"本包规则 {len(groups)} 条，其中 {len(groups - held(pack, by_code))} 条{WORDS_ONLY}"
    yield ""
    idle = frozenset(map(id, GridChecks(pack).idle()))
    yield from _rows(pack, pack.own, by_code, idle)
    if pack.base is not None:
        own = set(map(id, pack.own))
        yield from given_way(pack)
        yield f"—— 沿用《{pack.base.title}》的规则 ——"
        yield ""
        yield from _rows(pack, [row for row in pack.rules if id(row) not in own], by_code, idle)


def lines_of(pack: Pack, row: Row) -> Iterator[str]:
    """What a row does, without its words."""
    return _what(pack, row)


def in_words(value: Any) -> str:
    """A setting as people read it."""
    return _value(value)


def explained(pack: Pack, by_code: Mapping[str, tuple[str, ...]]) -> list[Explained]:
    """The mechanisms of the laid-over pack: its own by id, then those of its base that stay."""
    idle, own = frozenset(map(id, GridChecks(pack).idle())), set(map(id, pack.own))
    stay = [row for row in pack.rules if id(row) not in own]
    return [*_mechanisms(pack, pack.own, by_code, idle), *_mechanisms(pack, stay, by_code, idle)]


def _rows(
    pack: Pack, rows: Iterable[Row], by_code: Mapping[str, tuple[str, ...]], idle: frozenset[int]
) -> Iterator[str]:
    for found in _mechanisms(pack, rows, by_code, idle):
        yield f"{found.id}　{found.title}　〔{found.state}〕"
        yield from (f"    {line}" for line in found.lines)
        yield from [f"    执行：{found.places}"] if found.places else []
        yield ""


def _mechanisms(
    pack: Pack, rows: Iterable[Row], by_code: Mapping[str, tuple[str, ...]], idle: frozenset[int]
) -> Iterator[Explained]:
    """Rows of one mechanism together."""
    on = held(pack, by_code)
    for row_id, group in groupby(sorted(rows, key=_order), key=lambda row: row.row):
        members = tuple(group)
        said = any(isinstance(row, Statement) for row in members)
        yield Explained(
            id=row_id,
            title=members[0].title,
            state=IN_FORCE if row_id in on else WORDS_ONLY,
            rows=members,
            lines=tuple(_members(pack, members, idle)),
            places="、".join(map(_place, by_code.get(row_id, ()))) if said else "",
        )


def _members(pack: Pack, members: Iterable[Row], idle: frozenset[int]) -> Iterator[str]:
    """What the rows of a mechanism say, its words once where they are the same."""
    said: list[str] = []
    for row in members:
        words = f"原文：{row.clause}" if row.clause else f"出处：{row.origin}"
        if not any((row.clause or row.origin) in text for text in said):
            yield words
            said.append(words)
        yield from _what(pack, row)
        if not row.served:
            yield "说明：程序目前还不执行这类规则，只作陈述。"
        if id(row) in idle:
            yield "说明：各种情形都由本包的规则先行适用，这一条不会用到。"
        yield from (f"取代：{_named(old)}" for mine, old in pack.replaced if mine is row)
        if row.note and row.note not in said:
            yield f"说明：{row.note}"
            said.append(row.note)


def _place(module: str) -> str:
    """A module as the stage that it belongs to, and its name."""
    _, package, *rest = module.split(".")
    return f"{_STAGES.get(package, package)}（{'.'.join([package, *rest])}）"


def _named(row: Row) -> str:
    return f"{row.id}　{row.title}"


def given_way(pack: Pack) -> Iterator[str]:
    """What of the base gave way to what, a line a row of the pack, and what of it stays; nothing without a base."""
    if pack.base is None:
        return
    yield f"《{pack.base.title}》"
    by_row: dict[int, list[Row]] = {}
    for row, old in pack.replaced:
        by_row.setdefault(id(row), []).append(old)
    for row in pack.own:
        if olds := by_row.get(id(row)):
            how = "取消" if isinstance(row, Statement) and not isinstance(olds[0], Statement) else "取代"
            yield f"  {row.id}　{how} {'，'.join(map(_named, olds))}"
    for whole in dict.fromkeys(layers.list_of(row) for row in pack.own if isinstance(row, ListRow) and row.only):
        yield f"  [[{whole[0]}]]{' ' + whole[1] if whole[1] else ''}　以本包所列为全部"
    own = set(map(id, pack.own))
    stay = [row.id for row in pack.rules if id(row) not in own]
    yield f"  沿用 {len(stay)} 项：{'、'.join(stay) or '无'}"
    if idle := GridChecks(pack).idle():
        yield f"  其中 {'、'.join(row.id for row in idle)} 不会用到：各种情形都由本包的规则先行适用"
    yield ""


def _order(row: Row) -> tuple[str, bool]:
    # Statements first: their title names the mechanism. The rest stays in the order of the file.
    return row.row, not isinstance(row, Statement)


def _what(pack: Pack, row: Row) -> Iterator[str]:
    yield from _WORDS[type(row)](pack, row)


def _redirect(row: RedirectRule) -> str:
    at_once = "，立即转接" if row.immediate else ""
    return f"引导 {row.code}：请找{'、'.join(row.targets)}{at_once}；告知：“{row.say}”"


def _class(row: AppealClass) -> str:
    covers = f"（{'、'.join(row.covers)}）" if row.covers else ""
    return f"诉求类别：{row.title}{covers}，通报中列为“{row.printed}”"


def _label(row: LabelRule) -> str:
    by, lifted = ("、".join(ROLES[post] for post in posts) for posts in (row.by, row.lifted_by))
    return f"{row.code}：{by}可以标识，{lifted}可以取消"


def _source(row: SourceRule) -> str:
    said = f"来源：{row.name}，{'其他平台转来' if row.upstream else '本中心直接受理'}"
    how = {
        "cancelled": f"，热线取消，用到{row.until}",
        "dual_number": "，双号并行",
        "sub_centre": f"，设为分中心（{row.unit}），派单时先列出",
    }
    who = f"，只由{'、'.join(ROLES[post] for post in row.posts)}登记" if row.posts else ""
    return said + how.get(row.mode, "") + who


def _statement(pack: Pack, row: Statement) -> Iterator[str]:
    yield from _settings(pack, row)
    if row.held_by:
        yield f"落实：{row.held_by}"


def _clock(pack: Pack, rule: ClockRule) -> str:
    parts = [f"时限：{rule.title}，{_ON[rule.on]}自“{events(rule.start_on)}”至“{events(rule.until)}”，{rule.allow}"]
    if rule.when:
        parts.append(f"条件：{condition(rule.when.text, pack)}")
    if rule.warn:
        parts.append(f"{rule.warn}预警")
    if rule.end:
        parts.append("不迟于上级平台的时限")
    return "；".join(parts)


def _formula(rule: FormulaRule) -> str:
    words = measures.in_words(rule.of.text, rule.names)
    digits = f"保留 {rule.digits} 位小数" if rule.digits else "取整数"
    how = "四舍五入" if rule.rounding == "half_up" else "截去尾数"
    unit = "百分数" if rule.shown == "percent" else "数"
    target = f"，目标不低于 {_aim(rule.target)}" if rule.target is not None else ""
    return f"公式：{rule.title} = {words}；按{unit}显示，{digits}，{how}{target}"


def _aim(target: Fraction) -> str:
    return show_percent(target, 0 if (target * 100).denominator == 1 else 2)


def _ladder(pack: Pack, rule: LadderRule) -> str:
    groups = "、".join(pack.units.group_title(group) for group in rule.among)
    side, _, number = rule.take.partition(" ")
    least = f"承办量 {rule.min_handled} 件以上的" if rule.min_handled else ""
    by = pack.formulas[rule.rank_by].title if rule.rank_by in pack.formulas else rule.rank_by
    taken = f"{'前' if side == 'first' else '后'} {number} 位"
    return f"排名：{periods.EVERY[rule.every]}按{by}，{least}{groups}分别排名，{taken}由{rule.consequence.by}处理"


def _settings(pack: Pack, row: Statement) -> Iterator[str]:
    for path in row.sets:
        info = field_of(type(pack), path)
        section, _, name = path.rpartition(".")
        yield f"设置：{info or path} = {_field(setting(pack, section) if section else pack, name, setting(pack, path))}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return show_percent(value, 0)
    if isinstance(value, OfficeHours):
        return "、".join(f"{begin:%H:%M}—{end:%H:%M}" for begin, end in value.periods)
    if isinstance(value, Keep):
        return str(value)
    if isinstance(value, tuple):
        return "、".join(map(_value, value)) or "无"
    if isinstance(value, BaseModel):
        return _model(value)
    if isinstance(value, str) and value in measures.MEASURES:
        return measures.title(value)
    if isinstance(value, str) and (told := policy_telling.title(value)):
        return told
    if isinstance(value, str | Span):
        return WORDS.get(str(value), str(value)) or "（按中心名称）"
    return str(value)


def _model(value: BaseModel) -> str:
    """A coded entry by its title, a section by its fields."""
    title = getattr(value, "title", None)
    if isinstance(value, PostRule):
        return _post_rule(value)
    if isinstance(value, SightReason):
        return f"{title}（{WORDS[value.what]}{'，可以一并开放诉求人' if value.caller else ''}）"
    if title and "code" in type(value).model_fields:
        return str(title)
    if isinstance(value, Leading):
        return f"{title}前 {value.top} 位"
    fields = type(value).model_fields.items()
    named = (
        f"{info.description or info.alias or name} {_field(value, name, getattr(value, name))}" for name, info in fields
    )
    return f"《{title}》" if title and "group" in type(value).model_fields else "；".join(named)


def _post_rule(rule: PostRule) -> str:
    """`回访：只由回访员办理；另交 jigong 的经办人办理`."""
    known = {row.action: row.title for row in lifecycle.TABLE}
    only = [f"只由{'、'.join(ROLES.get(post, post) for post in rule.only)}办理"] if rule.only is not None else []
    also = [f"另交 {lent.unit} 的{ROLES.get(lent.post, lent.post)}办理" for lent in rule.also]
    return f"{known.get(rule.action, rule.action)}：{'；'.join([*only, *also]) or '照原有岗位'}"


def _field(section: BaseModel, name: str, value: Any) -> str:
    """A field of a section; a layer of call-backs by its title in the section."""
    if isinstance(section, Callback) and name in ("own_layer", "assess_layer"):
        return section.layer_title(value)
    if isinstance(section, Units | Staffing):
        return _staffing(section, name, value)
    if isinstance(section, Reports) and name == "every":
        return periods.EVERY[value] if value else "无"
    if isinstance(section, Looking | Reports) and name in ("office_posts", "told"):
        return "、".join(ROLES.get(post, post) for post in value) or "无"
    return _value(value)


def _staffing(section: Units | Staffing, name: str, value: Any) -> str:
    """Posts and types by their titles."""
    if isinstance(value, Staffing) and isinstance(section, Units):
        posts = "、".join(ROLES.get(post, post) for post in value.posts) or "无"
        among = "、".join(map(section.type_title, value.among)) or "各类单位"
        return f"必设的岗位 {posts}；专职人员不少于 {value.full_time} 名（{among}）"
    if isinstance(section, Units) and name == "documents":
        named = (f"{d.title}（{'、'.join(map(section.type_title, d.among)) or '各类单位'}）" for d in value)
        return "、".join(named) or "无"
    return "、".join(ROLES.get(post, post) for post in value) if name == "posts" else _value(value)


def _one(words: Callable[[Pack, Any], str]) -> Callable[[Pack, Any], Iterable[str]]:
    return lambda pack, row: [words(pack, row)]


#: How each kind of row says what it does.
_WORDS: dict[type[Row], Callable[[Pack, Any], Iterable[str]]] = {
    ClockRule: _one(_clock),
    TaskRule: _one(policy_task_words.in_words),
    DutyRule: _one(policy_round_words.of_duty),
    WatchRule: _one(policy_round_words.of_watch),
    PetitionRule: _one(policy_task_words.of_petition),
    RaisingRule: _one(lambda _, row: policy_task_words.of_raising(row)),
    QueueRule: _one(policy_queue_words.in_words),
    LadderRule: _one(_ladder),
    FormulaRule: _one(lambda _, row: _formula(row)),
    RedirectRule: _one(lambda _, row: _redirect(row)),
    AppealClass: _one(lambda _, row: _class(row)),
    SourceRule: _one(lambda _, row: _source(row)),
    LabelRule: _one(lambda _, row: _label(row)),
    SystemRule: _one(lambda _, row: f"制度：{row.title}。{row.text}"),
    Statement: _statement,
}
