"""A symptom is told: whom it is about, the questions of its protocols one by one, then the urgency card."""

from collections.abc import Mapping
from typing import Any

from bot.conversation.flows import asked
from bot.conversation.flows.menu import wish
from bot.conversation.flows.safety import SafetyQuestion
from bot.conversation.memory import consulted
from bot.conversation.said import Said
from bot.conversation.turn import Context, OpenThread, State, Turn
from bot.conversation.wording import asks_to_go_back, typed_choice
from bot.triage.answering import affirms, has_some
from bot.triage.asking import YES, Question, least_end, level_of, names_item, next_question
from bot.triage.card import Onward, urgency_card
from bot.triage.choosing import Case, complaints_in, is_small_talk, is_vague, names_complaint, open_case
from bot.triage.facts import Facts, audience_of
from bot.triage.levels import exceeds, more_urgent
from bot.triage.person import present_ages, read_person, stated_age
from bot.triage.result import Result
from bot.triage.words import folded_lines, shortened
from core.db.tables import Profession, Urgency
from core.findings import Finding
from core.messages import Answer, Message, Text, plain_text

# What may be meant by words in answer to 「どのような具合ですか」.
TELLING = frozenset({"consult_symptom", "emergency"})
UNSURE = frozenset({"", "out_of_scope"})
# Wishes that name symptoms in passing: 「頭痛に効く薬を買いたい」.
OTHER_WISHES = frozenset(
    {
        "buy_medicine",
        "find_facility",
        "talk_to_human",
        "ask_city_notice",
        "ask_how_to_use",
        "feedback",
        "cancel",
    }
)


