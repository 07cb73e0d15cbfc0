"""Puts sessions together from concrete parts: journal, bus, model, shells, engine.

The one room that knows every part. The command line and the Python interface both start from it;
front ends are handed what it makes and see `engine.live` only.
"""
