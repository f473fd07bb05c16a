import asyncio
import base64
import json
import random
import uuid
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from bot.line.signature import HEADER, is_signed, sign
from bot.line.webhook import IntakeDeps, make_intake
from core.crypto import KeyRing
from core.db.engine import Sessions, make_engine
from core.db.tables import Conversation, LineEvent, Resident
from core.live import WAKE_INBOUND, Signals
from core.residents.keys import resident_key
from tests.conftest import FakeClock
from tests.line.webhooks import HANA, SECRET, TAKEO, body_of, post, text_event

Client = TestClient[Any, Any]


async def stored(sessions: Sessions, ring: KeyRing) -> list[tuple[str | None, dict[str, Any], LineEvent]]:
    """(LINE user, event in clear, row) in the order of arrival."""
    found = []
    async with sessions() as session:
        rows = await session.execute(
            select(LineEvent, Resident)
            .outerjoin(Conversation, Conversation.id == LineEvent.conversation_id)
            .outerjoin(Resident, Resident.id == Conversation.resident_id)
            .order_by(LineEvent.id)
        )
        for row, resident in rows:
            key = resident_key(ring, resident) if resident else ring
            found.append(
                (
                    resident and resident.line_user_id,
                    json.loads(key.open(row.payload, "event")) if row.payload else {},
                    row,
                )
            )
    return found


def test_the_signature_is_the_one_line_documents() -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert sign(SECRET, body) == b"GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="
    assert is_signed(SECRET, body, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=")
    assert not is_signed(SECRET, body, "熱")


async def test_a_message_is_stored_sealed_and_the_worker_is_woken(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock, signals: Signals
) -> None:
    ear = signals.hear(WAKE_INBOUND)
    event = text_event(TAKEO, "昨日から熱があって", clock())
    assert await post(intake, body_of(event)) == 200
    [(user, payload, row)] = await stored(sessions, ring)
    assert (user, payload) == (TAKEO, event)
    assert (row.kind, row.outcome, row.occurred_at, row.received_at) == (
        "message.text",
        None,
        clock(),
        clock(),
    )
    assert "熱".encode() not in row.payload
    assert event["replyToken"].encode() not in row.reply_token
    assert ear.is_set()


async def test_the_reply_token_opens_with_the_residents_key(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    event = text_event(TAKEO, "こんにちは", clock())
    await post(intake, body_of(event))
    async with sessions() as session:
        resident = (await session.scalars(select(Resident))).one()
        row = (await session.scalars(select(LineEvent))).one()
    assert resident_key(ring, resident).open(row.reply_token, "reply-token").decode() == event["replyToken"]


@pytest.mark.parametrize("signature", [None, "", "AAAA", "熱", sign("another secret", b"").decode()])
async def test_a_forged_or_missing_signature_stores_nothing(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock, signature: str | None
) -> None:
    headers = {} if signature is None else {HEADER: signature}
    async with intake.post(
        "/line/iwaki/webhook", data=body_of(text_event(TAKEO, "x", clock())), headers=headers
    ) as r:
        assert r.status == 401
    assert await stored(sessions, ring) == []


async def test_another_citys_signature_is_forged_here(intake: Client, clock: FakeClock) -> None:
    assert await post(intake, body_of(text_event(TAKEO, "x", clock())), secret="other-secret") == 401


async def test_the_short_address_is_the_default_citys(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    assert await post(intake, body_of(text_event(TAKEO, "x", clock())), path="/line/webhook") == 200
    [(_, _, row)] = await stored(sessions, ring)
    assert row.municipality_id == "iwaki"


async def test_an_unknown_city_is_not_found(intake: Client) -> None:
    assert await post(intake, body_of(), path="/line/atlantis/webhook") == 404


async def test_a_webhook_for_another_channel_is_refused(intake: Client, clock: FakeClock) -> None:
    path, event = "/line/demo-kitahama/webhook", text_event(TAKEO, "x", clock())
    assert await post(intake, body_of(event), path=path, secret="other-secret") == 400
    right = body_of(event, destination="U" + "1" * 32)
    assert await post(intake, right, path=path, secret="other-secret") == 200


async def test_the_connection_check_is_answered(intake: Client, sessions: Sessions, ring: KeyRing) -> None:
    assert await post(intake, body_of()) == 200
    assert await stored(sessions, ring) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"events":{}}', b'{"events":null}', b"\xff\xfe\x00", b"[" * 100_000,
     b'{"events":[' + b"9" * 5000 + b"]}"],
)  # fmt: skip
async def test_a_signed_body_that_is_no_webhook_is_400(intake: Client, body: bytes) -> None:
    assert await post(intake, body) == 400


