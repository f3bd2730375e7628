"""An Enterprise Assistant (spec rps 5.7): beside the site's directory, whose accounts it gives, and
its CA, which signs what devices ask for. For the tests beside this file."""

import base64
import json
import pathlib
import socket
import subprocess
import threading

from activation import ADMIN
from agent import Agent
from certificate_request import request_of
from websocket_client import Closed

ACCOUNT = ("pc-1@corp.example.com", "R4dius-s3cret!")


class Assistant:
    """Connects and answers until it is closed; `asked` has what it was asked for."""

    def __init__(self, site, folder):
        self.folder = pathlib.Path(folder)
        self.asked = []
        self.plans = {}  # (part of a request's "subaction", trouble) by the name of a computer
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                     "ca.pem", "-days", "3650", "-subj", "/CN=Test Site CA")
        self.root = base64.b64encode(
            self.openssl("x509", "-in", "ca.pem", "-outform", "DER")).decode()
        status, answer = site.ask("POST", f"{ADMIN}/agenttokens",
                                  {"purpose": "enterprise-assistant"})
        assert status == 201, answer
        self.line = Agent(site.server, f"/ea?token={answer['token']}")
        self.line.socket.settimeout(None)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def openssl(self, *arguments, given=None):
        return subprocess.run(["openssl", *arguments], cwd=self.folder, input=given, check=True,
                              capture_output=True).stdout

    def sign(self, request):
        """The certificate; openssl(1) looks at the request's own signature first."""
        return self.openssl("x509", "-req", "-inform", "DER", "-CA", "ca.pem", "-CAkey", "ca.key",
                            "-CAcreateserial", "-days", "365", "-outform", "DER", given=request)

    def answer(self, asked):
        kind = asked["subaction"]
        if kind == "802.1x-KeyPair-Response":
            csr = request_of(base64.b64decode(asked["DERKey"]), asked["devname"])
            return {"keyInstanceId": asked["keyInstanceId"], "csr": base64.b64encode(csr).decode()}
        if kind == "802.1x-CSR-Response":
            made = self.sign(base64.b64decode(asked["signedcsr"]))
            return {"certificate": base64.b64encode(made).decode(), "rootcert": self.root,
                    "username": ACCOUNT[0]}
        if asked["authProtocol"] == 2:
            return {"username": ACCOUNT[0], "password": ACCOUNT[1], "rootcert": self.root}
        return {}

    def spoilt(self, asked):
        """The answer, or what the computer's trouble makes of it; None: nothing."""
        at, kind = self.plans.get(asked["devname"], ("nothing", None))
        if at not in asked["subaction"]:
            return self.answer(asked)
        if kind == "gone":
            raise EOFError("as planned")
        if kind == "silent":
            return None
        if kind == "empty":
            return {}
        made_up = "%%%" if kind == "no base64" else base64.b64encode(b"nothing").decode()
        return {name: value if name == "keyInstanceId" else made_up
                for name, value in self.answer(asked).items()}

    def serve(self):
        try:
            while True:
                asked = json.loads(self.line.text())
                self.asked.append((asked["subaction"], asked["authProtocol"]))
                response = self.spoilt(asked)
                if response is not None:
                    self.line.frame(1, json.dumps({"nodeid": asked["nodeid"],
                                                   "response": response}).encode())
        except EOFError:
            self.hang_up()
        except (OSError, Closed):
            pass

    def hang_up(self):
        try:
            self.line.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the server was first

    def close(self):
        """Hangs up and waits for the reader: a descriptor that it still reads from may be the next
        connection's."""
        self.hang_up()
        self.thread.join()
        self.line.close()
