#!/usr/bin/python3
"""Keeps the table of routes in docs/compatibility.md true.

usage: compatibility.py check    fails when a route of a peer is missing, has no verdict, or the
                                 table is not that of the sources
       compatibility.py table    writes the table
       compatibility.py missing  prints what a complete table lacks

The routes of the peers are in api/peers.yaml. Each operation that a peer has, too, says how it
compares:
  x-toolkit: {mps: same, console: better, because: one line that says what and why}
The words are same, better (a client of the peer gets the same shape, and more or the right answer)
and different (a client may notice). "because" may be left out where all is the same.
"""

import pathlib
import re
import sys

import generate_routes

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "api/peers.yaml"
TARGET = ROOT / "docs/compatibility.md"
BEGIN, END = "<!-- routes: begin -->\n", "<!-- routes: end -->"


def key_of(route):
    """A route without the names of its parameters; paths compare without case."""
    method, path = route.split(" ", 1)
    return f"{method} {re.sub(r'{[^}]*}', '{}', path).lower()}"


def read_operations():
    """The x-toolkit of each operation by key, None where there is none."""
    sources = [ROOT / "api/openapi.yaml", *sorted((ROOT / "api/paths").glob("*.yaml"))]
    document = generate_routes.read_sources(sources)
    return {key_of(f"{method.upper()} {path}"): node.get("x-toolkit")
            for path, methods in document["paths"].items()
            for method, node in methods.items()}


def read_peers():
    with open(PEERS, encoding="utf-8") as file:
        return generate_routes.yaml.load(file, generate_routes.Loader)


def complain(peers, operations):
    """What is wrong, one line each."""
    having = {peer: {key_of(route) for route in peers[peer]} for peer in generate_routes.PEERS}
    later = {key_of(route) for route in peers["later"]}
    for peer in generate_routes.PEERS:
        if len(having[peer]) != len(peers[peer]):
            yield f"{peer}: a route is listed twice"
    for route in dict.fromkeys(route for peer in generate_routes.PEERS for route in peers[peer]):
        key = key_of(route)
        if key not in operations:
            if key not in later:
                yield f"{route}: no such operation, and not under 'later'"
            continue
        if key in later:
            yield f"{route}: served, but still under 'later'"
        verdict = operations[key] or {}
        for peer in generate_routes.PEERS:
            if key in having[peer] and peer not in verdict:
                yield f"{route}: x-toolkit says nothing of {peer}"
            if key not in having[peer] and peer in verdict:
                yield f"{route}: x-toolkit speaks of {peer}, which doesn't have it"
    for key, verdict in operations.items():
        if verdict is not None and not any(key in routes for routes in having.values()):
            yield f"{key}: x-toolkit on a route that no peer has"
    for key in later - set().union(*having.values()):
        yield f"{key}: under 'later', but no peer has it"


def table_lines(peers, operations):
    yield "| route | MPS | RPS | Console | because |"
    yield "| --- | --- | --- | --- | --- |"
    later = {key_of(route): because for route, because in peers["later"].items()}
    having = {peer: {key_of(route) for route in peers[peer]} for peer in generate_routes.PEERS}
    for route in dict.fromkeys(route for peer in generate_routes.PEERS for route in peers[peer]):
        key = key_of(route)
        verdict = operations.get(key) or {}
        words = [("not yet" if key in later else verdict.get(peer, "?"))
                 if key in having[peer] else "–" for peer in generate_routes.PEERS]
        because = later.get(key, verdict.get("because", ""))
        yield f"| `{route}` | {' | '.join(words)} | {because} |"
    yield ""
    yield "Not in the table:"
    yield ""
    for group, because in peers["elsewhere"].items():
        yield f"- {group}: {because}"


def with_table(text, lines):
    head, rest = text.split(BEGIN)
    return head + BEGIN + "".join(line + "\n" for line in lines) + END + rest.split(END, 1)[1]


def main():
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command not in ("check", "table", "missing"):
        sys.exit(__doc__)
    peers, operations = read_peers(), read_operations()
    complaints = list(complain(peers, operations))
    text = TARGET.read_text(encoding="utf-8")
    wanted = with_table(text, table_lines(peers, operations))
    if command == "table":
        TARGET.write_text(wanted, encoding="utf-8")
        return 0
    if command == "check" and wanted != text:
        complaints.append("docs/compatibility.md: the table of routes is out of date; "
                          "run tools/compatibility.py table")
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
