"""The worker's own work, run by a real worker; and the commands that prove and seal the book."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from croniter import croniter
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import Cast, request

from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry, Notice, Seal
from lianxin.ops import jobs, proving
from lianxin.ops.commands import root as root_command
from lianxin.ops.commands import seal as seal_command
from lianxin.ops.commands import verify as verify_command
from lianxin.orders.models import Order


@pytest.fixture
def overdue(transactional_db: None, nine: datetime) -> Cast:
    """A centre with one order whose dispatch is long overdue."""
    from tests.cast import make_cast

    cast = make_cast("base", "base")
    record(Act("order.registered", cast.actor("agent"), nine - timedelta(days=9), request()))
    return cast


def work() -> None:
    """A worker that does what is queued and ends."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        working.run_worker(wait=False, delete_jobs="successful", install_signal_handlers=False)


@pytest.mark.slow
def test_the_worker_sweeps_delivers_and_seals(overdue: Cast) -> None:
    for job in (jobs.sweep, jobs.deliver, jobs.seal):
        job.defer(timestamp=0)
    work()
    assert not ProcrastinateJob.objects.exclude(task_name__endswith="retry_stalled").exists()
    assert Entry.objects.filter(action="clock.breached").count() == 1
    assert set(Notice.objects.values_list("state", flat=True)) <= {"sent", "queued"}
    assert Notice.objects.filter(state="sent", kind="order.registered").exists()
    assert [seal.closes for seal in Seal.objects.order_by("number")] == [None, timezone.localdate() - timedelta(days=1)]


def test_the_jobs_may_run_twice(overdue: Cast) -> None:
    for _ in range(2):
        jobs.sweep(timestamp=0)
        jobs.deliver(timestamp=0)
        jobs.seal(timestamp=0)
    assert Entry.objects.filter(action="clock.breached").count() == 1
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
    assert Seal.objects.count() == 2


def test_verify_says_that_all_is_well(overdue: Cast) -> None:
    result = CliRunner().invoke(verify_command.command, [])
    assert (result.exit_code, result.output) == (0, "共核对 1 件工单，账目、数据表、封签、日志全部相符。\n")


def test_verify_names_what_differs_and_fails(overdue: Cast) -> None:
    order = Order.objects.get()
    Order.objects.update(cls="consult")
    for options in ([], ["--centre", "base"]):
        result = CliRunner().invoke(verify_command.command, options)
        assert result.exit_code == 1
        assert f"{order.number}：工单的“诉求类别”与账目不符" in result.output
        assert "发现 1 处不符" in result.output


def test_two_proofs_at_once_do_not_stumble_over_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, rename, own = tmp_path / "not made yet" / "verify.json", Path.replace, os.getpid()

    def meanwhile(draft: Path, target: Path) -> Path:
        """Between one proof's writing and its renaming the other one does both."""
        monkeypatch.setattr(Path, "replace", rename)
        monkeypatch.setattr(os, "getpid", lambda: own + 1)
        proving.Progress({}).note(kept, 7, 0)
        return rename(draft, target)

    monkeypatch.setattr(Path, "replace", meanwhile)
    proving.Progress({}).note(kept, 2, 1)
    found = proving.cut_off(kept)
    assert found is not None
    assert (found.last, found.different) == (2, 1)
    assert [file.name for file in kept.parent.iterdir()] == ["verify.json"]


class _Cut(Exception):
    """The machine goes off."""


