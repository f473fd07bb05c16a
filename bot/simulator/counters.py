"""Count what was sent, delivered, refused and doubled, and what LINE would have complained about."""

from collections import Counter, deque
from datetime import datetime
from typing import Any

_KEPT = 1_000
_LATENCIES_KEPT = 20_000


class Tally:
    """Counters since the start and the last violations in words."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self.delivered: Counter[str] = Counter()
        self.not_delivered: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.webhooks: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self.other: Counter[str] = Counter()
        self.violations: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.violation_counts: Counter[str] = Counter()
        self.doubled: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._latencies_ms: deque[float] = deque(maxlen=_LATENCIES_KEPT)

    def accepted(self, kind: str, messages: int) -> None:
        """Count one accepted sending call."""
        self.sent[kind] += 1
        self.messages[kind] += messages

    def violation(self, kind: str, now: datetime, **details: object) -> None:
        """Count something that a well-behaved bot does not do."""
        self.violation_counts[kind] += 1
        self.violations.append({"kind": kind, "at": now.isoformat(), **details})

    def doubled_to(self, user_id: str, sent_by: str, first_seq: int, seq: int) -> None:
        """Count that the very same messages reached one resident twice within 24 hours."""
        self.other["doubled"] += 1
        self.doubled.append({"user_id": user_id, "sent_by": sent_by, "first_seq": first_seq, "seq": seq})

    def webhook_answered(self, status: str, latency_ms: float) -> None:
        """Count the answer to one webhook POST; `status` is a number or `timeout` / `refused`."""
        self.answers[status] += 1
        self._latencies_ms.append(latency_ms)

    def latency_ms(self) -> dict[str, float]:
        """Return p50, p95, p99 and max of the last webhook answers in milliseconds."""
        ordered = sorted(self._latencies_ms)
        if not ordered:
            return {}
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
        return {
            name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)
            for name, share in shares.items()
        }
