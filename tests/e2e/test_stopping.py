"""What runs too long is stopped by keys, and what it leaves is still there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import Replies, bash, decide, python, scripted, send, stop_run

pytestmark = [pytest.mark.e2e, pytest.mark.shell]


@pytest.mark.parametrize("keys", [["ctrl+c"], ["escape", "escape"]], ids=["ctrl+c", "escape"])
def test_a_sleeping_command_stops_and_its_shell_goes_on(tmp_path: Path, keys: list[str]) -> None:
    replies: Replies = [[bash("kept=lantern; echo beg''un; sleep 1000")], [bash("echo ${kept}s")]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "sleep")
        decide(terminal, "y")
        terminal.wait_screen("│ begun", "interrupts")
        for key in keys:
            terminal.key(key)
            terminal.settle(0.2, longest=0.4)
        terminal.wait_no_screen("interrupts")
        send(terminal, "what is left?")
        decide(terminal, "y")
        terminal.wait_screen("│ lanterns")


def test_a_flood_stops(tmp_path: Path) -> None:
    replies: Replies = [[bash("kept=lantern; yes flooded")], [bash("echo ${kept}s")]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "flood")
        decide(terminal, "y")
        terminal.wait_screen("flooded", "interrupts")
        stop_run(terminal)
        send(terminal, "what is left?")
        decide(terminal, "y")
        terminal.wait_screen("│ lanterns")


def test_a_program_that_does_not_obey_is_killed_on_demand(tmp_path: Path) -> None:
    deaf = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, lambda *_: print('no', 'thanks'))\n"
        "print('dea' + 'f now')\n"
        "while True: time.sleep(0.1)"
    )
    replies: Replies = [[python(deaf)], [python("print('fre' + 'sh', 'deaf' in globals())")]]
    with scripted(tmp_path, replies) as terminal:
        send(terminal, "be deaf")
        decide(terminal, "y")
        terminal.wait_screen("interrupts", "deaf now")
        terminal.key("ctrl+c")
        terminal.wait_screen("no thanks")
        for _ in range(6):
            if terminal.wait_at_most(lambda: "Kill its shell" in terminal.text, 2.5):
                break
            terminal.key("ctrl+c")
        terminal.wait_screen("Killing its shell loses the variables")
        terminal.key("k")
        terminal.wait_no_screen("interrupts")
        send(terminal, "and now?")
        decide(terminal, "y")
        terminal.wait_screen("│ fresh False")
