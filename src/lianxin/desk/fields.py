"""How each kind of item is asked: the form fields and widgets behind the payloads' `widget` words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from lianxin.orders.models.share import ROLE_TITLES

from .choices import Choices, Pairs, Picks
from .items import Item
from .marked import Marks
from .position import Located

#: More options than this become a list to open; fewer stand side by side.
SIDE_BY_SIDE = 6
ROLES: Pairs = [(role, ROLE_TITLES[role]) for role in ("lead", "assist", "dual")]
#: Said to be unsaid: an answer all the same, unlike nothing at all.
UNSAID = "-"
#: Strips, and refuses the null byte that the database cannot hold.
_text = forms.CharField


class Numbered(forms.Widget):
    """Numbered lines: as many inputs of one name as there are requests; the page adds more."""

    template_name = "desk/widgets/numbered.html"

    def __init__(self, rows: int = 1, *, area: bool = False, labels: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.rows, self.area, self.labels = rows, area, labels

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return list(data.getlist(name)) if hasattr(data, "getlist") else list(data.get(name, ()))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return f"{id_}-1"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        values = [str(line) for line in value or ()]
        count = len(self.labels) or max(self.rows, len(values))
        lines = [
            {"n": n + 1, "value": values[n] if n < len(values) else "", "label": _nth(self.labels, n)}
            for n in range(count)
        ]
        made = self.build_attrs(self.attrs, attrs)
        extra = {"lines": lines, "area": self.area, "fixed": bool(self.labels)}
        return {"widget": {"name": name, "id": made.get("id", name), "attrs": made, **extra}}


def _nth(labels: tuple[str, ...], n: int) -> str:
    return labels[n] if n < len(labels) else ""


class Lines(forms.Field):
    """A list of texts.  `gaps`: empty ones keep their place (an answer belongs to its request)."""

    def __init__(self, *, gaps: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.gaps = gaps

    def clean(self, value: Any) -> list[str]:
        lines = [_text(required=False).clean(line) for line in value or ()]
        return lines if self.gaps and any(lines) else [line for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [str(line) for line in initial or ()] != [line for line in data or () if line]


class Named(forms.CharField):
    """Something picked by typing part of its name; becomes its id.  The only match is taken."""

    def __init__(self, kind: str, known: Picks, **more: Any) -> None:
        super().__init__(widget=Picker(kind, known), **more)
        self.known = known

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = self.known.find(text)
        if len(found) == 1:
            return found[0].id
        if not found:
            raise ValidationError(f"没有“{text[:30]}”这个{self.known.noun}，请从列表中选择")
        near = "”“".join(option.name for option in found[:4])
        more = f"等 {len(found)} 个" if len(found) > 4 else ""
        raise ValidationError(f"“{text[:30]}”可以是“{near}”{more}，请写明或从列表中选择")


class Picker(forms.TextInput):
    """A text input that the page turns into a picker; shows a name where it is given an id."""

    template_name = "desk/widgets/picker.html"

    def __init__(self, kind: str, known: Picks) -> None:
        super().__init__(attrs={"autocomplete": "off", "placeholder": "输入名称或拼音首字母", "data-pick": kind})
        self.known = known

    def format_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        # What went out of use since it was suggested is not offered, and a bare id tells nobody anything.
        return self.known.by_id[value].name if value in self.known.by_id else ""


class Many(Numbered):
    """Several things picked by their names, a line each."""

    template_name = "desk/widgets/many.html"

    def __init__(self, kind: str, known: Picks) -> None:
        super().__init__(rows=2)
        self.kind, self.known = kind, known

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        named = [self.known.by_id[line].name if line in self.known.by_id else line for line in value or ()]
        context = super().get_context(name, named, attrs)
        context["widget"] |= {"pick": self.kind, "noun": self.known.noun}
        return context


class Several(forms.Field):
    """Several of one kind, by what was typed of their names; becomes their ids."""

    def __init__(self, kind: str, known: Picks, **more: Any) -> None:
        super().__init__(widget=Many(kind, known), **more)
        self.one = Named(kind, known, required=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [str(line) for line in initial or ()] != [line for line in data or () if line]

    def clean(self, value: Any) -> list[int]:
        found = [self.one.clean(line) for line in value or ()]
        return list(dict.fromkeys(pk for pk in found if pk is not None))


class Shared(Numbered):
    """Units with their roles, a row each."""

    template_name = "desk/widgets/shares.html"

    def __init__(self) -> None:
        super().__init__(rows=2)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        if not hasattr(data, "getlist"):
            return []
        units, roles = data.getlist(f"{name}_unit"), data.getlist(f"{name}_role")
        return [[unit, roles[n] if n < len(roles) else ""] for n, unit in enumerate(units)]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, [], attrs)
        given = list(value or ())
        rows = given + [["", "lead" if n == 0 else "assist"] for n in range(len(given), max(2, len(given)))]
        context["widget"] |= {"pairs": rows, "roles": ROLES}
        return context


class Shares(forms.Field):
    """Units and roles as a dispatch lists them."""

    def __init__(self, known: Picks, **more: Any) -> None:
        super().__init__(widget=Shared(), **more)
        self.unit = Named("unit", known, required=False)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return [list(pair) for pair in initial or ()] != [pair for pair in data or () if pair[0]]

    def clean(self, value: Any) -> list[dict[str, Any]]:
        found = []
        for unit, role in value or ():
            pk = self.unit.clean(unit)
            if pk is not None:
                found.append({"unit": pk, "role": role or "lead"})
        return found


class Segments(forms.RadioSelect):
    """A few options side by side."""

    template_name = "desk/widgets/segments.html"


class Options(forms.TypedChoiceField):
    """One of a closed list: side by side if it is short, else a list to open."""

    def __init__(self, pairs: Pairs, *, none: str = "", **more: Any) -> None:
        several = len(pairs) > SIDE_BY_SIDE
        if none or several:
            pairs = [("", none or "请选择"), *pairs]
        super().__init__(choices=pairs, widget=forms.Select if several else Segments, empty_value=None, **more)
        self.error_messages["invalid_choice"] = "请从列出的选项中选择"


def _truth(value: Any) -> bool:
    return str(value) in ("True", "true", "on", "1")


def ask(item: Item, choices: Choices) -> dict[str, forms.Field]:
    """The field (or fields) of a item, by name."""
    if item.kind == "caller":
        name = forms.CharField(label="诉求人", required=False, max_length=None)
        phone = forms.CharField(label="联系电话", required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
        return {"caller_name": name, "caller_phone": phone}
    if item.kind in _WHERE_ANY and not getattr(choices, _WHERE_ANY[item.kind]):
        return {}
    field = KINDS[item.kind](item, choices)
    field.label, field.required = item.title, False
    field.help_text = field.help_text or item.schema.get("hint", "")
    #: of a field that matters only with one answer to another: `name=answer`
    field.when = item.schema.get("when", "")  # type: ignore[attr-defined]
    field.wanted = item.required or item.judged or item.schema.get("wanted", False)  # type: ignore[attr-defined]
    return {item.name: field}


#: What hangs on the order and share that a form is about, not on the centre and its rule book alone.
_OF_ORDER = frozenset({"unit", "colleague", "share", "answers", "outcome", "elements", "sight", "sight_reason"}) | {
    "caller_flag_here",
    "label",
    "label_here",
    "link",
    "parts",
    "inspection_record",
    "drawn",
}
#: What is asked only where there is something to answer.
_WHERE_ANY = {"outcome": "outcomes", "elements": "elements"}
#: What hangs on neither.
_PLAIN = frozenset({"caller", "line", "textarea", "number", "flag", "moment", "verdict", "maybe", "choice", "lines"})
_plain_ones: dict[tuple[Any, str], dict[str, forms.Field]] = {}


def asked_by(model: Any, item: Item, choices: Choices) -> dict[str, forms.Field]:
    """The field (or fields) of a item of `model`.  They serve every form that asks it alike: whoever wants one
    otherwise takes a copy.  Making them was a fifth of a registration."""
    if item.kind in _OF_ORDER:
        return ask(item, choices)
    kept, key = _plain_ones, (model, item.name)
    if item.kind not in _PLAIN:
        # With the snapshot, which never changes, and goes when the directory does.
        pack = choices.pack
        kept = choices.directory.__dict__.setdefault("_fields", {}).setdefault(id(pack), (pack, {}))[1]
    if key not in kept:
        kept[key] = ask(item, choices)
    return kept[key]


def _line(item: Item, choices: Choices) -> forms.Field:
    return _text(widget=forms.TextInput(attrs={"autocomplete": "off"}))


def _textarea(item: Item, choices: Choices) -> forms.Field:
    rows = 3 if item.schema.get("maxLength", 0) <= 4000 else 5
    return _text(widget=forms.Textarea(attrs={"rows": rows}))


def _verdict(item: Item, choices: Choices) -> forms.Field:
    words = item.schema
    return Options([("true", words["yes"]), ("false", words["no"])], coerce=_truth)


def _maybe(item: Item, choices: Choices) -> forms.Field:
    words = item.schema
    pairs = [("true", words["yes"]), ("false", words["no"]), (UNSAID, "未表态")]
    return Options(pairs, coerce=lambda value: UNSAID if value == UNSAID else _truth(value))


def _grade(item: Item, choices: Choices) -> forms.Field:
    return Options([*choices.grade, (UNSAID, "不评价")])


def _choice(item: Item, choices: Choices) -> forms.Field:
    titles = item.schema["titles"]
    pairs = [(code, titles[code]) for code in item.schema.get("enum", titles)]
    must = item.required or item.default or item.schema.get("wanted", False)
    return Options(pairs, none="" if must else item.schema.get("none", "不变"))


def _trigger(item: Item, choices: Choices) -> forms.Field:
    """For what somebody is called to account: of those that there are the pack's."""
    titles = item.schema["titles"]
    return Options([(code, titles[code]) for code in choices.pack.proceedings.triggers if code in titles])


