"""Test that residents' words cannot reverse the page's text, and that invisible text is no words."""

import json
import re
import uuid
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from core.db.tables import Media, MediaStatus, Outbox, Speaker, Utterance
from core.messages import Text, dump
from core.residents.keys import open_json
from core.talk import lock_talk
from core.words import Words
from handoff.model import Summary
from tests.harness.console_client import Browser, StaffWeb
from tests.harness.threads import says, waiting

TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
INVISIBLE = ["\u3164", "\u200b\u200d", "\u2800 \u3000", "\ufeff\n", "\u202e\u2066"]


async def file_sent(staff_web: StaffWeb, talk_id: uuid.UUID, name: str) -> uuid.UUID:
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        said = talk.record(Speaker.RESIDENT, "file", {"file_name": name}, staff_web.deps.clock())
        await session.flush()
        media = Media(
            id=uuid.uuid4(),
            municipality_id="iwaki",
            conversation_id=talk_id,
            utterance_id=said.id,
            kind="file",
            status=MediaStatus.STORED.value,
            content_type="application/octet-stream",
            file_name=talk.key.seal(name.encode(), "file-name"),
            size=0,
            next_attempt_at=staff_web.deps.clock(),
            created_at=staff_web.deps.clock(),
        )
        session.add(media)
        return media.id


async def claimed(staff_web: StaffWeb) -> tuple[Browser, uuid.UUID, uuid.UUID]:
    talk_id, thread_id = await waiting(staff_web)
    nurse = await staff_web.at_work("nurse")
    await nurse.post(f"/console/threads/{thread_id}/claim")
    return nurse, talk_id, thread_id


async def test_words_that_turn_round_stand_alone_wherever_they_are_shown(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web, complaint="胸が\u202e痛い\nアラビア語 نعم")
    await says(staff_web, talk_id, "すぐ\u2067来て\x1b[0m\u202e")
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        place = {"latitude": 37.0, "longitude": 140.9, "title": "家\u202e", "address": "福島県\u2066いわき市"}
        talk.record(Speaker.RESIDENT, "location", place, staff_web.deps.clock())
        talk.record(
            Speaker.RESIDENT, "sticker", {"keywords": ["あり\u202eがとう", "OK"]}, staff_web.deps.clock()
        )
        echo = {"messages": dump([Text(text="「\u202eえき」の近くです")])}
        talk.record(Speaker.BOT, "messages", echo, staff_web.deps.clock())
    nurse = await staff_web.at_work("nurse")
    _, inbox = await nurse.get("/console/inbox")
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    _, changes = await nurse.get(f"/console/threads/{thread_id}/changes?after=0")
    lines = "".join(line["html"] for line in json.loads(changes)["lines"])
    for shown in (inbox, page, lines):
        assert not TURNS.search(shown)
        assert "\x1b" not in shown
    assert "<bdi>胸が痛い</bdi>" in inbox
    assert "<bdi>胸が痛い</bdi><br><bdi>アラビア語 نعم</bdi>" in page
    for words in ("すぐ来て[0m", "家", "福島県いわき市", "ありがとう", "OK", "「えき」の近くです"):
        assert f"<bdi>{words}</bdi>" in page
        assert f"<bdi>{words}</bdi>" in lines


@pytest.mark.parametrize(
    ("name", "stem", "extension"),
    [
        ("photo\u202egpj.exe", "photogpj", ".exe"),
        ("診断書.pdf" + "\u3000" * 80 + ".scr", "診断書.pdf", ".scr"),
        ("<b>\u2066x.html", "&lt;b&gt;x", ".html"),
        ("a" * 200 + ".js", "a" * 59 + "…", ".js"),
    ],
)
async def test_a_file_is_named_with_its_real_extension(
    staff_web: StaffWeb, name: str, stem: str, extension: str
) -> None:
    talk_id, thread_id = await waiting(staff_web)
    await file_sent(staff_web, talk_id, name)
    nurse = await staff_web.at_work("nurse")
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert f'<bdi>{stem}</bdi><bdi class="extension">{extension}</bdi>' in page
    assert not TURNS.search(page)


