"""`display=True` in a real terminal: questions, editing, typing into programs, Ctrl-C, the ends."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pyte
import pytest

from tests.api.programs import QUESTION, SCRIPTED, at_prompt, in_pipe, in_terminal, leave
from tests.support.hostile import CORPUS
from tests.support.terminal import Terminal

pytestmark = pytest.mark.shell
EDITOR = "#!/bin/sh\nsed -i 's/one/two/' \"$1\"\n"


def program(*replies: str, then: str = "") -> str:
    """A program that makes an interpreter with these replies and chats once."""
    made = f"interpreter = made({', '.join(replies)})\n"
    return SCRIPTED + made + (then or "interpreter.chat('go')\nprint('END', interpreter.last_end)")


def editor(folder: Path, text: str = EDITOR) -> str:
    path = folder / "editor"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def answer(terminal: Terminal, key: str) -> None:
    """Answer the question that stands there last."""
    terminal.wait(lambda: terminal.text.rstrip().endswith(QUESTION), "the question")
    terminal.type(key + "\r")


def test_yes_runs_it(tmp_path: Path) -> None:
    code = program("proposing('python', 'print(6 * 7)', 'I count.')", "'It is 42.'")
    with in_terminal(tmp_path, code) as terminal:
        terminal.wait_screen("I count.", "python", "print(6 * 7)", QUESTION)
        answer(terminal, "y")
        terminal.wait_screen("42", "It is 42.", "END completed")
        assert terminal.wait_exit() == 0


def test_no_runs_nothing_and_ends_the_turn(tmp_path: Path) -> None:
    code = program("""proposing('python', "open('made', 'w')")""", "'unreached'")
    with in_terminal(tmp_path, code) as terminal:
        answer(terminal, "n")
        terminal.wait_screen("END stopped")
        assert "unreached" not in terminal.text
    assert not (tmp_path / "work" / "made").exists()


@pytest.mark.parametrize("wrong", ["", "yess", "k", "yes please"])
def test_anything_else_is_asked_again(tmp_path: Path, wrong: str) -> None:
    code = program("""proposing('python', "open('made', 'w')")""", "'Fine.'")
    with in_terminal(tmp_path, code) as terminal:
        answer(terminal, wrong)
        terminal.wait_screen("Please answer y, n or e.")
        assert not (tmp_path / "work" / "made").exists()
        answer(terminal, "yes")
        terminal.wait_screen("END completed")
    assert (tmp_path / "work" / "made").exists()


def test_what_is_edited_is_shown_and_asked_about_again(tmp_path: Path) -> None:
    code = program("proposing('python', \"print('one', 1)\")", "'Done.'")
    with in_terminal(tmp_path, code, EDITOR=editor(tmp_path)) as terminal:
        answer(terminal, "e")
        terminal.wait_screen("edited", "print('two', 1)")
        assert "two 1" not in terminal.text
        answer(terminal, "y")
        terminal.wait_screen("two 1", "END completed")


def test_an_edit_that_changes_nothing_asks_again(tmp_path: Path) -> None:
    code = program("proposing('python', 'print(5)')", "'Done.'")
    with in_terminal(tmp_path, code, EDITOR=editor(tmp_path, "#!/bin/sh\nexit 1\n")) as terminal:
        answer(terminal, "e")
        terminal.wait_screen("Nothing was changed.")
        answer(terminal, "n")
        terminal.wait_screen("END stopped")


def test_what_was_typed_before_the_question_does_not_answer_it(tmp_path: Path) -> None:
    then = """
