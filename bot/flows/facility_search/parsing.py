"""Read what residents write about facilities: plain words first, entities where words say nothing."""

import re
from enum import Enum

from bot.dialogue.flow import Context
from bot.dialogue.user_input import UserInput
from core.db.tables.facility import FacilityKind
from core.ja import fold, normalise, read_age
from core.municipalities import Place
from facilities.departments import CHILDREN, DENTAL, EMERGENCY_NAME, GENERAL, department_in
from facilities.places import district_in, district_named, place_in, place_named

PHARMACY, HOSPITAL = FacilityKind.PHARMACY.value, FacilityKind.HOSPITAL.value
CLINIC, MATERNITY_HOME = FacilityKind.CLINIC.value, FacilityKind.MATERNITY_HOME.value
_KINDS = (
    (re.compile(r"薬局|調剤|薬屋|どらっぐすとあ|やっきょく|処方(?:せん|箋)"), PHARMACY),
    (re.compile(r"助産(?:所|院)"), MATERNITY_HOME),
    (re.compile(r"総合病院|大き[いな]病院|大学病院|入院できる"), HOSPITAL),
)
# 「病院」 alone is the residents' word for any place with a doctor.
_KIND_OF_ENTITY = {"薬局": PHARMACY, "診療所": CLINIC}
_CHILD = re.compile(r"子ども|こども|子供|赤ちゃん|あかちゃん|乳児|幼児|息子|娘|孫|小学生|園児|生後")
OLDEST_CHILD = 15  # years; paediatrics sees children up to this age
# A name before a word for a facility: 「共立病院」「医療センター」. What is no name stands in _ORDINARY.
# It is looked for from where a name may begin, not from the middle of one: long runs stay quick.
_NAMED = re.compile(
    r"(?<![一-龠々ヶァ-ヴー])(?<!いわき)((?:いわき市?|[一-龠々ヶァ-ヴー])+?)(病院|医院|クリニック|医療センター|診療所|薬局|歯科)"
    r"|(?:いわき市?)?(?:総合)?医療センター"
)
_ORDINARY = re.compile(
    r"(?:総合|救急|夜間|休日|急病|大学|専門|動物|個人|近所|最寄|当番|指定|公立|市立|県立|市内|地元|開業|他|別|大|小|各|何|同|今|日曜|土曜|祝日"
    r"|朝|夜|午前|午後|昼|深夜|調剤|整形|美容|小児|老人|救命|紹介|ある|前|後|的|科|駅|地区|方面|周辺|付近|町|市)*"
)
# Words for a facility, and for looking for one: both together need no Rasa.
_PLACE = re.compile(
    r"病院|医院|診療所|くりにっく|薬局|薬屋|歯医者|医者|科(?!学|目|長)|当番医|aed|びょういん|助産(?:所|院)"
)
_ASKED = re.compile(
    r"近く|ちかく|最寄|さが|探|どこ|教えて|おしえて|開い|空い|あい(?:て|た)|やって|ありますか|ある[?？]|場所|地図|行きたい|診てくれ|みてくれ"
)
# 「富岡の内科」「水戸市の病院」: a place before a facility, unless it is one of these words.
_ELSEWHERE = re.compile(
    r"([一-龠々ヶァ-ヴー]{2,8})(?:の|で|に)(?=.{0,12}(?:科|病院|医院|診療所|クリニック|薬局|医者|歯医者))"
)
_NO_PLACE = re.compile(
    r"近|最寄|付近|周辺|当番|今|日|曜|夜|朝|昼|晩|午前|午後|時|分|月|週|子|児|女|男|親|母|父|孫|夫|妻|私|自分|老人|高齢|専門|地元|市内|他|別|普通"
    r"|総合|救急|緊急|症|痛|熱|病|科|薬|目|耳|鼻|喉|歯|腰|膝|足|手|頭|腹|胸|皮膚|妊婦|評判|一番|車|駐車場|予約|場所|家|職場|会社|学校|英語"
)


class PlaceTopic(Enum):
    """Questions about places to go that no search answers."""

    SEARCH = "search"
    AED = "aed"
    ON_DUTY = "on_duty"
    NIGHT_CLINIC = "night_clinic"
    WHICH_DEPARTMENT = "which_department"


