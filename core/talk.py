"""Change a talk under its lock: the one way to change what was said, who speaks, and what is to be said.

A writer holds the talk's conversation row `FOR NO KEY UPDATE` (a webhook may still insert events that refer
to it) until the commit.
"""

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.crypto import DataKey, KeyRing
from core.db.driver import FixedStatement, StoredAs, begun
from core.db.engine import announce, retract
from core.db.tables import Conversation, Lane, Outbox, Owner, Resident, Speaker, Thread, Utterance
from core.errors import NotFound
from core.live import WAKE_TALK, live_channel
from core.messages import Message, dump
from core.residents.keys import open_json, resident_key, seal_json

_CONVERSATION = StoredAs(Conversation, "c")
_RESIDENT = StoredAs(Resident, "r")
LOCK = FixedStatement(
    """
    select c.*, r.*
    from conversation c join resident r on r.id = c.resident_id
    where c.id = %(conversation_id)s
    for no key update of c
    """,
    _CONVERSATION,
    _RESIDENT,
)


class Talk:
    """A locked conversation; the key to its words is opened at first use."""

    def __init__(
        self, session: AsyncSession, conversation: Conversation, resident: Resident, ring: KeyRing
    ) -> None:
        self.session = session
        self.conversation = conversation
        self.resident = resident
        self._ring = ring
        self._key: DataKey | None = None
        # The open thread, locked with the talk, once somebody has looked for it (`handoff.service_resident.thread_of`).
        self.thread: Thread | None = None
        self.is_thread_known = False
        # What was queued while the lock is held, in order.
        self.said: list[tuple[Outbox, Sequence[Message]]] = []
        # The version of the talk that live pages will be told of.
        self._told = ""

    @property
    def key(self) -> DataKey:
        """The resident's key.

        Raises:
            Unreadable: it was destroyed, or its wrapping key is no longer configured.
        """
        if self._key is None:
            self._key = resident_key(self._ring, self.resident)
        return self._key

    @property
    def state(self) -> dict[str, Any]:
        """The state of the talk as stored JSON; empty when there is nothing to keep.

        Shape: that of `bot.dialogue.state.State.to_json`: `{"flow", "instance", "step", "data", "memory"}`,
        each optional.
        """
        sealed = self.conversation.state
        value: dict[str, Any] = open_json(self.key, sealed, "state") if sealed else {}
        return value

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        self.conversation.state = seal_json(self.key, value, "state") if value else None

    def know_thread(self, thread: Thread | None) -> None:
        """Remember the open thread for as long as the lock is held; None when there is none."""
        self.thread, self.is_thread_known = thread, True

    def touch(self) -> int:
        """Raise the talk's version and return it; pages that follow the talk are told after the commit."""
        channel = live_channel(self.conversation.municipality_id)
        # Pages fetch all that is newer than theirs: the last version of a transaction tells everything.
        retract(self.session, channel, self._told)
        self.conversation.version += 1
        self._told = json.dumps({"talk": str(self.conversation.id), "version": self.conversation.version})
        announce(self.session, channel, self._told)
        return self.conversation.version

    def record(
        self,
        speaker: Speaker,
        kind: str,
        body: dict[str, Any] | None,
        said_at: datetime,
        **columns: Any,  # noqa: ANN401 - further columns of Utterance
    ) -> Utterance:
        """Store one thing said; without `body` its words are those of the outbox row it names.

        `body` is JSON by `kind` (see `Utterance`), `columns` are further columns of `Utterance`.
        """
        # The same columns in every row let SQLAlchemy write neighbouring rows in one statement.
        columns.setdefault("is_late", False)
        columns.setdefault("quoted_id", None)
        utterance = Utterance(
            municipality_id=self.conversation.municipality_id,
            conversation_id=self.conversation.id,
            version=self.touch(),
            speaker=speaker.value,
            kind=kind,
            body=None if body is None else seal_json(self.key, body, "utterance"),
            said_at=said_at,
            **columns,
        )
        self.session.add(utterance)
        return utterance

    def words(self, utterance: Utterance, sent: Outbox | None = None) -> dict[str, Any]:
        """Return the body of an utterance, as `open_words`. `sent` is the outbox row that it names."""
        return open_words(self.key, utterance, sent)

    def say(
        self,
        messages: Sequence[Message],
        now: datetime,
        *,
        speaker: Speaker = Speaker.BOT,
        lane: Lane = Lane.TALK,
        must_arrive: bool = True,
        staff_id: uuid.UUID | None = None,
    ) -> Outbox:
        """Queue one to five messages to the resident and record them in the talk.

        A bot's row counts only under the present owner: when a person takes over before it is sent, it is
        withdrawn. Without `must_arrive` (a courtesy: thanks, a greeting) it is not sent again when it is not
        known to have arrived.
        """
        row = Outbox(
            id=uuid.uuid4(),
            municipality_id=self.conversation.municipality_id,
            conversation_id=self.conversation.id,
            lane=lane.value,
            speaker=speaker.value,
            owner_epoch=self.conversation.owner_epoch,
            must_arrive=must_arrive,
            body=seal_json(self.key, dump(messages), "outbox"),
            next_attempt_at=now,
            created_at=now,
        )
        self.session.add(row)
        self.said.append((row, messages))
        # The words are sealed once, in the outbox row.
        self.record(speaker, "messages", None, now, staff_id=staff_id, outbox_id=row.id)
        announce(self.session, WAKE_TALK)
        return row

    def give_to(self, owner: Owner, staff_id: uuid.UUID | None = None) -> None:
        """Change the owner; bot rows decided before are withdrawn when their turn to be sent comes."""
        self.conversation.owner = owner.value
        self.conversation.owner_staff_id = staff_id
        self.conversation.owner_epoch += 1


def open_words(key: DataKey, utterance: Utterance, sent: Outbox | None) -> dict[str, Any]:
    """Return the body of an utterance; empty once unsent.

    Our own words are in the outbox row `sent` and come as `{"messages": [...]}` (`core.messages.dump`);
    utterances of release 0.1 hold a copy of their own.

    Raises:
        Unreadable: the key does not open them.
    """
    if utterance.unsent_at is not None:
        return {}
    if utterance.body is not None:
        value: dict[str, Any] = open_json(key, utterance.body, "utterance")
        return value
    return {"messages": open_json(key, sent.body, "outbox")} if sent else {}


async def lock_talk(session: AsyncSession, ring: KeyRing, conversation_id: uuid.UUID) -> Talk:
    """Lock a talk for the rest of the transaction.

    Raises:
        NotFound: there is no such talk.
    """
    rows = await LOCK.on(await begun(session), {"conversation_id": conversation_id})
    for row in rows:
        conversation, resident = _CONVERSATION.found(session, row), _RESIDENT.found(session, row)
        if conversation and resident:
            return Talk(session, conversation, resident, ring)
    raise NotFound("no such talk")


async def versions_of(
    session: AsyncSession, conversation_ids: Collection[uuid.UUID]
) -> Sequence[tuple[uuid.UUID, str, int]]:
    """Return (talk, city, version) of talks."""
    rows = await session.execute(
        select(Conversation.id, Conversation.municipality_id, Conversation.version).where(
            Conversation.id.in_(conversation_ids)
        )
    )
    return [(talk, city, version) for talk, city, version in rows]
