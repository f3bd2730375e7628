"""What a program on the machine does with /dev/mei0, step by step; run under `amtsim mei`.

Each argument is a step, and prints one line: what came of it in hexadecimal, or the name of the
error. `pthi:COMMAND[:PAYLOAD]` asks PTHI, `wd:BYTES`, `upid:BYTES` and `hotham:BYTES` send as they
are, `connect:CLIENT` tells what the connect ioctl said, `open:PATH` only opens, `stat:PATH` looks.
"""

import errno
import fcntl
import os
import select
import struct
import sys

CONNECT = 0xC0104801
CLIENTS = {
    "pthi": "2800F812B7B42D4BACA846E0FF65814C",
    "lme": "DBA4336776047B4EB3AFBCFC29BEE7A7",
    "wd": "6F9AB70528467F4D899DA91514CB32AB",
    "upid": "796C1392EA5FFD4C980E23BE07FA5E9F",
    "hotham": "A7E52E08257C0A4796430C06F0466EA1",
    "mkhi": "15676A8EBC9A434088EF9E39C6F63E0F",
}


def connect(client):
    """An open descriptor, the longest message, the protocol's version."""
    device = os.open("/dev/mei0", os.O_RDWR | os.O_CLOEXEC)
    room = bytearray(bytes.fromhex(CLIENTS[client]))
    try:
        fcntl.ioctl(device, CONNECT, room, True)
    except OSError:
        os.close(device)
        raise
    longest, version = struct.unpack_from("<IB", room)
    return device, longest, version


def receive(device, timeout=3):
    if not select.select([device], [], [], timeout)[0]:
        raise TimeoutError(errno.ETIMEDOUT, "no answer")
    return os.read(device, 8192)


def exchange(client, message):
    device = connect(client)[0]
    try:
        os.write(device, message)
        return receive(device)
    finally:
        os.close(device)


def pthi(command, payload=b""):
    head = struct.pack("<BBHII", 1, 1, 0, 0x04000000 | command, len(payload))
    return exchange("pthi", head + payload)


def take(text):
    kind, _, rest = text.partition(":")
    if kind == "pthi":
        command, _, payload = rest.partition(":")
        return pthi(int(command, 16), bytes.fromhex(payload)).hex()
    if kind == "connect":
        device, longest, version = connect(rest)
        os.close(device)
        return f"{longest} {version}"
    if kind == "open":
        os.close(os.open(rest, os.O_RDWR))
        return "open"
    if kind == "stat":
        return f"{os.stat(rest).st_mode:o} {os.access(rest, os.F_OK)}"
    if kind == "echo":
        return rest
    return exchange(kind, bytes.fromhex(rest)).hex()


def step(text):
    try:
        return take(text)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


def main():
    for text in sys.argv[1:]:
        print(step(text), flush=True)


if __name__ == "__main__":
    main()
