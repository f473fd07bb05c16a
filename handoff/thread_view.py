"""Draw a thread for a clinician: what was said, where it stands, what she can do."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from core.console.deps import DEPS, VISITOR
from core.console.protocols import COMMANDS
from core.console.rendering import render_part, wording_of
from core.console.wording import Wording
from core.crypto import DataKey, KeyRing, Unreadable
from core.db.tables import Profession, Resident, Staff, Thread, ThreadOutcome, ThreadStatus
from core.errors import NotFound
from core.findings import FindingKind
from core.logging import get_logger
from core.residents.keys import open_json, resident_key
from handoff import store
from handoff.held_cards import held_cards
from handoff.model import Summary, answering_profession
from handoff.queue_view import seen_words, short_name
from handoff.service_clinician import ends_unanswered
from handoff.transcript import TranscriptLine, read_line

log = get_logger()

PAGE = 200  # utterances
MOST_LATER = 6  # of the resident's words since the thread was opened, in its summary
# The outcomes a clinician may choose; "withdrawn" is the resident's own.
NOT_CHOSEN = frozenset({ThreadOutcome.WITHDRAWN, ThreadOutcome.SETTLED})
OUTCOMES = tuple(o for o in ThreadOutcome if o not in NOT_CHOSEN)
# In the page's address: a closing was refused for unanswered words; the page shows them and the outcomes.
ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread read for one page; without `key` its words, and so its summary, cannot be opened."""

    thread: Thread
    key: DataKey | None
    summary: Summary | None
    version: int
    lines: Sequence[TranscriptLine]
    assignee: str
    # When the held emergency card is sent unless the clinician presses 対応中.
    card_due_at: datetime | None = None
    # The newest held card on the page: 「対応中」 drops only those the page has shown.
    last_card: int = 0
    # Whether the resident has not blocked the account.
    is_following: bool = True
    # Whether the page asks why unanswered words need no answer, and these words.
    is_ending: bool = False
    unanswered: Sequence[TranscriptLine] = ()
    # The last of what the resident has said since the thread was opened.
    later: Sequence[TranscriptLine] = ()


def asked_thread(request: web.Request) -> uuid.UUID:
    """Return the thread id from the address.

    Raises:
        NotFound: it is no id.
    """
    try:
        return uuid.UUID(request.match_info["thread_id"])
    except ValueError as exc:
        raise NotFound("no such thread") from exc


async def open_desk(
    session: AsyncSession,
    request: web.Request,
    thread_id: uuid.UUID,
    *,
    after: int = -1,
    also: Collection[int] = (),
    before_id: int | None = None,
) -> Opened:
    """Read a thread and what was said (changed after version `after`, or in `also`).

    Raises:
        NotFound: no such thread in the visitor's cities.
    """
    thread = await store.find_thread(session, thread_id, request[VISITOR].municipalities)
    resident = await store.resident_of(session, thread.conversation_id)
    key = key_of(request.app[DEPS].ring, resident)
    # Read the version first: a change between the two reads is read again next time, never skipped.
    version = await store.version_of(session, thread.conversation_id)
    lines = await read_lines(
        session, key, thread.conversation_id, after_version=after, also=also, before_id=before_id, limit=PAGE
    )
    assignee = await session.get(Staff, thread.assignee_id) if thread.assignee_id else None
    held = await held_cards(session, thread.conversation_id)
    is_ending = ENDING in request.query and thread.unanswered_since is not None
    return Opened(
        thread,
        key,
        _summary(key, thread),
        version,
        lines,
        assignee.display_name if assignee else "",
        card_due_at=min((timer.due_at for timer in held), default=None),
        last_card=held[-1].id if held else 0,
        is_following=resident.is_following,
        is_ending=is_ending,
        unanswered=await _unanswered(session, key, thread) if is_ending else (),
        later=await read_later(session, key, thread),
    )


async def open_summary(session: AsyncSession, request: web.Request, thread_id: uuid.UUID) -> Opened:
    """Read a thread with its summary, without what was said before.

    Raises:
        NotFound: no such thread in the visitor's cities.
    """
    thread = await store.find_thread(session, thread_id, request[VISITOR].municipalities)
    resident = await store.resident_of(session, thread.conversation_id)
    key = key_of(request.app[DEPS].ring, resident)
    assignee = await session.get(Staff, thread.assignee_id) if thread.assignee_id else None
    return Opened(
        thread,
        key,
        _summary(key, thread),
        await store.version_of(session, thread.conversation_id),
        (),
        assignee.display_name if assignee else "",
        is_following=resident.is_following,
        later=await read_later(session, key, thread),
    )


async def read_later(session: AsyncSession, key: DataKey | None, thread: Thread) -> Sequence[TranscriptLine]:
    """Read the last of what the resident has said since the thread was opened, newest first."""
    rows = await store.later_words(session, thread, MOST_LATER)
    return [read_line(key, *row) for row in reversed(rows)]


