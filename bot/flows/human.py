"""To a person: which kind, then the queue. What was said so far goes with it."""

from datetime import datetime

from bot.dialogue.memory import consultations, recent, recent_profession, recent_words
from bot.dialogue.menu import ASK, STAFF
from bot.dialogue.turn import Context, OpenThread, State, Turn
from bot.dialogue.user_input import Said
from bot.flows.danger_check import SIGN
from bot.flows.facility_search.parsing import is_about_places
from bot.language.typed_replies import leaves_it_open, plain, typed_choice, wants_an_ear
from bot.triage.protocols.case import names_complaint
from core.db.tables import Profession, Urgency
from core.ja import fold
from core.messages import Answer, Call, Choices, Message, Tap

# Five large choices; the other professions are reached through them, by name, or where a worry suits them.
OFFERED = (
    Profession.NURSE,
    Profession.DOCTOR,
    Profession.PHARMACIST,
    Profession.MIDWIFE,
    Profession.COUNSELLOR,
)
# Characters; what is longer than a bare wish for a person also says why.
BARE_WISH = 16
# 「お医者さんで」 answers the question, whatever it was taken for.
BARE_NAME = 8
# 「先生にもらった薬」 names a doctor without asking for one.
ASKS_FOR_ONE = frozenset({"talk_to_human", ""})
ANSWERS_WHICH = ASKS_FOR_ONE | {"out_of_scope", "affirm", "emergency"}
# How residents name a profession, in folded form (core.ja.fold).
NAMED = {
    Profession.PUBLIC_HEALTH_NURSE: ("保健師",),
    Profession.DIETITIAN: ("栄養士",),
    Profession.MIDWIFE: ("助産師", "助産婦"),
    Profession.COUNSELLOR: ("かうんせら", "心理", "臨床心理"),
    Profession.PHARMACIST: ("薬剤師", "薬局の人", "薬の先生"),
    Profession.NURSE: ("看護師", "看護婦", "なーす", "かんごし", "かんごふ"),
    Profession.DOCTOR: ("医師", "医者", "お医者", "先生", "どくたー", "いしゃ"),
}
# What a wish for somebody is about, and whom that suits; folded.
SUITED = {
    Profession.PHARMACIST: ("薬", "くすり"),
    Profession.MIDWIFE: ("妊娠", "にんしん", "授乳", "母乳", "産後", "つわり"),
    Profession.DIETITIAN: ("栄養", "食事の", "献立"),
}
# Where the departments that a consultation ended with say more than that a nurse may help.
OF_DEPARTMENT = {
    "産婦人科": Profession.MIDWIFE,
    "産科": Profession.MIDWIFE,
    "精神科": Profession.COUNSELLOR,
    "心療内科": Profession.COUNSELLOR,
}


def named_profession(text: str) -> Profession | None:
    """Return the profession a resident asks for by name."""
    said = fold(text)
    return next((p for p, names in NAMED.items() if any(name in said for name in names)), None)


def suited_profession(state: State, words: str, ctx: Context) -> Profession | None:
    """Return whom the wish's own words, the last worry or the last consultation suit; the latest counts."""
    said = fold(words)
    named = next((p for p, names in SUITED.items() if any(name in said for name in names)), None)
    if named or wants_an_ear(words):
        return named or Profession.COUNSELLOR
    last, worry = recent(state, ctx.now), recent_profession(state, ctx.now)
    if worry and (not last or last["at"] <= state.memory["told"]["at"]):
        return worry
    if not last:
        return None
    departments = last.get("departments", ())
    return next((OF_DEPARTMENT[d] for d in departments if d in OF_DEPARTMENT), Profession.NURSE)


