"""A host of IDER sessions, written from the description of the protocol and from nothing of ours: it
logs in to a device's redirection port and serves a CD image and a floppy image."""

import hashlib
import os
import socket
import ssl
import struct
import threading

CD, FLOPPY = 0xB0, 0xA0
BLOCK = {CD: 2048, FLOPPY: 512}
NO_MEDIUM, UNKNOWN, RANGE, PROTECTED = (2, 0x3A, 0), (5, 0x20, 0), (5, 0x21, 0), (7, 0x27, 0)
ATTENTION = (6, 0x28, 0)


class Over(Exception):
    """The session has ended."""


class Wire:
    """Whole reads of a socket, plain or inside TLS."""

    def __init__(self, address, port, tls=False):
        self.socket = socket.create_connection((address, port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)

    def read(self, size):
        got = bytearray()
        while len(got) < size:
            piece = self.socket.recv(size - len(got))
            if not piece:
                raise Over
            got += piece
        return bytes(got)

    def write(self, data):
        self.socket.sendall(data)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def short(text):
    return bytes([len(text)]) + text


def md5(text):
    return hashlib.md5(text).hexdigest().encode()


def log_in(wire, kind, password, user=b"admin"):
    """Start of a session of this kind (b"SOL ", b"IDER"), and digest authentication."""
    wire.write(b"\x10\0\0\0" + kind)
    reply = wire.read(13)
    if reply[:2] != b"\x11\0":
        raise Over(reply[1])

    def authenticate(method, data):
        wire.write(b"\x13\0\0\0" + bytes([method]) + struct.pack("<I", len(data)) + data)
        answer = wire.read(9)
        return answer[1], wire.read(struct.unpack("<I", answer[5:])[0])

    uri = b"/RedirectionService"
    status, data = authenticate(0, b"")
    assert status == 0 and 4 in data
    status, data = authenticate(4, short(user) + b"\0\0" + short(uri) + b"\0\0\0\0")
    assert status == 1
    realm, rest = data[1:1 + data[0]], data[1 + data[0]:]
    nonce = rest[1:1 + rest[0]]
    cnonce, count = os.urandom(16).hex().encode(), b"00000002"
    response = md5(b":".join([md5(user + b":" + realm + b":" + password), nonce, count, cnonce,
                              b"auth", md5(b"POST:" + uri)]))
    status, _ = authenticate(4, b"".join(map(short, [user, realm, nonce, uri, cnonce, count,
                                                     response, b"auth"])))
    assert status == 0


class Host(threading.Thread):
    """Serves until the session ends. `media` are bytearrays by drive; those in `writable` change.

    `attention` is what each drive says once before it is ready; `broken` may be a function that is
    given each outgoing message (type, attribute, body) and returns another one, or None."""

    def __init__(self, wire, media, writable=(), start=0x08, attention=(ATTENTION,), broken=None):
        super().__init__(daemon=True)
        self.wire, self.media, self.writable = wire, media, writable
        self.start_mode, self.broken = start, broken
        self.pending = {drive: list(attention) for drive in (CD, FLOPPY)}
        self.sent, self.received = 0, 0
        self.buffer = None
        self.on = threading.Event()
        self.commands = []  # (drive, CDB)
        self.error = None  # code of message 4A
        self.why = None

    def send(self, kind, body=b"", attribute=0):
        if self.broken is not None:
            changed = self.broken(kind, attribute, body)
            if changed is None:
                return
            kind, attribute, body = changed
        self.wire.write(bytes([kind, 0, 0, attribute]) + struct.pack("<I", self.sent) + body)
        self.sent += 1

    def read(self, size):
        return self.wire.read(size)

    def message(self):
        head = self.read(8)
        if struct.unpack("<I", head[4:])[0] != self.received:
            raise AssertionError("a gap in the device's numbers")
        self.received += 1
        return head[0]

    def run(self):
        try:
            self.send(0x40, struct.pack("<HHHI", 30000, 0, 20000, 1))
            assert self.message() == 0x41
            body = self.read(22)
            self.buffer, _ = struct.unpack("<HH", body[8:12])
            assert 0 < self.buffer <= 8192 and body[13] == 0
            self.read(body[21])
            self.send(0x48, struct.pack("<BI", 3, 1 | self.start_mode))
            while True:
                self.serve(self.message())
        except (Over, OSError):
            pass
        except Exception as why:  # pylint: disable=broad-except
            self.why = why
        self.wire.close()

    def serve(self, kind):
        if kind == 0x44:
            self.send(0x45)
        elif kind == 0x46:
            self.read(1)
            self.send(0x47)
        elif kind == 0x49:
            assert self.read(5) == b"\x03\x01\0\0\0"
            self.on.set()
        elif kind == 0x4A:
            self.error = self.read(3)[0]
        elif kind == 0x50:
            self.command(self.read(20))
        elif kind == 0x43:
            raise Over
        else:
            assert kind in (0x45, 0x4B), hex(kind)

    def good(self, drive):
        self.send(0x51, bytes(12) + b"\xC5\0\3\0\0\0" + bytes([drive, 0x50, 0, 0, 0]), 2)

    def check(self, drive, sense):
        self.send(0x51, bytes(12) + bytes([0x87, sense[0] << 4, 3, 0, 0, 0, drive, 0x51, *sense]),
                  2)

    def data(self, drive, data, dma):
        """One message for each buffer's worth, the last one marked."""
        for at in range(0, len(data), self.buffer):
            piece = data[at:at + self.buffer]
            last = at + self.buffer >= len(data)
            size = struct.pack("<H", len(piece))
            end = bytes([0x85, 0, 3, 0, 0, 0, drive, 0x50]) if last else bytes(8)
            self.send(0x54, b"\0" + size + b"\0" + (b"\xB4" if dma else b"\xB5") + b"\0\2\0" +
                      (b"\0\0" if dma else size) + bytes([drive, 0x58]) + end + bytes(6) + piece,
                      (2 if last else 0) | dma)

    def fetch(self, drive, size):
        """What the device wants written."""
        got = bytearray()
        while len(got) < size:
            want = struct.pack("<H", min(self.buffer, size - len(got)))
            self.send(0x52, b"\0" + want + b"\0\xB5\0\0\0" + want + bytes([drive, 0x58]) +
                      bytes(11))
            kind = self.message()
            while kind == 0x4B:
                kind = self.message()
            assert kind == 0x53
            head = self.read(6)
            got += self.read(struct.unpack("<H", head[1:3])[0])
        return got

    def command(self, body):
        dma = body[1] & 1
        drive = CD if body[6] & 0x10 else FLOPPY
        cdb = body[8:20]
        self.commands.append((drive, cdb))
        medium = self.media.get(drive)
        if medium is None:
            self.check(drive, NO_MEDIUM)
        elif cdb[0] == 0x00 and self.pending[drive]:
            self.check(drive, self.pending[drive].pop(0))
        elif cdb[0] in (0x00, 0x1E):
            self.good(drive)
        elif cdb[0] == 0x25:
            self.data(drive, struct.pack(">II", len(medium) // BLOCK[drive] - 1, BLOCK[drive]), dma)
        elif cdb[0] == 0x5A:
            protected = 0 if drive in self.writable else 0x80
            self.data(drive, bytes([0, 6, 0, protected, 0, 0, 0, 0]), dma)
        elif cdb[0] in (0x28, 0x2A):
            self.move(drive, medium, cdb, dma)
        else:
            self.check(drive, UNKNOWN)

    def move(self, drive, medium, cdb, dma):
        block, count = struct.unpack(">xxIxHxxx", cdb)
        at, size = block * BLOCK[drive], count * BLOCK[drive]
        if at + size > len(medium):
            self.check(drive, RANGE)
        elif cdb[0] == 0x28:
            self.data(drive, medium[at:at + size], dma)
        elif drive in self.writable:
            medium[at:at + size] = self.fetch(drive, size)
            self.good(drive)
        else:
            self.fetch(drive, size)
            self.check(drive, PROTECTED)
