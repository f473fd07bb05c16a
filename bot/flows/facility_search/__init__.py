"""Where to go: place, department and time, then the nearest facilities."""
