from __future__ import annotations

from collections.abc import Callable

import pytest

from oi_tui.protocol.items import RunStatus
from tests.shells.running import Session

pytestmark = pytest.mark.shell


@pytest.fixture(autouse=True)
def _installed(need: Callable[[str], None]) -> None:
    need("javascript")


def test_declarations_persist_and_can_be_repeated(session: Session) -> None:
    session.run("javascript", "const x = 1; let y = 2; class A { v() { return 3 } }")
    assert session.run("javascript", "console.log(`${x + y + new A().v()}`);").text == "6\n"
    session.run("javascript", "const x = 5; class A {}")
    assert session.run("javascript", "console.log(`${x}`);").text == "5\n"


def test_the_last_expression_is_shown(session: Session) -> None:
    assert "7" in session.run("javascript", "3 + 4").text
    assert session.run("javascript", "3 + 4;").text == ""


def test_top_level_await(session: Session) -> None:
    code = "const r = await new Promise(f => setTimeout(() => f('done'), 10)); r"
    assert "done" in session.run("javascript", code).text


@pytest.mark.parametrize(
    "code",
    [
        "import { join } from 'node:path';\nconsole.log(join('a', 'b'));",
        "import path, { join as j } from 'path';\nconsole.log(path.join('a', j('b')));",
        "import * as p from 'path'\nconsole.log(p.join('a', 'b'));",
        "const p = await import('path'); console.log(p.join('a', 'b'));",
        "const p = require('path'); console.log(p.join('a', 'b'));",
    ],
)
def test_modules(code: str, session: Session) -> None:
    assert session.run("javascript", code).text == "a/b\n"


def test_the_word_import_in_text_stays_as_it_is(session: Session) -> None:
    code = "// import('x')\nconsole.log(\"import('x')\", `import('y')`, 'import \"z\"');"
    assert session.run("javascript", code).text == "import('x') import('y') import \"z\"\n"


def test_errors_show_the_codes_own_frames(session: Session) -> None:
    outcome = session.run("javascript", "function f() { throw new TypeError('bad') }\nf()")
    assert outcome.status is RunStatus.ERROR
    assert outcome.end.detail == "TypeError: bad"
    assert "cell-1.js:1" in outcome.text
    assert "node_driver" not in outcome.text


def test_an_error_in_a_timer_is_shown_and_survived(session: Session) -> None:
    code = (
        "setTimeout(() => { throw new Error('timer') }, 1);"
        "await new Promise(f => setTimeout(f, 30)); console.log('alive');"
    )
    text = session.run("javascript", code).text
    assert "timer" in text
    assert text.endswith("alive\n")


def test_exit_keeps_the_state(session: Session) -> None:
    session.run("javascript", "const x = 5")
    assert session.run("javascript", "process.exit(2)").end.exit_code == 2
    assert session.run("javascript", "console.log(`${x}`);").text == "5\n"


def test_reading_the_terminal(session: Session) -> None:
    run = session.begin(
        "javascript",
        "const b = Buffer.alloc(9); const n = require('fs').readSync(0, b);"
        "console.log(`got ${n}`);",
    )
    run.wait_input()
    session.pool.write(b"abc\n")
    assert "got 4\n" in run.finish().text


def test_an_event_loop_that_waits_behind_a_prompt_is_seen_to_wait(session: Session) -> None:
    run = session.begin(
        "javascript",
        "process.stdout.write('name? ');"
        "const line = await new Promise(f => process.stdin.once('data', f));"
        "process.stdin.pause(); console.log(`hi ${line}`);",
    )
    run.wait_input()
    session.pool.write(b"bob\n")
    assert "hi bob\n" in run.finish().text


def test_bytes_that_are_no_utf8_are_an_error(session: Session) -> None:
    assert session.run("javascript", b"'\xff'").status is RunStatus.ERROR
    assert session.run("javascript", "console.log(`1`);").text == "1\n"
