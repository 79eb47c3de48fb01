"""A duty of a pack, and a kind of petitions, in words, for `policy explain`."""

from __future__ import annotations

from lianxin.rules import lifecycle
from lianxin.rules.context import CLOCK_KINDS, ROLES
from lianxin.rules.formulas import show_percent
from lianxin.rules.policy import Pack
from lianxin.rules.policy_petitions import PetitionRule, RaisingRule
from lianxin.rules.policy_tasks import PartOf, TaskRule
from lianxin.rules.policy_words import condition, events
from lianxin.rules.worktime import Span

_ON = {"order": "工单上", "share": "承办件上", "members": "同一事项其他工单的承办件上"}
_AT = {"unit": "承办单位的", "centre": "中心的", "above": "上级单位的"}


def in_words(pack: Pack, rule: TaskRule) -> str:
    """When it comes, on whom it lies, what waits for it, what meets it."""
    parts = [*_comes(pack, rule), *_lies(rule), *_asks(rule)]
    return "；".join(parts)


def _comes(pack: Pack, rule: TaskRule) -> list[str]:
    what = "申请审定" if rule.petition else "待办"
    parts = [f"{what}：{rule.title}，{_ON[rule.on]}，“{events(rule.start_on)}”时产生"]
    if rule.when:
        parts.append(f"条件：{condition(rule.when.text, pack)}")
    if rule.after is not None:
        parts.append(f"{_since(rule.after)}仍未办结的才交办，此前不列入待办、不计数")
    return parts


def _since(after: Span | PartOf) -> str:
    if not isinstance(after, PartOf):
        return f"过{after}"
    known = CLOCK_KINDS.get(after.kind)
    return f"{known.title if known else after.kind}时限过了{show_percent(after.part, 0)}"


def _lies(rule: TaskRule) -> list[str]:
    parts = []
    if rule.levels:
        steps = [f"{_AT[level.at]}{ROLES[level.post]}" for level in rule.levels]
        parts.append(f"先由{'、'.join(steps)}逐级审签")
    whom = f"交办时指定的人（其单位的{ROLES[rule.post]}）" if rule.named else f"{_AT[rule.at]}{ROLES[rule.post]}"
    parts.append(f"由{whom}{'审定' if rule.petition else '办理'}")
    if rule.team:
        parts.append(f"{_AT[rule.at]}快速反应队伍负责该区域的，由其值班队员办理")
    if rule.otherwise:
        parts.append(f"岗位空缺时由{'、'.join(ROLES[role] for role in rule.otherwise)}承担")
    if rule.allow:
        parts.append("时限由交办的操作写明" if rule.allow == "given" else f"时限{rule.allow}")
    if rule.least:
        parts.append(f"至少{rule.least}")
    if rule.warn:
        parts.append(f"{rule.warn}预警")
    return parts


def _asks(rule: TaskRule) -> list[str]:
    parts = []
    if rule.holds:
        parts.append("办结之前工单停在该岗位")
    if rule.before:
        barred = "、".join(f"“{lifecycle.find(action).title}”" for action in rule.before)
        parts.append(f"办结之前不能{barred}{'，导入、平台转来的也不能' if rule.bars == 'all' else ''}")
    if rule.elements:
        parts.append(f"须写明{'、'.join(element.title for element in rule.elements)}")
    if rule.outcomes:
        parts.append(f"结果为{'、'.join(outcome.title for outcome in rule.outcomes)}之一")
    if rule.not_handler:
        parts.append("经办过该件的人不能办结")
    if rule.ends_with:
        who = "任何人" if rule.whoever else "该岗位"
        parts.append(f"{who}“{events(rule.ends_with)}”即办结")
    if rule.falls_with:
        parts.append(f"“{events(rule.falls_with)}”后不再作数，不算办结")
    return parts


#: What a granted petition does, where it does more than say what was found.
_GRANTS = {"excluded": "同意后不计入考核", "merged": "同意后并入所填的工单"}


def of_petition(pack: Pack, rule: PetitionRule) -> str:
    """What may be asked for, after what, with what, and how often."""
    parts = [f"申请：{rule.title}，理由为{'、'.join(reason.title for reason in rule.reasons)}"]
    if rule.needs:
        parts.append(f"须先有“{events(rule.needs)}”")
    if rule.within:
        parts.append(f"其后{rule.within}内提出" if rule.needs else f"派单后{rule.within}内提出")
    if rule.evidence:
        parts.append("须附证据材料")
    parts.append(f"同一单位最多 {rule.max_times} 次")
    parts += [_GRANTS[rule.grants]] if rule.grants in _GRANTS else []
    return "；".join(parts)


def of_raising(rule: RaisingRule) -> str:
    """What is raised to the upper platform, and how long that may take."""
    must = "须上级平台同意，中心不自行批准" if rule.must else "由中心决定是否上报"
    return f"上报上级平台：{rule.title}；{must}；上级平台{rule.allow}内答复，办理照常进行"
