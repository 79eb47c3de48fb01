"""Forms respect what people do: decided upon what was seen, kept, known beforehand, never judged for them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from tests.cast import Cast
from tests.desk.web import INTAKE, REPLY, Site, said, share_of
from tests.orders.stages import HAPPY, reach

from lianxin.desk import changes, drafts, faces, presence, queues, work
from lianxin.desk.dossier import Dossier
from lianxin.desk.models import Draft, Presence
from lianxin.desk.seats import Seat
from lianxin.directory import snapshot
from lianxin.directory.models import Staff
from lianxin.ledger.acts import Act
from lianxin.ledger.door import record
from lianxin.ledger.models import Entry
from lianxin.ledger.verify import verify
from lianxin.orders.models import Order
from lianxin.orders.seen import Overtaken
from lianxin.rules import lifecycle, policy


def text(answer: Any) -> str:
    return str(answer.content.decode())


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def frame(page: str) -> dict[str, str]:
    """What a page's open form sends by itself."""
    return {name: hidden(page, name) for name in ("key", "form", "seen") if f'name="{name}"' in page}


def replied(site: Site) -> Order:
    """An order whose first reply waits for the centre's auditor."""
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "share.replied", **REPLY)
    return site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")


@pytest.mark.parametrize(("pack", "asks"), [("base", False), ("junan-2021", False), ("zhoucun-2019", True)])
@pytest.mark.parametrize("urgency", ["normal", "urgent"])
def test_that_the_danger_is_over_is_asked_where_the_rule_book_waits_for_it(pack: str, asks: bool, urgency: str) -> None:
    """Where nothing waits for it, it would be ticked for nothing; where something does, no code knows better when."""
    spared = faces.of("share.progressed").spares(policy.find(pack), Order(urgency=urgency))
    assert spared == (frozenset() if asks else {"resolved"})


# ---- faces -------------------------------------------------------------------------------------


def test_every_verb_of_people_has_a_face_and_every_face_is_a_verbs() -> None:
    human = {row.action for row in lifecycle.TABLE if faces.human(row.action)}
    assert set(faces.FACES) <= human
    for action in human:
        face = faces.of(action)
        assert (settings.ICONS / "outline" / f"{face.icon}.svg").is_file(), action
        assert face.place in ("main", "inner", "more", "duty", "beside", "desk")
        assert all(other in human for other in face.instead)
    about_duties = {action for action in human if action.startswith(("task.", "petition."))} - {"petition.filed"}
    assert {*faces.DUTY} == about_duties
    assert {*faces.MEETS} == {"task.done", "petition.endorsed", "petition.decided"}


#: Verbs that people take on an order's page, in the tests' lives; not those that the base book gives to nobody.
NOBODYS = {action for action, (who, _) in HAPPY.items() if who == "system"}
TAKEN = sorted(a for a in set(HAPPY) - NOBODYS - {"order.registered", "share.delegated"} if faces.human(a))


@pytest.mark.parametrize("action", TAKEN)
def test_every_verb_is_reached_from_the_page_of_its_post(site: Site, base: Cast, action: str) -> None:
    who, stage = HAPPY[action]
    order, _ = reach(base, stage, timezone.now() - timedelta(days=1))
    page = text(site.get(who, f"/orders/{order.number}/"))
    assert f"/orders/{order.number}/{action}/" in page


# ---- K3: decided upon what was seen ---------------------------------------------------------------


