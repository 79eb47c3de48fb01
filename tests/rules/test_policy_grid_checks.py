"""`policy check` on the grid: no share without a handling limit, no clock that counts twice, no rule for nothing."""

from pathlib import Path

import pytest

from lianxin.rules import policy
from lianxin.rules.conditions import Condition
from lianxin.rules.policy_explain import given_way
from lianxin.rules.policy_table import table

HEAD = '[pack]\nid = "county"\ntitle = "某县"\nversion = "1"\neffective = 2026-01-01\nextends = "base"\n'


def pack(folder: Path, text: str) -> policy.Pack:
    path = folder / "county.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return policy.load(path)


def faults(folder: Path, text: str) -> dict[tuple[str, str], str]:
    with pytest.raises(policy.PolicyError) as caught:
        pack(folder, text)
    return {(problem.rule, problem.field): problem.expected for problem in caught.value.problems}


def clock(row: str, more: str = "", kind: str = "handle", start: str = '"dispatch"', until: str = '"audit"') -> str:
    on = 'on = "share"\ntitle = "某时限"\n' if kind.startswith("own_") else ""
    return (
        f'[[clock]]\nid = "{row}"\nclause = "原文"\nkind = "{kind}"\n{on}'
        f'from = {start}\nuntil = {until}\nallow = "3 workdays"\n{more}\n'
    )


def when(text: str) -> str:
    return f'when = "{text}"'


WHOLE = 'replaces = ["S02.urgent", "S02"]'


@pytest.mark.parametrize(
    ("condition", "lacking"),
    [
        ("order.urgency == 'urgent'", "紧急程度为一般"),
        ("share.role == 'lead'", "承办角色为协办、双派、吹哨报到"),
        ("share.depth == 0", "下派层级为1以上"),
        ("order.source == 'city' || order.source == 'province'", "来源为本级受理"),
        ("order.cls in ['help', 'complaint']", "诉求类别为咨询、建议"),
        ("order.round == 1", "办理轮次为2以上"),
        ("share.round < 3", "办理轮次为3以上"),
        ("order.category[0] == '居民生活'", "事项分类（三级）为—/—/—"),
        ("'老人' in order.tags", "标签为空"),
        ("order.upstream_due != null", "上级平台时限为空"),
        ("share.unit_type == 'town'", "单位类型为"),
        ("event.verb == 'order.dispatched'", "任何情形"),
        ("event.role != 'dispatcher'", "任何情形"),
        ("order.enterprise", "涉企：否"),
        ("share.role == 'lead' && order.urgency == 'urgent'", "紧急程度为一般，承办角色为主办；承办角色为协办"),
    ],
)
def test_a_share_without_a_handling_limit_is_a_fault(tmp_path: Path, condition: str, lacking: str):
    found = faults(tmp_path, clock("B10", f"{when(condition)}\n{WHOLE}"))
    assert found.keys() == {("B10", "replaces")}
    assert "现在没有的：" in found["B10", "replaces"]
    assert lacking in found["B10", "replaces"]


def test_no_limit_at_all_is_a_fault(tmp_path: Path):
    text = f'[[rule]]\nid = "county:none"\ntitle = "不设"\nclause = "原文"\n{WHOLE}\n'
    assert "每个承办件都有自派单或签收起算的办理时限" in faults(tmp_path, text)["county:none", "replaces"]


def test_limits_that_share_the_cases_among_them_are_none(tmp_path: Path):
    text = clock("B10", f"{when('share.depth == 0')}\n{WHOLE}") + clock("B11", when("share.depth > 0"))
    assert pack(tmp_path, text).clock("B11")
    # From the signing on, as every share is signed before it is replied to.
    assert pack(tmp_path, clock("B10", WHOLE, start='"sign"')).clock("B10")


def test_a_limit_that_may_never_begin_is_no_limit(tmp_path: Path):
    found = faults(tmp_path, clock("B10", WHOLE, start='"extension_filed"'))
    assert "自派单或签收起算" in found["B10", "replaces"]


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        # Two events of one rule, the first still running.
        (clock("B10", WHOLE, start='["dispatch", "sign"]'), "B10", "自“派单”起算、还没有停止，“签收”又起算一次"),
        # Another rule of the kind, from another event.
        (clock("B10", start='"sign"'), "B10", "自“派单”起算、还没有停止，“签收”又起算一次（紧急程度为一般时）"),
        # Sent back, audited again, sent back again: it ran all the while.
        (
            clock("B10", 'replaces = ["S03"]', kind="resubmit", start='"send_back"', until='"pass"'),
            "B10",
            "自“中心审核退回”起算、还没有停止，“中心审核退回”又起算一次",
        ),
        # The same event again: a caller may be reached more than once.
        (clock("B10", start='"contact"', kind="own_arrive"), "B10", "“首次联系诉求人”又起算一次"),
        # Both events of one act: an approved return begins the next share.
        (
            clock("B10", start='["dispatch", "return_decided"]', kind="own_arrive"),
            "B10",
            "自“退单申请审定”起算、还没有停止，“派单”又起算一次",
        ),
        # Stopped, and started again: the measures take one handling limit a share.
        (clock("B10", start='"send_back"'), "B10", "已自“派单”起算过，“中心审核退回”又起算一次"),
    ],
)
def test_a_clock_that_would_count_twice_is_a_fault(tmp_path: Path, text: str, row: str, said: str):
    assert said in faults(tmp_path, text)[row, "from"]


