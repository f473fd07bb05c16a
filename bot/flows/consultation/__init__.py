"""Consult about a symptom: the questions of its tables, then the urgency card."""
