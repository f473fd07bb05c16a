"""Review sheets hold everything of the content that is signed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.commands.review_sheets import NotPrinted, chosen_reviews, print_pdf, sheet_html, sheet_text
from bot.triage.danger.danger_review import concept_names, danger_parts
from bot.triage.danger.danger_rules import DangerContent, DangerRuleContent, ExceptionContent
from bot.triage.danger.safety import SafetyAnswer, SafetyContent
from bot.triage.review.readable import answer_text, apart_text, form_text, measured_text
from bot.triage.review.reviews import Category, open_reviews
from bot.triage.tables.loader import common_items
from bot.triage.tables.model import AdviceLine, Complaint, End, Given, Item, Mild, Table
from bot.triage.tables.table_review import common_parts, rule_concepts, table_parts
from core.content import ContentModel
from core.content.signatures import Signature, SignatureState, fingerprint
from core.db.tables import Profession, Urgency
from core.errors import ContentError
from core.lexicon.concepts import ConceptContent
from tests.conftest import DATA

REVIEWS = open_reviews(DATA)
TODAY = date(2026, 11, 26)
DANGERS = [one for one in REVIEWS.categories if one.kind == "danger"]
TABLES = [one for one in REVIEWS.categories if one.kind == "table" and one.id != "common"]


def sheets(category: Category) -> tuple[str, str]:
    """Return a category's sheet as text and as a page, its tags left in."""
    chosen = (REVIEWS.review(category),)
    return sheet_text(chosen, TODAY), unescape(sheet_html(chosen, TODAY))


def of_danger(category: Category) -> Iterator[str]:
    """Yield every word of a danger's content that a doctor must see."""
    danger, safety = REVIEWS.dangers[category.id], REVIEWS.safety[category.id]
    yield from (danger.title, danger.version, safety.saw, safety.ask, *safety.steps, *safety.steps_self)
    for rule in (*danger.red, *danger.ask):
        yield from (rule.id, rule.says)
        if len(rule.all) > 1:
            yield f"かな{rule.within}字以内"
        for pair in rule.pairs:
            yield from (pair.fires, pair.silent)
    for one in danger.unless:
        yield from (one.id, one.because, f"かな{one.within}字以内")
    for one in danger.settled_by:
        yield from (one.id, one.because)
    for answer in safety.answers:
        yield answer.label
    if safety.is_first_check:
        yield "医療職が対応しているトークにも、119番の案内をすぐに送ります"
    for name in concept_names(danger):
        concept = REVIEWS.concepts[name]
        yield from (concept.label, *concept.written, *map(form_text, (*concept.forms, *concept.not_in)))
        yield from (measured_text(concept), apart_text(concept))


@pytest.mark.parametrize("category", DANGERS, ids=lambda one: one.id)
def test_a_danger_s_sheet_holds_every_rule_exception_answer_step_and_word(category: Category) -> None:
    text, page = sheets(category)
    for shown in (text, page):
        assert [words for words in of_danger(category) if words not in shown] == []
        assert "未監修" in shown
        for answer in REVIEWS.review(category).sheet.answers:  # type: ignore[union-attr]
            assert answer.leads in shown
    danger = REVIEWS.dangers[category.id]
    text, page = sheets(category)
    assert (
        text.count("聞きとる")
        == page.count("<dt>聞きとる")
        == sum(len(rule.pairs) for rule in (*danger.red, *danger.ask))
    )


# What stands on a sheet. A field that is new here must first be shown there, and in `of_danger` or a test of its own.
OF_REVIEW = frozenset({"reviewer", "status", "is_signed"})
SHOWN: dict[type[ContentModel], frozenset[str]] = {
    DangerContent: frozenset({"id", "title", "version", "source", "red", "ask", "unless", "settled_by"}),
    DangerRuleContent: frozenset(
        {"id", "says", "all", "any", "without", "unless_told", "within", "across", "allows", "pairs"}
    ),
    ExceptionContent: frozenset({"id", "kind", "because", "any", "within"}),
    ConceptContent: frozenset({"label", "forms", "written", "not_in", "gap", "value", "at_least", "at_most"}),
    SafetyContent: frozenset(
        {
            "id",
            "version",
            "source",
            "saw",
            "ask",
            "unsure",
            "answers",
            "steps",
            "steps_self",
            "is_first_check",
        }
    ),
    SafetyAnswer: frozenset({"label", "leads", "next", "profession", "desk"}),
}


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_no_field_is_signed_that_is_not_shown(model: type[ContentModel]) -> None:
    assert model.model_fields.keys() - OF_REVIEW == SHOWN[model]