def test_clocks_one_after_the_other_count_once(tmp_path: Path):
    """Of another kind than the handling limit; and an order keeps the clock that runs when its event comes again."""
    text = clock("B10", kind="own_step", until='"sign"') + clock("B11", kind="own_step", start='"send_back"')
    text += clock("B12", kind="own_way", start='["dispatch", "return_decided"]').replace('on = "share"', 'on = "order"')
    found = faults(tmp_path, text)
    assert found.keys() == {("B12", "from")}
    alone = clock("B12", kind="own_way", until='"close"').replace('on = "share"', 'on = "order"')
    assert pack(tmp_path, text[: text.index('[[clock]]\nid = "B12"')] + alone)


def test_where_the_unit_does_not_audit_its_reply_goes_at_once(tmp_path: Path):
    """The reply is then the report to the centre too: what one stops and the other starts is one act."""
    text = clock("B10", kind="own_way", start='["dispatch", "audit"]', until='"reply"')
    text += '[[rule]]\nid = "county:audit"\ntitle = "单位不审核"\nclause = "原文"\nsets = ["reply.unit_audit"]\n'
    text += "[reply]\nunit_audit = "
    assert pack(tmp_path, text + "false")
    assert pack(tmp_path, text + "true")
    text = text.replace('["dispatch", "audit"]', '["dispatch", "reply"]').replace('until = "reply"', 'until = "audit"')
    assert "“提交回复”又起算一次" in faults(tmp_path, text + "true")["B10", "from"]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("order.urgency == 'urgent' && order.urgency == 'normal'", "都不成立"),
        ("share.role == 'lead' && share.depth < 0", "都不成立"),
        # What the event itself decides: an order that is handed out is no closed one, and no task stands there.
        ("order.state == 'closed'", "都不成立"),
        ("share.state == 'replied'", "都不成立"),
        ("task.kind == 'return'", "都不成立"),
        ("event.name == 'sign'", "都不成立"),
        ("event.verb == 'share.signed'", "都不成立"),
        ("order.cls == 'hepl'", "诉求类别（consult、help、complaint、suggestion），没有“hepl”"),
        ("order.source != 'ctiy'", "来源（county、city、province），没有“ctiy”"),
    ],
)
def test_a_rule_that_never_applies_is_a_fault(tmp_path: Path, condition: str, said: str):
    found = faults(tmp_path, clock("B10", when(condition)))
    assert said in found["B10", "when"]


def test_a_rule_that_two_others_leave_nothing_is_a_fault(tmp_path: Path):
    text = clock("B10", when("order.urgency == 'urgent'") + "\n" + WHOLE) + clock(
        "B11", when("order.urgency != 'urgent'")
    )
    found = faults(tmp_path, text + clock("B12", when("share.role == 'lead'")))
    assert found.keys() == {("B12", "when")}
    assert "排在 B10、B11 之前的规则" in found["B12", "when"]


def test_what_an_order_carries_sees_no_share(tmp_path: Path):
    text = clock("B10", when("share.role == 'lead'"), kind="total", until='"close"')
    assert "都不成立" in faults(tmp_path, text)["B10", "when"]


@pytest.mark.parametrize(
    ("more", "hidden"),
    [("", '"S02.urgent", "S02"'), (when("order.urgency == 'urgent'"), '"S02.urgent"')],
)
def test_a_rule_of_the_base_is_not_left_idle_in_silence(tmp_path: Path, more: str, hidden: str):
    found = faults(tmp_path, clock("B10", more))
    assert f"replaces = [{hidden}]" in found["B10", "replaces"]


def test_what_conditions_leave_idle_is_told(tmp_path: Path):
    text = clock("B10", when("share.role == 'lead'")) + clock("B11", when("share.role != 'lead'"))
    said = "\n".join(given_way(pack(tmp_path, text)))
    assert "其中 S02.urgent、S02 不会用到" in said


