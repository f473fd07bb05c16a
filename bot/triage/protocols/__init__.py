"""The protocol engine: what to ask about a complaint, and how urgent the answers make it. Pure."""
