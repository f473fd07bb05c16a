"""Make the review sheets of one table, and of what all tables share."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.triage.review.danger_sheet import SourceEntry
from bot.triage.review.notes import ReviewNotes
from bot.triage.review.readable import LEVEL, form_text
from bot.triage.tables.model import AdviceLine, Common, Complaint, Complaints, End, Given, Item, Level, Table
from bot.triage.tables.table_review import SHARED
from core.lexicon.concepts import ConceptContent

_LIST: Mapping[Level, str] = {
    "red": "赤の項目",
    "orange": "オレンジの項目",
    "yellow": "黄の項目",
    "green": "緑の項目",
}
_AUDIENCE = {"adult": "大人（16歳以上）", "child": "子ども（15歳以下）", "all": "すべての年齢"}
_SEX = {"f": "女性だけ", "m": "男性だけ"}
_CHECK = {"full": "7項目の一覧", "child": "子どもの一覧", "short": "一文", "none": "なし"}
_NEED = {"age": "年齢", "celsius": "体温", "since": "いつからか", "weeks": "妊娠の週数"}
MOST_FORMS = 12  # of a concept beside its item; all of them stand in the lexicon

Concepts = Mapping[str, ConceptContent]


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """One item: what is asked, also in やさしい日本語, its sources, and the words that already say so."""

    id: str
    text: str
    easy: str
    source: str
    given: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One list of items with what an answer means."""

    title: str
    means: str
    items: tuple[ItemEntry, ...]


@dataclass(frozen=True, slots=True)
class ComplaintEntry:
    """A complaint with the words that name it, those that speak against it, and the complaints that it decides."""

    title: str
    words: tuple[str, ...]
    without: tuple[str, ...]
    stops: str


