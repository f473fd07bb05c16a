"""Test typed answers to questions after cards; what is denied is no answer of its opposite."""

import pytest

from bot.language.aftercare_replies import read_aftercare
from core.db.tables import AftercareAnswer, AftercareKind

READ = {
    AftercareKind.CALLED: {
        "called": "電話しました|電話できました|できた|はい|救急車がきました|救急車を呼びました|かけました|でんわしたよ|119に電話した"
        "|救急車を待っています",
        "not_yet": "まだです|まだ電話していません|呼んでない|いいえ|これから電話します|迷っています|電話してない|大丈夫じゃない",
        "cannot_call": "できません|電話がつながらない|声が出ない|119番にかけられない|スマホがない|電話が使えません|電話できてません",
        "fine": "もう大丈夫です|おさまりました|だいじょうぶ|いりません",
        "": "息が苦しい|近くの内科|よくなりません|わかりません",
    },
    AftercareKind.GOING: {
        "on_the_way": "これから行きます|向かっています|タクシーを呼びました|行ってきます|いま家を出ました|行けそうです|はい",
        "arrived": "着きました|病院にいます|診てもらっています",
        "cannot_go": "行けません|迷っている|車がない|どうしよう|病院が見つからない|動けない|いいえ|わからない",
        "": "近くの内科を教えて|熱が39度あります",
    },
    AftercareKind.LOOK_AGAIN: {
        "better": "よくなりました|熱が下がりました|大丈夫です|楽になってきた|治りました",
        "same": "変わらない|変わりません|まだ痛い|よくならない|悪くなっていません|同じです",
        "worse": "悪くなった|熱が上がった|ひどくなってます|つらくなってきた|もっと痛くなった|大丈夫じゃないです",
        "seen": "診てもらった|病院に行ってきました",
        "": "はい|薬局はどこですか",
    },
    AftercareKind.NEXT_DAY: {
        "called": "119に電話した|救急車で運ばれました",
        "seen": "病院に行きました|受診しました",
        "watched": "家で様子をみた|よくなった|寝ていました|病院には行かなかった",
        "worse": "悪くなった",
        "": "はい",
    },
}
CASES = [
    (kind, words, AftercareAnswer(answer) if answer else None)
    for kind, answers in READ.items()
    for answer, several in answers.items()
    for words in several.split("|")
]


@pytest.mark.parametrize(("kind", "words", "answer"), CASES)
def test_typed_answers(kind: AftercareKind, words: str, answer: AftercareAnswer | None) -> None:
    assert read_aftercare(words, kind) is answer


def test_a_story_is_no_answer() -> None:
    story = (
        "きのう119に電話したのですが、今日はまた別のところが痛くなってきて、どうしたらよいかと思っています"
    )
    assert read_aftercare(story, AftercareKind.CALLED) is None
