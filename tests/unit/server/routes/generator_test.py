#!/usr/bin/python3
"""What tools/generate_routes.py refuses. usage: generator_test.py GENERATOR SOURCE..."""

import pathlib
import subprocess
import sys
import tempfile

GOOD = """
paths:
  /a/{id}:
    post:
      operationId: doA
      x-handler: do_a
      x-room: left
      parameters: [{name: id, in: path}, {name: q, in: query}]
      requestBody: {content: {application/json: {schema: {properties: {b: {}, o: {oneOf: [{properties: {i: {}}}, {type: "null"}]}}}}}}
      x-rules:
        - {field: id, in: path, check: uuid}
        - {field: q, in: query, optional: yes, check: int, min: 1, max: 5}
        - {field: b, in: body, check: in, choices: ["x"]}
        - {field: o.i, in: body, check: string}
      responses: {"200": {description: done}}
"""

VERDICT = "x-room: left\n      x-toolkit: "

# What it is called, what is replaced in GOOD and by what, and what the complaint must contain.
BAD = [
    ("an unknown check", "check: uuid", "check: uid", "there is no check 'uid'"),
    ("an unknown location", "in: query, opt", "in: header, opt", "there is no location 'header'"),
    ("an unknown key in a rule", "min: 1", "minimum: 1", "unknown key minimum"),
    ("a key that the check does not take", "check: uuid", "check: uuid, min: 1", "takes no min"),
    ("min above max", "min: 1", "min: 9", "min is above max"),
    ("a check of its own without a function", "check: uuid", "check: custom", "needs the name of"),
    ("a function that is no C name", "check: uuid", "check: custom, function: a-b", "needs the name of"),
    ("a function where none is called", "check: uuid", "check: uuid, function: a", "takes no function"),
    ("choices missing", ', choices: ["x"]', "", "needs choices"),
    ("a rule for a field that is not described", "field: b", "field: c", "describes no such field"),
    ("a rule for a member that is not described", "field: b", "field: b.c",
     "describes no such field"),
    ("a path parameter that is not described", "{name: id, in: path}, ", "", "path parameters"),
    ("a handler that is no C name", "do_a", "do-a", "x-handler"),
    ("no room", "x-room: left", "summary: A", "x-room"),
    ("rules that are last by a word", "x-room: left", "x-room: left\n      x-rules-last: often", "x-rules-last"),
    ("a body that is streamed by another word", "x-room: left", "x-room: left\n      x-body: pieces", "x-body"),
    ("a streamed body without a limit", "x-room: left", "x-room: left\n      x-body: stream", "x-body-limit"),
    ("a limit that is no number", "x-room: left", "x-room: left\n      x-body-limit: 8 MB", "x-body-limit"),
    ("no operationId", "operationId: doA", "summary: A", "operationId"),
    ("an unknown method", "post:", "fetch:", "there is no method 'fetch'"),
    ("no responses", 'responses: {"200": {description: done}}', "", "responses"),
    ("a reference that leads nowhere", "{name: q, in: query}", '{$ref: "#/nowhere"}', "leads nowhere"),
    ("a key given twice", "x-handler: do_a", "x-handler: do_a\n      x-handler: do_b", "given twice"),
    ("two paths that match the same", "paths:", """paths:
  /A/{other}:
    get: {operationId: doB, x-handler: do_b, x-room: right, parameters: [{name: other, in: path}],
          responses: {"200": {description: done}}}""", "the same path"),
    ("an operationId used twice", "paths:", """paths:
  /b:
    get: {operationId: doA, x-handler: do_b, x-room: right, responses: {"200": {description: done}}}""",
     "used twice"),
    ("a verdict on an unknown peer", "x-room: left", VERDICT + "{meshcentral: same}", "names none of"),
    ("an unknown verdict", "x-room: left", VERDICT + "{mps: fine}", "mps is one of"),
    ("an unknown key in a verdict", "x-room: left", VERDICT + "{mps: same, why: x}", "unknown key"),
    ("a difference without a reason", "x-room: left", VERDICT + "{mps: better}", "doesn't say why"),
    ("a reason that breaks the table", "x-room: left",
     VERDICT + '{mps: better, because: "a|b"}', "one line without"),
    ("no YAML", "paths:", "paths: [", ""),
    ("no document", GOOD, "- 1", "not an OpenAPI document"),
]


