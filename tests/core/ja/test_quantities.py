import pytest

from core.ja import find_spo2, find_temperatures, read_spo2, read_temperature


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("36.8", 36.8),
        ("３６．８", 36.8),
        ("36ど8ぶ", 36.8),
        ("36・8です", 36.8),
        ("体温は36、8でした", 36.8),
        ("三十八度五分", 38.5),
        ("三八度", 38.0),
        ("三十七・五", 37.5),
        ("さんじゅうはちどごぶ", 38.5),
        ("ねつがさんじゅうはちどあります", 38.0),
        ("38度台です", 38.0),
        ("38度半くらい", 38.5),
        ("38度5", 38.5),
        ("38℃", 38.0),
        ("39度の熱が3日続いてます", 39.0),
        ("7度5分あります", 37.5),
        ("ななどにぶ", 37.2),
        ("熱が8度あります", 38.0),
        ("熱は38", 38.0),
        ("熱が38ある", 38.0),
        ("体温368", 36.8),
        ("体温36 8", 36.8),
        ("39.5の熱", 39.5),
        ("36.85", 36.8),
        ("40℃超えました", 40.0),
        ("熱38.5 酸素97 脈90", 38.5),
        ("39度2分", 39.2),
        ("さんじゅうきゅうどにぶ", 39.2),
        ("38.5℃", 38.5),
        ("38,5", 38.5),
        ("38,5あります", 38.5),
        ("三十九度五分", 39.5),
        ("38と5分", 38.5),
        ("ﾀｲｵﾝ ３８．５", 38.5),
        ("KT37.1", 37.1),
        ("生後40日 38.6度 ミルク飲まず", 38.6),
        ("I have a fever, 38.4, since yesterday", 38.4),
        ("体温31度", 31.0),
        ("直腸温29", 29.0),
        ("深部体温28.5", 28.5),
        ("体温 25度3分", 25.3),
    ],
)
def test_a_temperature_is_read_in_every_writing(text: str, degrees: float) -> None:
    assert read_temperature(text) == degrees


@pytest.mark.parametrize(
    "text",
    [
        *(
            "平熱です",
            "368",
            "38",
            "熱があります",
            "気温35度で外にいた",
            "室温は34度",
            "体重36.8キロ",
            "34歳です",
            "37個",
        ),
        *(
            "水温38度",
            "お風呂が42度",
            "40度のお湯",
            "外は37度です",
            "エアコン28度",
            "部屋は38度ありました",
            "膝が40度しか曲がらない",
        ),
        *(
            "40度の焼酎",
            "38,500円",
            "0246-38-5555",
            "平字三倉38-5",
            "妊娠38週",
            "体温計が測定不能を示し、脈は三十八",
        ),
        *("血圧138の84", "3時40分", "熱が40分続く", "38回吐いた", "三度目です", "42.195キロ走った", "2026年"),
    ],
)
def test_other_numbers_are_no_temperature(text: str) -> None:
    assert read_temperature(text) is None


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("37〜38度", 38.0),
        ("37.2から38.1に上がった", 38.1),
        ("平熱は36.2ですが今37.8", 37.8),
        ("平熱より高い37.5", 37.5),
    ],
)
def test_of_several_temperatures_the_highest_counts_and_the_usual_one_never(
    text: str, degrees: float
) -> None:
    assert read_temperature(text) == degrees


@pytest.mark.parametrize(
    ("answer", "degrees"),
    [
        *(("368", 36.8), ("38", 38.0), ("36 8", 36.8), ("三十八", 38.0), ("３７５です", 37.5)),
        *(
            ("さんじゅうろくてんはち", 36.8),
            ("368でした", 36.8),
            ("平熱です", None),
            ("2", None),
            ("128", None),
        ),
    ],
)
def test_a_bare_number_is_a_temperature_where_one_was_asked_for(answer: str, degrees: "float | None") -> None:
    assert read_temperature(answer, asked=True) == degrees


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("97%", 97),
        ("９７％です", 97),
        ("酸素97", 97),
        ("酸素は98でした", 98),
        ("酸素濃度96パーセント", 96),
        ("サチュレーション 97", 97),
        ("SpO2 95", 95),
        ("ＳｐＯ２９６", 96),
        ("パルスオキシメーターは97です", 97),
        ("さんそきゅうじゅうななです", 97),
        ("酸素飽和度94に下がってます", 94),
        ("88％しかない", 88),
        ("酸素100", 100),
        ("酸素97、脈80", 97),
        ("酸素が93から90に下がった", 90),
        ("指の数字七十四", 74),
        ("指に挟むやつが83", 83),
        ("指の機械が84と出ています", 84),
        ("76%しかなくて息が苦しい", 76),
        ("酸素が八十八", 88),
        ("酸素九四", 94),
        ("SAT88", 88),
        ("さちゅれーしょん85", 85),
        ("サチ 86", 86),
        ("ｻﾝｿ ９５", 95),
        ("さんそ きゅうじゅうに さがった", 90),
        ("酸素3リットルで88%", 88),
        ("oxygen is 89", 89),
        ("サンソ ９８ 本日モ宜シク", 98),
        ("普段は酸素95なのに今85", 85),
        ("酸素が96だったのが今朝は88です", 88),
    ],
)
def test_an_oxygen_saturation_is_read(text: str, percent: int) -> None:
    assert read_spo2(text) == percent


@pytest.mark.parametrize(
    "text",
    [
        "湿度60%",
        "湿度85%",
        "充電90%",
        "100%大丈夫",
        "体温36.5 98",
        "80歳",
        "酸素を吸っています",
        "降水確率90%",
        "充電76%",
        "76%オフ",
        "アルコール80%で消毒",
        "酸素ボンベ50本",
    ],
)
def test_other_percentages_are_no_saturation(text: str) -> None:
    assert read_spo2(text) is None


def test_measurements_are_found_where_they_stand_in_the_text_as_sent() -> None:
    sent = "けさ　体温３７．８℃　酸素 ９６％でした"
    (temperature,) = find_temperatures(sent)
    assert sent[temperature.start : temperature.end] == "３７．８℃"
    (saturation,) = find_spo2(sent)
    assert sent[saturation.start : saturation.end] == "９６"
