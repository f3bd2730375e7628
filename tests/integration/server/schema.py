"""Checks values against the part of JSON Schema that api/ uses, and makes values that fit."""

import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
EXAMPLES = {"uuid": "99999999-0000-4000-8000-00000000abcd", "date-time": "2031-01-01T00:00:00Z",
            "ipv4": "192.0.2.1", "uri": "https://192.0.2.1/x.iso", "byte": "AAAA"}
KNOWN = {"$ref", "type", "properties", "required", "items", "enum", "oneOf", "anyOf", "allOf",
         "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
         "additionalProperties", "description", "format", "default", "deprecated", "writeOnly",
         "readOnly", "example", "examples", "title", "const"}


def resolve(document, node):
    while isinstance(node, dict) and "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def types_of(schema):
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else kind


def is_of(value, kind):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[kind])


def bounds(schema, value):
    """The sentences about a value that is too long, too small and so on."""
    if isinstance(value, str):
        size, low, high = len(value), "minLength", "maxLength"
    elif isinstance(value, list):
        size, low, high = len(value), "minItems", "maxItems"
    elif isinstance(value, (int, float)):
        size, low, high = value, "minimum", "maximum"
    else:
        return
    if size < schema.get(low, size) or size > schema.get(high, size):
        yield f"{size} is not within {low} and {high}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{value!r} does not match {schema['pattern']}"


def complaints(document, schema, value, where="$"):
    """What is wrong with the value, one sentence each."""
    schema = resolve(document, schema)
    unknown = set(schema) - KNOWN
    if unknown:
        yield f"{where}: the checker does not know {sorted(unknown)}"
    for part in schema.get("allOf", []):
        yield from complaints(document, part, value, where)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices and all(list(complaints(document, part, value, where)) for part in choices):
        yield f"{where}: fits none of the alternatives"
    kinds = types_of(schema)
    if kinds and not any(is_of(value, kind) for kind in kinds):
        yield f"{where}: {value!r} is no {' or '.join(kinds)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum']}"
    for sentence in bounds(schema, value):
        yield f"{where}: {sentence}"
    if isinstance(value, dict):
        described = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: {name} is missing"
        for name in value.keys() & described.keys():
            yield from complaints(document, described[name], value[name], f"{where}.{name}")
        if schema.get("additionalProperties") is False and value.keys() - described.keys():
            yield f"{where}: {sorted(value.keys() - described.keys())} are not described"
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from complaints(document, schema["items"], item, f"{where}[{number}]")


def fitting(document, schema):
    """A value that fits, with the required members only."""
    schema = resolve(document, schema)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return fitting(document, schema[key][0])
    kind = next((kind for kind in types_of(schema) if kind != "null"), "string")
    if kind == "object":
        return {name: fitting(document, schema["properties"][name])
                for name in schema.get("required", [])}
    if kind == "array":
        return [fitting(document, schema.get("items", {}))
                for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return EXAMPLES.get(schema.get("format"), "a1" * max(1, schema.get("minLength", 2) // 2 + 1)
                            )[:schema.get("maxLength", 1000)]
    return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1),
            "boolean": True}[kind]


def properties(document, schema):
    """The described members of an object."""
    schema = resolve(document, schema)
    found = dict(schema.get("properties", {}))
    for key in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(key, []):
            found |= properties(document, part)
    return found
