"""Files that attack whoever opens them, and names that attack whoever shows them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.documents import A_PDF

MIB = 1024 * 1024


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _pixels(width: int, height: int) -> bytes:
    """A PNG that says it has this many pixels: 4 bytes each for whoever believes it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(4 * MIB), 9)
    parts = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*part) for part in parts)


def _zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _office(members: dict[str, bytes]) -> bytes:
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package"/>'
    return _zipped({"[Content_Types].xml": types, "word/styles.xml": b"<w/>"} | members)


def _laughs() -> bytes:
    """A billion laughs: ten entities, each ten times the one before."""
    entities = ['<!ENTITY a0 "ha">']
    entities += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE x [{''.join(entities)}]><x>&a9;</x>".encode()


def _matryoshka() -> bytes:
    inner = _zipped({"0": bytes(8 * MIB)})
    for _level in range(5):
        inner = _zipped({str(number): inner for number in range(5)})
    return _office({"word/embeddings/oleObject1.bin": inner})


def _pdf_of_streams() -> bytes:
    packed = zlib.compress(zlib.compress(bytes(16 * MIB), 9), 9)
    filters = b"/Filter[/FlateDecode/FlateDecode]/Length %d" % len(packed)
    stream = b"<<" + filters + b">>stream\n" + packed + b"\nendstream endobj\n"
    objects = b"".join(b"%d 0 obj" % number + stream for number in range(1, 5))
    return b"%PDF-1.7\n" + objects + b"trailer<</Root 1 0 R>>\n%%EOF\n"


# What unpacks to far more than came in; each is named as something that we take.
BOMBS: dict[str, Callable[[], bytes]] = {
    "zeros.docx": lambda: _office({"word/document.xml": bytes(64 * MIB)}),
    "laughs.docx": lambda: _office({"word/document.xml": _laughs()}),
    "laughs.odt": lambda: _zipped(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": _laughs()}
    ),
    "in-one-another.docx": _matryoshka,
    "pixels.png": lambda: _pixels(50_000, 50_000),
    "pixels.gif": lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\x80\0\0" + bytes(64),
    "streams.pdf": _pdf_of_streams,
}

_SCRIPT = b"<script>alert(document.domain)</script>"
# Active content under honest and dishonest names: name, content.
ACTIVE: list[tuple[str, bytes]] = [
    ("page.html", b"<!doctype html>" + _SCRIPT),
    ("page.htm", _SCRIPT),
    ("page.xhtml", b'<html xmlns="http://www.w3.org/1999/xhtml">' + _SCRIPT + b"</html>"),
    ("page.shtml", _SCRIPT),
    ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg">' + _SCRIPT + b"</svg>"),
    ("picture.svgz", zlib.compress(_SCRIPT)),
    ("sheet.xml", b'<?xml-stylesheet href="data:text/xsl,x"?><a/>'),
    ("code.js", b"alert(1)"),
    ("code.mjs", b"alert(1)"),
    ("macro.docm", _office({"word/vbaProject.bin": b"x"})),
    ("program.exe", b"MZ" + bytes(64)),
    ("program.pdf.exe", b"MZ" + bytes(64)),
    ("archive.zip", _zipped({"a": b"b"})),
    ("mail.eml", b"Subject: x\r\n\r\n" + _SCRIPT),
    ("page.mht", b"MIME-Version: 1.0\r\n\r\n" + _SCRIPT),
    ("shortcut.url", b"[InternetShortcut]\r\nURL=file:///etc/passwd"),
    ("picture.png", b"<svg onload=alert(1)>"),
    ("picture.jpg", _SCRIPT),
    ("picture.gif", b"GI" + _SCRIPT),
    ("document.pdf", _SCRIPT + A_PDF),
    ("document.docx", _SCRIPT),
    ("noending", A_PDF),
    (".pdf", A_PDF),
    ("devis.pdf.", A_PDF),
]
# Two things at once: what the first bytes say is what it is kept as, whatever follows.
POLYGLOTS: list[tuple[str, bytes, str]] = [
    ("gif.gif", b"GIF89a/*" + bytes(8) + b"*/=1;" + _SCRIPT, "image/gif"),
    ("pdf.pdf", b"%PDF-1.4\n" + _SCRIPT + A_PDF, "application/pdf"),
    ("png.png", b"\x89PNG\r\n\x1a\n" + _png_chunk(b"tEXt", _SCRIPT) + _SCRIPT, "image/png"),
    ("jpeg.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + _SCRIPT, "image/jpeg"),
]
# Names as they come from strange systems and from attackers; each ends as something we take.
NAMES = [
    "../../etc/cron.d/devis.pdf", "..\\..\\windows\\devis.pdf", "/etc/devis.pdf",
    "C:\\Users\\devis.pdf", "....//devis.pdf", "%2e%2e%2fdevis.pdf", "file:///etc/devis.pdf",
    "~/devis.pdf", ".htaccess.pdf", "-rf.pdf", "--help.pdf", "con.pdf", "nul.pdf", "aux.pdf",
    "devis\u202efdp.exe.pdf", "\u200b.\u200b./devis.pdf", "devis.ph\u200bp.pdf", "\ufeffdevis.pdf",
    'devis".pdf', "devis'.pdf", "devis;x=y.pdf", "devis\\\".pdf", "devis, other.pdf",
    "devis\nSet-Cookie: a=b.pdf", "devis\r\n\r\n<html>.pdf", "devis\x0bx.pdf", "devis\u2028x.pdf",
    "devis\u0085x.pdf", "devis\tx.pdf", "=cmd|'!A1.pdf", "$(id).pdf", "`id`.pdf", "|id.pdf",
    "devis;id.pdf", "devis&id.pdf", "<img src=x onerror=alert(1)>.pdf", "{{7*7}}.pdf",
    "{% debug %}.pdf", "${7*7}.pdf", "%s%n.pdf", "%00.pdf", "' OR 1=1--.pdf", "é.pdf",
    "e\u0301.pdf", "\u212bngstro\u0308m.pdf", "日本語.pdf", "😀.pdf", "ﬁle.pdf", "ｄｅｖｉｓ.pdf",
    "é" * 200 + ".pdf", "a" * 300 + ".pdf", "\u0301" * 60 + ".pdf", "devis .pdf",
]  # fmt: skip
