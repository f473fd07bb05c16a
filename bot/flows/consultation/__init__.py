"""Consult about a symptom: the questions of its protocols, then the urgency card."""
