"""The dialogue engine: state, turn, interpretation, moves, handover. Pure."""
