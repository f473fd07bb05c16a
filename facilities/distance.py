"""Compute distances on the sphere."""

import math

EARTH_RADIUS_M = 6_371_000


def haversine_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance in metres on the sphere between two points in degrees."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half = math.sin((other_phi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(other_phi) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(math.sqrt(half), 1))


def box_around(latitude: float, longitude: float, radius_m: float) -> tuple[float, float, float, float]:
    """Return south, west, north and east (degrees) of a box that contains the circle."""
    up = math.degrees(radius_m / EARTH_RADIUS_M)
    across = up / math.cos(math.radians(min(abs(latitude) + up, 89)))
    return latitude - up, longitude - across, latitude + up, longitude + across
