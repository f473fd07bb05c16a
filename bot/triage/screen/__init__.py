"""The red-flag screen and its content: rules that read every text first. Pure."""
