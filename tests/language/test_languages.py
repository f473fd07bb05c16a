"""Words of other languages are told from Japanese, from names, numbers and signs."""

import pytest

from bot.language.languages import Language, foreign_language, is_cry, is_picture_only, is_readable

WRITTEN = {
    Language.ENGLISH: (
        "I have a fever since yesterday", "English please", "Where is the nearest hospital?", "My stomach hurts", "hello",
        "thank you", "Help me please", "CALL AMBULANCE", "I CANT BREATHE", "ＨＥＬＰ", "my kid is throwing up", "SOS",
    ),
    Language.CHINESE: (
        "我胸口痛", "救命", "我肚子疼", "发烧了怎么办", "你好", "医院在哪里", "孩子發燒39度", "頭很痛", "喉嚨痛", "叫救護車",
        "我想看医生", "她昏倒了", "牙疼",
    ),
    Language.KOREAN: (
        "살려주세요", "머리가 아파요", "병원이 어디예요", "열이 나요", "안녕하세요", "배가 아파요", "감사합니다", "아이가 토했어요",
        "어지러워요", "숨이 차요",
    ),
    Language.VIETNAMESE: (
        "khó thở quá, đau ngực", "tôi bị sốt", "con toi bi sot", "đau bụng", "bệnh viện ở đâu", "xin chào", "cam on",
        "cứu tôi với", "toi dau dau", "Tôi cần bác sĩ",
    ),
    Language.TAGALOG: (
        "masakit ang tiyan ko", "tulong po", "saan ang ospital", "nilalagnat ang anak ko", "salamat po",
        "hindi ako makahinga", "nahihilo ako", "masakit ulo ko", "kailangan ko ng doktor", "saklolo",
    ),
    Language.NEPALI: (
        "मलाई ज्वरो आएको छ", "malai jwaro aayo", "pet dukhyo", "अस्पताल कहाँ छ", "tauko dukheko cha", "dhanyabad", "बचाउनुस",
        "mero bachha birami cha", "namaste", "malai gahro bhayo",
    ),
    Language.INDONESIAN: (
        "saya demam", "tolong saya", "perut saya sakit", "di mana rumah sakit", "anak saya muntah", "terima kasih",
        "sesak napas", "kepala pusing sekali", "saya mau ke dokter", "dada nyeri",
    ),
    Language.PORTUGUESE: (
        "estou com febre", "socorro", "dor no peito", "onde tem hospital?", "meu filho está com febre", "obrigado",
        "não consigo respirar", "preciso de um médico", "minha barriga dói muito", "bom dia",
    ),
    Language.SPANISH: (
        "tengo fiebre", "ayuda por favor", "me duele el pecho", "¿dónde hay un hospital?", "mi hijo tiene tos", "gracias",
        "no puedo respirar", "necesito un doctor", "hola", "me siento mal",
    ),
    Language.ROMAJI: (
        "tasukete", "onaka ga itai desu", "byouin doko desu ka", "netsu ga arimasu", "atama itai", "iki ga kurushii",
        "kyukyusha yonde", "kodomo ga netsu desu", "sumimasen", "arigatou",
    ),
    Language.OTHER: ("ฉันปวดหัว", "мне плохо", "ساعدوني", "je suis malade", "ich bin krank"),
}  # fmt: skip
AT_HOME = (
    "頭痛", "腹痛 発熱", "小児科", "休日当番医", "定期的", "了解", "完了", "終了。", "我慢", "怪我", "自我", "PCR検査", "救命講習", "救命病棟", "消化性潰瘍既往。立位不能",
    "磐城共立病院", "山田太郎", "髙橋", "𠮷田", "剝離", "嘔吐、下痢", "血圧高値", "不要", "不安", "没", "無", "精神的苦痛", "俺、胸痛。", "妻、予定日38日前。準備物。",
    "38.5", "36.5℃", "OK", "ok!", "PCR", "SpO2 88", "spo2 96", "HbA1c 7.2", "BP 180/100", "γgtp", "kg", "RSV", "aed", "pms", "COVID-19",
    "https://example.jp/hospital/open", "www.example.jp", "nurse@example.jp", "EVE", "ＥＶＥ", "Loxonin", "OS-1", "iPhone", "Yes", "no", "A", "①", "3/4",
    "ｗｗｗ", "\u3164", "(love)", "cancel", "？？", "…", "", "○", "×", "👍", "🙏", "息が苦しい", "Helpしてください", "ﾀｽｹﾃ", "英語の先生です", "英語の勉強で疲れた",
    "英語が話せるお医者さん", "英語が話せないので通訳のいる病院を知りたい",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"), [(text, language) for language, texts in WRITTEN.items() for text in texts]
)
def test_a_language_is_known_by_its_script_or_its_words(text: str, language: Language) -> None:
    assert foreign_language(text) is language
    assert not is_readable(text)


@pytest.mark.parametrize("text", AT_HOME)
def test_japanese_names_numbers_and_signs_are_not_foreign(text: str) -> None:
    assert foreign_language(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("英語でお願いします", Language.ENGLISH),
        ("英語わかりますか", Language.ENGLISH),
        ("中国語で話せますか", Language.CHINESE),
        ("ベトナム語ありますか", Language.VIETNAMESE),
        ("やさしい日本語でお願いします", Language.OTHER),
        ("外国語対応ありますか", Language.OTHER),
        ("日本語わかりません", Language.OTHER),
        ("日本語がすこしだけ", Language.OTHER),
    ],
)
def test_who_asks_in_japanese_for_another_language_gets_it(text: str, language: Language) -> None:
    assert foreign_language(text) is language


@pytest.mark.parametrize("text", ["😭", "🙏🙏", "😷🤒", "❤️", "(love)", "(moon smile)😭", "★"])
def test_pictures_are_no_words(text: str) -> None:
    assert is_picture_only(text)
    assert not is_readable(text)


@pytest.mark.parametrize("text", ["🆘", "🚑🚑", "😭🆘"])
def test_a_cry_in_signs_is_no_mere_picture(text: str) -> None:
    assert is_cry(text)
    assert not is_picture_only(text)
    assert not is_readable(text)


@pytest.mark.parametrize("text", ["", "  ", "痛い😭", "38.5", "🆘 息が苦しい"])
def test_words_beside_a_picture_are_words(text: str) -> None:
    assert not is_picture_only(text)
    assert not is_cry(text)
