#!/usr/bin/env python3
"""Writes the seed corpora of apf_decode_fuzz and apf_session_fuzz (apf_decode and apf_session).

The messages are put together here from the layouts of docs/protocol-apf.md and not by our encoder.
Usage: make_seeds.py tests/fuzz/corpus
"""
import pathlib
import struct
import sys


def u32(*values):
    return struct.pack(f">{len(values)}I", *values)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return u32(len(value)) + value


GUID = bytes.fromhex("44454c4c4d00104d8050b2c04f325133")
AUTH = "auth@amt.intel.com"
PFWD = "pfwd@amt.intel.com"


def message(kind, *parts):
    return bytes([kind]) + b"".join(parts)


def request(name, *data, want=1):
    return message(80, text(name), bytes([want]), *data)


def forward(port, want=1, host="pc1"):
    return request("tcpip-forward", text(host), u32(port), want=want)


def cancel(port, want=1):
    return request("cancel-tcpip-forward", text("pc1"), u32(port), want=want)


def userauth(method="password", password="P@ssw0rd", user="admin"):
    secret = b"\0" + text(password) if method == "password" else b""
    return message(50, text(user), text(PFWD), text(method), secret)


def data(channel, payload):
    return message(94, u32(channel), text(payload))


def opened(channel, peer=1, window=8192):
    return message(91, u32(channel, peer, window, 0xFFFFFFFF))


DISCONNECT = message(1, u32(11), b"\0\0")
VERSION = message(192, u32(1, 0, 1), GUID, bytes(64))
SERVICE_AUTH = message(5, text(AUTH))
SERVICE_PFWD = message(5, text(PFWD))
UDP = request("udp-send-to@amt.intel.com", text("10.0.0.9"), u32(162), text("pc1"), u32(623),
              text(b"\x06\x00\xff\x06alert"))
OPEN = message(90, text("forwarded-tcpip"), u32(4, 81920, 0xFFFFFFFF), text(""), u32(16992),
               text("1.2.3.4"), u32(1028))
DIRECT = message(90, text("direct-tcpip"), u32(3, 8192, 0xFFFFFFFF), text(""), u32(0), text("pc1"),
                 u32(0))
REFUSED = message(92, u32(4, 4, 0, 0))
KEEPALIVE = message(208, u32(0xDEADBEEF))
PORTS = [16993, 16992, 664, 623, 16995, 16994, 5900]
REPLY = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

MESSAGES = {
    "disconnect": DISCONNECT,
    "service_request": SERVICE_AUTH,
    "service_accept": message(6, text(AUTH)),
    "userauth_password": userauth(),
    "userauth_none": userauth("none"),
    "userauth_failure_14": message(51, text("password"), b"\0"),
    "userauth_failure_15": message(51, text("password"), b"\0\0"),
    "userauth_success": message(52),
    "forward": forward(16992),
    "cancel": cancel(16992),
    "udp": UDP,
    "other_request": request("hello"),
    "success_port": message(81, u32(16992)),
    "success": message(81),
    "failure": message(82),
    "open": OPEN,
    "open_direct": DIRECT,
    "confirmation": opened(4),
    "open_failure": REFUSED,
    "window_adjust": message(93, u32(4, 499)),
    "data": data(4, REPLY),
    "close": message(97, u32(4)),
    "version": VERSION,
    "keepalive": KEEPALIVE,
    "keepalive_reply": message(209, u32(7)),
    "options_request": message(210, u32(30, 0)),
    "options_reply": message(211, u32(30, 0)),
    "long_name": message(5, u32(2049)),
    "long_data": message(94, u32(4, 0x100001)),
    "unknown": message(250, text("{}")),
}

LOGIN = VERSION + SERVICE_AUTH + userauth() + SERVICE_PFWD

# The habits and operations of apf_session_fuzz.c.
ADMIT, AT_ONCE, CLOSE_ON_DATA, SEND_ON_OPENED, OPEN_ON_CLOSED, LEAVE_ON_UDP, SMALL_OUT = (
    1 << bit for bit in range(7))
GOOD = ADMIT | AT_ONCE


def feed(payload):
    if len(payload) < 256:
        return bytes([0, len(payload)]) + payload
    return bytes([1]) + struct.pack(">H", len(payload)) + payload


DECIDE = bytes([2])
PING, DRAIN, LEAVE = bytes([7]), bytes([8]), bytes([9])


def open_port(index=0):
    return bytes([3, index])


def send(channel, size):
    return bytes([4, channel]) + struct.pack(">H", size)


def consume(channel, size):
    return bytes([5, channel]) + struct.pack(">H", size)


def close(channel):
    return bytes([6, channel])


