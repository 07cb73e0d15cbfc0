"""Several interpreters, several threads, and their ends."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import psutil
import pytest

from oi_tui.api import InterpreterError
from oi_tui.models.scripted import Hold, Reply
from tests.api.conftest import Maker, proposing
from tests.api.programs import SCRIPTED, in_pipe
from tests.support.waiting import wait_until

pytestmark = pytest.mark.shell


def test_each_has_its_own_shells_and_conversation(made: Maker) -> None:
    first, second = made("One."), made("Two.")
    first.run("python", "x = 'first'")
    second.run("python", "x = 'second'")
    assert first.run("python", "print(x)")[0]["content"] == "first\n"
    assert second.run("python", "print(x)")[0]["content"] == "second\n"
    first.chat("hello", display=False)
    assert first.messages[-1]["content"] == "One."
    assert not [m for m in second.messages if m["content"] == "hello"]
    assert first.session_id != second.session_id


def test_stop_from_another_thread_ends_what_runs_and_keeps_the_state(made: Maker) -> None:
    code = "x = 5\nopen('begun', 'w').close()\nwhile True: pass"
    interpreter = made(proposing(code), "unreached", auto_run=True)
    chat = threading.Thread(target=interpreter.chat, args=("go",), kwargs={"display": False})
    chat.start()
    wait_until(Path("begun").exists, "the run")
    interpreter.stop()
    chat.join(30)
    assert interpreter.last_end == "interrupted"
    assert interpreter.run("python", "print(x)")[0]["content"] == "5\n"


def test_stop_denies_what_a_consumer_holds(made: Maker) -> None:
    interpreter = made(proposing("open('made', 'w').close()"), "unreached")
    chunks = interpreter.chat("go", display=False, stream=True)
    for chunk in chunks:
        if chunk["type"] == "confirmation":
            break
    interpreter.stop()
    list(chunks)
    assert not Path("made").exists()
    assert interpreter.last_end == "interrupted"


def test_stop_with_nothing_under_way_does_nothing(made: Maker) -> None:
    interpreter = made("One.")
    interpreter.stop()
    interpreter.chat("first", display=False)
    interpreter.stop()
    assert interpreter.last_end == "completed"


def test_one_chat_at_a_time(made: Maker) -> None:
    hold = Hold()
    interpreter = made(Reply(["Let me", hold]), "Two.")
    chunks = interpreter.chat("first", display=False, stream=True)
    next(chunks)
    with pytest.raises(InterpreterError, match="under way"):
        interpreter.chat("second", display=False)
    hold.release()
    list(chunks)
    assert interpreter.chat("second", display=False)[-1]["content"] == "Two."


def test_a_generator_that_was_never_begun_asks_nothing(made: Maker) -> None:
    interpreter = made("One.")
    interpreter.chat("first", display=False, stream=True)
    assert interpreter.messages == []


def test_closing_ends_the_shells_and_what_was_said_can_be_read(made: Maker) -> None:
    with made("One.") as interpreter:
        pid = int(interpreter.run("python", "import os; print(os.getpid())")[0]["content"])
        interpreter.chat("first", display=False)
    wait_until(lambda: not psutil.pid_exists(pid), "the shell's end")
    assert interpreter.messages[-1]["content"] == "One."
    with pytest.raises(InterpreterError, match="closed"):
        interpreter.chat("second", display=False)
    interpreter.close()
    interpreter.reset()
    assert interpreter.chat("third", display=False)


def test_an_interpreter_that_nobody_holds_ends_its_shells() -> None:
    from oi_tui import OpenInterpreter
    from oi_tui.models.scripted import ScriptedModel

    interpreter = OpenInterpreter(model="scripted", model_port=ScriptedModel([]))
    pid = int(interpreter.run("python", "import os; print(os.getpid())")[0]["content"])
    del interpreter
    gc.collect()
    wait_until(lambda: not psutil.pid_exists(pid), "the shell's end")


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "raise RuntimeError('on purpose')"])
def test_no_child_is_left_when_a_program_ends(tmp_path: Path, end: str) -> None:
    code = f"""{SCRIPTED}
interpreter = made()
for language in ("python", "bash"):
    interpreter.run(language, "echo" if language == "bash" else "1")
print(interpreter.run("bash", "echo $$; sleep 1000 & echo $!")[0]["content"])
{end}
"""
    done = in_pipe(tmp_path, code)
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2, done.stderr
    assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_forked_child_begins_a_conversation_of_its_own(tmp_path: Path) -> None:
    code = f"""{SCRIPTED}
import os, sys
interpreter = made("One.", "Two.", "Three.")
interpreter.run("python", "x = 1")
interpreter.chat("first", display=False)
pid = os.fork()
if not pid:
    print(interpreter.run("python", "print('x' in globals())")[0]["content"].strip())
    print(len(interpreter.messages))
    sys.stdout.flush()
    sys.exit()
_, status = os.waitpid(pid, 0)
print(status, interpreter.run("python", "print(x)")[0]["content"].strip())
print(len(interpreter.messages))
"""
    done = in_pipe(tmp_path, code)
    assert done.stdout.split() == ["False", "2", "0", "1", "6"], done.stderr
    assert "Traceback" not in done.stderr


def test_threads_that_outlive_the_main_one_may_chat_to_their_end(tmp_path: Path) -> None:
    code = f"""{SCRIPTED}
import threading
slow = "import time; time.sleep(0.5); print('sl' 'ow')"
interpreter = made(proposing("python", slow), "Done.", auto_run=True)
def talk():
    print([m["content"] for m in interpreter.chat("go", display=False)])
threading.Thread(target=talk).start()
"""
    done = in_pipe(tmp_path, code)
    assert "slow" in done.stdout, done.stderr
    assert "Done." in done.stdout


def test_a_program_may_end_in_the_middle_of_a_stream(tmp_path: Path) -> None:
    code = f"""{SCRIPTED}
interpreter = made(proposing("python", "open('made', 'w').close()"))
chunks = interpreter.chat("go", display=False, stream=True)
for chunk in chunks:
    if chunk["type"] == "confirmation":
        break
"""
    done = in_pipe(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "work" / "made").exists()


def test_it_works_away_from_the_main_thread(made: Maker) -> None:
    interpreter = made(proposing("print(1)"), "Done.", auto_run=True)
    found: list[str] = []

    def talk() -> None:
        found.append(interpreter.chat("go", display=True)[-1]["content"])

    thread = threading.Thread(target=talk)
    thread.start()
    thread.join(30)
    assert found == ["Done."]
