"""The tables of the first response: one for each complaint, as content; the engine only asks and adds up."""
