"""Read residents' words about a purchase: requests that are always declined, and answers given in advance."""

import re
from datetime import timedelta

from core.ja import Age, find_ages, find_durations, fold, read_age
from shop.catalogue import ProductKind
from shop.exclusion import AGE, BODY, CHILD, PREGNANCY, SIGNS, YES, Ages

# Amounts are never told (指定濫用防止医薬品); a pharmacist tells them. All patterns are on folded words.
_AMOUNT = re.compile(
    r"何(?:個|箱|錠|粒|包|本)|なん(?:こ|じょう|つぶ)|いくつ(?:まで|買|飲|の[むめん])|まとめ買|買いだめ|大量"
    r"|たくさん(?:買|飲|の[むめん])|多め(?:に)?(?:買|飲|の)|[2-9二三四五六七八九十倍](?:個|箱|倍|本)(?:も)?(?:買|ほし|欲し|下さ|くだ|飲|まで|以上)"
    r"|倍の量|全部飲|一気に飲|おーばーどーず|(?<![a-z])od(?![a-z])|もう(?:一|ひと|1)(?:箱|つ|個|錠)"
)
_BEST = re.compile(
    r"どれが|どれを|どの薬|どっち|何を買|なにを買|何がい[いー]|なにがい[いー]|お?(?:すすめ|勧め|薦め)|(?:一番|いちばん)(?!近|ちか)|人気|売れて|評判|効く|きく薬"
)
# A named person: what was said before may have been about another one.
_SOMEBODY = re.compile(
    r"子|こども|娘|息子|孫|赤ちゃん|夫|妻|主人|旦那|嫁|父|母|親|兄|姉|弟|妹|祖|じい|ばあ|友|彼|家族|私|わたし|自分|僕|俺"
)
_YOUNG = re.compile(r"子(?!宮)|こども|娘|息子|孫|赤ちゃん|乳児|幼児")
_BABY = re.compile(r"赤ちゃん|赤ん坊|乳児|新生児|生後")
# If the span reaches below six years, the question whether under two is still asked.
_SCHOOL = (
    (re.compile(r"幼児|園児|保育園|幼稚園|小児用|(?:子ども|子供|こども)用"), Ages(2, 14)),
    (re.compile(r"小学"), Ages(6, 12)),
    (re.compile(r"中学生"), Ages(12, 15)),
    (re.compile(r"高校生"), Ages(15, 18)),
)
_SCHOOL_AGE = 6
_GROWN = re.compile(r"^(?:大人|おとな|成人)(?:です)?$")
_PREGNANT = re.compile(
    r"妊娠中(?!では|じゃ)|妊娠して(?:い)?(?:る|ます)|妊娠しました|妊娠[0-9一二三四五六七八九十]+(?:[かヶケ]月|週)|妊婦"
    r"|授乳(?:中(?!では|じゃ)|して(?:い)?(?:る|ます))|母乳を?あげて(?:い)?(?:る|ます)"
)
_TREATED = re.compile(
    r"(?:薬|漢方|さぷり)を?(?:飲んで(?:い)?(?:る|ます)|のんで(?:い)?(?:る|ます)|服用して(?:い)?(?:る|ます)|もらって(?:い)?(?:る|ます))"
    r"|服用中|治療中|通院(?:中|して(?:い)?(?:る|ます))|持病が?(?:ある|あり)|(?:薬|食べ物|卵|たまご|牛乳|そば|えび).{0,6}あれるぎー"
    r"|副作用が(?:出た|出ま|でた|でま|あり|あった)"
)
_DANGER = re.compile(
    r"胸が?(?:痛|苦し|いた|しめつけ)|血便|便に血|黒い便|便が黒|吐血|血を吐|息が?(?:苦|くる)し|呼吸が?苦|ぐったり|意識"
    r"|(?:ひど|激し|はげし|すご)[いく](?:頭|おなか|お腹)|(?:頭|お腹|おなか)が(?:ひど|激し|はげし)く"
)
_DAY = timedelta(days=1) / timedelta(hours=1)


def asks_amount(text: str) -> bool:
    """Whether words ask how much or how many to take."""
    return bool(_AMOUNT.search(fold(text)))


def asks_for_the_best(text: str) -> bool:
    """Whether words ask which product to buy."""
    return bool(_BEST.search(fold(text)))


def names_somebody(text: str) -> bool:
    """Whether words say in any way for whom the product is."""
    return bool(_SOMEBODY.search(fold(text))) or bool(find_ages(text))


def stated_answers(kind: ProductKind, text: str) -> dict[str, str]:
    """Return the answers that words already give; only certain ones, or ones that rule the kind out.

    A yes counts wherever it stands; a no is always asked.
    """
    said = fold(text)
    found: dict[str, str] = {}
    if age := age_told(kind, text):
        found[AGE] = str(age)
    if _PREGNANT.search(said):
        found[PREGNANCY] = YES
    if _TREATED.search(said):
        found[BODY] = YES
    if _DANGER.search(said) or lasts_too_long(kind, text):
        found[SIGNS] = YES
    return found


def age_told(kind: ProductKind, text: str) -> Ages | None:
    """Return the age in running words; None if it is unclear whose age, or which."""
    said = fold(text)
    if _BABY.search(said) and not find_ages(text):
        return Ages(0, 1)
    if find_ages(text):
        return _one_age(text)
    span = next((span for pattern, span in _SCHOOL if pattern.search(said)), None)
    if span and span.low < _SCHOOL_AGE and (kind.min_age or 0) < CHILD:
        return None
    return span


def age_answered(kind: ProductKind, text: str) -> Ages | None:
    """Return the age in an answer to the age question; a bare number is none: it may be a choice's number."""
    if _GROWN.match(fold(text)):
        return ages_of_adults(kind)
    return age_told(kind, text)


def bare_age(text: str) -> Ages | None:
    """Return the age that a bare number says."""
    age = read_age(text)
    return _span(age) if age else None


def is_bare(text: str, count: int) -> bool:
    """Whether the whole answer is a number that may also be the place among `count` choices."""
    number = re.fullmatch(r"(\d{1,3})(?:です)?", fold(text))
    return number is not None and int(number[1]) <= count


def ages_of_adults(kind: ProductKind) -> Ages:
    """Return the span that 「大人」 stands for."""
    low = max(kind.min_age or 0, CHILD)
    return Ages(low, 64)


def lasts_too_long(kind: ProductKind, text: str) -> bool:
    """Whether words tell of as many days as the kind's limit, or more."""
    if kind.days is None:
        return False
    return any(found.value.hours >= kind.days.limit * _DAY for found in find_durations(text))


def lasts_short(kind: ProductKind, text: str) -> bool:
    """Whether words tell a duration below the kind's limit."""
    return bool(kind.days and find_durations(text) and not lasts_too_long(kind, text))


def _one_age(text: str) -> Ages | None:
    age = read_age(text)
    if age is None:
        return None
    # 「35歳です。子どもの薬がほしい」: the age is not the child's.
    if age.years >= CHILD and _YOUNG.search(fold(text)):
        return None
    return _span(age)


def _span(age: Age) -> Ages:
    """Return the completed years that an age may mean: 小2 is 7 or 8."""
    return Ages(age.years, age.oldest // 12)
