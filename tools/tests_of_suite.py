#!/usr/bin/python3
"""Prints the executables that the tests of one meson suite run, as ninja targets.

usage: tests_of_suite.py BUILD SUITE
"""

import json
import pathlib
import sys


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    tests = json.loads((build / "meson-info/intro-tests.json").read_text())
    targets = set()
    for test in tests:
        if any(suite.split(":")[-1] == sys.argv[2] for suite in test["suite"]):
            for part in test["cmd"]:
                path = pathlib.Path(part)
                if path.is_absolute() and build in path.parents:
                    targets.add(str(path.relative_to(build)))
    for target in sorted(targets):
        print(target)


if __name__ == "__main__":
    main()
