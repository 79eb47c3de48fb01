"""Forms made from payloads: a verb's pydantic model becomes a Django form, and what is typed becomes its data again.

The model's JSON schema says what to ask (title, widget, default); `KINDS` says how each kind of question is asked.
Nothing is validated here that the verb validates itself; only what was chosen from a list is looked up, and that
what a person must judge was judged: nothing of that kind is preset.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from lianxin.orders.acts import Payload
from lianxin.orders.attachments import Upload

from . import fields, uploads
from .choices import Choices
from .faces import Asks
from .known import no_more

_HAN = re.compile(r"[一-鿿]")
#: The ledger fills these in; a form names the share in its address.
_FILLED_IN = frozenset({"share", "of_unit"})
_PLAIN_TITLES = {"note": "说明"}


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a payload as a form asks it."""

    name: str
    title: str
    kind: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def default(self) -> Any:
        return self.schema.get("default")

    @property
    def judged(self) -> bool:
        """Whether a person must judge it: then the payload's default, which serves importers, is no answer."""
        return self.kind in ("verdict", "choice", "layer", "return_reason") and (
            self.required or self.default is not None
        )

    @property
    def unanswered(self) -> str:
        """What is said where nothing was chosen.  A verdict is named by both its answers: its title may be one."""
        if self.kind == "verdict":
            return f"请选择“{self.schema['yes']}”或“{self.schema['no']}”"
        return f"请选择：{self.title}"


@lru_cache
def questions(model: type[Payload]) -> tuple[Question, ...]:
    """What to ask for a payload, in the order of its fields."""
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    found = (_question(name, outer, name in required) for name, outer in schema.get("properties", {}).items())
    return tuple(question for question in found if question is not None)


def _question(name: str, outer: Mapping[str, Any], required: bool) -> Question | None:
    inner: Mapping[str, Any] = next((kind for kind in outer.get("anyOf", ()) if kind.get("type") != "null"), {})
    merged = {**inner, **{key: value for key, value in outer.items() if key != "anyOf"}}
    # pydantic makes an English title out of the name where none was given.
    titles = (outer.get("title", ""), inner.get("title", ""), _PLAIN_TITLES.get(name, ""))
    title = next((text for text in titles if _HAN.search(text)), name)
    kind = merged.get("widget") or _kind(merged)
    if kind == "none" or (name in _FILLED_IN and "widget" not in merged):
        return None
    return Question(name, title, kind, merged, required)


def _kind(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "moment"
    return {"integer": "number", "boolean": "flag"}.get(schema.get("type", ""), "line")


class PayloadForm(forms.Form):
    """A form for one payload.  Build it with `form_for`."""

    use_required_attribute = False

    #: the name of the field that has the focus
    focus: str | None = None
    #: when the draft was kept that stands in the form, if one does
    restored_at: datetime | None = None

    def __init__(self, asked: tuple[Question, ...], fields: Mapping[str, forms.Field], *args: Any, **more: Any) -> None:
        self.asks: Asks = more.pop("asks", no_more)
        self.given: frozenset[str] = more.pop("given", frozenset())
        super().__init__(*args, **more)
        self.asked = asked
        # Not copied, as fields declared in a class would be: they are other forms' too, and never changed in place.
        self.fields.update(fields)

    def clean(self) -> dict[str, Any]:
        """What must be judged was judged.  What is known when the form opens needs no answer again."""
        for question in self.asked:
            unanswered = self.cleaned_data.get(question.name) is None and question.name not in self.errors
            if question.judged and unanswered and question.name not in self.given:
                self.add_error(question.name, question.unanswered)
        for name, sentence in self.asks(self.cleaned_data).items():
            self.add_error(name, sentence)
        return self.cleaned_data

    def typed(self, blank: PayloadForm) -> bool:
        """Whether anything was typed or chosen that the form did not say when it opened (`blank`)."""
        fields = {name: field for name, field in self.fields.items() if name != uploads.NAME}
        return any(
            field.has_changed(blank.initial.get(name), field.widget.value_from_datadict(self.data, self.files, name))
            for name, field in fields.items()
        )

    def restored(self, at: datetime) -> PayloadForm:
        """The same form, shown as the draft of `at`: what was typed stands there, and nothing is complained of yet."""
        self._errors = ErrorDict()
        self.restored_at = at
        return self

    def payload(self) -> dict[str, Any]:
        """What was typed, as the payload's data; what was left empty is left out."""
        data: dict[str, Any] = {}
        for question in self.asked:
            if question.kind == "caller":
                parts = {part: self.cleaned_data.get(f"caller_{part}", "") for part in ("name", "phone")}
                if any(parts.values()):
                    data[question.name] = parts
                continue
            value = self.cleaned_data.get(question.name)
            if value not in (None, "", [], (), fields.UNSAID):
                data[question.name] = value
        return data

    def handed_in(self) -> tuple[Upload, ...]:
        """The files that were handed in, where the form asks for any."""
        return tuple(self.cleaned_data.get(uploads.NAME, ()))

    def blame(self, problems: Mapping[str, str]) -> None:
        """Put the sentences of a refusal beside their fields; what has no field here stands above the form."""
        for path, sentence in problems.items():
            name, _, rest = path.partition(".")
            if name == "caller" and rest in ("name", "phone"):
                name = f"caller_{rest}"
            elif rest and rest.split(".")[0].isdigit():
                sentence = f"第 {int(rest.split('.')[0]) + 1} 项：{sentence}"
            self.add_error(name if name in self.fields else None, sentence)
        self.point_out()

    def names(self, path: str) -> bool:
        """Whether something is complained of already about the field of a payload's path."""
        name, _, rest = path.partition(".")
        return (f"caller_{rest}" if name == "caller" else name) in self.errors

    def point_out(self) -> None:
        """The first field with a complaint gets the focus; without any, the first field."""
        wrong = next((name for name in self.fields if self.is_bound and name in self.errors), None)
        wrong = wrong or next(iter(self.fields), None)
        for name in {self.focus, wrong} - {None}:
            field = self.fields[name] = copy(self.fields[name])
            self._bound_fields_cache.pop(name, None)
            field.widget = copy(field.widget)
            field.widget.attrs = {**field.widget.attrs, "autofocus": name == wrong}
        self.focus = wrong


def form_for(
    model: type[Payload],
    choices: Choices,
    data: Any = None,
    sent: Any = None,
    *,
    initial: Mapping[str, Any] | None = None,
    files: bool = False,
    asks: Asks = no_more,
    given: frozenset[str] = frozenset(),
) -> PayloadForm:
    """A form that asks for `model`, and for `files`; bound to `data` (a QueryDict) and the files `sent` if given."""
    asked = questions(model)
    made: dict[str, Any] = {}
    for question in asked:
        made |= fields.asked_by(model, question, choices)
    if files:
        made[uploads.NAME] = uploads.Files()
    start = {q.name: q.default for q in asked if not q.judged and q.default not in (None, "", [], ())}
    begin = {**start, **(initial or {})}
    form = PayloadForm(asked, made, data, sent, initial=begin, auto_id="f-%s", asks=asks, given=given)
    if data is None:
        form.point_out()
    return form
