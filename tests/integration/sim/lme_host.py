"""A host that speaks APF to the ME's client LME, and WSMAN through its channels, written from the
description of the protocol and from nothing of ours. One channel at a time or several; to be run
under `amtsim mei`."""

import http.client
import io
import os
import select
import ssl
import struct
import time

import host_door
import mei_host

DISCONNECT, REQUEST, ACCEPT, LOGIN, WELCOME = 1, 5, 6, 50, 52
GLOBAL, SUCCESS, OPEN, CONFIRMED, REFUSED, ADJUST, DATA, CLOSE, VERSION = (
    80, 81, 90, 91, 92, 93, 94, 97, 192)


def text(value):
    return struct.pack(">I", len(value)) + value


def take_text(body):
    size = struct.unpack_from(">I", body)[0]
    return body[4:4 + size], body[4 + size:]


class Over(Exception):
    """The session is: what the ME gave as the reason."""


class NotOpened(Exception):
    """A channel was refused: the reason."""


class Lme:
    """A session. `window` is what the ME may send on a channel before it is given more."""

    def __init__(self, version=(1, 0), window=4096):
        self.device, self.longest, _ = mei_host.connect("lme")
        self.window, self.rest, self.next = window, b"", 1
        self.forwards, self.channels, self.services, self.stale = [], {}, [], 0
        self.listens, self.calls, self.alerts = False, [], []  # of the ME's own channels
        self.send(bytes([VERSION]) + struct.pack(">III", *version, 254) + bytes(80))

    def close(self):
        os.close(self.device)

    def send(self, message):
        os.write(self.device, message)

    def length(self):
        """Of the first message in `rest`, as far as it tells."""
        kind, body = self.rest[0], self.rest[1:]
        if kind == DISCONNECT:
            return 7
        if kind == REQUEST:
            return 5 + struct.unpack_from(">I", body)[0]
        if kind == LOGIN:
            rest = body
            for _ in range(3):
                _, rest = take_text(rest)
            return len(self.rest) - len(take_text(rest[1:])[1])
        if kind == GLOBAL:
            _, rest = take_text(body)
            _, rest = take_text(rest[1:])
            return len(self.rest) - len(rest) + 4
        if kind == OPEN:
            _, rest = take_text(body)
            _, rest = take_text(rest[12:])
            _, rest = take_text(rest[4:])
            return len(self.rest) - len(rest) + 4
        if kind == DATA:
            return 9 + struct.unpack_from(">II", body)[1]
        return {CONFIRMED: 17, REFUSED: 17, ADJUST: 9, CLOSE: 5, VERSION: 93}[kind]

    def message(self, timeout=5):
        """The next one; messages may come several together, or in pieces."""
        while True:
            try:
                if self.rest and len(self.rest) >= self.length():
                    size = self.length()
                    found, self.rest = self.rest[:size], self.rest[size:]
                    return found[0], found[1:]
            except struct.error:
                pass  # its length has not come
            if not select.select([self.device], [], [], timeout)[0]:
                raise TimeoutError("LME says nothing")
            self.rest += os.read(self.device, self.longest)

    def on_global(self, body):
        name, rest = take_text(body)
        address, rest = take_text(rest[1:])
        port = struct.unpack(">I", rest)[0]
        if name == b"tcpip-forward":
            self.forwards.append(port)
            self.send(bytes([SUCCESS]) + struct.pack(">I", port))
        else:
            self.forwards.remove(port)
            self.send(bytes([SUCCESS]))
        assert address

    def step(self, timeout=5):
        """Takes one message; returns its kind."""
        kind, body = self.message(timeout)
        if kind == DISCONNECT:
            raise Over(struct.unpack_from(">I", body)[0])
        if kind == REQUEST:
            self.services.append(take_text(body)[0].decode())
            self.send(bytes([ACCEPT]) + body)
        elif kind == LOGIN:
            self.send(bytes([WELCOME]))
        elif kind == GLOBAL:
            self.on_global(body)
        elif kind == VERSION:
            self.forwards = []
        elif kind == OPEN:
            self.on_open(body)
        else:
            number = struct.unpack_from(">I", body)[0]
            if number in self.channels:
                self.channels[number].hear(kind, body[4:])
            else:
                self.stale += 1
        return kind

    def on_open(self, body):
        """The ME has something to tell: taken, and acknowledged, when somebody listens."""
        name, rest = take_text(body)
        number, window = struct.unpack_from(">II", rest)
        address, rest = take_text(rest[12:])
        port = struct.unpack_from(">I", rest)[0]
        self.calls.append(f"{name.decode()} {address.decode()}:{port}")
        if not self.listens:
            self.send(bytes([REFUSED]) + struct.pack(">IIII", number, 1, 0, 0))
            return
        Alert(self, number, window)

    def until(self, done, timeout=5):
        end = time.monotonic() + timeout
        while not done():
            self.step(max(0, end - time.monotonic()))

    def forwarded(self, *ports):
        self.until(lambda: self.forwards == list(ports))

    def open(self, port):
        self.until(lambda: port in self.forwards)
        return Channel(self, port)


