"""A crawler at each post: from its home each verb of the post is at hand in two steps, along at most twelve links.

A step is a click that leads to another page or opens a form.  The first leads from the home to one of its queues, an
order, a proceeding or a page of the rail; the second is the verb's own button or form.  The short form of an order
beside a queue belongs to the queue's page: the row that is chosen there shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from tests.cast import Cast, body, later, make_cast, request
from tests.desk.web import Site
from tests.dispatch.standing import standing as coordinating
from tests.orders.stages import ARRIVALS, KINDS, PAYLOADS, STAGES, reach
from tests.proceedings.affairs import standing
from tests.proceedings.bodies import standing as bodies
from tests.proceedings.handovers import standing as handovers
from tests.proceedings.holes import of_unit, torn
from tests.proceedings.inspecting import standing as inspections
from tests.proceedings.inspecting import teams
from tests.proceedings.ladders import standing as meetings
from tests.proceedings.language import standing as checked
from tests.proceedings.mystery import standing as mystery
from tests.proceedings.oversight import overseen
from tests.proceedings.promises import promising
from tests.proceedings.stages import ANSWER, HEARING, LETTER
from tests.proceedings.upstairs import RAISING
from tests.proceedings.upstairs import standing as raised_up
from tests.rulebooks import stored

from lianxin.directory.roles import Role
from lianxin.orders.models import Order
from lianxin.proceedings import kinds
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import CENTRE, UNIT

#: Every post that a person holds, at the centre and in the unit that leads.
WHO = {
    **{role: role for role in ("agent", "dispatcher", "auditor", "callback", "supervisor", "leader", "analyst")},
    "patrol": "patrol",
    "admin": "admin",
    **{role: f"{role}@town" for role in ("clerk", "hotline_deputy", "line_deputy", "principal")},
    **{role: f"{role}@town" for role in ("section_head", "discipline")},
}
#: A label that every post that may put one on puts on, and takes off.
LABELS = sorted(lifecycle.find("order.labelled").posts)
LABEL = {
    "id": "S50.difficult",
    "title": "疑难",
    "origin": "测试",
    "code": "difficult",
    "by": LABELS,
    "lifted_by": LABELS,
}
#: Posts that a duty may lie on.
DOERS = sorted(lifecycle.find("task.done").posts)
MOST_LINKS = 12
ARRIVED = "share.arrived"
#: Why a matter failed, what is done, and until when.
STUDY = {"cause": "管网权属不清。", "measures": "由住建局牵头移交。", "due": "2099-12-20T18:00+08:00"}
#: What no queue leads to in two steps, and why.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def at(post: str) -> str:
    """Where a post is looked for."""
    return "centre" if post in CENTRE | {"analyst"} else "unit"


def duties() -> list[dict[str, Any]]:
    """A duty for each post, on orders with the tag; and for each a petition for return to which it agrees first."""
    rows: list[dict[str, Any]] = []
    for number, post in enumerate(DOERS):
        whose = {"origin": "测试", "post": post, "at": at(post)}
        done = {"title": f"{post}过问", "kind": f"ask{number}", "from": ["dispatch"], "when": "'duty' in order.tags"}
        rows.append({"id": f"crawl:done.a{chr(97 + number)}", **whose, **done})
        agreed = {"post": "dispatcher", "at": "centre", "levels": [{"post": post, "at": at(post)}]}
        asked = {"title": "退单审签", "kind": "return", "from": ["return_filed"], "when": f"'{post}' in order.tags"}
        rows.append({"id": f"crawl:level.a{chr(97 + number)}", "origin": "测试", **asked, **agreed})
    for number, post in enumerate(sorted(lifecycle.find("petition.decided").posts - {"system"})):
        asked = {"title": "不合理诉求审定", "kind": "unreasonable", "from": ["filed.unreasonable"]}
        whose = {"origin": "测试", "post": post, "at": "centre", "when": f"'{post}' in order.tags"}
        rows.append({"id": f"crawl:judge.a{chr(97 + number)}", **asked, **whose})
    return rows


def fill(cast: Cast, then: datetime) -> None:
    """Orders at every stage, and proceedings of every kind in every state."""
    named = lifecycle.find("order.recused").posts - {"system"}
    sight: dict[str, Any] = {"recused_by": sorted(named), "recusal_lifted_by": ["leader"]}
    stored(cast, "crawl", task=duties(), petition_kind=KINDS, label=[LABEL], raising=[RAISING], sight=sight)
    for n, stage in enumerate((*STAGES, "assist_signed")):
        reach(cast, stage, later(then, minutes=n))
    asked, now = reach(cast, "signed", then)
    cast.do("clerk@town", "remark.asked", asked.pk, now, **PAYLOADS["remark.asked"](cast, asked))
    helped = cast.register(then)
    cast.dispatch(helped, later(then, minutes=1), "bureau", "town")
    cast.do("clerk@town", "share.signed", helped.pk, later(then, minutes=2))
    again, now = reach(cast, "called_back", later(then, hours=-2))
    cast.do("callback", "order.rehandled", again.pk, now, **PAYLOADS["order.rehandled"](cast, again))
    proceedings(cast, then)


def registered(cast: Cast, then: datetime, by: str, **said: Any) -> Order:
    return Order.objects.get(pk=cast.do(by, "order.registered", None, then, **request(**said)).order)


def on_rounds(cast: Cast, then: datetime) -> None:
    """What a patrol has found, with duties of his about it, and an alert that he is to read."""
    stored(cast, "rounds", task=duties(), petition_kind=KINDS)
    fill_duties(cast, then, "patrol")
    asked = registered(cast, then, "patrol")
    cast.dispatch(asked, then, "town")
    cast.do("clerk@town", "share.signed", asked.pk, later(then, minutes=1))
    cast.do("clerk@town", "remark.asked", asked.pk, later(then, minutes=2), **PAYLOADS["remark.asked"](cast, asked))
    alert = {"level": "major", "title": "供暖关注", "text": "论坛出现多条帖子。", "due": later(then, days=3)}
    called = {"numbers": [asked.number], "people": [cast.staff["patrol"].pk]}
    cast.do("supervisor", "opinion_alert.sent", None, then, **alert | called)


def on_the_spot(cast: Cast, then: datetime) -> dict[str, str]:
    """An order for each post of the unit that is to say that it is there; who holds which."""
    stored(cast, "arriving", **ARRIVALS)
    found = {post: f"{post}@town" for post in lifecycle.find(ARRIVED).posts}
    for post, who in found.items():
        if who not in cast.posts:
            cast.post(who, "town", post)
        order, now = reach(cast, "signed", then)
        if post != "clerk":
            cast.do("clerk@town", "share.transferred", order.pk, now, to=cast.staff[who].pk)
    return found


def fill_duties(cast: Cast, then: datetime, by: str = "agent") -> None:
    """Open duties and petitions of every post."""
    for n, tag in enumerate(("duty", *DOERS)):
        at_last = later(then, minutes=n)
        order = registered(cast, at_last, by, tags=[tag])
        cast.dispatch(order, at_last, "town")
        if tag != "duty":
            said = PAYLOADS["return.filed"](cast, order)
            cast.do("clerk@town", "return.filed", order.pk, later(at_last, minutes=1), **said)
        if tag in lifecycle.find("petition.decided").posts:
            cast.do("clerk@town", "share.signed", order.pk, later(at_last, minutes=1))
            said = PAYLOADS["petition.filed"](cast, order)
            cast.do("clerk@town", "petition.filed", order.pk, later(at_last, minutes=2), **said)


def proceedings(cast: Cast, then: datetime) -> None:
    """Letters, hearings, meetings and a matter, one in each state that is left again."""

    def opened(verb: str, by: str = "supervisor", **said: Any) -> int:
        done = cast.do(by, verb, None, then, **said).order
        assert done
        return done

    opened("letter.sent", **LETTER(cast, then))
    received, answered = (opened("letter.sent", **LETTER(cast, then)) for _ in range(2))
    for letter in (received, answered):
        cast.do("clerk@town", "letter.received", letter, later(then, minutes=1))
    cast.do("clerk@town", "letter.answered", answered, later(then, minutes=2), **ANSWER)
    opened("hearing.called", **HEARING(cast, then))
    held = opened("hearing.called", **HEARING(cast, then))
    cast.do("supervisor", "hearing.held", held, later(then, minutes=1), record="双方陈述完毕，事实清楚。")
    one, other = (cast.register(then) for _ in range(2))
    meeting = {"title": "供暖问题联席会议", "numbers": [one.number, other.number], "due": later(then, days=3)}
    opened("meeting.called", **meeting, units=[cast.units[u].pk for u in ("town", "heat")], text="研究供暖。")
    opened("scheduling.held", "hotline_deputy@town", text="逐件联系诉求人。", due=later(then, days=3))
    proposal = {"rule": "E05", "title": "屡办不成", "found": "改派次数 3", "orders": [one.pk], "numbers": [one.number]}
    opened("stubborn.proposed", "system", **proposal)
    for step in ("", "stubborn.studied"):
        matter = opened("stubborn.opened", title="屡办不成", text="同一小区反复投诉。", numbers=[one.number])
        if step:
            cast.do("supervisor", step, matter, later(then, minutes=1), **STUDY)
    said = {"title": "托底清零", "text": "积存的供暖工单逐件清零。"}
    for number in (one.number, other.number):
        campaign = opened("campaign.opened", **said, numbers=[number])
    cast.do("leader", "campaign.begun", campaign, later(then, minutes=1), due=later(then, days=20))
    again = cast.register(then)
    cast.dispatch(again, then, "town")
    for steps in ((), ("assigned",), ("assigned", "asked")):
        about = {"order": again.pk, "orders": [again.pk], "numbers": [again.number], "heard": then}
        row = opened("rehandling.opened", "system", rule="D24.opened", title="重办工单", found="办理轮次 2", **about)
        due = {"people": [cast.staff["clerk@town"].pk], "due": later(then, days=3)}
        said = {"assigned": {"cause": "阀门老化。", "measures": "更换阀门。"} | due, "asked": {"result": "已更换。"}}
        for step in steps:
            cast.do("principal@town", f"rehandling.{step}", row, later(then, minutes=1), **said[step])
    promising(cast, then, "inspect")
    raised_up(cast, then)
    coordinating(cast, then)
    torn(cast, then)
    overseen(cast, then, again)
    standing(cast, then)
    watched = cast.register(then)
    shown = {"reason": "partner", "units": [cast.units["town"].pk]}
    cast.do("leader", "order.shown", watched.pk, later(then, minutes=1), **shown)
    third = cast.register(then)
    cast.do("agent", "order.linked", third.pk, later(then, minutes=1), number=one.number)


@dataclass
class Crawl:
    """What one post finds: each verb, by how many steps."""

    site: Site
    who: str
    found: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def run(self) -> Crawl:
        self._read("/", 0)
        return self

    def _read(self, path: str, steps: int) -> None:
        """A page `steps` clicks from the home: its verbs are one more away; from the home its links are followed."""
        links = []
        for link in self._links(path):
            if verb := verb_of(link):
                self.found[verb] = min(self.found.get(verb, 9), steps + 1)
            elif steps == 0 and followed(link):
                links.append(link)
        for link in links:
            if link not in self.seen:
                self.seen.add(link)
                self._read(link, 1)

    def _links(self, path: str) -> Iterator[str]:
        """Where a page leads, the short forms beside its rows included."""
        page = self.site.get(self.who, path, follow=True)
        assert page.status_code == 200, (self.who, path)
        text = page.content.decode()
        beside = {urlsplit(preview).path for preview in re.findall(r'data-preview="([^"]+)"', text)}
        for preview in beside - self.seen:
            self.seen.add(preview)
            text += self.site.get(self.who, preview).content.decode()
        for link in re.findall(r'(?:href|action|formaction)="([^"]+)"', text):
            yield unescape(link) if link.startswith("/") else path.partition("?")[0] + unescape(link)


def verb_of(link: str) -> str:
    """The verb whose form or button it is."""
    path = urlsplit(link).path
    found = re.fullmatch(r"/(?:orders|proceedings)/[\w-]+/([a-z_]+\.[a-z_]+)/", path)
    return "order.registered" if path == "/register/" else found[1] if found else ""


def followed(link: str) -> bool:
    """Whether it leads to a page of the desk that a step would show; `?view=` and the like are looked at anew."""
    path, query = urlsplit(link).path, parse_qs(urlsplit(link).query)
    if path == "/":
        return "queue" in query and "page" not in query
    return bool(
        re.fullmatch(r"/(?:orders|proceedings)/[\w-]+/|/(?:proceedings|search|me|figures|own|register|shown)/", path)
    )


@pytest.fixture
def site(base: Cast) -> Site:
    for role in ("line_deputy", "section_head", "discipline"):
        base.post(f"{role}@town", "town", role)
    body(base, "inspect", "督查室", tuple(sorted(UNIT)))
    fill(base, timezone.now() - timedelta(days=1))
    return Site(base)


def verbs_of(post: str) -> set[str]:
    """What people of the post may do, by the tables."""
    rows = [row for row in lifecycle.TABLE if post in row.posts]
    steps = [(kind, step) for kind in kinds.every() for step in kind.steps if not step.by_itself and post in step.posts]
    return {row.action for row in rows} | {kind.action(step) for kind, step in steps}


def posts_of(*posts: str) -> dict[str, str]:
    return {post: WHO[post] for post in posts}


def elsewhere(at: datetime) -> Iterator[tuple[Cast, dict[str, str], tuple[str, ...]]]:
    """Centres of their own, with who walks there and by what the verbs begin that are looked for.

    What is idle and has no due time stands at the end of a list of fifty; some things only some rule books have.
    """
    small = make_cast("small", "base")
    bodies(small, at)
    standing(small, at)
    handovers(small, at)
    of_unit(small, at)
    yield small, posts_of("supervisor", "leader", "principal", "hotline_deputy", "dispatcher", "clerk"), ("",)
    called_out = make_cast("called", "base")
    yield called_out, on_the_spot(called_out, timezone.now() - timedelta(minutes=5)), (ARRIVED,)
    jinan = make_cast("jinan", "jinan-cg")
    for role in ("line_deputy", "section_head", "discipline"):
        jinan.post(f"{role}@town", "town", role)
    meetings(jinan, at)
    yield jinan, posts_of("dispatcher", "supervisor", "leader", "analyst", *sorted(UNIT)), ("",)
    # Of a unit only an inspecting one opens them.
    inspecting = teams(make_cast("inspecting", "jinan-cg"))
    inspections(inspecting, at)
    at_team = {role: f"{role}@team" for role in ("clerk", "hotline_deputy", "line_deputy", "principal")}
    yield inspecting, posts_of("supervisor", "leader") | at_team, ("inspection.", "recheck.")
    found = make_cast("found", "base")
    on_rounds(found, at)
    yield found, posts_of("patrol"), ("",)
    judged = make_cast("judged", "jinan-cg")
    checked(judged, at)
    yield judged, posts_of("agent", "supervisor", "leader"), ("",)
    tried = make_cast("tried", "jinan-cg")
    mystery(tried, at)
    yield tried, posts_of("supervisor", "leader"), ("",)


def test_every_post_is_walked() -> None:
    assert {*WHO} == {role.value for role in Role} - {"npc_deputy", "system"}
    assert {*WHO} >= CENTRE | UNIT


def test_every_verb_of_a_post_is_at_hand_in_two_steps(site: Site) -> None:
    # One after the other: a queue shows the first of what is in it.
    before = {post: Crawl(site, who).run().found for post, who in WHO.items()}
    for post in UNIT:  # what is supervised is a body's
        before[post] |= {
            verb: steps
            for verb, steps in Crawl(site, f"{post}@inspect").run().found.items()
            if verb.startswith(("original_submission.", "digest_copy.", "referral."))
        }
    for cast, whose, prefixes in elsewhere(timezone.now() - timedelta(days=1)):
        for post, who in whose.items():
            for verb, steps in Crawl(Site(cast), who).run().found.items():
                if verb.startswith(prefixes):
                    before[post][verb] = min(steps, before[post].get(verb, 9))
    fill_duties(site.cast, timezone.now() - timedelta(days=1))
    missing = []
    for post, who in WHO.items():
        found = Crawl(site, who).run().found
        steps = {verb: min(found.get(verb, 9), before[post].get(verb, 9)) for verb in verbs_of(post)}
        missing += [(post, verb) for verb, number in sorted(steps.items()) if number > 2]
    assert {*missing} == {*EXCEPTIONS}


def test_the_rail_has_at_most_twelve_links(site: Site) -> None:
    for who in WHO.values():
        rail = re.search(r'<nav class="lx-rail".*?</nav>', site.get(who, "/").content.decode(), re.S)
        assert rail
        links = re.findall(r"<(?:a|button)\b", rail[0])
        assert 2 < len(links) <= MOST_LINKS, who
