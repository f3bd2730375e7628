"""A client's end of a WebSocket (RFC 6455), written by hand. For the tests beside this file."""

import base64
import hashlib
import os
import socket
import ssl
import struct

from rig import same


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Closed(Exception):
    """The server has sent Close."""

    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    """To the server's https; with a port to that one, without TLS."""

    # pylint: disable-next=too-many-arguments
    def __init__(self, server, path, headers=(), *, port=None, timeout=60, receive_buffer=None):
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(timeout)
        plain.connect(("127.0.0.1", port or server.https))
        self.socket = plain
        if port is None:
            context = ssl.create_default_context(cafile=server.data / "ca.pem")
            self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.waiting = b""
        self.headers = self.upgrade(path, headers)

    def upgrade(self, path, headers):
        """The handshake; the answer's headers, whose names are in lower case."""
        key = base64.b64encode(os.urandom(16)).decode()
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.socket.sendall(
            (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
             f"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n{extra}"
             f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        status, *lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        fields = (line.split(":", 1) for line in lines)
        answered = {name.lower(): value.strip() for name, value in fields}
        if status.split()[1] != "101":
            body = self.exactly(int(answered.get("content-length", 0)))
            self.socket.close()
            raise Refused(int(status.split()[1]), body.decode())
        same(answered["sec-websocket-accept"], base64.b64encode(hashlib.sha1(
            (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode())
        return answered

    def fill(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError("the connection was closed")
        self.waiting += more

    def until(self, mark):
        while mark not in self.waiting:
            self.fill()
        part, self.waiting = self.waiting.split(mark, 1)
        return part

    def exactly(self, size):
        while len(self.waiting) < size:
            self.fill()
        part, self.waiting = self.waiting[:size], self.waiting[size:]
        return part

    def frame(self, opcode, payload, last=True):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(0x80 if last else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)))

    def receive(self):
        """Opcode and payload of the next frame of data, answering pings."""
        while True:
            first, size = self.exactly(2)
            if size == 126:
                size = struct.unpack(">H", self.exactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.exactly(8))[0]
            payload = self.exactly(size)
            opcode = first & 15
            if opcode == 8:
                raise Closed(struct.unpack(">H", payload[:2])[0] if payload else 1005,
                             payload[2:].decode())
            if opcode == 9:
                self.frame(10, payload)
            elif opcode in (1, 2):
                return opcode, payload