class Consultation:
    """Asks what the protocols ask. What has no table of its own is never judged by another's."""

    name = "consultation"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Begin with the complaint, or ask for it."""
        # Whom it is about may be known beforehand (`helpo triage run --age`); else the words tell, or a question.
        known = state.memory.get("person", {})
        opened = State(self.name, ctx.instance, "what", {"person": known} if known else {}, state.memory)
        if said.kind != "text":
            return Turn(opened, self.ask_again(opened, ctx))
        if is_vague(said.text, ctx.protocols) and said.intent != "emergency":
            opened = opened.at("what", complaint=said.text)
            return Turn(opened, self.ask_again(opened, ctx))
        return self._begin(opened, said, ctx)

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take an answer to the open question; further words about the symptom count as told."""
        if said.kind not in {"text", "postback"}:
            return None
        if state.step == "what":
            if said.kind != "text" or not self._is_complaint(state, said, ctx):
                return None
            return self._begin(state, said, ctx)
        if said.kind == "text" and self._needs_who(state, ctx) and asked.is_number_only(said.text):
            word = Text(text=ctx.texts("talk.consultation.which_number"))
            return Turn(state, (word, *self.ask_again(state, ctx)))
        answer = said.answer or self._typed(state, said, ctx)
        if answer is not None:
            return self._answered(state, answer, ctx)
        if said.kind != "text" or not self._tells(state, said, ctx):
            return None
        turn = self._next(self._told(state, said, ctx), ctx)
        again = Text(text=ctx.texts("talk.consultation.again"))
        return (
            Turn(turn.state, (again, *turn.replies), turn.actions, turn.urgent) if turn.state.flow else turn
        )

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask the open question."""
        if state.step == "what":
            return (Text(text=ctx.texts("talk.consultation.what"), quick=(wish("person", ctx),)),)
        if self._needs_who(state, ctx):
            return (asked.who_question(state.instance, ctx),)
        step = self._step(state, ctx)
        return (self._ask(state, step, ctx),) if isinstance(step, Question) else ()

    def leaving(self, state: State, ctx: Context) -> Mapping[str, Any]:
        """What a person should know of a consultation that was left half-way: nobody has judged it yet."""
        if not state.data.get("complaint"):
            return {}
        case, answers = self._case(state, ctx), state.data.get("answers", {})
        level = Urgency.YELLOW
        findings: tuple[Finding, ...] = ()
        if case.tables:
            level = more_urgent(level, self._floor(state), least_end(case, answers))
            findings = asked.findings_so_far(case, answers)
        return consulted(state.data["complaint"], level, ctx.now, findings, who=case.facts.who)

    # What was told

    def _begin(self, state: State, said: Said, ctx: Context) -> Turn:
        told = self._told(state, said, ctx)
        if not ctx.runs_drafts and any(t.status == "draft" for t in self._case(told, ctx).tables):
            # Signed or silent: the first check and a person stand in for what nobody has reviewed.
            return SafetyQuestion().start(state, said, ctx)
        return self._next(told, ctx)

    def _told(self, state: State, said: Said, ctx: Context) -> State:
        """Return the state with more words of the complaint; the level reached before stays."""
        before = state.data.get("complaint", "")
        floor = self._reached(state, said, ctx) if before and state.step == "asking" else self._floor(state)
        told = state.at(
            "asking",
            complaint="\n".join(filter(None, [before, said.text])),
            answers=state.data.get("answers", {}),
            floor=floor.value,
            person=self._aged(state, said, state.data.get("person", {}), ctx),
        )
        told = self._kept(told, ctx)
        case = self._case(told, ctx)
        if before and state.step == "asking" and self._contradicts(told, said, case):
            return told.at("asking", asks_who=True)
        if told.data.get("asks_who") and not case.needs_who and case.facts != self._case(state, ctx).facts:
            # 「ほかの人のことです」, then 「8歳です」: that is the answer.
            told = told.at("asking", asks_who=False)
        if case.needs_who and (hint := asked.hinted(said)):
            return told.at("asking", person={**hint, **told.data["person"]})
        if case.is_unassessed and said.intent == "emergency":
            return told.at("asking", floor=more_urgent(floor, Urgency.ORANGE).value)
        return told

    def _kept(self, told: State, ctx: Context) -> State:
        """Return the state with as much of a long story as is kept; what the rest says of the person and the level stays."""
        words = shortened(told.data["complaint"])
        if words == told.data["complaint"]:
            return told
        case = self._case(told, ctx)
        level = more_urgent(
            self._floor(told), level_of(case, told.data["answers"]) if case.tables else Urgency.WHITE
        )
        person = {} if case.facts.is_assumed else case.facts.to_json()
        return told.at("asking", complaint=words, floor=level.value, person={**told.data["person"], **person})

    def _contradicts(self, told: State, said: Said, case: Case) -> bool:
        """Whether new words are of another group of ages than the one that was tapped, and their age does not decide."""
        known = told.data["person"]
        chosen = known.get("audience") or audience_of(known.get("months"))
        if not chosen or told.data.get("is_sure") or self._is_red(told, case):
            return False
        person = read_person(said.text)
        named = {audience_of(months) for months in present_ages(said.text)}
        if person.audience and not person.is_assumed:
            named.add(person.audience)
        return bool(named - {case.facts.audience})

    def _is_red(self, state: State, case: Case) -> bool:
        level = level_of(case, state.data["answers"]) if case.tables else Urgency.WHITE
        return more_urgent(self._floor(state), level) is Urgency.RED

    def _reached(self, state: State, said: Said, ctx: Context) -> Urgency:
        """Return the level so far; what is on the open list, or a yes with a new symptom, is a yes to it."""
        case, answers = self._case(state, ctx), dict(state.data["answers"])
        if not case.tables:
            return self._floor(state)
        step = self._step(state, ctx)
        words = folded_lines(said.text)
        is_new = affirms(said.text) and bool(set(complaints_in(words, ctx.protocols)) - set(case.complaints))
        if isinstance(step, Question) and (is_new or names_item(case, answers, step.id, words)):
            answers[step.id] = YES
        return more_urgent(self._floor(state), level_of(case, answers))

    def _aged(self, state: State, said: Said, known: dict[str, Any], ctx: Context) -> dict[str, Any]:
        """A bare number in answer to 「どなたのことですか」 is an age."""
        is_asked = state.step == "asking" and self._needs_who(state, ctx)
        months = stated_age(said.text) if is_asked else None
        return known if months is None else {**known, "months": months}

    def _is_complaint(self, state: State, said: Said, ctx: Context) -> bool:
        """Whether words answer how somebody is; thanks, prices and places do not."""
        if said.intent in OTHER_WISHES:
            return self._level_with(state, said, ctx) in {Urgency.RED, Urgency.ORANGE} and names_complaint(
                said.text, ctx.protocols
            )
        if said.intent in TELLING or names_complaint(said.text, ctx.protocols):
            return True
        return said.intent in UNSURE and not is_small_talk(said.text)

    def _tells(self, state: State, said: Said, ctx: Context) -> bool:
        """Whether words in mid-question tell more of the complaint, or of whom it is about."""
        before = self._case(state, ctx)
        told = self._told(state, said, ctx)
        after = self._case(told, ctx)
        if not before.tables:
            return bool(after.tables) or said.intent in TELLING or names_complaint(said.text, ctx.protocols)
        answers = state.data["answers"]
        level = more_urgent(self._floor(told), after.least, level_of(after, answers))
        if exceeds(level, more_urgent(self._floor(state), before.least, level_of(before, answers))):
            return True
        if said.intent in OTHER_WISHES:
            return False
        is_more = names_complaint(said.text, ctx.protocols) or after.facts != before.facts
        is_unclear = bool(told.data.get("asks_who"))
        return is_more or is_unclear or said.intent in TELLING

    def _level_with(self, state: State, said: Said, ctx: Context) -> Urgency:
        case = self._case(self._told(state, said, ctx), ctx)
        step = next_question(case, {}) if case.tables else None
        by_itself = [table.all_negative for table in case.tables]
        return (
            step.urgency if isinstance(step, Result) else more_urgent(Urgency.WHITE, case.least, *by_itself)
        )

    # Answers

    def _typed(self, state: State, said: Said, ctx: Context) -> Answer | None:
        """Read what was typed instead of tapped."""
        if len(said.text) > asked.LONGEST_TYPED:
            return None
        if asks_to_go_back(said.text):
            return Answer(self.name, state.instance, "", asked.BACK)
        if self._needs_who(state, ctx):
            typed = typed_choice(said.text, asked.who_options(state.instance, ctx))
            return Answer.parse(typed.data) if typed else None
        step = self._step(state, ctx)
        if not isinstance(step, Question):
            return None
        typed = typed_choice(said.text, asked.options(state.instance, step))
        if typed is None and has_some(said.text):
            return Answer(self.name, state.instance, step.id, YES)
        return Answer.parse(typed.data) if typed else None

    def _answered(self, state: State, answer: Answer, ctx: Context) -> Turn | None:
        if answer.value == asked.BACK:
            return self._back(state, ctx)
        if self._needs_who(state, ctx):
            return self._chosen(state, answer, ctx) if answer.question == asked.WHO else None
        step = self._step(state, ctx)
        if not isinstance(step, Question) or answer.question != step.id:
            return None
        if answer.value == asked.NOT_ME:
            return self._next(state.at("asking", asks_who=True), ctx)
        if answer.value not in {o.value for o in step.options}:
            return None
        return self._next(state.at("asking", answers={**state.data["answers"], step.id: answer.value}), ctx)

    def _chosen(self, state: State, answer: Answer, ctx: Context) -> Turn | None:
        person = asked.CHOSEN.get(answer.value)
        if person is None:
            return None
        known = {k: v for k, v in state.data["person"].items() if k != "audience"}
        if audience_of(known.get("months")) not in {"", person["audience"]}:
            known.pop("months")
        is_sure = bool(state.data.get("asks_who"))  # asked again: whatever else was named was in passing
        chosen = state.at("asking", person={**known, **person}, asks_who=False, is_sure=is_sure)
        return self._next(chosen, ctx)

    def _back(self, state: State, ctx: Context) -> Turn | None:
        answers = dict(state.data["answers"])
        if not answers:
            return None
        floor = more_urgent(self._floor(state), level_of(self._case(state, ctx), answers))
        answers.popitem()  # in the order in which they were given
        return self._next(state.at("asking", answers=answers, floor=floor.value), ctx)

    # Where it stands

    def _case(self, state: State, ctx: Context) -> Case:
        known = Facts.from_json(state.data.get("person", {}))
        return open_case(state.data.get("complaint", ""), known, ctx.protocols)

    def _floor(self, state: State) -> Urgency:
        return Urgency(state.data.get("floor", Urgency.WHITE.value))

    def _needs_who(self, state: State, ctx: Context) -> bool:
        return bool(state.data.get("asks_who")) or self._case(state, ctx).needs_who

    def _step(self, state: State, ctx: Context) -> Question | Result:
        return next_question(self._case(state, ctx), state.data["answers"], self._floor(state))

    def _next(self, state: State, ctx: Context) -> Turn:
        if self._needs_who(state, ctx):
            return Turn(state, (asked.who_question(state.instance, ctx),))
        step = self._step(state, ctx)
        if isinstance(step, Question):
            return Turn(state, (self._ask(state, step, ctx),))
        return self._finish(state, step, ctx)

    def _ask(self, state: State, question: Question, ctx: Context) -> Message:
        return asked.question_message(
            state.instance, question, self._case(state, ctx), state.data["answers"], self._floor(state), ctx
        )

    def _finish(self, state: State, result: Result, ctx: Context) -> Turn:
        onward = Onward(*(wish(w, ctx) for w in ("facility", "person", "shop")))
        card = urgency_card(result, ctx.city, ctx.texts, ctx.now, onward)
        complaint, who = state.data["complaint"], result.case.facts.who
        advised = (plain_text(card),)
        remembered = consulted(
            complaint,
            result.urgency,
            ctx.now,
            result.findings,
            advised,
            who=who,
            protocols=result.protocols,
            departments=result.departments,
        )
        ended = state.ended(**remembered)
        if result.urgency is Urgency.RED:
            return Turn(ended, urgent=(card,))
        if not result.needs_nurse:
            return Turn(ended, (card,))
        action = OpenThread(
            words=ctx.texts("talk.consultation.nurse"),
            profession=Profession.NURSE,
            urgency=result.urgency,
            complaint=complaint,
            findings=result.findings,
            advised=advised,
            who=who,
            protocols=result.protocols,
        )
        return Turn(ended, (card,), (action,))
