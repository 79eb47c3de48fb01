"""Forms made from payloads: a verb's pydantic model becomes a Django form, and what is typed becomes its data again.

The model's JSON schema says what to ask (title, widget, default); `KINDS` says how each kind of item is asked.
Nothing is validated here that the verb validates itself; only what was chosen from a list is looked up, and that
what a person must judge was judged: nothing of that kind is preset.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from lianxin.ledger.acts import Payload, Upload

from . import fields, uploads
from .choices import Choices
from .faces import Asks
from .items import Item, items
from .known import no_more


class PayloadForm(forms.Form):
    """A form for one payload.  Build it with `form_for`."""

    use_required_attribute = False

    #: the name of the field that has the focus
    focus: str | None = None
    #: when the draft was kept that stands in the form, if one does
    restored_at: datetime | None = None

    def __init__(self, asked: tuple[Item, ...], fields: Mapping[str, forms.Field], *args: Any, **more: Any) -> None:
        self.asks: Asks = more.pop("asks", no_more)
        self.given: frozenset[str] = more.pop("given", frozenset())
        super().__init__(*args, **more)
        self.asked = asked
        # Not copied, as fields declared in a class would be: they are other forms' too, and never changed in place.
        self.fields.update(fields)

    def clean(self) -> dict[str, Any]:
        """What must be judged was judged.  What is known when the form opens needs no answer again."""
        for item in self.asked:
            unanswered = self.cleaned_data.get(item.name) is None and item.name not in self.errors
            if item.judged and unanswered and item.name not in self.given:
                self.add_error(item.name, item.unanswered)
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
        for item in self.asked:
            if item.kind == "caller":
                parts = {part: self.cleaned_data.get(f"caller_{part}", "") for part in ("name", "phone")}
                if any(parts.values()):
                    data[item.name] = parts
                continue
            value = self.cleaned_data.get(item.name)
            if value not in (None, "", [], (), fields.UNSAID):
                data[item.name] = value
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

    def spare(self, names: frozenset[str]) -> None:
        """Leave these fields out of the page; what was handed in all the same is the verb's to judge."""
        for name in names & self.fields.keys():
            del self.fields[name]

    def names(self, path: str) -> bool:
        """Whether something is complained of already about the field of a payload's path."""
        name, _, rest = path.partition(".")
        return (f"caller_{rest}" if name == "caller" else name) in self.errors

    def point_out(self) -> None:
        """The first field with a complaint gets the focus; without any, the first field."""
        wrong = next((name for name in self.fields if self.is_bound and name in self.errors), None)
        wrong = wrong or next(iter(self.fields), None)
        for name in {name for name in (self.focus, wrong) if name}:
            field = self.fields[name] = copy(self.fields[name])
            self._bound_fields_cache.pop(name, None)  # type: ignore[attr-defined]
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
    asked = items(model)
    made: dict[str, Any] = {}
    for item in asked:
        made |= fields.asked_by(model, item, choices)
    if files:
        made[uploads.NAME] = uploads.Files()
    start = {q.name: q.default for q in asked if not q.judged and q.default not in (None, "", [], ())}
    begin = {**start, **(initial or {})}
    form = PayloadForm(asked, made, data, sent, initial=begin, auto_id="f-%s", asks=asks, given=given)
    if data is None:
        form.point_out()
    return form
