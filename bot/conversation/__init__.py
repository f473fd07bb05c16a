"""One stored event becomes one turn; what is said leaves through the outbox."""
