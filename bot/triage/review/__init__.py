"""Sheets on which a doctor reviews one category of the triage, and what stands on them."""
