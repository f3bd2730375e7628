"""A host that serves a CD by IDER."""

import struct
import threading

from viewer import Gone, Wire

SECTOR = 2048
CD, FLOPPY = 0xB0, 0xA0


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
