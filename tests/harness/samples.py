"""A picture and a place that residents of the tests send."""

# One pixel, PNG, base64 as the simulator takes it.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
# Taira station in Iwaki: latitude and longitude.
TAIRA = (37.050378, 140.886683)
AT_TAIRA = {
    "type": "location",
    "title": "平",
    "address": "いわき市平",
    "latitude": TAIRA[0],
    "longitude": TAIRA[1],
}
