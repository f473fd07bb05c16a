"""Read whom words are about (self, child, other) from kinship, age and grammar; unclear stays unclear."""

import re
from dataclasses import dataclass, replace

from core.ja import Age, different, find_ages, folded_lines, form, quick_pattern, read_age

HERSELF = "本人"
CHILD_MONTHS = 16 * 12  # 救急受診ガイド: a child is 15 or younger
PREGNANT = re.compile(
    r"妊娠(?!検査|し(?:てい?な|てま|たい)|はし|の可能性は?(?:な|あり?ませ)|(?:中|初期)?で?は?(?:な[いく]|あり?ませ))|妊婦"
)
_PARTICLE = r"(?:さん|ちゃん|くん|君|親|たち)?(?=が|は|も|の|、|。|$|[0-9(（]|です|で[、。]|(?:に|を)(?!言|いわ|うつ|移|聞|きい|勧|すす|頼|たの|連れ|会|抱|だっこ|おんぶ|産|生ん|出産|育|送|迎|看病|世話|介護))"
# label, group, sex, folded words; 兄・姉・弟・妹 may be children or adults.
_KIN = tuple(
    (label, audience, sex, quick_pattern(f"(?:{words}){_PARTICLE}"))
    for label, audience, sex, words in (
        ("赤ちゃん", "child", "", r"赤ちゃん|あかちゃん|赤ん坊|あかんぼう?|乳児|新生児|べびー"),
        ("息子", "child", "m", r"息子|むすこ|長男|次男|三男|男の子|坊や"),
        ("娘", "child", "f", r"娘|むすめ|長女|次女|三女|女の子"),
        ("孫", "child", "", r"孫|(?<![ぁ-ん])まご"),
        (
            "子ども",
            "child",
            "",
            (
                r"子ども|子供|こども|幼児|園児|児童|小学生|小学[1-6一二三四五六]年生?|小[1-6]|中学生|中学[1-3一二三]年生?|中[1-3]"
                r"|(?:うち|この|その|上|下|真ん中|わが|我が|小さい|歳|才|か月|ゖ月)の?子|(?<![一-龥々])子"
            ),
        ),
        ("夫", "adult", "m", r"(?<![工丈])夫|主人|旦那|だんな"),
        ("妻", "adult", "f", r"妻|家内|(?<!花)嫁|奥さん|奥様|女房|かみさん"),
        ("祖父", "adult", "m", r"祖父|お?じいちゃん|お?じいさん|お?じい|爺"),
        ("祖母", "adult", "f", r"祖母|お?ばあちゃん|お?ばあさん|お?ばあ|婆"),
        ("父", "adult", "m", r"(?<![祖秩])父|お?とうさん|おやじ|親父|(?<![ぁ-ん])ちち"),
        ("母", "adult", "f", r"(?<![祖保酵])母|お?かあさん|おふくろ|お袋|(?<![ぁ-ん])はは"),
        ("きょうだい", "", "", r"兄|姉|弟|妹|お?にいちゃん|お?ねえちゃん|おとうと|いもうと"),
        (
            "ほかの大人",
            "adult",
            "",
            (
                r"友人|友達|友だち|ともだち|知人|同僚|上司|部下|彼氏|恋人|(?:隣|となり|近所)の人|利用者|叔父|伯父|叔母|伯母|おじ|おば"
                r"|高齢者|お?年寄り"
            ),
        ),
    )
)
_SELF = quick_pattern(
    r"(?:(?<!お)私|わたくし|わたし|あたし|僕|ぼく|俺|(?<![たつしなほこおそ])おれ|自分|自身)(?=が|は|も|の|です|、|。|$)|本人です|自分のこと"
)
_SELF_ALONE = re.compile(
    r"(?:自分|本人|当人|わたし|私|僕|ぼく|俺|おれ|うち)(?:自身)?(?:の)?(?:こと|話|方)?(?:です|だ|になります|でした)?[。!]?"
)
_OWNERS = re.compile(
    r"(?:私|わたし|僕|ぼく|俺|おれ|自分|うち|家)の(?=[^。、]{0,3}(?:赤|息|む|娘|長|次|孫|ま|子|こ|夫|主|旦|だ|妻|家|嫁|祖|お|じ|ば|父|母|兄|姉|弟|妹|友|同|彼))"
)
_SPEAKER = re.compile(
    r"(?:父|母|父親|母親|祖父|祖母|ばあば|じいじ|親|保護者|まま|ぱぱ)(?:です|なのですが|なんですが)(?:が|けど|けれど)?"
)
# Plain words of feeling are the speaker's own in Japanese: 「頭が痛いです」, but 「頭が痛いみたいです」 tells of another.
_FEELING = quick_pattern(
    r"(?:痛い|(?<![一-龥らかけきしみりえげせてねべめれ])いたい|いでえ|いてえ|いでー|いてー|苦しい|くるしい|だるい|つらい|辛い|しんどい|気持ち(?:が)?(?:悪い|わるい)|かゆい|痒い|きつい|吐きそう|寒気がし"
    r"|めまいが(?:し|ひど|する)|目が回[るりっ]|(?:ふらふら|くらくら|むかむか|いがいが|いがらっぽ|ひりひり|ちくちく|ずきずき|がんがん|ぞくぞく|ごろごろ|どきどき|ばくばく)(?:する|し(?:て|ます|た))?"
    r"|しびれ(?:る|て|ます|が)|痺れ(?:る|て|ます|が)|(?:眠|寝|ねむ)れ(?:な|ま)|寝つけ|痛く[てな]|かゆく|痒く|だるく|苦しく|動悸が|息切れが|胸やけ|胃もたれ|胃がもたれ|耳鳴り|鼻がつま|鼻が詰ま|二日酔い|筋肉痛|肩こり|腰痛|頭痛が|花粉症|生理痛|こむら返り|足がつ[るっり]|便秘で)"
    r"(?!と(?:言|い[うっい]|訴|泣)|って(?:言|い[うっい]|訴|泣)|みたい|そう|らし|よう|か[?も聞]|(?:の|ん)か)"
)
# From this age on not a child of the children's tables, whatever the kinship word.
_GROWN = re.compile(r"高校生|高校[1-3一二三]年|大学生|社会人|成人した|専門学校")
# Who writes of school may be a child of the children's tables: then it is asked.
_SCHOOL = quick_pattern(
    r"部活|学校(?!の先生です)|登校|授業|期末|中間てすと|てすと(?:前|近|期間|勉強)|塾|体育|保健室|受験|親に(?:言|いえ|ばれ|内緒|ないしょ)|(?:お母さん|まま|親)には?(?:言え|いえ|内緒|言いにく)"
)
_SEEN = re.compile(r"が(?:って|る|りま|った)|痛そう|苦しそう|つらそう|だるそう")

