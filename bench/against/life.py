"""The forms that people fill in, and one order's whole life by them: from registration to closing in twelve acts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from .browser import Browser, Fields, choices_of, filled, form_of
from .data import AGENT, AUDITOR, CALLER, CLERK, DEPUTY, DISPATCHER, REPLY, TEXT
from .trees import Site
from .visits import CROWD, Cannot, Found, look, send, signed_in

#: Lives a measure, and those before the first that nobody measures: each thread of the web has then done most acts.
LIVES, FIRST_LIVES = 16, 12
Values = Mapping[str, str | list[str]]

_REGISTERED: Values = {
    "caller_name": "刘素芬",
    "caller_phone": "13900002086",
    "cls": "help",
    "title": "柳岸花园 3 号楼供暖温度不达标",
    "text": TEXT,
    "requests": ["上门检测室温", "检修管道并答复何时恢复"],
    "told": "已告知诉求人：诉求将转承办单位办理，办理结果会及时答复。",
    "urgency": "normal",
    "channel": "phone",
}
_REPLIED: Values = {
    "measures": REPLY,
    "progress": "已清洗支管并更换阀门，次日复测室温达标。",
    "result": "室温 19.6℃，诉求已办结，来电人表示认可。",
    "answers": ["已上门检测，室温 15.2℃。", "管道已检修，当日恢复供暖。"],
    "solve_code": "solved",
}
_AUDITED: Values = {"approved": "true", "note": "同意报送。"}

#: What follows the registration: whose act, the end of its name (its beginning is each tree's own), what is filled in.
#: The rule book of both trees asks for the unit's own audit of each reply, and closes by the centre's.
ACTS: tuple[tuple[str, str, Values], ...] = (
    (DISPATCHER, "dispatched", {
        "shares_unit": ["单位001", ""], "shares_role": ["lead", "assist"], "basis": "duty_list",
        "note": "请尽快上门检测并答复诉求人。",
    }),
    (CLERK, "signed", {}),
    (CLERK, "contacted", {"way": "phone", "reached": "true", "text": "已电话联系来电人，约定当日下午上门检测室温。"}),
    (CLERK, "extension.filed", {"workdays": "2", "reason": "更换阀门须待配件到货，预计还要两个工作日。"}),
    (DISPATCHER, "extension.decided", {"approved": "true", "workdays": "2", "note": "同意，请先告知诉求人。"}),
    (CLERK, "replied", _REPLIED),
    (DEPUTY, "unit_audited", _AUDITED),
    (AUDITOR, "sent_back", {"defect": "incomplete", "reason": "没有写明复测的时间和结果，请补充后重报。"}),
    (CLERK, "replied", _REPLIED),
    (DEPUTY, "unit_audited", _AUDITED),
    (AUDITOR, "passed", {"note": "答复完整，予以通过。"}),
)  # fmt: skip
AFTERWARDS = (CALLER, "callback.recorded", {
    "layer": "district", "reached": "true", "process_grade": "satisfied", "result_grade": "satisfied",
    "solved": "true", "words": "室温已经上来了，对办理结果满意。",
})  # fmt: skip


def life(site: Site, turn: int) -> Found:
    """Lives of orders, act by act: each act is done to all of them in turn, and only the twelve POSTs are measured.

    The pages on which the forms stand are asked before each act, unmeasured.  Processor time is told in hundredths of
    a second a process, so it is read around all the POSTs of one act and not around each: the sum is the same.  Each
    POST goes over a connection of its own, eight at once.  The call-back, which follows the closing, is told apart.
    """
    if "life lived" not in site.kept:
        _lives(site, FIRST_LIVES)
        site.kept["life lived"] = True
    spent = _lives(site, LIVES)
    return {"ms of processor a life of 12 acts": sum(spent[:-1]), "ms of processor a call-back after it": spent[-1]}


def _lives(site: Site, number: int) -> list[float]:
    """What each act cost, in milliseconds of each of `number` lives."""
    forms = [("/register/", form) for form in registrations(signed_in(site, AGENT), number)]
    cost, places = _done(site, AGENT, forms)
    found = [re.fullmatch(r"/orders/[\w-]+/", place) for place in places]
    if not all(found):
        raise Cannot(f"a registration led to {places[0]}")
    spent = [cost]
    for name, act, values in (*ACTS, AFTERWARDS):
        forms = [_form(signed_in(site, name), order, act, values) for order in places]
        spent.append(_done(site, name, forms)[0])
    return spent


def _done(site: Site, name: str, forms: list[tuple[str, Fields]]) -> tuple[float, list[str]]:
    """Milliseconds of processor a form, and where each led."""
    browsers = [signed_in(site, name) for _ in forms]
    start = site.processor_time()
    with ThreadPoolExecutor(CROWD) as people:
        answers = list(people.map(lambda browser, form: send(browser, *form), browsers, forms))
    spent = site.processor_time() - start
    return spent / len(forms) * 1000, [answer.place for answer in answers]


def _form(browser: Browser, order: str, act: str, values: Values) -> tuple[str, Fields]:
    """The form of an act, filled in: where it is sent, and its fields."""
    text = look(browser, order)
    whole = re.escape(act) if "." in act else rf"[a-z_]+\.{act}"
    found = re.search(rf'({re.escape(order)}{whole}/)(\?[^"]*)?"', text)
    if found is None:
        raise Cannot(f"{order} does not offer {act}")
    action = found[1]
    try:
        form = form_of(text, action)
    except LookupError:
        text = look(browser, found[0].rstrip('"').replace("&amp;", "&"))
        form = form_of(text, action)
    return action, filled(form, _known(text, values))


def registrations(browser: Browser, number: int) -> list[Fields]:
    """Filled-in forms of the desk, as an agent types them."""
    text = look(browser, "/register/")
    form = form_of(text, "/register/")
    chosen = {name: value for name in ("source", "category") for value in choices_of(text, name)[:1]}
    given = _known(text, {**_REGISTERED, **chosen})
    return [filled(form, given) for _ in range(number)]


def _known(text: str, values: Values) -> Values:
    """A tree that has no such field is not sent one."""
    return {name: value for name, value in values.items() if f'name="{name}"' in text}