async def test_random_bytes_are_401_unsigned_and_400_signed(
    intake: Client, sessions: Sessions, ring: KeyRing
) -> None:
    noise = random.Random(7).randbytes(10_000)
    async with intake.post("/line/iwaki/webhook", data=noise) as response:
        assert response.status == 401
    assert await post(intake, noise) == 400
    assert await stored(sessions, ring) == []


async def test_a_3_mb_body_is_413_announced_or_not(intake: Client, sessions: Sessions, ring: KeyRing) -> None:
    huge = b'{"events":[]}' + b" " * 3_000_000

    async def pieces() -> Any:
        for start in range(0, len(huge), 65536):
            yield huge[start : start + 65536]

    headers = {HEADER: sign(SECRET, huge).decode()}
    async with intake.post("/line/iwaki/webhook", data=BytesIO(huge), headers=headers) as response:
        assert response.status == 413
    async with intake.post("/line/iwaki/webhook", data=pieces(), headers=headers) as response:
        assert response.status == 413
    assert await stored(sessions, ring) == []


async def test_a_body_that_claims_to_be_compressed_and_is_not_is_400(intake: Client) -> None:
    headers = {HEADER: "x", "Content-Encoding": "gzip"}
    async with intake.post("/line/iwaki/webhook", data=b"not gzip", headers=headers) as response:
        assert response.status == 400


