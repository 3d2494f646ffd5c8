"""The war room: constituencies, their people and responsibilities, imports, search, the card."""
