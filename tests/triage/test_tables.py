"""The tables: complete, sourced, readable; and refused with file, line and reason if they are not."""

import re
import shutil
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import pytest

from bot.triage.danger.safety import load_safety
from bot.triage.tables.home_care import fitting, forbids_drink, gives_drink
from bot.triage.tables.loader import OTHER, common_items, load_tables, table_problems
from bot.triage.tables.model import GENERAL, Table
from core.db.tables import Urgency
from core.errors import ContentError
from tests.triage.cases import DATA, IDS, TABLES, case_of, somebody, walk
from tests.triage.small_content import copy_tables

DANGERS = load_safety(DATA)
LEVELS = ("red", "orange", "yellow", "green")
# What only a doctor may say, and what nobody may promise.
PROMISES = re.compile(
    r"可能性が高|大丈夫|だいじょうぶ|心配(?:いりません|ありません|ない)|受診(?:しなくて|は不要)|必ず治|治ります|[0-9]錠|診断(?:します|は)"
    r"|の?(?:病気|症)です"
)
# Names of illnesses that a resident may be told to have; that she has one already is another thing.
ILLNESSES = re.compile(
    r"肺炎|髄膜炎|脳卒中|脳梗塞|脳出血|くも膜下|虫垂炎|盲腸|腸重積|骨折|熱性けいれん|胃腸炎|心筋梗塞|狭心症|大動脈解離|尿路感染|腎盂腎炎"
    r"|アナフィラキシー|敗血症|エコノミークラス|血栓|緑内障|網膜剥離|腸閉塞|気胸|心不全|食中毒|帯状疱疹|蜂窩織炎|子宮外妊娠|子癇"
)
PATTERN = re.compile(r"[|?\\\[\]{}*^$]|\(\?|→|[A-Za-z_]{3,}")
# Words that residents know in these letters.
LATIN = re.compile(r"SpO2|CT|BCG")


def residents_texts(table: Table) -> list[str]:
    """Return all that a resident may read of a table."""
    items = [text for item in table.own_items for text in (item.text, item.easy, *item.home)]
    return [*items, *(end.because for end in table.ends), *(line.text for line in table.lines.values())]


def home_of(table: Table) -> list[str]:
    """Return the lines of home care of a table, also those of one topic only."""
    return [line.text for line in table.home]


SHARED_TEXTS = [
    *(text for item in common_items(TABLES.common) for text in (item.text, item.easy)),
    *(line for lines in TABLES.common.advice.values() for line in lines),
    *(*TABLES.common.well.adult, *TABLES.common.well.child, *TABLES.common.well.infant),
    *(one.short for one in TABLES.complaints.complaints),
]


def test_there_are_tables_for_what_residents_complain_of() -> None:
    assert len(TABLES) >= 80
    for complaint in TABLES.complaints.complaints:
        assert TABLES.of(complaint.id), complaint.id
    assert {table.audience for table in TABLES.of(OTHER)} == {"adult", "child"}


@pytest.mark.parametrize("table", IDS)
def test_every_item_has_its_sources_and_none_pretends_to_be_reviewed(table: str) -> None:
    assert not TABLES[table].is_signed
    assert TABLES[table].status == "draft"
    assert all(item.source for item in TABLES[table].own_items)


@pytest.mark.parametrize("table", IDS)
def test_nothing_says_what_only_a_doctor_may_say(table: str) -> None:
    said = residents_texts(TABLES[table])
    assert [text for text in said if PROMISES.search(text)] == []
    assert [text for text in said if ILLNESSES.search(text)] == []


def test_nor_does_what_all_tables_share() -> None:
    assert [text for text in SHARED_TEXTS if PROMISES.search(text)] == []
    assert [text for text in SHARED_TEXTS if PATTERN.search(LATIN.sub("", text))] == []
    known = {item.text for item in TABLES.common.modifiers}  # illnesses that a person has told of
    assert [text for text in SHARED_TEXTS if ILLNESSES.search(text) and text not in known] == []


