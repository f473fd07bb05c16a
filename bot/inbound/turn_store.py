"""Writing down what a turn decided: the talk, its event, what was said and what is to be sent, in one statement."""

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import set_committed_value

from core.db.driver import FixedStatement, driver_of
from core.db.tables import Conversation, LineEvent, Outbox, Utterance
from core.talk import Talk

# What was said goes in as JSON, bytes in hexadecimal: packing an array for each column takes ten times as long.
# Positions and ids are given in the order in which it was said.
WRITE = FixedStatement(
    """
    with talk as (
        update conversation set state = %(state)s, version = %(version)s, served_until = %(served_until)s,
            turn_lease = %(turn_lease)s, turn_lease_until = %(turn_lease_until)s,
            send_lease = %(send_lease)s, send_lease_until = %(send_lease_until)s
        where id = %(talk_id)s
    ), served as (
        update line_event set payload = %(payload)s, is_late = %(event_is_late)s, outcome = %(outcome)s,
            finished_at = %(finished_at)s, reply_token_used_at = %(reply_token_used_at)s
        where id = %(served_id)s
    ), said as (
        insert into outbox (id, municipality_id, conversation_id, lane, speaker, owner_epoch, must_arrive, body,
            rendered, status, via, reply_event_id, is_uncertain, attempts, next_attempt_at, first_sent_at, created_at)
        select id, %(municipality_id)s, %(talk_id)s, lane, speaker, owner_epoch, must_arrive, decode(body, 'hex'),
            decode(rendered, 'hex'), coalesce(status, 'queued'), via, reply_event_id, coalesce(is_uncertain, false),
            coalesce(attempts, 0), next_attempt_at, first_sent_at, created_at
        from rows from (json_to_recordset(%(rows)s) as (
            id uuid, lane text, speaker text, owner_epoch bigint, must_arrive boolean, body text, rendered text,
            status text, via text, reply_event_id bigint, is_uncertain boolean, attempts integer,
            next_attempt_at timestamptz, first_sent_at timestamptz, created_at timestamptz
        )) with ordinality as given (
            id, lane, speaker, owner_epoch, must_arrive, body, rendered, status, via, reply_event_id, is_uncertain,
            attempts, next_attempt_at, first_sent_at, created_at, place
        )
        order by place
    )
    insert into utterance (municipality_id, conversation_id, version, speaker, staff_id, kind, body, event_id,
        outbox_id, line_message_id, quoted_id, mark_as_read_token, is_late, unsent_at, said_at)
    select %(municipality_id)s, %(talk_id)s, version, speaker, staff_id, kind, decode(body, 'hex'), event_id, outbox_id,
        line_message_id, quoted_id, mark_as_read_token, is_late, unsent_at, said_at
    from rows from (json_to_recordset(%(utterances)s) as (
        version bigint, speaker text, staff_id uuid, kind text, body text, event_id bigint, outbox_id uuid,
        line_message_id text, quoted_id bigint, mark_as_read_token text, is_late boolean, unsent_at timestamptz, said_at timestamptz
    )) with ordinality as given (
        version, speaker, staff_id, kind, body, event_id, outbox_id, line_message_id, quoted_id, mark_as_read_token,
        is_late, unsent_at, said_at, place
    )
    order by place
    """
)
TALK = (
    "state",
    "version",
    "served_until",
    "turn_lease",
    "turn_lease_until",
    "send_lease",
    "send_lease_until",
)
EVENT = ("payload", "is_late", "outcome", "finished_at", "reply_token_used_at")
ROW = (
    "id",
    "lane",
    "speaker",
    "owner_epoch",
    "must_arrive",
    "body",
    "rendered",
    "status",
    "via",
    "reply_event_id",
    "is_uncertain",
    "attempts",
    "next_attempt_at",
    "first_sent_at",
    "created_at",
)
UTTERANCE = (
    "version",
    "speaker",
    "staff_id",
    "kind",
    "body",
    "event_id",
    "outbox_id",
    "line_message_id",
    "quoted_id",
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
        "rows": _as_json(rows, ROW),
        "utterances": _as_json(utterances, UTTERANCE),
    }
    await WRITE.on(driver_of(session), values)
    for one in (*utterances, *rows):
        session.expunge(one)
    _written(talk, conversation, TALK)
    _written(talk, event, EVENT)


def _as_json(rows: Sequence[Utterance | Outbox], names: Sequence[str]) -> str:
    return json.dumps([{name: getattr(row, name) for name in names} for row in rows], default=_plain)


def _plain(value: bytes | datetime | uuid.UUID) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _written(talk: Talk, row: Conversation | LineEvent, names: Iterable[str]) -> None:
    """Let the session know that these columns are written; a row without other changes is nothing to it any more."""
    for name in names:
        set_committed_value(row, name, getattr(row, name))
    if not talk.session.is_modified(row):
        talk.session.expunge(row)
