"""Send the outbox: rows are rendered, sent over a channel, and end with one outcome. Knows no dialogue."""
