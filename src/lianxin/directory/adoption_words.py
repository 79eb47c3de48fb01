"""What adopting a rule book touches, in Chinese: the same words for the command and for the page."""

from __future__ import annotations

from lianxin.rules.policy_sections import Section, of_difference

from .adoption import Plan


def of_plan(plan: Plan) -> list[Section]:
    """All that is said before it is done."""
    return [
        _what(plan),
        _day(plan),
        _codes(plan),
        _standing(plan),
        *(of_difference(plan.before, plan.pack) if plan.before else ()),
    ]


def _what(plan: Plan) -> Section:
    before = plan.before
    now = f"届时原按 {before.id}@{before.version}《{before.title}》。" if before else "本中心此前没有规则包。"
    day = f"{plan.day:%Y-%m-%d}（周{'一二三四五六日'[plan.day.weekday()]}）"
    return Section(
        "采用",
        (
            f"{plan.centre.name}自 {day}起施行 {plan.name}《{plan.pack.title}》，摘要 {plan.pack.digest[:12]}。",
            now,
            *plan.remarks,
        ),
    )


def _day(plan: Plan) -> Section:
    if plan.refusal:
        return Section("不能采用", (plan.refusal,))
    if plan.before is None:
        return Section("生效日期", ("首次采用，没有妨碍。",))
    if plan.safe:
        return Section("生效日期", ("这一天采用没有妨碍：从周一开始，当天还没有登记工单，没有单位失去分组。",))
    offered = f"没有妨碍的日期：{plan.offered:%Y-%m-%d}（周一）。" if plan.offered else "改好以前，没有无妨碍的日期。"
    return Section("生效日期有妨碍", (*plan.breaks, offered))


def _codes(plan: Plan) -> Section:
    if not plan.lost:
        return Section("消失的代码", ("没有。",))
    lines = tuple(
        (code.of, code.code, code.title, "、".join(f"{what} {number}" for what, number in code.used) or "没有")
        for code in plan.lost
    )
    told = "工单一直用登记时的规则包中的名称，通报中照原名列出；新登记的不能再选。"
    return Section("消失的代码", (told,), ("种类", "代码", "名称", "在用"), lines)


def _standing(plan: Plan) -> Section:
    told = "已登记的工单一直按登记时的规则包办理，采用后时限、要素、要求都不变。"
    if not plan.standing:
        return Section("在办工单", ("没有在办工单。", told))
    lines = tuple((one.pack, str(one.running)) for one in plan.standing)
    return Section("在办工单", (told,), ("规则包", "在办"), lines)
