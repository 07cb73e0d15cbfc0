"""oi-tui: work on your own computer by talking to a language model."""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Make the Python interface at its first use; nothing of it is loaded before."""
    if name not in ("interpreter", "OpenInterpreter", "InterpreterError", "Proposal", "Reject"):
        raise AttributeError(f"module 'oi_tui' has no attribute {name!r}")
    from importlib import import_module

    api = import_module("oi_tui.api")
    value: object = api.OpenInterpreter() if name == "interpreter" else getattr(api, name)
    globals()[name] = value
    return value
