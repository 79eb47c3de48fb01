"""Whatever becomes of a pack's text: `policy check` answers in sentences; what passes can be explained and used."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.ops.commands.policy import command
from lianxin.rules import policy
from lianxin.rules.context import EVENTS, complete
from lianxin.rules.deadlines import starts
from lianxin.rules.policy_explain import explain
from lianxin.rules.worktime import Calendar

LINES = (policy.POLICIES / "base.toml").read_text("utf-8").splitlines()
#: What people leave behind, and what no one means.
VALUES = (
    *('""', '"x"', "0", "-1", "1.5", "true", "[]", "[[]]", "{}", "2026-01-01", "1979-05-27T07:32:00Z", "nan", '"9999"'),
    *('"9999 workdays"', '"dispatch"', '["reply", 3]', '"order.upstream_due.getHours() > 3"', '"100%"', '"handled"'),
    *('"accepted / 0"', '"order.tags[0] == 1"', '"share"', '"task"', '[{ code = "x", title = "y" }]'),
)
STATED = [number for number, line in enumerate(LINES) if " = " in line and not line.startswith((" ", "#"))]
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


changes = st.lists(
    st.tuples(
        st.sampled_from(STATED), st.sampled_from(("value", "drop", "twice", "key", "from")), st.integers(0, 9999)
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes)
def test_a_changed_pack_is_refused_in_words_or_works(folder: Path, made: list[tuple[int, str, int]]):
    lines = list(LINES)
    for number, how, chance in made:
        key, _, value = lines[number].partition(" = ")
        others = {
            "value": f"{key} = {VALUES[chance % len(VALUES)]}",
            "drop": "",
            "twice": f"{lines[number]}\n{lines[number]}",
            "key": f"{key[:-1]} = {value}",
            "from": f"{key} = {LINES[STATED[chance % len(STATED)]].partition(' = ')[2]}",
        }
        lines[number] = others[how]
    path = folder / "base.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    answer = CliRunner().invoke(command, ["check", str(path)])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    assert answer.output.strip()
    if answer.exit_code:
        assert "处错误" in answer.output
        return
    pack = policy.load(path)
    assert list(explain(pack, {}))
    for event in EVENTS:
        for rule in pack.clocks_on(event):
            for context in islice(rule.when.samples() if rule.when else [complete()], 20):
                starts(pack, event, context, lambda _: AT, Calendar())
