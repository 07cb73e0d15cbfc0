from oi_tui.api import InterpreterError as InterpreterError
from oi_tui.api import OpenInterpreter as OpenInterpreter
from oi_tui.api import Proposal as Proposal
from oi_tui.api import Reject as Reject

__version__: str
interpreter: OpenInterpreter
