"""How each verb looks and asks: its face.  One row a verb, one table; its defaults make a new verb usable at once.

Which verbs there are and who may take them when: `lifecycle` and `access`.  Why one may not be taken: the verb's own
check.  A face adds what people see: icon, key and place, whether it is the next step, what is known beforehand, what
must be answered, and in which words it is told that it was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from lianxin.ledger import verbs
from lianxin.orders.book import ORDERS
from lianxin.orders.models import Order, Share
from lianxin.rules import lifecycle
from lianxin.rules.lifecycle import OrderState
from lianxin.rules.policy import Pack
from lianxin.rules.policy_tasks import TaskRule

from . import known as beforehand
from . import spared

if TYPE_CHECKING:
    from .dossier import Dossier


@dataclass(frozen=True, slots=True)
class Step:
    """What decides whether a verb is what comes next: the order, the share in question, its open petitions, and
    whether the caller said in this round that it is not solved, or that he is not satisfied."""

    order: Order
    share: Share | None = None
    petitions: frozenset[str] = frozenset()
    unhappy: bool = False

    @property
    def called_back(self) -> bool:
        return self.order.called_back_round == self.order.round


Known = Callable[["Dossier", Share | None], dict[str, Any]]
Asks = Callable[[Mapping[str, Any]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Face:
    """The face of one verb; every part of it has a default."""

    icon: str = "edit"
    #: the letter that opens it
    key: str = ""
    #: under which heading it stands: main, inner, more; with the "duty" that it is about, "beside" the caller's number;
    #: "desk" for a page of its own
    place: str = "more"
    #: whether it is what comes next now; None: never by itself
    next: Callable[[Step], bool] | None = None
    #: what the one button of a queue's row says; the verb's title, if empty
    button: str = ""
    #: nothing is asked: the button itself does it
    one_click: bool = False
    #: whoever takes it must have read the request: on a phone it stands above the form, which hides it there
    reads: bool = False
    #: whether its form asks for files
    files: bool = False
    #: a payload that passes the fields, with which its check can be asked before anything is filled in
    sound: Mapping[str, Any] | None = None
    #: barred, it is not shown at all: nobody wonders where it is, there is nothing to decide
    silent: bool = False
    #: a unit looks for it while it has the order: barred, it stands there with its reason
    sought: bool = False
    #: what is known when the form opens; nothing that a person must judge
    known: Known = beforehand.nothing
    #: what of that needs no answer again, though it is a choice
    given: frozenset[str] = frozenset()
    #: the fields that are not asked, by the rule book and the order
    spares: Callable[[Pack, Order | None], frozenset[str]] = spared.nothing
    #: what must be answered besides the payload's own demands, from what was answered: field -> sentence
    asks: Asks = beforehand.no_more
    #: the other ways to decide the same thing, offered beside the form
    instead: tuple[str, ...] = ()
    #: it cannot be taken back: what will then be so, said before it is done
    final: str = ""
    #: what is said when it was done; 已 and the title, if empty
    done: str = ""


_LAYER = frozenset({"layer"})


def _always(step: Step) -> bool:
    return True


def _contact(step: Step) -> bool:
    share = step.share
    return share is not None and share.contacted_at is None and share.depth == 0 and share.role != "assist"


def _callback(step: Step) -> bool:
    return step.order.state != OrderState.DISPATCHED and not step.called_back


def _rehandle(step: Step) -> bool:
    return step.called_back and step.unhappy


def _close(step: Step) -> bool:
    return step.order.merged_into_id is not None or (step.called_back and not step.unhappy)


def _petition(kind: str) -> Callable[[Step], bool]:
    return lambda step: kind in step.petitions


def _unaudited(step: Step) -> bool:
    return step.share is not None and step.share.unit_audited_at is None


#: In this order they stand in the panel; the first whose turn it is comes next.
FACES: dict[str, Face] = {
    "order.registered": Face(
        "headset", place="desk", files=True, given=frozenset({"channel", "urgency"}), spares=spared.registration
    ),
    "share.signed": Face("signature", "Q", "main", _always, one_click=True),
    "share.signed_off": Face(
        "signature", "I", known=beforehand.chain, reads=True, sound={"opinion": "同意"}, silent=True
    ),
    "order.dispatched": Face("send", "D", "main", _always, known=beforehand.suggested_unit),
    "order.coordinated": Face("users", done="已提请协调，裁定后派单"),
    "return.decided": Face(
        "clipboard-check",
        "T",
        "main",
        _petition("return"),
        "审定退单",
        sound={"approved": False},
        silent=True,
        known=beforehand.return_asked,
    ),
    "extension.decided": Face(
        "clipboard-check",
        "E",
        "main",
        _petition("extension"),
        "审定延期",
        sound={"approved": False},
        silent=True,
        known=beforehand.days_asked,
        spares=spared.extension,
    ),
    "share.unit_audited": Face(
        "clipboard-check", "S", "main", _unaudited, "审核", sound={"approved": True}, silent=True
    ),
    "share.passed": Face(
        "clipboard-check",
        "S",
        "main",
        _always,
        sound={},
        instead=("share.sent_back",),
        final="审核通过后不能退回重报；末一家主办通过后转入回访或办结，各项办理时限停止。",
    ),
    "share.sent_back": Face("arrow-back-up", "B", "main", sound={}, instead=("share.passed",), done="已退回重报"),
    "callback.recorded": Face(
        "phone-check",
        "R",
        "main",
        _callback,
        known=beforehand.own_layer,
        given=_LAYER,
        asks=beforehand.callback_asks,
        instead=("callback.tried",),
    ),
    "callback.led": Face("phone-check", place="more"),
    "order.rehandled": Face("refresh", "H", "main", _rehandle, sound={}, known=beforehand.caller_words),
    "order.closed": Face(
        "check",
        "O",
        "main",
        _close,
        sound={},
        known=beforehand.main_answer,
        instead=("order.rehandled",),
        final="办结后本轮不再计时，须督办员或领导才能重新打开。",
    ),
    "share.contacted": Face("phone", "C", "main", _contact, "联系", files=True, sought=True, spares=spared.contact),
    "share.opined": Face("message-2", "R", "main", _always, files=True),
    "share.replied": Face(
        "signature", "R", "main", _always, files=True, sought=True, known=beforehand.last_reply, spares=spared.reply
    ),
    "share.progressed": Face("notes", "N", "main", files=True, spares=spared.progress),
    "share.arrived": Face("check", "G", "main", sound={}, silent=True, done="到场已登记"),
    "share.visited": Face("users", "V", "main", files=True, sought=True, done="现场办理情况已记录"),
    "callback.tried": Face("phone-off", "U", "main", known=beforehand.own_layer, given=_LAYER, done="已记录本次未接通"),
    "order.answered": Face(
        "message-circle",
        "A",
        "main",
        _always,
        final="直接答复后本工单即告结束，不再派单。",
        spares=spared.answer,
    ),
    "order.call_joined": Face("phone-check", sound={"reason": ""}, silent=True, done="三方通话已记录"),
    "order.redirected": Face(
        "arrow-guide", "Y", "main", final="引导后本工单即告结束，不再派单。", done="已引导，不予受理"
    ),
    "order.merged": Face("git-merge", "M", "main"),
    "remark.answered": Face(
        "message-2", "W", "main", _petition("remark"), "答复询问", sound={}, silent=True, done="已答复询问"
    ),
    "extension.filed": Face("calendar-plus", "E", "main", sound={"workdays": 1}, sought=True),
    "return.filed": Face("arrow-back-up", "T", "main", sound={"return_reason": ""}, sought=True),
    "petition.filed": Face(
        "alert-triangle",
        place="main",
        files=True,
        sound={"kind": "", "petition_reason": ""},
        silent=True,
        known=beforehand.the_kind,
        given=frozenset({"kind"}),
        spares=spared.petition,
        done="已上报，等待审定；办理照常进行，时限不停",
    ),
    "inner.assigned": Face("user", "A", "inner"),
    "inner.returned": Face("arrow-back-up", place="inner"),
    "inner.handled": Face("notes", place="inner", files=True),
    "inner.replied": Face("message-2", place="inner"),
    "inner.audited": Face("clipboard-check", place="inner"),
    "share.delegated": Face("arrows-split", place="inner"),
    "share.transferred": Face("users", place="inner"),
    "share.taken_back": Face("arrow-back-up", place="inner"),
    "order.urged": Face("bell", done="已记录催办并告知承办单位"),
    "remark.asked": Face("message-circle", sound={}, silent=True, done="已发出询问"),
    "share.reassigned": Face("send"),
    "order.recalled": Face("arrow-back-up", final="撤回后各家承办件一并撤回，工单回到待派单。"),
    "share.role_changed": Face("users"),
    "share.released": Face("x", sound={}, silent=True),
    "order.unmerged": Face("arrows-split"),
    "share.added": Face("plus", known=beforehand.assisting, given=frozenset({"role"})),
    "order.supplemented": Face("edit"),
    "order.corrected": Face("edit"),
    "order.caller_corrected": Face("phone"),
    "order.words_corrected": Face("edit", known=beforehand.words_now),
    "order.limit_set": Face("calendar-plus", known=beforehand.limit_now),
    "order.linked": Face("link"),
    "order.withdrawn": Face("x", final="撤单后各家承办件一并撤回，时限停止；须督办员或领导才能重新打开。"),
    "order.invalidated": Face("ban", final="判为无效后不计入受理量；须督办员或领导才能重新打开。", done="已判为无效"),
    "order.reopened": Face("lock-open"),
    "order.excluded": Face("eye-off", done="已改变是否计入考核"),
    "order.opinion": Face("message-2", "N", "main", _always, "提意见", done="意见已记入经过，并告知承办单位和中心"),
    "order.shown": Face("eye", done="已开放查看"),
    "order.hidden": Face("eye-off", sound={"sight": 0}, silent=True, done="已收回查看"),
    "order.labelled": Face("clipboard-check", sound={"label": ""}, silent=True, done="已标识"),
    "order.unlabelled": Face("x", sound={"label": ""}, silent=True, done="已取消标识"),
    "order.recused": Face("eye-off", sound={"people": (0,)}, silent=True, done="已登记，被投诉的人员不再看到本工单"),
    "caller.flagged": Face("alert-triangle", done="已标记诉求人"),
    "caller.unflagged": Face("x", sound={"flag": ""}, silent=True, done="已取消标记"),
    "caller.unmasked": Face("eye", "F2", "beside"),
    "task.done": Face("clipboard-check", place="duty", button="办理待办", files=True, done="待办已办结"),
    "petition.endorsed": Face("signature", place="duty", button="审签", done="已审签"),
    "petition.decided": Face("clipboard-check", place="duty", button="审定", done="已审定"),
    "task.noted": Face("notes", place="duty", files=True, done="跟进情况已记录"),
    "task.handed_on": Face("users", place="duty", done="待办已转交"),
    "task.waived": Face("lock-open", place="duty", final="免办后不再拦下后面的操作。", done="已免办"),
    "task.dropped": Face("x", place="duty", done="待办已撤销"),
}
_DEFAULT = Face()
#: The verbs about one duty, in the order in which they are offered; by one of the first three its own post meets it.
DUTY = tuple(action for action, face in FACES.items() if face.place == "duty")
MEETS = DUTY[:3]
#: Asked beside the masked number, not in the panel.
UNMASK = "caller.unmasked"


def of(action: str) -> Face:
    """The face of a verb; a plain one for a verb that has no row here yet."""
    return FACES.get(action, _DEFAULT)


def human(action: str) -> bool:
    """Whether people take this verb: only for them is there a page."""
    return bool(lifecycle.find(action).posts - lifecycle.SYSTEM)


@cache
def in_order() -> tuple[str, ...]:
    """Every verb of people that stands on an order's page, in the order of the panel."""
    taken = set(verbs.registered(ORDERS))
    known_here = [action for action in FACES if action in taken]
    rest = sorted(action for action in taken if action not in FACES and human(action))
    return tuple(action for action in (*known_here, *rest) if of(action).place != "desk")


@cache
def coming() -> tuple[str, ...]:
    """The verbs that may come next by themselves, in this order."""
    return tuple(action for action, face in FACES.items() if face.place == "main" and face.next is not None)


def meeting(rule: TaskRule, takes: Callable[[str], bool]) -> str:
    """The verb by which a duty that an event meets is met, of those that somebody takes; `""` if there is none."""
    found = (row.action for row in lifecycle.TABLE if row.makes & {*rule.ends_with} and human(row.action))
    return next((action for action in found if takes(action)), "")


def button(action: str) -> str:
    """What the one button of a row says."""
    return of(action).button or lifecycle.find(action).title


def done(action: str) -> str:
    """What is now so."""
    return of(action).done or f"已{lifecycle.find(action).title.removeprefix('已')}"
