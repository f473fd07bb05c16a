"""Writing down what a turn decided: the talk, its event, what was said and what is to be sent, in one statement."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.orm.attributes import set_committed_value

from core.db.tables import Conversation, LineEvent, Outbox, Utterance
from core.talk import Talk

# Positions and ids are given in the order in which it was said.
WRITE = text(
    """
    with talk as (
        update conversation set state = :state, version = :version, served_until = :served_until,
            turn_lease = :turn_lease, turn_lease_until = :turn_lease_until
        where id = :talk_id
    ), served as (
        update line_event set payload = :payload, is_late = :event_is_late, outcome = :outcome,
            finished_at = :finished_at
        where id = :served_id
    ), said as (
        insert into outbox (id, municipality_id, conversation_id, lane, speaker, owner_epoch, must_arrive, body,
            next_attempt_at, created_at)
        select id, :municipality_id, :talk_id, lane, speaker, owner_epoch, must_arrive, body, next_attempt_at, created_at
        from unnest(
            cast(:row_id as uuid[]), cast(:row_lane as text[]), cast(:row_speaker as text[]),
            cast(:row_owner_epoch as bigint[]), cast(:row_must_arrive as boolean[]), cast(:row_body as bytea[]),
            cast(:row_next_attempt_at as timestamptz[]), cast(:row_created_at as timestamptz[])
        ) with ordinality as given (
            id, lane, speaker, owner_epoch, must_arrive, body, next_attempt_at, created_at, place
        )
        order by place
    )
    insert into utterance (municipality_id, conversation_id, version, speaker, staff_id, kind, body, event_id,
        outbox_id, line_message_id, mark_as_read_token, is_late, unsent_at, said_at)
    select :municipality_id, :talk_id, version, speaker, staff_id, kind, body, event_id, outbox_id, line_message_id,
        mark_as_read_token, is_late, unsent_at, said_at
    from unnest(
        cast(:version_ as bigint[]), cast(:speaker as text[]), cast(:staff_id as uuid[]), cast(:kind as text[]),
        cast(:body as bytea[]), cast(:event_id as bigint[]), cast(:outbox_id as uuid[]),
        cast(:line_message_id as text[]), cast(:mark_as_read_token as text[]), cast(:is_late as boolean[]),
        cast(:unsent_at as timestamptz[]), cast(:said_at as timestamptz[])
    ) with ordinality as given (
        version, speaker, staff_id, kind, body, event_id, outbox_id, line_message_id, mark_as_read_token, is_late,
        unsent_at, said_at, place
    )
    order by place
    """
)
TALK = ("state", "version", "served_until", "turn_lease", "turn_lease_until")
EVENT = ("payload", "is_late", "outcome", "finished_at")
ROW = ("id", "lane", "speaker", "owner_epoch", "must_arrive", "body", "next_attempt_at", "created_at")
UTTERANCE = (
    "speaker",
    "staff_id",
    "kind",
    "body",
    "event_id",
    "outbox_id",
    "line_message_id",
    "mark_as_read_token",
    "is_late",
    "unsent_at",
    "said_at",
)


async def write_turn(talk: Talk, event: LineEvent) -> None:
    """Write what the turn has changed so far; whatever else there is goes out with the commit, as always."""
    session, conversation = talk.session, talk.conversation
    new = sorted(session.new, key=lambda one: inspect(one).insert_order or 0)
    utterances = [one for one in new if isinstance(one, Utterance)]
    rows = [one for one in new if isinstance(one, Outbox) and one.replaces_id is None]
    values = {
        "talk_id": conversation.id,
        "municipality_id": conversation.municipality_id,
        "served_id": event.id,
        "event_is_late": event.is_late,
        **{name: getattr(conversation, name) for name in TALK},
        **{name: getattr(event, name) for name in EVENT if name != "is_late"},
        **{f"row_{name}": values for name, values in _columns(rows, ROW)},
        **dict(_columns(utterances, UTTERANCE)),
        "version_": [one.version for one in utterances],
    }
    with session.no_autoflush:
        await session.execute(WRITE, values)
    for one in (*utterances, *rows):
        session.expunge(one)
    _written(talk, conversation, TALK)
    _written(talk, event, EVENT)


def _columns(rows: Sequence[Utterance | Outbox], names: Iterable[str]) -> Iterable[tuple[str, list[Any]]]:
    return ((name, [getattr(row, name) for row in rows]) for name in names)


def _written(talk: Talk, row: Conversation | LineEvent, names: Iterable[str]) -> None:
    """Let the session know that these columns are written; a row without other changes is nothing to it any more."""
    for name in names:
        set_committed_value(row, name, getattr(row, name))
    if not talk.session.is_modified(row):
        talk.session.expunge(row)
