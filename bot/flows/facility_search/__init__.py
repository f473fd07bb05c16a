"""Search for facilities: place, department and time, then the nearest ones."""
