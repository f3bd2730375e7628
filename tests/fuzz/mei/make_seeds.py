#!/usr/bin/env python3
"""Writes the seed corpus of mei_reply_fuzz, from the layouts of the specification.

Usage: make_seeds.py tests/fuzz/corpus
"""
import pathlib
import re
import struct
import sys

PTHI, SMALL = b"\x01", b"\x00"
HEADER = pathlib.Path(__file__).resolve().parents[3] / "src/mei/pthi_message.h"
COMMANDS = [int(number, 16) for number in re.findall(r"X\(MEI_PTHI_\w+, (0x[0-9A-F]{8})", HEADER.read_text())]


def pthi(command, body, status=0):
    return (PTHI + bytes([COMMANDS.index(command)])
            + struct.pack("<HHIII", 0x0101, 0, command | 0x800000, 4 + len(body), status) + body)


def text(value):
    return struct.pack("<H", len(value)) + value


def slot(name, value):
    return struct.pack("<H20sH20s", len(name), name, len(value), value)


def words(*values):
    return struct.pack(f"<{len(values)}I", *values)


VERSIONS = b"BIOS 1.0".ljust(65, b"\0") + words(3) + slot(b"AMT", b"16.1.25") + slot(b"Sku", b"16392") + slot(b"Build Number", b"2124")
CIRA = bytes([0, 1, 2]) + bytes(2778)

SEEDS = {
    "versions": pthi(0x0400001A, VERSIONS),
    "versions_full": pthi(0x0400001A, VERSIONS + bytes(47 * 44)),
    "control_mode": pthi(0x0400006B, words(2)),
    "refused": pthi(0x04000010, b"", 3),
    "uuid": pthi(0x0400005C, bytes.fromhex("44454c4c4d00104d8050b2c04f325133")),
    "lan": pthi(0x04000048, words(1, 0xC0A80107, 1) + bytes.fromhex("010154b20393ce02")),
    "account": pthi(0x04000067, b"$$OsAdmin".ljust(33, b"\0") + b"Secret".ljust(35, b"\0")),
    "handles": pthi(0x0400002C, words(2, 1, 2)),
    "hash": pthi(0x0400002D, words(1, 1) + bytes([0xAA] * 32).ljust(64, b"\0") + b"\x02" + text(b"Root")),
    "remote_access": pthi(0x04000046, words(2, 1, 3) + text(b"mps.example.com")),
    "dns_suffix": pthi(0x04000036, text(b"vprodemo.com")),
    "suffixes": pthi(0x0400003E, text(b"a.b\0c.d\0")),
    "security": pthi(0x0400001B, words(*[1] * 10, *[0] * 7)),
    "feature": pthi(0x04000049, words(0, 1, 1, 0)),
    "ipv6": pthi(0x04000052, b"fe80::1".ljust(46, b"\0") + bytes(92) + words(1) + b"fe80::7".ljust(46, b"\0") + words(0, 1)),
    "fqdn": pthi(0x04000056, words(1, 1, 1440, 900, 3) + text(b"pc7.lan")),
    "tcpip": pthi(0x04000006, words(1, 0x0A000007, 0xFFFFFF00, 0x0A000001, 0, 0) + text(b"lan")),
    "setup_audit": pthi(0x04000050, b"\x02" + words(1, 0, 2) + bytes(112) + words(0, 1, 1) + b"10.0.0.9".ljust(46, b"\0")
                        + struct.pack("<7H", 2026, 9, 2, 30, 12, 13, 14) + text(b"rps")),
    "host_based": pthi(0x0400008B, b"\x02" + bytes([0xC3] * 32).ljust(64, b"\0")),
    "host_based_hex": pthi(0x0400008B, b"\x02" + b"c3" * 32),
    "state": pthi(0x01000001, bytes(15) + b"\1" + words(5) + bytes([1, 0, 1, 0, 2])),
    "cira_log": pthi(0x0400008E, CIRA),
    "watchdog": SMALL + b"\0\x82",
    "watchdog_set": SMALL + b"\0" + bytes.fromhex("0583531000000000"),
    "upid": SMALL + b"\x05" + struct.pack("<BBHII", 0, 5, 72, 0, 2) + b"OEM".ljust(32, b"\0") + bytes(32),
    "flash_size": SMALL + b"\x01" + bytes.fromhex("0010000000200000"),
    "flash_data": SMALL + b"\x00" + bytes.fromhex("00100000") + b"log",
    "flash_none": SMALL + b"\x01" + bytes.fromhex("00100089"),
}


def main():
    folder = pathlib.Path(sys.argv[1]) / "mei_reply"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (folder / name).write_bytes(data)


main()