async def test_a_replayed_webhook_is_stored_once(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    body = body_of(text_event(TAKEO, "x", clock()), text_event(HANA, "y", clock()))
    assert await post(intake, body) == 200
    first = clock()
    clock.advance(seconds=30)
    assert [await post(intake, body) for _ in range(3)] == [200, 200, 200]
    rows = await stored(sessions, ring)
    assert [user for user, _, _ in rows] == [TAKEO, HANA]
    # It is not LINE's redelivery, so the reply token does not live longer.
    assert {row.received_at for _, _, row in rows} == {first}


async def test_the_same_event_twice_in_one_webhook_is_stored_once(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    event = text_event(TAKEO, "x", clock())
    assert await post(intake, body_of(event, text_event(HANA, "y", clock()), event)) == 200
    assert [user for user, _, _ in await stored(sessions, ring)] == [TAKEO, HANA]


async def test_a_redelivery_gives_an_unused_reply_token_another_minute(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    fresh, used = text_event(TAKEO, "x", clock()), text_event(HANA, "y", clock())
    await post(intake, body_of(fresh, used))
    first = clock()
    async with sessions.begin() as session:
        mark = update(LineEvent).values(reply_token_used_at=clock(), outcome="served", finished_at=clock())
        await session.execute(mark.where(LineEvent.webhook_event_id == used["webhookEventId"]))
    later = clock.advance(minutes=3)
    again = [{**event, "deliveryContext": {"isRedelivery": True}} for event in (fresh, used)]
    assert await post(intake, body_of(*again)) == 200
    rows = {user: row for user, _, row in await stored(sessions, ring)}
    assert (rows[TAKEO].received_at, rows[TAKEO].outcome) == (later, None)
    assert (rows[HANA].received_at, rows[HANA].outcome) == (first, "served")
    assert len(rows) == 2


async def test_one_odd_event_does_not_harm_the_others(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    now = clock()
    odd: list[Any] = [
        17,
        None,
        {},
        {"type": "spaceship", "source": "nowhere", "message": 3},
        text_event(TAKEO, "no mode", now, mode=...),
        text_event(TAKEO, "no id", now, webhookEventId=...),
        text_event(TAKEO, "null byte", now, webhookEventId="a\0b", replyToken="t\0"),
        text_event(TAKEO, "half a pair \ud83d", now, timestamp="soon"),
        text_event(TAKEO, "far future", now, timestamp=10**17),
        text_event("U\0", "odd user", now),
        text_event(TAKEO, "new kind of chat", now, source={"type": "square", "userId": TAKEO}),
        text_event(TAKEO, "new type", now, type="telepathy", message=...),
        text_event(TAKEO, "new message type", now, message={"type": "hologram\0", "id": 5}),
    ]
    body = body_of(text_event(TAKEO, "first", now), *odd, text_event(HANA, "last", now))
    assert await post(intake, body) == 200
    rows = await stored(sessions, ring)
    assert len(rows) == 15
    said = {
        (payload.get("message") or {}).get("text"): user
        for user, payload, _ in rows
        if isinstance(payload.get("message"), dict)
    }
    assert said["first"] == said["no mode"] == said["no id"] == said["null byte"] == TAKEO
    assert (said["last"], said["odd user"], said["new kind of chat"]) == (HANA, None, None)
    assert [row.kind for _, _, row in rows].count("odd") == 3
    assert {row.occurred_at for _, _, row in rows} == {now}


async def test_an_event_without_an_id_is_recognised_when_it_comes_again(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    event = text_event(TAKEO, "x", clock(), webhookEventId=...)
    await post(intake, body_of(event))
    await post(intake, body_of({**event, "deliveryContext": {"isRedelivery": True}}))
    assert len(await stored(sessions, ring)) == 1


@pytest.mark.parametrize("odd", [{}, {"type": "unsend", "message": ..., "unsend": {"messageId": "1"}}])
async def test_standby_events_are_noted_without_their_words_and_not_answered(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock, odd: dict[str, Any]
) -> None:
    await post(intake, body_of(text_event(TAKEO, "x", clock(), mode="standby", replyToken=..., **odd)))
    [(user, _, row)] = await stored(sessions, ring)
    assert (user, row.outcome, row.finished_at) == (TAKEO, "recorded", clock())
    assert row.payload is None


async def test_group_events_belong_to_no_talk(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    source = {"type": "group", "groupId": "C1", "userId": TAKEO}
    await post(intake, body_of(text_event(TAKEO, "みんなへ", clock(), source=source)))
    [(user, payload, row)] = await stored(sessions, ring)
    assert (user, row.kind, row.conversation_id, row.reply_token) == (None, "group.message.text", None, None)
    assert payload["source"] == source


async def test_the_same_line_user_in_two_cities_is_two_residents(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    await post(intake, body_of(text_event(TAKEO, "x", clock())))
    body = body_of(text_event(TAKEO, "y", clock()), destination="U" + "1" * 32)
    await post(intake, body, path="/line/demo-kitahama/webhook", secret="other-secret")
    rows = await stored(sessions, ring)
    assert len({row.conversation_id for _, _, row in rows}) == 2


async def test_a_resident_erased_a_moment_ago_starts_anew(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    await post(intake, body_of(text_event(TAKEO, "before", clock())))
    async with sessions.begin() as session:
        for table in (LineEvent, Conversation, Resident):
            await session.execute(delete(table))
    assert await post(intake, body_of(text_event(TAKEO, "after", clock()))) == 200
    [(user, payload, _)] = await stored(sessions, ring)
    assert (user, payload["message"]["text"]) == (TAKEO, "after")


async def test_events_of_one_webhook_keep_the_order_of_linetime_in_their_ids(
    intake: Client, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    texts = ["1", "2", "3", "4"]
    events = [text_event(TAKEO, t, clock()) for t in texts]
    events[0]["timestamp"] += 500
    await post(intake, body_of(*events))
    assert [p["message"]["text"] for _, p, _ in await stored(sessions, ring)] == ["2", "3", "4", "1"]


async def test_connections_that_died_unnoticed_cost_no_event(
    intake_deps: IntakeDeps, app_url: str, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    trusting = create_async_engine(app_url, pool_pre_ping=False)
    app = web.Application()
    app.add_routes(make_intake(replace(intake_deps, engine=trusting)))
    async with TestClient(TestServer(app)) as client:
        await asyncio.gather(*(post(client, body_of(text_event(TAKEO, "x", clock()))) for _ in range(4)))
        async with intake_deps.engine.connect() as conn:
            others = text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
            )
            assert (await conn.scalars(others)).all()
        assert await post(client, body_of(text_event(TAKEO, "known", clock()))) == 200
        assert await post(client, body_of(text_event(HANA, "new", clock()))) == 200
    assert len(await stored(sessions, ring)) == 6
    await trusting.dispose()


async def test_a_resident_whose_key_is_missing_is_asked_for_again_and_not_lost(
    intake: Client, intake_deps: IntakeDeps, sessions: Sessions, ring: KeyRing, clock: FakeClock
) -> None:
    await post(intake, body_of(text_event(TAKEO, "x", clock())))
    other_ring = KeyRing.parse("other:" + base64.b64encode(b"o" * 32).decode())
    app = web.Application()
    app.add_routes(make_intake(replace(intake_deps, ring=other_ring)))
    async with TestClient(TestServer(app)) as client:
        assert await post(client, body_of(text_event(TAKEO, "y", clock()))) == 503
    assert len(await stored(sessions, ring)) == 1


async def test_without_postgresql_line_is_asked_to_come_again(
    intake_deps: IntakeDeps, clock: FakeClock
) -> None:
    away = make_engine(f"postgresql+psycopg://nobody@127.0.0.1:9/{uuid.uuid4().hex}")
    app = web.Application()
    app.add_routes(make_intake(replace(intake_deps, engine=away)))
    async with TestClient(TestServer(app)) as client:
        assert await post(client, body_of(text_event(TAKEO, "x", clock()))) == 503
    await away.dispose()
