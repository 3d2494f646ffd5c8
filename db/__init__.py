"""Tables, sessions and migrations; imports nothing of the dialer."""
