"""To a person: which kind, then the queue. What was said so far goes with it."""

from bot.conversation.memory import recent, recent_words
from bot.conversation.said import Said
from bot.conversation.turn import Context, OpenThread, State, Turn
from bot.conversation.wording import plain, typed_choice
from core.db.tables import Profession, Urgency
from core.ja import fold
from core.messages import Answer, Call, Choices, Message, Tap

# Five large choices; the other professions are reached through them or by name.
OFFERED = (
    Profession.NURSE,
    Profession.DOCTOR,
    Profession.PHARMACIST,
    Profession.MIDWIFE,
    Profession.COUNSELLOR,
)
# Characters; what is longer than a bare wish for a person also says why.
BARE_WISH = 16
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


def named_profession(text: str) -> Profession | None:
    """Return the profession a resident asks for by name."""
    said = fold(text)
    return next((p for p, names in NAMED.items() if any(name in said for name in names)), None)


class Person:
    """Asks for the kind of person unless it was said, then opens the thread."""

    name = "person"

    def start(self, state: State, said: Said, ctx: Context) -> Turn:
        """Open at once when a profession was named."""
        # 「先生にもらった薬」 names a doctor without asking for one.
        named = named_profession(said.text) if said.intent in {"talk_to_human", ""} else None
        if named:
            return self._hand_over(state, named, said, ctx)
        asked = State(self.name, ctx.instance, "which", {"complaint": said.text}, state.memory)
        return Turn(asked, (self._question(asked, ctx),))

    def resume(self, state: State, said: Said, ctx: Context) -> Turn | None:
        """Take the chosen or typed profession."""
        value = said.answer.value if said.answer else ""
        if said.kind == "text":
            typed = typed_choice(said.text, self._options(state, ctx))
            parsed = Answer.parse(typed.data) if typed else None
            named = named_profession(said.text)
            value = parsed.value if parsed else (named.value if named else "")
        if value not in set(Profession):
            return None
        return self._hand_over(state, Profession(value), said, ctx)

    def ask_again(self, state: State, ctx: Context) -> tuple[Message, ...]:
        """Ask which kind of person again."""
        return (self._question(state, ctx),)

    def _options(self, state: State, ctx: Context) -> tuple[Tap, ...]:
        def option(profession: Profession) -> Tap:
            label = ctx.texts(f"talk.person.choice.{profession.value}")
            return Tap(label, Answer(self.name, state.instance, "which", profession.value).data(), label)

        return tuple(option(p) for p in OFFERED)

    def _question(self, state: State, ctx: Context) -> Message:
        call = Call(ctx.texts("talk.call_119"), "119")
        return Choices(text=ctx.texts("talk.person.which"), options=self._options(state, ctx), quick=(call,))

    def _hand_over(self, state: State, profession: Profession, said: Said, ctx: Context) -> Turn:
        last = recent(state, ctx.now)
        name = ctx.texts(f"handoff.profession.{profession.value}")
        action = OpenThread(
            words=ctx.texts("talk.person.opened", profession=name),
            profession=profession,
            urgency=Urgency(last["urgency"]) if last else Urgency.GREEN,
            complaint=_complaint(state, said, ctx),
            findings=tuple((q, a) for q, a in last.get("findings", ())),
            advised=tuple(last.get("advised", ())),
        )
        return Turn(state.ended(), (), (action,))


def _complaint(state: State, said: Said, ctx: Context) -> str:
    """Return what it is about, line by line: what was told before, and what is told now; the telling part first."""
    before = [recent(state, ctx.now).get("complaint", ""), recent_words(state, ctx.now)]
    present = state.data.get("complaint") or said.text
    # 「看護師さんと話したい」 alone tells nothing; a longer wish says what it is about.
    parts = [present, *before] if len(plain(present)) > BARE_WISH else [*before, present]
    return "\n".join(dict.fromkeys(part for part in parts if part))
