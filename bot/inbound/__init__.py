"""One stored event becomes one answer: claimed, screened, understood, decided, written down in one transaction."""
