#!/usr/bin/python3
"""Makes the route table, the validation rules, the declarations of the handlers and the served
document from the OpenAPI sources.

usage: generate_routes.py table OUT.h OUT.c SOURCE.yaml...
       generate_routes.py handlers ROOM OUT.h SOURCE.yaml...

The first source is the document; the others add paths and components to it. Each operation says,
besides what OpenAPI knows:
  x-handler  the C function that answers it
  x-room     the room it is in: ROOM/routes/handlers.h declares it, and the table says which context
             it gets (http_router.contexts[ROUTES_ROOM])
  x-rules    the checks of its input in order: field, check and, where they apply, in (any, body,
             query, path), optional (yes, null, falsy), min, max, choices, message; the check
             "custom" names a C function of the room (http_custom_check), declared in handlers.h
  x-rules-last  true: the handler has the rules checked itself, once it knows what to check
  x-body     stream: the handler runs when the head of the request is complete and reads the body
             itself, piece by piece
  x-body-limit  bytes of the largest body, in place of the setting http-body
  x-errors   the name of a set of responses (components/x-errors) that it has beside its own
  x-toolkit  how it compares with the same route of a peer; tools/compatibility.py explains it

An operation with "security: []" is open, and so is one that lists {} beside the token: its handler
asks for one where it must. Every other one needs a token. Anything that does not fit
together (an unknown check, a rule for a field that is not described, two operations with one path)
is an error and nothing is written.
"""

import json
import re
import sys

import yaml

METHODS = ("get", "head", "post", "put", "patch", "delete")
LOCATIONS = {"any": "HTTP_IN_ANY", "body": "HTTP_IN_BODY", "query": "HTTP_IN_QUERY",
             "path": "HTTP_IN_PATH"}
OPTIONAL = {"no": "HTTP_REQUIRED", "yes": "HTTP_OPTIONAL", "null": "HTTP_OPTIONAL_NULL",
            "falsy": "HTTP_OPTIONAL_FALSY"}
CHECKS = {
    "string": (), "not-empty": (), "uuid": (), "boolean": (), "numeric": (),
    "float": ("min",),
    "int": ("min", "max"), "length": ("min", "max"), "fqdn": (), "fqdn-or-empty": (),
    "url": (), "ipv4": (), "alphanumeric": (), "strict-boolean": (), "iso8601": (), "sha256": (),
    "array": (), "object": (), "in": ("choices",), "in-any-case": ("choices",),
    "each-string": (), "bail": (), "custom": ("function",),
}
PEERS = ("mps", "rps", "console")
VERDICTS = ("same", "better", "different")
RULE_KEYS = {"field", "in", "optional", "check", "min", "max", "choices", "function", "message"}
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
OPERATION_ID = re.compile(r"[a-z][A-Za-z0-9]*")
SEGMENT = re.compile(r"\{[A-Za-z]+\}|[A-Za-z0-9._~-]+")
LARGEST = 2**63 - 1


class Wrong(Exception):
    """The source does not fit together."""


class Loader(yaml.SafeLoader):
    """YAML that refuses a key given twice, and reads dates and "yes" as the text they are."""


def construct_mapping(loader, node):
    mapping = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in mapping:
            raise Wrong(f"line {key_node.start_mark.line + 1}: '{key}' is given twice")
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_mapping)
Loader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def resolve(document, node):
    """Follows a local $ref."""
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            if not isinstance(target, dict) or part not in target:
                raise Wrong(f"{node['$ref']} leads nowhere")
            target = target[part]
        node = target
    return node


def read_sources(names):
    """The first source with what the others add. Nothing may be given twice."""
    document = {}
    for name in names:
        try:
            with open(name, encoding="utf-8") as file:
                part = yaml.load(file, Loader)
        except (Wrong, yaml.YAMLError) as error:
            raise Wrong(f"{name}: {error}") from error
        if not isinstance(part, dict) or not isinstance(part.get("paths", {}), dict):
            raise Wrong(f"{name}: not an OpenAPI document")
        if document and set(part) - {"paths", "components"}:
            raise Wrong(f"{name}: only the first source has more than paths and components")
        add(document, part, name)
    if "paths" not in document:
        raise Wrong(f"{names[0]}: not an OpenAPI document")
    return document


