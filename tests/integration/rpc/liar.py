"""A provisioning server that says whatever a test wants, frame by frame. For the tests beside this
file."""

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Gone(Exception):
    """The agent has hung up."""


class Conversation:
    """One connection of an agent, after the handshake."""

    def __init__(self, connection, head):
        self.connection, self.head = connection, head
        self.closed = None

    def read(self, size):
        data = b""
        while len(data) < size:
            piece = self.connection.recv(size - len(data))
            if not piece:
                raise Gone
            data += piece
        return data

    def frame(self):
        head = self.read(2)
        size = head[1] & 127
        if size == 126:
            size = struct.unpack(">H", self.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.read(8))[0]
        assert head[1] & 128, "the agent's frames are masked"
        mask = self.read(4)
        data = bytes(byte ^ mask[i & 3] for i, byte in enumerate(self.read(size)))
        return head[0] & 15, data

    def hears(self):
        """The next message of the agent, as an object; pings are answered."""
        while True:
            kind, data = self.frame()
            if kind == PING:
                self.sends(data, PONG)
            elif kind == CLOSE:
                self.closed = data
                raise Gone
            elif kind == TEXT:
                return json.loads(data)

    def sends(self, data, kind=TEXT, head=None):
        size = len(data)
        if head is None:
            head = bytes([128 | kind])
            head += (bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
                     if size < 65536 else b"\x7f" + struct.pack(">Q", size))
        self.connection.sendall(head + data)

    def says(self, method, payload=None, **more):
        if isinstance(payload, bytes):
            payload = base64.b64encode(payload).decode()
        self.sends(json.dumps({"method": method, "apiKey": "xxxxx", "appVersion": "1",
                               "protocolVersion": "4.0.0", "status": "ok", "message": "",
                               "payload": payload, "tenantId": "", **more}).encode())

    def ends(self, method="success", **message):
        self.says(method, message=json.dumps(message or {"Status": "done"}))


def payload_of(message):
    return base64.b64decode(message["payload"])


class Liar:
    """Listens; each connection is given to `script` after the handshake, or before it to `raw`."""

    def __init__(self, script=None, raw=None, context=None):
        self.script, self.raw, self.context = script, raw, context
        self.connections, self.failures, self.conversations = 0, [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"ws{'s' if context else ''}://127.0.0.1:{self.port}/activate"
        self.threads = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.socket.accept()[0]
                self.connections += 1
                thread = threading.Thread(target=self.serve, args=(connection,), daemon=True)
                self.threads.append(thread)
                thread.start()

    def serve(self, connection):
        connection.settimeout(60)
        try:
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            if self.raw is not None:
                self.raw(connection)
            else:
                talk = self.shake(connection)
                self.conversations.append(talk)
                self.script(talk)
        except (Gone, OSError):
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(error)
        finally:
            connection.close()

    @staticmethod
    def shake(connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = connection.recv(1)
            if not piece:
                raise Gone
            head += piece
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        key = fields["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        connection.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                            f"Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        return Conversation(connection, fields)

    def stop(self):
        self.socket.close()
        for thread in self.threads:
            thread.join(10)
        if self.failures:
            raise self.failures[0]
