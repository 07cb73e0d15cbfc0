"""A small terminal emulator for a live view of output: long scrollback, a bulk fast path.

Bytes go in, rows come out that hold text and colours and nothing else. Knows no widget.
"""