def add(document, part, name, depth=0):
    for key, value in part.items():
        if key not in document:
            document[key] = value
        elif depth < 2 and isinstance(value, dict) and isinstance(document[key], dict):
            add(document[key], value, name, depth + 1)
        else:
            raise Wrong(f"{name}: '{key}' is given in another source, too")


def add_errors(document):
    """Gives each operation the responses that x-errors names."""
    sets = document.get("components", {}).get("x-errors", {})
    for path, methods in document["paths"].items():
        for method, node in methods.items():
            name = node.get("x-errors") if isinstance(node, dict) else None
            if name is None:
                continue
            if name not in sets:
                raise Wrong(f"{method.upper()} {path}: there are no x-errors '{name}'")
            for status, response in sets[name].items():
                node.setdefault("responses", {}).setdefault(status, response)


def check_all_references(document, node):
    if isinstance(node, dict):
        resolve(document, node)
        for value in node.values():
            check_all_references(document, value)
    elif isinstance(node, list):
        for value in node:
            check_all_references(document, value)


def text_of(value):
    """A C string literal."""
    if value is None:
        return "NULL"
    out = []
    for byte in str(value).encode():
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        elif 0x20 <= byte < 0x7f:
            out.append(chr(byte))
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


class Operation:
    def __init__(self, document, method, path, node):
        self.where = f"{method.upper()} {path}"
        self.method, self.path = method, path
        self.name = node.get("operationId", "")
        self.handler = node.get("x-handler", "")
        if not OPERATION_ID.fullmatch(self.name):
            raise Wrong(f"{self.where}: operationId is missing or not lowerCamelCase")
        if not IDENTIFIER.fullmatch(self.handler):
            raise Wrong(f"{self.where}: x-handler is missing or not the name of a C function")
        self.room = node.get("x-room", "")
        if not IDENTIFIER.fullmatch(self.room):
            raise Wrong(f"{self.where}: x-room is missing or not the name of a room")
        if not node.get("responses"):
            raise Wrong(f"{self.where}: no responses are described")
        security = node.get("security")
        self.open = security is not None and (security == [] or {} in security)
        self.fields = self.describe_fields(document, node)
        self.rules_last = node.get("x-rules-last", False)
        if self.rules_last not in (True, False):
            raise Wrong(f"{self.where}: x-rules-last is true or not there")
        self.rules = [self.check_rule(rule) for rule in node.get("x-rules", [])]
        self.streams = node.get("x-body") == "stream"
        if "x-body" in node and not self.streams:
            raise Wrong(f"{self.where}: x-body is stream or not there")
        self.body_limit = node.get("x-body-limit", 0)
        if type(self.body_limit) is not int or not 0 <= self.body_limit < 1 << 63:
            raise Wrong(f"{self.where}: x-body-limit is not a number of bytes")
        if self.streams and (self.body_limit == 0 or any(r.get("in") == "body" for r in self.rules)):
            raise Wrong(f"{self.where}: a streamed body has an x-body-limit and no rules")
        if "x-toolkit" in node:
            self.check_verdict(node["x-toolkit"])

    def describe_fields(self, document, node):
        """What the document says may be given, by location."""
        fields = {"path": set(), "query": set(), "body": set()}
        for parameter in node.get("parameters", []):
            parameter = resolve(document, parameter)
            if parameter["in"] not in fields:
                raise Wrong(f"{self.where}: parameters in '{parameter['in']}' are not known")
            fields[parameter["in"]].add(parameter["name"])
        in_path = re.findall(r"\{([^}]*)\}", self.path)
        if sorted(in_path) != sorted(fields["path"]):
            raise Wrong(f"{self.where}: path parameters {sorted(fields['path'])} are described, "
                        f"the path has {sorted(in_path)}")
        for content in resolve(document, node.get("requestBody", {})).get("content", {}).values():
            fields["body"] |= self.properties(document, content["schema"])
        return fields

    def properties(self, document, schema):
        """Names of properties; those of an object inside are "outer.inner"."""
        schema = resolve(document, schema)
        names = set()
        for name, inner in schema.get("properties", {}).items():
            names.add(name)
            names |= {f"{name}.{part}" for part in self.properties(document, inner)}
        for part in schema.get("allOf", []) + schema.get("oneOf", []):
            names |= self.properties(document, part)
        return names

    def check_verdict(self, verdict):
        where = f"{self.where}: x-toolkit"
        if not isinstance(verdict, dict) or not set(verdict) & set(PEERS):
            raise Wrong(f"{where} names none of {', '.join(PEERS)}")
        for key, value in verdict.items():
            if key == "because":
                if not isinstance(value, str) or "|" in value or "\n" in value:
                    raise Wrong(f"{where}: because is one line without '|'")
            elif key not in PEERS:
                raise Wrong(f"{where} has the unknown key '{key}'")
            elif value not in VERDICTS:
                raise Wrong(f"{where}: {key} is one of {', '.join(VERDICTS)}")
        if "because" not in verdict and {*verdict.values()} != {"same"}:
            raise Wrong(f"{where} doesn't say why")

    def check_rule(self, rule):
        where = f"{self.where}: the rule {rule}"
        unknown = set(rule) - RULE_KEYS
        if unknown:
            raise Wrong(f"{where} has the unknown key {sorted(unknown)[0]}")
        check = rule.get("check")
        if check not in CHECKS:
            raise Wrong(f"{where}: there is no check '{check}'")
        location = rule.get("in", "any")
        if location not in LOCATIONS:
            raise Wrong(f"{where}: there is no location '{location}'")
        if str(rule.get("optional", "no")) not in OPTIONAL:
            raise Wrong(f"{where}: optional is one of {', '.join(OPTIONAL)}")
        described = set().union(*self.fields.values()) if location == "any" \
            else self.fields[location]
        if rule.get("field") not in described:
            raise Wrong(f"{where}: the document describes no such field there")
        for key in ("min", "max", "choices", "function"):
            if key in rule and key not in CHECKS[check]:
                raise Wrong(f"{where}: '{check}' takes no {key}")
        if "choices" in CHECKS[check] and not rule.get("choices"):
            raise Wrong(f"{where}: '{check}' needs choices")
        if check == "custom" and not IDENTIFIER.fullmatch(str(rule.get("function", ""))):
            raise Wrong(f"{where}: 'custom' needs the name of a C function")
        if rule.get("min", 0) > rule.get("max", LARGEST):
            raise Wrong(f"{where}: min is above max")
        return rule