def _listed(name: str, none: str = "") -> Callable[[Item, Choices], forms.Field]:
    def make(item: Item, choices: Choices) -> forms.Field:
        return Options(getattr(choices, name), none="" if item.required else none or "不选")

    return make


def _class(item: Item, choices: Choices) -> forms.Field:
    field = _listed("classes", "不变")(item, choices)
    field.help_text = choices.covered
    return field


def _answers(item: Item, choices: Choices) -> forms.Field:
    return Lines(gaps=True, widget=Numbered(area=True, labels=choices.requests))


#: How each kind is asked: the words are those of the payloads' `widget`.
KINDS: dict[str, Callable[[Item, Choices], forms.Field]] = {
    "line": _line,
    "textarea": _textarea,
    "number": lambda q, c: forms.IntegerField(widget=forms.NumberInput(attrs={"inputmode": "numeric"})),
    "flag": lambda q, c: forms.BooleanField(),
    "moment": lambda q, c: forms.DateTimeField(
        widget=forms.DateTimeInput(
            format="%Y-%m-%d %H:%M", attrs={"placeholder": "2026-11-18 14:30", "autocomplete": "off"}
        ),
        error_messages={"invalid": "时间格式应为 2026-11-18 14:30"},
    ),
    "verdict": _verdict,
    "maybe": _maybe,
    "choice": _choice,
    "unit": lambda q, c: Named(f"unit?below={c.share.unit_id}" if c.below and c.share else "unit", c.unit),
    "category": lambda q, c: Named("category", c.category),
    "area": lambda q, c: Named("area", c.area),
    "colleague": _listed("colleague"),
    "basis": _listed("basis"),
    "class": _class,
    "source": _listed("source", "不变"),
    "redirect": _listed("redirect"),
    "call_reason": _listed("call_reason"),
    "grade": _grade,
    "layer": lambda q, c: Options(c.layer),
    "return_reason": _listed("return_reason"),
    "petition_kind": _listed("petition_kind"),
    "petition_reason": _listed("petition_reason"),
    "raising": _listed("raising"),
    "sight_reason": _listed("sight_reason"),
    "meeting": _listed("meeting"),
    "report_reason": _listed("report_reason"),
    "caller_flag": _listed("caller_flag"),
    "caller_flag_here": _listed("caller_flag_here"),
    "link": lambda q, c: Options(c.link(q.schema["link"]), none="不指定"),
    "label": _listed("label"),
    "label_here": _listed("label_here"),
    "inspection_type": _listed("inspection_type"),
    "inspection_record": _listed("inspection_record"),
    "drawn": _listed("drawn"),
    "sight": _listed("sight_list"),
    "share": _listed("share_list", "主办单位"),
    "shares": lambda q, c: Shares(c.unit),
    "answers": _answers,
    # A column of a sheet may be pasted into it, as long as it is.
    "numbers": lambda q, c: Lines(widget=Numbered(rows=1, area=True)),
    "units": lambda q, c: Several("unit", c.unit),
    "people": lambda q, c: Several("person", c.people),
    "line_source": lambda q, c: Options([(code, line.name) for code, line in c.pack.sources.items() if line.mode]),
    "marks": lambda q, c: Marks([(item.code, item.title) for item in c.pack.quality.items]),
    "lines": lambda q, c: Lines(widget=Numbered(rows=3)),
    "outcome": lambda q, c: Options(c.outcomes),
    "position": lambda q, c: Located(c.pack.arrival),
    "trigger": _trigger,
    "elements": lambda q, c: Lines(gaps=True, widget=Numbered(area=True, labels=c.elements)),
    "parts": lambda q, c: Lines(gaps=True, widget=Numbered(area=True, labels=c.parts)),
}
