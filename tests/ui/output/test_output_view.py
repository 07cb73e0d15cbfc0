from __future__ import annotations

import re
import struct
import threading
import unicodedata
import zlib

import pytest
from textual.geometry import Offset
from textual.selection import Selection
from textual.widgets import Input

from oi_tui.protocol.items import InputMode, RunStatus
from oi_tui.ui.emulator.picture import PictureError, read_png
from oi_tui.ui.widgets.output_header import OutputHeader
from oi_tui.ui.widgets.output_terminal import OutputTerminal
from oi_tui.ui.widgets.output_view import OutputView
from tests.ui.output.corpus import hostile
from tests.ui.output.harness import Driver, output_view

HUNDRED = b"".join(b"row %d\r\n" % number for number in range(100))
RULE = re.compile(r"-- (\d+) · \d\d:\d\d:\d\d · (.*)")


def header(driver: Driver) -> str:
    return driver.view.query_one(OutputHeader).render().plain


async def test_an_empty_view_says_what_it_is_for() -> None:
    async with output_view() as driver:
        assert [row.strip() for row in driver.screen() if row] == [
            "Output of programs appears here"
        ]
        assert header(driver) == "Output"


async def test_output_appears_with_the_run_it_belongs_to() -> None:
    async with output_view() as driver:
        driver.begin("one")
        await driver.write(b"hello\r\n")
        assert "running" in header(driver)
        driver.end("one")
        driver.begin("two")
        await driver.write(b"no newline")
        driver.end("two", RunStatus.ERROR)
        await driver.settled()
        rows = driver.rows()
        assert (rows[0], rows[2]) == ("hello", "no newline")
        first, second = RULE.match(rows[1]), RULE.match(rows[3])
        assert first is not None
        assert second is not None
        assert first.groups() == ("1", "ok · 0.2 s")
        assert second.groups() == ("2", "error · 0.2 s")
        assert "error" in header(driver)


async def test_a_later_run_cannot_touch_an_earlier_one() -> None:
    async with output_view() as driver:
        driver.begin("one")
        await driver.write(b"first run\r\n")
        driver.end("one")
        driver.begin("two")
        await driver.write(b"\x1b[10A\x1b[2Koverwritten\x1b[H\x1b[2Jcleared")
        assert driver.rows()[0] == "first run"


async def test_each_language_has_its_own_terminal() -> None:
    async with output_view() as driver:
        driver.begin("one", "python")
        await driver.write(b"from python\r\n", "python")
        driver.begin("two", "bash")
        await driver.write(b"from bash\r\n", "bash")
        assert driver.rows() == ["from bash", ""]
        driver.view.focus()
        await driver.press("left_square_bracket")
        assert driver.rows() == ["from python", ""]
        assert driver.terminal.has_focus
        await driver.pilot.click(OutputHeader, offset=(11, 0))
        await driver.until(lambda: driver.terminal.language == "bash")


async def test_the_view_follows_the_end_until_someone_moves_up() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(HUNDRED)
        assert "row 99" in driver.screen()
        driver.view.focus()
        await driver.press("up")
        before = driver.screen()
        await driver.write(b"more\r\n" * 50)
        assert driver.screen() == before
        assert "End: follow" in header(driver)
        await driver.press("G")
        assert "more" in driver.screen()[-2]
        await driver.write(b"the end\r\n")
        assert any("the end" in row for row in driver.screen())
        await driver.press("home")
        assert "row 0" in driver.screen()[0]
        await driver.press("end")
        assert driver.terminal.follow


async def test_a_new_run_is_followed_unless_someone_reads_there() -> None:
    async with output_view() as driver:
        driver.begin("one")
        await driver.write(HUNDRED)
        driver.view.focus()
        await driver.press("home")
        driver.begin("two")
        assert not driver.terminal.follow
        driver.app.query_one("#prompt").focus()
        await driver.pilot.pause()
        driver.begin("three")
        assert driver.terminal.follow


async def test_rows_that_fall_out_leave_the_view_where_it_is() -> None:
    async with output_view() as driver:
        driver.begin()
        driver.terminal.rows.terminal.history.max_rows = 3000
        numbers = b"".join(b"%d\r\n" % number for number in range(6000))
        await driver.write(numbers)
        driver.view.focus()
        await driver.press("pageup", "pageup")
        before = driver.screen()
        await driver.write(b"x\r\n" * 1000)
        assert driver.terminal.rows.first > 0
        assert driver.screen() == before


