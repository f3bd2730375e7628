"""`amtsim lan`: devices on the local network, asked by clients that are not ours."""

import hashlib
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "server"))
from rig import contains, main, same  # pylint: disable=wrong-import-position

AMTSIM = os.environ["AMTSIM"]
PASSWORD = "Am1-lan-test"  # noqa: of a simulated device
AMT = "http://intel.com/wbem/wscim/1/amt-schema/1/"
CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"


def request(action, uri, body=""):
    return (
        '<?xml version="1.0"?><Envelope xmlns="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><Header>'
        f"<a:Action>{action}</a:Action><a:To>/wsman</a:To><w:ResourceURI>{uri}</w:ResourceURI>"
        f"<a:MessageID>7</a:MessageID></Header><Body>{body}</Body></Envelope>")


REQUEST = request("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", AMT + "AMT_GeneralSettings")
POWER = CIM + "CIM_PowerManagementService"
RESET = request(f"{POWER}/RequestPowerStateChange", POWER,
                f'<h:RequestPowerStateChange_INPUT xmlns:h="{POWER}"><h:PowerState>10'
                "</h:PowerState><h:ManagedElement><a:Address>/anonymous</a:Address>"
                f"<a:ReferenceParameters><w:ResourceURI>{CIM}CIM_ComputerSystem</w:ResourceURI>"
                '<w:SelectorSet><w:Selector Name="CreationClassName">CIM_ComputerSystem'
                '</w:Selector><w:Selector Name="Name">ManagedSystem</w:Selector></w:SelectorSet>'
                "</a:ReferenceParameters></h:ManagedElement></h:RequestPowerStateChange_INPUT>")


class Lan:
    """A run of `amtsim lan` on ports that the system chooses."""

    def __init__(self, *arguments, count=1):
        self.process = subprocess.Popen(
            [AMTSIM, "lan", "--ports", "0", "--password", PASSWORD, "--count", str(count),
             *arguments], stdout=subprocess.PIPE, text=True)
        self.devices = []
        for _ in range(count):
            words = self.process.stdout.readline().split()
            if not words:
                raise AssertionError(f"it ended with {self.process.wait(timeout=30)}")
            same(words[0], "ready")
            self.devices.append({"address": words[1], **dict(word.split("=") for word in words[2:])})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()


def ask(device, scheme, body=REQUEST):
    """Status and text of one request by Python's own HTTP, TLS and digest."""
    url = f"{scheme}://{device['address']}:{device[scheme]}/wsman"
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, "admin", PASSWORD)
    digest = urllib.request.HTTPDigestAuthHandler(passwords)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), digest)
    with opener.open(urllib.request.Request(url, body.encode()), timeout=30) as answer:
        return answer.status, answer.read().decode(), answer.headers["Server"]


def a_device_answers_on_its_plain_and_its_tls_port():
    with Lan("--personality", "16.1") as lan:
        for scheme in ("http", "https"):
            status, text, server = ask(lan.devices[0], scheme)
            same(status, 200)
            contains(text, "<b:RelatesTo>7</b:RelatesTo>")
            contains(server, "16.1.25.1917")
    same(lan.status, 0)


def a_device_outlives_its_reset():
    with Lan("--power-delay", "1") as lan:
        contains(ask(lan.devices[0], "http", RESET)[1], "<g:ReturnValue>0<")
        time.sleep(0.1)
        same(ask(lan.devices[0], "http")[0], 200)
    same(lan.status, 0)


def firmware_without_plain_ports_opens_none():
    for name in ("16.1-tls", "19"):
        with Lan("--personality", name) as lan:
            same(sorted(lan.devices[0]),
                 ["address", "guid", "https", "redirection-tls", "sha256"])
            same(ask(lan.devices[0], "https")[0], 200)


def the_ready_line_names_the_certificate():
    with Lan("--personality", "12.0.67") as lan:
        device = lan.devices[0]
        pem = ssl.get_server_certificate((device["address"], int(device["https"])))
        same(hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest(), device["sha256"])


def several_devices_have_addresses_and_certificates_of_their_own():
    with Lan("--bind", "127.1.0.254", count=4) as lan:
        same([device["address"] for device in lan.devices],
             ["127.1.0.254", "127.1.0.255", "127.1.1.0", "127.1.1.1"])
        same(len({device["sha256"] for device in lan.devices}), 4)
        same(len({device["guid"] for device in lan.devices}), 4)
        for device in lan.devices:
            same(ask(device, "http")[0], 200)


def read_status(connection):
    """The status line of an answer; waits for it."""
    text = b""
    while b"\r\n" not in text:
        more = connection.recv(65536)
        if not more:
            return None
        text += more
    return text.split(b"\r\n")[0].decode()


def connections_beyond_the_firmwares_wait_for_a_place():
    with Lan("--sessions", "2") as lan:
        place = (lan.devices[0]["address"], int(lan.devices[0]["http"]))
        root = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        served = [socket.create_connection(place, timeout=30) for _ in range(2)]
        for connection in served:
            connection.sendall(root)
            contains(read_status(connection), "303")
        with socket.create_connection(place, timeout=30) as late:
            late.sendall(root)
            late.settimeout(0.3)
            try:
                raise AssertionError(f"the third one was answered: {read_status(late)}")
            except socket.timeout:
                pass
            served[0].close()
            late.settimeout(30)
            contains(read_status(late), "303")
        served[1].close()


def redirection_starts_on_its_port():
    with Lan("--personality", "15") as lan:
        place = (lan.devices[0]["address"], int(lan.devices[0]["redirection"]))
        with socket.create_connection(place, timeout=30) as connection:
            connection.sendall(b"\x10\0\0\0SOL ")
            same(connection.recv(64), bytes.fromhex("11000000 0100 0F00 57010000 00"))


def silent_connections_end():
    with Lan("--idle", "1") as lan:
        place = (lan.devices[0]["address"], int(lan.devices[0]["http"]))
        with socket.create_connection(place, timeout=30) as connection:
            same(connection.recv(1), b"")


def a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([AMTSIM, "lan", "--ports", str(port)], capture_output=True,
                              text=True, timeout=60, check=False)
    same(done.returncode != 0, True)
    contains(done.stderr, str(port))


def stopping_ends_open_connections():
    with Lan() as lan:
        device = lan.devices[0]
        place = (device["address"], int(device["http"]))
        connections = [socket.create_connection(place, timeout=30) for _ in range(8)]
        time.sleep(0.1)
    same(lan.status, 0)
    for connection in connections:
        connection.close()


def the_command_line_names_what_it_does_not_know():
    done = subprocess.run([AMTSIM, "lan", "--bind", "localhost"], capture_output=True, text=True,
                          timeout=60, check=False)
    same(done.returncode, 2)
    same(re.sub(r"\n", "", done.stderr), "amtsim lan: --bind: 'localhost' is no IPv4 address")


if __name__ == "__main__":
    main([
        a_device_answers_on_its_plain_and_its_tls_port,
        a_device_outlives_its_reset,
        firmware_without_plain_ports_opens_none,
        the_ready_line_names_the_certificate,
        several_devices_have_addresses_and_certificates_of_their_own,
        connections_beyond_the_firmwares_wait_for_a_place,
        redirection_starts_on_its_port,
        silent_connections_end,
        a_port_in_use_is_named,
        stopping_ends_open_connections,
        the_command_line_names_what_it_does_not_know,
    ])