async def test_a_file_is_saved_under_the_name_that_is_shown(staff_web: StaffWeb) -> None:
    talk_id, thread_id = await waiting(staff_web)
    media_id = await file_sent(staff_web, talk_id, "検査\u202efdp.exe")
    unnamed = await file_sent(staff_web, talk_id, "\u3164\u200b")
    nurse = await staff_web.at_work("nurse")
    async with nurse.http.get(f"{nurse.base}/console/media/{media_id}") as answer:
        saved = answer.headers["Content-Disposition"]
    assert saved == f"attachment; filename*=UTF-8''{quote('検査fdp.exe')}"
    async with nurse.http.get(f"{nurse.base}/console/media/{unnamed}") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
    assert "ファイル <a" in (await nurse.get(f"/console/threads/{thread_id}"))[1]


@pytest.mark.parametrize("text", INVISIBLE)
async def test_a_reply_and_a_note_that_show_nothing_are_refused_like_empty_ones(
    staff_web: StaffWeb, text: str
) -> None:
    nurse, _, thread_id = await claimed(staff_web)
    async with staff_web.sessions() as session:
        before = await session.scalar(select(func.max(Utterance.id)))
    for what in ("reply", "note"):
        path = f"/console/threads/{thread_id}/{what}"
        empty = await nurse.post(path, submission="empty", text="")
        shown = await nurse.post(path, submission="invisible", text=text)
        assert shown == empty
        assert shown[0] == 422
        assert "言葉か画像" in shown[1]
    async with staff_web.sessions() as session:
        assert await session.scalar(select(func.max(Utterance.id))) == before


async def test_what_a_clinician_pastes_reaches_the_resident_without_what_turns_it(
    staff_web: StaffWeb,
) -> None:
    nurse, talk_id, thread_id = await claimed(staff_web)
    text = "\u202eお大事に\u2066\r\n明日また\u200b"
    assert (await nurse.post(f"/console/threads/{thread_id}/reply", submission="one", text=text))[0] == 204
    assert (await nurse.post(f"/console/threads/{thread_id}/note", submission="two", text=text))[0] == 204
    async with staff_web.sessions.begin() as session:
        talk = await lock_talk(session, staff_web.ring, talk_id)
        sent = (await session.scalars(select(Outbox).where(Outbox.speaker == "staff"))).one()
        note = (await session.scalars(select(Utterance).where(Utterance.speaker == "note"))).one()
        assert open_json(talk.key, sent.body, "outbox")[0]["text"].startswith("お大事に\n明日また")
        assert open_json(talk.key, note.body, "utterance")["text"].startswith("お大事に\n明日また")


@pytest.mark.parametrize("text", INVISIBLE)
async def test_a_message_in_which_nothing_shows_says_so(staff_web: StaffWeb, text: str) -> None:
    talk_id, thread_id = await waiting(staff_web, complaint=text)
    await says(staff_web, talk_id, text)
    nurse = await staff_web.at_work("nurse")
    assert "（まだ言葉がありません）" in (await nurse.get("/console/inbox"))[1]
    _, page = await nurse.get(f"/console/threads/{thread_id}")
    assert "目に見える文字のないメッセージです" in page


def test_the_row_shows_words_that_show() -> None:
    assert Summary(complaint=Words.of("\u3164" * 20 + "\n熱が38度あります")).headline == "熱が38度あります"
    assert (
        Summary(complaint=Words.of("\u200b" * 20), said=(Words.of("せきが出ます"),)).headline
        == "せきが出ます"
    )
    assert Summary(complaint=Words.of("\u2800\u2800\u2800\u2800\u2800\u2800")).headline == ""
