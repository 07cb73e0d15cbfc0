from __future__ import annotations

from textual import events

from oi_tui.protocol.items import InputMode
from oi_tui.ui.widgets.output_header import OutputHeader
from oi_tui.ui.widgets.output_typing import TypingField
from oi_tui.ui.widgets.output_view import OutputView
from tests.ui.output.harness import Driver, output_view


async def start(driver: Driver, mode: InputMode) -> None:
    driver.begin()
    await driver.write(b"name? ")
    driver.view.set_input(mode, True)
    driver.view.focus()
    await driver.press("enter")
    assert driver.view.typing


async def test_a_line_is_edited_and_sent_on_enter() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.LINE)
        await driver.press(*"Alise", "backspace", "backspace", *"ce", "王", "enter")
        assert driver.typed == "Alice王\n".encode()
        await driver.press("up")
        assert driver.view.query_one(TypingField).value == "Alice王"


async def test_the_header_says_that_a_program_waits_and_that_keys_go_to_it() -> None:
    async with output_view() as driver:
        driver.begin()
        driver.view.set_input(InputMode.LINE, True)
        header = driver.view.query_one(OutputHeader)
        assert "waiting for input" in header.render().plain
        driver.view.start_typing()
        await driver.pilot.pause()
        assert "typing into python" in header.render().plain
        assert header.has_class("-typing")
        driver.view.stop_typing()
        assert "waiting for input" in header.render().plain


async def test_a_password_is_masked_and_leaves_no_trace() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.PASSWORD)
        await driver.press(*"hush")
        field = driver.view.query_one(TypingField)
        assert field.password
        assert "hush" not in driver.app.export_screenshot()
        await driver.press("enter")
        assert driver.typed == b"hush\n"
        driver.view.set_input(InputMode.LINE, True)
        await driver.press("up")
        assert field.value == ""


async def test_a_half_typed_password_never_becomes_visible() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.PASSWORD)
        await driver.press(*"hus")
        driver.view.set_input(InputMode.LINE, True)
        assert driver.view.query_one(TypingField).value == ""


async def test_raw_keys_go_one_by_one() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.RAW)
        await driver.press("j", "up", "ctrl+c", "tab", "f1", "q")
        assert driver.typed == b"j\x1b[A\x03\t\x1bOPq"
        await driver.write(b"\x1b[?1h")
        await driver.press("up")
        assert driver.typed.endswith(b"\x1bOA")


async def test_a_paste_is_bracketed_if_the_program_asked() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.RAW)
        field = driver.view.query_one(TypingField)
        field.post_message(events.Paste("one\ntwo"))
        await driver.pilot.pause()
        await driver.write(b"\x1b[?2004h")
        field.post_message(events.Paste("three"))
        await driver.pilot.pause()
        assert driver.typed == b"one\rtwo\x1b[200~three\x1b[201~"


async def test_a_pasted_line_waits_for_enter_and_whole_lines_are_sent() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.LINE)
        field = driver.view.query_one(TypingField)
        field.post_message(events.Paste("one\r\ntwo\x1b[31m\nthree"))
        await driver.pilot.pause()
        assert driver.typed == b"one\ntwo[31m\n"
        assert field.value == "three"


async def test_control_keys_while_a_line_is_edited() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.LINE)
        await driver.press("ctrl+d", *"ab", "ctrl+d", "ctrl+backslash", "ctrl+c")
        assert driver.typed == b"\x04ab\x04\x1c"
        assert any(isinstance(m, OutputView.InterruptRequested) for m in driver.app.said)


async def test_two_escapes_leave_and_one_reaches_a_raw_program() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.RAW)
        await driver.press("escape", "escape")
        assert not driver.view.typing
        assert driver.typed == b"\x1b"
        assert driver.terminal.has_focus


async def test_a_control_key_leaves_at_once() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.LINE)
        await driver.press("ctrl+right_square_bracket")
        assert not driver.view.typing
        assert driver.typed == b""


async def test_the_end_of_the_run_gives_the_keys_back() -> None:
    async with output_view() as driver:
        driver.app.query_one("#prompt").focus()
        driver.begin()
        driver.view.start_typing()
        await driver.press("x")
        driver.end()
        await driver.pilot.pause()
        assert not driver.view.typing
        assert driver.app.query_one("#prompt").has_focus
        await driver.press("y")
        assert driver.typed == b""


async def test_nothing_can_be_typed_while_nothing_runs() -> None:
    async with output_view() as driver:
        driver.view.focus()
        await driver.press("i")
        assert not driver.view.typing


async def test_a_programs_questions_are_answered_only_while_it_runs() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(b"\x1b[6n")
        await driver.until(lambda: driver.typed == b"\x1b[1;1R")
        driver.end()
        await driver.settled()
        await driver.write(b"\x1b[6n")
        await driver.pilot.pause()
        assert driver.typed == b"\x1b[1;1R"


async def test_going_elsewhere_ends_typing_and_keeps_the_new_focus() -> None:
    async with output_view() as driver:
        await start(driver, InputMode.LINE)
        driver.app.query_one("#prompt").focus()
        await driver.until(lambda: not driver.view.typing)
        assert driver.app.query_one("#prompt").has_focus
