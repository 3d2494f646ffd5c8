"""Decisions without I/O: time is an argument, randomness and the clock stay outside."""
