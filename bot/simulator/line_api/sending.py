"""Answer the sending calls: reply, push, multicast, broadcast and narrowcast."""

import re
from typing import Any

from linebot.v3.messaging import models
from pydantic.v1 import BaseModel

from bot.simulator import ids
from bot.simulator.line_api.call import ApiAnswer, ApiCall, Endpoint
from bot.simulator.platform import Platform
from bot.simulator.rates import MULTICAST, RARE
from bot.simulator.refusal import (
    Refusal,
    already_accepted,
    failed_to_send,
    invalid,
    invalid_property,
    invalid_reply_token,
    quota_spent,
)
from bot.simulator.residents import SimulatedResident
from bot.simulator.retry_keys import Accepted, digest_of
from bot.simulator.validation import Violation, check_messages
from bot.simulator.validation.problem import check_model

_UNIT = re.compile(r"[a-zA-Z0-9_]{1,30}")


def reply(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Answer an event with its token; free of charge."""
    _check(call, models.ReplyMessageRequest)
    token = platform.reply_tokens.usable(call.channel, call.body["replyToken"], call.now)
    if token is None:
        platform.tally.other["invalid_reply_tokens"] += 1
        raise invalid_reply_token()
    messages = call.body["messages"]
    resident = platform.residents.get(token.user_id) if token.user_id else None
    _check_quotes(platform, call, resident)
    token.used = True
    platform.tally.accepted("reply", len(messages))
    platform.quota.add(call.municipality, "reply", 1, call.now)
    if resident is None:
        return ApiAnswer({"sentMessages": [{"id": platform.message_ids.new()} for _ in messages]})
    return ApiAnswer({"sentMessages": platform.deliver([resident], messages, "reply")})


def push(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Send to one resident; billed if it arrives."""
    _refuse_if_accepted(platform, call)
    _check(call, models.PushMessageRequest)
    _check_units(call)
    recipient = call.body["to"]
    if not ids.CHAT_ID.fullmatch(recipient):
        raise invalid_property("to")
    if recipient in platform.groups:
        return _push_to_group(platform, call)
    resident = platform.residents.of_channel(call.channel, recipient)
    if resident is None:
        platform.tally.violation("foreign_id", call.now, operation="push", to=recipient)
        raise failed_to_send()
    _check_quotes(platform, call, resident)
    sent = _send(platform, call, "push", [resident])
    return ApiAnswer({"sentMessages": sent})


def multicast(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Send to up to 500 residents."""
    _refuse_if_accepted(platform, call)
    _check(call, models.MulticastRequest)
    _check_units(call)
    # The reference contradicts itself about ids that do not exist; the stricter reading is used here.
    known = [platform.residents.of_channel(call.channel, user_id) for user_id in call.body["to"]]
    recipients = [resident for resident in known if resident is not None]
    if len(recipients) < len(known):
        platform.tally.violation("foreign_id", call.now, operation="multicast", count=known.count(None))
        raise invalid_property("to")
    if len(set(call.body["to"])) < len(known):
        raise invalid([Violation("The list contains the same user ID twice", "to")])
    _send(platform, call, "multicast", recipients)
    return ApiAnswer()


def broadcast(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Send to all friends of the account."""
    _refuse_if_accepted(platform, call)
    _check(call, models.BroadcastRequest)
    _send(platform, call, "broadcast", platform.residents.friends(call.channel))
    return ApiAnswer()


def narrowcast(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Send to all friends of the account; filters and audiences are accepted but select nothing."""
    _refuse_if_accepted(platform, call)
    _check(call, models.NarrowcastRequest)
    friends = platform.residents.friends(call.channel)
    _send(platform, call, "narrowcast", friends)
    moment = f"{call.now:%Y-%m-%dT%H:%M:%S.000Z}"
    counts = {"successCount": len(friends), "failureCount": 0, "targetCount": len(friends)}
    platform.narrowcasts[call.request_id] = {
        "phase": "succeeded",
        **counts,
        "acceptedTime": moment,
        "completedTime": moment,
    }
    return ApiAnswer(status=202)


def narrowcast_progress(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return how far a narrowcast is."""
    progress = platform.narrowcasts.get(call.query.get("requestId", ""))
    if progress is None:
        raise Refusal(404, "The narrowcast does not exist")
    return ApiAnswer(progress)


def validate(_platform: Platform, call: ApiCall) -> ApiAnswer:
    """Check message objects without sending."""
    _check_messages(call)
    return ApiAnswer()


def _check(call: ApiCall, model: type[BaseModel]) -> None:
    problems = check_model(model, call.body, "")
    if problems:
        raise invalid(problems)
    _check_messages(call)


def _check_messages(call: ApiCall) -> None:
    problems = check_messages(call.body.get("messages"))
    if problems:
        raise invalid(problems)


def _check_units(call: ApiCall) -> None:
    units = call.body.get("customAggregationUnits") or []
    if len(units) > 1 or any(not _UNIT.fullmatch(unit) for unit in units):
        raise invalid([Violation("Invalid aggregation unit", "customAggregationUnits")])


def _check_quotes(platform: Platform, call: ApiCall, resident: SimulatedResident | None) -> None:
    for position, message in enumerate(call.body["messages"]):
        token = message.get("quoteToken")
        if token is None:
            continue
        named = platform.quote_tokens.find(token)
        if named is None or resident is None or named.user_id != resident.user_id:
            raise invalid([Violation("Invalid quote token", f"messages[{position}].quoteToken")])


def _refuse_if_accepted(platform: Platform, call: ApiCall) -> None:
    if call.retry_key is None:
        return
    if not ids.is_retry_key(call.retry_key):
        raise Refusal(400, "The X-Line-Retry-Key header must be a UUID in hexadecimal notation")
    accepted = platform.retry_keys.find(call.municipality, call.retry_key, call.now)
    if accepted is None:
        return
    if accepted.digest != digest_of(call.operation, call.body):
        platform.tally.violation(
            "retry_key_with_other_body", call.now, operation=call.operation, retry_key=call.retry_key
        )
    raise already_accepted(accepted.request_id, accepted.sent)


def _send(
    platform: Platform, call: ApiCall, kind: str, recipients: list[SimulatedResident]
) -> list[dict[str, str]]:
    messages: list[dict[str, Any]] = call.body["messages"]
    billed = sum(1 for resident in recipients if resident.following)
    if not platform.quota.allows(call.municipality, max(billed, 1), call.now):
        raise quota_spent()
    platform.quota.add(call.municipality, kind, billed, call.now)
    platform.tally.accepted(kind, len(messages))
    sent = platform.deliver(recipients, messages, kind)
    _accept_key(platform, call, sent if kind == "push" else None)
    return sent


def _push_to_group(platform: Platform, call: ApiCall) -> ApiAnswer:
    sent = [{"id": platform.message_ids.new()} for _ in call.body["messages"]]
    platform.tally.accepted("push", len(sent))
    platform.quota.add(call.municipality, "push", 1, call.now)
    _accept_key(platform, call, sent)
    return ApiAnswer({"sentMessages": sent})


def _accept_key(platform: Platform, call: ApiCall, sent: list[dict[str, str]] | None) -> None:
    if call.retry_key is None:
        return
    digest = digest_of(call.operation, call.body)
    accepted = Accepted(call.now, call.request_id, digest, sent)
    platform.retry_keys.accept(call.municipality, call.retry_key, accepted)


def _post(path: str, operation: str, act: Any, **more: Any) -> Endpoint:  # noqa: ANN401
    return Endpoint("POST", f"/v2/bot/message/{path}", operation, act, **more)


ENDPOINTS = (
    _post("reply", "reply", reply),
    _post("push", "push", push, takes_retry_key=True),
    _post("multicast", "multicast", multicast, rate=MULTICAST, takes_retry_key=True),
    _post("broadcast", "broadcast", broadcast, rate=RARE, takes_retry_key=True),
    _post("narrowcast", "narrowcast", narrowcast, rate=RARE, takes_retry_key=True),
    Endpoint(
        "GET",
        "/v2/bot/message/progress/narrowcast",
        "narrowcast_progress",
        narrowcast_progress,
        takes_json=False,
    ),
    *(
        _post(f"validate/{kind}", f"validate_{kind}", validate)
        for kind in ("reply", "push", "multicast", "broadcast", "narrowcast")
    ),
)
