"""Tell whether words hold a measured value that somebody must look at: low oxygen, fever."""

import re

from core.ja import ReadText, fold, read_spo2, read_temperature

SPO2_LOW = 96  # %, below it a nurse must look (domain notes 5.1)
FEVER = 37.5  # °C

# 「どうしたらいいですか」 asks for nothing but what the illness itself needs.
ASKS = re.compile(
    r"(?:支援|食べ物|食料|食糧|配食|物資|証明|検査|届出|届け|登校|登園|出勤|外出|待機|療養|予防接種|わくちん)"
    r"|(?<!どうしたらいいです)(?<!どうすればいいです)(?<!大丈夫です)(?<!いいんです)か(?:ね|な)?[?。]*$|(?:ください|下さい|ほしい(?:です)?|欲しい(?:です)?|教えて)[。!]*$"
)


def tells_danger(text: ReadText) -> bool:
    """Whether words hold a dangerous value: low oxygen, fever."""
    oxygen, degrees = read_spo2(text), read_temperature(text)
    return (oxygen is not None and oxygen < SPO2_LOW) or (degrees is not None and degrees >= FEVER)


def tells_danger_only(text: ReadText) -> bool:
    """Whether words hold a dangerous value and ask for nothing: 「コロナで39度、食べ物を届けて」 does."""
    return tells_danger(text) and not ASKS.search(fold(text))
