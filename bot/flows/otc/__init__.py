"""What can be bought without a prescription, and what rules it out."""