def test_k3_an_auditor_does_not_pass_a_reply_that_he_never_saw(site: Site) -> None:
    order = replied(site)
    share = share_of(order)
    path = f"/orders/{order.number}/share.passed/"
    open_form = frame(text(site.get("auditor", f"{path}?share={share.pk}")))
    site.cast.posts["auditor"].holder_b = None
    # Meanwhile another person sends it back, and the unit replies again.
    other = site.cast.staff["auditor:b"]
    record(
        Act(
            "share.sent_back",
            _as(site, "auditor", other),
            timezone.now(),
            {"share": share.pk, "defect": "not_done", "reason": "没有写清楚退费情况。"},
            order=order.pk,
        )
    )
    site.done("clerk@heat", order, "share.replied", **REPLY | {"result": "第二份答复：已退费 300 元。"})
    site.done("hotline_deputy@heat", order, "share.unit_audited", approved="true")
    typed = {**open_form, "share": share.pk, "note": "同意，写得很清楚。"}
    answer = site.at("auditor").post(path, typed)
    page = text(answer)
    assert answer.status_code == 409
    for words in ("内容已更新", "室温恢复到 19℃，诉求人认可。", "第二份答复：已退费 300 元。", "同意，写得很清楚。"):
        assert words in page
    share.refresh_from_db()
    assert share.state == "replied"
    again = site.at("auditor").post(path, typed | frame(page))
    assert again.status_code == 302, said(again)
    assert list(verify()) == []


def _as(site: Site, who: str, staff: Staff) -> Any:
    from dataclasses import replace

    return replace(site.cast.actor(who), staff=staff.pk)


def test_k3_clocks_views_and_other_units_shares_do_not_bar_a_decision(base: Cast) -> None:
    order, at = reach(base, "replied", timezone.now() - timedelta(days=1))
    seen = order.head_number
    base.do("supervisor", "caller.unmasked", order.pk, at, reason="核实诉求人电话")
    share = share_of(order)
    order.refresh_from_db()
    act = Act(
        "share.passed",
        base.actor("auditor"),
        at,
        {"share": share_of(order, "replied").pk},
        order=order.pk,
        seen=seen,
        recorded_at=at,
    )
    assert order.head_number > seen
    assert share
    record(act)


@pytest.mark.parametrize("action", ["order.corrected", "order.supplemented"])
def test_k3_changed_facts_and_requests_bar_a_reply(base: Cast, action: str) -> None:
    from tests.orders.stages import PAYLOADS

    order, at = reach(base, "signed", timezone.now() - timedelta(days=1))
    seen = order.head_number
    base.do("agent", action, order.pk, at, **PAYLOADS[action](base, order))
    act = Act(
        "share.replied",
        base.actor("clerk@town"),
        at,
        PAYLOADS["share.replied"](base, order),
        order=order.pk,
        seen=seen,
        recorded_at=at,
    )
    with pytest.raises(Overtaken):
        record(act)


def test_k3_every_form_carries_the_entry_that_it_shows(site: Site) -> None:
    order = replied(site)
    for who, action in (("auditor", "share.sent_back"), ("dispatcher", "share.added"), ("agent", "order.withdrawn")):
        page = text(site.get(who, f"/orders/{order.number}/{action}/"))
        assert hidden(page, "seen") == str(order.head_number), action


# ---- K8: nothing typed is lost ---------------------------------------------------------------------