@pytest.mark.parametrize("table", IDS)
def test_no_pattern_or_id_has_slipped_into_what_residents_read(table: str) -> None:
    said = residents_texts(TABLES[table])
    assert [text for text in said if PATTERN.search(LATIN.sub("", text))] == []


@pytest.mark.parametrize("table", IDS)
def test_home_care_is_whole_sentences_and_signs_are_not(table: str) -> None:
    one = TABLES[table]
    lines = [*home_of(one), *(line for item in one.own_items for line in item.home)]
    assert [line for line in lines if not line.endswith(("。", "）"))] == []
    assert [line.text for line in (*one.worse, *one.sooner) if line.text.endswith("。")] == []
    asked = [item.text for item in one.own_items]
    assert [text for text in asked if text.endswith("。") or len(text) > 60] == []


@pytest.mark.parametrize("table", IDS)
def test_buttons_of_a_list_can_be_told_apart(table: str) -> None:
    """A button shows the beginning of an item."""
    asked = [
        (item, item.text[:18])
        for level in ("orange", "yellow", "green")
        for item in TABLES[table].items(level)
        if not item.is_told_only
    ]
    for (first, shown), (second, other) in combinations(asked, 2):
        is_apart = shown != other or _never_together(first.given.ages, second.given.ages)
        assert is_apart, (first.text, second.text)


