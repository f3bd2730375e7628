"""Requests for certificates, byte by byte. For the tests beside this file."""

SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
RSA_KEY = bytes.fromhex("300d06092a864886f70d0101010500")


def der(tag, *parts):
    """One value of ASN.1 (X.690)."""
    body = b"".join(parts)
    size = len(body)
    head = bytes([size]) if size < 128 else None
    if head is None:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + head + body


def request_of(key, name):
    """A request for a certificate (RFC 2986) that nobody has signed yet. `key` is PKCS#1."""
    common = der(0x31, der(0x30, bytes.fromhex("0603550403"), der(0x0c, name.encode())))
    info = der(0x30, b"\x02\x01\x00", der(0x30, common),
               der(0x30, RSA_KEY, der(0x03, b"\x00", key)), b"\xa0\x00")
    return der(0x30, info, SHA256_WITH_RSA, der(0x03, b"\x00", bytes(256)))
