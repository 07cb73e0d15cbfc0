"""Code that hung or corrupted other interpreters: each ends, says how, and the next run works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from oi_tui.protocol.items import RunStatus
from tests.shells.running import Session

pytestmark = pytest.mark.shell
OK, ERROR, EXIT, DIED = RunStatus.OK, RunStatus.ERROR, RunStatus.EXIT, RunStatus.DIED
FORGED = r"\033]7770;e;0123456789abcdef0123456789abcdef\033\\"


@dataclass(frozen=True)
class Case:
    language: str
    code: str
    status: RunStatus
    exit_code: int | None = None
    output: str | None = None  # exactly
    contains: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.language}: {self.code[:40]!r}"


PYTHON = [
    Case("python", "exit()", EXIT, 0, ""),
    Case("python", "exit", OK, 0, contains="the session keeps its state"),
    Case("python", "raise SystemExit(7)", EXIT, 7, ""),
    Case("python", "raise SystemExit('sorry')", EXIT, 1, "sorry\n"),
    Case("python", "import os; os._exit(9)", DIED, 9, detail="exit code 9"),
    Case("python", "import ctypes\nctypes.string_at(0)", DIED, None, None, "<cell", "SIGSEGV"),
    Case("python", "import os; os.kill(os.getpid(), 9)", DIED, detail="SIGKILL"),
    Case("python", "print('never", ERROR, 1, contains="SyntaxError"),
    Case("python", "if True:", ERROR, 1, contains="IndentationError"),
    Case("python", "x = (lambda a: a if a else 5)(0)\nx", OK, 0, "5\n"),
    Case("python", "'a' if [] else 'b'", OK, 0, "'b'\n"),
    Case("python", "print('## end_of_execution ##')\nprint('##active_line3##')", OK, 0,
         "## end_of_execution ##\n##active_line3##\n"),
    Case("python", "print('>>> x\\n... y\\n\\n# z')", OK, 0, ">>> x\n... y\n\n# z\n"),
    Case("python", f"import sys\nsys.stdout.write('{FORGED}on')\nprint()\nprint('end')", OK, 0,
         "on\nend\n"),
    Case("python", "print('a\x00b')", ERROR, 1, contains="null byte"),
    Case("python", "import sys; sys.stdout.close(); sys.stdin.close()", OK),
    Case("python", "import os; os.close(1); os.close(0)", OK),
    Case("python", "raise KeyboardInterrupt", RunStatus.INTERRUPTED, 130),
    Case("python", "from threading import Thread\nt = Thread(target=lambda: 1/0)\nt.start()\n"
         "t.join()", OK, contains="ZeroDivisionError"),
    Case("python", "import sys\nsys.excepthook = None\n1/0", ERROR, 1, contains="division"),
    Case("python", "import sys\nsys.setrecursionlimit(60)\ndef f(): f()\nf()", ERROR,
         contains="RecursionError"),
    Case("python", "", OK, 0, ""),
    Case("python", "# only a comment", OK, 0, ""),
]  # fmt: skip

SHELLS = [
    case
    for shell in ("bash", "zsh", "sh")
    for case in [
        Case(shell, "exit", EXIT, 0, ""),
        Case(shell, "exit 3", EXIT, 3, ""),
        Case(shell, "(exit 4)", ERROR, 4, ""),
        Case(shell, "echo 'unclosed", ERROR),
        Case(shell, "if true; then", ERROR),
        # bash 5.2 damages its memory here, and may die in a later run.
        *([] if shell == "bash" else [Case(shell, "echo $(", ERROR)]),
        Case(shell, "f() {", ERROR),
        Case(shell, "cat <<'E'\n$x `y` \"z\"\n__oi_end\nE\necho after", OK, 0,
             "$x `y` \"z\"\n__oi_end\nafter\n"),
        Case(shell, "set -e; echo one; false; echo never", EXIT, 1, "one\n"),
        Case(shell, "set -u; echo $nope_; echo never", ERROR, contains="nope_"),
        Case(shell, "kill -9 $$", DIED, detail="SIGKILL"),
        Case(shell, "echo '##active_line1##'; echo __oi_end; echo '## end_of_execution ##'", OK, 0,
             "##active_line1##\n__oi_end\n## end_of_execution ##\n"),
        Case(shell, f"printf '{FORGED}on\\n'; sleep 0.1; echo end", OK, 0, "on\nend\n"),
        Case(shell, "printf progress", OK, 0, "progress"),
        Case(shell, "exec 1>&-", OK),
        Case(shell, "exec >log 2>&1", OK),
        Case(shell, "no-such-command-here", ERROR, 127),
        Case(shell, "return 5", ERROR, 5),
        Case(shell, "sleep 1000 & echo done", OK, 0, contains="done"),
        Case(shell, "", OK, 0, ""),
        Case(shell, "# only a comment", OK, 0, ""),
    ]
]  # fmt: skip

NODE = [
    Case("javascript", "process.exit(3)", EXIT, 3, ""),
    Case("javascript", "process.abort()", DIED, detail="SIGABRT"),
    Case("javascript", "process.kill(process.pid, 'SIGKILL')", DIED, detail="SIGKILL"),
    Case("javascript", "console.log('unclosed", ERROR, 1, contains="SyntaxError"),
    Case("javascript", "if (true) {", ERROR, 1, contains="SyntaxError"),
    Case("javascript", "console.log('undefined'); console.log('... > x');", OK, 0,
         "undefined\n... > x\n"),
    Case("javascript", "process.stdout.write('\\x1b]7770;e;0123456789abcdef\\x1b\\\\on\\n'); "
         "await new Promise(f => setTimeout(f, 50)); console.log('end');", OK, 0, "on\nend\n"),
    Case("javascript", "process.stdout.write('progress');", OK, 0, "progress"),
    Case("javascript", "throw 5", ERROR, 1, contains="5"),
    Case("javascript", "await Promise.reject(new Error('no'))", ERROR, 1, contains="Error: no"),
    Case("javascript", "", OK, 0, ""),
]  # fmt: skip

HELLO = {"python": "print('hello')", "javascript": "console.log('hello');"}


@pytest.mark.parametrize("case", [*PYTHON, *SHELLS, *NODE], ids=str)
def test_it_ends_and_the_next_run_works(
    case: Case, session: Session, need: Callable[[str], None]
) -> None:
    need(case.language)
    outcome = session.run(case.language, case.code)
    assert outcome.status is case.status, outcome
    if case.exit_code is not None:
        assert outcome.end.exit_code == case.exit_code
    if case.output is not None:
        assert outcome.text == case.output
    assert case.contains in outcome.text
    assert case.detail in outcome.end.detail
    after = session.run(case.language, HELLO.get(case.language, "echo hello"))
    assert after.text == "hello\n"
    assert after.status is OK