class Person:
    """Asks for the kind of person unless it was said, then opens the thread."""

    name = "person"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Open at once when a profession was tapped or named."""
        asked = State(self.name, ctx.instance, "which", {"complaint": said.text}, state.memory)
        if said.answer and said.answer.question == ASK:
            return self._chosen(asked, said.answer.value, said, ctx) or Turn(
                asked, self.ask_again(asked, ctx)
            )
        named = named_profession(said.text) if said.intent in ASKS_FOR_ONE else None
        if named:
            return self._hand_over(asked, named, said, ctx)
        suited = suited_profession(state, said.text, ctx)
        asked = asked.at("which", suited=suited.value if suited else "")
        return Turn(asked, self.ask_again(asked, ctx))

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take the chosen or typed profession; who leaves it open gets whom we would ask first."""
        value = said.answer.value if said.answer else ""
        if said.kind == "text":
            typed = typed_choice(said.text, self._options(state, ctx))
            parsed = Answer.parse(typed.data) if typed else None
            named = named_profession(said.text) if _answers_which(said) else None
            value = parsed.value if parsed else (named.value if named else "")
            if not value and leaves_it_open(said.text):
                value = state.data.get("suited") or Profession.NURSE
            elif named and not parsed:
                state = state.at("which", complaint="\n".join([state.data.get("complaint", ""), said.text]))
        return self._chosen(state, value, said, ctx)

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask which kind of person."""
        suited = state.data.get("suited")
        text = ctx.texts("talk.person.which")
        if suited:
            name = ctx.texts(f"handoff.profession.{suited}")
            text = ctx.texts("talk.person.which_suited", profession=name)
        call = Call(ctx.texts("talk.call_119"), "119")
        return (Choices(text=text, options=self._options(state, ctx), quick=(call,)),)

    def _options(self, state: State, ctx: Context) -> tuple[Tap, ...]:
        def option(profession: Profession) -> Tap:
            label = ctx.texts(f"talk.person.choice.{profession.value}")
            return Tap(label, Answer(self.name, state.instance, "which", profession.value).data(), label)

        suited = state.data.get("suited")
        first = (Profession(suited),) if suited else ()
        return tuple(option(p) for p in dict.fromkeys((*first, *OFFERED)))[: len(OFFERED)]

    def _chosen(self, state: State, value: str, said: Said, ctx: Context) -> Turn | None:
        if value == STAFF:
            return self._pass_on(state, ctx)
        if value not in set(Profession):
            return None
        return self._hand_over(state, Profession(value), said, ctx)

    def _hand_over(self, state: State, profession: Profession, said: Said, ctx: Context) -> Turn:
        complaint = _complaint(state, said, ctx)
        name = ctx.texts(f"handoff.profession.{profession.value}")
        action = OpenThread(
            words=ctx.texts("talk.person.opened", profession=name),
            profession=profession,
            urgency=_urgency(state, said, complaint, ctx),
            complaint=complaint,
        )
        return Turn(state.ended(), (), (action,))

    def _pass_on(self, state: State, ctx: Context) -> Turn:
        """Hand words about the service to the city's staff: nothing to assess, and nobody need hurry."""
        action = OpenThread(
            words=ctx.texts("talk.person.passed_on"),
            profession=Profession.PUBLIC_HEALTH_NURSE,
            urgency=Urgency.WHITE,
            complaint=recent_words(state, ctx.now),
            is_feedback=True,
        )
        return Turn(state.ended(), (), (action,))


def _answers_which(said: Said) -> bool:
    """Whether a profession that is named is the one asked for, and not part of another wish."""
    if said.intent in ANSWERS_WHICH:
        return True
    return len(plain(said.text)) <= BARE_NAME and not is_about_places(said.text)


def _urgency(state: State, said: Said, complaint: str, ctx: Context) -> Urgency:
    """Return the least that the words call for; what was found in the day before is added at the hand-over.

    What nobody has assessed is never below yellow, and orange with a sign or a cry for help.
    """
    found = consultations(state, ctx.now)
    assessed = {line for one in found if one["protocols"] for line in one["complaint"].splitlines()}
    words = "\n".join(line for line in complaint.splitlines() if line not in assessed)
    if said.intent == "emergency" or SIGN.search(fold(words)):
        return Urgency.ORANGE
    has_all_judged = bool(assessed) and not names_complaint(words, ctx.protocols)
    return Urgency.WHITE if has_all_judged else Urgency.YELLOW


def _complaint(state: State, said: Said, ctx: Context) -> str:
    """Return what it is about, line by line: what was told before, and what is told now; the telling part first."""
    before = _before(state, ctx.now)
    present = state.data.get("complaint") or said.text
    # 「看護師さんと話したい」 alone tells nothing; a longer wish says what it is about.
    parts = [present, *before] if len(plain(present)) > BARE_WISH else [*before, present]
    return "\n".join(dict.fromkeys(line for part in parts for line in part.splitlines() if line))


def _before(state: State, now: datetime) -> list[str]:
    found = [one["complaint"] for one in consultations(state, now)]
    return [*found, recent_words(state, now)]
