#!/usr/bin/python3
"""Keeps the tables of README.md true.

usage: readme.py check            fails when the settings table is not that of the source
       readme.py settings         writes the settings table
       readme.py bench < TABLE    puts what ./dev bench printed in its place
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/server/settings_table.c"
README = ROOT / "README.md"
FIELD = re.compile(r'\.(\w+) =\s+("(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*|[\w()]+)')


def text_of(literal):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal)).replace('\\"', '"')


def settings():
    """The entries of the table in the source, each as a dictionary of its fields."""
    for entry in re.findall(r"\{(\.name = .*?)\}", SOURCE.read_text(), re.DOTALL):
        yield {name: text_of(value) if value.startswith('"') else value
               for name, value in FIELD.findall(entry)}


def settings_lines():
    yield "| flag | environment | default | what |"
    yield "| --- | --- | --- | --- |"
    for one in settings():
        if "command" in one:
            continue
        own = "OUTBAND_" + one["name"].upper().replace("-", "_")
        names = f"`{own}`" + (f", `{one['toolkit']}`" if "toolkit" in one else "")
        flag = "" if one["type"] == "SETTING_SECRET" else f"`--{one['name']}`"
        default = f"`{one['otherwise']}`" if "otherwise" in one else ""
        choices = f" ({', '.join(one['choices'].split())})" if "choices" in one else ""
        yield f"| {flag} | {names} | {default} | {one['help']}{choices} |"


def with_section(text, name, lines):
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, rest = text.split(begin)
    return head + begin + "".join(line + "\n" for line in lines) + end + rest.split(end, 1)[1]


def main():
    text = README.read_text()
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "check":
        if with_section(text, "settings", settings_lines()) != text:
            print("README.md: the settings table is out of date; run tools/readme.py settings")
            return 1
    elif command == "settings":
        README.write_text(with_section(text, "settings", settings_lines()))
    elif command == "bench":
        README.write_text(with_section(text, "bench", sys.stdin.read().splitlines()))
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