@pytest.fixture
def cut(overdue: Cast, nine: datetime, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Two orders, the first changed behind our back; each is a span, and the next proof is cut off at the second."""
    monkeypatch.setattr("lianxin.ledger.verify.CHUNK", 1)
    first = Order.objects.get()
    for _ in range(2):
        record(Act("order.registered", overdue.actor("agent"), nine, request()))
    Order.objects.filter(pk=first.pk).update(cls="consult")
    return first


def cut_off(*options: str, after: int = 1) -> str:
    """A proof that ends in the span after `after` others; what it had said by then."""
    from lianxin.ledger import verify

    left, whole = [None] * after, verify.verify_span

    def span(*of: Any) -> Any:
        if not left:
            raise _Cut
        left.pop()
        return whole(*of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "verify_span", span)
        result = CliRunner().invoke(verify_command.command, ["--processes", "1", *options])
    assert isinstance(result.exception, _Cut)
    return result.output


def resumed(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(verify_command.command, ["--processes", "1", "--resume", *options])
    return result.exit_code, result.output


def test_a_proof_that_goes_on_has_not_forgotten_what_differed_before(cut: Order) -> None:
    assert cut.number in cut_off()
    # Cut off again: nothing new, and nothing lost.
    assert cut.number not in cut_off("--resume")
    code, said = resumed()
    assert (code, cut.number in said) == (1, False)
    assert "发现 1 处不符（其中 1 处在上次中断前已经列出）" in said
    # It is finished: the next one begins at the beginning.
    code, said = resumed()
    assert (code, "从头核对" in said, cut.number in said) == (1, True, True)


def test_what_was_found_and_not_yet_told_is_found_again(cut: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    def unheard(*_: Any, **__: Any) -> None:
        raise _Cut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lianxin.ops.commands.verify.click.echo", unheard)
        result = CliRunner().invoke(verify_command.command, ["--processes", "1"])
    assert isinstance(result.exception, _Cut)
    code, said = resumed()
    assert (code, cut.number in said) == (1, True)


@pytest.mark.parametrize("options", [["--since", "0"], ["--centre", "base"], ["--root", "0" * 64]])
def test_a_proof_of_something_else_does_not_go_on(cut: Order, options: list[str]) -> None:
    cut_off(*options, after=2)
    code, said = resumed()
    assert (code, "范围不同" in said, " ".join(options) in said) == (1, True, True)
    Order.objects.filter(pk=cut.pk).update(cls="help")
    code, said = resumed(*options)
    assert (code, "其中 1 处在上次中断前已经列出" in said) == (1, True)


def test_a_proof_of_another_database_is_not_gone_on_with(cut: Order) -> None:
    cut_off()
    kept = proving.note_of(connection)
    assert (kept.exists(), kept) == (True, proving.note_of(connection))
    beside = connection.copy()
    beside.settings_dict["NAME"] = "postgres"
    try:
        other = proving.note_of(beside)
    finally:
        beside.close()
    assert other != kept
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proving, "note_of", lambda _: other)
        assert "没有中断过的核对" in resumed()[1]
    assert "没有中断过的核对" not in resumed()[1]


def test_verify_of_an_unknown_centre_says_so(overdue: Cast) -> None:
    result = CliRunner().invoke(verify_command.command, ["--centre", "atlantis"])
    assert result.exit_code == 1
    assert "没有代码为 atlantis 的中心" in result.output


def test_what_was_written_is_sealed_by_hand_once(overdue: Cast) -> None:
    first = CliRunner().invoke(seal_command.command, [])
    assert first.exit_code == 0
    assert "第 1 号封签（第 1 号）：1 笔账目" in first.output
    # Nothing new: the seal that is there is shown again.
    assert CliRunner().invoke(seal_command.command, []).output == first.output


def test_the_root_of_a_day_is_printed_and_proves_what_it_covers(overdue: Cast) -> None:
    printed = CliRunner().invoke(root_command.command, [])
    assert printed.exit_code == 0
    digest = bytes(Seal.objects.get(closes=timezone.localdate() - timedelta(days=1)).digest).hex()
    root = printed.output.split("摘要 ")[1].strip()
    assert root.replace(" ", "") == digest
    assert CliRunner().invoke(verify_command.command, ["--root", root]).exit_code == 0
    other = CliRunner().invoke(verify_command.command, ["--root", "0" * 64])
    assert other.exit_code == 1
    assert "没有一枚封签与给出的摘要" in other.output
    today = CliRunner().invoke(root_command.command, ["--day", str(timezone.localdate())])
    assert (today.exit_code, "还没有过完" in today.output) == (1, True)


def test_the_root_of_a_day_goes_to_whoever_keeps_it(overdue: Cast, settings: Any, mailoutbox: list[Any]) -> None:
    jobs.seal(timestamp=0)
    assert mailoutbox == []
    settings.ROOT_MAIL = ["archive@example.org"]
    assert CliRunner().invoke(root_command.command, ["--send"]).exit_code == 0
    digest = bytes(Seal.objects.exclude(closes=None).get().digest).hex()
    assert [(m.to, digest in m.body) for m in mailoutbox] == [(["archive@example.org"], True)]


def test_a_proof_by_several_processes_says_the_same(overdue: Cast, nine: datetime) -> None:
    for _ in range(3):
        record(Act("order.registered", overdue.actor("agent"), nine - timedelta(days=9), request()))
    Order.objects.filter(pk=Order.objects.order_by("pk")[2].pk).update(cls="consult")
    alone = CliRunner().invoke(verify_command.command, ["--processes", "1"])
    shared = CliRunner().invoke(verify_command.command, ["--processes", "2"])
    assert (shared.exit_code, shared.output) == (alone.exit_code, alone.output)
    assert alone.exit_code == 1


def test_only_what_changed_since_a_seal_is_proved(overdue: Cast) -> None:
    CliRunner().invoke(seal_command.command, [])
    Order.objects.update(cls="consult")
    assert CliRunner().invoke(verify_command.command, ["--since", "1"]).exit_code == 0
    assert CliRunner().invoke(verify_command.command, ["--since", "0"]).exit_code == 1


def test_no_job_waits_for_an_hour_of_the_day() -> None:
    """FAULTS 51: what is missed by ten minutes is never made up, so each comes at least every ten."""
    tasks = app.periodic_registry.periodic_tasks.values()  # type: ignore[attr-defined]
    assert {task.task.name.rpartition(".")[2] for task in tasks} >= {"sweep", "deliver", "seal", "erase"}
    for task in tasks:
        times = croniter(task.cron, datetime(2026, 11, 28, tzinfo=UTC))
        instants = [times.get_next(float) for _ in range(300)]
        assert max(b - a for a, b in pairwise(instants)) <= 600, task.task.name


def test_what_was_missed_over_night_is_done_in_the_morning(overdue: Cast, settings: Any) -> None:
    """The machine was off at night: by day the files that wait too long go, and so do sessions that are over."""
    folder = Path(settings.IMPORTS_ROOT)
    folder.mkdir()
    for name, days in (("old", 2), ("new", 0)):
        (folder / name).write_bytes(b"x")
        at = (timezone.now() - timedelta(days=days)).timestamp()
        os.utime(folder / name, (at, at))
    Session.objects.create(session_key="over", session_data="", expire_date=timezone.now() - timedelta(hours=1))
    Session.objects.create(session_key="goes on", session_data="", expire_date=timezone.now() + timedelta(hours=1))
    jobs.clear_imports(timestamp=0)
    jobs.clear_sessions(timestamp=0)
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [session.session_key for session in Session.objects.all()] == ["goes on"]
