#!/usr/bin/python3
"""Adds up all test results in a folder and prints "N passed, N failed" as the last line.

usage: count_tests.py FOLDER

*.json files are meson's test logs: each line of TAP in a program's output counts, and a program
that failed without saying "not ok" (a crash, a sanitizer report, a time-out) counts as one failure.
*.tap files are the output of the end-to-end scripts. Skipped tests are named, not counted.
"""

import json
import pathlib
import re
import sys

LINE = re.compile(r"^(ok|not ok)\b(.*)$", re.MULTILINE)


def tally(text):
    passed, failed, skipped = [], [], []
    for word, rest in LINE.findall(text):
        if re.search(r"#\s*skip", rest, re.IGNORECASE):
            skipped.append(rest.strip())
        else:
            (passed if word == "ok" else failed).append(rest.strip())
    return passed, failed, skipped


def main():
    folder = pathlib.Path(sys.argv[1])
    passed, failed, skipped = 0, [], []
    for path in sorted(folder.glob("*.tap")):
        good, bad, left = tally(path.read_text(errors="replace"))
        passed += len(good)
        failed += [f"{path.stem} {name}" for name in bad]
        skipped += [f"{path.stem} {name}" for name in left]
    for path in sorted(folder.glob("*.json")):
        for line in path.read_text(errors="replace").splitlines():
            test = json.loads(line)
            good, bad, left = tally(test.get("stdout") or "")
            name = f"{path.stem} {test['name']}"
            passed += len(good)
            failed += [f"{name} {text}" for text in bad]
            skipped += [f"{name} {text}" for text in left]
            if test["result"] == "SKIP" and not left:
                skipped.append(name)
            elif test["result"] == "OK" and not good and not left:
                passed += 1
            elif test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and not bad:
                # cmocka writes a skipped test as "not ok … # SKIP", which meson takes for a failure.
                if not left or test.get("returncode") != 0:
                    failed.append(f"{name}: {test['result']}")
    for name in skipped:
        print(f"skipped: {name}")
    for name in failed:
        print(f"failed: {name}")
    if passed == 0 and not failed:
        print("failed: no test ran")
        failed.append("no test ran")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
