#!/usr/bin/env python3
"""Writes a console font (PSF1 with its Unicode table, gzipped) as a C table sorted by character."""

import gzip
import sys

MAGIC = b"\x36\x04"
HAS_UNICODE = 2
END, SEQUENCE = 0xFFFF, 0xFFFE


def read(path):
    """Glyph rows by character."""
    with gzip.open(path) as file:
        data = file.read()
    if data[:2] != MAGIC or not data[2] & HAS_UNICODE or data[3] != 16:
        sys.exit(f"{path}: not a PSF1 font of 8 by 16 pixels with a Unicode table")
    count = 512 if data[2] & 1 else 256
    glyphs, at = {}, 4 + count * 16
    for index in range(count):
        rows = data[4 + index * 16:4 + index * 16 + 16]
        while (code := int.from_bytes(data[at:at + 2], "little")) not in (END, SEQUENCE):
            glyphs.setdefault(code, rows)
            at += 2
        while int.from_bytes(data[at:at + 2], "little") != END:
            at += 2
        at += 2
    return glyphs


def main(path, to):
    """Writes the table."""
    glyphs = sorted(read(path).items())
    with open(to, "w", encoding="ascii") as file:
        file.write('#include "sim/font.h"\n\nconst struct sim_glyph sim_font_glyphs[] = {\n')
        for code, rows in glyphs:
            file.write(f"    {{0x{code:04X}, {{{', '.join(f'0x{row:02X}' for row in rows)}}}}},\n")
        file.write(f"}};\nconst size_t sim_font_count = {len(glyphs)};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
