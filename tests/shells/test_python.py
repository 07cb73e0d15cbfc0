from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from oi_tui.protocol.items import RunStatus
from oi_tui.shells.base import DisplayArrived, OutputArrived
from oi_tui.shells.pool import ShellPool
from tests.shells.running import Session

pytestmark = pytest.mark.shell


def test_state_persists_and_the_last_expression_is_shown(session: Session) -> None:
    assert session.run("python", "x = 41\nx + 1").text == "42\n"
    assert session.run("python", "print(x)").text == "41\n"
    assert session.run("python", "_").text == "42\n"
    assert session.run("python", "x;").text == ""


def test_exit_keeps_the_state(session: Session) -> None:
    session.run("python", "x = 41")
    assert session.run("python", "exit(2)").end.exit_code == 2
    assert session.run("python", "x").text == "41\n"


def test_top_level_await_and_asyncio_run(session: Session) -> None:
    assert session.run("python", "import asyncio\nawait asyncio.sleep(0.01)\n'a'").text == "'a'\n"
    code = "async def m():\n    await asyncio.sleep(0.01)\n    return 7\nasyncio.run(m())"
    assert session.run("python", code).text == "7\n"


def test_future_imports_persist(session: Session) -> None:
    session.run("python", "from __future__ import annotations")
    assert session.run("python", "def f(x: undefined): pass\n'ok'").text == "'ok'\n"


def test_a_traceback_shows_the_code_and_not_the_driver(session: Session) -> None:
    outcome = session.run("python", "def f():\n    return 1 / 0  # here\n\nf()")
    assert outcome.status is RunStatus.ERROR
    assert "return 1 / 0  # here" in outcome.text
    assert "_oi_driver" not in outcome.text
    assert outcome.end.detail == "ZeroDivisionError: division by zero"


def test_source_of_a_cell_can_be_inspected(session: Session) -> None:
    code = (
        "def f():\n    '''Doc.'''  # kept\n\nimport inspect\nprint(inspect.getsource(f))\nf.__doc__"
    )
    outcome = session.run("python", code)
    assert "# kept" in outcome.text
    assert outcome.text.endswith("'Doc.'\n")


def test_the_active_line_is_reported(session: Session) -> None:
    code = "import time\nfor i in range(3):\n    pass\n    time.sleep(0.06)\n"
    lines = session.run("python", code).lines
    assert lines[0] == 1
    assert 4 in lines


def test_output_without_newline_appears_while_running(session: Session) -> None:
    run = session.begin("python", "print('.', end='')\ninput()")
    run.wait_text(".")
    session.pool.interrupt()
    run.finish()


def test_bytes_that_are_no_utf8_are_an_error(session: Session) -> None:
    outcome = session.run("python", b"x = '\xff'")
    assert outcome.status is RunStatus.ERROR
    assert "UnicodeDecodeError" in outcome.text
    assert session.run("python", "1").text == "1\n"


ORDER = """
import os, subprocess, sys
for i in range(60000): print("line", i)
print("before child")
subprocess.run(["echo", "child"])
print("before system")
os.system("echo system")
print("before stderr")
print("stderr", file=sys.stderr)
print("before write", end="")
sys.stderr.write("|partial")
sys.stderr.flush()
print("|before fork")
pid = os.fork()
if pid == 0:
    print("forked")
    sys.stdout.flush()
    os._exit(0)
os.waitpid(pid, 0)
print("end")
"""


def test_order_is_kept_in_a_flood(session: Session) -> None:
    rest = session.run("python", ORDER).text.partition("line 59999\n")[2]
    assert rest.split("\n") == [
        "before child", "child", "before system", "system", "before stderr", "stderr",
        "before write|partial|before fork", "forked", "end", "",
    ]  # fmt: skip


def test_every_line_of_a_flood_arrives_in_order(session: Session) -> None:
    outcome = session.run("python", "for i in range(200000): print(i)")
    assert outcome.text == "".join(f"{i}\n" for i in range(200000))


def test_slow_output_is_written_line_by_line(session: Session) -> None:
    code = "import os\nfor i in range(5):\n    print('p', i)\n    os.write(1, b'w\\n')\n"
    expected = "".join(f"p {i}\nw\n" for i in range(5))
    assert session.run("python", code).text == expected


def test_nothing_printed_before_a_crash_is_lost(session: Session) -> None:
    outcome = session.run("python", "import os\nprint('last words')\nos.kill(os.getpid(), 11)")
    assert outcome.text.startswith("last words\n")
    assert outcome.end.detail == "SIGSEGV"


def test_a_forked_child_cannot_answer_for_the_session(session: Session) -> None:
    code = "import os\nif os.fork() == 0:\n    raise ValueError('child')\nos.wait()\n'parent'"
    outcome = session.run("python", code)
    assert outcome.status is RunStatus.OK
    assert outcome.text.endswith("'parent'\n")
    assert session.run("python", "1").text == "1\n"


def test_multiprocessing(session: Session) -> None:
    code = (
        "import multiprocessing as mp\nc = mp.get_context('fork')\nq = c.Queue()\n"
        "p = c.Process(target=q.put, args=(5,))\np.start()\nprint(q.get())\np.join()"
    )
    assert session.run("python", code).text == "5\n"


def test_pictures_come_where_they_were_shown(session: Session) -> None:
    code = (
        "class P:\n    def _repr_png_(self): return b'PNG' * 100000\n"
        "    def __repr__(self): return 'P!'\n"
        "print('one')\nprint('two', end='')\ndisplay(P())\nprint('three')"
    )
    parts = [
        part
        for part in session.run("python", code).parts
        if isinstance(part, DisplayArrived | OutputArrived)
    ]
    at = next(i for i, part in enumerate(parts) if isinstance(part, DisplayArrived))
    before = b"".join(p.data for p in parts[:at])
    assert parts[at] == DisplayArrived("image/png", b"PNG" * 100000)
    assert before == b"one\r\ntwo"
    assert b"".join(p.data for p in parts[at + 1 :]) == b"P!\r\nthree\r\n"


def test_matplotlib_figures_are_pictures(folder: Path) -> None:
    """In the interpreter of the tests, which has matplotlib."""
    pool = ShellPool(folder=str(folder), python=sys.executable)
    code = "import matplotlib.pyplot as plt\nplt.plot([1]); plt.show()\nplt.figure()\nplt.plot([2])"
    shown = Session(pool).run("python", code).displays
    pool.close()
    assert [picture.data[:4] for picture in shown] == [b"\x89PNG"] * 2


def test_the_terminal_is_one(session: Session) -> None:
    session.pool.resize(77, 20)
    code = "import shutil, sys\nprint(sys.stdout.isatty(), shutil.get_terminal_size()[:])"
    assert session.run("python", code).text == "True (77, 20)\n"
    session.pool.resize(63, 17)
    assert session.run("python", code).text == "True (63, 17)\n"


def test_the_session_runs_in_the_configured_interpreter(session: Session) -> None:
    shown = session.run("python", "import sys\nprint(sys.version.split()[0])").text.strip()
    command = [session.pool.interpreter("python"), "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.split() == ["Python", shown]