def read_operations(document):
    operations, paths, names = [], {}, set()
    for path, methods in document["paths"].items():
        segments = path[1:].split("/")
        if not path.startswith("/") or not all(SEGMENT.fullmatch(s) for s in segments):
            raise Wrong(f"{path}: not a path")
        shape = re.sub(r"\{[^}]*\}", "{}", path).lower()
        if shape in paths:
            raise Wrong(f"{path} and {paths[shape]} are the same path")
        paths[shape] = path
        for method, node in methods.items():
            if method not in METHODS:
                raise Wrong(f"{path}: there is no method '{method}'")
            operation = Operation(document, method, path, node)
            if operation.name in names:
                raise Wrong(f"{operation.where}: operationId {operation.name} is used twice")
            names.add(operation.name)
            operations.append(operation)
    if not operations:
        raise Wrong("no operations")
    return operations


def constant_of(prefix, word):
    return prefix + word.upper().replace("-", "_")


def rule_text(rule, choices):
    low = rule.get("min", 0)
    high = rule.get("max", LARGEST if "max" in CHECKS[rule["check"]] else 0)
    return (f'    {{{text_of(rule["field"])}, {LOCATIONS[rule.get("in", "any")]}, '
            f'{OPTIONAL[str(rule.get("optional", "no"))]}, '
            f'{constant_of("HTTP_CHECK_", rule["check"])}, INT64_C({low}), INT64_C({high}), '
            f'{choices}, {rule.get("function", "NULL")}, {text_of(rule.get("message"))}}},')


def write_rules(operation):
    lines = []
    rules = []
    for number, rule in enumerate(operation.rules):
        choices = "NULL"
        if "choices" in rule:
            choices = f"choices_{operation.name}_{number}"
            values = ", ".join(text_of(choice) for choice in rule["choices"])
            lines.append(f"static const char *const {choices}[] = {{{values}, NULL}};")
        rules.append(rule_text(rule, choices))
    lines.append(f"static const struct http_rule rules_{operation.name}[] = {{")
    lines += rules
    lines.append("    {.field = NULL},\n};\n")
    return "\n".join(lines)


