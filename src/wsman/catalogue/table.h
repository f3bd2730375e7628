/*
 * How the catalogue is written: a class is one WSMAN_CLASS, its properties P(name, type, flags) in
 * ASCII order, its methods METHOD(name, parameters in MOF order). A new class also goes into the
 * list of table.c, which holds all of them sorted. For src/wsman/ only; constant data, any thread.
 */
#ifndef WSMAN_CATALOGUE_TABLE_H
#define WSMAN_CATALOGUE_TABLE_H

#include "wsman/catalogue.h"

/* All classes, sorted by name. */
extern const struct wsman_class *const wsman_catalogue_table[];
extern const size_t wsman_catalogue_size;

/* Short names for the flags and operations of catalogue.h. */
enum {
    KEY = WSMAN_KEY,
    ARRAY = WSMAN_ARRAY,
    READ_ONLY = WSMAN_READ_ONLY,
    WRITE_ONLY = WSMAN_WRITE_ONLY,
    REQUIRED = WSMAN_REQUIRED,
    OUT = WSMAN_OUT
};
enum {
    GET = WSMAN_OP_GET,
    PUT = WSMAN_OP_PUT,
    CREATE = WSMAN_OP_CREATE,
    DELETE = WSMAN_OP_DELETE,
    ENUMERATE = WSMAN_OP_ENUMERATE
};

/* clang-format off */
#define P(name, type, flags) {#name, WSMAN_##type, flags}
#define PROPERTIES(...)      (const struct wsman_property[]){__VA_ARGS__, {NULL, WSMAN_STRING, 0}}
#define METHOD(name, ...)    {#name, PROPERTIES(__VA_ARGS__)}
#define METHOD_EMPTY(name)   {#name, (const struct wsman_property[]){{NULL, WSMAN_STRING, 0}}}
#define METHODS(...)         (const struct wsman_method[]){__VA_ARGS__, {NULL, NULL}}
/* clang-format on */

#define WSMAN_CLASS(class, super, operations, properties, methods) \
    WSMAN_CLASS_DECLARE(class);                                    \
    const struct wsman_class wsman_##class = {#class, super, operations, properties, methods}

#endif
