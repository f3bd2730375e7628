#!/usr/bin/python3
"""Runs a command on a machine whose only name server says that every host is 127.0.0.1.

usage: name_server.py COMMAND ARGUMENTS…    in a network namespace of its own (unshare -rn)
"""

import fcntl
import socket
import struct
import subprocess
import sys
import threading

SIOCSIFFLAGS, IFF_UP, TYPE_A = 0x8914, 1, 1


def bring_up(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", interface, IFF_UP))


def answer_to(query):
    question = query[12:query.index(b"\0", 12) + 5]
    kind = struct.unpack(">H", question[-4:-2])[0]
    head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(kind == TYPE_A), 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", TYPE_A, 1, 60, 4) + bytes((127, 0, 0, 1))
    return head + question + (record if kind == TYPE_A else b"")


def serve(server):
    while True:
        query, asker = server.recvfrom(4096)
        server.sendto(answer_to(query), asker)


bring_up(b"lo")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as name_server:
    name_server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(name_server,), daemon=True).start()
    sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
