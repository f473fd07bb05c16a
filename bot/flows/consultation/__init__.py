"""A symptom is told: the questions of its protocols, then the urgency card."""
