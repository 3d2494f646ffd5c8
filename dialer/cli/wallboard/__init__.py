"""The room on a terminal: from a live snapshot to lines of text."""
