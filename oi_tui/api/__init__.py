"""The front end for Python programs: `from oi_tui import interpreter`.

Owns the attributes and methods of Open Interpreter 0.1 over one session of ours.
"""