_THEN = r"(?:とき(?!どき)|時(?!々|間|折|期|計|刻)|頃|ころ|ごろ|時代)"
# Words about an earlier time of life: 「小学生のころ」, 「子どもの時に」.
_PAST = re.compile(
    r"(?:子ども|子供|こども|幼児|園児|児童|赤ちゃん|赤ん坊|新生児|息子|娘|孫|小学生?|中学生?|高校生?|大学生?"
    rf"|(?:小学?|中学?|高校?)[1-6一二三四五六]年?生?)(?:だった|の)?{_THEN}|(?:小|中|高)(?:学|校)?生?から(?:ずっと|の)"
)
# Right after an age, in the words as sent: 「10歳の頃から」, 「3歳で手術」; 「8歳の娘」 is of today.
_PAST_AGE = re.compile(
    rf"\s*(?:だった|の)?{_THEN}|\s*(?:から|まで|以来)|\s*で[^。、\n]{{0,8}}(?:手術|発症|診断|入院|結婚|出産)を?(?:し|され|受け)(?:た|まし)"
)


# The sex that is told with an age, as the end of what is said of the person: 「38歳 男です」「35歳の女性、頭痛」.
_SEX = re.compile(r"[0-9](?:歳|才|代|さい)? *の?(女|男)性?(?:です|だ(?!っ)|で?[、。]| |$)")
SEX_OF = {"女": "f", "男": "m"}


