"""The protocol engine: what is asked of a complaint, and how urgent the answers make it. Pure."""