class Alert:
    """A channel that the ME has opened: what it posts is kept as text, and answered."""

    def __init__(self, lme, peer, window):
        self.lme, self.peer, self.window, self.text = lme, peer, window, b""
        self.number = lme.next + 100
        lme.next += 1
        lme.channels[self.number] = self
        lme.send(bytes([CONFIRMED]) + struct.pack(">IIII", peer, self.number, 1024, 0xFFFFFFFF))

    def hear(self, kind, body):
        if kind == CLOSE:
            self.lme.send(bytes([CLOSE]) + struct.pack(">I", self.peer))
            del self.lme.channels[self.number]
        elif kind == DATA:
            self.text += body[4:]
            self.lme.send(bytes([ADJUST]) + struct.pack(">II", self.peer, len(body) - 4))
            head, found, rest = self.text.partition(b"\r\n\r\n")
            size = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]) if found else -1
            if len(rest) == size:
                self.lme.alerts.append((head.decode(), rest.decode()))
                answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                self.lme.send(bytes([DATA]) + struct.pack(">II", self.peer, len(answer)) + answer)


class Channel:
    def __init__(self, lme, port):
        self.lme, self.number = lme, lme.next
        lme.next += 1
        self.peer, self.credit, self.heard = None, 0, b""
        self.refused, self.closed = None, False
        lme.channels[self.number] = self
        lme.send(bytes([OPEN]) + text(b"forwarded-tcpip")
                 + struct.pack(">III", self.number, lme.window, 0xFFFFFFFF)
                 + text(b"127.0.0.1") + struct.pack(">I", port)
                 + text(b"127.0.0.1") + struct.pack(">I", 123))
        lme.until(lambda: self.peer is not None or self.refused is not None)
        if self.refused is not None:
            del lme.channels[self.number]
            raise NotOpened(self.refused)

    def hear(self, kind, body):
        if kind == CONFIRMED:
            self.peer, self.credit = struct.unpack_from(">II", body)
        elif kind == REFUSED:
            self.refused = struct.unpack_from(">I", body)[0]
        elif kind == ADJUST:
            self.credit += struct.unpack(">I", body)[0]
        elif kind == DATA:
            self.heard += body[4:]
            self.lme.send(bytes([ADJUST]) + struct.pack(">II", self.peer, len(body) - 4))
        elif kind == CLOSE:
            self.closed = True
            self.close()

    def close(self):
        if self.number in self.lme.channels:
            self.lme.send(bytes([CLOSE]) + struct.pack(">I", self.peer))
            del self.lme.channels[self.number]

    def send(self, data):
        while data:
            self.lme.until(lambda: self.credit > 0)
            part = data[:min(self.credit, self.lme.longest - 9)]
            self.credit -= len(part)
            self.lme.send(bytes([DATA]) + struct.pack(">II", self.peer, len(part)) + part)
            data = data[len(part):]

    def receive(self):
        """What has come; empty at the end."""
        self.lme.until(lambda: self.heard or self.closed)
        heard, self.heard = self.heard, b""
        return heard


class Answer:
    """What http.client wants for a socket."""

    def __init__(self, data):
        self.data = data

    def makefile(self, *_):
        return io.BytesIO(self.data)


class LmeDoor(host_door.Door):
    """The local door over LME: every request is a channel of its own."""

    def __init__(self, lme, port, user, password, context=None):
        super().__init__("", port, user, password, context)
        self.lme = lme

    def open(self):
        """As hosts have to: once more when the machine has just taken its forwards back."""
        for _ in range(10):
            try:
                return self.lme.open(self.port)
            except NotOpened as error:
                if error.args[0] != 1:
                    raise
                time.sleep(0.1)
        raise NotOpened(1)

    def send(self, request):
        channel = self.open()
        try:
            data = self.over_tls(channel, request) if self.context else self.plain(channel, request)
        finally:
            channel.close()
        answer = http.client.HTTPResponse(Answer(data))
        try:
            answer.begin()
            return answer.status, answer.headers, answer.read().decode()
        except http.client.HTTPException as error:
            raise host_door.Lost(str(error)) from error

    @staticmethod
    def plain(channel, request):
        channel.send(request)
        data = b""
        while not channel.closed or channel.heard:
            data += channel.receive()
        return data

    def over_tls(self, channel, request):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_hostname="amt")

        def run(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    channel.send(outgoing.read())
                    heard = channel.receive()
                    if heard:
                        incoming.write(heard)
                    else:
                        incoming.write_eof()

        run(tls.do_handshake)
        self.peer = tls.getpeercert(True)
        run(lambda: tls.write(request))
        channel.send(outgoing.read())
        data = b""
        while True:
            try:
                part = run(lambda: tls.read(65536))
            except ssl.SSLError:
                part = b""
            if not part:
                return data
            data += part
