"""An answer whose intent was committed with its turn: it leaves once, whatever happens in between."""

import dataclasses
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.inbound.processor import EventProcessor
from core.crypto import KeyRing
from core.db.tables import Conversation, Lane, LineEvent, MunicipalityRow, Outbox, Owner
from core.messages import Text
from core.talk import lock_talk
from tests.harness.in_process import ScriptedResident, Town

GREETING = "こんにちは"


@pytest.fixture
async def resident(town: Town) -> ScriptedResident:
    return await town.resident()


async def served(town: Town, *, by: EventProcessor | None = None) -> None:
    await town.webhooks_delivered()
    (claim,) = await town.processor.claim(8, True)
    await (by or town.at_once).serve(claim)


async def rows(town: Town) -> list[Outbox]:
    async with town.sessions() as session:
        return list(await session.scalars(select(Outbox).order_by(Outbox.position)))


async def newest(town: Town) -> Outbox:
    return (await rows(town))[-1]


async def told(town: Town, resident: ScriptedResident) -> None:
    """Let an answer be committed as leaving; nobody has carried it out."""
    await resident.does(type="text", text=GREETING)
    await served(town)


async def test_the_intent_is_committed_with_the_turn_and_the_letter_leaves_after_it(
    town: Town, resident: ScriptedResident
) -> None:
    await told(town, resident)
    row = await newest(town)
    assert (row.status, row.via, row.attempts, row.is_uncertain) == ("sending", "reply", 1, True)
    async with town.sessions() as session:
        event = await session.get(LineEvent, row.reply_event_id)
    assert event
    assert event.reply_token_used_at
    assert await resident.hears() == []
    (claim,) = town.taken
    await town.sender.send_all(claim)
    assert len(await resident.hears()) == 1
    assert (await newest(town)).status == "sent"
    async with town.sessions() as session:
        assert set(await session.scalars(select(Conversation.send_lease_until))) == {None}
    assert await town.send() == 0


async def test_after_a_crash_before_the_request_another_sender_sends_it_once(
    town: Town, resident: ScriptedResident, clock: Any
) -> None:
    await told(town, resident)
    assert await town.send() == 0  # leased
    clock.advance(seconds=11)
    assert await town.send() == 1
    assert len(await resident.hears()) == 1
    assert (await newest(town)).status == "sent"
    (late,) = town.taken
    await town.sender.send_all(late)
    assert await resident.hears() == []


