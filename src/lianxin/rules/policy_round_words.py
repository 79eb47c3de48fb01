"""What comes round and what is watched, in words, for `policy explain`."""

from __future__ import annotations

from lianxin.rules import known, lifecycle
from lianxin.rules.context import FIELDS, ROLES
from lianxin.rules.pack import Pack
from lianxin.rules.periods import EVERY
from lianxin.rules.policy_rounds import PROPOSED, DutyRule, WatchRule
from lianxin.rules.policy_words import condition, events


def action_title(action: str) -> str:
    """An action of an order or of a kind of proceedings in words; the action itself where nothing is known of it."""
    titles = {row.action: row.title for row in lifecycle.TABLE} | known.actions()
    return titles.get(action, action)


def level_title(pack: Pack, code: str) -> str:
    """A type of meetings or inspections in words; the code itself of any other level."""
    found = pack.reports.meeting(code) or pack.inspection.type_of(code)
    return found.title if found is not None else code


def of_duty(pack: Pack, rule: DutyRule) -> str:
    """Who owes what how often, when it is not owed, what proves it."""
    whose = "、".join(pack.units.type_title(code) for code in rule.among) or "有此岗位的单位"
    acts = "、".join(f"“{action_title(action)}”" for action in rule.met_by)
    often = f"{EVERY[rule.every]}{FIELDS['unit'][rule.each].title}每件" if rule.each else EVERY[rule.every]
    parts = [f"定期职责：{rule.title}，{often} {rule.times} 次，{whose}的{ROLES[rule.post]}"]
    if rule.by:
        parts.append(f"{'、'.join(ROLES[role] for role in rule.by)}做的也算")
    if rule.when:
        parts.append(f"条件：{condition(rule.when.text, pack)}")
    named = f"（{'、'.join(level_title(pack, level) for level in rule.levels)}）" if rule.levels else ""
    parts.append(f"以{acts}{named}的记录为依据")
    if rule.warn:
        parts.append(f"{rule.warn}预警")
    parts.append(f"期满后{rule.late}内可以补录" if rule.late else "期满后不再补录")
    return "；".join(parts)


def of_watch(pack: Pack, rule: WatchRule) -> str:
    """What is looked for when, and what is proposed or done then."""
    kind, steps = known.watched().get(rule.proposes, (rule.proposes, {}))
    done = f"“{kind}”自动{steps.get(rule.step, rule.step)}"
    then = f"提出列为“{kind}”，由人确认或者不列入" if rule.step == PROPOSED else done
    return f"监测：{rule.title}，“{events(rule.start_on)}”之后{condition(rule.when.text, pack)}的，{then}"
