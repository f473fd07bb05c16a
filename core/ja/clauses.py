"""Tell how a clause goes on: in the present, in the past, as what is told. Over the spoken form (`core.ja.spoken`)."""

import re

from core.ja.negation import spoken_pattern

# う after お or う is the end of a noun (搬送、). The present, with no past before that end: 苦しい「です。」; not 倒れ「た。」, 切れ「た」いまは畑.
_PRESENT = re.compile(
    spoken_pattern(
        r"(?:(?!いま|っ?た[^いくかちつてとなら]|った|んだ[^ろ]|ました|した)(?:[^。?、]|(?<=なって)、|(?<=くて)、)){0,60}?(?:[いくつむる]|(?<=[あかさたなはまやらわいもす])う|(?<=[せらかさばわがなり])ん|です|ます|ません)"
        r"(?:です|んです)?(?:よ|ね|の|わ|けど|から|し|か|が|ので)*(?:[。?、]|いま|$)"
    )
)
# What is told as it is: 意識がありませ「ん。」, 動け「なくて、」; not 倒れ「たら」, 意識のない「ときは」.
_TOLD = re.compile(
    spoken_pattern(
        r"[ぁ-ん]{0,2}?(?:てい(?:ます|る|た|ました)|て(?:ます|る|た)|ま(?:す|した|せん)|った|んだ|いた|した|た|ない|なか|ねえ|ん|い|て|く|し|です|そう|で)"
        r"(?:んです|のです|です|んだ|った)?(?:けど|けれど|げんちょ|が|ので|から|し|よ|ね|わ|っぺ|ど)*(?:[。、]|$)"
    )
)
# One after another, then told: 締めつけられ「て冷や汗が止まりません」.
_TOLD_ON = re.compile(
    spoken_pattern(
        r"[ぁ-ん]{0,4}?(?:て|で|り)、?(?:(?!たら|れば|とき|ばあい|ように|ため|おしえ|なら[いっ]|つくっ|きいた|ききま|よみま|よんだ|そうです|って|つもり|れんしゅう|くんれん|の(?:はなし|ばめん|やく))[^。?]){1,40}?"
        r"(?:て(?:い)?(?:ます|る)|ま(?:す|した|せん)|った|いた|した|ない)(?:んです|のです|です)?(?:けど|が|ので|から|よ)*(?:[。、]|$)"
    )
)
# A word that itself ends what is told: 心臓が動きません「。」
_END = re.compile(
    spoken_pattern(
        r"(?:んです|のです|です|んだ)?(?:けど|けれど|げんちょ|が|ので|から|し|よ|ね|わ|っぺ|ど)*(?:[。、]|$)"
    )
)
_ENDING = "いたんるてえ"


def is_present(text: str, start: int) -> bool:
    """Tell whether the clause that goes on from `start` is in the present tense."""
    return bool(_PRESENT.match(text, start))


def is_told(text: str, end: int) -> bool:
    """Tell whether a clause ends soon after `end`, as one that tells what is."""
    ends = text[end - 1 : end] in _ENDING and end > 0
    return bool(_TOLD.match(text, end) or (ends and _END.match(text, end)) or _TOLD_ON.match(text, end))