def test_only_faults_of_its_own_are_told(tmp_path: Path):
    """A class that the pack does without leaves a condition of the base idle: nothing of it is the pack's to mend."""
    (tmp_path / "base.toml").write_text(
        (policy.POLICIES / "base.toml").read_text("utf-8")
        + clock("S70.own", when("order.cls == 'suggestion'"), kind="own_advice"),
        "utf-8",
    )
    help_ = (
        '[[class]]\nid = "C01.own"\nonly = true\ncode = "help"\ntitle = "求助"\nprinted = "求助类"\norigin = "默认值"\n'
    )
    made = pack(tmp_path, help_)
    assert "其中 S70.own 不会用到" in "\n".join(given_way(made))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (clock("B10", start='"pass"', kind="own_x"), "pass 不涉及"),
        (clock("B10", start='"callback"', kind="own_x"), "callback 不涉及"),
        (clock("B10", start='"close"', kind="total", until='"callback"'), "close 不涉及"),
        (clock("B10", kind="hadnle"), "dispatch、sign、contact、handle"),
        (clock("B10", start='"return_filed"', kind="own_x").replace('on = "share"', 'on = "task"'), "[[task]]"),
    ],
)
def test_what_the_engine_would_never_hear_is_a_fault(tmp_path: Path, text: str, said: str):
    assert any(said in expected for expected in faults(tmp_path, text).values())


HEAVY = (
    "order.urgency == 'urgent' && share.role != 'assist' && order.round < {n} && order.area != 'x{n}' && "
    "order.channel != 'y{n}' && order.requests < {n} && share.unit_type != 'bank' && order.cls != 'help' && "
    "order.source != 'city' && order.enterprise && share.depth < 3"
)


def test_where_there_are_too_many_cases_only_what_was_seen_is_a_fault(tmp_path: Path):
    """A rule for one case in a hundred thousand is not said to be for none; a gap in many cases is found all the
    same; and the table of so many cases goes by the rules."""
    rows = [clock(f"B{n}", when(HEAVY.format(n=n)), kind) for n, kind in enumerate(["handle", "sign", "contact"], 10)]
    made = pack(tmp_path, "".join(rows))
    lines = list(table(made))
    assert len(lines) < 30
    assert sum("渠道不为“y10”" in line for line in lines) == 1
    assert "不会用到" not in "\n".join(given_way(made))
    found = faults(tmp_path, clock("B10", when(HEAVY.format(n=10)) + "\n" + WHOLE))
    assert "现在没有的：" in found["B10", "replaces"]
    again = clock("B10", when(HEAVY.format(n=10))) + clock("B11", when(HEAVY.format(n=10)))
    assert "排在 B10 之前的规则" in faults(tmp_path, again)["B11", "when"]
    plain = clock("B10", WHOLE) + clock("B11", when(HEAVY.format(n=10)))
    assert "排在 B10 之前的规则" in faults(tmp_path, plain)["B11", "when"]


def test_a_condition_that_fails_in_some_case_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Also where the trial of the row by itself, over the words of its condition alone, has not met that case."""
    monkeypatch.setattr(Condition, "problems", lambda self: [])
    found = faults(tmp_path, clock("B10", when("order.tags[0] == '老人'")))
    assert found == {("B10", "when"): "不超出范围的下标（事项分类固定为三级，下标 0 至 2）"}
    null = "order.upstream_due > timestamp('2026-01-01T00:00:00Z')"
    assert ("B10", "when") in faults(tmp_path, clock("B10", when(null)))


def test_faults_of_the_grid_are_told_with_those_of_other_tables(tmp_path: Path):
    """And not those that only follow from a clock that could not be read."""
    bad = '[[formula]]\nid = "county:rate"\nname = "rate"\ntitle = "率"\norigin = "默认值"\nof = "joy / handled"\n'
    bad += 'digits = 2\nshown = "percent"\n'
    found = faults(tmp_path, bad + clock("B10", f"{when('share.depth == 0')}\n{WHOLE}"))
    assert found.keys() == {("county:rate", "of"), ("B10", "replaces")}
    found = faults(tmp_path, clock("B10", WHOLE).replace('"3 workdays"', '"soon"'))
    assert found.keys() == {("B10", "allow")}


def test_an_adopted_pack_goes_on_whatever_is_found_later():
    """What passed when it was adopted must not stop its orders because the check has become stricter."""
    text = HEAD + clock("B10", WHOLE, start='["dispatch", "sign"]')
    texts = {"base": (policy.POLICIES / "base.toml").read_text("utf-8"), "county": text}
    assert policy.from_texts("county", texts, adopted=True).clock("B10")
