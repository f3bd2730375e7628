#!/usr/bin/python3
"""Checks the order of the rooms and the rules of the house that a compiler does not see.

Reads tools/rooms.txt and tools/forbidden.txt; prints one line per finding; fails when there is one.
"""

import pathlib
import re
import sys

LINES_LIMIT = 800
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]*)"')
COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


class Rooms:
    """The rooms in order and what each may include."""

    def __init__(self, path):
        self.order = []
        self.programs = set()
        self.only = {}
        self.header_only = set()
        self.inside = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            head, _, allowed = line.partition(":")
            words = head.split()
            if words[0] == "header-only":
                self.header_only.add(words[1])
                continue
            if words[0] == "inside":
                self.inside[words[1]] = words[2:]
                continue
            self.order.append(words[0])
            if words[1:] == ["program"]:
                self.programs.add(words[0])
            elif words[1:]:
                sys.exit(f"{path}:{number}: unknown word {words[1]}")
            if ":" in line:
                self.only[words[0]] = set(allowed.split())

    def may_include(self, room, header):
        target = header.split("/")[0]
        if target == room:
            return True
        if room in self.only:
            return target in self.only[room] or header in self.only[room]
        if target in self.programs:
            return False
        return self.order.index(target) < self.order.index(room)

    def may_include_inside(self, path, header):
        """A room's folders are in an order of their own; what is in none of them is above them."""
        order = self.inside.get(path.parts[1])
        words = header.split("/")
        if order is None or words[0] != path.parts[1]:
            return True
        ends = [order.index(name) if name in order else len(order)
                for name in (words[1], path.parts[2])]
        return ends[0] <= ends[1]


def code_of(text):
    """The text with comments and the insides of strings blanked, line by line."""
    def blank(match):
        kept = re.sub(r"[^\n]", " ", match.group(0))
        return kept if match.group(0)[0] == "/" else '"' + kept[1:-1] + '"'
    return COMMENT_OR_STRING.sub(blank, text)


def read_forbidden(path):
    rules = []
    for line in path.read_text().splitlines():
        if line.startswith("except "):
            rules[-1][2].add(line.split()[1])
        elif line and not line.startswith("#"):
            expression, instead = line.split("\t")
            rules.append((re.compile(expression), instead, set()))
    return rules


def check_includes(rooms, root, path, text, findings):
    room = path.parts[1]
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        header = found.group(1)
        where = f"{path}:{number}"
        if "/" not in header or ".." in header:
            findings.append(f'{where}: write the include as "room/file.h", not "{header}"')
        elif header.split("/")[0] not in rooms.order:
            findings.append(f'{where}: "{header}" is in no room of tools/rooms.txt')
        elif not rooms.may_include(room, header):
            findings.append(f'{where}: {room} may not include "{header}" (tools/rooms.txt)')
        elif not rooms.may_include_inside(path, header):
            findings.append(f'{where}: {path.parent} may not include "{header}" (tools/rooms.txt)')
        elif header.endswith(".c"):
            findings.append(f"{where}: includes a source file")


def check_header(rooms, root, path, text, findings):
    name = str(path.relative_to("src"))
    if not path.with_suffix(".c").exists() and name not in rooms.header_only:
        findings.append(f"{path}: no source file beside it, and not header-only in tools/rooms.txt")
    if not text.lstrip().startswith("/*"):
        findings.append(f"{path}: a header opens with a paragraph on what it is for")
    guard = re.sub(r"[^A-Z0-9]", "_", name.upper())
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        findings.append(f"{path}: the include guard is {guard}")


def check_file(rooms, forbidden, root, path, findings):
    text = (root / path).read_text()
    lines = text.count("\n")
    if lines > LINES_LIMIT:
        findings.append(f"{path}: {lines} lines; past {LINES_LIMIT} a file is two")
    if path.stem in BAD_NAMES or any(part in BAD_NAMES for part in path.parts):
        findings.append(f"{path}: name it after what it does")
    in_source = path.parts[0] == "src"
    if in_source:
        if path.parts[1] not in rooms.order:
            findings.append(f"{path}: {path.parts[1]} is no room of tools/rooms.txt")
            return
        check_includes(rooms, root, path, text, findings)
        if path.suffix == ".h":
            check_header(rooms, root, path, text, findings)
    for number, line in enumerate(code_of(text).splitlines(), 1):
        for expression, instead, exceptions in forbidden:
            found = expression.search(line)
            if found and not str(path).startswith(tuple(exceptions)):
                findings.append(f"{path}:{number}: no {found.group(0).strip('(')}; use {instead}")
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            findings.append(f"{path}:{number}: file an issue instead of a mark in the source")


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    rooms = Rooms(root / "tools/rooms.txt")
    forbidden = read_forbidden(root / "tools/forbidden.txt")
    findings = []
    meson = (root / "src/meson.build").read_text()
    built = [name for name in re.findall(r"'([a-z0-9]+)'", meson) if name in rooms.order]
    if built != rooms.order:
        findings.append("src/meson.build: the rooms are not those of tools/rooms.txt, in that order")
    for folder in ("src", "tests"):
        for path in sorted((root / folder).rglob("*.[ch]")):
            check_file(rooms, forbidden, root, path.relative_to(root), findings)
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
