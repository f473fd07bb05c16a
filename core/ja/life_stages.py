"""Read ages that are told as a stage of life: 小2, 年長, 米寿, 数え80, 首がすわらない."""

import re
from collections.abc import Iterator

from core.ja.age import Age, of_years

# What may stand after 小2: a person, a particle, the end of the words; not 小2本, 中3日, 高1時間.
_AFTER = r"(?=[男女児のでがはもに、。()「」\s/!?・]|年(?!前|間|後)|だ|なん|く(?:らい|ん)|生(?!理)|$)"
_CHILD = r"(?:子|こども|息子|むすこ|娘|むすめ|孫|まご|長男|次男|三男|長女|次女|三女|弟|妹|男|女|園児|甥|姪)"
# The first school year of each school is begun at this age, in years.
_SCHOOLS = (
    (re.compile(rf"(?<![一-龯々a-z0-9大過縮最])小(?:学校?)?の?(?P<year>[1-6]){_AFTER}"), 6),
    (re.compile(rf"(?:{_CHILD}|[生児])の?小(?:学校?)?の?(?P<year>[1-6]){_AFTER}"), 6),
    (re.compile(r"小学校?の?(?P<year>[1-6])年"), 6),
    # Only the first school has so many.
    (re.compile(r"(?<![\d一-龯々])(?P<year>[4-6])年生"), 6),
    (
        re.compile(
            rf"中(?<![集途日夜最年背真娠業睡服運電術食家世町心水空連手田野山海]中)(?:学校?)?の?(?P<year>[1-3]){_AFTER}"
        ),
        12,
    ),
    (re.compile(rf"高(?<![最血至崇孤座残]高)(?:校)?の?(?P<year>[1-3]){_AFTER}"), 15),
)
_STAGES = tuple(
    (re.compile(pattern), age)
    for pattern, age in (
        (rf"年少(?=さん|組|児|くらす|の{_CHILD})", of_years(3, 4)),
        (rf"年中(?=さん|組(?!み)|児|くらす|の{_CHILD})", of_years(4, 5)),
        (r"年長(?!者|け|く)|ねんちょう(?=さん|ぐみ|の)", of_years(5, 6)),
        (r"還暦|かんれき", of_years(60)),
        (r"古希|古稀", of_years(70)),
        (r"喜寿", of_years(77)),
        (r"傘寿", of_years(80)),
        (r"米寿", of_years(88)),
        (r"卒寿", of_years(90)),
        (r"白寿", of_years(99)),
        (r"100寿|百寿", of_years(100)),
        # The head is held up at three or four months of age.
        (
            r"首(?:も|が|は|の)?(?:まだ)?(?:すわ|座|据わ|坐)(?:ら(?:な|ん|ね|ず)|って(?:い)?(?:な|ね|ま?せん)|んね|る前|り前)(?![^。]{0,4}(?:みたい|よう(?:に|な)))",
            Age(0, 3),
        ),
        (
            r"(?:首すわり|首の?(?:すわ|座)り)(?:が)?(?:まだ|前)|首がまだ(?:ぐらぐら|ぐにゃ|しっかりし(?:て)?(?:い)?な)",
            Age(0, 3),
        ),
    )
)
# An age counted from one at birth, going up at the new year: one or two years more than ours.
_COUNTED = re.compile(r"(?:数え年?|かぞえ)(?:で|の|は)?(?P<years>\d{1,3})(?!日|人|回|つ|個)(?:歳|才|さい)?")
_MAY_BE_SCHOOL = re.compile(r"[小中高](?:学校?|校)?の?[1-6]|[4-6]年生")
_MAY_BE_STAGE = re.compile(r"年[少中長]|ねんちょう|[暦寿首]|れき|古[希稀]")


def stages(source: str) -> "Iterator[tuple[int, int, Age]]":
    """Yield (start, stop, age) of stages of life in a text of numbered form."""
    for match in _COUNTED.finditer(source):
        if (years := int(match["years"])) > 1:
            yield *match.span(), of_years(years - 2, years - 1)
    for pattern, begun_at in _SCHOOLS if _MAY_BE_SCHOOL.search(source) else ():
        for match in pattern.finditer(source):
            years = begun_at + int(match["year"]) - 1
            yield *match.span(), of_years(years, years + 1)
    for pattern, age in _STAGES if _MAY_BE_STAGE.search(source) else ():
        for match in pattern.finditer(source):
            yield *match.span(), age
