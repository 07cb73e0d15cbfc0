"""The boundary for foreign text: nothing reaches a screen, a log or a file name without it.

Standard library only. Knows no widget, no style library and nobody who asks.
"""
