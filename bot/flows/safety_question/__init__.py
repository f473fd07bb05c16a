"""Ask one question about a danger that words may mean; say 119 once more to who does not answer."""
