"""Read short messages that say that something is wrong, or nothing of it: 「相談したいです」, 「ありがとう」."""

import re

from bot.triage.tables.case import told_complaints
from bot.triage.tables.loader import OTHER, Tables
from core.ja import folded_lines

VAGUE_UP_TO = 24  # characters
_WANTS_ADVICE = re.compile(r"相談|そうだん|症状|しょうじょう|(?:話|はなし)を?(?:聞|きい)|教えて|おしえて")
_SMALL_TALK = re.compile(
    r"(?:どうも|本当に)?(?:ありがと|有難|有り難|さんきゅ|お世話|こんにち[はわ]|こんばん[はわ]|おはよ|はじめまして|よろしく|了解|わかりました|はい[。!]?$|うん[。!]?$|ok)"
)


def is_vague(text: str, tables: Tables) -> bool:
    """Whether a short message says that something is wrong or asks for advice, without saying what."""
    folded = folded_lines(text)
    if len(folded) > VAGUE_UP_TO:
        return False
    found = {complaint.id for complaint in told_complaints(text, tables)}
    return found == {"unwell"} or (found <= {OTHER} and bool(_WANTS_ADVICE.search(folded)))


def is_small_talk(text: str) -> bool:
    """Whether a message is only a greeting or thanks."""
    return bool(_SMALL_TALK.match(folded_lines(text)))