@dataclass(frozen=True, slots=True)
class TableSheet:
    """Everything that a doctor reviews of one table, or of what all share; `lines` are (label, texts)."""

    id: str
    title: str
    version: str
    audience: str
    lists: tuple[ListEntry, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    complaints: tuple[ComplaintEntry, ...]
    sources: tuple[SourceEntry, ...]


def table_sheet(
    table: Table, common: Common, complaints: Complaints, concepts: Concepts, notes: ReviewNotes
) -> TableSheet:
    """Return the sheet of one table."""
    levels: tuple[Level, ...] = ("red", "orange", "yellow", "green")
    modifiers = tuple(item for item in common.modifiers if item.id in table.raised_by)
    lists = [
        ListEntry(_LIST[level], _means(level), _items(table.items(level), concepts))
        for level in levels
        if table.items(level)
    ]
    if modifiers:
        lists.append(ListEntry("一段早める項目（オレンジまで）", "一段早める", _items(modifiers, concepts)))
    mild = table.mild
    return TableSheet(
        id=table.id,
        title=table.title,
        version=table.version,
        audience="、".join(
            filter(None, [_AUDIENCE[table.audience], _given(table.given), _SEX.get(table.for_sex)])
        ),
        lists=tuple(lists),
        lines=(
            ("最初の確認", (_CHECK[table.first_check],)),
            ("先にたずねること", tuple(_NEED[need] for need in table.needs)),
            ("はじめに電話するところ", (table.first_call,) if table.first_call else ()),
            ("どれにもあてはまらないとき", tuple(_end(end) for end in table.ends)),
            (
                "様子をみる（白）とするとき",
                (*filter(None, [_given(mild.given)]), *common_well(mild.well, common), *_lines(mild.lines))
                if mild
                else ("白にしない",),
            ),
            ("診療科のめやす", table.departments),
            ("家ですること", _lines(table.home)),
            ("こうなったら、すぐ119番", _lines(table.worse)),
            ("こうなったら、早めに病院へ", _lines(table.sooner)),
            ("もう一度みるまで", (f"{table.look_again:g}時間",)),
            ("名前を出してよい市販薬の種類", table.shop),
        ),
        complaints=tuple(
            _complaint(one, concepts)
            for one in complaints.complaints
            if one.id in (table.complaint, *table.also_for)
        ),
        sources=_sources(
            [*table.source, *(m for item in (*table.own_items, *modifiers) for m in item.source)], notes
        ),
    )


def common_sheet(
    common: Common, complaints: Complaints, concepts: Concepts, notes: ReviewNotes
) -> TableSheet:
    """Return the sheet of what all tables share."""
    parts = (
        ("はじめに必ず確かめること（大人）", common.first_check),
        ("はじめに必ず確かめること（子ども）", common.child_check),
        ("一文で確かめること", (common.short_check,)),
        ("「わからない」のあと、目で見てわかること（大人）", common.seen),
        ("「わからない」のあと、目で見てわかること（子ども）", common.seen_child),
        ("数で書かれたら赤とするもの（たずねません）", common.measured),
    )
    lists = [ListEntry(title, _means("red"), _items(items, concepts)) for title, items in parts if items]
    lists.append(
        ListEntry("一段早める項目（オレンジまで）", "一段早める", _items(common.modifiers, concepts))
    )
    marks = [mark for _, items in parts for item in items for mark in item.source]
    return TableSheet(
        id=SHARED,
        title="すべての質問表に共通の内容",
        version=common.version,
        audience=_AUDIENCE["all"],
        lists=tuple(lists),
        lines=(
            *((f"{LEVEL[level.value]}のときの案内", lines) for level, lines in common.advice.items()),
            ("できること（大人）", common.well.adult),
            ("できること（子ども）", common.well.child),
            ("できること（赤ちゃん）", common.well.infant),
            ("いくつもあるとき、先の手当てを選ぶ順", common.danger_order),
        ),
        complaints=tuple(_complaint(one, concepts) for one in complaints.complaints),
        sources=_sources(marks, notes),
    )


def _lines(lines: Iterable[AdviceLine]) -> tuple[str, ...]:
    """Return lines with the words after which alone they are said."""
    return tuple(
        f"{line.text}（「{'」「'.join(line.about)}」のことばがあるときだけ）" if line.about else line.text
        for line in lines
    )


def common_well(well: str, common: Common) -> tuple[str, ...]:
    """Return the lines of the well question for a group; none for `none`."""
    groups = {"adult": common.well.adult, "child": common.well.child, "infant": common.well.infant}
    return groups.get(well, ())


def _means(level: str) -> str:
    return f"ひとつでもあれば、{LEVEL[level]}"


def _end(end: End) -> str:
    given = _given(end.given)
    because = f"（{end.because}）" if end.because else ""
    return f"{f'{given}：' if given else ''}{LEVEL[end.level.value]}{because}"


def _items(items: Iterable[Item], concepts: Concepts) -> tuple[ItemEntry, ...]:
    return tuple(
        ItemEntry(
            item.id,
            item.text,
            item.easy,
            "、".join(item.source),
            _conditions(item),
            tuple(_rule_text(rule, concepts) for rule in item.told_by),
        )
        for item in items
    )


def _rule_text(rule: str, concepts: Concepts) -> str:
    """Return a rule as it is read: 「頭が痛い（頭 痛い、頭痛…）＋突然」."""
    groups = (part.split("|") for part in re.split("&+", rule))
    return " ＋ ".join(
        " か ".join(_concept_text(name.strip(), concepts) for name in names) for names in groups
    )


def _concept_text(name: str, concepts: Concepts) -> str:
    concept = concepts[name]
    forms = "、".join(form_text(form) for form in concept.forms[:MOST_FORMS])
    more = "…" if len(concept.forms) > MOST_FORMS else ""
    label = concept.label or name
    return f"{label}（{forms}{more}）" if forms else label


def _conditions(item: Item) -> str:
    """Return when an item holds and is asked, and the danger whose first aid its 119 card gives."""
    said = (
        _given(item.given),
        _SEX.get(item.for_sex, ""),
        f"119番の手当て：{item.danger}" if item.danger else "",
        f"「{'」「'.join(item.about)}」のことばがあるときだけきく" if item.about else "",
        "本人にはきかない" if item.for_others else "",
        "たずねない（書かれたら数える）" if item.is_told_only else "",
        "できることが全部あれば、きかない" if item.unless_well else "",
        "これがあれば、ほかになければ緑" if item.settles else "",
        "数がわかれば、きかずに数える" if item.decides or item.given.is_measured else "",
        "・".join(item.departments),
        *item.home,
    )
    return "／".join(filter(None, said))


def _given(given: Given) -> str:
    numbers = (
        (given.years_from, "{}歳以上"),
        (given.years_below, "{}歳未満"),
        (given.months_from, "{}か月以上"),
        (given.months_below, "{}か月未満"),
        (given.celsius_from, "{}度以上"),
        (given.celsius_below, "{}度未満"),
        (given.hours_from, "{}時間以上"),
        (given.hours_below, "{}時間未満"),
        (given.spo2_to, "SpO2 {}％以下"),
        (given.weeks_from, "妊娠{}週から"),
        (given.weeks_below, "妊娠{}週より前"),
    )
    told = [text.format(f"{number:g}") for number, text in numbers if number is not None]
    return "、".join([*told, *(["妊娠中"] if given.is_pregnant else [])])


def _complaint(complaint: Complaint, concepts: Concepts) -> ComplaintEntry:
    words = tuple(_rule_text(rule, concepts) for rule in complaint.heard_by)
    if complaint.celsius_from is not None:
        words = (*words, f"体温が{complaint.celsius_from:g}度以上")
    without = tuple(_rule_text(rule, concepts) for rule in complaint.without)
    title = complaint.short or complaint.id
    if complaint.is_companion:
        title += "（ほかの症状があるときは、たずねない）"
    return ComplaintEntry(title, words, without, "、".join(complaint.stops))


def _sources(marks: Iterable[str], notes: ReviewNotes) -> tuple[SourceEntry, ...]:
    return tuple(
        SourceEntry(mark, notes.sources[mark].name, notes.sources[mark].at)
        for mark in dict.fromkeys(marks)
        if mark in notes.sources
    )
