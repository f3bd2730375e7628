"""A client of redirection and of RFB that shares nothing with the programs it looks at: it logs in,
decodes the screen with Python's own zlib, and reads what is written there with the console font."""

import gzip
import hashlib
import select
import socket
import struct
import time
import zlib

FONT = "/usr/share/consolefonts/Lat15-Fixed16.psf.gz"
KINDS = {"SOL": b"\x10\0\0\0SOL ", "IDER": b"\x10\0\0\0IDER", "KVM": b"\x10\1\0\0KVMR"}
FORMATS = {
    "rgb565": None,
    "rgb332": bytes([8, 8, 0, 1]) + struct.pack(">HHH3B3x", 7, 7, 3, 5, 2, 0),
    "grey8": bytes([8, 8, 0, 1]) + struct.pack(">HHH3B3x", 255, 0, 0, 0, 0, 0),
    "grey4": bytes([8, 4, 0, 1]) + struct.pack(">HHH3B3x", 15, 0, 0, 0, 0, 0),
}
TIMEOUT = 30


def font():
    """Characters by their rows; of those that look the same, the first."""
    with gzip.open(FONT) as file:
        data = file.read()
    glyphs, at = {}, 4 + 256 * 16
    for index in range(256):
        rows = data[4 + index * 16:20 + index * 16]
        while (code := int.from_bytes(data[at:at + 2], "little")) != 0xFFFF:
            if code < 0xFFFE and (rows not in glyphs or code < ord(glyphs[rows])):
                glyphs[rows] = chr(code)
            at += 2
        at += 2
    glyphs[bytes(16)] = " "
    return glyphs


class Gone(Exception):
    """The device has ended the session."""