def _never_together(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return first[1] <= second[0] or second[1] <= first[0]


@pytest.mark.parametrize("table", IDS)
def test_the_danger_of_every_red_item_has_first_aid(table: str) -> None:
    named = {item.danger for item in TABLES[table].red}
    assert named <= {*DANGERS, GENERAL}
    assert named <= {*TABLES.common.danger_order, GENERAL}


@pytest.mark.parametrize("table", IDS)
def test_children_go_to_a_paediatrician_and_adults_do_not(table: str) -> None:
    one = TABLES[table]
    if one.audience == "child":
        # Eyes, teeth, wounds and skin have doctors of their own.
        assert "小児科" in one.departments or one.departments[0] not in {"内科", "外科"}
    if one.audience == "adult":
        assert "小児科" not in one.departments


@pytest.mark.parametrize("table", IDS)
def test_the_advice_of_every_level_fits_its_card(table: str) -> None:
    one = TABLES[table]
    # Lines for all, whatever was told.
    for kind in ("home", "worse"):
        assert [line for name, line in one.lines.items() if name.startswith(kind) and not line.about], kind
    assert 0.5 <= one.look_again <= 336


@pytest.mark.parametrize("table", IDS)
def test_what_may_never_end_white_does_not(table: str) -> None:
    """The list of clinical.md 2.9."""
    never = {
        "breathlessness", "wheeze", "convulsion", "stroke_signs", "blood_inside", "male", "eye_urgent",
        "fetal_movement", "pregnancy_bleeding", "pregnancy_pressure", "postpartum",
    }  # fmt: skip
    one = TABLES[table]
    if one.complaint in never and one.audience != "child":
        assert one.mild is None


# Home care of tables that can be merged


def merged() -> Iterator[tuple[Table, Table]]:
    for first, second in combinations(TABLES.values(), 2):
        if {first.audience, second.audience} != {"adult", "child"}:
            yield first, second


@pytest.mark.parametrize("is_hurried", [False, True])
def test_home_care_of_merged_tables_does_not_contradict_itself(*, is_hurried: bool) -> None:
    for first, second in merged():
        lines = fitting((*home_of(first), *home_of(second)), is_hurried=is_hurried)
        said = "\n".join(lines)
        if is_hurried or any(forbids_drink(line) for line in lines):
            assert not [line for line in lines if gives_drink(line)], (first.id, second.id)
        if re.search("動かずに、座る|そのままの姿勢", said):
            assert not re.search(r"範囲で.{0,8}(?:動いて|歩いて)", said), (first.id, second.id)
        if re.search("体を起こして座り|寄りかかって休", said):
            assert not re.search("横になって(?:休|目)|横になり、足", said), (first.id, second.id)
        if "あたためたりしないで" in said:
            assert not re.search("(?:下腹|おなか)や腰を(?:あたため|温め)て", said), (first.id, second.id)


@pytest.mark.parametrize(
    ("line", "gives", "forbids"),
    [
        ("水やお茶を、少しずつ飲んでください。", True, False),
        ("経口補水液を、ひと口ずつ何度も飲ませてください。", True, False),
        ("おかゆやうどんなど、やわらかいものを少しずつ食べてください。", True, False),
        ("何も食べたり飲んだりしないでください。", False, True),
        ("横になり、食べたり飲んだりしないでください。", False, True),
        ("診てもらうまで、食べさせたり飲ませたりしないでください。", False, True),
        ("何も飲ませず、食べさせずに、病院に電話してください。", False, True),
        ("食べないでください。病院に行くまでは、水も飲まないでください。", False, True),
        # Not to take a medicine, alcohol or a second dose is no reason to go thirsty.
        ("酒が残っているあいだは、痛み止めや熱の薬を飲まないでください。", False, False),
        ("大人の熱の薬を、子どもに飲ませないでください。", False, False),
        ("お酒は、今夜は飲まないでください。", False, False),
        ("次の分は、薬剤師に聞くまで飲まないでください。", False, False),
        ("吐いたあと30分は、何も飲まないで休んでください。", False, False),
        ("はっきり話せて、自分で飲める人だけ、塩分の入った飲み物を少しずつ飲んでください。", False, False),
        ("飲ませてよいかは、大阪中毒110番（072-727-2499）で聞いてください。", False, False),
        ("飲んでいる薬の名前を用意してください。", False, False),
        ("薬を飲んだ日と回数を書いて、医師に見せてください。", False, False),
    ],
)
def test_what_gives_and_what_forbids_a_drink_is_told_apart(line: str, *, gives: bool, forbids: bool) -> None:
    assert (gives_drink(line), forbids_drink(line)) == (gives, forbids)


def test_a_line_that_forbids_is_never_taken_away() -> None:
    lines = [line for table in TABLES.values() for line in home_of(table)]
    lines += [line for table in TABLES.values() for item in table.own_items for line in item.home]
    forbidding = [
        line
        for line in lines
        if re.search("(?:飲|食)[^。]*(?:ないで|ずに、病院)", line) and not gives_drink(line)
    ]
    assert len(forbidding) > 20
    for is_hurried in (False, True):
        kept = fitting(lines, is_hurried=is_hurried)
        assert [line for line in forbidding if line not in kept] == []


@pytest.mark.parametrize("table", ["alcohol", "covid_flu_child", "vomiting_adult", "vomiting_child"])
def test_a_table_does_not_silence_its_own_drink(table: str) -> None:
    lines = home_of(TABLES[table])
    assert list(fitting(lines, is_hurried=False)) == lines


def test_at_home_every_card_says_something_to_do() -> None:
    for table in IDS:
        case = case_of(table, somebody(TABLES[table]))
        result = walk(case, lambda step: "no" if not step.need else "unknown").result
        assert result.urgency is not Urgency.RED
        assert len(result.advice) >= 2, table


# Broken content


@pytest.fixture(scope="session")
def few_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_tables(tmp_path_factory.mktemp("tables"), "headache_adult", "other_adult", "motion")


@pytest.fixture
def data(few_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The lexicon of this project is read already.
    monkeypatch.setattr("bot.triage.tables.loader.load_lexicon", lambda _: TABLES.lexicon)
    shutil.copytree(few_tables, tmp_path, dirs_exist_ok=True)
    return tmp_path


def change(path: Path, wrong: str, right: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert wrong in text, wrong
    path.write_text(text.replace(wrong, right, 1), encoding="utf-8")


def test_the_small_content_is_whole(data: Path) -> None:
    assert table_problems(data) == []
    assert set(load_tables(data)) == {"headache_adult", "other_adult", "motion"}


HEADACHE, MOTION, COMMON, HEARD = "tables/headache_adult", "tables/motion", "common", "complaints"
RED_ITEM = "  - {id: red_%d, text: 見本の様子, easy: みほん, source: [GK], danger: stroke}\n"
END = f"ends:\n  - {{level: green, because: {TABLES['headache_adult'].ends[0].because}}}"
GREEN_ITEM = "  - {id: green_%d, text: 見本の様子, easy: みほん, source: [GK]}\n"


@pytest.mark.parametrize(
    ("name", "wrong", "right", "says"),
    [
        (HEADACHE, "head_peak_at_once", "head_peak_at_onse", r"headache_adult\.yml:\d+: thunderclap: no concept of this name in data/lexicon: head_peak_at_onse"),
        (HEADACHE, "complaint: headache", "complaint: headdache", r"headache_adult\.yml:\d+: complaint: 'headdache' is not in triage/complaints\.yml"),
        (HEADACHE, "complaint: headache", "complaint: motion", r"complaints\.yml:\d+: headache: no table in data/triage/tables is for this complaint"),
        (HEADACHE, "sign: thunderclap", "sign: thunder", r"headache_adult\.yml:\d+: thunderclap: sign 'thunder' is not in triage/signs\.yml"),
        (HEADACHE, "sign: pressure_180", "sign: thunderclap", r"headache_adult\.yml:\d+: pressure: sign 'thunderclap' is red in every table, not green"),
        (HEADACHE, "raised_by: [age75,", "raised_by: [age76,", r"headache_adult\.yml:\d+: raised_by: 'age76' is not in triage/common\.yml"),
        (HEADACHE, "danger: thunderclap_headache", "danger: thunder", r"headache_adult\.yml:\d+: thunderclap: danger 'thunder' is not in danger_order of triage/common\.yml"),
        (HEADACHE, "danger: thunderclap_headache, ", "", r"headache_adult\.yml:\d+: \(file\): .*red items need a `danger`, whose first aid the card gives: thunderclap"),
        (HEADACHE, "source: [La], danger", "source: [Zz], danger", r"headache_adult\.yml:\d+: thunderclap: source mark 'Zz' is not explained in review\.yml"),
        (HEADACHE, "source: [La], danger", "source: [], danger", r"headache_adult\.yml:\d+: red\.0\.source: "),
        (HEADACHE, "id: side_sight,", "id: thunderclap,", r"two items have the same id: thunderclap"),
        (HEADACHE, "id: many_tablets,", "id: Many-Tablets,", r"headache_adult\.yml:\d+: green\.0\.id: "),
        (HEADACHE, "red:\n", "red:\n" + "".join(RED_ITEM % n for n in range(9)), r"headache_adult\.yml:\d+: red: .*at most 14 items"),
        (HEADACHE, "green:\n", "green:\n" + "".join(GREEN_ITEM % n for n in range(9)), r"asks \d+ items below red and 3 that raise: at most 14"),
        (MOTION, "green:\n", "green:\n" + "".join(GREEN_ITEM % n for n in range(7)), r"asks \d+ items below red and 1 that raise: at most 7"),
        (HEADACHE, END, "ends:\n  - {level: green, given: {years_from: 40}}", r"the last of `ends` has no `given`: there must always be an end"),
        (HEADACHE, END, "ends:\n  - {level: yellow}", r"an end above green says to residents why: `because`"),
        (HEADACHE, END, "ends:\n  - {level: red, because: 頭の痛みのため}", r"no table ends red by itself"),
        (HEADACHE, END, "ends: []", r"headache_adult\.yml:\d+: ends: "),
        (HEADACHE, "{id: many_tablets,", "{id: many_tablets, danger: stroke,", r"only red items name a `danger`: many_tablets"),
        (HEADACHE, "{id: sleepless,", "{id: sleepless, settles: true,", r"only green items settle: sleepless"),
        (HEADACHE, "{id: sleepless,", "{id: sleepless, is_told_only: true,", r"sleepless: is never asked and has no words"),
        (HEADACHE, "text: 24時間以上続いて、眠れない", f"text: {'頭が痛い' * 16}", r"headache_adult\.yml:\d+: yellow\.1\.text: .*at most 60"),
        (HEADACHE, "look_again: 4", "look_again: 0", r"headache_adult\.yml:\d+: look_again: "),
        (HEADACHE, "status: draft", "status: reviewed", r"yml:\d+: status: .*`helpo triage sign`"),
        (HEADACHE, "status: draft", "is_signed: true", r"yml:\d+: is_signed: .*`helpo triage sign`"),
        (HEADACHE, "status: draft", "status: [", r"headache_adult\.yml:\d+: "),
        (HEADACHE, "shop: [fever_pain]", "shops: [fever_pain]", r"headache_adult\.yml:\d+: shops: Extra inputs"),
        (HEADACHE, "id: headache_adult", "id: headache", r"headache_adult\.yml:1: id: is 'headache' but the file is named 'headache_adult\.yml'"),
        (COMMON, "danger: cardiac_arrest, ", "", r"common\.yml:\d+: \(file\): .*red items need a `danger`: no_breathing"),
        (COMMON, "  - choking\n", "  - cardiac_arrest\n", r"danger_order names a danger twice"),
        (COMMON, "illness_immune", "illness_immuno", r"common\.yml:\d+: immune: no concept of this name in data/lexicon: illness_immuno"),
        (HEARD, "stops: []", "stops: [toothache]", r"complaints\.yml:\d+: headache: stops what is no complaint: toothache"),
        (HEARD, "{id: motion,", "{id: headache,", r"complaints\.yml: two complaints have the same id: headache"),
        (HEARD, "heard_by: [said_headache]", "heard_by: [said_headake]", r"complaints\.yml:\d+: headache: no concept of this name in data/lexicon: said_headake"),
        (HEARD, "heard_by: [said_headache]", "heard_by: []", r"complaints\.yml:\d+: complaints\.\d+\.heard_by: "),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_file_line_and_reason(
    data: Path, name: str, wrong: str, right: str, says: str
) -> None:
    change(data / "triage" / f"{name}.yml", wrong, right)
    with pytest.raises(ContentError, match=says):
        load_tables(data)


def test_the_line_is_that_of_the_item(data: Path) -> None:
    path = data / "triage/tables/headache_adult.yml"
    change(path, "one_eye_hurts", "one_eye_hurtz")
    (problem,) = table_problems(data)
    line = int(problem.removeprefix(f"{path}:").split(":")[0])
    assert "{id: eye," in path.read_text(encoding="utf-8").splitlines()[line - 1]


def test_every_problem_is_named_at_once(data: Path) -> None:
    tables = data / "triage/tables"
    change(tables / "headache_adult.yml", "status: draft", "status: [")
    (tables / "motion.yml").write_text("id: motion\n", encoding="utf-8")
    change(tables / "other_adult.yml", "sign: one_leg", "sign: two_legs")
    problems = "\n".join(table_problems(data))
    for name in ("headache_adult.yml", "motion.yml", "other_adult.yml", "sign 'two_legs'"):
        assert name in problems


@pytest.mark.parametrize(
    "spoil",
    [
        lambda triage: (triage / "common.yml").unlink(),
        lambda triage: (triage / "complaints.yml").write_text("version: [", encoding="utf-8"),
        lambda triage: (triage / "signs.yml").unlink(),
    ],
)
def test_missing_shared_content_is_a_line_and_no_traceback(
    data: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(data / "triage")
    with pytest.raises(ContentError, match=r"triage/(?:common|complaints|signs)\.yml"):
        load_tables(data)


def test_the_general_table_is_never_missing(data: Path) -> None:
    (data / "triage/tables/other_adult.yml").unlink()
    with pytest.raises(ContentError, match=r"complaints\.yml:\d+: other: no table"):
        load_tables(data)
