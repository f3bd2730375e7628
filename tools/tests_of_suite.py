#!/usr/bin/python3
"""Prints the executables that the tests of one meson suite need, as ninja targets.

usage: tests_of_suite.py BUILD SUITE
"""

import json
import pathlib
import sys


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    targets = {target["id"]: target["filename"]
               for target in json.loads((build / "meson-info/intro-targets.json").read_text())}
    needed = set()
    for test in json.loads((build / "meson-info/intro-tests.json").read_text()):
        if any(suite.split(":")[-1] == sys.argv[2] for suite in test["suite"]):
            for target in test["depends"]:
                needed |= {str(pathlib.Path(name).relative_to(build)) for name in targets[target]}
    for name in sorted(needed):
        print(name)


if __name__ == "__main__":
    main()
