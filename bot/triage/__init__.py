"""The red-flag screen and the protocol engine: how urgent a complaint is. Pure; the rules are content."""
