"""Say in plain Japanese what stands in a rule, a concept or an answer."""

import re
from collections.abc import Mapping, Sequence

from bot.triage.danger.danger_rules import DangerRuleContent
from bot.triage.danger.safety import SafetyAnswer
from core.content.signatures import Standing
from core.db.tables import Profession
from core.lexicon.concepts import ConceptContent, Value

STANDING: Mapping[Standing, str] = {
    Standing.UNSIGNED: "未監修",
    Standing.SIGNED: "監修済み",
    Standing.STALE: "監修のあとで変更あり",
}
LEVEL: Mapping[str, str] = {
    "red": "すぐ119番",
    "orange": "1時間以内に受診",
    "yellow": "今日のうちに受診",
    "green": "次の診療時間に受診",
    "white": "様子をみる",
}
PROFESSION: Mapping[Profession, str] = {
    Profession.DOCTOR: "医師",
    Profession.NURSE: "看護師",
    Profession.PHARMACIST: "薬剤師",
    Profession.MIDWIFE: "助産師",
    Profession.COUNSELLOR: "カウンセラー",
    Profession.PUBLIC_HEALTH_NURSE: "保健師",
    Profession.DIETITIAN: "管理栄養士",
}
# Why an exception is none of the danger, and what a rule may overlook.
KIND: Mapping[str, str] = {
    "benign": "心配のないこと",
    "other": "ほかの人・物のこと",
    "past": "過ぎたこと",
    "figurative": "たとえ・冗談",
    "denied": "否定していること",
    "hypothetical": "仮の話",
}
_MEASURED: Mapping[Value, tuple[str, str]] = {
    "spo2": ("酸素の値（SpO2）", "％"),
    "temperature": ("体温", "度"),
    "age_months": ("年齢", "か月"),
    "pressure": ("上の血圧", ""),
    "pulse": ("1分の脈", "回"),
    "breaths": ("1分の呼吸", "回"),
    "sugar": ("血糖", ""),
}
_UNSURE: Mapping[str, str] = {"red": LEVEL["red"], "orange": LEVEL["orange"], "person": "人につなぐ"}
_WORD = re.compile(r"[ \t]+")


def form_text(form: str) -> str:
    """Return a form as it is read: 「息〜苦しい」 with other words between, 「意識＋ない」 with a particle at most."""
    return _WORD.sub("〜", form).replace("+", "＋")


def apart_text(concept: ConceptContent) -> str:
    """Return how far apart the words of one form may stand, where it is not the usual distance; else nothing."""
    is_usual = concept.gap == ConceptContent.model_fields["gap"].default
    return "" if is_usual else f"「〜」の間はかな{concept.gap}字まで"


def measured_text(concept: ConceptContent) -> str:
    """Return which measurement also is the concept: 「酸素の値（SpO2）が90％以下」; empty if none is."""
    if concept.value is None:
        return ""
    name, unit = _MEASURED[concept.value]
    least = f"{concept.at_least:g}{unit}以上" if concept.at_least > float("-inf") else ""
    most = f"{concept.at_most:g}{unit}以下" if concept.at_most < float("inf") else ""
    return f"{name}が{'、'.join(part for part in (least, most) if part) or '書かれている'}"


def reach_text(rule: DangerRuleContent) -> str:
    """Return how near each other the words must stand; empty where one word is enough."""
    if len(rule.all) == 1 and not rule.any:
        return ""
    where = "文をまたいでもよい" if rule.across else "ひとつの文の中"
    return f"{where}、たがいにかな{rule.within}字以内"


def allows_text(rule: DangerRuleContent) -> str:
    """Return what may be said of the words without ruling them out; empty if nothing may."""
    return "・".join(KIND[kind] for kind in rule.allows)


def answer_text(answer: SafetyAnswer, titles: Mapping[str, str]) -> str:
    """Return where an answer leads."""
    match answer.leads:
        case "person":
            leads = f"{PROFESSION[answer.profession]}につなぐ"
        case "question":
            leads = f"「{titles.get(answer.next, answer.next)}」の問いに進む"
        case "table":
            leads = "その症状の質問表に進む"
        case level:
            leads = LEVEL[level]
    return f"{leads}（かかりつけの産科に電話）" if answer.desk == "obstetrics" else leads


def unsure_text(unsure: str) -> str:
    """Return where 「わからない」 leads."""
    return _UNSURE[unsure]


def labels(names: Sequence[str], concepts: Mapping[str, ConceptContent]) -> tuple[str, ...]:
    """Return what concepts are called."""
    return tuple(concepts[name].label or name for name in names)