async def test_after_a_crash_behind_the_request_it_is_not_said_twice(
    town: Town, resident: ScriptedResident, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(town, resident)
    (claim,) = town.taken

    async def killed(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(type(town.sender), "_usual_outcome", killed)
        with pytest.raises(RuntimeError):
            await town.sender.send_all(claim)
    clock.advance(seconds=11)
    assert await town.send() == 1
    assert len(await resident.hears()) == 1
    row = await newest(town)
    assert (row.status, row.possibly_doubled) == ("sent", False)


async def test_a_turn_that_is_not_committed_sends_nothing(
    town: Town, resident: ScriptedResident, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    await resident.does(type="text", text=GREETING)
    with monkeypatch.context() as patched:

        async def refused(*_: Any) -> None:
            raise RuntimeError

        patched.setattr("bot.inbound.processor.write_turn", refused)
        await served(town)
    assert town.taken == []
    clock.advance(seconds=2)
    await served(town)
    (claim,) = town.taken
    await town.sender.send_all(claim)
    assert len(await resident.hears()) == 1


async def test_a_letter_that_lay_for_a_while_is_looked_at_anew(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await told(town, resident)
    (claim,) = town.taken
    clock.advance(seconds=3)
    async with town.sessions.begin() as session:
        (await lock_talk(session, ring, claim.conversation_id)).give_to(Owner.CLINICIAN)
    await town.sender.send_all(claim)
    assert await resident.hears() == []
    assert (await newest(town)).status == "unknown"  # as after any intent: a request may have been sent


async def test_words_of_a_person_who_took_over_meanwhile_follow_in_order(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any
) -> None:
    await told(town, resident)
    (claim,) = town.taken
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, claim.conversation_id)
        talk.give_to(Owner.CLINICIAN)
        talk.say([Text(text="看護師です")], clock())
    await town.sender.send_all(claim)
    heard = [m["text"] for m in await resident.hears()]
    assert len(heard) == 2
    assert heard[-1] == "看護師です"
    assert [row.status for row in (await rows(town))[-2:]] == ["sent", "sent"]


async def test_what_a_turn_says_besides_follows_under_the_same_lease(
    town: Town, resident: ScriptedResident, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    finish = type(town.processor.responder).respond

    async def respond(self: Any, talk: Any, *given: Any) -> Any:
        outcome = await finish(self, talk, *given)
        talk.say([Text(text="119番に電話してください")], clock(), lane=Lane.SAFETY)
        return outcome

    monkeypatch.setattr(type(town.processor.responder), "respond", respond)
    await told(town, resident)
    assert [row.status for row in (await rows(town))[-2:]] == [
        "queued",
        "sending",
    ]  # what is urgent goes first
    (claim,) = town.taken
    await town.sender.send_all(claim)
    heard = [m["text"] for m in await resident.hears()]
    assert len(heard) == 2
    assert heard[0] == "119番に電話してください"
    assert await town.send() == 0


async def test_a_message_taken_back_while_its_answer_leaves_is_answered_once(
    town: Town, resident: ScriptedResident
) -> None:
    message = (await resident.does(type="text", text=GREETING))["message_id"]
    await served(town)
    await resident.does(type="unsend", message_id=message)
    await served(town)
    (claim,) = town.taken
    await town.sender.send_all(claim)
    assert len(await resident.hears()) == 1
    assert (await newest(town)).status == "sent"
    assert await town.send() == 0


async def test_two_workers_serve_the_same_turn_and_one_answer_leaves(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.does(type="text", text=GREETING)
    await town.webhooks_delivered()
    (claim,) = await town.processor.claim(8, True)
    for _ in range(2):
        await town.at_once.serve(claim)
    assert len(town.taken) == 1


@pytest.mark.parametrize(
    "why", ["no room", "leased", "paused", "an older reply", "a row before", "old token"]
)
async def test_otherwise_the_row_waits_for_the_sender(
    town: Town, resident: ScriptedResident, ring: KeyRing, clock: Any, why: str
) -> None:
    await resident.does(type="text", text=GREETING)
    await town.webhooks_delivered()
    (claim,) = await town.processor.claim(8, True)
    async with town.sessions.begin() as session:
        talk = await lock_talk(session, ring, claim.conversation_id)
        match why:
            case "no room":
                town.are_free = False
            case "leased":
                talk.conversation.send_lease_until = clock.advance(seconds=5)
            case "paused":
                await session.execute(
                    update(MunicipalityRow).values(line_paused_until=clock.advance(seconds=5))
                )
            case "an older reply":
                event = await session.get(LineEvent, claim.event_id)
                assert event
                older = {c.key: getattr(event, c.key) for c in LineEvent.__table__.columns if c.key != "id"}
                older |= {"webhook_event_id": "older", "outcome": "recorded", "finished_at": clock()}
                session.add(
                    LineEvent(**{**older, "received_at": clock.now - (clock.advance(seconds=1) - clock.now)})
                )
                await session.flush()
                event.received_at = clock()
            case "a row before":
                talk.say([Text(text="ひとつ前")], clock())
            case _:
                await session.execute(update(LineEvent).values(received_at=clock.advance(seconds=-60)))
                clock.advance(seconds=60)
    await town.at_once.serve(claim)
    assert town.taken == []
    assert (await newest(town)).status == "queued"


async def test_what_cannot_be_rendered_is_left_to_the_sender(
    town: Town, resident: ScriptedResident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> bytes:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(type(town.sender.surface), "render", broken)
        await told(town, resident)
    assert town.taken == []
    assert (await newest(town)).status == "queued"
    assert await town.send() == 1
    assert len(await resident.hears()) == 1


async def test_without_the_talk_lane_in_this_worker_the_answer_waits_in_the_outbox(
    town: Town, resident: ScriptedResident
) -> None:
    await resident.does(type="text", text=GREETING)
    await served(town, by=dataclasses.replace(town.at_once, send_off=None))
    assert (await newest(town)).status == "queued"