ERRORS = """
paths:
  /c: {get: {operationId: getC, x-handler: do_c, x-room: left, x-errors: usual}}
components:
  x-errors: {usual: {"404": {description: gone}}}
"""
PART = """
paths:
  /b: {get: {operationId: getB, x-handler: do_b, x-room: right, responses: {"200": {description: b}}}}
components:
  schemas: {B: {type: object}}
"""

# What it is called, the first and the second source, and what the complaint must contain.
PARTS = [
    ("a path in two sources is refused", GOOD, GOOD, "is given in another source"),
    ("a second source with more than paths is refused", GOOD, "info: {title: x}\n" + PART,
     "only the first source"),
    ("errors that nobody describes are refused", ERRORS.replace("errors: usual", "errors: odd"), PART,
     "there are no x-errors 'odd'"),
]


def run(generator, text, folder, part=None):
    source = folder / "source.yaml"
    outputs = [folder / "out.h", folder / "out.c"]
    source.write_text(text)
    sources = [source]
    if part is not None:
        sources.append(folder / "part.yaml")
        sources[1].write_text(part)
    for output in outputs:
        output.unlink(missing_ok=True)
    done = subprocess.run([generator, "table", *outputs, *sources], capture_output=True, text=True, check=False)
    written = [output.read_text() if output.exists() else None for output in outputs]
    return done.returncode, done.stderr, written


def main():
    generator = pathlib.Path(sys.argv[1]).resolve()
    document = sys.argv[2:]
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        code, _, (header, source) = run(generator, GOOD, folder)
        results.append(("a good document gives a table", code == 0 and
                        "enum { ROUTES_LEFT, ROUTES_GROUPS };" in header and
                        '#include "left/routes/handlers.h"' in source and
                        ".group = ROUTES_LEFT," in source and
                        ".streams = false,\n     .body_limit = 0}" in source and
                        '.path = "/a/{id}"' in source and
                        '"q", HTTP_IN_QUERY, HTTP_OPTIONAL, HTTP_CHECK_INT, INT64_C(1), INT64_C(5)'
                        in source))
        for what, old, new, complaint in BAD:
            code, said, written = run(generator, GOOD.replace(old, new, 1), folder)
            results.append((f"{what} is refused", old in GOOD and code == 1 and
                            complaint in said and written == [None, None] and
                            "Traceback" not in said))
        for what, base, part, complaint in PARTS:
            code, said, written = run(generator, base, folder, part)
            results.append((what, code == 1 and complaint in said and written == [None, None] and
                            "Traceback" not in said))
        streamed = GOOD.replace("x-room: left", "x-room: left\n      x-body: stream\n      x-body-limit: 7", 1)
        streamed = streamed.replace("{field: b, in: body", "{field: q, in: query").replace(
            "{field: o.i, in: body", "{field: q, in: query")
        code, _, (_, source) = run(generator, streamed, folder)
        results.append(("a body can be streamed", code == 0 and
                        ".streams = true,\n     .body_limit = 7}" in source))
        code, said, (_, source) = run(generator, ERRORS, folder, PART)
        results.append(("a second source adds paths, components and errors", code == 0 and
                        '.operation = "getB"' in source and '.operation = "getC"' in source))
        done = subprocess.run([generator, "handlers", "left", folder / "left.h", folder / "source.yaml"],
                              capture_output=True, text=True, check=False)
        results.append(("handlers of a room are declared", done.returncode == 0 and
                        "void do_c(struct http_exchange *exchange);" in
                        (folder / "left.h").read_text()))
        done = subprocess.run([generator, "table", folder / "o.h", folder / "o.c", *document],
                              capture_output=True, text=True, check=False)
        results.append(("our own document is good", done.returncode == 0 and done.stderr == ""))
    print(f"1..{len(results)}")
    for number, (what, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")


if __name__ == "__main__":
    main()