_TOPICS = (
    (re.compile(r"aed|除細動"), PlaceTopic.AED),
    (re.compile(r"当番"), PlaceTopic.ON_DUTY),
    (re.compile(r"急病診療所|休日夜間|夜間診療所|休日診療所|休日救急歯科"), PlaceTopic.NIGHT_CLINIC),
    (
        re.compile(r"何科|なに科|なんか(?:に|へ|さ)(?:行|い)|(?:どの|どこの)科|どこの病院に行けば|受診科"),
        PlaceTopic.WHICH_DEPARTMENT,
    ),
)


def is_about_places(text: str) -> bool:
    """Whether a text asks for a facility; used when Rasa is unavailable."""
    words = fold(text)
    return bool(_PLACE.search(words)) and bool(_ASKED.search(words))


def tells_of_child(text: str) -> bool:
    """Whether words are about a child; an age decides if there is one."""
    age = read_age(text)
    return age.years <= OLDEST_CHILD if age else bool(_CHILD.search(fold(text)))


def is_about_child(user_input: UserInput) -> bool:
    """Whether the input is about a child."""
    return user_input.entity("person") in {"child", "baby"} or tells_of_child(user_input.text)


def names_place_to_go(text: str) -> bool:
    """Whether words name any kind of facility."""
    return bool(_PLACE.search(fold(text)))


def unknown_place(user_input: UserInput, ctx: Context) -> str:
    """Return a place in the words that is not in this city; empty when there is none."""
    if user_input.kind != "text" or named_place(user_input, ctx) or named_district(user_input, ctx):
        return ""
    found = _ELSEWHERE.search(normalise(user_input.text))
    return "" if not found or _NO_PLACE.search(found[1]) else found[1]


def topic_of(user_input: UserInput) -> PlaceTopic:
    """Return the topic of the question."""
    words = fold(user_input.text)
    if user_input.entity("facility_type") == "AED":
        return PlaceTopic.AED
    return next((topic for pattern, topic in _TOPICS if pattern.search(words)), PlaceTopic.SEARCH)


def sort_of_facility(user_input: UserInput) -> tuple[str, str]:
    """Return department and kind (`FacilityKind`), as far as they are named."""
    words = fold(user_input.text)
    kind = next((kind for pattern, kind in _KINDS if pattern.search(words)), "")
    kind = kind or _KIND_OF_ENTITY.get(user_input.entity("facility_type"), "")
    if kind in {PHARMACY, MATERNITY_HOME}:
        return "", kind
    department = department_in(user_input.text) or department_in(user_input.entity("department"))
    if not department and user_input.entity("facility_type") == "歯科":
        department = DENTAL
    if not department and re.search(r"救急(?!車|箱|隊|相談|電話)", words):
        department = EMERGENCY_NAME
    if department == GENERAL and is_about_child(user_input):
        department = CHILDREN
    return department, "" if department and kind == CLINIC else kind


def named_place(user_input: UserInput, ctx: Context) -> Place | None:
    """Return the town, station or landmark that is named; None when there is none."""
    return place_in(user_input.text, ctx.city) or place_named(user_input.entity("area"), ctx.city)


def named_district(user_input: UserInput, ctx: Context) -> str:
    """Return the name of the district; empty when none of the city's is named."""
    named = district_in(user_input.text, ctx.city) or district_named(user_input.entity("area"), ctx.city)
    return named.name if named else ""


def certain_facility(user_input: UserInput, ctx: Context) -> str:
    """Return the name of a certain facility; empty when none is named."""
    words = normalise(user_input.text).replace(" ", "")
    found = _NAMED.search(words)
    if not found:
        return ""
    if found[1] is None:
        return found[0]
    before = found[1]
    for district in ctx.city.districts:
        for name in (district.name, *district.aliases):
            if before.startswith(name) and _ORDINARY.fullmatch(before[len(name) :]):
                return ""
    is_department = bool(department_in(before)) and len(before) <= len("脳神経外科") and before.endswith("科")
    if len(before) < 2 or is_department or _ORDINARY.fullmatch(before) or department_in(before + "科"):  # noqa: PLR2004
        return ""
    return before + found[2]
