"""An agent's end of /activate: a WebSocket (RFC 6455) written by hand, and the messages of spec
rps 2.2 as agents of the toolkit write them. For the tests beside this file."""

import base64
import hashlib
import json
import os
import socket
import ssl
import struct

UUID = "4c4c4544-0053-3510-8051-b8c04f4d4e31"
PAYLOAD = {
    "ver": "16.1.25", "build": "1424", "sku": "16392", "features": "AMT Pro Corporate",
    "uuid": UUID, "username": "$$OsAdmin", "password": "lsaRandom", "currentMode": 0,
    "hostname": "PC-1", "fqdn": "corp.example.com", "client": "RPC",
    "certHashes": ["e7685634efacf69ace939a6b255b7b4fabef42935b50a265acb5cb6027e44e70"],
    "ipConfiguration": {"dhcp": True, "static": False, "ipsync": True, "ipAddress": "192.168.1.10",
                        "netmask": "255.255.255.0", "gateway": "192.168.1.1",
                        "primaryDns": "192.168.1.1", "secondaryDns": ""},
    "hostnameInfo": {"dnsSuffixOS": "corp.example.com", "hostname": "PC-1"},
}
KEYS = ["method", "apiKey", "appVersion", "protocolVersion", "status", "message", "payload",
        "tenantId"]


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Closed(Exception):
    """The server has sent Close."""

    def __init__(self, code):
        super().__init__(str(code))
        self.code = code


class Agent:
    """One WebSocket to the provisioning server."""

    def __init__(self, server, path="/activate", port=None, headers=()):
        plain = socket.socket()
        plain.settimeout(60)
        plain.connect(("127.0.0.1", port or server.https))
        self.socket = plain
        if port is None:
            context = ssl.create_default_context(cafile=server.data / "ca.pem")
            self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.waiting = b""
        key = base64.b64encode(os.urandom(16)).decode()
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.socket.sendall(
            (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n{extra}"
             f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        self.head = self.until(b"\r\n\r\n").decode()
        status = int(self.head.split()[1])
        if status != 101:
            size = [line.split(":")[1] for line in self.head.split("\r\n")
                    if line.lower().startswith("content-length:")]
            body = self.exactly(int(size[0]) if size else 0)
            self.socket.close()
            raise Refused(status, body.decode())
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        assert base64.b64encode(accept).decode() in self.head

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

    def text(self):
        """The next text message, answering pings."""
        while True:
            first, size = self.exactly(2)
            if size == 126:
                size = struct.unpack(">H", self.exactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.exactly(8))[0]
            payload = self.exactly(size)
            opcode = first & 15
            if opcode == 8:
                raise Closed(struct.unpack(">H", payload[:2])[0] if payload else 1005)
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 1:
                return payload.decode()

    def hear(self):
        """The next message as a dictionary, whose keys are there in their order."""
        message = json.loads(self.text())
        assert list(message) == KEYS, message
        assert message["protocolVersion"] == "4.0.0" and message["apiKey"] == "xxxxx", message
        return message

    def say(self, method, payload="", **changes):
        message = {"method": method, "apiKey": "key", "appVersion": "3.0.0",
                   "protocolVersion": "4.0.0", "status": "ok", "message": "ok", "fqdn": "",
                   "payload": payload, "tenantId": ""}
        message.update(changes)
        self.frame(1, json.dumps(message).encode())

    def command(self, line="activate --profile test", changes=None, **envelope):
        described = {**PAYLOAD, **(changes or {})}
        described = {key: value for key, value in described.items() if value is not Ellipsis}
        self.say(line, base64.b64encode(json.dumps(described).encode()).decode(), **envelope)

    def answer(self, raw):
        """AMT's answer to the last wsman message."""
        self.say("response", base64.b64encode(raw).decode())

    def close(self):
        self.socket.close()
