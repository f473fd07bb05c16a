"""Keep LINE's state in memory, for the API side, the webhook side and the page."""

from datetime import datetime
from typing import Any

from bot.simulator import ids
from bot.simulator.chat_message import RESIDENT, SeenMessage
from bot.simulator.chat_tokens import ChatTokens, Named
from bot.simulator.config import Channel, SimulatorConfig
from bot.simulator.counters import Tally
from bot.simulator.events import EventMaker
from bot.simulator.faults import Faults
from bot.simulator.feed import Feed
from bot.simulator.journal import Journal
from bot.simulator.media import MediaShelf
from bot.simulator.quota import QuotaLedger
from bot.simulator.rates import Buckets
from bot.simulator.reply_tokens import ReplyTokens
from bot.simulator.residents import Residents, SimulatedResident, digest_of_messages
from bot.simulator.retry_keys import RetryKeys
from bot.simulator.rich_menus import RichMenus
from bot.simulator.webhook_dispatcher import Courier

TOLD = frozenset({"reply", "push"})  # calls whose answer names the sent messages
# Kinds that can be quoted: only these get a quote token.
QUOTABLE = frozenset({"text", "textV2", "sticker", "image", "video"})


class Platform:
    """The simulator's whole state. Each change runs without awaiting, so it is atomic."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.channels = {channel.municipality: channel for channel in config.channels}
        self.residents = Residents()
        self.groups: dict[str, str] = {}
        self.reply_tokens = ReplyTokens()
        self.retry_keys = RetryKeys()
        self.quote_tokens = ChatTokens()
        self.read_tokens = ChatTokens()
        self.buckets = Buckets()
        self.quota = QuotaLedger(config.monthly_quota)
        self.faults = Faults()
        self.tally = Tally()
        self.journal = Journal(config.requests_kept)
        self.feed = Feed(config.feed_kept)
        self.media = MediaShelf(config.media_bytes_kept)
        self.menus = RichMenus()
        self.message_ids = ids.MessageIds()
        self.events = EventMaker(self.reply_tokens)
        self.courier = Courier(config, self.reply_tokens, self.tally, self.faults)
        self.narrowcasts: dict[str, dict[str, Any]] = {}

    def now(self) -> datetime:
        """Return the present moment of the injected clock."""
        return self.config.clock()

    def channel_of(self, authorization: str | None) -> Channel | None:
        """Return the channel whose access token this is."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return next((c for c in self.channels.values() if c.access_token == token.strip()), None)

    def deliver(
        self, recipients: list[SimulatedResident], messages: list[dict[str, Any]], sent_by: str
    ) -> list[dict[str, str]]:
        """Put messages into chats; returns `sentMessages` of the last one. Blocked chats stay as they are."""
        now, digest = self.now(), digest_of_messages(messages)
        sent: list[dict[str, str]] = []
        for resident in recipients:
            sent = self._deliver_to(resident, messages, sent_by, now)
            if not resident.following:
                self.tally.not_delivered[sent_by] += 1
                continue
            self.tally.delivered[sent_by] += 1
            first_seq = resident.seq - len(messages) + 1
            earlier_seq = resident.first_seen(digest, first_seq, now)
            if earlier_seq is not None:
                self.tally.doubled_to(resident.user_id, sent_by, earlier_seq, first_seq)
        return sent

    def _deliver_to(
        self, resident: SimulatedResident, messages: list[dict[str, Any]], sent_by: str, now: datetime
    ) -> list[dict[str, str]]:
        sent: list[dict[str, str]] = []
        for message in messages:
            message_id = self.message_ids.new()
            entry = {"id": message_id}
            if resident.following:
                resident.seq += 1
                self._show(resident, SeenMessage(resident.seq, message_id, sent_by, now, message))
            if sent_by in TOLD and message.get("type") in QUOTABLE:
                named = Named(resident.channel.municipality, resident.user_id, resident.seq, message_id)
                entry["quoteToken"] = self.quote_tokens.issue(named)
            sent.append(entry)
        return sent

    def show_own(self, resident: SimulatedResident, message_id: str, message: dict[str, Any]) -> SeenMessage:
        """Put the resident's own bubble into the chat."""
        resident.seq += 1
        seen = SeenMessage(resident.seq, message_id, RESIDENT, self.now(), message, speaker=RESIDENT)
        self._show(resident, seen)
        return seen

    def changed(self, resident: SimulatedResident) -> None:
        """Tell the page that a resident has changed."""
        self.feed.add("resident", resident.user_id, resident.dump(self.now()))

    def mark_read(self, resident: SimulatedResident, seq: int) -> None:
        """Set 既読 up to a bubble."""
        resident.mark_read(seq)
        self.tally.other["marked_as_read"] += 1
        self.feed.add("read", resident.user_id, {"up_to": seq})

    def _show(self, resident: SimulatedResident, seen: SeenMessage) -> None:
        resident.add(seen, self.config.messages_kept)
        self.feed.add("message", resident.user_id, seen)

    def counters(self) -> dict[str, Any]:
        """Return the figures of `GET /api/counters`."""
        tally, now = self.tally, self.now()
        return {
            "sent": dict(tally.sent),
            "messages": dict(tally.messages),
            "delivered": dict(tally.delivered),
            "not_delivered": dict(tally.not_delivered),
            "billed": {name: self.quota.used(name, now) for name in self.channels},
            "quota": self.quota.monthly_limit,
            "refused": dict(tally.refused),
            "violations": list(tally.violations),
            "violation_counts": dict(tally.violation_counts),
            "doubled": tally.other["doubled"],
            "doubled_messages": list(tally.doubled),
            "loading_animations": tally.other["loading_animations"],
            "marked_as_read": tally.other["marked_as_read"],
            "groups_left": tally.other["groups_left"],
            "webhooks": {
                **{key: tally.webhooks[key] for key in ("events", "accepted", "sent", "redelivered")},
                **{key: tally.webhooks[key] for key in ("duplicated", "abandoned")},
                "pending": self.courier.pending,
                "to_redeliver": self.courier.to_redeliver,
                "answers": dict(tally.answers),
                "answer_ms": tally.latency_ms(),
            },
            "residents": len(self.residents),
        }
