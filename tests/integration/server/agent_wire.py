"""A wire between agents and the server, which counts the exchanges with AMT that pass, and spoils,
holds or cuts the one that a test names. For the tests beside this file."""

import base64
import json
import os
import re
import socket
import struct
import threading

ANONYMOUS = b"http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
ENVELOPE = ('<?xml version="1.0" encoding="UTF-8"?><a:Envelope '
            'xmlns:a="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:b="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:c="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:g="{uri}"><a:Header>'
            '<b:RelatesTo>{relates}</b:RelatesTo><b:Action a:mustUnderstand="true">{action}'
            '</b:Action><b:MessageID>uuid:00000000-8086-8086-8086-000000004711</b:MessageID>'
            '<c:ResourceURI>{uri}</c:ResourceURI></a:Header><a:Body>{body}</a:Body></a:Envelope>')
FAULT = ('<a:Fault><a:Code><a:Value>a:Receiver</a:Value><a:Subcode><a:Value>c:InternalError'
         '</a:Value></a:Subcode></a:Code><a:Reason><a:Text xml:lang="en-US">The service cannot '
         'comply with the request due to internal processing errors.</a:Text></a:Reason></a:Fault>')
CHALLENGE = ('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="{realm}", '
             'nonce="{nonce}",stale="false",qop="auth"\r\nConnection: close\r\n'
             'Content-Length: 0\r\n\r\n')

OPERATIONS = ("Get", "Put", "Enumerate", "Pull", "Create", "Delete")  # of every class


class Exchange:
    """One request for AMT as the server wrote it."""

    def __init__(self, number, raw, before=()):
        self.number = number
        text = raw.decode("utf-8", "replace")
        self.opaque = not text.startswith("POST")
        self.action = self.part(text, "Action")
        self.uri = self.part(text, "ResourceURI")
        self.relates = self.part(text, "MessageID")
        self.operation = self.action.rsplit("/", 1)[-1]
        self.name = "TLS" if self.opaque else f"{self.operation} {self.uri.rsplit('/', 1)[-1]}"
        self.place = 1 + sum(one.name == self.name for one in before)  # among those of its name
        self.is_method = bool(self.uri) and self.action.startswith(self.uri)

    @classmethod
    def told(cls, line, before):
        """One that the machine itself tells of (amtsim agent --trace)."""
        one = cls.__new__(cls)
        one.number, one.opaque = len(before) + 1, False
        one.operation, one.name = line["operation"], f"{line['operation']} {line['class']}"
        one.place = 1 + sum(other.name == one.name for other in before)
        one.is_method = one.operation not in OPERATIONS
        return one

    @staticmethod
    def part(text, name):
        found = re.search(rf"<(?:\w+:)?{name}[^>]*>([^<]*)<", text)
        return found[1].strip() if found else ""

    def reply(self, body, status="200 OK", uri=None, action=None):
        content = ENVELOPE.format(uri=uri or self.uri, relates=self.relates,
                                  action=action or self.action + "Response", body=body).encode()
        return (f"HTTP/1.1 {status}\r\nContent-Type: application/soap+xml; charset=UTF-8\r\n"
                "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                f"{len(content):X}\r\n").encode() + content + b"\r\n0\r\n\r\n"

    def answers(self, kind, realm):
        """What AMT would say in this trouble."""
        if kind == "401":
            return CHALLENGE.format(realm=realm, nonce=os.urandom(16).hex()).encode()
        if kind == "fault":
            return self.reply(FAULT, "400 Bad Request",
                              action="http://schemas.xmlsoap.org/ws/2004/08/addressing/fault")
        if kind == "garbage":
            return (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                    b"9\r\n<a:Oops &\r\n0\r\n\r\n")
        if kind == "wrong":
            return self.reply("<g:Other><g:Something>1</g:Something></g:Other>")
        if kind.startswith("return "):
            return self.reply(f"<g:{self.operation}_OUTPUT><g:ReturnValue>{kind[7:]}"
                              f"</g:ReturnValue></g:{self.operation}_OUTPUT>")
        raise ValueError(kind)


class Trouble:
    """What happens to that exchange, found by its name and its place among those: "silent" (to it
    and its repetitions), "lost" (the answer, once), what Exchange.answers knows (to it and its repetitions), "cut before",
    "cut after", "hold before", "hold after", "tell before", "tell after" (calls `tell`)."""

    LASTING = ("silent", "401", "fault", "garbage", "wrong", "return")

    def __init__(self, exchange, kind, tell=None):
        self.name, self.place, self.kind, self.tell = exchange.name, exchange.place, kind, tell
        self.lasts = kind.split()[0] in self.LASTING and not exchange.opaque
        self.hit = threading.Event()
        self.over = False

    def befalls(self, exchange):
        """Also the repetitions of a question, until there is another one."""
        if self.over:
            return False
        if not self.hit.is_set():
            if (exchange.name, exchange.place) == (self.name, self.place):
                self.hit.set()
            return self.hit.is_set()
        self.over = not self.lasts or exchange.name != self.name
        return not self.over


class Wire:
    """Listens like a server of agents; `plans` has the trouble of each device by its GUID."""

    def __init__(self, port):
        self.upstream = port
        self.plans = {}
        self.passed = {}  # exchanges by GUID
        self.finals = {}  # final messages by GUID
        self.held = []  # GUIDs whose lines wait for `released`, which cuts them
        self.released = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                agent, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=Line(self, agent).run, daemon=True).start()

    def stop(self):
        self.listener.close()


