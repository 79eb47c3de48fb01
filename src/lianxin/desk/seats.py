"""Who sits at the desk: a person at one of the posts that he holds, and the guard before every page."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from lianxin.directory import snapshot
from lianxin.directory.lines import PostLine, UnitLine
from lianxin.directory.models import Staff
from lianxin.directory.roles import Role
from lianxin.directory.sessions import stamp_of
from lianxin.directory.snapshot import Snapshot
from lianxin.ledger.acts import Actor
from lianxin.orders import access
from lianxin.orders.models import Order
from lianxin.orders.models.order import OrderQuerySet
from lianxin.orders.reach import (
    SEES_CENTRE,
    SEES_OWN,
    either,
    not_of,
    opened,
    reach,
    readers,
    sees_all,
    sees_whole,
    shown,
)
from lianxin.proceedings.models import Proceeding, ProceedingQuerySet
from lianxin.proceedings.reach import reach as proceeding_reach
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OUTSIDE, UNIT_LEADS
from lianxin.rules.policy import Pack
from lianxin.rules.worktime import Calendar, Span

from . import door, live_session

ONLY_LOOKING = "A角在岗，您现在以B角身份查看，不能办理。A角离岗登记后即可代办。"
NO_FIGURES = "您的岗位不能查看指标。"
_KEY = re.compile(r"[0-9a-f]{32}")
#: Who sees what each person did.
SUPERVISES = frozenset({"supervisor", "leader"})
#: Where the session keeps the post that the person has chosen.
CHOSEN = "post"


@dataclass(frozen=True)
class Seat:
    """A person at a post.  `acting`: he may act for it now (as A, or as B while A is away); else he only looks."""

    staff: Staff
    post: PostLine
    posts: tuple[PostLine, ...]
    acting: bool
    directory: Snapshot
    now: datetime
    #: The sign-in that this is, known to the live updates by its digest alone.
    session: str = ""

    @property
    def role(self) -> str:
        return self.post.role

    @property
    def role_title(self) -> str:
        return str(Role(self.post.role).label)

    @property
    def unit(self) -> UnitLine:
        return self.directory.units[self.post.unit]

    @property
    def in_unit(self) -> bool:
        """Whether the post stands outside the centre: in a handling unit, which sees its own orders only, or in a body,
        which sees those that are shown to it."""
        return self.post.role in OUTSIDE

    @property
    def actor(self) -> Actor:
        return Actor(self.post.role, self.directory.centre_id, self.staff.pk, self.post.id, self.post.unit)

    @property
    def registers(self) -> bool:
        """Whether this post takes requests in."""
        return self.acting and self.takes("order.registered")

    @property
    def finds(self) -> str:
        """The source that is this post's alone, under which it registers what it finds (C22); "" where it has none."""
        return next((code for code, line in self.pack.sources.items() if self.role in line.posts), "")

    def takes(self, action: str) -> bool:
        """Whether this post takes an action at all, on whichever orders (`orders.access`)."""
        return access.takes(self.actor, lifecycle.find(action), self.directory)

    def may(self, act: str) -> bool:
        """Whether the person may take an act that concerns no single order (`orders.access.JOURNAL_ACTS`) now."""
        return self.acting and access.may(self.post.role, act)

    @property
    def hands_over(self) -> bool:
        """Whether this post hands over what others have open."""
        return self.may("people.handed_over") or self.may("units.handed_over")

    @property
    def sees_staffing(self) -> bool:
        """Whether this post looks after what units have of posts and people: of all units, or as a leader of its own
        (`views.staffing`)."""
        return access.may(self.post.role, "units.staffing_exported") or self.post.role in UNIT_LEADS

    @property
    def sees_undelivered(self) -> bool:
        """Whether this post looks after what did not reach units and people: of the centre, or of its own unit."""
        return access.may(self.post.role, "notices.resent")

    @property
    def sees_own(self) -> bool:
        """Whether this post sees of the centre nothing but what its holder has found (C22)."""
        return self.role in SEES_OWN

    @property
    def sees_flow(self) -> bool:
        """Whether this post sees what came in, ended and stands by day: of the centre, or of its own unit."""
        return self.in_unit or self.post.role in SEES_CENTRE

    @property
    def own_figures(self) -> tuple[str, ...]:
        """What this post sees of itself, by the pack in force; nothing where it says nothing."""
        return next((shown.of for shown in self.pack.figures.own if shown.post == self.role), ())

    @property
    def sees_people(self) -> bool:
        """Whether this post sees the own figures of everybody."""
        return self.role in SUPERVISES and bool(self.pack.figures.own)

    @property
    def imports(self) -> bool:
        """Whether this post takes in what the upper platform sends."""
        return access.may(self.post.role, "orders.imported")

    @cached_property
    def pack(self) -> Pack:
        """The centre's pack in force now; where there is none yet, the first to come.  LookupError without any: the
        guard has seen to that."""
        return self.directory.nearest_pack(self.now)

    @cached_property
    def calendar(self) -> Calendar:
        """The working calendar with the office hours of that pack."""
        return self.directory.calendar_under(self.pack)

    def since(self, span: Span) -> datetime:
        """The instant that lies this span before now."""
        return span.before(self.now, self.calendar)

    def until(self, span: Span) -> datetime:
        """The instant that lies this span after now."""
        return span.due(self.now, self.calendar)

    @property
    def held(self) -> list[tuple[str, int]]:
        """(role, unit id) of each post of the person, whether he may act for it or not."""
        return [(post.role, post.unit) for post in self.posts]

    @cached_property
    def visible(self) -> OrderQuerySet:
        """The orders that the person may see, wholly or through a sight: of those of a sight nothing may be shown but
        what `glimpse` takes from them."""
        return Order.objects.seen_by(self.directory.centre_id, self.held, self.staff.pk, self.directory)

    @cached_property
    def whole(self) -> OrderQuerySet:
        """The orders that the person sees whole, by his posts: where lists, counts and searches with words begin."""
        return Order.objects.in_reach(self.directory.centre_id, self.held, self.staff.pk, self.directory)

    @cached_property
    def openable(self) -> OrderQuerySet:
        """The orders whose page the person may open by its number and see whole: those, and the repeats of those."""
        return Order.objects.all().openable(self.directory.centre_id, self.held, self.staff.pk, self.directory)

    @cached_property
    def lookable(self) -> OrderQuerySet:
        """Those, and what is shown to him; each says by `whole` which of the two it is."""
        centre, directory = self.directory.centre_id, self.directory
        by_post = opened(centre, self.held, self.staff.pk, directory)
        if sees_all(self.held, directory):
            return self.openable.annotate(whole=Value(True))
        by_sight = shown(centre, self.held, self.staff.pk)
        if not sees_whole(self.held, directory):
            return Order.objects.filter(by_sight).annotate(whole=Value(False))
        found = Order.objects.filter(by_post | by_sight, centre_id=centre)
        return found.annotate(whole=ExpressionWrapper(by_post, BooleanField()))

    @cached_property
    def of_visible(self) -> Q:
        """The same as `visible` for what hangs on an order by its column `order`."""
        return either(self.directory.centre_id, self.held, self.staff.pk, self.directory, "order")

    @cached_property
    def of_whole(self) -> Q:
        """The same as `whole` for what hangs on an order by its column `order`."""
        return reach(self.directory.centre_id, self.held, readers(self.staff.pk), self.directory, "order")

    @cached_property
    def of_whole_here(self) -> Q:
        """`of_whole` for what lies on a unit or a person of this centre, and so hangs on an order of this centre: who
        sees them all need not have each row's order looked up."""
        if not sees_all(self.held, self.directory):
            return self.of_whole
        return Q(order__isnull=False) & not_of(self.directory.centre_id, readers(self.staff.pk), "order")

    @cached_property
    def whole_there(self) -> Any:
        """Whether the person sees the order whole on which a row hangs by its column `order`."""
        if sees_all(self.held, self.directory) or not sees_whole(self.held, self.directory):
            return Value(sees_all(self.held, self.directory))
        return ExpressionWrapper(self.of_whole, BooleanField())

    @cached_property
    def proceedings(self) -> ProceedingQuerySet:
        """The proceedings that the person may see."""
        return Proceeding.objects.in_reach(self.directory.centre_id, self.held, self.directory, self.staff.pk)

    @cached_property
    def of_visible_root(self) -> Q:
        """What hangs on a visible order or proceeding, by its columns `order` and `proceeding`."""
        mine = proceeding_reach(self.directory.centre_id, self.held, self.directory, self.staff.pk, "proceeding")
        return self.of_visible | mine

    @cached_property
    def live_token(self) -> str:
        """Signed names of the queues whose changes this person may hear of: his unit's, and what lies below it.

        It ends with the sign-in that it names.
        """
        units = self.directory.within(self.post.unit) if self.in_unit else {self.post.unit, self.directory.root.id}
        if self.sees_own:
            units = frozenset()  # when something happens at the centre is no news of his
        watched = {"queues": sorted(str(unit) for unit in units), "session": live_session.digest(self.session)}
        return signing.dumps(watched, salt=settings.LIVE_SALT)

    def names(self, unit: int | None, person: int | None) -> str:
        """`热力公司 周启明`: a unit's short name and a person's."""
        line, who = self.directory.units.get(unit or 0), self.directory.staff.get(person or 0)
        found = (line.short_name or line.name if line else "", who.name if who else "")
        return " ".join(name for name in found if name)

    def label(self, post: PostLine) -> str:
        """`热力公司 经办人` as it stands in the choice of posts."""
        unit = self.directory.units[post.unit]
        return f"{unit.short_name or unit.name} {post.name or Role(post.role).label}"

    @property
    def choices(self) -> list[dict[str, Any]]:
        """All posts of the person: id, label, whether it is the present one, and as which holder."""
        return [
            {
                "id": post.id,
                "label": self.label(post),
                "current": post.id == self.post.id,
                "side": {post.holder_a: "A角", post.holder_b: "B角"}.get(self.staff.pk, "值班"),
            }
            for post in self.posts
        ]


