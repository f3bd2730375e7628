"""A server that machines call over CIRA, small and written from the description of the protocol
(device-protocols 1): takes the login and asks the machine through channels of the tunnel."""

import base64
import queue
import socket
import ssl
import struct
import threading

from agent_server import parse
from host_door import AMT, TRANSFER, Door, reference


def string(value):
    return struct.pack(">I", len(value)) + value


class Tunnel:
    """One machine that has logged in."""

    def __init__(self, wire):
        self.wire, self.pieces = wire, wire.makefile("rb")
        self.user = self.password = self.guid = None
        self.channel, self.lock = 100, threading.Lock()
        self.log_in()

    def take(self, size):
        data = self.pieces.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def number(self):
        return struct.unpack(">I", self.take(4))[0]

    def text(self):
        return self.take(self.number())

    def log_in(self):
        assert self.take(1) == b"\xc0"
        self.take(4 + 4 + 4)
        self.guid = self.take(16)
        self.take(64)
        self.accept(b"auth@amt.intel.com")
        assert self.take(1) == b"\x32"
        self.user, _, method = self.text(), self.text(), self.text()
        assert method == b"password" and self.take(1) == b"\0"
        self.password = self.text()
        self.wire.sendall(b"\x34")
        self.accept(b"pfwd@amt.intel.com")
        port = 0
        while port != 5900:
            assert self.take(1) == b"\x50" and self.text() == b"tcpip-forward"
            assert self.take(1) == b"\1"
            self.text()
            port = self.number()
            self.wire.sendall(b"\x51" + struct.pack(">I", port))

    def accept(self, service):
        assert self.take(1) == b"\5" and self.text() == service
        self.wire.sendall(b"\6" + string(service))

    def exchange(self, port, request):
        """Sends bytes on a channel of its own; returns what comes until the machine closes it."""
        with self.lock:
            self.channel += 1
            ours, answer = self.channel, b""
            self.wire.sendall(b"\x5a" + string(b"forwarded-tcpip")
                              + struct.pack(">III", ours, 1000000, 0xFFFFFFFF) + string(b"::1")
                              + struct.pack(">I", port) + string(b"::1") + struct.pack(">I", 1))
            while True:
                kind = self.take(1)[0]
                if kind == 0x5B:
                    _, theirs = self.number(), self.number()
                    self.take(8)
                    self.wire.sendall(b"\x5e" + struct.pack(">I", theirs) + string(request))
                elif kind == 0x5C:
                    self.take(4 + 4 + 4 + 4)
                    raise ConnectionRefusedError
                elif kind == 0x5D:
                    self.take(8)
                elif kind == 0x5E:
                    self.take(4)
                    answer += self.text()
                elif kind == 0x61:
                    self.take(4)
                    self.wire.sendall(b"\x61" + struct.pack(">I", theirs))
                    return answer
                elif kind == 0xD0:
                    self.wire.sendall(b"\xd1" + self.take(4))
                else:
                    raise AssertionError(f"message {kind}")

    def hang_up(self):
        self.pieces.close()
        self.wire.shutdown(socket.SHUT_RDWR)
        self.wire.close()

    def ends(self):
        """Reads until the machine hangs up."""
        try:
            while True:
                kind = self.take(1)[0]
                if kind == 0xD0:
                    self.wire.sendall(b"\xd1" + self.take(4))
                elif kind == 1:
                    return True
        except (EOFError, OSError):
            return True


class Remote(Door):
    """The machine's door, through the tunnel."""

    def __init__(self, tunnel, password):
        super().__init__(None, 16992, "admin", password)
        self.tunnel = tunnel

    def send(self, request):
        return parse(self.tunnel.exchange(self.port, request))


class Server:
    """Hands over machines that have logged in, one after the other."""

    def __init__(self, authority, name="mps"):
        authority.make(name, "/CN=mps.example.com", "root", "subjectAltName=DNS:mps.example.com")
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(authority.path(name, "pem"), authority.path(name, "key"))
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.tunnels, self.refusals, self.open = queue.Queue(), queue.Queue(), []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                wire, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.greet, args=(wire,), daemon=True).start()

    def greet(self, wire):
        try:
            wire.settimeout(60)
            tunnel = Tunnel(self.context.wrap_socket(wire, server_side=True))
            self.open.append(tunnel)  # or it would be closed when nobody looks
            self.tunnels.put(tunnel)
        except (OSError, EOFError) as error:
            self.refusals.put(error)

    def wait(self, seconds=30):
        return self.tunnels.get(timeout=seconds)

    def close(self):
        self.listener.close()


def configure(door, authority, port, user="machine", password="Cira-Pass-1", interval=1,
              detection="elsewhere.test", root="root", address="127.0.0.1"):
    """What a set-up server does for CIRA, in its order; `door` is the administrator's."""
    service = AMT + "AMT_RemoteAccessService"
    door.call(AMT + "AMT_PublicKeyManagementService", "AddTrustedRootCertificate",
              CertificateBlob=base64.b64encode(authority.der(root)).decode())
    values = [door.call(service, "AddMpServer", AccessInfo=address, InfoFormat=3, Port=port,
                        AuthMethod=2, Username=user, Password=password, CN="mps.example.com")[0]]
    name = "Intel(r) AMT:Management Presence Server 0"
    for trigger, life, data in [(2, 0, base64.b64encode(struct.pack(">II", 0, interval)).decode()),
                                (0, 300, "")]:
        values.append(door.call(
            service, "AddRemoteAccessPolicyRule", Trigger=trigger, TunnelLifeTime=life,
            ExtendedData=data,
            MpServer=reference(AMT + "AMT_ManagementPresenceRemoteSAP", "Name", name))[0])
    values.append(door.call(AMT + "AMT_UserInitiatedConnectionService", "RequestStateChange",
                            RequestedState=32771)[0])
    detect(door, detection)
    return values


def detect(door, *strings):
    settings = "Intel(r) AMT Environment Detection Settings"
    body = "".join(f"<h:DetectionStrings>{text}</h:DetectionStrings>" for text in strings)
    uri = AMT + "AMT_EnvironmentDetectionSettingData"
    return door.ask(
        TRANSFER + "Put", uri,
        f'<h:AMT_EnvironmentDetectionSettingData xmlns:h="{uri}"><h:DetectionAlgorithm>0'
        f"</h:DetectionAlgorithm>{body}<h:ElementName>{settings}</h:ElementName><h:InstanceID>"
        f"{settings}</h:InstanceID></h:AMT_EnvironmentDetectionSettingData>",
        f'<w:SelectorSet><w:Selector Name="InstanceID">{settings}</w:Selector></w:SelectorSet>')[0]
