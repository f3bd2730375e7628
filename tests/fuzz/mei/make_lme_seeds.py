#!/usr/bin/env python3
"""Writes the seed corpus of lme_fuzz.

The messages are put together here from the layouts of the specification and not by our encoder.
Usage: make_lme_seeds.py tests/fuzz/corpus
"""
import pathlib
import struct
import sys

ALERTS, SMALL, CLOSE_FIRST, LEAVE_OPEN, WRITE_TWICE = 1, 2, 4, 8, 16


def u32(*values):
    return struct.pack(f">{len(values)}I", *values)


def text(value):
    value = value.encode()
    return u32(len(value)) + value


def message(kind, *parts):
    return bytes([kind]) + b"".join(parts)


def request(name, port):
    return message(80, text(name), b"\x01", text("pc1"), u32(port))


def forward(port):
    return request("tcpip-forward", port)


def cancel(port):
    return request("cancel-tcpip-forward", port)


def confirm(recipient, sender, window):
    return message(91, u32(recipient, sender, window, 0xFFFFFFFF))


def fail(recipient, reason):
    return message(92, u32(recipient, reason, 0, 0))


def adjust(recipient, size):
    return message(93, u32(recipient, size))


def data(recipient, payload):
    return message(94, u32(recipient, len(payload)), payload)


def close(recipient):
    return message(97, u32(recipient))


VERSION = message(192, u32(1, 0, 254), bytes.fromhex("1234567809") + bytes(11 + 64))
AUTH = message(5, text("auth@amt.intel.com"))
PFWD = message(5, text("pfwd@amt.intel.com"))
USER = message(50, text("admin"), text("pfwd@amt.intel.com"), text("password"), b"\0", text("x"))
BEGIN = [VERSION, PFWD, forward(623), forward(16992), forward(16993)]
OPEN = message(90, text("direct-tcpip"), u32(7, 1024, 0xFFFFFFFF), text("localhost"), u32(0),
               text("localhost"), u32(0))
EVENT = b"<e><a:MessageID>uuid:7</a:MessageID></e>"
POST = b"POST / HTTP/1.1\r\nHost: localhost:0\r\nContent-Length: %d\r\n\r\n%s" % (len(EVENT), EVENT)
UDP = message(80, text("udp-send-to@amt.intel.com"), b"\x01", text("192.0.2.1"), u32(162),
              text("192.0.2.9"), u32(161), text("up"))
ANSWER = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


def seed(habits, *messages):
    return bytes([habits]) + b"".join(struct.pack(">H", len(m)) + m for m in messages)


SEEDS = {
    "answer": seed(0, *BEGIN, confirm(4, 0, 4096), confirm(5, 1, 4096), adjust(4, 1500),
                   data(4, ANSWER), close(4)),
    "windows": seed(SMALL, *BEGIN, confirm(4, 0, 100), confirm(5, 1, 100),
                    *[adjust(4, 100) for _ in range(15)], data(4, b"x" * 100), close(4)),
    "joined": seed(0, b"".join(BEGIN) + confirm(4, 0, 4096) + confirm(5, 1, 0) + close(4)),
    "cut": bytes([0]) + b"".join(b"\x00\x05" + part for part in
                                 [b"".join(BEGIN)[i:i + 5] for i in range(0, 275, 5)]),
    "login": seed(0, VERSION, AUTH, USER, PFWD, UDP, *BEGIN[2:], confirm(4, 0, 9), close(4)),
    "again": seed(CLOSE_FIRST, *BEGIN, fail(4, 1), cancel(16992), fail(5, 4), forward(16992),
                  confirm(6, 0, 4096)),
    "anew": seed(LEAVE_OPEN, *BEGIN, confirm(4, 0, 4096), confirm(5, 1, 4096), *BEGIN,
                 confirm(6, 0, 4096)),
    "alert": seed(ALERTS, *BEGIN, OPEN, data(4, POST), data(4, POST[:30]), confirm(5, 0, 4096),
                  confirm(6, 1, 4096), data(4, POST[30:]), close(4), close(5)),
    "stale": seed(WRITE_TWICE, close(0), *BEGIN, close(0), confirm(4, 0, 4096), adjust(9, 1),
                  data(9, b"xx"), confirm(5, 1, 4096), close(0), close(4)),
    "disconnect": seed(0, *BEGIN, confirm(4, 0, 4096), message(1, u32(11), b"\0\0")),
}


def main():
    folder = pathlib.Path(sys.argv[1]) / "lme"
    folder.mkdir(parents=True, exist_ok=True)
    for name, bytes_ in SEEDS.items():
        (folder / name).write_bytes(bytes_)


main()
