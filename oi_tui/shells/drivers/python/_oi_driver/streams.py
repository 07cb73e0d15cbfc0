"""The program's standard streams on the terminal: every byte in order, and quick.

A terminal stream flushes each line, which costs a system call a line. That is what programs expect
(order against C code and `os.write`, nothing lost in a crash), so it is how a run starts. Once a
run prints more than some thousand lines a second the sampler switches the stream to whole blocks,
flushed 20 times a second, before child processes start, before anything is written to stderr, and
when the program reads; it switches back when the flood is over. A crash in a flood can thus lose
the last 50 ms of it, and nothing else ever is.
"""
import io
import os
import sys

FLOOD_WRITES = 250  # system calls in one tick of 50 ms that make a flood
CALM_BYTES = 8192  # bytes in one tick that end it
BLOCK = 32768
# What starts or becomes another program, which writes to the same terminal.
STARTS_PROGRAM = frozenset(
    ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn",
     "os.spawn", "pty.spawn")
)


class _Counting(io.FileIO):
    """Descriptor 1, counting."""

    writes = size = 0

    def write(self, data):
        done = io.FileIO.write(self, data)
        self.writes += 1
        self.size += done or 0
        return done


class _AfterOutput(io.FileIO):
    """Descriptor 2: what was printed before comes first."""

    def write(self, data):
        flush()
        return io.FileIO.write(self, data)


def _text(raw, errors):
    buffer = io.BufferedWriter(raw, BLOCK)
    stream = io.TextIOWrapper(buffer, encoding="utf-8", errors=errors, line_buffering=True)
    stream.mode = "w"
    return stream


_counter = None


def install():
    """Put our streams in place of the interpreter's."""
    _install_output()
    _install_errors()
    sys.addaudithook(_flush_before_programs)


def _install_output():
    global _counter
    _counter = _Counting(1, "w", closefd=False)
    sys.stdout = sys.__stdout__ = _text(_counter, "replace")


def _install_errors():
    sys.stderr = sys.__stderr__ = _text(_AfterOutput(2, "w", closefd=False), "backslashreplace")


def _install_input():
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", errors="replace", closefd=False)


def _flush_before_programs(event, _arguments):
    if event in STARTS_PROGRAM:
        flush()


def flush():
    """Write what was printed. Never raises: a program may have closed or replaced its streams."""
    try:
        sys.stdout.flush()
    except Exception:
        pass


class Pace:
    """Decides, once a tick, between lines and blocks."""

    def __init__(self):
        self._flood = False
        self._writes = _counter.writes
        self._size = _counter.size

    def tick(self):
        flush()
        writes, size = _counter.writes - self._writes, _counter.size - self._size
        self._writes, self._size = _counter.writes, _counter.size
        if not self._flood and writes > FLOOD_WRITES:
            self._switch(True)
        elif self._flood and size < CALM_BYTES:
            self._switch(False)

    def end(self):
        if self._flood:
            self._switch(False)

    def _switch(self, flood):
        self._flood = flood
        try:
            sys.__stdout__.reconfigure(line_buffering=not flood)
        except Exception:  # closed by the program
            pass


def restore(terminal):
    """Undo what a run did to its streams (closing them, `os.dup2`): it hurts that run only."""
    for number in (0, 1, 2):
        try:
            if os.isatty(number):
                continue
        except OSError:
            pass
        os.dup2(terminal, number)
    for name, make in (
        ("stdin", _install_input), ("stdout", _install_output), ("stderr", _install_errors)
    ):
        stream = getattr(sys, name)
        if stream is None or getattr(stream, "closed", False):
            make()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
