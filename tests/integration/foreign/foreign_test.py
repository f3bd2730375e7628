"""Foreign clients agree with `amtsim lan`: every class and method of the toolkit's package, by curl,
plain and over TLS."""

import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import tempfile

import methods
from clients import ENUMERATION, HERE, SPACES, Builder, Curl, Device, Fault, local, space_of
import npm  # beside the rig, where clients has us look
from rig import main, same

AMTSIM = os.environ["AMTSIM"]
FOLDER = pathlib.Path(os.environ["FOREIGN"])
PASSWORD = "Am1-foreign"
NAME = "sim-000000.example.test"

# Classes that firmware does not have, and why. Their requests are refused as unknown.
ABSENT = {
    "12.0.67": {
        "IPS_PowerManagementService": "came with the power saving of the system, AMT 15",
        "IPS_8021xCredentialContext": "wired 802.1X moved there after AMT 12",
        "IPS_IEEE8021xSettings": "wired 802.1X moved there after AMT 12",
    },
    "16.1": {},
    "19": {},
}

# Classes that clients only enumerate: what firmware says to a Get of them is not known, so any
# fault of the simulator is right.
ENUMERATED = {"AMT_8021xCredentialContext", "AMT_TLSCredentialContext", "CIM_IEEE8021xSettings",
              "CIM_MediaAccessDevice", "CIM_PhysicalMemory", "CIM_PhysicalPackage",
              "CIM_ServiceAvailableToElement", "CIM_SystemPackaging", "CIM_WiFiEndpointSettings",
              "CIM_ConcreteDependency", "CIM_CredentialContext", "IPS_8021xCredentialContext",
              "IPS_HTTPProxyAccessPoint"}

# Without an instance on a device that is as it was delivered.
EMPTY = {"IPS_AlarmClockOccurrence"}

OPEN_AT_ONCE = 6  # enumerations; firmware forgets the oldest one of many


class Lan:
    """One device, and curl for one of its ports."""

    def __init__(self, personality, scheme, verified=False):
        self.folder = tempfile.TemporaryDirectory(prefix="foreign-")
        self.process = subprocess.Popen(
            [AMTSIM, "lan", "--personality", personality, "--ports", "0", "--password", PASSWORD],
            stdout=subprocess.PIPE, text=True)
        port = re.search(rf" {scheme}=(\d+)", self.process.stdout.readline())[1]
        settings = []
        host = "127.0.0.1"
        if verified:
            pem = ssl.get_server_certificate((host, int(port)))
            (pathlib.Path(self.folder.name) / "device.pem").write_text(pem)
            settings = ['cacert = "device.pem"', f'resolve = "{NAME}:{port}:{host}"']
            host = NAME
        elif scheme == "https":
            settings = ["insecure"]
        self.curl = Curl(pathlib.Path(self.folder.name), f"{scheme}://{host}:{port}/wsman", PASSWORD,
                         settings)

    def __enter__(self):
        self.builder = Builder(FOLDER)
        return Device(self.builder, self.curl)

    def __exit__(self, *_):
        self.builder.stop()
        self.process.send_signal(signal.SIGTERM)
        try:
            same(self.process.wait(timeout=30), 0)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdout.close()
            self.folder.cleanup()


def is_instance(element, known):
    """Of the class that was asked for, or of a class derived from it."""
    same(space_of(element), SPACES[local(element)[:3]] + local(element))
    derived = {"CIM_ServiceAvailableToElement": "CIM_AssociatedPowerManagementService",
               "CIM_SystemPackaging": "CIM_ComputerSystemPackage"}
    names = {known["class"], derived.get(known["class"])}
    if known["class"] == "CIM_PhysicalPackage":
        names |= {"CIM_Card", "CIM_Chassis"}
    if known["class"] == "CIM_CredentialContext":
        names |= {"AMT_TLSCredentialContext", "AMT_8021xCredentialContext"}
    if local(element) not in names:
        raise AssertionError(f"{local(element)} instead of {known['class']}")
    ordered = [local(child) for child in element]
    same(ordered, sorted(ordered))


def check_gets(device, known, absent):
    answers = device.ask([(each["space"], each["name"], "Get") for each in known])
    for each, answer in zip(known, answers):
        wanted = None
        if each["class"] in absent or each["class"] in EMPTY:
            wanted = "b:DestinationUnreachable"
        elif each["class"] in ENUMERATED:
            wanted = str(answer) if isinstance(answer, Fault) else "a fault"
        if isinstance(answer, Fault):
            if str(answer) != wanted:
                raise AssertionError(f"Get {each['class']}: {answer}")
        elif wanted is not None:
            raise AssertionError(f"Get {each['class']} is answered")
        else:
            is_instance(answer, each)


def check_pulls(device, known, absent):
    """Follows every enumeration to its end."""
    answers = device.ask([(each["space"], each["name"], "Enumerate") for each in known])
    open_ones = []
    for each, answer in zip(known, answers):
        if each["class"] in absent:
            same(str(answer), "b:DestinationUnreachable")
        elif isinstance(answer, Fault):
            raise AssertionError(f"Enumerate {each['class']}: {answer}")
        else:
            open_ones.append((each, answer.findtext(f"{ENUMERATION}EnumerationContext")))
    for _ in range(20):
        answers = device.ask([(each["space"], each["name"], "Pull", context)
                              for each, context in open_ones])
        rest = []
        for (each, _), answer in zip(open_ones, answers):
            if isinstance(answer, Fault):
                raise AssertionError(f"Pull {each['class']}: {answer}")
            for item in answer.find(f"{ENUMERATION}Items"):
                is_instance(item, each)
            context = answer.findtext(f"{ENUMERATION}EnumerationContext")
            ended = answer.find(f"{ENUMERATION}EndOfSequence") is not None
            same(ended, context is None)
            if context is not None:
                rest.append((each, context))
        open_ones = rest
        if not open_ones:
            return
    raise AssertionError(f"no end: {open_ones}")


def check(personality, scheme, verified=False):
    absent = ABSENT[personality]
    with Lan(personality, scheme, verified) as device:
        known = device.builder.classes()
        check_gets(device, known, absent)
        for start in range(0, len(known), OPEN_AT_ONCE):
            check_pulls(device, known[start:start + OPEN_AT_ONCE], absent)
        methods.check(device, absent, personality == "19")
        left = {(each["space"], each["name"], method) for each in known
                for method in each["methods"] if each["class"] not in absent} - device.called
        same(sorted(left), sorted(methods.NOT_CALLED))


def amt_12_answers_plain():
    check("12.0.67", "http")


def amt_12_answers_inside_tls():
    check("12.0.67", "https")


def amt_16_answers_plain():
    check("16.1", "http")


def amt_16_answers_inside_tls_with_its_certificate_checked():
    check("16.1", "https", verified=True)


def amt_19_answers_inside_tls():
    check("19", "https")


def amt_19_answers_inside_tls_with_its_certificate_checked():
    check("19", "https", verified=True)


if __name__ == "__main__":
    FAILED = npm.install(HERE, FOLDER, ["builder.js"])
    if FAILED:
        sys.exit(npm.skip_all(FAILED))
    main([
        amt_12_answers_plain,
        amt_12_answers_inside_tls,
        amt_16_answers_plain,
        amt_16_answers_inside_tls_with_its_certificate_checked,
        amt_19_answers_inside_tls,
        amt_19_answers_inside_tls_with_its_certificate_checked,
    ])