def different(value: object) -> object:
    """Return another value of the same kind; for nothing, something."""
    match value:
        case bool():
            return not value
        case int() | float():
            return 1.5
        case str():
            return f"{value}x"
        case tuple():
            return value[:-1] if value else ("limp",)
    return "spo2"


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(
    ("model", "field"), [(model, field) for model, fields in SHOWN.items() for field in sorted(fields)]
)
def test_every_field_that_is_shown_is_signed(model: type[ContentModel], field: str) -> None:
    exception = ExceptionContent(id="a", kind="past", because="むかし", any=("limp",))
    full = REVIEWS.dangers["heatstroke"]
    danger = full.model_copy(update={"ask": full.ask[:1], "unless": (exception,)})
    safety, limp = REVIEWS.safety["heatstroke"], REVIEWS.concepts["limp"]

    def mark(one: DangerContent = danger, said: SafetyContent = safety, word: ConceptContent = limp) -> str:
        return fingerprint(danger_parts(one, said, {**REVIEWS.concepts, "limp": word}))

    def altered(one: ContentModel) -> Any:
        return one.model_copy(update={field: different(getattr(one, field))})

    changed = {
        DangerContent: lambda: mark(altered(danger)),
        DangerRuleContent: lambda: mark(danger.model_copy(update={"ask": (altered(danger.ask[0]),)})),
        ExceptionContent: lambda: mark(danger.model_copy(update={"unless": (altered(exception),)})),
        ConceptContent: lambda: mark(word=altered(limp)),
        SafetyContent: lambda: mark(said=altered(safety)),
        SafetyAnswer: lambda: mark(said=safety.model_copy(update={"answers": (altered(safety.answers[0]),)})),
    }
    before = (
        mark(said=safety.model_copy(update={"answers": safety.answers[:1]}))
        if model is SafetyAnswer
        else mark()
    )
    assert changed[model]() != before


@pytest.mark.parametrize(
    ("rule", "texts"),
    [
        ({"all": ["limp"]}, ["ぐったり"]),
        ({"all": ["limp", "vomited|drink"], "within": 17}, ["＋", "ひとつの文の中、たがいにかな17字以内"]),
        ({"all": ["limp"], "any": ["vomited"], "across": True}, ["次のひとつ", "文をまたいでもよい"]),
        ({"all": ["limp"], "without": ["drink"]}, ["近くにあれば数えない：お酒"]),
        ({"all": ["limp"], "allows": ["past", "denied"]}, ["次のときも数える：過ぎたこと・否定していること"]),
    ],
)
def test_a_rule_s_conditions_are_said_in_words(rule: dict[str, object], texts: list[str]) -> None:
    danger = REVIEWS.dangers["unconscious"]
    made = DangerRuleContent.model_validate({"id": "made-up", "says": "見本の規則", **rule})
    changed = danger.model_copy(update={"red": (made,), "ask": (), "unless": ()})
    reviews = replace(REVIEWS, dangers={**REVIEWS.dangers, "unconscious": changed})
    chosen = (reviews.review(reviews.category("unconscious")),)
    labels = {name: REVIEWS.concepts[name].label for name in ("limp", "vomited", "drink")}
    for shown in (sheet_text(chosen, TODAY), unescape(sheet_html(chosen, TODAY))):
        for text in texts:
            assert text.replace("ぐったり", labels["limp"]).replace("お酒", labels["drink"]) in shown


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"leads": "red"}, "すぐ119番"),
        ({"leads": "orange", "desk": "obstetrics"}, "1時間以内に受診（かかりつけの産科に電話）"),
        ({"leads": "person", "profession": "counsellor"}, "カウンセラーにつなぐ"),
        ({"leads": "question", "next": "stroke"}, "「脳卒中」の問いに進む"),
        ({"leads": "table"}, "その症状の質問表に進む"),
    ],
)
def test_where_an_answer_leads_is_said_in_words(answer: dict[str, str], text: str) -> None:
    made = SafetyAnswer.model_validate({"label": "ある", **answer})
    assert answer_text(made, {"stroke": "脳卒中"}) == text


