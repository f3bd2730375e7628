#!/usr/bin/env python3
"""Writes the seed corpora of rfb_decode_fuzz, rfb_viewer_fuzz and recording_fuzz, from the layouts of RFC 6143 and docs/protocol-redirection.md.

Usage: make_seeds.py tests/fuzz/corpus
"""
import pathlib
import struct
import sys
import zlib

HANDSHAKE = b"RFB 004.000\n" + b"\x02\x01\x80" + b"\0\0\0\0"
RGB565 = bytes.fromhex("10100001001f003f001f0b0500000000")
NAME = b"Intel(r) AMT KVM"


def init(width, height):
    return HANDSHAKE + struct.pack(">HH", width, height) + RGB565 + struct.pack(">I", len(NAME)) + NAME


def update(*rects):
    return b"\0\0" + struct.pack(">H", len(rects)) + b"".join(rects)


def rect(x, y, width, height, encoding, data=b""):
    return struct.pack(">HHHHi", x, y, width, height, encoding) + data


class Stream:
    def __init__(self, level):
        self.z = zlib.compressobj(level, zlib.DEFLATED, 15)

    def tile(self, x, y, width, height, payload):
        data = self.z.compress(payload) + self.z.flush(zlib.Z_SYNC_FLUSH)
        return rect(x, y, width, height, 16, struct.pack(">I", len(data)) + data)


def cut(text):
    return b"\3\0\0\0" + struct.pack(">I", len(text)) + text


def kinds(level):
    s = Stream(level)
    return update(
        s.tile(0, 0, 16, 4, b"\x01\x1f\0"),
        s.tile(16, 0, 2, 2, b"\0" + bytes(range(8))),
        s.tile(0, 4, 9, 2, b"\x02\1\1\2\2\x55\x80\xff\0"),
        s.tile(0, 6, 3, 1, b"\x05\1\1\2\2\3\3\4\4\5\5\x01\x40"),
        s.tile(0, 8, 16, 16, b"\x80\x0a\x0a\xff\0"),
        s.tile(16, 8, 4, 4, b"\x82\1\1\2\2\x80\x05\x01\x81\x08"))


SEEDS = {
    "refused": b"RFB 003.008\n\0" + struct.pack(">I", 4) + b"busy",
    "kinds": init(64, 64) + kinds(6),
    "stored": init(64, 64) + kinds(0),
    "raw": init(8, 4) + update(rect(0, 0, 8, 4, 0, bytes(64))),
    "resize": init(8, 4) + update(rect(0, 0, 16, 16, -223)) + update(rect(0, 0, 16, 16, 0, bytes(512))),
    "texts": init(8, 4) + b"\2" + cut(b"\0KvmDataChannel\0") + cut(b"\0KvmExtCmd\0\x03\x01") + cut(b"clip"),
}


START = b"\x10\1\0\0KVMR" + b"\x13" + bytes(8)
LOGIN = b"\x13\0\0\0\4\x08\0\0\0" + bytes(8)
CLIENT = START + 2 * LOGIN + b"\x40" + bytes(7) + b"RFB 003.008\n\1\1"
REQUEST = struct.pack(">BBHHHH", 3, 0, 0, 0, 130, 70)

VIEWERS = {
    "zrle": CLIENT + struct.pack(">BBHii", 2, 0, 2, 16, -223) + 3 * REQUEST,
    "raw": CLIENT + struct.pack(">BBHi", 2, 0, 1, 0) + b"\0\0\0\0" + RGB565 + REQUEST,
    "input": CLIENT + bytes.fromhex("0401000000000061050100010001") + b"\6\0\0\0" +
             struct.pack(">I", 3) + b"abc" + REQUEST,
}


def record(kind, time, payload):
    return struct.pack("<BxxxIQ", kind, len(payload), time) + payload


def frame(width, height, layout, *tiles):
    raw = b"".join(struct.pack("<HHHH", *tile[:4]) + tile[4] for tile in tiles)
    return struct.pack("<HHBBHI", width, height, layout, 0, len(tiles), len(raw)) + zlib.compress(raw)


def recording(ended, reason=b""):
    head = b"OUTBKVM\1" + struct.pack("<I", 2) + b"{}"
    key = record(1, 100, frame(3, 1, 1, (0, 0, 3, 1, b"\1\2\3")))
    change = record(2, 200, frame(3, 1, 1, (1, 0, 1, 1, b"\7")))
    index = record(3, 300, struct.pack("<QQ", 100, len(head)))
    offset = len(head) + len(key) + len(change)
    end = record(4, 300, struct.pack("<QQ", offset, 300))
    if reason:
        end = record(5, 300, reason) + b"\4\1" + struct.pack("<H", len(reason)) + end[4:]
    return head + key + change + (index + end if ended else b"")


RECORDINGS = {"whole": recording(True), "cut": recording(False),
              "reason": recording(True, b"no room")}


def write(folder, prefix, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds.items():
        (folder / name).write_bytes(prefix + seed)


def main():
    corpus = pathlib.Path(sys.argv[1])
    write(corpus / "rfb_decode", b"\xff", SEEDS)
    write(corpus / "rfb_viewer", b"", VIEWERS)
    write(corpus / "recording", b"", RECORDINGS)


if __name__ == "__main__":
    main()
