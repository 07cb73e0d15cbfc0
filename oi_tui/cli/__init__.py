"""The composition root: from the command line to an engine and one front end.

Everything may be imported from here; nothing below imports this.
"""
