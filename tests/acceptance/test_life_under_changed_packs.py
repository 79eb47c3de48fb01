"""No pack that passes the check raises anywhere: a life of orders, the sweep, pages and a bulletin under each.

Each book changes the base pack in several ways at once: tables dropped, numbers at their bounds, codes renamed, lists
emptied.  What a book does not allow is refused in words (`Refused`); nothing else may come of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from tests.cast import Cast, later, make_cast, request
from tests.desk.web import Site
from tests.rulebooks import Tables, shelf

from lianxin.bulletins import issue
from lianxin.ledger import sweep
from lianxin.ledger.acts import Refused
from lianxin.orders.models import Order
from lianxin.rules.policy import Pack
from lianxin.rules.policy_explain import explain

REASON = "经核实情况属实，按规定办理。"
MONDAY = datetime.fromisoformat("2026-11-16T09:00+08:00")
LIFE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dispatcher", "order.dispatched", {"units": ("heat", "bureau")}),
    ("clerk@heat", "share.signed", {}),
    ("clerk@heat", "share.contacted", {"text": "已电话联系，约定上门。"}),
    ("clerk@bureau", "share.signed", {}),
    ("clerk@bureau", "share.opined", {"text": "管网由我局协助检修。"}),
    ("clerk@heat", "extension.filed", {"workdays": 1, "reason": "等待配件到货"}),
    ("leader", "extension.decided", {"of_unit": "heat", "approved": True, "workdays": 1}),
    ("agent", "order.urged", {"by": "caller", "text": "再次来电询问进展", "told": REASON}),
    ("agent", "order.corrected", {"urgency": "urgent"}),
    ("clerk@heat", "share.replied", {"long": True}),
    ("hotline_deputy@heat", "share.unit_audited", {"approved": True}),
    ("auditor", "share.sent_back", {"of_unit": "heat", "defect": "incomplete", "reason": REASON}),
    ("clerk@heat", "share.replied", {"long": True}),
    ("hotline_deputy@heat", "share.unit_audited", {"approved": True}),
    ("auditor", "share.passed", {"of_unit": "heat"}),
    ("callback", "callback.tried", {"note": "无人接听"}),
    ("callback", "callback.recorded", {"graded": False}),
    ("callback", "order.rehandled", {"reason": REASON}),
    ("clerk@heat", "share.signed", {}),
    ("clerk@heat", "share.contacted", {"text": "已电话联系，约定上门。"}),
    ("clerk@heat", "share.replied", {"long": True}),
    ("hotline_deputy@heat", "share.unit_audited", {"approved": True}),
    ("auditor", "share.passed", {"of_unit": "heat"}),
    ("callback", "callback.recorded", {"graded": True}),
    ("callback", "order.closed", {"told": REASON}),
    ("supervisor", "order.excluded", {"reason": REASON}),
)


class Life:
    """A few orders under one book, step by step; what the book refuses is counted."""

    def __init__(self, cast: Cast, pack: Pack, at: datetime) -> None:
        self.cast, self.pack, self.at = cast, pack, at
        self.done, self.refused = 0, []  # type: int, list[str]

    def act(self, who: str, verb: str, order: Order | None, **payload: Any) -> int | None:
        self.at += timedelta(minutes=7)
        try:
            found = self.cast.do(who, verb, order.pk if order else None, self.at, **payload).order
        except Refused as refused:
            self.refused.append(f"{verb}: {refused}")
            return None
        self.done += 1
        return found

    def register(self, source: str) -> Order | None:
        cls = next(iter(self.pack.classes))
        pk = self.act("agent", "order.registered", None, **request(cls=cls, source=source))
        return Order.objects.get(pk=pk) if pk else None

    def filled(self, given: dict[str, Any]) -> dict[str, Any]:
        """The payload with what only this book knows."""
        payload, units = dict(given), self.cast.units
        basis = self.pack.basis.allowed[0].code
        if names := payload.pop("units", None):
            payload |= {
                "shares": [{"unit": units[n].pk, "role": "assist" if i else "lead"} for i, n in enumerate(names)]
            }
            payload["basis"] = basis
        if "of_unit" in payload:
            payload["of_unit"] = units[payload["of_unit"]].pk
        if payload.pop("long", False):
            payload |= dict.fromkeys(("measures", "progress", "result"), "已派人检修。" * 400)
            payload["answers"] = ["已检修。"]
        if (good := payload.pop("graded", None)) is not None:
            grades = [grade.code for grade in self.pack.callback.grades if grade.satisfied is good] or [None]
            payload |= {"process_grade": grades[0], "result_grade": grades[-1], "solved": good}
            payload = {key: value for key, value in payload.items() if value is not None}
        return payload

    def run(self) -> None:
        sources = list(self.pack.sources)
        main = self.register(sources[0])
        assert main is not None, self.refused
        for who, verb, given in LIFE:
            self.act(who, verb, main, **self.filled(given))
        others = [self.register(source) for source in (sources[-1], sources[0])]
        if None in others:
            return
        merged, returned = others
        for code in self.pack.redirects:
            self.act("agent", "order.redirected", self.register(sources[0]), code=code, reason=REASON)
        self.act("dispatcher", "order.dispatched", returned, **self.filled({"units": ("heat",)}))
        self.act("dispatcher", "order.merged", merged, number=returned.number)  # type: ignore[union-attr]
        self.act(
            "clerk@heat",
            "return.filed",
            returned,
            reason="小区已移交物业管理",
            return_reason="not_duty",
            legal_basis="派单目录",
        )
        decision = {"of_unit": "heat", "approved": True, "next_unit": self.cast.units["bureau"].pk, "reason": REASON}
        self.act(
            "dispatcher", "return.decided", returned, **self.filled(decision), basis=self.pack.basis.allowed[0].code
        )


def _bounds(book: Tables) -> None:
    for row in book["clock"]:
        row["allow"] = "1 minute"
        row.pop("warn", None)
    book["petition"]["return"] |= {"within": "1 minute", "max_times": 0}
    book["petition"]["extension"] |= {"max_times": 0, "at_most": "1 minute"}
    book["callback"] |= {"tries": 1}
    book["capacity"]["daily"] = 1
    weekly = book["bulletin"]["weekly"]
    weekly |= {
        "areas": [{**area, "top": 1} for area in weekly["areas"]],
        "top_categories": 0,
        "change_base_from": "0%",
        "issued_after": "1 minute",
    }
    weekly["subtopics"] = {"min_share": "100%", "max": 0}


def _far(book: Tables) -> None:
    for row in book["clock"]:
        row["allow"] = "365 days"
    book["petition"]["return"] |= {"within": "365 days", "max_times": 20}
    book["petition"]["extension"] |= {"at_most": "60 workdays", "max_times": 20, "before": "100 workdays before"}
    book["callback"] |= {"tries": 20}
    for element in book["reply"]["elements"]:
        element["min_length"] = 2000
    weekly = book["bulletin"]["weekly"]
    weekly |= {"top_categories": 50, "class_share_min": "999999%"}
    for area in weekly["areas"]:
        area["top"] = 50
    for row in book["formula"]:
        row |= {"digits": 6, "rounding": "truncate", "target": "999999%"}


def _empty(book: Tables) -> None:
    book["document"]["copy_to"] = []
    weekly = book["bulletin"]["weekly"]
    weekly |= {"report_to": [], "send_to": [], "annexes": []}
    book["registration"]["required"] = ["content", "notice"]
    book["figures"] |= {"not_handled": [], "handled_roles": ["assist"]}
    book["reply"] |= {"elements": book["reply"]["elements"][:1], "each_request": False, "unit_audit": False}


def _without(*tables: str) -> Callable[[Tables], None]:
    def change(book: Tables) -> None:
        for table in tables:
            book.pop(table, None)

    return change


def _renamed(book: Tables) -> None:
    for table, short in (("class", "k"), ("source", "s"), ("redirect", "r")):
        for number, row in enumerate(book[table]):
            row["code"] = f"{short}{number}"
    for number, grade in enumerate(book["callback"]["grades"]):
        grade["code"] = f"g{number}"
    for number, reason in enumerate(book["petition"]["return"]["reasons"]):
        reason["code"] = f"w{number}"
    _rename_layers(book)
    _rename_units(book)
    for number, basis in enumerate(book["basis"]["allowed"]):
        basis["code"] = f"b{number}"
    for number, row in enumerate(book["clock"]):
        row["id"] = f"S{70 + number}.own"


def _rename_layers(book: Tables) -> None:
    callback = book["callback"]
    codes = {layer["code"]: f"l{number}" for number, layer in enumerate(callback["layers"])}
    for layer in callback["layers"]:
        layer["code"] = codes[layer["code"]]
    callback |= {name: codes[callback[name]] for name in ("own_layer", "assess_layer")}


def _rename_units(book: Tables) -> None:
    """The units of the centre keep the codes that they had."""
    units, weekly = book["units"], book["bulletin"]["weekly"]
    codes = {group["code"]: f"u{number}" for number, group in enumerate(units["groups"])}
    for group in units["groups"]:
        group["code"] = codes[group["code"]]
    for number, found in enumerate(units["types"]):
        found |= {"code": f"t{number}", "groups": [codes[code] for code in found.get("groups", [])]}
    for line in (*weekly["areas"], *weekly["annexes"]):
        line["group"] = codes[line["group"]]


def _few_formulas(book: Tables) -> None:
    """Only what the bulletin itself prints; the core figures are gone."""
    kept = ("daily_mean", "wow", "class_share", "town_share", "department_share", "category_share")
    book["formula"] = [row for row in book["formula"] if row["name"] in kept]
    for annex in book["bulletin"]["weekly"]["annexes"]:
        annex["columns"] = [{"title": "逾期", "of": "overdue"}]
    book["bulletin"]["weekly"]["order_by"] = "overdue"
    book["ranking"]["by"] = []


def _one_group(book: Tables) -> None:
    gone = book["units"]["groups"].pop(0)["code"]
    for found in book["units"]["types"]:
        found["groups"] = [code for code in found.get("groups", []) if code != gone]
    weekly = book["bulletin"]["weekly"]
    unsaid = {area["share"] for area in weekly["areas"] if area["group"] == gone}
    book["formula"] = [row for row in book["formula"] if row["name"] not in unsaid]
    for name in ("annexes", "areas"):
        weekly[name] = [line for line in weekly[name] if line["group"] != gone]
    book["bulletin"]["weekly"]["sections"] = [{"code": "appeals", "title": "市民诉求"}]


def _one_of_each(book: Tables) -> None:
    for table in ("class", "source", "redirect"):
        book[table] = book[table][-1:]
    book["basis"]["allowed"] = book["basis"]["allowed"][-1:]
    book["callback"]["grades"] = [dict(grade, satisfied=False) for grade in book["callback"]["grades"][:2]]


def _one_clock(book: Tables) -> None:
    book["clock"] = [row for row in book["clock"] if row["id"] == "S02"]


def _by_audit(book: Tables) -> None:
    book["closing"]["mode"] = "audit"
    book["callback"] |= {"own_layer": "unit", "assess_layer": "city"}
    book["figures"]["on_time"] = "each_clock"
    book["retention"]["orders"] = "1 year"
    # From the signing on, whatever the order is: no pack may leave a share without a handling limit.
    book["clock"] = [row for row in book["clock"] if row["id"] != "S02.urgent"]
    for row in book["clock"]:
        if row["kind"] == "handle":
            row["from"] = "sign"


def _odd_formulas(book: Tables) -> None:
    for row in book["formula"]:
        if row["name"] in ("within_limit_rate", "satisfaction"):
            row["of"] = (
                "(closed - closed) / (handled - handled)" if row["name"] == "within_limit_rate" else "0 - closed"
            )
    for name, of in (("daily_mean", "0 - accepted - days"), ("wow", "0 - accepted")):
        next(row for row in book["formula"] if row["name"] == name)["of"] = of


CHANGES: dict[str, tuple[Callable[[Tables], object], ...]] = {
    "as it is": (),
    "bounds": (_bounds,),
    "far bounds": (_far,),
    "empty lists, audit": (_empty, _by_audit),
    "one clock, no redirects": (_without("redirect", "ladder"), _one_clock, _empty),
    "renamed": (_renamed,),
    "few formulas, one group": (_few_formulas, _one_group),
    "one of each, bounds": (_one_of_each, _bounds),
    "odd formulas, audit, renamed": (_odd_formulas, _by_audit, _renamed),
}


def _pages(site: Site, at: datetime) -> None:
    week = f"{at:%G-W%V}"
    paths = {
        "dispatcher": ["/"],
        "leader": [f"/figures/?week={week}", f"/bulletins/{week}/"],
        "clerk@heat": ["/", f"/figures/?week={week}"],
        "agent": ["/register/"],
    }
    orders = Order.objects.filter(centre=site.cast.centre).order_by("-pk")[:4]
    paths["auditor"] = [f"/orders/{order.number}/" for order in orders]
    paths["dispatcher"] += [f"/orders/{order.number}/slip/" for order in orders[:1]]
    for who, asked in paths.items():
        for path in asked:
            assert site.get(who, path).status_code in (200, 302, 404), (who, path)


def test_a_life_under_each_changed_pack(db: None, tmp_path: Path) -> None:
    cast, told = make_cast("changed", "base"), {}
    site = Site(cast)
    with shelf(tmp_path) as books:
        for number, (name, changes) in enumerate(CHANGES.items()):

            def change(book: Tables, changes: Any = changes) -> None:
                for made in changes:
                    made(book)

            pack = books.adopt(cast, change)
            assert list(explain(pack, {}))
            life = Life(cast, pack, later(MONDAY, hours=number))
            life.run()
            told[name] = life.refused
            assert life.done >= 12, (name, life.refused)
            sweep.sweep(timezone.now())
            _pages(site, MONDAY)
            made = issue.weekly(cast.centre, date(2026, 11, 16), date(2026, 11, 22))
            for ending in (".html", ".docx"):
                assert issue.render(made.bulletin, ending)
    assert not told["as it is"], "nothing of this life is refused by the base pack itself"
