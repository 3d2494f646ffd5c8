"""What is remembered: one port, SQL and in-memory adapters."""
