"""The dialogue engine: state, turn, routing, interruption, handover. Pure."""
