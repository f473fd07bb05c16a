"""診療科: the ministry's codes and the normalised names that residents' words are brought to.

Codes: 医療情報ネット オープンデータ, 診療科目コード (5 digits, the first two are the group).
"""

from core.ja import fold

# Not hours of an outpatient department: 24 h times that must never be shown as such.
EMERGENCY = "09010"

BY_CODE = {
    "01001": "内科",
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
    "03001": "小児科",
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
    "08001": "歯科",
    "08002": "矯正歯科",
    "08003": "歯科口腔外科",
    "08004": "小児歯科",
    "09001": "アレルギー科",
    "09002": "リウマチ科",
    "09003": "リハビリテーション科",
    EMERGENCY: "救急科",
    "09011": "麻酔科",
}

_SPELLINGS = {
    "耳鼻いんこう科": "耳鼻咽喉科",
    "耳鼻科": "耳鼻咽喉科",
    "ひ尿器科": "泌尿器科",
    "皮フ科": "皮膚科",
}
_BY_FOLDED = {fold(name): name for name in BY_CODE.values()} | {
    fold(spelling): name for spelling, name in _SPELLINGS.items()
}
# A facility of the wider department is what a resident means, too.
_ALSO = {"産科": ("産科", "産婦人科"), "婦人科": ("婦人科", "産婦人科")}


def department_name(name: str, code: str = "") -> str:
    """Return the normalised name of a department: by its code, else by its spelling, else as it is."""
    return BY_CODE.get(code) or _BY_FOLDED.get(fold(name), name.strip())


def departments_meant(name: str) -> tuple[str, ...]:
    """Return the normalised departments in which a search for `name` looks."""
    normalised = department_name(name)
    return _ALSO.get(normalised, (normalised,))
