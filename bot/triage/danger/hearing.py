"""Join what was heard of a message: by the rules, and by the alarm head."""

from dataclasses import replace
from typing import Literal

from bot.triage.danger.alarm_threshold import AlarmThreshold
from bot.triage.danger.danger_screen import Danger
from bot.triage.danger.ear import HeardDangers
from core.understanding import Alarm

ASK = "ask"
# In place of a rule's id: the alarm head has no rule.
ALARM = "alarm"


def hear(heard: HeardDangers, alarm: Alarm | None, threshold: AlarmThreshold) -> HeardDangers:
    """Return what the rules heard, and where that is nothing, an alarm above its threshold as a worry.

    An alarm of what the message settles itself is not followed. The alarm takes nothing back and never brings a card.
    """
    if heard.card is not None or heard.worry is not None or alarm is None:
        return heard
    if alarm.confidence < threshold.asks_from or alarm.category in heard.settled:
        return heard
    return replace(heard, worry=Danger(alarm.category, ASK, ALARM))


def heard_by(danger: Danger) -> Literal["screen", "alarm"]:
    """Return who heard a danger."""
    return "alarm" if danger.rule_id == ALARM else "screen"
