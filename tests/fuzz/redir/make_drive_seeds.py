#!/usr/bin/env python3
"""Writes the seed corpora of ider_fuzz and scsi_fuzz, whose inputs those files explain.

Usage: make_drive_seeds.py tests/fuzz/corpus
"""
import pathlib
import sys

OPEN, PAUSE, LONG_PAUSE, STOP = bytes([4, 30]), bytes([5]), bytes([6]), bytes([7])
CD, FLOPPY = 3, 1
COMMANDS = (0x00, 0x08, 0x0A, 0x1A, 0x1B, 0x1E, 0x23, 0x25, 0x28, 0x2A, 0x2E, 0x43, 0x46, 0x4A,
            0x5A, 0xA8, 0xAC)
IMAGE = 0x1680000


def command(drive, *cdb):
    return bytes([2, drive]) + bytes(cdb).ljust(12, b"\0") + PAUSE


def message(kind, *body):
    return bytes([1, kind, len(body), *body]) + PAUSE


def data(size):
    return bytes([3]) + size.to_bytes(2, "little") + PAUSE


SESSIONS = {
    "cd_read": b"\x00" + OPEN + command(CD) + command(CD) + command(CD, 0x25)
               + command(CD, 0x28, 0, 0, 0, 0, 4, 0, 0, 64) + command(CD, 0x28, 0, 0, 0, 0, 68, 0, 0, 64),
    "write": b"\x02" + OPEN + command(FLOPPY) + command(FLOPPY, 0x2A, 0, 0, 0, 0, 4, 0, 0, 20)
             + data(8192) + data(2048) + command(FLOPPY, 0x28, 0, 0, 0, 0, 4, 0, 0, 2),
    "reset": b"\x10" + OPEN + command(CD) + command(CD, 0xA8, 0, 0, 0, 0, 0, 0, 0, 5)
             + message(0x46, 0) + command(CD),
    "pings": b"\x01" + OPEN + message(0x44) + message(0x4B) + LONG_PAUSE + message(0x45)
             + LONG_PAUSE + message(0x43),
    "stop": b"\x04" + OPEN + command(CD) + command(CD, 0x43) + STOP + PAUSE + message(0x43),
    "broken": b"\x0A" + OPEN + command(FLOPPY) + command(FLOPPY, 0x28, 0, 0, 0, 0, 4, 0, 0, 20)
              + command(FLOPPY, 0x2A, 0, 0, 0, 0, 4, 0, 0, 1) + data(512),
    "stalls": b"\x20" + OPEN + command(CD) + command(CD, 0xA8, 0, 0, 0, 0, 0, 0, 0, 5)
              + command(CD) + 3 * LONG_PAUSE,
    "error": b"\x00" + OPEN + message(0x4A, 7, 0, 0) + bytes([0, 3, 0x41, 1, 2]),
}


def scsi(head):
    body = b"".join(bytes([code, code == 0x4A, 0x3F if code in (0x1A, 0x5A) else 0, 0, 0x10, 0, 0, 0,
                           0xFF, 0, 0, 0]) for code in COMMANDS)
    return head + (IMAGE * 4).to_bytes(8, "big") + 2 * body


DRIVES = {"cd": scsi(b"\0\0"), "disk": scsi(b"\1\1"), "empty": scsi(b"\0\2")}


def main():
    for name, seeds in (("ider", SESSIONS), ("scsi", DRIVES)):
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, content in seeds.items():
            (folder / seed).write_bytes(content)


if __name__ == "__main__":
    main()
