"""Taking a verb: GET opens its form on the order page, POST does it through the ledger."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from hashlib import md5
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods

from lianxin.directory import ciphers
from lianxin.ledger import together, verbs
from lianxin.ledger.acts import Act, Refused
from lianxin.orders import access
from lianxin.orders.models import Share
from lianxin.orders.seen import SENTENCE, Overtaken
from lianxin.rules import lifecycle

from .. import (
    changes,
    drafts,
    duty,
    entered,
    faces,
    faults,
    glimpse,
    knowledge,
    onward,
    phrases,
    picked,
    presence,
    proposed,
    said,
)
from ..asking import Asked
from ..choices import Choices
from ..dossier import Dossier
from ..faces import UNMASK
from ..forms import PayloadForm, form_for
from ..offers import Offer, deed_of
from ..seats import ONLY_LOOKING, DeskRequest, fresh_key, key_of, seated
from ..todo import Todo, todos
from .order import Open, look, page

#: A form that was only shown again, because its page's token was older than the sign-in.
TOKEN = "页面打开后重新登录过，刚才没有提交；填写的内容都在，请核对后再提交一次。"


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def act(request: DeskRequest, number: str, action: str) -> HttpResponse:
    """A verb of an order, by its dotted id."""
    if action not in faces.in_order():
        raise Http404
    taking = Taking(request, number, action)
    if request.method != "POST":
        return taking.ask()
    return taking.show_again() if getattr(request, "only_shown", False) else taking.do()


class Taking:
    """One verb on its way.  What only its page shows is read only when the page is drawn."""

    def __init__(self, request: DeskRequest, number: str, action: str) -> None:
        self.request, self.number, self.action = request, number, action
        self.seat, self.verb, self.row = request.seat, verbs.get(action), lifecycle.find(action)
        self.face = faces.of(action)
        self.key = key_of(request)
        if self.face.one_click and request.POST.get("share") and not request.POST.get("key"):
            # The buttons of a queue's rows share one form: what they do can be done to a share once in its life.
            self.key = md5(f"{action}:{request.POST['share']}".encode(), usedforsecurity=False).hexdigest()
        self.seen = entered.number(request.POST.get("seen", ""))

    @cached_property
    def dossier(self) -> Dossier:
        return look(self.seat, self.number)

    @cached_property
    def share(self) -> Share | None:
        """The share that the verb is about: the one named, else the first of the seat's unit that can be meant."""
        if self.todo is not None:
            return next((share for share in self.dossier.shares if share.pk == self.todo.task.share_id), None)
        if not self.row.shares:
            return None
        shares, asked = self.dossier.shares, self._named()
        if asked:
            return next((share for share in shares if share.pk == asked), None)
        mine = [s for s in shares if s.is_running and (not self.seat.in_unit or s.unit_id == self.seat.post.unit)]
        return next(iter([s for s in mine if s.state in self.row.shares] or mine), None)

    @cached_property
    def todo(self) -> Todo | None:
        """The duty that the verb is about; None for a verb about none, and where it is there no more."""
        if self.action not in faces.DUTY:
            return None
        return next((todo for todo in todos(self.seat, self.dossier) if todo.task.pk == self._named()), None)

    @property
    def about(self) -> int | None:
        """The id by which the form is named: the duty's, else the share's."""
        if self.action in faces.DUTY:
            return self._named() or None
        return self.share.pk if self.share else None

    @property
    def slot(self) -> str:
        return drafts.slot(self.action, self.dossier.order.pk, self.about)

    # --- the form -----------------------------------------------------------------------------
    def ask(self) -> HttpResponse:
        """The form: as it was left, else with what is known."""
        status, sentence = self.standing()
        if status != 200:
            return page(self.request, self.dossier, status=status, refusal=sentence)
        return self.draw(self.fresh_form())

    def fresh_form(self) -> PayloadForm:
        """The form as its person left it; else an empty one that knows what is known."""
        draft = drafts.take_up(self.seat.staff.pk, self.slot)
        if draft is None:
            return self.form()
        self.key, self.seen = draft.key or self.key, draft.seen
        return self.form(draft.data).restored(draft.at)

    def form(self, data: Any = None, sent: Any = None) -> PayloadForm:
        if data is not None and self.action == proposed.DISPATCH and self.dossier.is_whole:
            data = proposed.taken(self.dossier, data)
        if data is not None and self.action == knowledge.ANSWER:
            data = knowledge.taken(data)
        choices = cast(Choices, SimpleLazyObject(self._choices))
        face = self.face
        # What is only shown to him gives a form nothing that he does not see.
        known = face.known(self.dossier, self.share) if data is None and self.dossier.is_whole else {}
        model = self.verb.payload
        return form_for(model, choices, data, sent, initial=known, given=face.given, files=face.files, asks=face.asks)

    def draw(self, form: PayloadForm, status: int = 200, refusal: str = "", **more: Any) -> HttpResponse:
        """The order page with the verb's form open, and what has changed since the person opened it."""
        seat, dossier = self.seat, self.dossier
        form.spare(self.face.spares(dossier.pack, dossier.order))
        url = reverse("desk:act", args=[self.number, self.action])
        title = f"{self.row.title}：{self.todo.rule.title}" if self.todo else self.row.title
        doing = Offer(self.action, title, self.face, url, self.about)
        news = None
        fresh = self.seen is not None and self.seen < dossier.order.head_number and self.verb.decides
        if fresh and self.seen is not None and dossier.is_whole:
            news = changes.since(dossier, self.share, self.seen, seat.staff.pk, self.action)
            refusal = refusal or (SENTENCE if news else "")
        if seat.acting:
            presence.here(seat, dossier.order.pk, self.action)
            duty.seen(seat)
        tag = drafts.tag(seat.staff.pk, self.slot)
        opened = Open(doing, form, self.key, dossier.order.head_number, tag, news, onward.queue_of(self.request))
        return page(self.request, dossier, status=status, opened=opened, refusal=refusal, **more)

    # --- the act ------------------------------------------------------------------------------
    def do(self) -> HttpResponse:
        """Through the ledger; what it refuses stands beside the fields, and what was typed stays."""
        request, seat = self.request, self.seat
        form = self.form(self.request.POST, self.request.FILES)
        if not seat.acting:
            return self.kept(form, 403, ONLY_LOOKING)
        if not form.is_valid():
            return self.wrong(form)
        # By its number: the ledger asks whose order it is, and more strictly than a page; what it refuses is answered
        # by `standing`, 404 for what is not there or not his.
        act = Act(self.action, seat.actor, seat.now, self.payload(form), number=self.number, key=f"desk:{self.key}")
        try:
            done = together.record(replace(act, files=form.handed_in(), seen=self.seen), self.along(form))
        except Overtaken as overtaken:
            return self.kept(form, 409, str(overtaken))
        except Refused as refused:
            return self.refused(form, refused)
        if self.action == UNMASK:
            return self.revealed(repeated=done.repeated)
        messages.success(request, said.done(seat, self.row, said.after(done)))
        return onward.go(request, onward.after(request, done.order) or reverse("desk:order", args=[self.number]))

    def along(self, form: PayloadForm) -> list[Asked]:
        """What goes with the act: the form's draft and its sign, and what was picked is remembered."""
        picks = picked.remembering(self.seat, form)
        if self.action == UNMASK:
            return picks
        used = phrases.counting(self.seat, self.request.POST.get("phrases", ""), form.cleaned_data.values())
        return [drafts.accepted(self.seat.staff.pk, self.key), presence.done(self.seat, self.number), *picks, *used]

    def payload(self, form: PayloadForm) -> dict[str, Any]:
        payload, named = form.payload(), self._named()
        if self.action == proposed.DISPATCH:
            payload["item"] = proposed.item(self.request.POST)
        if self.action in faces.DUTY:
            return payload | {"task": named}
        return payload | ({"share": named} if named and self.row.shares else {})

    def wrong(self, form: PayloadForm) -> HttpResponse:
        """Something is not filled in as it must be: told together with all that the verb itself would refuse."""
        status, sentence = self.standing()
        if status == 403:
            return page(self.request, self.dossier, status=status, refusal=sentence)
        if status == 200:
            form.blame(self._further(form))
        return self.kept(form, 422 if status == 200 else status, sentence)

    def refused(self, form: PayloadForm, refused: Refused) -> HttpResponse:
        """403 for what is not his, 409 for what cannot be now, 422 for what was typed; the sentence is the ledger's."""
        status, sentence = self.standing()
        if status == 403:
            return page(self.request, self.dossier, status=status, refusal=sentence)
        if status == 200:
            problems = refused.problems | {k: v for k, v in self._further(form).items() if k not in refused.problems}
            form.blame(problems)
            status = 409 if set(problems) == {""} else 422
        return self.kept(form, status, sentence)

    def _further(self, form: PayloadForm) -> dict[str, str]:
        """What else is wrong with the form, as far as the order as it now stands tells."""
        docket = self.dossier.docket()
        deed = deed_of(self.seat, self.dossier, None, self.share, docket)
        deed.file_count = len(form.handed_in())
        found = faults.all_of(deed, self.verb, self.payload(form))
        return {name: text for name, text in found.items() if not form.names(name)}

    def kept(self, form: PayloadForm, status: int, refusal: str) -> HttpResponse:
        """The form again, as it was posted; what was typed is kept beyond this page too."""
        if self.action != UNMASK:
            drafts.keep_typed(self.seat.staff.pk, self.slot, self.request.POST, self.seat.now, form.typed(self.form()))
        form.point_out()
        return self.draw(form, status=status, refusal=refusal)

    def show_again(self) -> HttpResponse:
        """Nothing is done: the form as it was posted, on a page whose token is of this sign-in."""
        form = self.form(self.request.POST, self.request.FILES).restored(self.seat.now)
        return self.kept(form, 403, TOKEN)

    def revealed(self, *, repeated: bool) -> HttpResponse:
        """The caller's name and number, this once: sent again, the same form shows nothing.

        Asked from the open form of another verb, that form is open again, and the number stays as long as it is.
        """
        if repeated:
            return page(self.request, self.dossier, refusal="号码只显示一次；再次查看请重新填写理由。")
        caller = self.dossier.order.caller
        shown = {"name": ciphers.decrypt(caller.name), "phone": ciphers.decrypt(caller.phone)}
        wanted = self.request.POST.get("for", "")
        if wanted in faces.in_order() and wanted != UNMASK:
            other = Taking(self.request, self.number, wanted)
            if other.standing()[0] == 200:
                other.key, other.seen = fresh_key(), None
                return other.draw(other.fresh_form(), revealed=shown)
        return page(self.request, self.dossier, revealed=shown)

    # --- may he -------------------------------------------------------------------------------
    def standing(self) -> tuple[int, str]:
        """(200, "") if the verb is on offer to this seat now; else the status and the sentence that explain it."""
        seat, dossier, row = self.seat, self.dossier, self.row
        if not seat.acting:
            return 403, ONLY_LOOKING
        about = None if self.action in faces.DUTY else self.share
        found = access.standing(seat.actor, self.action, dossier.grounds, about)
        if found.whose:
            return 403, f"{found.whose}。"
        if self.action in faces.DUTY and (self.todo is None or self.action not in self.todo.may):
            return 409, "这项待办已经办结，或不在您的岗位。"
        if not found.may or (about is not None and not about.is_running):
            return 409, f"工单现在是“{dossier.state_title}”，不能{row.title}。"
        return 200, ""

    def _named(self) -> int:
        """The id of the share that the form or the address names; 0 for none."""
        return entered.number(self.request.POST.get("share") or self.request.GET.get("share") or "", 19) or 0

    def _choices(self) -> Choices:
        dossier = self.dossier
        return Choices(
            dossier.directory,
            dossier.pack,
            share=self.share,
            shares=tuple(dossier.shares),
            order=dossier.order,
            below=self.action == "share.delegated",
            sights=tuple((pk, f"{who}（{extent}）") for pk, who, extent in glimpse.shown_to(dossier)),
            duty=self.todo.rule if self.todo else None,
            post=self.seat.role,
        )
