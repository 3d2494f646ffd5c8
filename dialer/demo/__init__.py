"""A whole day on simulated phones, in minutes: invented people, simulated operators, real Asterisk."""
