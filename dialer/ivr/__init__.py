"""Keypad surveys over FastAGI, and their prompts."""
