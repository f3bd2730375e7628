"""Programs that are not ours: the toolkit's package builds requests, curl sends them with its own
digest and TLS, Python's expat reads the answers."""

import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as tree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "server"))
from rig import contains, same  # pylint: disable=wrong-import-position

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
ADDRESSING = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
WSMAN = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
ENUMERATION = "{http://schemas.xmlsoap.org/ws/2004/09/enumeration}"
SPACES = {
    "AMT": "http://intel.com/wbem/wscim/1/amt-schema/1/",
    "CIM": "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/",
    "IPS": "http://intel.com/wbem/wscim/1/ips-schema/1/",
}


class Builder:
    """The package in a process of node."""

    def __init__(self, folder):
        self.process = subprocess.Popen(["node", "builder.js"], cwd=folder, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def classes(self):
        return self.ask({})

    def build(self, space, name, method, *arguments):
        return self.ask({"space": space, "name": name, "method": method,
                         "arguments": list(arguments)})

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


class Curl:
    """Sends requests to one port of one device."""

    def __init__(self, folder, url, password, settings):
        self.folder = folder
        self.lines = [f'url = "{url}"', "digest", f'user = "admin:{password}"',
                      "header = \"Content-Type: application/soap+xml; charset=utf-8\"",
                      "noproxy = \"*\"", "max-time = 60", *settings]

    def send(self, bodies):
        """Status and text of each answer; one process for all of them."""
        parts = []
        for number, body in enumerate(bodies):
            (self.folder / f"{number}.request").write_text(body)
            (self.folder / f"{number}.answer").unlink(missing_ok=True)
            parts.append("\n".join([
                *self.lines, f'data-binary = "@{number}.request"', f'output = "{number}.answer"',
                'write-out = "%{http_code}\\n"']))
        (self.folder / "curl.conf").write_text("\nnext\n".join(parts) + "\n")
        done = subprocess.run(["curl", "--silent", "--show-error", "--config", "curl.conf"],
                              cwd=self.folder, capture_output=True, text=True, timeout=600,
                              check=False)
        if done.returncode != 0:
            raise AssertionError(f"curl ended with {done.returncode}: {done.stderr}")
        return [(int(status), (self.folder / f"{number}.answer").read_text())
                for number, status in enumerate(done.stdout.split())]


class Fault(Exception):
    """A SOAP fault; its text is the subcode."""


def local(element):
    return element.tag.rpartition("}")[2]


def space_of(element):
    return element.tag[1:].partition("}")[0]


def opened(request, status, text):
    """Checks the envelope of an answer and returns what is in its body; None when that is empty."""
    if re.search(r">\s+<", text):
        raise AssertionError(f"white space between elements: {text}")
    asked = tree.fromstring(request).find(f"{SOAP}Header")
    root = tree.fromstring(text)
    same(root.tag, f"{SOAP}Envelope")
    same([local(child) for child in root], ["Header", "Body"])
    header, body = root
    same(header.findtext(f"{ADDRESSING}RelatesTo"), asked.findtext(f"{ADDRESSING}MessageID"))
    contains(header.findtext(f"{ADDRESSING}MessageID"), "uuid:00000000-8086-8086-8086-")
    fault = body.find(f"{SOAP}Fault")
    if fault is not None:
        raise Fault(fault.findtext(f"{SOAP}Code/{SOAP}Subcode/{SOAP}Value"))
    same(status, 200)
    same(header.findtext(f"{ADDRESSING}Action"), asked.findtext(f"{ADDRESSING}Action") + "Response")
    same(header.findtext(f"{WSMAN}ResourceURI"), asked.findtext(f"{WSMAN}ResourceURI"))
    same(len(body) <= 1, True)
    return body[0] if len(body) == 1 else None


def reference(element):
    """An endpoint reference as the package takes it."""
    parameters = element.find(f"{ADDRESSING}ReferenceParameters")
    return {
        "Address": element.findtext(f"{ADDRESSING}Address"),
        "ReferenceParameters": {
            "ResourceURI": parameters.findtext(f"{WSMAN}ResourceURI"),
            "SelectorSet": {"Selector": [
                {"_": selector.text, "$": {"Name": selector.get("Name")}}
                for selector in parameters.iter(f"{WSMAN}Selector")]}}}


def as_object(element):
    """The properties of an instance as the package's clients hold them."""
    found = {}
    for child in element:
        value = child.text or ""
        if child.find(f"{ADDRESSING}ReferenceParameters") is not None:
            value = reference(child)
        elif len(child) > 0:
            value = {local(part): part.text or "" for part in child}
        name = local(child)
        if name in found:
            if not isinstance(found[name], list):
                found[name] = [found[name]]
            found[name].append(value)
        else:
            found[name] = value
    return found


class Device:
    """A device as those clients see it."""

    def __init__(self, builder, curl):
        self.builder = builder
        self.curl = curl
        self.called = set()
        self.tls_only = False

    def ask(self, questions):
        """Answers of (space, name, method, arguments…), as what is in the body or a Fault."""
        requests = [self.builder.build(*question) for question in questions]
        self.called |= {question[:3] for question in questions}
        answers = []
        for request, (status, text) in zip(requests, self.curl.send(requests)):
            try:
                answers.append(opened(request, status, text))
            except Fault as fault:
                answers.append(fault)
            except AssertionError as wrong:
                raise AssertionError(f"{wrong}\nto {request}\nthe answer is {text}") from wrong
        return answers

    def one(self, *question):
        """The same for one question; a fault is raised."""
        answer = self.ask([question])[0]
        if isinstance(answer, Fault):
            raise AssertionError(f"{question}: {answer}")
        return answer

    def refused(self, *question):
        """What the package can say and no client ever does: firmware's answer is not known."""
        same(str(self.ask([question])[0]), "b:ActionNotSupported")

    def invoke(self, space, name, method, *arguments, gives=(0,)):
        """Calls a method; its outputs. `gives`: the return values that are right."""
        output = self.one(space, name, method, *arguments)
        found = {local(child): child for child in output}
        same(local(output).lower().endswith("_output"), True)
        same(local(output[-1]), "ReturnValue")
        value = int(found["ReturnValue"].text)
        if value not in gives:
            raise AssertionError(f"{name}.{method} returned {value}")
        return found

    def put_back(self, space, name):
        """Puts what a Get (or, for several instances, the first one of a Pull) gave."""
        before = as_object(self.first(space, name))
        after = self.one(space, name, "Put", before)
        return before, None if after is None else as_object(after)

    def first(self, space, name):
        context = self.one(space, name, "Enumerate").findtext(f"{ENUMERATION}EnumerationContext")
        return self.one(space, name, "Pull", context).find(f"{ENUMERATION}Items")[0]


def selector_of(element, name):
    """The value of one selector of a reference in an answer."""
    for selector in element.iter(f"{WSMAN}Selector"):
        if selector.get("Name") == name:
            return selector.text
    raise AssertionError(f"no {name} in {tree.tostring(element)}")
