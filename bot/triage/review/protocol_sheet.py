"""Make the review sheets of one protocol table, and of what all tables share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.triage.protocols.model import Citation, Common, Complaint, FirstAid, Given, Item, Protocol, Stage
from bot.triage.protocols.protocol_review import SHARED
from bot.triage.review.danger_sheet import SourceEntry
from bot.triage.review.readable import LEVEL

_STAGE: Mapping[Stage, str] = {
    "first_check": "はじめに必ず確かめること",
    "red": "赤の項目",
    "red_seen": "見てわかる赤の項目（「わからない」のあと）",
    "orange": "オレンジの項目",
    "yellow": "黄の項目",
    "modifiers": "加算項目",
}
_AUDIENCE = {"adult": "大人（16歳以上）", "child": "子ども（15歳以下）", "all": "すべての年齢"}
_SEX = {"f": "女性だけ", "m": "男性だけ"}


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """One item: what is asked, its sources, and what already says so."""

    id: str
    text: str
    mark: str
    given: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeadEntry:
    """One answer to a list: the level from then on, in a word and as it is said, and what the card says of it."""

    label: str
    level: str
    leads: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One list of items with the question and where its answers lead."""

    title: str
    question: str
    leads: tuple[LeadEntry, ...]
    items: tuple[ItemEntry, ...]


@dataclass(frozen=True, slots=True)
class ComplaintEntry:
    """A complaint, the least level while no table assesses it, and the words that name it."""

    title: str
    level: str
    patterns: tuple[str, ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProtocolSheet:
    """Everything that a doctor reviews of one table, or of what all share; `lines` are (label, texts)."""

    id: str
    title: str
    version: str
    audience: str
    end: str
    end_because: str
    lists: tuple[ListEntry, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    complaints: tuple[ComplaintEntry, ...]
    sources: tuple[SourceEntry, ...]


def protocol_sheet(protocol: Protocol, common: Common) -> ProtocolSheet:
    """Return the sheet of one table."""
    stages: tuple[Stage, ...] = ("red", "red_seen", "orange", "yellow")
    modifiers = tuple(item for item in common.modifiers if item.id in protocol.modifiers)
    used = {mark for item in (*protocol.own_items, *modifiers) for mark in item.mark}
    sources = (*protocol.source, *(one for one in common.source if one.mark in used))
    return ProtocolSheet(
        id=protocol.id,
        title=protocol.title,
        version=protocol.version,
        audience=_AUDIENCE[protocol.audience],
        end=protocol.all_negative.value,
        end_because=protocol.because_all_negative,
        lists=(
            *(_list(stage, protocol.items(stage), common) for stage in stages if protocol.items(stage)),
            *([_list("modifiers", modifiers, common)] if modifiers else []),
        ),
        lines=(
            ("診療科のめやす", protocol.departments),
            ("手当て", tuple(_first_aid(line) for line in protocol.first_aid)),
            ("こうなったら、すぐ119番", protocol.worse),
            ("こうなったら、早めに病院へ", protocol.soon),
            ("もう一度みるまで", (f"{protocol.recheck_hours}時間",)),
        ),
        complaints=tuple(_complaint(c) for c in common.complaints if c.id == protocol.complaint),
        sources=_cited(sources),
    )


def common_sheet(common: Common) -> ProtocolSheet:
    """Return the sheet of what all tables share."""
    return ProtocolSheet(
        id=SHARED,
        title="すべての質問表に共通の内容",
        version=common.version,
        audience=_AUDIENCE["all"],
        end="",
        end_because="",
        lists=(
            _list("first_check", common.first_check, common),
            ListEntry("数で書かれたら赤とするもの（たずねません）", "", (), _items(common.measured)),
            _list("modifiers", common.modifiers, common),
            *(_list(stage, (), common) for stage in ("red", "red_seen", "orange", "yellow")),
        ),
        lines=(
            *((f"{LEVEL[level.value]}のときの案内", lines) for level, lines in common.advice.items()),
            ("答えを取り消したあとに残る段階の理由", (common.because_before,)),
            ("どの症状でもオレンジ以上とすることば", common.emergency_words),
            ("いくつもあるとき、先の手当てを選ぶ順", common.danger_order),
        ),
        complaints=tuple(_complaint(c) for c in common.complaints),
        sources=_cited(common.source),
    )


def _list(stage: Stage, items: tuple[Item, ...], common: Common) -> ListEntry:
    said = common.wording[stage]
    yes = said.if_yes.value if said.if_yes else ""
    unknown = said.if_unknown.value if said.if_unknown else ""
    nurse = "、看護師にもつなぐ" if said.unknown_needs_nurse else ""
    leads = (
        LeadEntry(said.yes_label, yes, _risen(yes), said.because),
        LeadEntry(said.no_label, "", "次に進む"),
        LeadEntry("わからない", unknown, _risen(unknown) + nurse, said.because_unknown),
    )
    return ListEntry(_STAGE[stage], said.text, leads, _items(items))


def _risen(level: str) -> str:
    return LEVEL[level] if level else "一段早める"


def _items(items: Iterable[Item]) -> tuple[ItemEntry, ...]:
    return tuple(ItemEntry(item.id, item.text, item.mark, _conditions(item), item.words) for item in items)


def _conditions(item: Item) -> str:
    """Return the numbers an item stands for, and the danger whose first aid its 119 card gives."""
    aid = [f"119番の手当て：{item.danger}"] if item.danger else []
    return "／".join([*filter(None, [_given(item)]), *aid])


def _first_aid(line: FirstAid) -> str:
    """Return a line of first aid with when it is said."""
    when = (
        f"項目 {'・'.join(line.items)}" if line.items else "",
        f"ことば {'　'.join(line.words)}" if line.words else "",
        f"言わないことば {'　'.join(line.unless)}" if line.unless else "",
        {"": "", "gives": "飲ませる", "forbids": "飲ませない"}[line.drink],
    )
    said = "／".join(filter(None, when))
    return f"{line.text}（{said}）" if said else line.text


def _complaint(complaint: Complaint) -> ComplaintEntry:
    """Return a complaint with what is said of it while it has no table."""
    said = (
        complaint.because,
        "・".join(complaint.departments),
        *(_first_aid(line) for line in complaint.first_aid),
        "はじめに、かかりつけの産科に電話" if complaint.desk else "",
    )
    title = "\n".join([complaint.short or complaint.id, *filter(None, said)])
    return ComplaintEntry(title, complaint.unassessed.value, complaint.words, complaint.unless)


def _given(item: Item) -> str:
    given: Given = item.given
    numbers = (
        (given.years_from, "{}歳以上"),
        (given.months_below, "{}か月未満"),
        (given.celsius_from, "{}度以上"),
        (given.hours_from, "{}時間以上"),
        (given.spo2_to, "SpO2 {}％以下"),
    )
    told = [text.format(f"{number:g}") for number, text in numbers if number is not None]
    sex = [_SEX[item.for_sex]] if item.for_sex else []
    return "、".join([*told, *(["妊娠中"] if given.is_pregnant else []), *sex])


def _cited(sources: Iterable[Citation]) -> tuple[SourceEntry, ...]:
    return tuple(SourceEntry(mark, name) for mark, name in dict.fromkeys((s.mark, s.name) for s in sources))
