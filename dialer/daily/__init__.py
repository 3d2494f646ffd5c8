"""The day's report: figures with their sources, signed, sent until it arrives, received by the state."""