class Wire:
    """A connection with a session of redirection on it."""

    def __init__(self, address, port, kind, password, user="admin"):
        self.socket = socket.create_connection((address, int(port)), timeout=TIMEOUT)
        self.held = b""
        self.send(KINDS[kind])
        answer = self.take(13)
        if answer[1] != 0:
            raise Gone(f"refused: {answer.hex()}")
        self.log_in(user, password)

    def log_in(self, user, password):
        uri = "/RedirectionService"

        def short(*texts):
            return b"".join(bytes([len(text)]) + text.encode() for text in texts)

        def message(data):
            return b"\x13\0\0\0\4" + struct.pack("<I", len(data)) + data

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        self.send(message(short(user, "", "", uri, "", "", "", "")))
        data, texts = self.answer()[1], []
        while data:
            texts.append(data[1:1 + data[0]].decode())
            data = data[1 + data[0]:]
        realm, nonce, qop = texts
        proof = md5(f"{md5(f'{user}:{realm}:{password}')}:{nonce}:00000002:{'a' * 32}:{qop}:"
                    f"{md5(f'POST:{uri}')}")
        self.send(message(short(user, realm, nonce, uri, "a" * 32, "00000002", proof, qop)))
        status, _ = self.answer()
        if status != 0:
            raise Gone("wrong password")

    def answer(self):
        head = self.take(9)
        return head[1], self.take(int.from_bytes(head[5:9], "little"))

    def send(self, data):
        self.socket.sendall(data)

    def take(self, size):
        while len(self.held) < size:
            piece = self.socket.recv(65536)
            if not piece:
                raise Gone(f"ended; {len(self.held)} of {size} bytes came")
            self.held += piece
        data, self.held = self.held[:size], self.held[size:]
        return data

    def waiting(self, seconds):
        """Whether something comes within that time."""
        return bool(self.held) or bool(select.select([self.socket], [], [], seconds)[0])

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Viewer(Wire):
    """Looks at the screen: pixels are kept as numbers of the pixel format."""

    def __init__(self, address, port, password, pixels="rgb565", compress=False):
        super().__init__(address, port, "KVM", password)
        self.inflate = zlib.decompressobj()
        self.kinds = {}  # how many tiles came in each encoding
        self.sizes = []
        self.bells, self.announced = 0, 0
        self.send(b"\x40" + bytes(7))
        self.start = self.take(8)
        self.banner = self.take(12)
        self.send(b"RFB 003.008\n")
        self.security = self.take(self.take(1)[0])
        self.send(b"\1")
        if self.take(4) != bytes(4):
            raise Gone("not secure")
        self.send(b"\1")
        self.init = self.take(24)
        self.name = self.take(int.from_bytes(self.init[20:24], "big"))
        self.pixel_size = 2 if pixels == "rgb565" else 1
        self.resize(*struct.unpack(">HH", self.init[:4]))
        self.send(struct.pack(">BBHIIII", 2, 0, 4, 16, 0, 1092, 0xFFFFFF21))
        if FORMATS[pixels]:
            self.send(bytes(4) + FORMATS[pixels])
        self.extend(4, int(compress))
        self.ask(False)

    def resize(self, width, height):
        self.width, self.height = width, height
        self.sizes.append((width, height))
        self.pixels = [[0] * width for _ in range(height)]

    def ask(self, incremental=True):
        self.send(struct.pack(">BBHHHH", 3, incremental, 0, 0, self.width, self.height))

    def extend(self, *command):
        data = b"\0KvmExtCmd\0" + bytes(command)
        self.send(struct.pack(">BxxxI", 6, len(data)) + data)

    def type(self, text, hold=()):
        for symbol in hold:
            self.send(struct.pack(">BBxxI", 4, 1, symbol))
        for symbol in [ord(c) if isinstance(c, str) else c for c in text]:
            self.send(struct.pack(">BBxxI", 4, 1, symbol) + struct.pack(">BBxxI", 4, 0, symbol))
        for symbol in hold:
            self.send(struct.pack(">BBxxI", 4, 0, symbol))

    def point(self, x, y, buttons=0):
        self.send(struct.pack(">BBHH", 5, buttons, x, y))

    def message(self):
        """Takes one message."""
        kind = self.take(1)[0]
        if kind == 2:
            self.bells += 1
        elif kind == 3:
            size = int.from_bytes(self.take(7)[3:], "big")
            self.announced += self.take(size) == b"\0KvmDataChannel\0"
        elif kind == 0:
            count = int.from_bytes(self.take(3)[1:], "big")
            resized = [self.rectangle() for _ in range(count)]
            self.ask(not any(resized))
        else:
            raise AssertionError(f"message {kind}")

    def rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHI", self.take(12))
        if encoding == 0xFFFFFF21:
            self.resize(width, height)
            return True
        if width > 64 or height > 64 or x % 64 or y % 64:
            raise AssertionError(f"a tile of {width} by {height} at {x}, {y}")
        if encoding == 0:
            self.count("RAW")
            colours = self.numbers(self.take(width * height * self.pixel_size))
        else:
            data = self.inflate.decompress(self.take(int.from_bytes(self.take(4), "big")))
            colours = self.tile(data, width, height)
        if len(colours) != width * height:
            raise AssertionError(f"{len(colours)} pixels of {width} by {height}")
        for row in range(height):
            self.pixels[y + row][x:x + width] = colours[row * width:(row + 1) * width]
        return False

    def count(self, kind):
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def numbers(self, data):
        if self.pixel_size == 1:
            return list(data)
        return list(struct.unpack(f"<{len(data) // 2}H", data))

    def tile(self, data, width, height):
        kind, data, size = data[0], data[1:], self.pixel_size
        if kind == 1:
            self.count("solid")
            return self.numbers(data) * (width * height)
        if kind == 128:
            self.count("plain RLE")
            return self.runs(data, None)
        if kind > 128:
            self.count("palette RLE")
            return self.runs(data[(kind - 128) * size:], self.numbers(data[:(kind - 128) * size]))
        if kind == 0:
            self.count("raw")
            return self.numbers(data)
        self.count("packed")
        palette, data = self.numbers(data[:kind * size]), data[kind * size:]
        bits = 1 if kind == 2 else 2 if kind <= 4 else 4
        row_size, colours = (width * bits + 7) // 8, []
        for row in range(height):
            number = int.from_bytes(data[row * row_size:(row + 1) * row_size], "big")
            for column in range(width):
                shift = row_size * 8 - bits * (column + 1)
                colours.append(palette[number >> shift & (1 << bits) - 1])
        return colours

    def runs(self, data, palette):
        colours, at = [], 0
        while at < len(data):
            if palette is None:
                colour, many = self.numbers(data[at:at + self.pixel_size])[0], True
                at += self.pixel_size
            else:
                colour, many = palette[data[at] & 127], data[at] > 127
                at += 1
            run = 1
            while many:
                run += data[at]
                many = data[at] == 255
                at += 1
            colours += [colour] * run
        return colours

    def text(self, left=0, top=0):
        """What is written on the screen, of a text that begins there."""
        glyphs, lines = font(), []
        for y in range(top, self.height - 15, 16):
            line = ""
            for x in range(left, self.width - 7, 8):
                cell = [self.pixels[y + row][x:x + 8] for row in range(16)]
                paper = cell[0][0]
                rows = bytes(sum((colour != paper) << 7 - i for i, colour in enumerate(row))
                             for row in cell)
                line += glyphs.get(rows, "?")
            lines.append(line.rstrip())
        return "\n".join(lines)

    def until(self, wanted, top=0, seconds=TIMEOUT):
        """Looks until that is on the screen."""
        end = time.monotonic() + seconds
        while wanted not in (text := self.text(top=top)):
            if time.monotonic() > end or not self.waiting(end - time.monotonic()):
                raise AssertionError(f"{wanted!r} is not on the screen:\n{text}")
            self.message()
            while self.waiting(0.02):
                self.message()
        return text
