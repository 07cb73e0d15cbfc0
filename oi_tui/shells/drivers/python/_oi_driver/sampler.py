"""A thread that looks at the running code 20 times a second: active line, flushing, pace.

Sampling costs the code nothing, unlike tracing. It is blind while a C call keeps the interpreter
lock, so `runner` reports each top-level statement too.
"""
import os
import sys
import threading
import time

from . import streams

INTERVAL = 0.05


class Sampler:
    """Exists only while code runs, and never across a fork: no lock is held by a ghost."""

    def __init__(self, report):
        self._report = report  # called with a line number
        self._watched = threading.get_ident()
        self._filename = None
        self._stop = None
        self._thread = None
        # 3.13 warns of threads after the parent's hooks ran: there the next statement restarts it.
        hooks = {} if sys.version_info >= (3, 13) else {"after_in_parent": self.resume}
        os.register_at_fork(before=self._stop_for_fork, **hooks)

    def start(self, filename):
        self._filename = filename
        self.resume()

    def resume(self):
        if self._thread is not None or self._filename is None:
            return
        try:
            self._stop = threading.Event()
            thread = threading.Thread(
                target=self._sample, args=(self._stop, self._filename), daemon=True
            )
            thread.start()
        except RuntimeError:  # no more threads, or no sys.excepthook: code runs without it too
            return
        self._thread = thread

    def end(self):
        self._filename = None
        self._halt()

    def _halt(self):
        thread, self._thread = self._thread, None
        if thread is None:
            return False
        self._stop.set()
        thread.join(0.5)
        return True

    def _stop_for_fork(self):
        if not self._halt():
            return
        for _ in range(50):  # 3.13: join() returns before the system's thread is gone
            try:
                if len(os.listdir("/proc/self/task")) <= threading.active_count():
                    return
            except OSError:
                return
            time.sleep(0.0002)

    def _sample(self, stop, filename):
        pace = streams.Pace()
        last = 0
        while not stop.wait(INTERVAL):
            line = self._line_in(filename)
            if line and line != last:
                last = line
                self._report(line)
            pace.tick()
        pace.end()

    def _line_in(self, filename):
        frame = sys._current_frames().get(self._watched)
        while frame is not None:
            if frame.f_code.co_filename == filename:
                return frame.f_lineno
            frame = frame.f_back
        return 0