class Line:
    """One agent's connection."""

    def __init__(self, wire, agent):
        self.wire, self.agent = wire, agent
        agent.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server = None
        self.guid = None
        self.trouble = None
        self.realm = "Digest:" + "0" * 32
        self.swallows = 0  # answers of AMT that get lost
        self.then = None  # what to do when AMT has answered
        self.lock = threading.Lock()

    def run(self):
        try:
            self.server = socket.create_connection(("127.0.0.1", self.wire.upstream))
            self.server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ahead = self.pass_head(self.agent, self.server)
            behind = self.pass_head(self.server, self.agent)
            other = threading.Thread(target=self.carry, daemon=True,
                                     args=(self.server, behind, self.from_server))
            other.start()
            self.carry(self.agent, ahead, self.from_agent)
            other.join()
        except OSError:
            self.cut()

    def cut(self):
        for one in (self.agent, self.server):
            if one is not None:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                one.close()

    @staticmethod
    def pass_head(source, target):
        data = b""
        while b"\r\n\r\n" not in data:
            more = source.recv(65536)
            if not more:
                raise OSError("gone")
            data += more
        head, rest = data.split(b"\r\n\r\n", 1)
        target.sendall(head + b"\r\n\r\n")
        return rest

    def carry(self, source, data, take):
        """Frames of one direction."""
        try:
            message = b""
            while True:
                frame = self.frame_of(data)
                while frame is None:
                    more = source.recv(262144)
                    if not more:
                        raise OSError("gone")
                    data += more
                    frame = self.frame_of(data)
                size, last, opcode, payload = frame
                raw, data = data[:size], data[size:]
                if opcode > 2:
                    self.pass_on(source, raw)
                    continue
                message += payload
                if last:
                    take(message)
                    message = b""
        except OSError:
            self.cut()

    def pass_on(self, source, raw):
        (self.server if source is self.agent else self.agent).sendall(raw)

    @staticmethod
    def frame_of(data):
        """Length, whether it is the last, opcode, payload; None while it is not whole."""
        if len(data) < 2:
            return None
        size, at = data[1] & 127, 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            if len(data) < 2 + wide:
                return None
            size = int.from_bytes(data[2:2 + wide], "big")
            at += wide
        mask = b""
        if data[1] & 128:
            mask = data[at:at + 4]
            at += 4
        if len(data) < at + size or (data[1] & 128 and len(mask) < 4):
            return None
        payload = data[at:at + size]
        if mask:
            key = (mask * (size // 4 + 1))[:size]
            payload = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(
                size, "big") if size else b""
        return at + size, bool(data[0] & 128), data[0] & 15, payload

    def to_server(self, payload):
        size = len(payload)
        head = bytes([0x81]) + (bytes([0x80 | size]) if size < 126 else
                                bytes([0xfe]) + struct.pack(">H", size) if size < 65536 else
                                bytes([0xff]) + struct.pack(">Q", size))
        with self.lock:
            self.server.sendall(head + b"\0\0\0\0" + payload)

    def to_agent(self, payload):
        size = len(payload)
        head = bytes([0x81]) + (bytes([size]) if size < 126 else
                                bytes([0x7e]) + struct.pack(">H", size) if size < 65536 else
                                bytes([0x7f]) + struct.pack(">Q", size))
        self.agent.sendall(head + payload)

    # ---- the agent speaks ----

    def from_agent(self, payload):
        if self.guid is None:
            self.meet(json.loads(payload))
        elif b'"response"' in payload[:64] or b'"tls_data"' in payload[:64]:
            if self.swallows > 0:
                self.swallows -= 1
                return
            if b'"response"' in payload[:64]:
                self.learn_realm(payload)
            then, self.then = self.then, None
            if then is not None and not then():
                return
        self.to_server(payload)

    def meet(self, first):
        described = json.loads(base64.b64decode(first["payload"]))
        self.guid = described["uuid"].lower()
        self.trouble = self.wire.plans.get(self.guid)
        self.wire.passed[self.guid] = []

    def learn_realm(self, payload):
        if len(self.wire.passed[self.guid]) <= 2:
            raw = base64.b64decode(json.loads(payload)["payload"])
            found = re.search(rb'realm="([^"]*)"', raw)
            if found:
                self.realm = found[1].decode()

    # ---- the server speaks ----

    def from_server(self, payload):
        message = json.loads(payload)
        if message["method"] in ("wsman", "tls_data"):
            passed = self.wire.passed[self.guid]
            exchange = Exchange(len(passed) + 1, base64.b64decode(message["payload"]), passed)
            passed.append(exchange)
            if not self.let_pass(exchange):
                return
        elif message["method"] in ("success", "error"):
            self.wire.finals.setdefault(self.guid, []).append(message)
        self.to_agent(payload)

    def hold(self):
        self.wire.held.append(self.guid)
        self.wire.released.wait()
        self.cut()

    def let_pass(self, exchange):
        if self.trouble is None or not self.trouble.befalls(exchange):
            return True
        kind = self.trouble.kind
        if kind == "silent":
            return False
        if kind == "lost":
            self.swallows += 1
            return True
        if kind == "cut before":
            self.cut()
            return False
        if kind == "cut after":
            self.then = self.cut
            return True
        if kind == "hold before":
            self.hold()
            return False
        if kind == "hold after":
            self.then = self.hold
            return True
        if kind == "tell before":
            self.trouble.tell()
            return True
        if kind == "tell after":
            self.then = lambda: self.trouble.tell() or True
            return True
        answer = base64.b64encode(exchange.answers(kind, self.realm)).decode()
        self.to_server(json.dumps({
            "method": "response", "apiKey": "key", "appVersion": "3.0.0",
            "protocolVersion": "4.0.0", "status": "ok", "message": "ok", "fqdn": "",
            "payload": answer, "tenantId": ""}).encode())
        return False
