"""A server that, like one in the field, takes each TLS read for exactly one APF message: the
simulated devices must log in, answer and reconnect all the same."""

import os
import pathlib
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading

AMTSIM = os.environ["AMTSIM"]

# For this test alone: a key everybody knows, and its certificate.
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgySwEskqZpie2eBMu
sZtdbjA50rtl4EYEQHaml/owvG6hRANCAAQCK6nUojT5LS1b6lm5wxL039/RhAsq
owuc1llOVtQSsg5I0g9C/AHO0Jvpg4ATSvZSIvS5w8egQBof5D//Hq4o
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUFh4o9un7TbDXVoLkKkqvjD6dOfowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE1MzU0OVoYDzIxMjYxMDI5
MTUzNTQ5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQCK6nUojT5LS1b6lm5wxL039/RhAsqowuc1llOVtQSsg5I0g9C/AHO
0Jvpg4ATSvZSIvS5w8egQBof5D//Hq4oo1MwUTAdBgNVHQ4EFgQUWeTgVIe+1fC8
v7R9WhAHgisvp2YwHwYDVR0jBBgwFoAUWeTgVIe+1fC8v7R9WhAHgisvp2YwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAvY4nISKolHxj6FWczhMB
kIiTXQtC5Py9bJt/t8ZktkACIQCKAFeOwK/ialoUyR5b1N9yN6xqhADyySnwCHMU
f66Whw==
-----END CERTIFICATE-----
"""

PORTS = [16993, 16992, 664, 623, 16995, 16994, 5900]
GUID = bytes.fromhex("0000a7510000004080000000000000" + "00")


def string(value):
    return struct.pack(">I", len(value)) + value


AUTH = string(b"auth@amt.intel.com")
PFWD = string(b"pfwd@amt.intel.com")


class Failure(Exception):
    pass


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: got {got!r}, not {wanted!r}")


class Server:
    """Accepts one connection after the other on a port of loopback."""

    def __init__(self, folder):
        pem = folder / "server.pem"
        pem.write_text(KEY)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def accept(self):
        plain, _ = self.listener.accept()
        plain.settimeout(20)
        return self.context.wrap_socket(plain, server_side=True)


def log_in(tls, accept_password=True):
    """Each recv() is one TLS record and has to be one message."""
    version = tls.recv(4096)
    expect("PROTOCOLVERSION", (version[0], len(version), version[13:29]), (192, 93, GUID))
    expect("SERVICE_REQUEST", tls.recv(4096), b"\x05" + AUTH)
    tls.sendall(b"\x06" + AUTH)
    login = tls.recv(4096)
    expect("USERAUTH_REQUEST", login, b"\x32" + string(b"u") + PFWD + string(b"password") + b"\0" +
           string(b"Pass-1"))
    if not accept_password:
        tls.sendall(b"\x33" + string(b"password") + b"\0\0")
        return
    tls.sendall(b"\x34")
    expect("SERVICE_REQUEST", tls.recv(4096), b"\x05" + PFWD)
    tls.sendall(b"\x06" + PFWD)
    for port in PORTS:
        wanted = (b"\x50" + string(b"tcpip-forward") + b"\x01" +
                  string(b"sim-000000.example.test") + struct.pack(">I", port))
        expect(f"tcpip-forward {port}", tls.recv(4096), wanted)
        tls.sendall(b"\x51" + struct.pack(">I", port))
    tls.sendall(b"\xd2" + struct.pack(">II", 1, 5))
    expect("KEEPALIVE_OPTIONS_REPLY", tls.recv(4096), b"\xd3" + struct.pack(">II", 1, 5))


def ask(tls):
    """An unsigned request on a channel: the challenge comes back message by message."""
    request = b"POST /wsman HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    tls.sendall(b"\x5a" + string(b"forwarded-tcpip") + struct.pack(">III", 4, 300, 0xFFFFFFFF) +
                string(b"") + struct.pack(">I", 16992) + string(b"::1") + struct.pack(">I", 9))
    confirmation = tls.recv(4096)
    expect("OPEN_CONFIRMATION", confirmation[:9], b"\x5b" + struct.pack(">II", 4, 1))
    tls.sendall(b"\x5e" + struct.pack(">I", 1) + string(request))
    expect("WINDOW_ADJUST", tls.recv(4096), b"\x5d" + struct.pack(">II", 4, len(request)))
    text = b""
    while not text.endswith(b"</html>\n"):
        data = tls.recv(4096)
        if data[0] == 0xD0:  # a keep-alive in between
            tls.sendall(b"\xd1" + data[1:])
            continue
        expect("CHANNEL_DATA", data[:5], b"\x5e" + struct.pack(">I", 4))
        size = struct.unpack(">I", data[5:9])[0]
        expect("its length", len(data), 9 + size)
        if size > 300:
            raise Failure("the device passed our window")
        text += data[9:]
        tls.sendall(b"\x5d" + struct.pack(">II", 1, size))
    expect("CHANNEL_CLOSE", tls.recv(4096), b"\x61" + struct.pack(">I", 4))
    tls.sendall(b"\x61" + struct.pack(">I", 1))
    if not text.startswith(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="):
        raise Failure(f"no challenge: {text!r}")


def keep_alive(tls):
    request = tls.recv(4096)
    expect("KEEPALIVE_REQUEST", (request[0], len(request)), (208, 5))
    tls.sendall(b"\xd1" + request[1:])


def one_message_is_one_record(server):
    with server.accept() as tls:
        log_in(tls)
        keep_alive(tls)
        ask(tls)
        keep_alive(tls)


def a_lost_connection_is_dialled_again(server):
    server.accept().close()
    with server.accept() as tls:
        log_in(tls)


def a_refused_device_hangs_up_and_tries_again(server):
    with server.accept() as tls:
        log_in(tls, accept_password=False)
        expect("the end", tls.recv(4096), b"")
    with server.accept() as tls:
        log_in(tls)


def run(test):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder))
        device = subprocess.Popen(
            [AMTSIM, "fleet", "--server", server.address, "--count", "1", "--user", "u",
             "--redial", "1"],
            env={**os.environ, "AMTSIM_PASSWORD": "Pass-1"}, stdout=subprocess.DEVNULL)
        watchdog = threading.Timer(60, device.kill)
        watchdog.start()
        try:
            test(server)
        finally:
            device.terminate()
            status = device.wait()
            watchdog.cancel()
            server.listener.close()
        if status != 0:
            raise Failure(f"amtsim ended with {status}")


def main():
    tests = [one_message_is_one_record, a_lost_connection_is_dialled_again,
             a_refused_device_hangs_up_and_tries_again]
    print(f"1..{len(tests)}")
    failed = False
    for number, test in enumerate(tests, 1):
        try:
            run(test)
            print(f"ok {number} - {test.__name__}")
        except (Failure, OSError) as problem:
            failed = True
            print(f"not ok {number} - {test.__name__}\n# {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
