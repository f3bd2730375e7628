"""A server for agents, small and written from the description of the protocol (rps 2): accepts
WebSockets, speaks WSMAN to the machines through them, and says how it ended."""

import base64
import hashlib
import http.client
import io
import json
import os
import re
import socket
import ssl
import struct
import threading

from host_door import Door, Lost

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Gone(Exception):
    """The agent has hung up."""


class Socket:
    """One agent's WebSocket, on the server's side."""

    def __init__(self, wire):
        self.wire, self.pieces = wire, wire.makefile("rb")
        self.head = {}
        self.line = self.pieces.readline().decode()
        for line in iter(lambda: self.pieces.readline().decode().strip(), ""):
            name, value = line.split(":", 1)
            self.head[name.lower()] = value.strip()
        key = (self.head["sec-websocket-key"] + GUID).encode()
        accept = base64.b64encode(hashlib.sha1(key).digest()).decode()
        wire.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                      f"Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())

    def take(self, size):
        data = self.pieces.read(size)
        if len(data) < size:
            raise Gone
        return data

    def frame(self, kind, payload, last=True):
        head = bytes([kind | (0x80 if last else 0)])
        if len(payload) < 126:
            head += bytes([len(payload)])
        elif len(payload) < 65536:
            head += b"\x7e" + struct.pack(">H", len(payload))
        else:
            head += b"\x7f" + struct.pack(">Q", len(payload))
        self.wire.sendall(head + payload)

    def read(self):
        """The next message of the agent, as a dictionary; None for a goodbye."""
        while True:
            first, second = self.take(2)
            size = second & 127
            if size >= 126:
                size = struct.unpack(">H" if size == 126 else ">Q", self.take(2 if size == 126 else 8))[0]
            if second & 128 == 0:
                raise AssertionError("an agent's frame is not masked")
            mask = self.take(4)
            data = bytes(c ^ mask[i & 3] for i, c in enumerate(self.take(size)))
            if first & 15 == 8:
                return None
            if first & 15 == 1:
                return json.loads(data)

    def send(self, method, payload, status="ok", message=""):
        self.frame(1, json.dumps({
            "method": method, "apiKey": "xxxxx", "appVersion": "2.40.0", "protocolVersion": "4.0.0",
            "status": status, "message": message, "payload": payload, "tenantId": ""}).encode())

    def expect(self, *methods):
        message = self.read()
        if message is None:
            raise Gone
        if message["method"] not in methods:
            raise AssertionError(f"{message['method']} instead of {methods}")
        return message["method"], base64.b64decode(message["payload"])


class Plain(Door):
    """The machine's door, by way of `wsman` messages."""

    def __init__(self, agent, user, password):
        super().__init__(None, None, user, password)
        self.agent = agent

    def send(self, request):
        self.agent.send("wsman", base64.b64encode(request).decode())
        return parse(self.agent.expect("response")[1])


class Fake:
    """Bytes that http.client takes for a socket."""

    def __init__(self, data):
        self.data = data

    def makefile(self, _):
        return io.BytesIO(self.data)


def parse(data):
    answer = http.client.HTTPResponse(Fake(data))
    answer.begin()
    return answer.status, answer.headers, answer.read().decode()


class Tunnel(Plain):
    """The same inside TLS, of which this is the client, in `tls_data` messages."""

    def __init__(self, agent, user, password, context=None):
        super().__init__(agent, user, password)
        self.context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if context is None:
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
        self.tls = None

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.agent.send("tls_data", base64.b64encode(data).decode())
        return bool(data)

    def hear(self):
        method, data = self.agent.expect("tls_data", "connection_reset")
        if method == "connection_reset":
            self.tls = None
            raise Lost(data.decode())
        self.incoming.write(data)

    def connect(self):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_hostname="amt")
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self.hear()
        self.flush()
        self.peer = self.tls.getpeercert(True)

    def send(self, request):
        if self.tls is None:
            self.connect()
        self.tls.write(request)
        self.flush()
        answer = b""
        while not answer.endswith(b"0\r\n\r\n") and not re.search(
                rb"Content-Length: (\d+)\r\n.*\r\n\r\n.+", answer, re.S):
            try:
                answer += self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.hear()
        try:  # the device closes after each answer, and the agent tells
            self.hear()
        except Lost:
            pass
        return parse(answer)


class Server:
    """Listens on a port of loopback; every agent gets a thread that runs `serve(agent, first)`,
    where `first` is the decoded first message. What that raises is in `failures`."""

    def __init__(self, serve, tls=None):
        self.serve, self.tls, self.failures, self.firsts, self.sockets = serve, tls, [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.url = f"{'wss' if tls else 'ws'}://localhost:{self.port}/activate"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                wire, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.run, args=(wire,), daemon=True).start()

    def run(self, wire):
        try:
            wire.settimeout(60)
            if self.tls is not None:
                wire = self.tls.wrap_socket(wire, server_side=True)
            agent = Socket(wire)
            self.sockets.append(agent)
            first = agent.read()
            first["payload"] = json.loads(base64.b64decode(first["payload"]))
            self.firsts.append(first)
            self.serve(agent, first)
            agent.read()  # its goodbye
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(error)
        finally:
            wire.close()

    def close(self):
        self.listener.close()


def finish(agent, success=True, text='{"Status":"Client control mode."}'):
    agent.send("success" if success else "error", None, "success" if success else "failed", text)


def door_of(agent, first, password="Admin-Pass-1", kind=None):
    """As the user that the first message names, and as the administrator."""
    payload = first["payload"]
    kind = kind or (Tunnel if payload.get("tlsEnforced") else Plain)
    return (kind(agent, payload["username"], payload["password"]),
            lambda: kind(agent, "admin", password))


def folder_of(name):
    return os.environ.get("TMPDIR", "/tmp") + "/" + name
