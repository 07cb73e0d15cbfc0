"""Every example of the 0.1 README, as it is written there but for the import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.programs import IMPORT, QUESTION, fence, in_pipe, in_terminal, leave
from tests.support.fault_server import FaultServer

pytestmark = pytest.mark.shell

STREAMING = """
message = "What operating system are we on?"

for chunk in interpreter.chat(message, display=False, stream=True):
  print(chunk)
"""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def last_said(server: FaultServer) -> str:
    """What the person said in the last request."""
    return str([m["content"] for m in server.chats[-1].messages if m["role"] == "user"][-1])


def test_quick_start(server: FaultServer, tmp_path: Path) -> None:
    server.reply("I plot them.\n", fence("python", "print('a', 'plot')"))
    server.reply("There it is.")
    server.reply("Hello to you.")
    code = """
interpreter.chat("Plot AAPL and META's normalized stock prices") # 執行單行程式碼
interpreter.chat() # 開始聊天模式
"""
    with in_terminal(tmp_path, IMPORT + code, server) as terminal:
        terminal.wait_screen("I plot them.", QUESTION)
        terminal.type("y\r")
        terminal.wait_screen("a plot", "There it is.", "Ctrl-D ends")
        terminal.type("Hello\r")
        terminal.wait_screen("Hello to you.")
        leave(terminal)
        assert terminal.wait_exit() == 0
    assert last_said(server) == "Hello"
    first = server.chats[0].messages[-1]["content"]
    assert first == "Plot AAPL and META's normalized stock prices"


def test_streaming(server: FaultServer, tmp_path: Path) -> None:
    server.reply("I look.\n", fence("python", "import platform\nprint('it is', 'an os')"))
    server.reply("Done.")
    done = in_pipe(tmp_path, IMPORT + STREAMING, server)
    assert done.returncode == 0, done.stderr
    chunks = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert chunks[0] == {"role": "assistant", "type": "message", "start": True}
    assert {
        "role": "computer",
        "type": "console",
        "format": "output",
        "content": "it is an os\n",
    } in chunks
    assert chunks[-1] == {"role": "assistant", "type": "message", "end": True}
    assert last_said(server).startswith("[Report")


def test_interactive_chat(server: FaultServer, tmp_path: Path) -> None:
    server.reply("One.")
    server.reply("Two.")
    with in_terminal(tmp_path, IMPORT + "interpreter.chat()", server) as terminal:
        terminal.wait_screen("Ctrl-D ends")
        terminal.type("first\r")
        terminal.wait_screen("One.")
        terminal.type("second\r")
        terminal.wait_screen("Two.")
        leave(terminal)
        assert terminal.wait_exit() == 0
    said = [m["content"] for m in server.chats[-1].messages if m["role"] != "system"]
    assert said == ["first", "One.", "second"]


def test_programmatic_chat(server: FaultServer, tmp_path: Path) -> None:
    server.reply("I add them.\n", fence("bash", "echo sub''titles"))
    server.reply("Subtitles are added.")
    server.reply("Now they are bigger.")
    code = """
interpreter.chat("Add subtitles to all videos in /videos.")

# ... Streams output to your terminal, completes task ...

interpreter.chat("These look great but can you make the subtitles bigger?")

# ...
"""
    with in_terminal(tmp_path, IMPORT + code, server) as terminal:
        terminal.wait_screen("sub''titles", QUESTION)
        terminal.type("y\r")
        terminal.wait_screen("Subtitles are added.", "Now they are bigger.")
        assert terminal.wait_exit() == 0
    said = [m["content"] for m in server.chats[-1].messages]
    assert "Add subtitles to all videos in /videos." in said
    assert said[-1] == "These look great but can you make the subtitles bigger?"


def test_reset(server: FaultServer, tmp_path: Path) -> None:
    server.reply("Noted.")
    server.reply("I don't know.")
    code = """
interpreter.chat("My name is Killian.")
interpreter.reset()
interpreter.chat("What is my name?")
"""
    done = in_pipe(tmp_path, IMPORT + code, server)
    assert done.returncode == 0, done.stderr
    assert "Killian" not in str(server.chats[-1].messages)


def test_save_and_restore(server: FaultServer, tmp_path: Path) -> None:
    server.reply("Hello Killian.")
    server.reply("Killian.")
    code = """
messages = interpreter.chat("My name is Killian.") # Save messages to 'messages'
interpreter.reset() # Reset interpreter ("Killian" will be forgotten)

interpreter.messages = messages # Resume chat from 'messages' ("Killian" will be remembered)
assert interpreter.messages == messages
interpreter.chat("What is my name?")
"""
    done = in_pipe(tmp_path, IMPORT + code, server)
    assert done.returncode == 0, done.stderr
    said = [m["content"] for m in server.chats[-1].messages if m["role"] != "system"]
    assert said == ["My name is Killian.", "Hello Killian.", "What is my name?"]


def test_system_message(server: FaultServer, tmp_path: Path) -> None:
    server.reply("Yes.")
    code = '''
interpreter.system_message += """
Run shell commands with -y so the user doesn't have to confirm them.
"""
print(interpreter.system_message)
interpreter.chat("hello")
'''
    done = in_pipe(tmp_path, IMPORT + code, server)
    assert done.returncode == 0, done.stderr
    ours, theirs = "You are an assistant", "Run shell commands with -y so"
    assert ours in done.stdout
    assert theirs in done.stdout
    system = server.chats[-1].messages[0]
    assert system["role"] == "system"
    assert ours in system["content"]
    assert theirs in system["content"]


def test_model(server: FaultServer, tmp_path: Path) -> None:
    server.reply("Yes.")
    code = 'interpreter.model = "gpt-3.5-turbo"\ninterpreter.chat("hello")\n'
    done = in_pipe(tmp_path, IMPORT + code, server)
    assert done.returncode == 0, done.stderr
    assert server.chats[-1].model == "gpt-3.5-turbo"


def test_auto_run(server: FaultServer, tmp_path: Path) -> None:
    server.reply("Look.\n", fence("python", "print('it', 'ran')"))
    server.reply("Done.")
    code = 'interpreter.auto_run = True\ninterpreter.chat("hello")\n'
    with in_terminal(tmp_path, IMPORT + code, server) as terminal:
        terminal.wait_screen("auto-run", "it ran", "Done.")
        assert QUESTION not in terminal.text
        assert terminal.wait_exit() == 0


def test_commands_of_the_interactive_mode(server: FaultServer, tmp_path: Path) -> None:
    server.reply("Noted.")
    server.reply("I don't know.")
    lines = (
        ("%help", "%save_message"),
        ("My name is Killian.", "Noted."),
        ("%tokens", "would be sent"),
        ("%save_message", "messages.json"),
        ("%undo", "Taken back"),
        ("What is my name?", "I don't know."),
        ("%reset", "begins anew"),
        ("%load_message", "messages were loaded"),
        ("%debug true", "A log is written"),
        ("%debug false", ""),
    )
    code = "interpreter.chat()\nprint('messages:', len(interpreter.messages))\n"
    with in_terminal(tmp_path, IMPORT + code, server) as terminal:
        terminal.wait_screen("Ctrl-D ends")
        for line, answer in lines:
            terminal.type(line + "\r")
            terminal.wait_screen(answer)
            terminal.wait_screen(f"> {line}")
        leave(terminal)
        terminal.wait_screen("messages: 2")
        assert terminal.wait_exit() == 0
    assert "Killian" not in str(server.chats[-1].messages)
    assert (tmp_path / "work" / "messages.json").exists()
