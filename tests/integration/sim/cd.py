"""A CD that boots, made byte by byte (ECMA-119, El Torito), and a host that serves it by IDER."""

import struct
import threading

from viewer import Gone, Wire

SECTOR = 2048
CD, FLOPPY = 0xB0, 0xA0


def both(value):
    """A number as ECMA-119 has it: little-endian, then big-endian."""
    return struct.pack("<I", value) + struct.pack(">I", value)


def record(name, sector, size, folder=False):
    body = (b"\0" + both(sector) + both(size) + bytes(7) + bytes([2 if folder else 0]) + bytes(2)
            + b"\1\0\0\1" + bytes([len(name)]) + name)
    body += bytes(len(body) % 2 ^ 1)
    return bytes([len(body) + 1]) + body


def bootable(text):
    """An image whose boot record names sector 20, and whose /BOOT.TXT holds that text."""
    sectors = {sector: b"" for sector in range(24)}
    root = record(b"\0", 21, SECTOR, True)
    sectors[16] = (b"\1CD001\1\0" + b" " * 64 + bytes(8) + both(24)).ljust(156, b"\0") + root
    sectors[17] = (b"\0CD001\1EL TORITO SPECIFICATION".ljust(71, b"\0") + struct.pack("<I", 19))
    sectors[18] = b"\xffCD001\1"
    check = bytearray(b"\1".ljust(30, b"\0") + b"\x55\xaa")
    total = sum(struct.unpack("<16H", check)) & 0xFFFF
    check[28:30] = struct.pack("<H", -total & 0xFFFF)
    sectors[19] = bytes(check) + struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, 4, 20)
    sectors[20] = b"\xeb\xfe"
    sectors[21] = root + record(b"\1", 21, SECTOR, True) + record(b"BOOT.TXT;1", 22, len(text))
    sectors[22] = text
    return b"".join(data.ljust(SECTOR, b"\0") for _, data in sorted(sectors.items()))


class Drive(Wire):
    """Serves an image until the session ends; on a thread of its own."""

    def __init__(self, address, port, password, image):
        super().__init__(address, port, "IDER", password)
        self.image, self.number, self.commands = image, 0, []
        self.send(b"\x40" + bytes(7) + struct.pack("<HHHI", 30000, 0, 20000, 1))
        self.number += 1
        if self.take(30)[0] != 0x41:
            raise Gone("no answer to the opening")
        self.tell(0x48, bytes([3]) + struct.pack("<I", 0x09))  # on, with the next boot
        self.take(13)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def tell(self, kind, body, attribute=0):
        self.send(bytes([kind, 0, 0, attribute]) + struct.pack("<I", self.number) + body)
        self.number += 1

    def serve(self):
        try:
            while True:
                kind = self.take(8)[0]
                if kind == 0x46:
                    self.take(1)
                    self.tell(0x47, b"")
                elif kind == 0x50:
                    self.command(self.take(20))
                elif kind != 0x4B:
                    return
        except (Gone, OSError):
            pass

    def command(self, body):
        dma, code = body[1] & 1, body[8:]
        self.commands.append(code[0])
        if body[6] & 0x10 == 0:
            self.check(FLOPPY, 2, 0x3A)  # there is none
        elif code[0] == 0x00:
            self.tell(0x51, bytes(12) + bytes([0xC5, 0, 3, 0, 0, 0, CD, 0x50, 0, 0, 0]), 2)
        elif code[0] == 0x25:
            self.data(struct.pack(">II", len(self.image) // SECTOR - 1, SECTOR), dma)
        elif code[0] == 0x28:
            block, count = struct.unpack(">I", code[2:6])[0], struct.unpack(">H", code[7:9])[0]
            data = self.image[block * SECTOR:(block + count) * SECTOR]
            pieces = [data[at:at + 8192] for at in range(0, len(data), 8192)]
            for piece in pieces:
                self.data(piece, dma, piece is pieces[-1])
        else:
            self.check(CD, 5, 0x20)

    def check(self, drive, key, code):
        sense = bytes([drive, 0x51, key, code, 0])
        self.tell(0x51, bytes(12) + bytes([0x87, key << 4, 3, 0, 0, 0]) + sense, 2)

    def data(self, data, dma, last=True):
        size = struct.pack("<H", len(data))
        count = b"\0\0" if dma else size
        end = bytes([0x85, 0, 3, 0, 0, 0, CD, 0x50]) if last else bytes(8)
        self.tell(0x54, b"\0" + size + b"\0" + bytes([0xB4 if dma else 0xB5, 0, 2, 0]) + count
                  + bytes([CD, 0x58]) + end + bytes(6) + data, last * 2 | dma)
