"""The front end for Python programs: `from oi_tui import interpreter`.

Owns the attributes and methods of Open Interpreter 0.1 over one session of ours.
"""

from oi_tui.api.approval import Proposal, Reject
from oi_tui.api.errors import InterpreterError
from oi_tui.api.interpreter import OpenInterpreter

__all__ = ["InterpreterError", "OpenInterpreter", "Proposal", "Reject"]