async def test_searching_finds_marks_and_goes_on() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(
            b"Needle one\r\n" + HUNDRED + b"a \x1b[31mnee\x1b[0mdle two\r\n" + HUNDRED
        )
        driver.view.focus()
        await driver.press("slash", *"needle", "enter")
        await driver.until(lambda: driver.terminal.found == 101)
        assert any("needle two" in row for row in driver.screen())
        await driver.press("n")
        await driver.until(lambda: driver.terminal.found == 0)
        await driver.press("N")
        await driver.until(lambda: driver.terminal.found == 101)
        await driver.press("escape")
        assert driver.terminal.needle is None
        await driver.press("slash", *"nowhere", "enter")
        await driver.until(lambda: "not found" in header(driver))


async def test_a_search_with_capitals_looks_for_capitals() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write("Straße\r\nstraße\r\n漢字\r\n".encode())
        driver.view.focus()
        await driver.press("slash", *"Stra", "enter")
        await driver.until(lambda: driver.terminal.found == 0)
        await driver.press("slash", *"漢", "enter")
        await driver.until(lambda: driver.terminal.found == 2)


async def test_copying_takes_the_run_in_view() -> None:
    async with output_view() as driver:
        for call, data in (("one", b"first\r\n"), ("two", b"\x1b[32msecond\x1b[0m  \r\nrow\r\n")):
            driver.begin(call)
            await driver.write(data)
            driver.end(call)
            await driver.settled()
        driver.view.focus()
        await driver.press("c")
        copies = [m for m in driver.app.said if isinstance(m, OutputView.CopyRequested)]
        assert copies[-1].text == "second\nrow"


async def test_a_new_size_is_told_once_and_fields_below_change_nothing() -> None:
    async with output_view(size=(62, 20)) as driver:
        first = driver.sizes[-1]
        await driver.pilot.resize_terminal(50, 15)
        await driver.until(lambda: driver.sizes[-1] == (first[0] - 12, first[1] - 5))
        count = len(driver.sizes)
        driver.begin()
        driver.view.set_input(InputMode.LINE, True)
        driver.view.start_typing()
        await driver.write(b"x\r\n")
        driver.view.stop_typing()
        driver.view.focus()
        await driver.press("slash", "escape")
        assert len(driver.sizes) == count
        assert driver.terminal.rows.terminal.columns == driver.sizes[-1][0]


async def test_rows_that_are_wider_than_the_view_say_so() -> None:
    async with output_view(size=(62, 20)) as driver:
        driver.begin()
        await driver.write(b"x" * 55 + b"\r\nshort\r\n")
        await driver.pilot.resize_terminal(42, 20)
        await driver.until(lambda: driver.sizes[-1][0] == 40)
        assert driver.screen()[:2] == ["x" * 39 + "›", "short"]
        assert driver.rows()[0] == "x" * 55


async def test_recorded_output_is_shown_again_at_the_right_width() -> None:
    async with output_view() as driver:
        driver.view.load("bash", b"x" * 70 + b"\r\n\x1b[31mred\x1b[0m\r\n")
        await driver.settled("bash")
        width = driver.sizes[-1][0]
        assert driver.rows() == ["x" * width, "x" * (70 - width), "red", "-- from before"]


async def test_clearing_forgets_everything() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(HUNDRED)
        driver.view.clear()
        await driver.pilot.pause()
        assert header(driver) == "Output"
        assert [t.language for t in driver.view.query(OutputTerminal)] == [""]
        driver.begin("new")
        await driver.write(b"new\r\n")
        assert driver.rows() == ["new", ""]


async def test_colors_follow_the_theme() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(b"plain \x1b[33myellow\x1b[0m\r\nnext\r\n")
        driver.app.theme = "textual-dark"
        await driver.pilot.pause()
        dark = driver.app.export_screenshot()
        driver.app.theme = "textual-light"
        await driver.pilot.pause()
        await driver.until(lambda: driver.app.export_screenshot() != dark)
        light = driver.terminal.render_lines(driver.terminal.size.region)[0]
        styles = {segment.text.strip(): segment.style for segment in light}
        yellow = styles["yellow"]
        assert yellow is not None
        assert yellow.color is not None
        assert sum(yellow.color.get_truecolor()) < 300  # dark on light


