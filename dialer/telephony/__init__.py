"""Asterisk behind a port: AMI, FastAGI, the instance itself, and an in-process stand-in."""
