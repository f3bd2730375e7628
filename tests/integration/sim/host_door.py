"""A program on the machine itself that sets it up through its local door, written from the
description of the protocol and from nothing of ours: WSMAN with digest logins, plain or inside
TLS, and a certificate authority out of the openssl command."""

import base64
import hashlib
import http.client
import os
import pathlib
import re
import socket
import ssl
import subprocess

AMT = "http://intel.com/wbem/wscim/1/amt-schema/1/"
IPS = "http://intel.com/wbem/wscim/1/ips-schema/1/"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/"
HOST_BASED = IPS + "IPS_HostBasedSetupService"
SETUP = AMT + "AMT_SetupAndConfigurationService"
PROVISIONING = "2.16.840.1.113741.1.2.3"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def unpem(text):
    body = re.search(r"-----BEGIN CERTIFICATE-----(.*?)-----END", text, re.S).group(1)
    return base64.b64decode(body)


def reference(uri, name, value):
    return ('<Address xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">/wsman</Address>'
            '<ReferenceParameters xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
            f'<ResourceURI xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">{uri}</ResourceURI>'
            '<SelectorSet xmlns="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">'
            f'<Selector Name="{name}">{value}</Selector></SelectorSet></ReferenceParameters>')


class Refused(Exception):
    """401: wrong user or password."""


class Lost(Exception):
    """The connection ended without an answer."""