def write_route(operation):
    rules = f"rules_{operation.name}" if operation.rules else "NULL"
    return (f"    {{.method = {constant_of('HTTP_', operation.method)},\n"
            f"     .path = {text_of(operation.path)},\n"
            f"     .operation = {text_of(operation.name)},\n"
            f"     .handler = {operation.handler},\n"
            f"     .open = {'true' if operation.open else 'false'},\n"
            f"     .rules = {rules},\n"
            f"     .rules_last = {'true' if operation.rules_last else 'false'},\n"
            f"     .group = {constant_of('ROUTES_', operation.room)},\n"
            f"     .streams = {'true' if operation.streams else 'false'},\n"
            f"     .body_limit = {operation.body_limit}}},")


def without_extensions(node):
    """The document as clients get it: without the x- keys."""
    if isinstance(node, dict):
        return {key: without_extensions(value) for key, value in node.items()
                if not key.startswith("x-")}
    if isinstance(node, list):
        return [without_extensions(value) for value in node]
    return node


def bytes_text(data):
    rows = [", ".join(str(byte) for byte in data[at:at + 24]) for at in range(0, len(data), 24)]
    return ",\n    ".join(rows)


def rooms_of(operations):
    return sorted({operation.room for operation in operations})


def header_text(operations):
    rooms = ", ".join(constant_of("ROUTES_", room) for room in rooms_of(operations))
    return "\n".join([
        "/* Generated from api/ by tools/generate_routes.py. */",
        "#ifndef SERVER_ROUTES_GENERATED_H",
        "#define SERVER_ROUTES_GENERATED_H",
        "",
        '#include "http/router.h"',
        "",
        "/* The rooms that handlers are in: http_route.group. */",
        f"enum {{ {rooms}, ROUTES_GROUPS }};",
        "",
        f"#define ROUTES_COUNT {len(operations)}",
        "",
        "extern const struct http_route routes_table[ROUTES_COUNT];",
        "",
        "/* The document as JSON, for GET /api/openapi.json. */",
        "extern const unsigned char routes_document[];",
        "extern const size_t routes_document_size;",
        "",
        "#endif",
        ""])


def source_text(operations, document):
    served = json.dumps(without_extensions(document), separators=(",", ":"),
                        ensure_ascii=False).encode()
    return "\n".join([
        "/* Generated from api/ by tools/generate_routes.py. */",
        *[f'#include "{room}/routes/handlers.h"' for room in rooms_of(operations)],
        '#include "server/routes/routes_generated.h"',
        "",
        *[write_rules(operation) for operation in operations if operation.rules],
        "const struct http_route routes_table[ROUTES_COUNT] = {",
        *[write_route(operation) for operation in operations],
        "};",
        "",
        "const unsigned char routes_document[] = {",
        f"    {bytes_text(served)}}};",
        "const size_t routes_document_size = sizeof routes_document;",
        ""])


def handlers_text(operations, room):
    guard = f"{room.upper()}_ROUTES_HANDLERS_H"
    names = dict.fromkeys(operation.handler for operation in operations if operation.room == room)
    checks = dict.fromkeys(rule["function"] for operation in operations if operation.room == room
                           for rule in operation.rules if "function" in rule)
    if not names:
        raise Wrong(f"no operation is in the room '{room}'")
    return "\n".join([
        "/* Generated from api/ by tools/generate_routes.py. */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        '#include <jansson.h>' if checks else "",
        "",
        "struct http_exchange;",
        "",
        *[f"void {name}(struct http_exchange *exchange);" for name in names],
        *[f"const char *{name}(struct http_exchange *exchange, const json_t *value);"
          for name in checks],
        "",
        "#endif",
        ""])


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    if len(sys.argv) < 5 or sys.argv[1] not in ("table", "handlers"):
        sys.exit(__doc__)
    try:
        document = read_sources(sys.argv[4:])
        add_errors(document)
        check_all_references(document, document)
        operations = read_operations(document)
        if sys.argv[1] == "handlers":
            write(sys.argv[3], handlers_text(operations, sys.argv[2]))
            return
    except Wrong as error:
        sys.exit(f"{sys.argv[0]}: {error}")
    write(sys.argv[2], header_text(operations))
    write(sys.argv[3], source_text(operations, document))


if __name__ == "__main__":
    main()
