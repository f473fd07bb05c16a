"""Normalise departments (診療科): from the ministry's codes and from residents' words.

Codes: 医療情報ネット オープンデータ, 診療科目コード (5 digits, the first two are the group).
"""

from core.ja import fold

# No hours of an outpatient department: 24 h entries that must never be shown as such.
EMERGENCY = "09010"
EMERGENCY_NAME = "救急科"
GENERAL = "内科"
CHILDREN = "小児科"
DENTAL = "歯科"

BY_CODE = {
    "01001": GENERAL,
    "01006": "糖尿病内科",
    "01013": "脳神経内科",
    "01014": "呼吸器内科",
    "01017": "循環器内科",
    "01020": "消化器内科",
    "01022": "腎臓内科",
    "01023": "人工透析内科",
    "02001": "外科",
    "02002": "脳神経外科",
    "02022": "乳腺外科",
    "02025": "肛門外科",
    "02035": "整形外科",
    "02036": "形成外科",
    "03001": CHILDREN,
    "03006": "小児外科",
    "04001": "産婦人科",
    "04002": "産科",
    "04003": "婦人科",
    "05001": "眼科",
    "05002": "耳鼻咽喉科",
    "06001": "皮膚科",
    "06004": "泌尿器科",
    "07001": "精神科",
    "07003": "心療内科",
    "08001": DENTAL,
    "08002": "矯正歯科",
    "08003": "歯科口腔外科",
    "08004": "小児歯科",
    "09001": "アレルギー科",
    "09002": "リウマチ科",
    "09003": "リハビリテーション科",
    EMERGENCY: EMERGENCY_NAME,
    "09011": "麻酔科",
}

_SPELLINGS = {
    "耳鼻いんこう科": "耳鼻咽喉科",
    "耳鼻科": "耳鼻咽喉科",
    "ひ尿器科": "泌尿器科",
    "皮フ科": "皮膚科",
}
# Further words of residents. No symptoms: a symptom does not tell the right department.
_WORDS = {
    "ないか": GENERAL,
    "耳鼻": "耳鼻咽喉科",
    "耳医者": "耳鼻咽喉科",
    "じびか": "耳鼻咽喉科",
    "目医者": "眼科",
    "眼医者": "眼科",
    "めいしゃ": "眼科",
    "ひふか": "皮膚科",
    "整形": "整形外科",
    "せいけいげか": "整形外科",
    "小児": CHILDREN,
    "しょうにか": CHILDREN,
    "こどもの病院": CHILDREN,
    "子どもの病院": CHILDREN,
    "子供の病院": CHILDREN,
    "こどもクリニック": CHILDREN,
    "産婦人": "産婦人科",
    "さんふじんか": "産婦人科",
    "ふじんか": "婦人科",
    "レディースクリニック": "婦人科",
    "泌尿器": "泌尿器科",
    "脳外科": "脳神経外科",
    "脳外": "脳神経外科",
    "神経内科": "脳神経内科",
    "循環器": "循環器内科",
    "呼吸器": "呼吸器内科",
    "消化器": "消化器内科",
    "胃腸": "消化器内科",
    "糖尿病科": "糖尿病内科",
    "透析": "人工透析内科",
    "肛門科": "肛門外科",
    "せいしんか": "精神科",
    "メンタルクリニック": "心療内科",
    "歯医者": DENTAL,
    "はいしゃ": DENTAL,
    "口腔外科": "歯科口腔外科",
    "リハビリ": "リハビリテーション科",
    "救急病院": EMERGENCY_NAME,
    "救急外来": EMERGENCY_NAME,
    "夜間救急": EMERGENCY_NAME,
    "休日救急": EMERGENCY_NAME,
}
_BY_FOLDED = {fold(name): name for name in BY_CODE.values()} | {
    fold(spelling): name for spelling, name in _SPELLINGS.items()
}
_IN_WORDS = sorted(
    (_BY_FOLDED | {fold(word): name for word, name in _WORDS.items()}).items(), key=lambda pair: -len(pair[0])
)
# 整形手術 and the like: not the department.
_NOT_MEANT = tuple(fold(words) for words in ("整形手術", "美容整形", "救急車"))
# By department: those whose facilities a resident means as well.
_ALSO = {
    "産科": ("産科", "産婦人科"),
    "婦人科": ("婦人科", "産婦人科"),
    "産婦人科": ("産婦人科", "産科", "婦人科"),
}
# Departments that stand in where a search finds none, and the card says so: a part for the whole, the whole
# for a part, the nearest relative. Never a department for children in place of one for adults.
_INSTEAD = {
    GENERAL: ("呼吸器内科", "消化器内科", "循環器内科", "糖尿病内科", "腎臓内科", "脳神経内科"),
    "呼吸器内科": (GENERAL,),
    "消化器内科": (GENERAL,),
    "循環器内科": (GENERAL,),
    "糖尿病内科": (GENERAL,),
    "腎臓内科": (GENERAL,),
    "アレルギー科": (GENERAL,),
    "心療内科": ("精神科",),
    "精神科": ("心療内科",),
    "肛門外科": ("外科",),
    "乳腺外科": ("外科",),
    "リウマチ科": ("整形外科", GENERAL),
    "小児歯科": (DENTAL,),
    "矯正歯科": (DENTAL,),
    DENTAL: ("歯科口腔外科", "小児歯科"),
}


def department_name(name: str, code: str = "") -> str:
    """Return the normalised name of a department: by its code, else by its spelling, else unchanged."""
    return BY_CODE.get(code) or _BY_FOLDED.get(fold(name), name.strip())


def department_in(text: str) -> str:
    """Return the department that a resident's words name, the longest name first; empty when none is named."""
    said = fold(text)
    for words in _NOT_MEANT:
        said = said.replace(words, "")
    return next((name for word, name in _IN_WORDS if word in said), "")


def departments_meant(name: str) -> tuple[str, ...]:
    """Return the normalised departments in which a search for `name` looks."""
    normalised = department_name(name)
    return _ALSO.get(normalised, (normalised,))


def departments_instead(name: str) -> tuple[str, ...]:
    """Return the departments that stand in for `name` when a search finds none of it."""
    return _INSTEAD.get(department_name(name), ())
