"""Media to boot from. For the tests beside this file and elsewhere."""

import pathlib
import random
import struct
import subprocess
import tempfile


def iso(size=0, text="Started from a CD.\n"):
    """A CD made by xorriso: a boot record, BOOT.TXT (unless `text` is None), and a file of random
    bytes."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        tree.mkdir()
        (tree / "boot.img").write_bytes(random.Random(1).randbytes(2048))
        (tree / "filler.bin").write_bytes(random.Random(2).randbytes(size))
        if text is not None:
            (tree / "BOOT.TXT").write_text(text)
        image = pathlib.Path(folder) / "image.iso"
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-V", "OUTBAND_TEST", "-J", "-r",
                        "-b", "boot.img", "-no-emul-boot", "-boot-load-size", "4", "-o", image,
                        tree], check=True, stderr=subprocess.DEVNULL)
        return image.read_bytes()


def floppy(text=None):
    """1.44 MB with a boot sector and FAT12; `text` is BOOT.TXT, in clusters 2 and 3."""
    image = bytearray(1474560)
    image[11:24] = struct.pack("<HBHBHHBH", 512, 1, 1, 2, 224, 2880, 0xF0, 9)
    image[510:512] = b"\x55\xAA"
    for table in (512, 5120):
        image[table:table + 3] = b"\xF0\xFF\xFF"
    if text is not None:
        content = text.encode()
        for table in (512, 5120):
            image[table + 3:table + 6] = b"\x03\xF0\xFF"
        root = 19 * 512
        image[root:root + 32] = b"BOOT    TXT\x20" + bytes(14) + struct.pack("<HI", 2, len(content))
        image[33 * 512:33 * 512 + len(content)] = content
    return bytes(image)