@pytest.mark.parametrize("category", TABLES, ids=lambda one: one.id)
def test_a_table_s_sheet_holds_every_item_and_end(category: Category) -> None:
    table = REVIEWS.tables[category.id]
    common = REVIEWS.tables.common
    items = [*table.own_items, *(i for i in common.modifiers if i.id in table.raised_by)]
    words = [
        *(text for item in items for text in (item.id, item.text, item.easy, *item.home, *item.departments)),
        *(concept for item in items for concept in labels(item.told_by)),
        *(line.text for line in table.lines.values()),
        *(end.because for end in table.ends),
        *(table.title, table.version, *table.departments, *table.shop),
        f"{table.look_again:g}時間",
        *(f"119番の手当て：{item.danger}" for item in table.red),
        *(REVIEWS.notes.sources[mark].name for item in items for mark in item.source),
    ]
    for shown in sheets(category):
        assert [text for text in words if text not in shown] == []
        assert "未監修" in shown


def labels(rules: Iterable[str]) -> list[str]:
    """Return what the concepts of some rules are called on a sheet."""
    return [REVIEWS.concepts[name].label or name for name in rule_concepts(list(rules))]


def test_the_shared_sheet_holds_every_question_modifier_and_complaint() -> None:
    common, complaints = REVIEWS.tables.common, REVIEWS.tables.complaints.complaints
    items = common_items(common)
    words = [
        *(text for item in items for text in (item.id, item.text, item.easy)),
        *(concept for item in items for concept in labels(item.told_by)),
        *(line for lines in common.advice.values() for line in lines),
        *(*common.well.adult, *common.well.child, *common.well.infant),
        *common.danger_order,
        *(one.short for one in complaints),
        *(concept for one in complaints for concept in labels((*one.heard_by, *one.without))),
        *(f"119番の手当て：{item.danger}" for item in items if item.danger),
    ]
    for shown in sheets(REVIEWS.category("common")):
        assert [text for text in words if text not in shown] == []


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (model, field)
        for model in (Item, Table, AdviceLine, Mild, End, Given, Complaint)
        for field in sorted(model.model_fields)
    ],
)
def test_every_field_of_a_table_is_signed(model: type[ContentModel], field: str) -> None:
    tables = REVIEWS.tables
    whole = tables["headache_adult"].model_copy(update={"also_for": ("dizziness",), "needs": ("age",)})

    def mark(table: Table) -> str:
        return fingerprint(table_parts(table, REVIEWS.concepts))

    def heard(complaint: Complaint) -> str:
        only = tables.complaints.model_copy(update={"complaints": (complaint,)})
        return fingerprint(common_parts(tables.common, only, REVIEWS.concepts))

    def changed(one: ContentModel) -> Any:
        return one.model_copy(update={field: altered(getattr(one, field))})

    assert whole.mild
    item = next(item for item in whole.orange if item.told_by)
    line = AdviceLine(text="見本の行です。", about=("said_headache",))
    end = End(level=Urgency.YELLOW, because="見本のため")
    given = Given(years_from=40)
    complaint = tables.complaints.complaints[0]
    before, after = {
        Table: lambda: (mark(whole), mark(changed(whole))),
        Item: lambda: (
            with_part(whole, mark, orange=(item,)),
            with_part(whole, mark, orange=(changed(item),)),
        ),
        AdviceLine: lambda: (
            with_part(whole, mark, home=(line,)),
            with_part(whole, mark, home=(changed(line),)),
        ),
        Mild: lambda: (mark(whole), with_part(whole, mark, mild=changed(whole.mild))),
        End: lambda: (with_part(whole, mark, ends=(end,)), with_part(whole, mark, ends=(changed(end),))),
        Given: lambda: (with_part(whole, mark, given=given), with_part(whole, mark, given=changed(given))),
        Complaint: lambda: (heard(complaint), heard(changed(complaint))),
    }[model]()
    # Who reviewed it, and whether it is signed, stand in the signature itself.
    assert (before != after) is (field not in OF_REVIEW)


def with_part(table: Table, mark: Callable[[Table], str], **part: object) -> str:
    return mark(table.model_copy(update=part))


def altered(value: object) -> object:
    """Return another value; rules and marks must stay such as can be read."""
    match value:
        case Given():
            return value.model_copy(update={"years_below": 99})
        case Mild():
            return None
        case Urgency():
            return Urgency.ORANGE if value is not Urgency.ORANGE else Urgency.GREEN
        case tuple() if not value:
            return ("said_headache",)
        case int() | float() if not isinstance(value, bool):
            return value + 1
        case None:
            return 7
    return different(value)


