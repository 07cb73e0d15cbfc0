"""Executes approved code, statement by statement, in a persistent `__main__`."""
import __future__

import ast
import builtins
import hashlib
import linecache
import os
import signal
import sys
import time
import traceback
import types

from . import streams
from .display import new_nonce

_FEATURES = [getattr(__future__, name) for name in __future__.all_feature_names]
_IS_COROUTINE = 0x80  # inspect.CO_COROUTINE: the statement has an await of its own
_LINE_INTERVAL = 0.01  # seconds: 60 000 statements shall not cost 60 000 messages


class Runner:
    """One run at a time. `sampler` reports lines while C code lets it, the runner in between."""

    def __init__(self, channel, terminal, display, pictures, make_sampler):
        self._channel = channel
        self._terminal = terminal
        self._display = display
        self._pictures = pictures
        self._sampler = make_sampler(self._report_line)
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT  # and each `from __future__ import ...`
        self._loop = None
        self._running = False
        self._reported = 0.0
        # A new __main__ for the code; the driver's own stays alive, unnamed.
        self._hidden = sys.modules["__main__"]
        main = types.ModuleType("__main__")
        main.__dict__.update(__builtins__=builtins, __doc__=None)
        sys.modules["__main__"] = main
        self._namespace = main.__dict__

    def on_interrupt(self, _number, _frame):
        """Handle SIGINT: between runs there is nothing to interrupt."""
        if self._running:
            raise KeyboardInterrupt

    def run(self, header, code):
        """Run `code` if it hashes to what was approved, and say how it ended."""
        self._display.run_id = header["id"]
        if hashlib.sha256(code).hexdigest() != header["digest"]:
            self._end("refused", None, "")
            return
        filename = "<cell %d>" % header["n"]
        sys.settrace(None)  # pdb leaves its trace function and its handler behind
        signal.signal(signal.SIGINT, self.on_interrupt)
        try:
            status, exit_code, detail = self._guarded(code, filename)
        except KeyboardInterrupt:  # a second one, while the first was being shown
            status, exit_code, detail = "interrupted", 130, ""
        self._running = False
        if not self._channel.is_ours:  # a forked child fell out of the code: it is done
            streams.flush()
            os._exit(0 if status == "ok" else 1)
        self._sampler.end()
        streams.restore(self._terminal)
        self._end(status, exit_code, detail)

    def _end(self, status, exit_code, detail):
        try:
            folder = os.getcwd()
        except OSError:
            folder = ""
        nonce = new_nonce()
        self._display.mark(b"e", nonce)
        self._channel.send(ev="ended", id=self._display.run_id, status=status, code=exit_code,
                           mark=nonce, cwd=folder, detail=detail)

    # -- execution ------------------------------------------------------------------------------
    def _guarded(self, code, filename):
        try:
            self._running = True
            self._channel.send(ev="began", id=self._display.run_id)
            self._execute(code.decode("utf-8"), filename)
            self._pictures.show_open_figures()
            return "ok", 0, ""
        except SystemExit as error:
            return "exit", self._exit_code(error.code), ""
        except KeyboardInterrupt:
            self._running = False
            return "interrupted", 130, self._show_exception(filename)
        except BaseException:
            return "error", 1, self._show_exception(filename)

    @staticmethod
    def _exit_code(code):
        if code is None or isinstance(code, int):
            return int(code or 0)
        print(code, file=sys.stderr)
        return 1

    def _execute(self, source, filename):
        lines = source.splitlines(True)
        linecache.cache[filename] = (len(source), None, lines, filename)
        tree = compile(source, filename, "exec", self._flags | ast.PyCF_ONLY_AST, True)
        last = tree.body[-1] if tree.body else None
        shows_last = isinstance(last, ast.Expr) and not source.rstrip().endswith(";")
        self._reported = 0.0
        for node in tree.body:
            self._sampler.start(filename)
            self._report_statement(node)
            if node is last and shows_last:
                unit, mode = ast.Interactive([node]), "single"
            else:
                unit, mode = ast.Module([node], []), "exec"
            compiled = compile(unit, filename, mode, self._flags, True)
            for feature in _FEATURES:
                if compiled.co_flags & feature.compiler_flag:
                    self._flags |= feature.compiler_flag
            value = eval(compiled, self._namespace)
            if compiled.co_flags & _IS_COROUTINE:
                self._await_it(value)

    def _await_it(self, coroutine):
        import asyncio

        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        task = self._loop.create_task(coroutine)
        try:
            self._loop.run_until_complete(task)
        except BaseException:
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
            raise

    # -- reports --------------------------------------------------------------------------------
    def _report_statement(self, node):
        now = time.perf_counter()
        if now - self._reported > _LINE_INTERVAL:
            self._reported = now
            self._report_line(node.lineno)

    def _report_line(self, line):
        self._channel.send(ev="line", id=self._display.run_id, line=line)

    @staticmethod
    def _show_exception(filename):
        """Print the traceback without the driver's frames; return its last line."""
        kind, value, frames = sys.exc_info()
        while frames is not None and frames.tb_frame.f_code.co_filename != filename:
            frames = frames.tb_next
        last = frames
        while last is not None and last.tb_next is not None:
            if last.tb_next.tb_frame.f_code is Runner.on_interrupt.__code__:
                last.tb_next = None
            last = last.tb_next
        value = value.with_traceback(frames)
        sys.last_type, sys.last_value, sys.last_traceback = kind, value, frames  # pdb.pm()
        try:
            if sys.excepthook is sys.__excepthook__:
                # The built-in hook reads source from disk before 3.13: it has no lines of cells.
                traceback.print_exception(kind, value, frames)
            else:  # rich.traceback.install() and the like
                sys.excepthook(kind, value, frames)
        except Exception:
            traceback.print_exception(kind, value, frames, file=sys.__stderr__)
        return traceback.format_exception_only(kind, value)[-1].strip()[:500]
