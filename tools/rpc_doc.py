"""Keeps docs/rpc.md, and the table of the agent's commands in docs/compatibility.md, true.

usage: rpc_doc.py check|write AMTSIM RPC OUTBAND

Blocks of docs/rpc.md that begin with "```console MACHINE OPTIONS" hold command lines ("$ rpc …")
and what they print: the lines of a block are run by a shell beside one simulated engine, blocks with
the same MACHINE on one machine, whose runs have the OPTIONS of `amtsim mei`. TRUST among them stands
for the root of provisioning.pfx and the DNS suffix of its site, CHIP for an AMT 19 whose certificate
leads to on-die.pem. What else the machines find is in `Place`. Tables between marks are made from the
program's own lists. "check" fails when anything printed differs, and when a command of the program
stands in no block; "write" puts what is printed in its place.
"""

import base64
import difflib
import fcntl
import json
import os
import pathlib
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs/rpc.md"
COMPATIBILITY = ROOT / "docs/compatibility.md"
PASSWORD = "Am1!docs-pass"
SUFFIX = "corp.example.com"
HOSTS = "127.0.0.1 localhost rps.example.com\n"
ALONE = ["unshare", "-rnum"]
NEXT = "\x1e\n"  # between the output of two command lines
VARYING = [  # what differs from run to run, or from machine to machine
    (re.compile(r'(time="|"time":")[^"]*'), r"\g<1>2026-11-23T04:45:29Z"),
    (re.compile(r"\d{8}_\d{6}_"), "20261123_044529_"),
    (re.compile(r"\(\d+\) of root"), "(4711) of root"),  # a process
    (re.compile(r"^(  (?:Compiler|Platform|Commit|Built) {2,}).*$", re.MULTILINE), r"\1…"),
    (re.compile(r"^consent code shown .*\n", re.MULTILINE), ""),  # the simulator's own line
]


def may_be_alone():
    trial = " && ".join(f"mount --bind /dev/null /etc/{name}" for name in ("hosts", "resolv.conf"))
    return subprocess.run([*ALONE, "sh", "-c", trial], capture_output=True,
                          check=False).returncode == 0


def be_alone(folder):
    """No network but loopback, and no names but these."""
    socket.sethostname("pc-1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x41))  # SIOCSIFFLAGS: up
    for name, text in (("hosts", HOSTS), ("resolv.conf", "")):
        (folder / name).write_text(text)
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)


class Place:
    """What the machines of the examples find: in the folder `work`, AMT's password in `secret`, the
    MEBx's in `mebx`, a provisioning certificate (provisioning.pfx) with its password in `pfx-secret`,
    and the root of AMT 19's certificates (on-die.pem); on rps.example.com a server that has that
    certificate, too, and profiles `desks` (client control mode) and `servers` (admin control mode,
    with calls to the server). Its CA is in ca.pem, a token of its administrator in `token`."""

    def __init__(self, outband, amtsim, folder):
        sys.path += [str(ROOT / "tests/integration" / room) for room in ("server", "rpc")]
        sys.argv[1:] = [outband]
        os.environ.update(AMTSIM=amtsim, RPC="")
        # pylint: disable=import-outside-toplevel,import-error
        import activation
        import machine
        import provisioning_pfx
        self.work = folder / "work"
        self.work.mkdir()
        (folder / "chip").mkdir()
        machine.make_on_die(folder / "chip")
        (self.work / "on-die.pem").write_bytes((folder / "chip/root.pem").read_bytes())
        pfx = provisioning_pfx.make(f"amt.{SUFFIX}")
        self.words = {
            "TRUST": ["--trusted-root", provisioning_pfx.root_hash(pfx), "--dns-suffix", SUFFIX],
            "CHIP": ["--personality", "19", "--certificate", str(folder / "chip/chip.pem"),
                     "--key", str(folder / "chip/chip.key")]}
        self.site = activation.Site(
            ["--https", "127.0.0.1:8443", "--cira", "127.0.0.1:4433", "--common-name",
             "rps.example.com", "--on-die-roots", self.work / "on-die.pem"])
        self.site.make("domains", {
            "profileName": "corp", "domainSuffix": SUFFIX, "provisioningCert": pfx,
            "provisioningCertPassword": provisioning_pfx.PASSWORD,
            "provisioningCertStorageFormat": "string"})
        self.site.make_cira(mpsServerAddress="rps.example.com", serverAddressFormat=201,
                            common="rps.example.com")
        self.site.make_profile("desks", amtPassword=PASSWORD)
        self.site.make_profile("servers", "acmactivate", amtPassword=PASSWORD,
                               ciraConfigName="home")
        (self.work / "provisioning.pfx").write_bytes(base64.b64decode(pfx))
        for name, text in (("secret", PASSWORD), ("mebx", "Mebx-docs-1!"), ("next", "N3xt!docs-pass"),
                           ("pfx-secret", provisioning_pfx.PASSWORD),
                           ("token", self.site.server.token)):
            (self.work / name).write_text(text + "\n")
        (self.work / "ca.pem").write_bytes((self.site.server.data / "ca.pem").read_bytes())

    def options(self, words):
        return [option for word in words for option in self.words.get(word, [word])]


