"""A browser's end of the relay: the redirection protocol with empty credentials, as the toolkit's
page speaks it. For the tests beside this file."""

import socket
import struct
import threading

from on_lan import NETWORK
from rig import same
from websocket_client import Closed, WebSocket

START = {"kvm": b"\x10\x01\x00\x00KVMR", "sol": b"\x10\x00\x00\x00SOL ", "ider": b"\x10\x00\x00\x00IDER"}
QUERY = b"\x13\x00\x00\x00\x00\x00\x00\x00\x00"
EMPTY_LOGIN = b"\x13\x00\x00\x00\x04\x08\x00\x00\x00" + bytes(8)
STARTED = b"\x11\x00\x00\x00\x01\x00\x0c\x00\x57\x01\x00\x00\x00"
SUCCESS = b"\x14\x00\x00\x00\x04\x00\x00\x00\x00"
SOL_SETTINGS = bytes([0x20, 0, 0, 0]) + struct.pack("<IHHHHHHI", 0, 10000, 100, 0, 0, 100, 0, 0)


class Browser(WebSocket):
    """One WebSocket to the relay."""

    def __init__(self, server, query, token, path="/relay/webrelay.ashx", receive_buffer=None):
        offered = [("Sec-WebSocket-Protocol", token)] if token else []
        super().__init__(server, f"{path}?{query}", offered, timeout=40,
                         receive_buffer=receive_buffer)
        same(self.headers["sec-websocket-protocol"], token)
        self.content = b""   # of messages
        self.opcodes = set()

    def send(self, payload, text=False):
        """One message; as text each byte is a character."""
        self.frame(1 if text else 2, payload.decode("latin-1").encode() if text else payload)

    def message(self):
        """The next message, in bytes."""
        opcode, payload = self.receive()
        self.opcodes.add(opcode)
        return payload.decode().encode("latin-1") if opcode == 1 else payload

    def read(self, size):
        """Exactly that many bytes of what the device says."""
        while len(self.content) < size:
            self.content += self.message()
        part, self.content = self.content[:size], self.content[size:]
        return part

    def end(self):
        """What the server's Close says, after whatever else comes."""
        try:
            while True:
                self.content += self.message()
        except Closed as closed:
            return closed.code, closed.reason

    def reply(self):
        """A 14 of the device: type, status and data."""
        head = self.read(9)
        same(head[0], 0x14)
        return head[4], head[1], self.read(struct.unpack("<I", head[5:])[0])

    def log_in(self, kind, text=False):
        """Start and login with empty credentials, as ui-toolkit does."""
        self.send(START[kind], text)
        reply = self.read(13)
        same(reply[:2], b"\x11\x00")
        self.send(QUERY, text)
        same(self.reply(), (0, 0, b"\x04"))
        self.send(EMPTY_LOGIN, text)
        login, status, challenge = self.reply()
        same((login, status), (4, 1))
        assert b"Digest:" in challenge
        self.send(EMPTY_LOGIN, text)
        same(self.reply(), (4, 0, b""))
        return challenge

    def start_sol(self, text=False):
        """After the login: to where what is typed comes back."""
        self.send(SOL_SETTINGS, text)
        same(self.read(23)[:2], b"\x21\x00")
        same(self.read(10)[0], 0x29)

    def close(self, code=1000):
        """An orderly close, and the connection's end."""
        self.frame(8, struct.pack(">H", code))
        try:
            self.end()
        except (EOFError, OSError):
            pass
        self.socket.close()

    def cut(self):
        self.socket.close()


def token(server, guid):
    """A redirection token."""
    status, answer = server.ask("GET", f"/api/v1/authorize/redirection/{guid}")
    same(status, 200)
    return answer["token"]


def query(guid, mode="sol", **others):
    """As the toolkit's pages have it."""
    values = {"p": 2, "host": guid, "port": 16994, "tls": 0, "tls1only": 0, "mode": mode, **others}
    return "&".join(f"{name}={value}" for name, value in values.items() if value is not None)


def opened(server, guid, mode="sol", **others):
    """A browser whose handshake was accepted."""
    return Browser(server, query(guid, mode, **others), token(server, guid))


def in_kernel(connection):
    """Bytes that the kernel keeps for a connection with the server: those on their way to it, and those
    on their way from it."""
    ours, theirs = connection.getsockname()[1], connection.getpeername()[1]
    queues = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            for fields in map(str.split, list(lines)[1:]):
                ends = tuple(int(address.rsplit(":", 1)[1], 16) for address in fields[1:3])
                queues[ends] = tuple(int(size, 16) for size in fields[4].split(":"))
    (our_out, our_in), (their_out, their_in) = queues[ours, theirs], queues[theirs, ours]
    return our_out + their_in, their_out + our_in


class Hostile:
    """A device on the LAN that is nothing but a redirection port, and says what the test says."""

    places = iter(range(40, 250))

    def __init__(self, conversation):
        self.address = f"{NETWORK}.{next(self.places)}"
        self.listener = socket.create_server((self.address, 16994))
        self.thread = threading.Thread(target=self.accept, args=(conversation,), daemon=True)
        self.connection = None
        self.thread.start()

    def accept(self, conversation):
        self.connection = self.listener.accept()[0]
        try:
            conversation(self)
        except OSError:
            pass  # the relay has hung up
        self.connection.close()

    def exactly(self, size):
        got = b""
        while len(got) < size:
            more = self.connection.recv(size - len(got))
            if not more:
                raise OSError("closed")
            got += more
        return got

    def message(self):
        """A login of the server's."""
        head = self.exactly(9)
        return head[4], self.exactly(struct.unpack("<I", head[5:])[0])

    def log_in(self):
        """Lets anybody in."""
        self.exactly(8)
        self.connection.sendall(STARTED)
        same(self.message()[0], 0)
        self.connection.sendall(b"\x14\x00\x00\x00\x00\x01\x00\x00\x00\x04")
        same(self.message()[0], 4)
        self.connection.sendall(b"\x14\x01\x00\x00\x04\x11\x00\x00\x00\x09Digest:R1\x01N\x04auth")
        same(self.message()[0], 4)
        self.connection.sendall(SUCCESS)

    def stop(self):
        self.listener.close()
        if self.connection:
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(1)