READY = feed(LOGIN) + feed(b"".join(forward(port) for port in PORTS)) + feed(
    message(211, u32(30, 0)))


def program(habits, *operations):
    return bytes([habits]) + b"".join(operations)


PROGRAMS = {
    "login": program(GOOD, READY, feed(KEEPALIVE), PING, feed(message(209, u32(7))), DRAIN),
    "login_later": program(ADMIT, feed(LOGIN), feed(KEEPALIVE), DECIDE, feed(forward(16992))),
    "refused": program(AT_ONCE, feed(VERSION + SERVICE_AUTH + 3 * userauth())),
    "refused_later": program(0, feed(VERSION + SERVICE_AUTH + 3 * userauth()), 3 * DECIDE),
    "method_none": program(GOOD, feed(VERSION + SERVICE_AUTH + 3 * userauth("none"))),
    "version_2": program(GOOD, feed(message(192, u32(2, 0, 1), GUID, bytes(64)))),
    "service_unknown": program(GOOD, feed(VERSION + message(5, text("shell")))),
    "ports": program(GOOD, feed(LOGIN), feed(b"".join(forward(p) for p in range(1, 19))),
                     feed(cancel(1) + cancel(99) + forward(0) + forward(65536) + forward(2))),
    "requests": program(GOOD, READY, feed(UDP + request("hello") + forward(700, 0) + DIRECT)),
    "leave_on_udp": program(GOOD | LEAVE_ON_UDP, READY, open_port(), feed(UDP + KEEPALIVE)),
    "exchange": program(GOOD | SEND_ON_OPENED, READY, open_port(), feed(opened(4)), send(0, 9000),
                        feed(message(93, u32(4, 8192))), send(0, 9000), feed(data(4, REPLY)),
                        consume(0, 30), feed(message(97, u32(4))), DRAIN),
    "windows": program(GOOD, READY, open_port(), feed(opened(4)), feed(data(4, "a" * 20000)),
                       consume(0, 20000), feed(data(4, "b" * 30000)), consume(0, 30000),
                       feed(data(4, "c" * 32769))),
    "data_in_parts": program(GOOD, READY, open_port(), feed(opened(4)),
                             *[feed(part) for part in (b"\x5e\0\0", b"\0\x04\0\0", b"\0\x06ab",
                                                       b"cd", b"ef")]),
    "eight_channels": program(GOOD | OPEN_ON_CLOSED, READY, 9 * open_port(),
                              feed(b"".join(opened(i, i) for i in range(4, 12))),
                              *[close(i) for i in range(8)],
                              feed(b"".join(message(97, u32(i)) for i in range(4, 12)))),
    "open_refused": program(GOOD | OPEN_ON_CLOSED, READY, open_port(), feed(REFUSED),
                            feed(opened(5)), feed(message(97, u32(5)))),
    "close_while_opening": program(GOOD, READY, open_port(), close(0), feed(opened(4, 9)),
                                   feed(message(97, u32(4)))),
    "close_on_data": program(GOOD | CLOSE_ON_DATA, READY, open_port(), feed(opened(4)),
                             feed(data(4, REPLY) + message(97, u32(4)))),
    "never_closes": program(GOOD, READY, *[
        open_port() + feed(opened(4 + i, i)) + close(i) for i in range(66)]),
    "slow_reader": program(GOOD | SMALL_OUT, READY, DRAIN, open_port(), feed(opened(4, 1, 60000)),
                           send(0, 9000), feed(120 * KEEPALIVE)),
    "unknown_channels": program(GOOD, READY, feed(data(99, "lost") + message(97, u32(99)) +
                                                  message(93, u32(99, 1)) + opened(99))),
    "credit_overflow": program(GOOD, READY, open_port(), feed(opened(4)),
                               feed(message(93, u32(4, 0x7FFFFFFF)))),
    "disconnects": program(GOOD, READY, open_port(), feed(opened(4)), feed(DISCONNECT), LEAVE),
    "leave": program(GOOD, READY, open_port(), feed(opened(4)), LEAVE, feed(KEEPALIVE)),
    "flood": program(ADMIT, feed(VERSION + SERVICE_AUTH + userauth()), feed(1700 * KEEPALIVE)),
    "http": program(GOOD, feed(b"GET / HTTP/1.1\r\n\r\n")),
}


def main():
    corpus = pathlib.Path(sys.argv[1])
    decode = dict(MESSAGES, conversation=LOGIN + b"".join(forward(p) for p in PORTS) + KEEPALIVE)
    for target, seeds in (("apf_decode", decode), ("apf_session", PROGRAMS)):
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in seeds.items():
            (folder / name).write_bytes(content)


main()