import pathlib
print('READY')
while not pathlib.Path('typed').exists(): pass
interpreter.chat('go')
"""
    code = program("""proposing('python', "open('made', 'w')")""", then=then)
    with in_terminal(tmp_path, code) as terminal:
        terminal.wait_screen("READY")
        terminal.type("y\ry\ry\r")
        terminal.settle()
        (tmp_path / "work" / "typed").touch()
        answer(terminal, "n")
        terminal.wait_exit()
    assert not (tmp_path / "work" / "made").exists()


def test_a_hidden_character_is_seen_and_told(tmp_path: Path) -> None:
    code = program("proposing('python', 'x = 1 # \\u202e')", "'Done.'")
    with in_terminal(tmp_path, code) as terminal:
        terminal.wait_screen("⟨U+202E⟩", "1 hidden character", QUESTION)
        answer(terminal, "n")
        assert terminal.wait_exit() == 0


def test_the_end_of_input_refuses(tmp_path: Path) -> None:
    code = program("""proposing('python', "open('made', 'w')")""")
    with in_terminal(tmp_path, code) as terminal:
        terminal.wait_screen(QUESTION)
        terminal.key("ctrl+d")
        terminal.wait_screen("END stopped")
    assert not (tmp_path / "work" / "made").exists()


# -- programs that read ---------------------------------------------------------------------------
def test_a_line_may_be_typed_into_the_program(tmp_path: Path) -> None:
    code = program("proposing('python', \"n = input('Name? ')\\nprint('hi', n)\")", "'Done.'")
    with in_terminal(tmp_path, code) as terminal:
        answer(terminal, "y")
        terminal.wait_screen("Name?")
        terminal.type("Ada\r")
        terminal.wait_screen("hi Ada", "END completed")
        assert terminal.text.count("Ada") == 2  # what was typed, and what was printed


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    ask = "import getpass\\np = getpass.getpass('Pass' 'word: ')\\nprint(len(p), 'letters')"
    code = program(f'proposing("python", "{ask}")', "'Done.'")
    with in_terminal(tmp_path, code) as terminal:
        answer(terminal, "y")
        terminal.wait_screen("Password:")
        terminal.settle(0.1)
        terminal.type("secret\r")
        terminal.wait_screen("6 letters", "END completed")
        assert "secret" not in terminal.text
        terminal.wait_exit()
        assert terminal.settings()[3] & 0o10  # ECHO is on again


# -- Ctrl-C ---------------------------------------------------------------------------------------
LOOP = """proposing('python', "x = 1\\nprint('be' 'gun')\\nwhile True: pass")"""


def test_ctrl_c_interrupts_the_run_and_the_program_goes_on(tmp_path: Path) -> None:
    then = """
interpreter.auto_run = True
interpreter.chat('go')
print('END', interpreter.last_end, interpreter.run('python', 'print(x)')[0]['content'])
"""
    with in_terminal(tmp_path, program(LOOP, then=then)) as terminal:
        terminal.wait_screen("begun")
        terminal.key("ctrl+c")
        terminal.wait_screen("END interrupted 1")
        assert terminal.wait_exit() == 0


def test_a_second_ctrl_c_is_the_programs(tmp_path: Path) -> None:
    deaf = "import signal\\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"
    loop = f"""proposing('python', "{deaf}\\nprint('be' 'gun')\\nwhile True: pass")"""
    then = """
interpreter.auto_run = True
try:
    interpreter.chat('go')
except KeyboardInterrupt:
    print('RAISED', interpreter.last_end)
"""
    with in_terminal(tmp_path, program(loop, then=then)) as terminal:
        terminal.wait_screen("begun")
        terminal.key("ctrl+c")
        terminal.settle(0.2)
        terminal.key("ctrl+c")
        terminal.wait_screen("RAISED interrupted")
        assert terminal.wait_exit() == 0


def test_ctrl_c_at_the_question_refuses(tmp_path: Path) -> None:
    code = program("""proposing('python', "open('made', 'w')")""")
    with in_terminal(tmp_path, code) as terminal:
        terminal.wait_screen(QUESTION)
        terminal.key("ctrl+c")
        terminal.wait_screen("END interrupted")
    assert not (tmp_path / "work" / "made").exists()


def test_ctrl_c_in_a_stream_without_display_is_pythons_own(tmp_path: Path) -> None:
    then = """
interpreter.auto_run = True
try:
    for chunk in interpreter.chat('go', display=False, stream=True):
        print(chunk.get('content'), flush=True)
except KeyboardInterrupt:
    print('RAISED', interpreter.last_end)
"""
    with in_terminal(tmp_path, program(LOOP, then=then)) as terminal:
        terminal.wait_screen("begun")
        terminal.key("ctrl+c")
        terminal.wait_screen("RAISED interrupted")
        assert terminal.wait_exit() == 0


# -- the conversation in the terminal -------------------------------------------------------------
def test_ctrl_c_at_the_prompt_explains_itself_and_leaves_the_second_time(tmp_path: Path) -> None:
    then = """
try:
    interpreter.chat()
except KeyboardInterrupt:
    print('LEFT')