class DeskRequest(HttpRequest):
    """A request that has passed the guard."""

    seat: Seat


P = ParamSpec("P")
View = Callable[Concatenate[DeskRequest, P], HttpResponseBase]


def seated(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Only for people who hold a post: others are sent to sign in, or told whom to ask.  Nothing is cached.

    Whoever must change his password first is sent there.
    """
    return _guard(view, first=False)


def seated_before_password(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The same, also for whoever must change his password first."""
    return _guard(view, first=True)


def _guard(view: View[P], *, first: bool) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            if request.headers.get("HX-Request"):
                # A fragment must not swallow the sign-in page: the whole page goes there.
                return HttpResponse(status=401, headers={"HX-Redirect": settings.LOGIN_URL})
            # What was typed goes through the sign-in with its person.
            return door.ask(request) or redirect_to_login(request.get_full_path())
        # The person himself: through the lazy one that Django puts before him each look costs three times as much.
        seat = seat_of(request, getattr(request, "_cached_user", request.user))
        if seat is None:
            return render(request, "desk/no_post.html", status=403)
        if not has_rules(seat):
            return render(request, "desk/no_rules.html", status=403)
        if seat.staff.must_change_password and not first:
            return redirect("desk:password")
        desk_request = cast(DeskRequest, request)
        desk_request.seat = seat
        return view(desk_request, *args, **kwargs)

    return cast(Callable[Concatenate[HttpRequest, P], HttpResponse], guarded)


def has_rules(seat: Seat) -> bool:
    """Whether the centre has adopted a rule book that can be read: without one no page can be drawn."""
    try:
        return bool(seat.pack)
    except LookupError:
        return False


def refuse(request: DeskRequest, sentence: str) -> HttpResponse:
    """A page that says why this is not for the person's post."""
    return render(request, "desk/refused.html", {"seat": request.seat, "sentence": sentence}, status=403)


def key_of(request: HttpRequest) -> str:
    """The idempotency key of a form that was sent; a new one where it has none, or one of somebody's own making."""
    key = request.POST.get("key", "")
    return key if _KEY.fullmatch(key) else fresh_key()


def fresh_key() -> str:
    """A key under which a form is done once, however often it is sent."""
    return uuid.uuid4().hex


def seat_of(request: HttpRequest, staff: Staff) -> Seat | None:
    """The seat that the person has chosen, else the first that he may act for; None if he holds no post."""
    if staff.centre_id is None or not staff.is_active:
        return None
    now = timezone.now()
    view = snapshot.of(staff.centre_id, stamp_of(request))
    posts = tuple(
        sorted(view.posts_of(staff.pk), key=lambda post: (view.units[post.unit].position, post.unit, post.id))
    )
    if not posts:
        return None
    held = {post.id for post in view.held_by(staff.pk, now)}
    chosen = request.session.get(CHOSEN)
    first = next((post for post in posts if post.id in held), posts[0])
    post = next((post for post in posts if post.id == chosen), first)
    return Seat(staff, post, posts, post.id in held, view, now, request.session.session_key or "")
