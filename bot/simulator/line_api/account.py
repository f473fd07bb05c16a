"""Answer calls about the account, its figures and settings, and profiles."""

import re
from datetime import datetime

from linebot.v3.messaging import models

from bot.simulator import ids
from bot.simulator.line_api.call import ApiAnswer, ApiCall, Endpoint
from bot.simulator.platform import Platform
from bot.simulator.rates import ENDPOINT_SETTING, LOADING
from bot.simulator.refusal import Refusal, invalid, invalid_property, not_found
from bot.simulator.validation import Violation
from bot.simulator.validation.problem import check_model
from core.clock import TOKYO

_LOADING_STEP_S = 5
_LOADING_DEFAULT_S = 20


def bot_info(_platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the account: chats on, reading marked by the bot."""
    return ApiAnswer(
        {
            "userId": call.channel.bot_user_id,
            "basicId": f"@{call.municipality}",
            "displayName": call.channel.name,
            "chatMode": "chat",
            "markAsReadMode": "manual",
        }
    )


def profile(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return a friend's profile; blocked, foreign and unknown users get the same 404."""
    resident = platform.residents.of_channel(call.channel, call.path["userId"])
    if resident is None or not resident.following:
        raise not_found()
    return ApiAnswer({"userId": resident.user_id, "displayName": resident.name, "language": "ja"})


def quota(platform: Platform, _call: ApiCall) -> ApiAnswer:
    """Return the month's limit."""
    limit = platform.quota.monthly_limit
    return ApiAnswer({"type": "none"} if limit is None else {"type": "limited", "value": limit})


def consumption(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return how many messages were billed this month."""
    return ApiAnswer({"totalUsage": platform.quota.used(call.municipality, call.now)})


def delivery_count(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return the number of a day; as with LINE it is ready the day after."""
    date = call.query.get("date", "")
    if not re.fullmatch(r"\d{8}", date):
        raise invalid([Violation("Invalid date", "date")])
    if date >= _day(call.now):
        return ApiAnswer({"status": "unready"})
    kind = call.operation.removeprefix("delivery_")
    return ApiAnswer({"status": "ready", "success": platform.quota.on_day(call.municipality, kind, date)})


def followers(_platform: Platform, _call: ApiCall) -> ApiAnswer:
    """Refuse: only verified and premium accounts may list their friends."""
    raise Refusal(403, "Access to this API is not available for your account")


def webhook_endpoint(_platform: Platform, call: ApiCall) -> ApiAnswer:
    """Return where webhooks go; the address is the simulator's setting and cannot be changed by a call."""
    return ApiAnswer({"endpoint": call.channel.webhook_url, "active": True})


def start_loading(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Show the loading animation until the next message, 5 to 60 s; not visible in a blocked chat."""
    problems = check_model(models.ShowLoadingAnimationRequest, call.body, "")
    if problems:
        raise invalid(problems)
    seconds = call.body.get("loadingSeconds") or _LOADING_DEFAULT_S
    if seconds % _LOADING_STEP_S:
        raise invalid([Violation("Must be a multiple of 5", "loadingSeconds")])
    resident = platform.residents.of_channel(call.channel, call.body["chatId"])
    if not ids.CHAT_ID.fullmatch(call.body["chatId"]) or call.body["chatId"][0] != "U":
        raise invalid_property("chatId")
    platform.tally.other["loading_animations"] += 1
    if resident is not None and resident.following:
        resident.loading_until = datetime.fromtimestamp(call.now.timestamp() + seconds, tz=call.now.tzinfo)
        platform.feed.add("loading", resident.user_id, {"seconds": seconds})
    return ApiAnswer(status=202)


def mark_as_read(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Mark everything up to the token's message."""
    named = platform.read_tokens.find(call.body.get("markAsReadToken"))
    if named is None or named.municipality != call.municipality:
        raise Refusal(
            400, "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."
        )
    resident = platform.residents.get(named.user_id)
    if resident is not None:
        platform.mark_read(resident, named.seq)
    return ApiAnswer()


def mark_chat_as_read(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Mark the whole chat (the older call, closed to new applications)."""
    chat = call.body.get("chat")
    user_id = chat.get("userId") if isinstance(chat, dict) else None
    resident = platform.residents.of_channel(call.channel, user_id) if isinstance(user_id, str) else None
    if resident is None:
        raise invalid_property("chat")
    platform.mark_read(resident, resident.seq)
    return ApiAnswer()


def leave(platform: Platform, call: ApiCall) -> ApiAnswer:
    """Leave a group or room the bot was in."""
    chat_id = call.path["chatId"]
    if platform.groups.get(chat_id) != call.municipality:
        raise not_found()
    del platform.groups[chat_id]
    platform.tally.other["groups_left"] += 1
    return ApiAnswer()


def _day(now: datetime) -> str:
    return f"{now.astimezone(TOKYO):%Y%m%d}"


ENDPOINTS = (
    Endpoint("GET", "/v2/bot/info", "bot_info", bot_info, takes_json=False),
    Endpoint("GET", "/v2/bot/profile/{userId}", "profile", profile, takes_json=False),
    Endpoint("GET", "/v2/bot/message/quota", "quota", quota, takes_json=False),
    Endpoint("GET", "/v2/bot/message/quota/consumption", "quota_consumption", consumption, takes_json=False),
    *(
        Endpoint(
            "GET", f"/v2/bot/message/delivery/{kind}", f"delivery_{kind}", delivery_count, takes_json=False
        )
        for kind in ("reply", "push", "multicast", "broadcast")
    ),
    Endpoint("GET", "/v2/bot/followers/ids", "followers", followers, takes_json=False),
    Endpoint(
        "GET",
        "/v2/bot/channel/webhook/endpoint",
        "webhook_endpoint",
        webhook_endpoint,
        rate=ENDPOINT_SETTING,
        takes_json=False,
    ),
    Endpoint("POST", "/v2/bot/chat/loading/start", "loading", start_loading, rate=LOADING),
    Endpoint("POST", "/v2/bot/chat/markAsRead", "mark_as_read", mark_as_read),
    Endpoint("POST", "/v2/bot/message/markAsRead", "mark_chat_as_read", mark_chat_as_read),
    Endpoint("POST", "/v2/bot/group/{chatId}/leave", "leave_group", leave, takes_json=False),
    Endpoint("POST", "/v2/bot/room/{chatId}/leave", "leave_room", leave, takes_json=False),
)
