"""The verb of a step: what its payload says goes into the columns, words, deadline and abouts of the proceeding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import Field, create_model

from lianxin.ledger import verbs
from lianxin.ledger.acts import Payload, Private, private_fields
from lianxin.ledger.deed import require
from lianxin.ledger.fields import widget
from lianxin.ledger.verbs import Follow

from . import abouts, drawing
from .book import PROCEEDINGS
from .deed import Deed
from .kinds import Kind, Step
from .models import COLUMNS
from .papers import Line

#: Columns that hold an id: the payload's field has the name without `_id`.
_KEYS = frozenset({"unit", "category", "area"})
#: The document as it was drawn up: filled in by the ledger.
_PAPER: Any = (
    Annotated[tuple[Line, ...], Private],
    Field((), json_schema_extra=widget("none")),
)


class StepVerb(verbs.Verb[Any, Deed[Any]]):
    """A step of a kind of proceedings."""

    book = PROCEEDINGS
    kind: ClassVar[Kind]
    step: ClassVar[Step]

    def resolve(self, deed: Deed[Any]) -> Any:
        for filled in (abouts.resolved, self.step.fills, self._drawn_up):
            if more := filled(deed):
                deed.payload = deed.payload.model_copy(update=more)
        return deed.payload

    def _drawn_up(self, deed: Deed[Any]) -> dict[str, Any]:
        paper = self.step.paper
        return {"paper": drawing.drawn_up(deed, self.kind, paper)} if paper is not None else {}

    def check(self, deed: Deed[Any]) -> None:
        abouts.check(deed)
        due, unit = getattr(deed.payload, "due", None), getattr(deed.payload, "unit", None)
        require(due is None or due > deed.at, "due", "时限应晚于现在")
        line = deed.directory.units.get(unit) if unit is not None else None
        require(unit is None or (line is not None and line.active), "unit", "该单位已停用，请从列表中选择")
        self.step.check(deed)

    def effect(self, deed: Deed[Any]) -> None:
        root, payload = deed.proceeding, deed.payload
        if self.step.opens:
            root.kind = self.kind.code
        for name in COLUMNS:
            value = getattr(payload, name, None)
            if value is not None:
                setattr(root, f"{name}_id" if name in _KEYS else name, value)
        said = {name: getattr(payload, name, "") for name in ("title", "text")}
        if any(said.values()) and self.step.opens:
            words = deed.docket.words()
            words.title, words.text = said["title"], said["text"]
        abouts.speak(deed)

    def follows(self, deed: Deed[Any]) -> Iterator[Follow]:
        yield from self.step.follows(deed)
        yield from self.kind.follows(deed)
        if self.step.paper is not None:
            yield from drawing.quoted(deed)

    def concerns(self, deed: Deed[Any]) -> Iterator[int | None]:
        yield from abouts.called(deed)
        if self.step.reminds:
            yield deed.proceeding.owner_person_id
        if not deed.docket.is_open:
            # Nobody answers for it any more: whoever did, and the unit that it is about, hear how it ended.
            yield deed.proceeding.owner_person_id
            yield from abouts.clerks(deed, deed.proceeding.unit_id)

    def tell(self, payload: Any) -> tuple[str, str]:
        """Its words, a line each, named by their titles."""
        model: type[Payload] = type(payload)
        fields = model.model_fields
        said = [(fields[name].title, getattr(payload, name)) for name in _words(model)]
        return self.step.title, "\n".join(f"{title}：{text}" if title else str(text) for title, text in said if text)


@cache
def _words(model: type[Payload]) -> tuple[str, ...]:
    """The private texts of a payload, but for the document."""
    return tuple(name for name in private_fields(model) if name != "paper")


def verb_of(kind: Kind, step: Step) -> None:
    """Register the verb of a step with the door."""
    payload = step.payload
    if step.paper is not None:
        payload = create_model(f"{payload.__name__}WithPaper", __base__=payload, __module__=__name__, paper=_PAPER)
    verbs.verb(
        type(
            f"{kind.code}_{step.code}",
            (StepVerb,),
            {
                "__doc__": f"{kind.title}: {step.title}.",
                "__module__": __name__,
                "action": kind.action(step),
                "payload": payload,
                "version": step.version,
                "opens": step.opens,
                "decides": step.decides,
                "quiet": step.by_itself and not step.tells,
                "kind": kind,
                "step": step,
            },
        )
    )