def test_every_mark_of_a_source_is_explained_and_every_open_point_is_on_a_sheet() -> None:
    for category in DANGERS:
        safety = REVIEWS.safety[category.id]
        assert [mark for mark in safety.source if mark not in REVIEWS.notes.sources] == []
        text, page = sheets(category)
        for mark in safety.source:
            assert REVIEWS.notes.sources[mark].name in text
            assert REVIEWS.notes.sources[mark].name in page
        for point in REVIEWS.notes.open.get(category.id, ()):
            assert point in text
            assert point in page
    assert REVIEWS.notes.open.keys() <= REVIEWS.dangers.keys()


@pytest.mark.parametrize(
    "changed",
    [(), ("red/no-answer", "concept/limp"), ("ask/dazed", "safety/answers", "safety/steps", "safety/ask")],
)
def test_a_sheet_says_who_signed_and_what_has_changed_since(changed: tuple[str, ...]) -> None:
    category = REVIEWS.category("unconscious")
    signature = Signature.make(
        "danger",
        "unconscious",
        "0.1",
        {**REVIEWS.parts(category), **dict.fromkeys(changed, "before")},
        reviewer="見本 <監子>",
        profession=Profession.DOCTOR,
        licence="第123号",
        signed_on=TODAY,
        remark="B3 & B4 を見直す",
    )
    state = SignatureState.of(signature, REVIEWS.parts(category))
    reviews = replace(REVIEWS, states={**REVIEWS.states, ("danger", "unconscious"): state})
    chosen = (reviews.review(category),)
    page = sheet_html(chosen, TODAY)
    assert "<監子>" not in page
    for shown in (sheet_text(chosen, TODAY), unescape(page)):
        for text in ("医師 見本 <監子>", "第123号", "2026-11-26", "B3 & B4 を見直す", *changed):
            assert text in shown
        assert ("監修のあとで変更あり" in shown) is bool(changed)
        assert "未監修" not in shown
    assert page.count('<span class="changed">変更</span>') == len(changed)


def test_despair_is_met_with_care_and_the_sheet_says_so() -> None:
    said = "問いを待たずに、いたわることばと相談先の電話を伝え"
    told = {one.id for one in DANGERS if all(said in shown for shown in sheets(one))}
    assert told == {"suicide_act", "suicide_plan"}


def test_all_sheets_are_one_page_with_a_list_before_them() -> None:
    chosen = chosen_reviews(REVIEWS, "all")
    assert {one.category for one in chosen} == set(REVIEWS.categories)
    page = sheet_html(chosen, TODAY)
    assert page.count('<section class="sheet"') == len(chosen)
    assert page.index("監修票の一覧") < page.index('<section class="sheet"')


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = sheet_html(chosen_reviews(REVIEWS, "stroke"), TODAY)
    assert "<script" not in page
    assert "<link" not in page
    assert "url(" not in page
    assert "&#34;" not in page.split("</style>")[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [("strok", "no category 'strok'"), ("danger/fever_adult", "no category"), ("", "no category")],
)
def test_a_category_that_is_none_is_named(name: str, says: str) -> None:
    with pytest.raises(ContentError, match=says):
        chosen_reviews(REVIEWS, name)


def test_without_chromium_the_page_is_written_and_named(tmp_path: Path) -> None:
    with pytest.raises(NotPrinted, match=r"no Chromium here .*make browser.*; .*sheet\.html is the same"):
        print_pdf("<p>胸の痛み</p>", tmp_path / "sheet.pdf", path="")
    assert (tmp_path / "sheet.html").read_text() == "<p>胸の痛み</p>"
    assert not (tmp_path / "sheet.pdf").exists()


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nowhere/sheet\.html: cannot be written"):
        print_pdf("<p>胸</p>", tmp_path / "nowhere" / "sheet.pdf", path="")


@pytest.mark.parametrize(
    ("concept", "text"),
    [
        (ConceptContent(value="spo2", at_most=90), "酸素の値（SpO2）が90％以下"),
        (ConceptContent(value="spo2", at_least=91, at_most=95), "酸素の値（SpO2）が91％以上、95％以下"),
        (ConceptContent(value="temperature", at_least=37.5), "体温が37.5度以上"),
        (ConceptContent(forms=("痛い",)), ""),
    ],
)
def test_a_measurement_is_said_in_words(concept: ConceptContent, text: str) -> None:
    assert measured_text(concept) == text


def test_a_form_says_what_may_stand_between_its_words() -> None:
    assert form_text("息 苦しい") == "息〜苦しい"
    assert form_text("意識+ない") == "意識＋ない"
