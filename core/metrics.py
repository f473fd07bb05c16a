"""Count what a process has done since its start, for Prometheus; where it happens, without reading rows.

Each process counts for itself; the scraper adds them up (README, Operation). Labels are words of ours from
short lists, never anything that came from outside.
"""

from prometheus_client import Counter, Gauge, disable_created_metrics

# The time at which a counter was made tells no more than the first scrape does.
disable_created_metrics()  # type: ignore[no-untyped-call]

WEBHOOKS_REFUSED = Counter("helpo_webhooks_refused", "Webhooks not taken, by reason", ["reason"])
EVENTS_STORED = Counter("helpo_events_stored", "Events of LINE's webhooks stored, redeliveries included")
EVENTS = Counter("helpo_events", "Events that came to their end, by outcome", ["outcome"])
OUTBOX = Counter(
    "helpo_outbox", "Rows of the outbox that came to their end, by outcome and way", ["status", "via"]
)
POSSIBLY_DOUBLED = Counter("helpo_possibly_doubled", "Messages that may have arrived twice")
SIGNALS = Counter("helpo_signals", "Wake-ups and live signals through Redis, by outcome", ["outcome"])
CONNECTIONS = Gauge("helpo_connections", "Connections to this process's door")
CONNECTIONS_REFUSED = Counter("helpo_connections_refused", "Connections ended by us, by reason", ["reason"])
LOG_LINES_LOST = Counter("helpo_log_lines_lost", "Lines that could not be written, a full disk for one")