class Door:
    """One user's way in. Every request is a connection of its own, as rpc-go has it."""

    def __init__(self, address, port, user, password, context=None):
        self.address, self.port, self.context = address, port, context
        self.user, self.password, self.challenge, self.count = user, password, None, 0
        self.peer = None

    def send(self, request):
        wire = socket.create_connection((self.address, self.port), timeout=30)
        try:
            if self.context is not None:
                wire = self.context.wrap_socket(wire, server_hostname="amt")
                self.peer = wire.getpeercert(True)
            wire.sendall(request)
            answer = http.client.HTTPResponse(wire)
            answer.begin()
            return answer.status, answer.headers, answer.read().decode()
        except (http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
            raise Lost(str(error)) from error
        finally:
            wire.close()

    def login(self):
        if self.challenge is None:
            return ""
        self.count += 1
        realm, nonce = self.challenge
        count, once = f"{self.count:08x}", os.urandom(8).hex()
        first = md5(f"{self.user}:{realm}:{self.password}")
        response = md5(f"{first}:{nonce}:{count}:{once}:auth:{md5('POST:/wsman')}")
        return (f'Authorization: Digest username="{self.user}",realm="{realm}",nonce="{nonce}",'
                f'uri="/wsman",qop="auth",response="{response}",nc="{count}",cnonce="{once}"\r\n')

    def post(self, text):
        body = text.encode()
        for _ in range(2):
            head = ("POST /wsman HTTP/1.1\r\n" + self.login() + "Host: amt:16992\r\n"
                    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            status, headers, answer = self.send(
                head.encode() + b"%X\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
            if status != 401:
                return status, answer
            self.challenge = re.search(r'realm="(.*?)", *nonce="(.*?)"',
                                       headers["WWW-Authenticate"]).groups()
        raise Refused(self.user)

    def ask(self, action, uri, body="", selectors=""):
        return self.post(
            '<?xml version="1.0" encoding="utf-8"?>'
            '<Envelope xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" '
            'xmlns="http://www.w3.org/2003/05/soap-envelope"><Header>'
            f"<a:Action>{action}</a:Action><a:To>/wsman</a:To>"
            f"<w:ResourceURI>{uri}</w:ResourceURI><a:MessageID>1</a:MessageID>{selectors}"
            "<a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
            "</a:Address></a:ReplyTo><w:OperationTimeout>PT60S</w:OperationTimeout></Header>"
            f"<Body>{body}</Body></Envelope>")

    def get(self, uri):
        status, text = self.ask(TRANSFER + "Get", uri)
        if status != 200:
            raise AssertionError(f"Get {uri}: {status} {text}")
        return text

    def read(self, uri, name):
        found = re.findall(rf"<g:{name}>(.*?)</g:{name}>", self.get(uri))
        return found[0] if found else None

    def pull(self, uri):
        _, text = self.ask(ENUMERATION + "Enumerate", uri, f'<Enumerate xmlns="{ENUMERATION[:-1]}"/>')
        context = re.search("EnumerationContext>(.*?)<", text).group(1)
        return self.ask(ENUMERATION + "Pull", uri,
                        f'<Pull xmlns="{ENUMERATION[:-1]}"><EnumerationContext>{context}'
                        "</EnumerationContext><MaxElements>999</MaxElements></Pull>")[1]

    def call(self, uri, method, **arguments):
        """The ReturnValue, and the whole answer."""
        inside = "".join(f"<h:{name}>{value}</h:{name}>" for name, value in arguments.items())
        status, text = self.ask(f"{uri}/{method}", uri,
                                f'<h:{method}_INPUT xmlns:h="{uri}">{inside}</h:{method}_INPUT>')
        value = re.search("<g:ReturnValue>(.*?)<", text)
        if status != 200 or value is None:
            raise AssertionError(f"{method}: {status} {text}")
        return int(value.group(1)), text

    def put(self, uri, instance, **values):
        inside = "".join(f"<h:{name}>{value}</h:{name}>" for name, value in values.items())
        name = uri.rsplit("/", 1)[1]
        selectors = ("<w:SelectorSet><w:Selector Name=\"InstanceID\">" + instance
                     + "</w:Selector></w:SelectorSet>")
        status, text = self.ask(TRANSFER + "Put", uri, f'<h:{name} xmlns:h="{uri}">{inside}</h:{name}>',
                                selectors)
        if status != 200:
            raise AssertionError(f"Put {name}: {status} {text}")
        return text

    def subscribe(self, name, address):
        """To a filter of events; the status."""
        uri = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_FilterCollection"
        space = "http://schemas.xmlsoap.org/ws/2004/08/eventing"
        where = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
        return self.ask(
            space + "/Subscribe", uri,
            f'<e:Subscribe xmlns:e="{space}"><e:Delivery Mode="{space}/DeliveryModes/Push">'
            f'<e:NotifyTo><b:Address xmlns:b="{where}">{address}</b:Address></e:NotifyTo>'
            "</e:Delivery></e:Subscribe>",
            '<w:SelectorSet><w:Selector Name="InstanceID">' + name
            + "</w:Selector></w:SelectorSet>")[0]

    # ---- set-up ----

    def realm(self):
        return self.read(AMT + "AMT_GeneralSettings", "DigestRealm")

    def hashed(self, password):
        return md5(f"admin:{self.realm()}:{password}")

    def set_up(self, password):
        return self.call(HOST_BASED, "Setup", NetAdminPassEncryptionType=2,
                         NetworkAdminPassword=self.hashed(password))[0]

    def add_chain(self, chain):
        """The return values, up to the first that is not 0."""
        values = []
        for number, der in enumerate(chain):
            values.append(self.call(
                HOST_BASED, "AddNextCertInChain", NextCertificate=base64.b64encode(der).decode(),
                IsLeafCertificate="true" if number == 0 else "false",
                IsRootCertificate="true" if number == len(chain) - 1 else "false")[0])
            if values[-1] != 0:
                break
        return values

    def sign(self, key, nonce=None):
        """McNonce and DigitalSignature for the device's nonce of now."""
        device = base64.b64decode(nonce or self.read(HOST_BASED, "ConfigurationNonce"))
        ours = os.urandom(20)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=device + ours,
                              capture_output=True, check=True)
        return {"McNonce": base64.b64encode(ours).decode(), "SigningAlgorithm": 2,
                "DigitalSignature": base64.b64encode(done.stdout).decode()}

    def admin_setup(self, password, key, **changes):
        arguments = {"NetAdminPassEncryptionType": 2, "NetworkAdminPassword": self.hashed(password),
                     **self.sign(key), **changes}
        return self.call(HOST_BASED, "AdminSetup", **arguments)[0]

    def upgrade(self, key):
        return self.call(HOST_BASED, "UpgradeClientToAdmin", **self.sign(key))[0]

    def mode(self):
        return int(self.read(HOST_BASED, "CurrentControlMode"))


class Authority:
    """A root, an intermediate and leaves for provisioning, made by openssl in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.make("root", "/CN=Test Root", None, "basicConstraints=critical,CA:TRUE")
        self.make("middle", "/CN=Test Intermediate", "root", "basicConstraints=critical,CA:TRUE")
        self.hash = hashlib.sha256(self.der("root")).hexdigest()

    def path(self, name, kind):
        return str(self.folder / f"{name}.{kind}")

    def make(self, name, subject, issuer, *extensions, days=30, key="rsa:2048"):
        request = self.path(name, "csr")
        settings = self.folder / f"{name}.ext"
        settings.write_text("\n".join(extensions) + "\n")
        kind = ["-newkey", key] if key != "ec" else ["-newkey", "ec", "-pkeyopt",
                                                     "ec_paramgen_curve:P-256"]
        subprocess.run(["openssl", "req", "-new", *kind, "-nodes", "-subj", subject, "-keyout",
                        self.path(name, "key"), "-out", request], capture_output=True, check=True)
        signer = (["-signkey", self.path(name, "key")] if issuer is None else
                  ["-CA", self.path(issuer, "pem"), "-CAkey", self.path(issuer, "key"),
                   "-CAcreateserial"])
        subprocess.run(["openssl", "x509", "-req", "-sha256", "-in", request, *signer, "-days",
                        str(days), "-extfile", str(settings), "-out", self.path(name, "pem")],
                       capture_output=True, check=True)

    def leaf(self, name, subject, usage="serverAuth," + PROVISIONING, issuer="middle", **options):
        extensions = [f"extendedKeyUsage={usage}"] if usage else []
        self.make(name, subject, issuer, *extensions, **options)
        return self.chain(name), self.path(name, "key")

    def der(self, name):
        return unpem(pathlib.Path(self.path(name, "pem")).read_text())

    def chain(self, name):
        return [self.der(name), self.der("middle"), self.der("root")]


class Machine:
    """`amtsim lan` with one machine that nobody has set up; a context manager."""

    LOCAL, PASSWORD = "Local-Pass-1", "Admin-Pass-1"

    def __init__(self, *arguments, personality="16.1"):
        self.process = subprocess.Popen(
            [os.environ["AMTSIM"], "lan", "--unprovisioned", "--ports", "0", "--personality",
             personality, "--local-password", self.LOCAL, *arguments],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ports = {name: int(port) for name, port in re.findall(r"([a-z-]+)=(\d+)\b", line)}
        self.address = line.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.status = self.process.wait(timeout=30)
        self.process.stdout.close()

    def local(self, **options):
        return Door(self.address, self.ports["http"], "$$OsAdmin", self.LOCAL, **options)

    def admin(self, password=None):
        return Door(self.address, self.ports["http"], "admin", password or self.PASSWORD)

    def secure(self, user="admin", password=None, context=None):
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return Door(self.address, self.ports["https"], user, password or self.PASSWORD, context)
