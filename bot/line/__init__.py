"""The surface for the LINE Messaging API: intake, rendering, client. It knows nothing of the dialogue."""
