#!/usr/bin/python3
"""Runs clang-tidy over the sources of a build folder, in parallel.

usage: tidy.py BUILD JOBS

A file that passed is skipped until its text, a header that it includes, .clang-tidy or its command
changes; BUILD/tidy.json remembers a checksum of all of these.
"""

import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys

TIDY = "clang-tidy-14"


def dependencies(build):
    """What ninja knows of each object's headers: path of the source to the files it read."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True,
                          check=True).stdout
    found = {}
    current = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            current = []
            found[line.split(":")[0]] = current
        elif line.strip():
            current.append(line.strip())
    return found


def checksum(root, build, entry, headers):
    total = hashlib.sha256()
    total.update(entry["command"].encode())
    total.update((root / ".clang-tidy").read_bytes())
    for name in sorted(headers):
        path = (build / name).resolve()
        if path.is_file() and not str(path).startswith("/usr/"):
            total.update(name.encode() + path.read_bytes())
    return total.hexdigest()


def run(build, source):
    done = subprocess.run([TIDY, "-p", str(build), "--quiet", "--warnings-as-errors=*", source],
                          capture_output=True, text=True, check=False)
    return source, done.returncode, done.stdout


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    root = build.parent.parent
    entries = json.loads((build / "compile_commands.json").read_text())
    headers_of = dependencies(str(build))
    memory = build / "tidy.json"
    passed = json.loads(memory.read_text()) if memory.exists() else {}
    waiting = {}
    for entry in entries:
        source = (build / entry["file"]).resolve()
        try:
            name = str(source.relative_to(root))
        except ValueError:
            continue
        if not name.startswith(("src/", "tests/")) or name in waiting:
            continue
        headers = headers_of.get(entry.get("output", ""), []) + [entry["file"]]
        total = checksum(root, build, entry, headers)
        if passed.get(name) != total:
            waiting[name] = (str(source), total)
    status = 0
    names = {path: (name, total) for name, (path, total) in waiting.items()}
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[2])) as pool:
        for future in concurrent.futures.as_completed(
                [pool.submit(run, build, path) for path in names]):
            path, code, output = future.result()
            name, total = names[path]
            if code == 0:
                passed[name] = total
            else:
                status = 1
                print(output.strip() or f"{name}: {TIDY} failed", flush=True)
    memory.write_text(json.dumps(passed))
    return status


if __name__ == "__main__":
    sys.exit(main())
