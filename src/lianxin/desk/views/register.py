"""受理台: taking a request in, with what is known of the caller beside it while the agent types."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.directory import ciphers
from lianxin.intake.actions.register import URGENCY_TITLES
from lianxin.ledger import together, verbs
from lianxin.ledger.acts import Act, Refused
from lianxin.ledger.deed import World
from lianxin.orders import telephones
from lianxin.orders.book import ORDERS
from lianxin.orders.deed import Deed
from lianxin.orders.models import Order
from lianxin.orders.telephones import alike
from lianxin.rules import lifecycle
from lianxin.rules.policy import Pack

from .. import drafts, faces, faults, onward, picked, said
from ..choices import Choices
from ..forms import PayloadForm, form_for
from ..offers import Looking
from ..seats import ONLY_LOOKING, DeskRequest, Seat, key_of, refuse, seated
from .act import TOKEN

ACTION = "order.registered"
#: The order in which a call goes, not the order of the payload.
FLOW = ["caller_phone", "caller_name", "confidential", "cls", "title", "text", "requests", "address", "area"]
FLOW += [
    "category",
    "complained",
    "urgency",
    "dispatch_to",
    "basis",
    "told",
    "channel",
    "source",
    "upstream_number",
    "upstream_due",
]
HISTORY = 8
#: So many registrations may one person have in hand.
PLACES = tuple("123456789")


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def register(request: DeskRequest) -> HttpResponse:
    """The form, and its registration."""
    seat = request.seat
    if seat.role not in lifecycle.find(ACTION).posts:
        return refuse(request, "您的岗位不能登记；需要登记请联系热线中心坐席。")
    if not seat.acting:
        return refuse(request, ONLY_LOOKING)
    try:
        pack = seat.directory.pack(seat.now)
    except LookupError:
        return refuse(request, "本中心还没有生效的规则包，请系统管理员先在基础资料中设置。")
    desk = Intake(request, pack)
    if request.method != "POST":
        return desk.ask()
    return desk.show_again() if getattr(request, "only_shown", False) else desk.take()


class Intake:
    """One registration in hand.  An agent may have several: each has its place, and its draft."""

    def __init__(self, request: DeskRequest, pack: Pack) -> None:
        self.request, self.seat, self.pack = request, request.seat, pack
        self.key = key_of(request)
        place = request.POST.get("place") or request.GET.get("place") or ""
        self.place = int(place) if place in PLACES else 0

    @property
    def slot(self) -> str:
        return drafts.slot(ACTION, place=self.place)

    def ask(self) -> HttpResponse:
        """The form of the place that was asked for; else the newest that waits, else an empty one."""
        waiting = drafts.waiting(self.seat.staff.pk, f"{ACTION}:")
        if not self.place:
            self.place = next((int(slot.rpartition(":")[2]) for slot in waiting), 1)
        draft = drafts.take_up(self.seat.staff.pk, self.slot)
        if draft is None:
            return self.draw(self.form(), waiting=waiting)
        self.key = draft.key or self.key
        return self.draw(self.form(draft.data).restored(draft.at), waiting=waiting)

    def take(self) -> HttpResponse:
        """Through the ledger; what it refuses stands beside the fields, and what was typed stays."""
        request, seat = self.request, self.seat
        self.place = self.place or 1
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.refused(form, {})
        act = Act(ACTION, seat.actor, seat.now, self.asked(form), key=f"desk:{self.key}", files=form.handed_in())
        try:
            done = together.record(act, [drafts.accepted(seat.staff.pk, self.key), *picked.remembering(seat, form)])
        except Refused as refused:
            return self.refused(form, refused.problems)
        docket = said.after(done)
        messages.success(request, said.done(seat, lifecycle.find(ACTION), docket))
        return self.done(docket.order)

    def asked(self, form: PayloadForm) -> dict[str, Any]:
        """What is registered: what the form says."""
        return form.payload()

    def done(self, order: Order) -> HttpResponse:
        """Where it leads."""
        return onward.go(self.request, reverse("desk:order", args=[order.number]))

    def refused(self, form: PayloadForm, problems: Mapping[str, str]) -> HttpResponse:
        """All that is wrong with it, at once."""
        found = faults.all_of(self._deed(), verbs.get(ACTION), self.asked(form))
        # What is dispatched as it is taken in is refused by the dispatch, which calls its unit otherwise.
        problems = {"dispatch_to" if name.startswith("shares") else name: said for name, said in problems.items()}
        form.blame(problems | {k: v for k, v in found.items() if k not in problems and not form.names(k)})
        self.keep(form)
        return self.draw(form, status=422)

    def keep(self, form: PayloadForm) -> None:
        typed = form.typed(self.form())
        drafts.keep_typed(self.seat.staff.pk, self.slot, self.request.POST, self.seat.now, typed)

    def show_again(self) -> HttpResponse:
        """Nothing is done: the form as it was posted, on a page whose token is of this sign-in."""
        self.place = self.place or 1
        form = self.form(self.request.POST).restored(self.seat.now)
        self.keep(form)
        return self.draw(form, status=403, refusal=TOKEN)

    def _deed(self) -> Deed[Any]:
        """The order that it would be, for asking the check; nothing is written from it."""
        seat = self.seat
        facts = {"number": "", "pack": self.pack_name(), "home": seat.directory.root.id, "marked": False}
        docket = ORDERS.begin(0, seat.directory.centre_id, seat.now, facts)
        world = World(seat.directory, self.pack, Looking().batch)
        return Deed(docket, seat.actor, None, seat.now, seat.now, 1, world)

    def pack_name(self) -> str:
        return self.seat.directory.pack_id(self.seat.now) or ""

    def form(self, data: object = None, sent: object = None) -> PayloadForm:
        form = self.whole(data, sent)
        form.order_fields(FLOW)
        form.point_out()
        return form

    def whole(self, data: object = None, sent: object = None) -> PayloadForm:
        """Everything that a registration may say; nothing of it is judged yet."""
        pack, seat, face = self.pack, self.seat, faces.of(ACTION)
        mine = [code for code, source in pack.sources.items() if seat.role in source.posts]
        usual = (code for code, s in pack.sources.items() if not (s.upstream or s.posts or s.mode))
        own = next(iter([*mine, *usual]), "")
        start = {"source": own, "channel": "patrol" if seat.role == "patrol" else "phone", "urgency": "normal"}
        model, choices = verbs.get(ACTION).payload, Choices(seat.directory, pack)
        return form_for(model, choices, data, sent, initial=start, given=face.given, files=face.files)

    def draw(
        self,
        form: PayloadForm,
        status: int = 200,
        refusal: str = "",
        waiting: Mapping[str, tuple[datetime, dict[str, list[str]]]] | None = None,
    ) -> HttpResponse:
        staff = self.seat.staff.pk
        form.spare(faces.of(ACTION).spares(self.pack, None))
        found = drafts.waiting(staff, f"{ACTION}:") if waiting is None else waiting
        others = [
            (slot.rpartition(":")[2], at, (typed.get("title") or typed.get("text") or [""])[0][:20] or "未写标题")
            for slot, (at, typed) in found.items()
            if slot != self.slot
        ]
        taken = {int(slot.rpartition(":")[2]) for slot in found} | {self.place}
        free = next((place for place in map(int, PLACES) if place not in taken), 0)
        shown = {"seat": self.seat, "here": "register", "form": form, "key": self.key, "refusal": refusal}
        shown |= {"tag": drafts.tag(staff, self.slot), "place": self.place, "others": others, "free": free}
        shown["again"] = f"{reverse('desk:register')}?place={self.place}"
        shown |= {"after": _after(self.seat), "at_once": _at_once(self.pack)}
        return render(self.request, "desk/register.html", shown, status=status)


def _at_once(pack: Pack) -> str:
    """Which requests may be dispatched as they are taken in."""
    words = "、".join(URGENCY_TITLES[urgency] for urgency in pack.registration.dispatched)
    return f"{words}事项已知承办单位的，登记时一并派单；其他的留空。" if words else ""


def _after(seat: Seat) -> str:
    """What this post may do with the order when it is registered: the foot promises nothing else."""
    rows = (lifecycle.find(action) for action in faces.in_order() if faces.of(action).place == "main")
    titles = [row.title for row in rows if "registered" in row.states and seat.takes(row.action)]
    return f"登记后可{'、'.join(titles)}" if titles else "登记后由派单员派单"


@require_POST
@seated
def caller(request: DeskRequest) -> HttpResponse:
    """The caller's past orders by his number, as far as this person may see them; by POST: no number in any log."""
    if not request.seat.takes(ACTION):
        return HttpResponse(status=403)
    found: list[Order] | None = None
    try:
        phone = telephones.normalise(request.POST.get("caller_phone", ""))
    except ValueError:
        phone = ""
    if len(phone) >= 7:
        forms = alike(phone, request.seat.directory.area_code)
        digests = [bytes.fromhex(ciphers.fingerprint("phone", form)) for form in forms]
        past = request.seat.whole.filter(caller__phone_hash__in=digests).select_related("appeal")
        found = list(past.order_by("-pk")[:HISTORY])
    return render(request, "desk/_history.html", {"seat": request.seat, "found": found})
