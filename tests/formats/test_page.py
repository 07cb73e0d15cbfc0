"""The HTML page: whole, inert, and honest about what code holds."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from oi_tui.formats.page_code import colored, honest, rendered
from oi_tui.protocol.sessions import ExportFormat
from tests.formats.sample import FENCED, exported

_VOID = {"meta", "img", "br", "hr"}
_FRAME = "html head meta title style body main header h1 p section div b i span pre code img"
_WITHIN = "details summary footer strong a table thead tbody tr th td"


class Reader(HTMLParser):
    """Reads a page as a browser would see it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.codes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "code":
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.codes[-1] += data


@pytest.fixture(scope="module")
def text() -> str:
    return exported(ExportFormat.HTML)


def test_nothing_foreign_is_markup(text: str) -> None:
    page = Reader(text)
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= {*_FRAME.split(), *_WITHIN.split()}
    for tag, attributes in page.tags:
        assert set(attributes) <= {
            *("class", "content", "charset", "http-equiv", "name", "alt", "src", "href", "rel"),
            *("open", "data-mark"),
        }, tag


def test_nothing_is_loaded_from_elsewhere(text: str) -> None:
    page = Reader(text)
    sources = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert len(sources) == 2
    assert all(source and source.startswith("data:image/") for source in sources)
    links = [attributes for tag, attributes in page.tags if tag == "a"]
    assert {link.get("href", "") for link in links} <= {
        "",
        "http://evil/x.png",
        "https://example.org",
    }
    assert {link["rel"] for link in links if "href" in link} == {"noopener noreferrer nofollow"}
    assert "url(" not in text
    assert "@import" not in text


def test_the_policy_allows_this_style_and_embedded_pictures_only(text: str) -> None:
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [
        attributes["content"]
        for tag, attributes in Reader(text).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert "prefers-color-scheme:dark" in style


def test_code_can_be_copied_as_it_was(text: str) -> None:
    codes = Reader(text).codes
    assert FENCED in codes
    assert "rm -rf ./old" in codes
    assert 'x = "\u202eeno\u2069"  # 大小\n' in codes


def test_what_became_of_code_is_told(text: str) -> None:
    for said in ("✓ done", "✗ exit 3", "✗ failed", "not run", "Use the *other* folder", "Edited"):
        assert said in text
    assert "… 7 bytes were not recorded …" in text
    assert "The provider asks to wait." in text


def test_hidden_characters_are_marked_and_kept() -> None:
    shown = honest("a\u202eb\x00<")
    assert shown == (
        'a<span class="hidden" data-mark="⟨U+202E⟩">\u202e</span>b'
        '<span class="hidden" data-mark="⟨U+0000⟩"></span>&lt;'
    )
    assert 'data-mark="⟨U+202E⟩"' in colored('x = "\u202e"', "python")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("def f(x):\n    return x  # no\n", "python"),
        ("echo a # the last line is a comment", "bash"),
        ("<script>&amp;</script>", "html"),
        ("\n\n  odd\n\n", "python"),
        ("anything", "no-such-language"),
        ("", "python"),
        ("x" * 300_000, "python"),
    ],
)
def test_colors_change_no_character(code: str, language: str) -> None:
    reader = Reader(f"<code>{colored(code, language)}</code>")
    assert reader.codes == [code]


def test_code_is_colored() -> None:
    assert '<span class="k">def </span><span class="f">f</span>' in colored("def f(): 1", "python")
    assert '<span class="c"># no</span>' in colored("ls # no", "bash")


def test_prose_is_read_as_markdown_and_stays_inert() -> None:
    html = rendered("# A\n\n| a |\n|---|\n| `b` |\n\n<img src=x> ![p](http://e/x) &#x202e;\n")
    assert "<h1>A</h1>" in html
    assert "<td><code>b</code></td>" in html
    assert "<img" not in html
    assert "⟨U+202E⟩" in html
    assert rendered("[a](file:///etc/passwd)") in (
        "<p><a>a</a></p>\n",
        "<p>[a](file:///etc/passwd)</p>\n",
    )
