"""oi-tui: work on your own computer by talking to a language model."""

__version__ = "0.1.0"
