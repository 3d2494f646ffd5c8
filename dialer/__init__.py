"""Sampark: a predictive dialer on Asterisk with keypad surveys and a constituency war room."""
