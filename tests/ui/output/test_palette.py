from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color

from oi_tui.ui.emulator.palette import Palette, Rgb, contrast

DARK: tuple[Rgb, Rgb] = ((215, 222, 232), (20, 26, 36))
LIGHT: tuple[Rgb, Rgb] = ((43, 48, 58), (250, 248, 243))
COLOR = st.integers(0, 255)


def shown(color: Color | None) -> Rgb:
    assert color is not None
    red, green, blue = color.get_truecolor()
    return red, green, blue


@pytest.mark.parametrize(("text", "background"), [DARK, LIGHT])
def test_every_named_color_can_be_read(text: Rgb, background: Rgb) -> None:
    palette = Palette(text, background)
    for code in [*range(30, 38), *range(90, 98)]:
        assert contrast(shown(palette.style(str(code)).color), background) >= 3.4, code


@given(st.sampled_from([DARK, LIGHT]), COLOR, COLOR, COLOR)
def test_every_color_of_a_program_can_be_read(
    base: tuple[Rgb, Rgb], red: int, green: int, blue: int
) -> None:
    palette = Palette(*base)
    for style in (f"38;2;{red};{green};{blue}", f"38;5;{red}", f"38:2::{red}:{green}:{blue}"):
        assert contrast(shown(palette.style(style).color), base[1]) >= 3.4


@given(st.integers(0, 255), st.integers(0, 255))
def test_text_never_vanishes_in_its_background(front: int, behind: int) -> None:
    style = Palette(*DARK).style(f"38;5;{front};48;5;{behind}")
    assert contrast(shown(style.color), shown(style.bgcolor)) >= 1.9


def test_attributes_become_attributes() -> None:
    style = Palette(*DARK).style("1;3;4;7;9")
    assert (style.bold, style.italic, style.underline, style.reverse, style.strike) == (True,) * 5
    assert style.blink is None
    assert style.conceal is None


def test_a_color_that_can_be_read_stays_as_it_is() -> None:
    assert shown(Palette(*DARK).style("38;2;120;200;255").color) == (120, 200, 255)


@given(st.sampled_from([DARK, LIGHT]), st.integers(0, 255))
def test_plain_text_on_a_programs_background_can_be_read(
    base: tuple[Rgb, Rgb], behind: int
) -> None:
    style = Palette(*base).style(f"48;5;{behind}")
    assert contrast(shown(style.color), shown(style.bgcolor)) >= 4.5
