"""A site with a provisioning server, and simulated machines that the agent runs on. For the tests
beside this file."""

import itertools
import json
import random
import subprocess

import agent  # first: it finds the tests of the server
import activation
import provisioning_pfx
from activation import DOMAIN, PASSWORD, Site

MACHINES = itertools.count(0x6000)


class Ground:
    """The real server with profiles of every kind, and an AMT 19 whose chip it trusts."""

    def __init__(self, *flags):
        self.scratch = activation.folder()
        provisioning_pfx.make_chip(self.scratch)
        self.chip = ("--personality", "19", "--certificate", self.scratch / "chip.pem", "--key",
                     self.scratch / "chip.key")
        self.site = Site(["--on-die-roots", self.scratch / "on-die.pem", *flags])
        self.site.make_cira()
        self.site.make_domain()
        self.site.make_profile("ccm")
        self.site.make_profile("acm", "acmactivate")
        self.site.make_profile("home", "acmactivate", ciraConfigName="home")
        self.site.make_profile("tls", "acmactivate", tlsMode=1)
        self.url = f"ws://127.0.0.1:{self.site.port}/activate"
        self.secure_url = f"wss://localhost:{self.site.server.https}/activate"
        self.ca = self.site.server.data / "ca.pem"

    def machine(self, *options):
        return Machine(self, options)


class Machine:
    """One simulated machine; its state stays from command to command."""

    def __init__(self, ground, options):
        number = next(MACHINES)
        self.ground = ground
        self.state = ground.scratch / f"machine-{number:x}"
        self.guid = f"{number:08x}-0000-4000-8000-000000000000"
        self.options = ["--guid-base", self.guid, "--state", self.state, "--keys-fast",
                        "--dns-suffix", "pc." + DOMAIN, "--cira-via",
                        f"127.0.0.1:{ground.site.server.cira}", *ground.site.roots, *options]
        self.arguments = ("--lmsport", "1")  # whatever listens on 16992 is another machine

    def has_lms(self):
        """On ports of its own, so that tests may run side by side."""
        port = str(random.Random().randrange(20000, 29000, 2))
        self.options += ["--lms-port", port]
        self.arguments = ("--lmsport", port)
        return self

    def run(self, *arguments, status=0, **environment):
        return agent.run(*map(str, (*arguments, *self.arguments)), options=self.texts(),
                         status=status, **environment)

    def to_server(self, *arguments, password=None, **more):
        if password is not None:
            more["AMT_PASSWORD"] = password
        return self.run(*arguments, "--url", self.ground.url, **more)

    def activate(self, profile, *arguments, **more):
        return self.to_server("activate", "--profile", profile, *arguments, **more)

    def deactivate(self, *arguments, password=PASSWORD, **more):
        return self.to_server("deactivate", *arguments, password=password, **more)

    def facts(self):
        return json.loads(self.run("amtinfo", "--json", "--mode", "--dns").out)

    def mode(self):
        return self.facts()["controlMode"]

    def texts(self, *more):
        return tuple(map(str, (*self.options, *more)))

    def start(self, *arguments, stay=False, **environment):
        """In the background; with `stay` the machine runs on when the command has ended."""
        options = self.texts(*(["--stay"] if stay else []))
        return subprocess.Popen(
            agent.command(*map(str, (*arguments, *self.arguments)), options=options),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd="/", env=agent.surroundings(**environment))