def test_k8_what_is_typed_is_kept_sealed_and_stands_there_again(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    path = f"/orders/{order.number}/share.replied/"
    page = text(site.get("clerk@heat", path))
    typed = frame(page) | {"measures": "已派张师傅检修阀门", "answers": ["第一项已检修"]}
    assert site.at("clerk@heat").post("/drafts/", typed).status_code == 204
    assert "张师傅" not in Draft.objects.get().body
    again = text(site.get("clerk@heat", path))
    assert "已派张师傅检修阀门" in again
    assert "第一项已检修" in again
    assert "已恢复" in again
    assert "请填写本项" not in again, "what was only begun is not complained of"
    assert "张师傅" not in text(site.get("hotline_deputy@heat", path)), "and it is his alone"
    share = share_of(order).pk
    done = site.at("clerk@heat").post(path, frame(again) | REPLY | {"share": share})
    assert done.status_code == 302, said(done)
    assert not Draft.objects.exists()
    late = site.at("clerk@heat").post("/drafts/", typed)
    assert late.status_code == 413
    assert not Draft.objects.exists(), "a late letter of a form long accepted"


def test_k8_a_refused_form_is_kept_beyond_its_page(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    answer = site.do("clerk@heat", order, "share.replied", measures="已派人检修，等待配件。")
    assert answer.status_code == 422
    assert "已派人检修，等待配件。" in text(site.get("clerk@heat", f"/orders/{order.number}/share.replied/"))


def test_k8_an_ended_session_takes_the_form_through_the_sign_in(site: Site) -> None:
    page = text(site.get("agent", "/register/"))
    typed = INTAKE | frame(page) | {"title": "张庄路口路灯不亮", "told": ""}
    site.at("agent").logout()
    door = site.at("agent").post("/register/", typed)
    assert door.status_code == 401
    body = text(door)
    assert "没有丢失" in body
    assert "张庄路口" not in body, "sealed: the next at this seat reads nothing in the page"
    carried = {"carried": hidden(body, "carried"), "next": hidden(body, "next"), "password": "pw"}
    other = Client().post("/login/", carried | {"username": "chenghe-callback-A"})
    assert other.status_code == 302
    assert not Draft.objects.exists(), "another person gets nothing of it"
    entered = site.at("agent").post("/login/", carried | {"username": "chenghe-agent-A"})
    assert entered["Location"] == "/register/"
    assert "张庄路口路灯不亮" in text(site.get("agent", "/register/"))


def test_k8_a_rotated_token_shows_the_form_again_as_it_was(site: Site) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(site.cast.staff["agent"])
    page = text(strict.get("/register/"))
    typed = INTAKE | frame(page) | {"title": "张庄路口路灯不亮", "csrfmiddlewaretoken": "x" * 64}
    answer = strict.post("/register/", typed)
    again = text(answer)
    assert answer.status_code == 403
    assert "张庄路口路灯不亮" in again
    assert "填写的内容都在" in again
    assert not Order.objects.exists()
    fresh = frame(again) | {"csrfmiddlewaretoken": hidden(again, "csrfmiddlewaretoken")}
    assert strict.post("/register/", typed | fresh).status_code == 302
    foreign = strict.post("/register/", INTAKE | {"title": "不是本站的表单"})
    assert "不是本站的表单" not in text(foreign)


def test_k8_drafts_go_after_three_days_and_never_to_another(site: Site) -> None:
    agent, now = site.cast.staff["agent"], timezone.now()
    page = text(site.get("agent", "/register/"))
    typed = frame(page) | {"title": "张庄路口"}
    assert site.at("callback").post("/drafts/", typed).status_code == 409
    site.at("agent").post("/drafts/", typed)
    drafts.clear(now + timedelta(days=2))
    assert Draft.objects.filter(staff=agent).count() == 1
    drafts.clear(now + timedelta(days=3, hours=1))
    assert not Draft.objects.exists()


def test_k8_two_registrations_in_hand_stand_side_by_side(site: Site) -> None:
    first = frame(text(site.get("agent", "/register/")))
    site.at("agent").post("/drafts/", first | {"title": "第一个来电的事", "place": "1"})
    page = text(site.get("agent", "/register/"))
    assert "第一个来电的事" in page
    second = text(site.get("agent", "/register/?place=2"))
    assert 'value="第一个来电的事"' not in second
    assert "未登记：第一个来电的事" in second
    done = site.at("agent").post("/register/", INTAKE | frame(second) | {"place": "2"})
    assert done.status_code == 302, said(done)
    assert "第一个来电的事" in text(site.get("agent", "/register/"))
    site.at("agent").post("/drafts/drop/", {"form": first["form"]})
    assert "第一个来电的事" not in text(site.get("agent", "/register/"))


def test_k8_two_registrations_opened_on_an_empty_desk_do_not_overwrite_each_other(site: Site) -> None:
    """Two windows: both forms were opened before anything was typed, so both name the first place."""
    first, second = (frame(text(site.get("agent", "/register/"))) for _ in range(2))
    for _ in range(2):
        assert site.at("agent").post("/drafts/", first | {"title": "第一个来电的事"}).status_code == 204
        assert site.at("agent").post("/drafts/", second | {"title": "第二个来电的事"}).status_code == 204
    assert Draft.objects.count() == 2
    done = site.at("agent").post("/register/", INTAKE | second | {"title": "第二个来电的事"})
    assert done.status_code == 302, said(done)
    assert "第一个来电的事" in text(site.get("agent", "/register/"))
    assert Draft.objects.count() == 1


def test_k8_what_was_typed_for_another_share_goes_on_waiting(site: Site) -> None:
    order = site.order()
    names = [site.cast.units[unit].name for unit in ("town", "heat")]
    site.done("dispatcher", order, "order.dispatched", shares_unit=names, shares_role=["lead", "assist"], basis="law")
    at, person = timezone.now(), site.cast.staff["dispatcher"].pk
    for n, share in enumerate(order.shares.order_by("pk")):
        kept = QueryDict(f"key={n:032x}&text=问第{n}家")
        assert drafts.keep(person, drafts.slot("remark.asked", order.pk, share.pk), kept, at)
    share = order.shares.order_by("pk")[0]
    done = site.at("dispatcher").post(
        f"/orders/{order.number}/remark.asked/", {"share": share.pk, "text": "何时上门？", "key": f"{0:032x}"}
    )
    assert done.status_code == 302, said(done)
    assert [draft.key for draft in Draft.objects.all()] == [f"{1:032x}"]


@pytest.mark.parametrize("typed", ["长" * 60_000, r"C:\users\u0000x 路径", "含\0号"])
def test_k8_any_text_comes_back_from_draft_and_sign_in(site: Site, typed: str) -> None:
    at, person = timezone.now(), site.cast.staff["agent"].pk
    posted = QueryDict(mutable=True)
    posted.update({"key": "a" * 32, "text": typed, "form": drafts.tag(person, "order.registered:1")})
    wanted = typed.replace("\0", "")
    assert drafts.keep(person, "order.registered:1", posted, at)
    kept = drafts.take_up(person, "order.registered:1")
    assert kept is not None
    assert kept.data["text"] == wanted
    drafts.drop(person, "order.registered:1")
    carried = drafts.carry(posted)
    assert carried
    drafts.arrive(person, carried, at)
    again = drafts.take_up(person, "order.registered:1")
    assert again is not None
    assert again.data["text"] == wanted


def test_k3_a_repeat_that_joins_shows_its_requests_and_not_its_words_as_the_orders(site: Site) -> None:
    order = replied(site)
    seen = Order.objects.get(pk=order.pk).head_number
    words = {"title": "楼道窗户破损", "text": "三单元楼道窗户破损，请尽快修复。", "requests": ["修复楼道窗户", ""]}
    site.done("agent", site.order(**words), "order.merged", number=order.number)
    dossier = Dossier.find(_seat(site.cast, "auditor"), order.number)
    assert dossier is not None
    found = changes.since(dossier, None, seen, site.cast.staff["auditor"].pk, "share.passed")
    assert found is not None
    assert [change.title for change in found.changes] == ["诉求事项"]
    assert "修复楼道窗户" in found.changes[0].after


def test_a_unit_may_look_up_the_number_of_a_repeats_caller(site: Site) -> None:
    order = site.dispatched()
    repeat = site.order()
    site.done("agent", repeat, "order.merged", number=order.number)
    path = f"/orders/{repeat.number}/caller.unmasked/"
    assert site.get("clerk@heat", path).status_code == 200
    assert site.get("clerk@town", path).status_code == 404


def test_k8_the_reply_that_was_sent_back_is_there_to_be_mended(site: Site) -> None:
    order = replied(site)
    site.done("auditor", order, "share.sent_back", share=share_of(order).pk, defect="not_done", reason="没有写清退费。")
    page = text(site.get("clerk@heat", f"/orders/{order.number}/share.replied/"))
    for words in (REPLY["measures"], REPLY["result"], REPLY["answers"][0]):
        assert words in page
    assert not re.search(r'name="solve_code"[^>]*checked', page), "whether it is solved is judged anew"


def test_k8_days_asked_and_unit_suggested_are_known(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    site.done("clerk@heat", order, "extension.filed", workdays="3", reason="等待配件到货")
    site.done(
        "clerk@heat",
        order,
        "return.filed",
        reason="小区已移交物业管理",
        return_reason="not_duty",
        legal_basis="目录",
        suggested_unit="大店",
    )
    share = share_of(order).pk
    extension = text(site.get("dispatcher", f"/orders/{order.number}/extension.decided/?share={share}"))
    assert re.search(r'name="workdays" value="3"', extension)
    back = text(site.get("dispatcher", f"/orders/{order.number}/return.decided/?share={share}"))
    assert re.search(r'name="next_unit" value="大店镇"', back)
    assert "checked" not in "".join(re.findall(r'name="approved"[^>]*', extension + back))


def test_k8_all_that_is_wrong_is_said_at_once_and_the_only_match_is_taken(site: Site) -> None:
    answer = site.register(
        cls="", told="", caller_phone="12", requests=["好"], category="供暖温", area="火星", source="nix"
    )
    page = text(answer)
    assert answer.status_code == 422
    for words in ("没有“火星”这个区域", "第 1 项：至少填写 2 个字", "请填写本项", "联系电话应为"):
        assert words in page
    taken = site.order(category="供暖温度", area="ddz")
    assert (taken.category.name, taken.area.name) == ("供暖温度", "大店镇")
    several = site.register(category="供暖")
    assert several.status_code == 302, "the one of exactly that name is meant"


def test_k8_payload_and_check_complain_together(site: Site) -> None:
    order = site.dispatched()
    site.done(
        "clerk@heat", order, "return.filed", reason="小区已移交物业管理", return_reason="not_duty", legal_basis="目录"
    )
    decision = {"share": share_of(order).pk, "approved": "true", "reason": "同"}
    page = text(site.do("dispatcher", order, "return.decided", **decision))
    assert "至少填写 5 个字" in page
    assert "同意退单须同时确定改派单位" in page


# ---- K9: no preset answers, no dead ends -------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "judged"),
    [
        ("callback.recorded", ["reached", "solved", "process_grade", "result_grade"]),
        ("share.replied", ["solve_code"]),
        ("order.closed", ["result"]),
        ("share.contacted", ["reached", "way"]),
        ("share.unit_audited", ["approved"]),
        ("inner.audited", ["approved"]),
        ("order.excluded", ["excluded"]),
        ("return.decided", ["approved"]),
        ("extension.decided", ["approved"]),
        ("share.sent_back", ["defect"]),
    ],
)
def test_k9_nothing_that_a_person_must_judge_is_preset(site: Site, base: Cast, action: str, judged: list[str]) -> None:
    who, stage = HAPPY[action]
    order, _ = reach(base, stage, timezone.now() - timedelta(days=1))
    before = order.head_number
    page = text(site.get(who, f"/orders/{order.number}/{action}/"))
    for name in judged:
        assert f'name="{name}"' in page
        assert not re.search(rf'name="{name}"[^>]*checked', page), name
    answer = site.at(who).post(f"/orders/{order.number}/{action}/", frame(page))
    assert answer.status_code == 422
    assert "请选择" in text(answer)
    order.refresh_from_db()
    assert order.head_number == before


def test_k9_an_empty_callback_is_refused_and_one_without_an_opinion_must_say_so(site: Site, base: Cast) -> None:
    order, _ = reach(base, "to_callback", timezone.now() - timedelta(days=1))
    path = f"/orders/{order.number}/callback.recorded/"
    assert site.at("callback").post(path, {}).status_code == 422
    assert site.at("callback").post(path, {"layer": "district", "reached": "true"}).status_code == 422
    unsaid = {"layer": "district", "reached": "true", "solved": "-"}
    assert site.at("callback").post(path, unsaid).status_code == 302
    assert Entry.objects.filter(order=order, action="callback.recorded").get().payload.get("solved") is None


def _seat(cast: Cast, who: str) -> Seat:
    post = cast.posts[who]
    directory = snapshot.of(cast.centre.pk)
    line = next(line for line in directory.posts_at(post.unit_id, post.role) if line.id == post.pk)
    return Seat(Staff.objects.get(pk=post.holder_a_id), line, (line,), True, directory, timezone.now())


def _rows(cast: Cast, who: str, code: str) -> list[dict[str, Any]]:
    seat = _seat(cast, who)
    queue = next(queue for queue in queues.queues_of(seat) if queue.code == code)
    return work.Sheet(seat, queue, queues.page(seat, queue, 1)).rows()


STAGES = [
    ("clerk@town", "all", "pending"),
    ("clerk@town", "all", "signed"),
    ("clerk@bureau", "all", "assist_signed"),
    ("hotline_deputy@town", "unit_audit", "draft"),
    ("auditor", "audit", "replied"),
    ("dispatcher", "dispatch", "registered"),
    ("agent", "dispatch", "registered"),
    ("dispatcher", "returns", "return_filed"),
    ("dispatcher", "extensions", "extension_filed"),
    ("callback", "callback", "to_callback"),
    ("callback", "judge", "called_back"),
]


@pytest.mark.parametrize(("who", "code", "stage"), STAGES)
def test_k9_queue_and_page_say_the_same_next_verb(site: Site, base: Cast, who: str, code: str, stage: str) -> None:
    reach(base, stage, timezone.now() - timedelta(days=1))
    row = next(row for row in _rows(base, who, code) if row["verb"])
    page = text(site.get(who, row["url"]))
    primary = re.search(
        r'lx-primary lx-wide"[^>]*href="[^"]*/([a-z_.]+)/|action="[^"]*/([a-z_.]+)/[^>]*data-undo', page
    )
    assert primary
    assert (primary[1] or primary[2]) == row["action"]


def test_k9_the_dissatisfied_stand_in_a_queue_where_orders_close_by_audit(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=2)
    order = cast.register(at)
    cast.dispatch(order, at, "town")
    from tests.orders.stages import REPLY as FULL

    for who, verb, payload in (
        ("clerk@town", "share.signed", {}),
        ("clerk@town", "share.replied", FULL),
        ("hotline_deputy@town", "share.unit_audited", {"approved": True}),
        ("auditor", "share.passed", {}),
    ):
        cast.do(who, verb, order.pk, at, **payload)
    row = _rows(cast, "callback", "callback")[0]
    assert row["role"] == "大店镇"
    assert row["person"] == cast.staff["clerk@town"].name
    assert "没有在计" not in row["due"]
    grades = {"process_grade": "satisfied", "result_grade": "dissatisfied", "solved": False, "layer": "district"}
    cast.do("callback", "callback.recorded", order.pk, at, words="暖气还是不热", **grades)
    for who in ("callback", "supervisor"):
        assert [row["action"] for row in _rows(cast, who, "unhappy")] == ["order.rehandled"]
    client = Client()
    client.force_login(cast.staff["callback"])
    page = text(client.get(f"/orders/{order.number}/"))
    for words in ("回访评价", "未解决", "暖气还是不热", "不满意"):
        assert words in page
    assert "暖气还是不热" in text(client.get(f"/orders/{order.number}/order.rehandled/")), "the reason is known"
    cast.do("callback", "order.rehandled", order.pk, at, reason="诉求人不满意，重办。")
    assert _rows(cast, "callback", "unhappy") == []


def test_k9_a_promised_time_is_shown_and_comes_first(base: Cast) -> None:
    soon, late = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=5)
    made = []
    for again in (late, soon):
        order, at = reach(base, "to_callback", timezone.now() - timedelta(days=1))
        base.do("callback", "callback.tried", order.pk, at, layer="district", again_at=again)
        made.append(order.number)
    rows = _rows(base, "callback", "recall")
    assert [row["number"] for row in rows] == made[::-1]
    assert rows[0]["due"].startswith("约定")
    assert list(verify()) == []


def test_k9_one_after_the_other_and_nobody_twice(site: Site, base: Cast) -> None:
    made = [reach(base, "to_callback", timezone.now() - timedelta(days=1))[0] for _ in range(3)]
    first, second = _seat(base, "callback"), _seat(base, "callback")
    queue = next(queue for queue in queues.queues_of(first) if queue.code == "callback")
    second = Seat(base.staff["callback:b"], second.post, second.posts, True, second.directory, second.now)
    ask = lambda seat: presence.hand_out(seat, queue, lambda thing: "callback.recorded")  # noqa: E731
    one, two = ask(first), ask(second)
    assert one
    assert two
    assert one[0].pk != two[0].pk
    assert base.staff["callback:b"].name in text(site.get("callback", f"/orders/{two[0].number}/"))
    assert "正在处理" in text(site.get("callback", "/?queue=callback"))
    typed = {"layer": "district", "reached": "true", "solved": "true", "queue": "callback", "then": "next"}
    answer = site.at("callback").post(f"/orders/{one[0].number}/callback.recorded/", typed)
    left = next(order for order in made if order.pk not in (one[0].pk, two[0].pk))
    assert answer["Location"] == f"/orders/{left.number}/callback.recorded/?queue=callback"
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert "正在处理" not in text(site.get("callback", "/?queue=callback"))


def test_k9_the_number_stays_while_its_form_is_open(site: Site) -> None:
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    path = f"/orders/{order.number}/"
    form = text(site.get("clerk@heat", f"{path}share.contacted/"))
    asked = re.search(r'href="([^"]*caller\.unmasked[^"]*)"', form)
    assert asked
    ask = text(site.get("clerk@heat", asked[1].replace("&amp;", "&")))
    typed = frame(ask) | {"for": hidden(ask, "for"), "share": hidden(ask, "share"), "reason": "约定上门时间"}
    page = text(site.at("clerk@heat").post(f"{path}caller.unmasked/", typed))
    assert 'href="tel:13900002086"' in page
    assert f'action="{path}share.contacted/"' in page
    assert "data-fleeting" not in page


def test_k9_the_foot_of_the_intake_promises_what_the_post_may_do(site: Site) -> None:
    agent, dispatcher = (
        re.search(r"登记后可[^<]*", text(site.get(who, "/register/"))) for who in ("agent", "dispatcher")
    )
    assert agent
    assert dispatcher
    assert "派单" not in agent[0]
    assert "直接答复" in agent[0]
    assert "派单" in dispatcher[0]


# ---- the picker -------------------------------------------------------------------------------------


def test_the_picker_offers_what_fits_and_lately_picked_first(site: Site) -> None:
    names = site.get("dispatcher", "/pick/unit/?q=").json()["names"]
    assert names[0] != "热力公司"
    assert "热力公司" in names
    site.dispatched("heat")
    assert site.get("dispatcher", "/pick/unit/?q=").json()["names"][0] == "热力公司"
    for typed in ("力公", "rlgs", "reli", "热lg"):
        assert site.get("dispatcher", f"/pick/unit/?q={typed}").json()["names"] == ["热力公司"], typed
    below = site.cast.units["town"].pk
    assert site.get("clerk@town", f"/pick/unit/?below={below}&q=").json()["names"] == ["柳岸社区"]
    assert site.get("agent", "/pick/nothing/").status_code == 404


# ---- passwords --------------------------------------------------------------------------------------


def test_k9_people_change_their_password_and_other_sessions_end(site: Site) -> None:
    there = Client()
    there.force_login(site.cast.staff["agent"])
    new = {"new_password1": "暖气-路灯-2026", "new_password2": "暖气-路灯-2026"}
    wrong = site.at("agent").post("/me/password/", {"old_password": "no", **new})
    assert wrong.status_code == 422
    assert "原密码不对" in text(wrong)
    short = {"old_password": "pw", "new_password1": "ab", "new_password2": "ab"}
    assert "密码太短" in text(site.at("agent").post("/me/password/", short))
    assert site.at("agent").post("/me/password/", {"old_password": "pw", **new}).status_code == 302
    assert site.get("agent", "/").status_code == 200
    assert there.get("/").status_code == 302
    entered = Client().post("/login/", {"username": "chenghe-agent-A", "password": "暖气-路灯-2026"})
    assert entered.status_code == 302


def test_k9_a_password_that_another_set_is_changed_first(site: Site) -> None:
    Staff.objects.filter(pk=site.cast.staff["agent"].pk).update(must_change_password=True)
    for path in ("/", "/register/", "/search/"):
        assert site.get("agent", path)["Location"] == "/me/password/"
    new = {"new_password1": "暖气-路灯-2026", "new_password2": "暖气-路灯-2026"}
    site.at("agent").post("/me/password/", {"old_password": "pw", **new})
    assert site.get("agent", "/register/").status_code == 200


def test_a_correction_that_leaves_a_fact_alone_says_that_it_stays_as_it_is(site: Site, base: Cast) -> None:
    order = base.register(timezone.now() - timedelta(hours=1))
    form = text(site.get("dispatcher", f"/orders/{order.number}/order.corrected/"))
    assert form.count("不变") == 3, "class, source and urgency"
    assert "不选" not in form


def test_the_focus_stands_in_the_field_that_is_wrong(site: Site) -> None:
    page = text(site.register(text="短"))
    focused = re.findall(r"<(?:input|textarea|select)[^>]*autofocus[^>]*>", page)
    assert [re.findall(r'name="(\w+)"', field) for field in focused if 'name="q"' not in field] == [["text"]]


def test_words_that_one_has_set_in_another_window_are_not_set_back_unseen(site: Site) -> None:
    """The form hands in all words as it showed them: an older page of one's own would undo one's own correction."""
    order = site.order()
    path = f"/orders/{order.number}/order.words_corrected/"
    form, words = text(site.get("dispatcher", path)), {"reason": "听录音后更正。"}
    seen = re.search(r'name="seen" value="(\d+)"', form)
    key = re.search(r'name="key" value="([0-9a-f]{32})"', form)
    assert seen
    assert key
    shown = {"title": INTAKE["title"], "text": INTAKE["text"], "requests": INTAKE["requests"][:1]}
    site.done(
        "dispatcher", order, "order.words_corrected", **(shown | words | {"text": "来电人反映家中室温只有 11℃。"})
    )
    late = shown | words | {"title": "柳岸花园 5 号楼暖气不热", "seen": seen[1], "key": key[1]}
    answer = site.at("dispatcher").post(path, late)
    assert answer.status_code == 409
    assert "11℃" in text(answer)
    order.refresh_from_db()
    assert order.appeal.text == "来电人反映家中室温只有 11℃。"


@pytest.mark.parametrize("key", ["1\x00", "\x00" * 32, "x" * 5000, "'; --", ""])
def test_a_key_of_somebodys_own_making_takes_no_draft_away(site: Site, key: str) -> None:
    """Found by the fuzzer: the database was asked for a draft under whatever stood there."""
    order = site.dispatched()
    site.done("clerk@heat", order, "share.signed")
    path = f"/orders/{order.number}/share.progressed/"
    assert site.do("clerk@heat", order, "share.progressed", text="修").status_code == 422
    assert site.at("clerk@heat").post(path, {"text": "", "key": key}).status_code == 422
    assert Draft.objects.count() == 1
