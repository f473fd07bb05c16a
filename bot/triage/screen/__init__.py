"""The red-flag screen: rules that read every text first, and their content. Pure."""
