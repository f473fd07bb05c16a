"""Find out what became of every message, from the database (with the residents' keys) and from the chats."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import KeyRing
from core.db.engine import Sessions
from core.db.tables import Conversation, EventOutcome, LineEvent, Outbox, Resident, Speaker, Utterance
from core.db.tables.outgoing import OPEN
from core.residents.keys import resident_key
from tests.harness.clinician import Mark, marks_in

GOOD = {EventOutcome.SERVED.value, EventOutcome.RELAYED.value}


@dataclass
class Verdict:
    """Figures to print and faults to fail on; `faults` says each in a sentence."""

    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def table(self) -> str:
        width = max(len(name) for name in self.figures)
        return "\n".join(f"  {name:<{width}}  {value}" for name, value in self.figures.items())

    def must(self, condition: object, fault: str) -> None:
        if not condition:
            self.faults.append(fault)


async def is_quiet(sessions: Sessions) -> bool:
    """Whether nothing waits to be served or sent."""
    async with sessions() as session:
        events = await session.scalar(
            select(func.count()).select_from(LineEvent).where(LineEvent.outcome.is_(None))
        )
        rows = await session.scalar(select(func.count()).select_from(Outbox).where(Outbox.status.in_(OPEN)))
    return not events and not rows


async def judge_events(session: AsyncSession, sent: Sequence[str], verdict: Verdict) -> None:
    """Every message sent is stored once and has a good outcome."""
    rows = (await session.scalars(select(LineEvent))).all()
    stored = Counter(row.webhook_event_id for row in rows)
    outcomes = {row.webhook_event_id: row.outcome for row in rows}
    lost = [event_id for event_id in sent if event_id not in stored]
    bad = Counter(outcomes.get(e) for e in sent if e in stored and outcomes[e] not in GOOD)
    waits = sorted(r.finished_at - r.received_at for r in rows if r.finished_at)
    verdict.figures |= {
        "messages sent": len(sent),
        "stored": sum(e in stored for e in sent),
        "outcomes": dict(Counter(outcomes.get(e) for e in sent)),
        "most attempts at one": max(row.attempts for row in rows),
        "marked late": sum(row.is_late for row in rows),
        "receipt to served": f"p95 {_seconds(waits, 0.95)} max {_seconds(waits, 1)} s",
    }
    verdict.must(not lost, f"{len(lost)} messages were never stored")
    verdict.must(not bad, f"outcomes that should not be: {dict(bad)}")
    verdict.must(max(stored.values()) == 1, "an event is stored twice")


async def judge_outbox(session: AsyncSession, verdict: Verdict) -> dict[Mark, Outbox]:
    """Every row has ended; returns the clinicians' rows by their marks."""
    keys = {talk: resident_key(verdict_ring(session), who) for talk, who in await _residents(session)}
    rows = (await session.scalars(select(Outbox).order_by(Outbox.position))).all()
    answers: dict[Mark, Outbox] = {}
    for row in rows:
        if row.speaker == Speaker.STAFF:
            for mark in marks_in(keys[row.conversation_id].open(row.body, "outbox").decode()):
                verdict.must(mark not in answers, f"an answer was stored twice: {mark}")
                answers[mark] = row
    waits = sorted(r.finished_at - r.created_at for r in rows if r.finished_at)
    verdict.figures |= {
        "outbox": dict(Counter(f"{row.speaker} {row.status}" for row in rows)),
        "possibly doubled rows": sum(row.possibly_doubled for row in rows),
        "decided to sent": f"p95 {_seconds(waits, 0.95)} max {_seconds(waits, 1)} s",
    }
    verdict.must(
        all(row.status == "sent" for row in answers.values()), "a clinician's answer has not been sent"
    )
    return answers


def judge_arrivals(
    chats: Mapping[int, Sequence[str]],
    given: Sequence[Mark],
    answers: Mapping[Mark, Outbox],
    verdict: Verdict,
) -> None:
    """Each answer stands in its resident's chat once (twice if that was foreseen), in the order given, in no other's.

    `chats`: resident -> texts received, in order. `given`: the answers as the clinicians gave them.
    """
    arrived = {who: [mark for text in texts for mark in marks_in(text)] for who, texts in chats.items()}
    crossed = [(who, mark) for who, marks in arrived.items() for mark in marks if mark[0] != who]
    counts = Counter(mark for marks in arrived.values() for mark in marks)
    missing = [mark for mark in given if not counts[mark]]
    doubled = [mark for mark, count in counts.items() if count > 1]
    unforeseen = [mark for mark in doubled if not answers[mark].possibly_doubled]
    for who, marks in arrived.items():
        expected = [mark for mark in given if mark[0] == who]
        verdict.must(
            list(dict.fromkeys(marks)) == expected, f"answers of resident {who} came in another order"
        )
    verdict.figures |= {
        "answers given": len(given),
        "answers arrived": len(counts),
        "arrived twice": len(doubled),
        "crossed": len(crossed),
    }
    verdict.must(not missing, f"{len(missing)} answers did not arrive")
    verdict.must(not unforeseen, f"{len(unforeseen)} answers arrived twice without a word")
    verdict.must(not crossed, f"another's words reached {crossed[:3]}")
    verdict.must(set(given) == set(answers), "answers given and answers stored differ")


async def judge_talks(
    session: AsyncSession, numbers: Mapping[str, int], written: Mapping[int, Sequence[int]], verdict: Verdict
) -> None:
    """The stored talk of each resident holds what they wrote, nothing of anybody else's, in its order.

    `numbers`: LINE user -> resident. `written`: resident -> numbers of marks in the order written. A message
    that LINE delivered after a later one is served on arrival and marked late.
    """
    late = 0
    for talk_id, resident in await _residents(session):
        who = numbers.get(resident.line_user_id)
        if who is None:
            continue
        key = resident_key(verdict_ring(session), resident)
        said = await session.scalars(
            select(Utterance)
            .where(Utterance.conversation_id == talk_id, Utterance.speaker == Speaker.RESIDENT.value)
            .order_by(Utterance.id)
        )
        marks = [
            (mark, u.is_late)
            for u in said
            if u.body
            for mark in marks_in(key.open(u.body, "utterance").decode())
        ]
        late += sum(is_late for _, is_late in marks)
        on_time = [number for (_, number), is_late in marks if not is_late]
        verdict.must(all(mark[0] == who for mark, _ in marks), f"another's words stand in the talk of {who}")
        verdict.must(on_time == sorted(on_time), f"the talk of {who} is out of order")
        stored = sorted(number for (_, number), _ in marks)
        verdict.must(stored == sorted(written.get(who, ())), f"the talk of {who} lacks or repeats words")
    verdict.figures["late in their talk"] = late


async def _residents(session: AsyncSession) -> list[tuple[Any, Resident]]:
    found = await session.execute(
        select(Conversation.id, Resident).join(Resident, Resident.id == Conversation.resident_id)
    )
    return [(talk, resident) for talk, resident in found]


def verdict_ring(session: AsyncSession) -> KeyRing:
    """Return the key ring that the judge's session carries."""
    ring: KeyRing = session.info["ring"]
    return ring


def _seconds(waits: Sequence[timedelta], part: float) -> str:
    return f"{waits[min(len(waits) - 1, int(len(waits) * part))].total_seconds():.1f}"
