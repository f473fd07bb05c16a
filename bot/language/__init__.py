"""Read what residents write: clauses, meanings, typed replies. Pure."""
