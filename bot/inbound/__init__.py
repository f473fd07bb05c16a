"""Turn one stored event into one answer: claim, screen, understand, decide and record in one transaction."""
