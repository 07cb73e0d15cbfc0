"""The style sheet of exported pages: the colors of Harbor, light or dark as the reader likes."""

from __future__ import annotations

_LIGHT = """
--ground:#fbfaf7;--card:#f3f1ec;--head:#eae7e0;--line:#dcd7cc;--ink:#1d2733;--muted:#576274;
--accent:#0b6b80;--tint:#e4eeee;--good:#256b34;--warn:#7d5600;--bad:#b02a2a;
--k:#7a3ea8;--s:#2c6a2f;--m:#8f4a12;--c:#5d6672;--f:#135f9c;--t:#795700;--o:#4a5868;--d:#9a2f6d
"""
_DARK = """
--ground:#11161d;--card:#161c25;--head:#1c2430;--line:#2a3443;--ink:#d7dee8;--muted:#8b99ad;
--accent:#67c1d6;--tint:#18262f;--good:#8ecf93;--warn:#e8bd6c;--bad:#f08a83;
--k:#c4a3e6;--s:#a5d3a0;--m:#eab98a;--c:#8290a4;--f:#83c5ea;--t:#e6cf8b;--o:#a9b8cb;--d:#e3a6c8
"""
_FONTS = """
--prose:system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK TC","PingFang TC",
"Microsoft JhengHei",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Code","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono",
"Noto Sans Mono CJK TC",monospace
"""
_RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 var(--prose)}
main{max-width:52rem;margin:0 auto;padding:3rem 1.25rem 4rem}
header{padding-bottom:1.25rem;border-bottom:1px solid var(--line)}
h1{margin:0;font-size:1.7rem;line-height:1.25;letter-spacing:-.01em;overflow-wrap:anywhere}
.facts{margin:.5rem 0 0;color:var(--muted);font-size:.9rem;overflow-wrap:anywhere}
.prompt{margin:2.5rem 0 1.25rem;padding:.7rem 1rem;background:var(--tint);
border-left:3px solid var(--accent);border-radius:0 8px 8px 0;white-space:pre-wrap;
overflow-wrap:anywhere;font-weight:500}
.prose{margin:1.25rem 0;overflow-wrap:anywhere}
.prose>:first-child{margin-top:0}.prose>:last-child{margin-bottom:0}
.prose h1,.prose h2,.prose h3{margin:1.6em 0 .5em;font-size:1.15rem;line-height:1.3}
.prose code{padding:.1em .35em;background:var(--head);border-radius:4px;font:.88em var(--mono)}
.prose pre code{padding:0;background:none;font-size:1em}
.prose pre{padding:.8rem 1rem;background:var(--card);border:1px solid var(--line);
border-radius:8px}
.prose blockquote{margin:1em 0;padding-left:1rem;border-left:3px solid var(--line);
color:var(--muted)}
.prose table{border-collapse:collapse;display:block;overflow-x:auto}
.prose th,.prose td{padding:.35rem .8rem;border-bottom:1px solid var(--line);text-align:left}
.prose th{color:var(--muted);font-weight:600}
a{color:var(--accent)}hr{border:0;border-top:1px solid var(--line);margin:1.5rem 0}
pre{margin:0;overflow-x:auto;font:.86rem/1.55 var(--mono);tab-size:4}
.run{margin:1.25rem 0;background:var(--card);border:1px solid var(--line);border-radius:10px;
overflow:hidden}
.run>div{display:flex;gap:1rem;padding:.4rem 1rem;background:var(--head);color:var(--muted);
font-size:.82rem}
.run b{color:var(--ink);font-weight:600}.run i{margin-left:auto;font-style:normal}
.run pre{padding:.8rem 1rem}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.run .note{margin:0;padding:.1rem 1rem .7rem;color:var(--muted);font-size:.88rem}
details{border-top:1px solid var(--line)}
summary{padding:.35rem 1rem;color:var(--muted);font-size:.82rem;cursor:pointer}
details pre{padding-top:.2rem;color:var(--ink)}
.picture{margin:0;padding:.8rem 1rem;border-top:1px solid var(--line)}
.picture img{display:block;max-width:100%;height:auto;border-radius:6px;background:#fff}
.notice{margin:1.25rem 0;padding-left:1rem;border-left:3px solid var(--line);
color:var(--muted);font-size:.92rem;white-space:pre-wrap;overflow-wrap:anywhere}
.notice.bad{border-color:var(--bad);color:var(--bad)}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--muted);
font-size:.82rem}
.hidden{display:inline-block;color:var(--bad)}.hidden::before{content:attr(data-mark)}
.k{color:var(--k)}.s{color:var(--s)}.m{color:var(--m)}.c{color:var(--c);font-style:italic}
.f{color:var(--f)}.t{color:var(--t)}.o{color:var(--o)}.d{color:var(--d)}.e{color:var(--bad)}
@media print{.run,.prompt{break-inside:avoid-page}main{max-width:none;padding:0}}
"""


def style_sheet() -> str:
    """Return the whole style sheet."""
    return (
        f":root{{color-scheme:light dark;{_LIGHT};{_FONTS}}}"
        f"@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}{_RULES}"
    ).replace("\n", "")