class Machines:
    """Simulated machines by name, each with a file that keeps its state."""

    def __init__(self, amtsim, rpc, outband, folder):
        self.amtsim, self.rpc, self.folder = amtsim, rpc, folder
        self.place = Place(outband, amtsim, folder)
        (folder / "bin").mkdir()
        (folder / "bin/rpc").symlink_to(rpc)

    def run(self, machine, words, lines):
        """What each of the lines prints."""
        state = self.folder / machine
        options = self.place.options(words)
        if state.exists() and "--activated" in options:  # for the first run
            at = options.index("--activated")
            del options[at:at + 2]
        script = "".join(f"{line}\nprintf '{NEXT[0]}\\n'\n" for line in lines)
        with subprocess.Popen(
                [self.amtsim, "mei", "--keys-fast", "--state", str(state), *options, "--", "bash",
                 "-c", script],
                cwd=self.place.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, start_new_session=True,
                env={"PATH": f"{self.folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                     "RPC_STATE_FOLDER": f"{self.folder}/kept"}) as process:
            try:
                text, _ = process.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        text = "\n".join(part.rstrip(" ") for part in text.split("\n"))
        for pattern, instead in VARYING:
            text = pattern.sub(instead, text)
        return [part.rstrip("\n") for part in text.split(NEXT)[:len(lines)]]


def commands_of(guide):
    """The command lines of the blocks, without `rpc`."""
    for block in re.findall(r"^```console .+\n((?:.*\n)*?)```\n", guide, flags=re.MULTILINE):
        yield from re.findall(r"^\$ rpc (.+)$", block, flags=re.MULTILINE)


def missing(guide, listed):
    """The program's commands that no block shows."""
    shown = [line + " " for line in commands_of(guide)]
    for command in listed["commands"]:
        names = [command["path"], *command.get("aliases", [])]
        if not any(line.startswith(name + " ") for line in shown for name in names):
            yield command["path"]


def with_examples(text, machines):
    """The guide with what each command line prints."""
    def block(found):
        words = shlex.split(found.group(1))
        lines = [line[2:] for line in found.group(2).splitlines() if line.startswith("$ ")]
        printed = []
        for line, answer in zip(lines, machines.run(words[0], words[1:], lines)):
            printed += ["$ " + line, *filter(None, [answer])]
        return f"```console {found.group(1)}\n" + "\n".join(printed) + "\n```\n"
    return re.sub(r"^```console (.+)\n((?:.*\n)*?)```\n", block, text, flags=re.MULTILINE)


def with_section(text, name, lines):
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, rest = text.split(begin)
    return head + begin + "".join(line + "\n" for line in lines) + end + rest.split(end, 1)[1]


def exit_lines():
    source = (ROOT / "src/rpc/run/exit_code.h").read_text()
    codes = re.findall(r'X\(\w+, (\d+), "(\w+)"\)', source)
    half = (len(codes) + 1) // 2
    yield "| | | | |"
    yield "|---|---|---|---|"
    for index in range(half):
        pair = codes[index::half]
        yield "| " + " | ".join(f"{number} | {name}" for number, name in pair) + " |"


def command_lines(listed):
    yield "| command | |"
    yield "|---|---|"
    for command in listed["commands"]:
        yield f"| `{command['path']}` | {command['help']} |"


def name_of(flag):
    more = ["-" + flag["letter"]] if "letter" in flag else []
    more += ["-" + alias if len(alias) == 1 else alias for alias in flag.get("aliases", [])]
    return f"{flag['name']} ({', '.join(more)})" if more else flag["name"]


def flags_cells(flags):
    def names(v2, v3):
        return ", ".join(name_of(flag) for flag in flags if (flag["v2"], flag["v3"]) == (v2, v3))
    return " | ".join((names(True, True), names(True, False), names(False, True),
                       names(False, False)))


def generation_lines(listed):
    yield "| command (and its other names) | v2 | v3 | ours | flags of both | only v2's | only v3's | only ours |"
    yield "|---|---|---|---|---|---|---|---|"
    yield f"| *every command* | | | | {flags_cells(listed['flags'])} |"
    for command in listed["commands"]:
        also = f" ({', '.join(command['aliases'])})" if "aliases" in command else ""
        words = ["yes" if command[peer] else "–" for peer in ("v2", "v3")]
        yield (f"| {command['path']}{also} | {' | '.join(words)} | yes | "
               f"{flags_cells(command['flags'])} |")


V2S = {"AMT_PASSWORD", "CONFIG_ENCRYPTION_KEY", "ENVIRONMENT_DETECTION"}  # v3's names that v2 has
V2S_ALONE = {"SMB_DOMAIN", "SMB_PASSWORD", "SMB_USER"}  # and those that v3 doesn't
OTHER_VARIABLES = [  # what stands for no flag
    ("`SUDO_USER`", "the user of `smb://` paths, with a password", "yes", "–", "yes"),
    ("`RPC_PORT_SWITCH_MAX_DELAY`, `RPC_PORT_SWITCH_EXTRA_DELAY`",
     "how long AMT gets to change its port", "yes", "yes", "yes, flags too, which no help has"),
    ("`RPC_` and the flag's name", "every other flag", "–", "yes", "yes"),
    ("`NAME_FILE` for the `NAME` of a secret", "a file with it", "–", "–", "yes"),
    ("`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`", "as `--proxy`", "yes", "yes", "yes"),
    ("`SSL_CERT_FILE`, `SSL_CERT_DIR`", "roots of servers' certificates", "yes", "yes", "yes"),
]


def variable_lines(listed):
    yield "| variable | stands for | v2 | v3 | ours |"
    yield "|---|---|---|---|---|"
    flags = listed["flags"] + [one for command in listed["commands"] for one in command["flags"]]
    own = {one["environment"]: one["name"] for one in flags
           if not one["environment"].startswith("RPC_")}
    old = {one["environmentV2"]: one["name"] for one in flags if "environmentV2" in one}
    for name in sorted(own):
        yield (f"| `{name}` | `--{own[name]}` | {'yes' if name in V2S | V2S_ALONE else '–'} | "
               f"{'–' if name in V2S_ALONE else 'yes'} | yes |")
    for name in sorted(old):
        yield f"| `{name}` | `--{old[name]}` | yes | – | with `--compat v2` |"
    for row in OTHER_VARIABLES:
        yield f"| {' | '.join(row)} |"


def wanted(machines):
    listed = json.loads(subprocess.run([machines.rpc, "commands"], check=True, text=True,
                                       capture_output=True, cwd=machines.folder).stdout)
    guide = with_examples(GUIDE.read_text(), machines)
    guide = with_section(guide, "exits", exit_lines())
    guide = with_section(guide, "commands", command_lines(listed))
    table = with_section(COMPATIBILITY.read_text(), "agent", generation_lines(listed))
    table = with_section(table, "agent's variables", variable_lines(listed))
    texts = {GUIDE: guide, COMPATIBILITY: table}
    return texts, list(missing(guide, listed))


def check(texts, absent):
    print(f"1..{len(texts) + 1}")
    for number, (path, text) in enumerate(texts.items(), 1):
        was = path.read_text()
        for line in difflib.unified_diff(was.splitlines(), text.splitlines(), "written", "printed",
                                         lineterm="", n=1):
            print("# " + line)
        print(f"{'ok' if was == text else 'not ok'} {number} - {path.name} says what is printed "
              "(else: tools/rpc_doc.py write)")
    for path in absent:
        print(f"# no block shows rpc {path}")
    print(f"{'not ok' if absent else 'ok'} {len(texts) + 1} - {GUIDE.name} shows every command")


def alone(mode, *programs):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        be_alone(folder)
        amtsim, rpc, outband = programs
        machines = Machines(amtsim, rpc, outband, folder)
        try:
            texts, absent = wanted(machines)
        finally:
            machines.place.site.stop()
    if mode == "check":
        check(texts, absent)
        return
    for path, text in texts.items():
        path.write_text(text)


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in ("check", "write"):
        sys.exit(__doc__)
    mode, *programs = sys.argv[1:]
    programs = [str(pathlib.Path(path).resolve()) for path in programs]
    if "RPC_DOC_IS_ALONE" in os.environ:
        alone(mode, *programs)
    elif may_be_alone():
        os.environ["RPC_DOC_IS_ALONE"] = "yes"
        os.execvp(ALONE[0], [*ALONE, sys.executable, "-B", __file__, mode, *programs])
    else:
        print("1..1\nok 1 - the agent's documents # SKIP no right to run without a network")


if __name__ == "__main__":
    main()