"""
    with in_terminal(tmp_path, program(then=then)) as terminal:
        at_prompt(terminal)
        terminal.key("ctrl+c")
        terminal.wait_screen("Ctrl-C once more")
        at_prompt(terminal)
        terminal.key("ctrl+c")
        terminal.wait_screen("LEFT")
        assert terminal.wait_exit() == 0


def test_an_error_of_the_model_is_said_and_the_conversation_goes_on(tmp_path: Path) -> None:
    fault = "Reply([Fault('auth', 'No key')])"
    with in_terminal(tmp_path, program(fault, "'Now.'", then="interpreter.chat()")) as terminal:
        terminal.wait_screen("Ctrl-D ends")
        terminal.type("one\r")
        terminal.wait_screen("No key")
        terminal.type("two\r")
        terminal.wait_screen("Now.")


def test_commands_that_need_a_screen_say_so_and_typos_are_told(tmp_path: Path) -> None:
    with in_terminal(tmp_path, program(then="interpreter.chat()")) as terminal:
        terminal.wait_screen("Ctrl-D ends")
        for line, words in (
            ("%theme", "needs the full screen"),
            ("%undoo", "Did you mean %undo?"),
            ("%load_message nothing_here", "nothing_here.json"),
            ("%set max_budget 1.5", "max_budget = 1.5"),
            ("%set max_budget much", "max_budget"),
            ("%model other", "Model: other"),
            ("%auto_run true", "auto-run is on"),
            ("!echo sh''ell", "shell"),
            ("%info", "Kept in"),
        ):
            terminal.type(line + "\r")
            terminal.wait_screen(words)
        terminal.type("%quit\r")
        assert terminal.wait_exit() == 0


def test_the_conversation_is_exported(tmp_path: Path) -> None:
    with in_terminal(tmp_path, program("'**Yes.**'", then="interpreter.chat()")) as terminal:
        at_prompt(terminal)
        terminal.type("hello\r")
        terminal.wait_screen("Yes.")
        terminal.type("%markdown talk\r")
        terminal.wait_screen("talk.md")
        terminal.type("%export notebook talk\r")
        terminal.wait_screen("talk.ipynb")
        terminal.type("%markdown talk\r")
        terminal.wait_screen("exists")
        terminal.type("%export script other\r")
        terminal.wait_screen("no script to write")
        leave(terminal)
        assert terminal.wait_exit() == 0
    assert "**Yes.**" in (tmp_path / "work" / "talk.md").read_text(encoding="utf-8")
    assert (tmp_path / "work" / "talk.ipynb").exists()


def test_saving_messages_asks_before_it_replaces_a_file_of_somebody_else(tmp_path: Path) -> None:
    reply = "'The key is sk-abcdefghijklmnopqrstuvwx.'"
    file = tmp_path / "work" / "messages.json"
    file.parent.mkdir()
    file.write_text("precious", encoding="utf-8")
    with in_terminal(tmp_path, program(reply, then="interpreter.chat()")) as terminal:
        at_prompt(terminal)
        terminal.type("hello\r")
        terminal.wait_screen("The key is")
        at_prompt(terminal)
        terminal.type("%save_message\r")
        terminal.wait_screen("[y]es [n]o")
        terminal.type("n\r")
        terminal.wait_screen("Nothing was written.")
        assert file.read_text(encoding="utf-8") == "precious"
        at_prompt(terminal)
        terminal.type("%save_message\r")
        terminal.wait(lambda: terminal.text.count("[y]es [n]o") == 2, "the question again")
        terminal.type("y\r")
        terminal.wait_screen("Saved to")
        at_prompt(terminal)
        terminal.type("%save_message\r")  # its own file by now
        terminal.wait(lambda: terminal.text.count("Saved to") == 2, "no more questions")
        leave(terminal)
        assert terminal.wait_exit() == 0
    assert "sk-abc" not in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600


def test_three_quotes_begin_several_lines(tmp_path: Path) -> None:
    then = "print(len(interpreter.chat()), repr(interpreter.messages[0]['content']))"
    with in_terminal(tmp_path, program("'Yes.'", then=then)) as terminal:
        terminal.wait_screen("Ctrl-D ends")
        terminal.type('"""one\r')
        terminal.type('two"""\r')
        terminal.wait_screen("Yes.")
        leave(terminal)
        terminal.wait_screen(r"2 'one\ntwo'")


def test_the_persons_own_history_is_not_mixed_up(tmp_path: Path) -> None:
    then = """
import readline
readline.add_history('mine')
interpreter.chat()
count = readline.get_current_history_length()
print('HISTORY', [readline.get_history_item(n + 1) for n in range(count)])
"""
    with in_terminal(tmp_path, program("'Yes.'", then=then)) as terminal:
        terminal.wait_screen("Ctrl-D ends")
        terminal.type("theirs\r")
        terminal.wait_screen("Yes.")
        leave(terminal)
        terminal.wait_screen("HISTORY ['mine']")


# -- foreign text, and no terminal ----------------------------------------------------------------
OURS = re.compile(
    rb"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[[0-9]*[AK]|\x1b\[2K|\x1b\[1A|\x1b\[\?2004[lh]"
)


