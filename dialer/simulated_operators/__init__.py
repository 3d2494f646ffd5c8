"""Operators of paper who work over the same API as people: for the demo, the benchmarks and the tests.

Each signs in on a seat, listens on the desk's WebSocket, asks the survey's questions while talking, records
what became of the talk after a wrap-up time of its own, and sometimes takes a break.
"""