async def _unanswered(session: AsyncSession, key: DataKey | None, thread: Thread) -> Sequence[TranscriptLine]:
    return [read_line(key, *row) for row in await store.unanswered_words(session, thread.conversation_id)]


async def read_lines(
    session: AsyncSession,
    key: DataKey | None,
    conversation_id: uuid.UUID,
    **wanted: Any,  # noqa: ANN401 - what `store.utterances` takes
) -> list[TranscriptLine]:
    """Read what was said in a talk, oldest first."""
    rows = await store.utterances(session, conversation_id, **wanted)
    return [read_line(key, *row) for row in rows]


def key_of(ring: KeyRing, resident: Resident) -> DataKey | None:
    """Return the key to a resident's words; None when it cannot be opened."""
    try:
        return resident_key(ring, resident)
    except Unreadable:
        log.error("talk_unreadable", resident_id=str(resident.id))  # noqa: TRY400 - the trace says no more
        return None


def _summary(key: DataKey | None, thread: Thread) -> Summary | None:
    """Open a thread's summary; None when it cannot be opened."""
    if key is None:
        return None
    try:
        return Summary.from_json(open_json(key, thread.summary, "summary"))
    except Unreadable:
        return None


def draw_summary(request: web.Request, opened: Opened, t: Wording, *, is_print: bool = False) -> str:
    """Return the summary (SBAR) as HTML; for paper within the length of one sheet."""
    told = opened.summary.told if opened.summary else ()
    dangers = [finding.question for finding in told if finding.mark.kind is FindingKind.DANGER]
    return render_part(
        request.app,
        "handoff/summary.html",
        t,
        summary=opened.summary,
        thread=opened.thread,
        later=opened.later,
        danger_names=dict(zip(dangers, seen_words(t, dangers), strict=True)),
        is_print=is_print,
    )


def draw_line(request: web.Request, line: TranscriptLine, t: Wording) -> str:
    """Return one utterance as HTML."""
    return render_part(request.app, "handoff/line.html", t, line=line)


def draw_head(request: web.Request, opened: Opened, t: Wording) -> str:
    """Return the thread's status as HTML."""
    visitor = request[VISITOR]
    has_cities = len(visitor.municipalities) > 1
    return render_part(
        request.app,
        "handoff/head.html",
        t,
        thread=opened.thread,
        assignee=opened.assignee,
        is_mine=opened.thread.assignee_id == visitor.staff.id,
        summary=opened.summary,
        is_following=opened.is_following,
        card_due_at=opened.card_due_at,
        last_card=opened.last_card,
        csrf=visitor.csrf,
        name=short_name(opened.thread.conversation_id),
        city=request.app[DEPS].cities[opened.thread.municipality_id].name if has_cities else "",
    )


def draw_desk(request: web.Request, opened: Opened, t: Wording) -> str:
    """Return the visitor's possible actions as HTML."""
    visitor, thread = request[VISITOR], opened.thread
    is_mine = thread.assignee_id == visitor.staff.id and thread.status == ThreadStatus.CLAIMED.value
    return render_part(
        request.app,
        "handoff/desk.html",
        t,
        thread=thread,
        assignee=opened.assignee,
        is_mine=is_mine,
        answers_as=answering_profession(Profession(thread.profession), visitor.staff.professions),
        is_other_profession=thread.profession not in visitor.staff.professions,
        csrf=visitor.csrf,
        submission=uuid.uuid4().hex,
        outcomes=ends_unanswered(is_following=opened.is_following) if opened.is_ending else OUTCOMES,
        is_ending=opened.is_ending,
        unanswered=[draw_line(request, line, t) for line in opened.unanswered],
        version=opened.version,
        commands=[c for c in request.app[COMMANDS].values() if visitor.is_any(c.roles)] if is_mine else [],
    )


def draw_change(request: web.Request, opened: Opened) -> dict[str, Any]:
    """Return the change of a thread for the page's script.

    `{"version": of the talk, "lines": [{"id", "html", "speaker"}], "head", "summary", "state", "desk"}`;
    head, summary and desk are HTML. The script replaces the desk only when `state` differs, because a reply
    may be half written in it.
    """
    t = wording_of(request)
    return {
        "version": opened.version,
        "lines": [
            {"id": line.id, "html": draw_line(request, line, t), "speaker": line.speaker}
            for line in opened.lines
        ],
        "head": draw_head(request, opened, t),
        "summary": draw_summary(request, opened, t),
        "state": desk_state(opened),
        "desk": draw_desk(request, opened, t),
    }


def desk_state(opened: Opened) -> str:
    """Return what the possible actions depend on: `<status>:<assignee>`."""
    return f"{opened.thread.status}:{opened.thread.assignee_id}"
