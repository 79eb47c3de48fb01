"""Writing a story down: one step for each thing that somebody does, in the words of the ledger's verbs."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from lianxin.rules.chain import LINKS
from lianxin.rules.policy import find

from . import texts
from .hours import office_between
from .life import Life
from .source import Source, words
from .story import OWN, Attempt, Call, Petition, Round, Share, Story

#: Why a unit gives back what is another's.
NOT_DUTY = "not_duty"
#: What the caller is told, by how it ended; otherwise that it is done.
_TOLD = {"unsolved": "unsolved", "unreachable": "unreachable"}
BASES = ("duty_list", "duty_list", "duty_list", "law", "city_order")


class Ways(NamedTuple):
    """What differs by the rule book: whether heads of towns sign orders off, whether the caller is asked before the
    centre closes, whether an answer that only explains names its grounds, and how requests are classed."""

    sign_off: bool
    asked_first: bool
    grounds: bool
    #: how requests are classed; what is classed otherwise elsewhere is a complaint here
    classes: frozenset[str]


class Writer:
    """Writes stories as lives.  Each story has dice of its own."""

    def __init__(self, source: Source, seed: str) -> None:
        self.source, self.seed, pack = source, seed, find(source.raw["centre"]["pack"])
        signed_off, asked_first = any(t.kind == "sign_off" for t in pack.tasks), pack.closing.mode == "callback"
        self.ways = Ways(signed_off, asked_first, bool(pack.reply.explained), frozenset(pack.classes))

    def write(self, story: Story) -> Life:
        """The life of `story`; its number and that of its main order must be set."""
        return _Pen(self.source, story, Random(f"{self.seed}:{story.number}"), self.ways).write()


class _Pen:
    def __init__(self, source: Source, story: Story, random: Random, ways: Ways) -> None:
        self.source, self.story, self.random, self.ways = source, story, random, ways
        self.life = Life(story.number)
        self.asked = texts.request(random, story)
        self.explained = False

    def write(self) -> Life:
        story = self.story
        self._registered()
        getattr(self, f"_{story.end}")()
        if story.supplemented:
            text = self._one(words()["followup"]["supplement"])
            self.life.add(story.supplemented, "agent", "order.supplemented", text=text)
        for change in story.changes:
            self._changed(change.at, change.what, change.value)
        return self.life

    # --- before and instead of handling ------------------------------------------------------

    def _registered(self) -> None:
        story, asked = self.story, self.asked
        matter = story.matter
        assert matter is not None
        upper = story.source != OWN
        self.life.add(
            story.registered,
            "patrol" if story.channel == "patrol" else "agent",
            "order.registered",
            channel="upper" if upper else story.channel,
            source=story.source,
            cls=story.cls if story.cls in self.ways.classes else "complaint",
            category=story.first_path or matter.path,
            area=story.area,
            title=asked.title,
            text=asked.text,
            requests=list(asked.requests),
            caller=asked.caller,
            confidential=asked.confidential,
            address=story.place,
            urgency="urgent" if story.urgent else "normal",
            upstream_number=f"LY{story.registered:%y%m%d}{story.number:05d}" if upper else None,
            told=self._one(words()["told"]["registered" if story.end == "handled" else "asked"]),
        )

    def _after(self, low: int, high: int) -> datetime:
        return self.story.registered + timedelta(seconds=self.random.randrange(low, high))

    def _answered(self) -> None:
        told = texts.answer(self.random, self.story)
        self.life.add(self._after(60, 280), "agent", "order.answered", told=told)
        for part in self.story.rounds:
            # Answered on the line, yet opened again in November.
            self._round(part, 2)

    def _redirected(self) -> None:
        line = self.story.redirect
        assert line is not None
        payload = {name: line[name] for name in ("code", "target", "reason", "told")}
        self.life.add(self._after(60, 280), "agent", "order.redirected", **payload)

    def _merged(self) -> None:
        main = self.story.twin
        assert main is not None
        note = words()["followup"]["duplicate"]
        self.life.add(self._after(60, 280), "dispatcher", "order.merged", other=main.number, note=note)
        if self.story.told:
            self.life.add(self.story.told, "callback", "order.closed", result="solved", told=words()["told"]["merged"])

    def _withdrawn(self) -> None:
        story = self.story
        assert story.withdrawn is not None
        for part in story.rounds:
            self._dispatched(part)
        reason = self._one(words()["followup"]["withdraw"])
        self.life.add(story.withdrawn, "agent", "order.withdrawn", reason=reason, told=words()["told"]["withdrawn"])

    # --- handling -----------------------------------------------------------------------------

    def _handled(self) -> None:
        for turn, part in enumerate(self.story.rounds, 1):
            self._round(part, turn)

    def _round(self, part: Round, turn: int) -> None:
        self._dispatched(part)
        for share, heir in zip(part.shares, part.shares[1:], strict=False):
            if share.given_back:
                self._given_back(share, share.given_back, heir.unit)
        for share in part.shares:
            if share.run:
                self._run(share, turn)
            if share.opined:
                self._assisted(share)
        for call in part.calls:
            self._called_back(call, part.main.unit)

    def _dispatched(self, part: Round) -> None:
        first, basis = part.shares[0], self._basis()
        if part.opened == "order.rehandled":
            reason = self._one(words()["followup"]["rehandle"])
            self.life.add(first.at, "callback", "order.rehandled", reason=reason, unit=first.unit)
            return
        if part.opened == "order.reopened":
            reason = self._one(words()["followup"]["reopen"])
            self.life.add(first.at - timedelta(minutes=10), "supervisor", "order.reopened", reason=reason)
        together = [s for s in part.shares if s.at == first.at and not s.added]
        shares = [{"unit": share.unit, "role": share.role} for share in together]
        said = self._by_catalogue(first) if part.opened == "order.dispatched" else {}
        self.life.add(first.at, "dispatcher", "order.dispatched", shares=shares, **{"basis": basis} | said)
        for share in part.shares:
            if share.added:
                self.life.add(
                    share.at, "dispatcher", "share.added", unit=share.unit, role="assist", basis=self._basis()
                )

    def _by_catalogue(self, first: Share) -> dict[str, Any]:
        """Basis and item of the row by which it was sent; the units are the story's."""
        said = self.story.proposed or {}
        return {name: said[name] for name in ("basis", "basis_text", "item") if name in said}

    def _given_back(self, share: Share, petition: Petition, heir: str) -> None:
        w, named = words()["returns"], self.source.unit(heir).name
        reason = self._one(w["reason"]).format(unit=named)
        self.life.add(
            petition.filed,
            f"clerk@{share.unit}",
            "return.filed",
            return_reason=NOT_DUTY,
            reason=reason,
            legal_basis=self._one(w["basis"]),
        )
        self.life.add(
            petition.decided,
            "dispatcher",
            "return.decided",
            approved=True,
            next_unit=heir,
            basis="duty_list",
            reason=self._one(w["approved"]),
            of_unit=share.unit,
        )

    def _run(self, share: Share, turn: int) -> None:
        run, unit = share.run, share.unit
        assert run is not None
        self._signed_off(share, run.signed)
        self._unit(run.signed, unit, "share.signed")
        if run.refused_return:
            self._refused_return(unit, run.refused_return)
        if run.missed:
            missed = self._one(words()["contact"]["missed"])
            self._unit(run.missed, unit, "share.contacted", text=missed, reached=False)
        self._unit(run.contacted, unit, "share.contacted", text=self._said("contact", "reached"))
        for moment in run.progress:
            text = self._said("contact", "progress")
            self._unit(moment, unit, "share.progressed", text=text, on_site="现场" in text)
        if run.inner:
            self._unit(run.inner, unit, "inner.handled", text=self._one(words()["contact"]["inner"]))
        if run.extension:
            self._extension(unit, run.extension)
        done = max((run.contacted, *run.progress))
        reply = texts.reply(self.random, self.story, self.asked, done, turn)
        self.explained = reply.solve_code == "explained"
        for n, attempt in enumerate(run.attempts):
            self._attempt(unit, attempt, reply if n == 0 else reply.again())

    def _signed_off(self, share: Share, before: datetime) -> None:
        """In a town its head gives the order to whoever answers for it, before anybody works on it."""
        unit = share.unit
        if not self.ways.sign_off or share.role == "assist" or not self.source.unit(unit).town:
            return
        opinions = words()["sign_off"]["opinion"]
        self.life.add(
            office_between(Random(f"{unit}:{share.at}"), share.at, before) or before,
            f"principal@{unit}",
            "share.signed_off",
            of_unit=unit,
            opinion=opinions[self.story.number % len(opinions)],
            **{code: f"{link.roles[0]}@{unit}" for code, link in LINKS.items()},
        )

    def _refused_return(self, unit: str, petition: Petition) -> None:
        w, story = words()["returns"], self.story
        assert story.topic is not None
        other = self._one(self.source.neighbours(self.source.unit(unit), story.topic, story.area))
        reason = self._one(w["reason"]).format(unit=other.name)
        why = {"return_reason": NOT_DUTY, "reason": reason, "legal_basis": self._one(w["basis"])}
        self._unit(petition.filed, unit, "return.filed", **why)
        refused = self._one(w["refused"])
        self.life.add(petition.decided, "dispatcher", "return.decided", approved=False, reason=refused, of_unit=unit)

    def _extension(self, unit: str, petition: Petition) -> None:
        w, days = words()["returns"], self.random.choice((2, 3, 5))
        reason = self._said("returns", "extension")
        self._unit(petition.filed, unit, "extension.filed", workdays=days, reason=reason)
        self.life.add(
            petition.decided,
            "dispatcher",
            "extension.decided",
            approved=petition.granted,
            workdays=days if petition.granted else None,
            note=w["extended" if petition.granted else "not_extended"],
            of_unit=unit,
        )

    def _attempt(self, unit: str, attempt: Attempt, reply: texts.Reply) -> None:
        w = words()["audit"]
        self._unit(attempt.replied, unit, "share.replied", **reply.payload(), **self._grounds(reply))
        note = self._one(w["unit_refused"]) if attempt.refused else ""
        self.life.add(
            attempt.unit_audited,
            f"hotline_deputy@{unit}",
            "share.unit_audited",
            approved=not attempt.refused,
            note=note,
            of_unit=unit,
        )
        if attempt.verdict is None:
            return
        if attempt.passed:
            self.life.add(attempt.verdict, "auditor", "share.passed", of_unit=unit)
        else:
            defect, reason = self._one(w["sent_back"])
            back = {"defect": defect, "reason": reason, "of_unit": unit}
            self.life.add(attempt.verdict, "auditor", "share.sent_back", **back)

    def _grounds(self, reply: texts.Reply) -> dict[str, Any]:
        """By what an answer that only explains is borne out, where the rule book asks."""
        if reply.solve_code != "explained" or not self.ways.grounds:
            return {}
        said = words()["explained"][self.story.number % len(words()["explained"])]
        return {name: said[name] for name in ("explained_by", "basis", "face")}

    def _assisted(self, share: Share) -> None:
        assert share.signed is not None
        assert share.opined is not None
        self._unit(share.signed, share.unit, "share.signed")
        self._unit(share.opined, share.unit, "share.opined", text=self._said("contact", "opinion"))

    # --- afterwards ---------------------------------------------------------------------------

    def _called_back(self, call: Call, unit: str) -> None:
        layer = "district" if self.ways.asked_first else call.layer
        who = "system" if layer == "city" else "callback"
        for moment in call.tries:
            self.life.add(moment, who, "callback.tried", layer=layer, note="无人接听。")
        if not call.reached:
            self.life.add(call.at, who, "callback.recorded", layer=layer, of_unit=unit, reached=False)
            self._closed(call, call.closes)
            return
        good = self._one(("satisfied", "satisfied", "very_satisfied", "basically_satisfied"))
        content = "understood" if self.explained else "pleased" if call.process else "slow"
        self.life.add(
            call.at,
            who,
            "callback.recorded",
            layer=layer,
            of_unit=unit,
            process_grade=good if call.process else "dissatisfied",
            result_grade=good if call.result else "dissatisfied",
            solved=call.result,
            words=self._said("followup", content if call.result else "upset"),
        )
        if self.ways.asked_first:
            solved = "explained" if self.explained else "solved"
            self._closed(call, solved if call.result else call.closes)

    def _closed(self, call: Call, result: str) -> None:
        """Where the caller is asked first: a few minutes later, unless it goes round again."""
        if result:
            end, told = call.at + timedelta(minutes=3), words()["told"][_TOLD.get(result, "closed")]
            self.life.add(end, "callback", "order.closed", result=result, told=told)

    def _changed(self, at: datetime, what: str, value: Any) -> None:
        if what == "excluded":
            reason = self._said("followup", "excluded")
            self.life.add(at, "supervisor", "order.excluded", excluded=True, reason=reason)
        else:
            note = words()["corrected"][what]
            self.life.add(at, "dispatcher", "order.corrected", **{what: value}, note=note)

    def _unit(self, at: datetime, unit: str, verb: str, **payload: Any) -> None:
        self.life.add(at, f"clerk@{unit}", verb, of_unit=unit, **payload)

    def _said(self, part: str, key: str) -> str:
        """Some of the words that fit the order's matter."""
        return str(self._one(texts.fit(words()[part], key, self.story.matter)))

    def _basis(self) -> str:
        return str(self._one(BASES))

    def _one(self, lines: Any) -> Any:
        return self.random.choice(lines)
