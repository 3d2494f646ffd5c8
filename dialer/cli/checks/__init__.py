"""Looks for what keeps an office from calling, and says how to put it right. It changes nothing."""