def test_no_sequence_but_ours_reaches_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "hostile").write_bytes(b" ".join(CORPUS))
    code = f"""{SCRIPTED}
text = open({str(tmp_path / "hostile")!r}, 'rb').read().decode('utf-8', 'replace')
show = "print(open({str(tmp_path / "hostile")!r}, encoding='utf-8', errors='replace').read())"
interpreter = made(Reply([text, Proposal('python', show + '# ' + text)]), text, auto_run=True)
interpreter.chat('go')
print('END')
"""
    with in_terminal(tmp_path, code) as terminal:
        terminal.wait_raw(b"END")
        terminal.wait_exit()
        rest = OURS.sub(b"", terminal.raw)
    assert b"\x1b" not in rest
    assert b"\x9b" not in rest.decode("utf-8", "replace").encode("latin-1", "replace")


def test_without_a_terminal_there_are_no_escapes_and_nothing_is_asked(tmp_path: Path) -> None:
    code = program("""proposing('python', "open('made', 'w')", '# Plan\\n\\n- **bold**\\n')""")
    done = in_pipe(tmp_path, code, FORCE_COLOR="1")
    assert "\x1b" not in done.stdout
    assert "Plan" in done.stdout
    assert "interpreter.approve" in done.stdout.replace("\n", " ")
    assert "END stopped" in done.stdout
    assert QUESTION not in done.stdout
    assert not (tmp_path / "work" / "made").exists()


def test_a_stream_that_cannot_carry_a_character_gets_its_number(tmp_path: Path) -> None:
    done = in_pipe(tmp_path, program("'Hello 你好.'"), PYTHONIOENCODING="ascii")
    assert r"Hello \u4f60\u597d." in done.stdout, done.stderr
    assert "END completed" in done.stdout


def test_nothing_is_drawn_twice(tmp_path: Path) -> None:
    text = "".join(f"- row{n} of the list\\n" for n in range(150)) + "\\nAnd\\n\\nan end.\\n"
    code = program(f"Reply(['{text}'], chunk=40, pace=0.01)")
    with in_terminal(tmp_path, code + "\nprint('BEHIND')") as terminal:
        terminal.wait_screen("BEHIND")
        rows = everything_shown(bytes(terminal.raw))
    wanted = [f"row{n} of the list" for n in range(150)] + ["And", "an end.", "BEHIND"]
    assert [(text, sum(text in row for row in rows)) for text in wanted] == [
        (text, 1) for text in wanted
    ]


def everything_shown(raw: bytes) -> list[str]:
    """What a person finds when they scroll back to the beginning."""
    screen = pyte.HistoryScreen(100, 60, history=5000)
    pyte.ByteStream(screen).feed(raw)
    above = ["".join(row[n].data for n in range(100)) for row in screen.history.top]
    return [*above, *screen.display]


# -- safe mode ------------------------------------------------------------------------------------
SEMGREP = """#!/bin/sh
echo '{"results": [{"start": {"line": 1}, "check_id": "mine.found-it",
 "extra": {"message": "It may be harmful", "severity": "WARNING"}}], "errors": []}'
"""


@pytest.mark.parametrize("mode", ["ask", "auto"])
def test_in_safe_mode_findings_stand_above_the_question(tmp_path: Path, mode: str) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "semgrep").write_text(SEMGREP, encoding="utf-8")
    (binaries / "semgrep").chmod(0o755)
    code = SCRIPTED + (
        f"interpreter = made(proposing('python', 'x = 1'), 'Done.', safe_mode={mode!r})\n"
        "interpreter.chat('go')\nprint('END', interpreter.last_end)\n"
    )
    path = f"{binaries}:{os.environ['PATH']}"
    with in_terminal(tmp_path, code, PATH=path) as terminal:
        if mode == "ask":
            terminal.wait_screen("s[c]an")
            terminal.type("c\r")
        terminal.wait_screen("It may be harmful")
        terminal.wait(lambda: "Run this" in terminal.text.rpartition("harmful")[2], "the question")
        terminal.type("y\r")
        terminal.wait_screen("END completed")


def test_older_turns_are_summed_up_after_a_question_and_come_back(tmp_path: Path) -> None:
    replies = ("'word ' * 300", "'Two.'", "'They said words.'")
    with in_terminal(tmp_path, program(*replies, then="interpreter.chat()")) as terminal:
        for line, words in (
            ("%compact", "nothing to sum up"),
            ("one", "word word"),
            ("two", "Two."),
        ):
            at_prompt(terminal)
            terminal.type(f"{line}\r")
            terminal.wait(lambda words=words: words in terminal.text, words)
        for answer_, told in (("n", ""), ("y", "1 older turn is now a summary")):
            at_prompt(terminal)
            terminal.type("%compact keep it short\r")
            terminal.wait(lambda: terminal.text.rstrip().endswith("[c]ut them"), "the question")
            terminal.type(f"{answer_}\r")
            terminal.wait(lambda told=told: told in terminal.text, told)
        at_prompt(terminal)
        terminal.type("%restore\r")
        terminal.wait(lambda: "Put back." in terminal.text, "the older turns")
        leave(terminal)