@dataclass(frozen=True, slots=True)
class Patient:
    """`audience` is `adult`, `child`, or empty when the words do not tell."""

    audience: str = ""
    label: str = ""
    age: Age | None = None
    sex: str = ""
    is_pregnant: bool = False
    is_assumed: bool = False


def audience_of(age: Age | None) -> str:
    """Return the group of an age; empty when there is none, or when it may be either (高1, 10代)."""
    if age is None or age.months < CHILD_MONTHS <= age.oldest:
        return ""
    return "child" if age.months < CHILD_MONTHS else "adult"


@form
def read_patient(text: str) -> Patient:
    """Read whom a text is about; two different people in it leave it unclear."""
    words = _PAST.sub("", _OWNERS.sub("", folded_lines(text)))
    ages = present_ages(text)
    age = ages.pop() if len(ages) == 1 else None
    kin = _kin(words)
    is_self = bool(_SELF.search(words) or any(_SELF_ALONE.fullmatch(line) for line in words.split("。")))
    pregnant = bool(PREGNANT.search(words))
    if len({k[1] for k in kin}) > 1 or (kin and is_self):
        return Patient()
    if kin:
        is_grown = kin[0][1] == "child" and bool(_GROWN.search(words))
        found = Patient("adult" if is_grown else kin[0][1], kin[0][0], sex=kin[0][2])
    elif _GROWN.search(words):
        found = Patient("adult", "大人")
    elif is_self:
        found = Patient("adult", "本人")
    elif _FEELING.search(words) and not _SEEN.search(words) and not (age is None and _SCHOOL.search(words)):
        found = Patient("adult", "本人", is_assumed=True)
    else:
        found = Patient()
    read = _aged(found, age, is_pregnant=pregnant, has_speaker=bool(_SPEAKER.search(words)))
    named = {found[1] for found in _SEX.finditer(words)}
    is_named = age is not None and not read.sex and len(named) == 1
    return replace(read, sex=SEX_OF[named.pop()]) if is_named else read


def present_ages(text: str) -> set[Age]:
    """Return the different present ages in a text, without those of years ago: 「3歳のときに手術をした」."""
    return different(found.value for found in find_ages(text) if not _PAST_AGE.match(text, found.end))


def stated_age(text: str) -> Age | None:
    """Return the one age in an answer to "how old": 「3歳です」, 「75」, 「8か月」."""
    ages = present_ages(text)
    if ages or find_ages(text):
        return ages.pop() if len(ages) == 1 else None
    return read_age(text)


def _kin(words: str) -> list[tuple[str, str, str]]:
    """Return the people named, without a parent who only says who is writing."""
    found = [(label, audience, sex) for label, audience, sex, pattern in _KIN if pattern.search(words)]
    if len(found) > 1 and _SPEAKER.search(words):
        said = _SPEAKER.sub("", words)
        found = [(label, audience, sex) for label, audience, sex, pattern in _KIN if pattern.search(said)]
    # 「3歳の息子、男の子です」: one person, named closer first.
    return found


def _aged(found: Patient, age: Age | None, *, is_pregnant: bool, has_speaker: bool) -> Patient:
    """Return the person with the age that decides the group; a child's age with an adult word is unclear."""
    if is_pregnant and age is None and found.audience != "child":
        return Patient(
            "adult", found.label or "本人", None, "f", is_pregnant=True, is_assumed=found.is_assumed
        )
    if age is None:
        return found
    by_age = audience_of(age) or found.audience
    is_doubtful = by_age == "child" and found.audience == "adult" and not (has_speaker or found.is_assumed)
    if is_doubtful:
        return Patient()
    label = found.label if found.audience == by_age or found.label in {"息子", "娘", "孫"} else ""
    pregnant = is_pregnant and by_age == "adult"
    sex = found.sex if label else ""
    return Patient(by_age, label, age, "f" if pregnant else sex, pregnant, is_assumed=False)
