#!/usr/bin/python3
"""Keeps docs/rpc.md, and the table of the agent's commands in docs/compatibility.md, true.

usage: rpc_doc.py check|write AMTSIM RPC

Blocks of docs/rpc.md that begin with "```console MACHINE OPTIONS" hold command lines ("$ rpc …")
and what they print: each line is run beside a simulated engine, blocks with the same MACHINE on one
machine, whose runs have the OPTIONS of `amtsim mei`. A file `secret` with AMT's password is in
the folder. The runs have no network and no LMS, and the host is called pc-1. Tables between marks
are made from the program's own lists. "check" fails when anything printed differs; "write" puts it
in its place.
"""

import difflib
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs/rpc.md"
COMPATIBILITY = ROOT / "docs/compatibility.md"
PASSWORD = "Am1-docs-pass"
ALONE = ["unshare", "-rnu", "sh", "-c", 'hostname pc-1; exec "$@"', "sh"]
VARYING = [  # what differs from run to run, or from machine to machine
    (re.compile(r'(time="|"time":")[^"]*'), r"\g<1>2026-11-23T04:45:29Z"),
    (re.compile(r"\d{8}_\d{6}_"), "20261123_044529_"),
    (re.compile(r"^(  (?:Compiler|Platform) {2,}).*$", re.MULTILINE), r"\1…"),
]


def may_be_alone():
    return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0


class Machines:
    """Simulated machines by name, each with a file that keeps its state."""

    def __init__(self, amtsim, rpc):
        self.amtsim, self.rpc = (str(pathlib.Path(path).resolve()) for path in (amtsim, rpc))
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.path = pathlib.Path(self.folder.name)
        (self.path / "work").mkdir()
        (self.path / "work/secret").write_text(PASSWORD + "\n")

    def run(self, machine, options, line):
        state = self.path / machine
        mei = [self.amtsim, "mei", "--keys-fast", "--state", str(state), *options]
        words = shlex.split(line)
        assert words[0] == "rpc", line
        if state.exists() and "--activated" in mei:  # for the first run
            at = mei.index("--activated")
            del mei[at:at + 2]
        done = subprocess.run(
            [*ALONE, *mei, "--", self.rpc, *words[1:]], cwd=self.path / "work", check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=120, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        text = "\n".join(part.rstrip() for part in done.stdout.splitlines())
        for pattern, instead in VARYING:
            text = pattern.sub(instead, text)
        return text


def with_examples(text, machines):
    """The guide with what each command line prints."""
    def block(found):
        words = shlex.split(found.group(1))
        lines = [line for line in found.group(2).splitlines() if line.startswith("$ ")]
        printed = []
        for line in lines:
            printed += [line, *filter(None, [machines.run(words[0], words[1:], line[2:])])]
        return f"```console {found.group(1)}\n" + "\n".join(printed) + "\n```\n"
    return re.sub(r"^```console (.+)\n((?:.*\n)*?)```\n", block, text, flags=re.MULTILINE)


def with_section(text, name, lines):
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, rest = text.split(begin)
    return head + begin + "".join(line + "\n" for line in lines) + end + rest.split(end, 1)[1]


def exit_lines():
    source = (ROOT / "src/rpc/exit_code.h").read_text()
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
        if command["written"]:
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
        words.append("yes" if command["written"] else "not yet")
        yield f"| {command['path']}{also} | {' | '.join(words)} | {flags_cells(command['flags'])} |"


def wanted(machines):
    listed = json.loads(subprocess.run([machines.rpc, "commands"], check=True, text=True,
                                       capture_output=True, cwd=machines.path).stdout)
    guide = with_examples(GUIDE.read_text(), machines)
    guide = with_section(guide, "exits", exit_lines())
    guide = with_section(guide, "commands", command_lines(listed))
    return {GUIDE: guide,
            COMPATIBILITY: with_section(COMPATIBILITY.read_text(), "agent",
                                        generation_lines(listed))}


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("check", "write"):
        sys.exit(__doc__)
    if not may_be_alone():
        print("1..1\nok 1 - the agent's documents # SKIP no right to run without a network")
        return 0
    texts = wanted(Machines(*(str(pathlib.Path(path).resolve()) for path in sys.argv[2:])))
    if sys.argv[1] == "write":
        for path, text in texts.items():
            path.write_text(text)
        return 0
    print(f"1..{len(texts)}")
    for number, (path, text) in enumerate(texts.items(), 1):
        was = path.read_text()
        for line in difflib.unified_diff(was.splitlines(), text.splitlines(), "written", "printed",
                                         lineterm="", n=1):
            print("# " + line)
        print(f"{'ok' if was == text else 'not ok'} {number} - {path.name} says what is printed "
              "(else: tools/rpc_doc.py write)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
