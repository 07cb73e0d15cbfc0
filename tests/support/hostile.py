"""Byte sequences that no foreign text may make a terminal act on.

`CORPUS` holds each control character, every kind of ECMA-48 sequence, and the ones that terminals
of our days answer or obey: titles, clipboards, links, notifications, graphics, queries, modes.
"""

from __future__ import annotations

ESC = b"\x1b"
BEL = b"\x07"
ST = b"\x1b\\"
TEXTS = (b"0;owned", b"1;owned", b"2;owned", b"4;1;?", b"4;1;#ff0000", b"7;file:///etc")
LINKS = (b"8;;http://evil.example/", b"8;id=1;file:///etc/passwd", b"8;;javascript:x")
SYSTEM = (
    b"9;note",
    b"9;4;1;50",
    b"10;?",
    b"11;?",
    b"12;?",
    b"52;c;cm0gLXJm",
    b"52;c;?",
    b"52;p;AAAA",
    b"99;i=1;note",
    b"104;1",
    b"110",
    b"133;A",
    b"133;C",
    b"133;D;0",
    b"633;A",
    b"777;notify;a;b",
    b"1337;File=inline=1:AAAA",
    b"1337;SetMark",
    b"1337;CopyToClipboard=general",
    b"1337;RemoteHost=a@b",
    b"5522;type=read",
    b"22;wait",
    b"30001",
)
PRIVATE_MODES = (
    1, 2, 3, 5, 6, 7, 8, 9, 12, 25, 40, 45, 47, 66, 67, 69, 80, 1000, 1001, 1002, 1003, 1004, 1005,
    1006, 1007, 1015, 1016, 1034, 1035, 1042, 1046, 1047, 1048, 1049, 1070, 2004, 2026, 2027, 2031,
    2048, 8452,
)  # fmt: skip
STRINGS = (
    ESC + b"P$qm" + ST,
    ESC + b"P$qr" + ST,
    ESC + b'P$q"p' + ST,
    ESC + b"P+q544e" + ST,
    ESC + b"P+p41" + ST,
    ESC + b"Pq#0;2;0;0;0#0~~@@vv" + ST,
    ESC + b"P1$r0m" + ST,
    ESC + b"P>|xterm(1)" + ST,
    ESC + b"Ptmux;" + ESC + ESC + b"]52;c;AAAA\x07" + ST,
    ESC + b"P1000p",
    ESC + b"_Gf=24,s=10,v=20,t=f;L2V0Yy9wYXNzd2Q=" + ST,
    ESC + b"_Ga=q,i=31,s=1,v=1,t=d;AAAA" + ST,
    ESC + b"_Ga=d" + ST,
    ESC + b"_application program command" + ST,
    ESC + b"^privacy message" + ST,
    ESC + b"Xstart of string" + ST,
    ESC + b"kscreen title" + ST,
    ESC + b"P$qm",
    ESC + b"_G",
    ESC + b"^never ends",
)
CONTROLS = (
    b"A", b"B", b"C", b"D", b"E", b"F", b"G", b"2;2H", b"2J", b"3J", b"K", b"1K", b"L", b"M", b"P",
    b"S", b"T", b"X", b"Z", b"@", b"`", b"a", b"5b", b"c", b">c", b"=c", b"d", b"e", b"f", b"3g",
    b"4h", b"20h", b"4l", b"5i", b"4i", b"?4i", b"7m", b"38;5;1m", b"38;2;1;2;3m", b"8m", b"5m",
    b"5n", b"6n", b"?6n", b"?15n", b"?25n", b"?26n", b"?53n", b"?996n", b"!p", b'61"p', b"?2026$p",
    b"4$p", b"1 q", b'1"q', b"2;5r", b"?1r", b"s", b"?1s", b"1;1;1;1t", b"14t", b"18t", b"19t",
    b"21t", b"22;0t", b"23;0t", b"8;10;10t", b"3;0;0t", b"1t", b"2t", b"9;1t", b"u", b"?u", b">31u",
    b"<u", b"=1;1u", b"1$r", b"x", b"1x", b"1;1;1;1$x", b"1;1;1;1$z", b"1;1;1;1$t", b"1;1;1;1${",
    b"1;1;1;1;1;1;1;1$v", b"1*x", b"1;1;1;1;1;1*y", b"'z", b"1'{", b"'|", b"1'w", b"1'}", b"1'~",
    b">4;2m", b">4m", b"?4m", b">1p", b">q", b">0t", b"#P", b"#Q", b"#{", b"#}", b"1 @", b"1 A",
    b"200~", b"201~", b"2 u", b"1 t", b"<35;1;1M", b"M !!", b"I", b"O", b"1;1R", b"?1;2c",
)  # fmt: skip
PLAIN_ESCAPES = (
    b"c", b"7", b"8", b"=", b">", b"D", b"E", b"H", b"M", b"N", b"O", b"Z", b"n", b"o", b"|", b"}",
    b"~", b"l", b"m", b"#8", b"#3", b"#4", b"#5", b"#6", b"(0", b"(B", b")0", b"*0", b"+0", b"-A",
    b".A", b"/A", b"%G", b"%@", b" F", b" G", b"6", b"9", b"\\", b"V", b"W",
)  # fmt: skip


def _corpus() -> list[bytes]:
    controls = [bytes([code]) for code in range(0x20) if code not in (0x09, 0x0A)]
    raw_c1 = [bytes([code]) for code in range(0x80, 0xA0)]
    utf8_c1 = [chr(code).encode() for code in range(0x80, 0xA0)]
    system = [ESC + b"]" + text + end for text in (*TEXTS, *LINKS, *SYSTEM) for end in (BEL, ST)]
    modes = [ESC + b"[?%d" % mode + way for mode in PRIVATE_MODES for way in (b"h", b"l")]
    sequences = [ESC + b"[" + one for one in CONTROLS] + [ESC + one for one in PLAIN_ESCAPES]
    eight_bit = [
        b"\x9b2J",
        b"\xc2\x9b2J",
        b"\x9d52;c;AAAA\x9c",
        b"\xc2\x9d52;c;AAAA\xc2\x9c",
        b"\x90q\x9c",
        b"\xc2\x90$qm\xc2\x9c",
        b"\x9fGa=q\x9c",
    ]
    unfinished = [ESC, ESC + b"[", ESC + b"[38;5", ESC + b"]0;never ends", ESC + b"[?", b"\x7f"]
    return [*controls, *raw_c1, *utf8_c1, *system, *modes, *sequences, *STRINGS, *eight_bit,
            *unfinished]  # fmt: skip


CORPUS = _corpus()
# Text that hides, reorders or pretends, and markup that a careless widget would obey.
DECEPTIVE = (
    "\u202eevil\u202c",
    "\u2066hidden\u2069",
    "zero\u200bwidth",
    "tag\U000e0041\U000e0042",
    "soft\u00adhyphen",
    "\u2028line\u2029paragraph",
    "[@click=app.quit]press[/]",
    "[link=file:///etc/passwd]read[/link]",
    "[/unbalanced",
    "[@click=(]",
    "[red]not red[/red]",
)