async def test_output_in_a_thread_never_waits_for_the_screen() -> None:
    async with output_view() as driver:
        driver.begin()
        tap = driver.view.tap
        thread = threading.Thread(target=lambda: tap.output("python", HUNDRED * 200))
        thread.start()
        thread.join()
        await driver.settled()
        assert driver.terminal.rows.terminal.end_row == 20_001


def png(width: int, height: int, rows: bytes, color: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", range(5))
def test_each_filter_of_a_png_is_undone(kind: int) -> None:
    first, second = bytes([0, 10, 20, 30, 40, 50, 60]), bytes([kind, 1, 2, 3, 4, 5, 6])
    picture = read_png(png(2, 2, first + second))
    expected = {
        0: ((1, 2, 3), (4, 5, 6)),
        1: ((1, 2, 3), (5, 7, 9)),
        2: ((11, 22, 33), (44, 55, 66)),
        3: ((6, 12, 18), (27, 36, 45)),
        4: ((11, 22, 33), (44, 55, 66)),
    }
    assert (picture.pixel(0, 1), picture.pixel(1, 1)) == expected[kind]


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", png(9, 9, b"\0"), png(2, 1, b"\x09" * 7)]
)
def test_a_damaged_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        read_png(data)


async def test_a_picture_is_drawn_and_an_unknown_one_is_named() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(b"plot:\r\n")
        driver.view.show_picture("python", "image/png", png(4, 4, (b"\0" + b"\xff\0\0" * 4) * 4))
        driver.end()
        await driver.until(lambda: any(row.startswith("--") for row in driver.rows()))
        assert driver.rows()[:3] == ["plot:", "[4 pixels]", "[4 pixels]"]
        driver.view.show_picture("python", "image/webp", b"x" * 34_000)
        await driver.until(lambda: "(picture: image/webp, 34 kB)" in driver.rows())


async def test_selected_cells_are_copied_as_text() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write("one \x1b[31mtwo\x1b[0m\r\n漢字 three\r\nfour\r\n".encode())
        selection = Selection(Offset(4, 0), Offset(2, 2))
        assert driver.terminal.get_selection(selection) == ("two\n漢字 three\nfo", "\n")


async def test_a_run_is_handed_over_to_be_saved_and_a_shell_to_be_restarted() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(b"kept\r\n")
        driver.view.focus()
        await driver.press("s", "R")
        saved = [m for m in driver.app.said if isinstance(m, OutputView.SaveRequested)]
        restarts = [m for m in driver.app.said if isinstance(m, OutputView.RestartRequested)]
        assert (saved[0].language, saved[0].text) == ("python", "kept")
        assert restarts[0].language == "python"


@pytest.mark.parametrize("width", [20, 30, 45, 80])
async def test_the_header_fits_into_any_width(width: int) -> None:
    async with output_view(size=(width, 12)) as driver:
        driver.begin("one", "bash")
        driver.begin("two", "python")
        driver.view.set_input(InputMode.LINE, True)
        await driver.pilot.pause()
        line = driver.view.query_one(OutputHeader).render()
        assert line.cell_length <= width - 2
        assert "python" in line.plain


async def test_a_program_that_floods_leaves_the_keys_alone() -> None:
    async with output_view() as driver:
        driver.begin()
        tap = driver.view.tap
        for _ in range(80):
            tap.output("python", HUNDRED * 100)
        assert not tap.wants_output("python")
        driver.app.query_one("#prompt", Input).focus()
        await driver.press(*"still here")
        assert driver.app.query_one("#prompt", Input).value == "still here"
        await driver.until(lambda: driver.terminal.rows.terminal.end_row == 800_001)
        assert tap.wants_output("python")


async def test_rows_in_the_view_hold_nothing_but_text_and_colors() -> None:
    async with output_view() as driver:
        driver.begin()
        await driver.write(b"".join(hostile()).replace(b"\x1b[?1049h", b""))
        driver.view.focus()
        for _ in range(30):
            for y in range(driver.terminal.size.height):
                strip = driver.terminal.render_line(y)
                assert strip.cell_length == driver.sizes[-1][0]
                assert all(unicodedata.category(c) not in ("Cc", "Zl", "Zp") for c in strip.text)
            await driver.press("pageup")
