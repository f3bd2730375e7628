/*
 * config.yaml: values for options, nested by the command's words and the option's name, or joined
 * with dashes: `activate: {url: …}`, `activate-url: …`, `configure: {wireless: {ssid: …}}`,
 * `log-level: debug`. Values of other commands are read over; keys that no command knows are warned
 * about, because the toolkit's own sample has such. Pure.
 */
#ifndef RPC_LINE_CONFIG_H
#define RPC_LINE_CONFIG_H

#include "rpc/line/line.h"

#define RPC_CONFIG_LIMIT ((size_t)1024 * 1024) /* bytes of the file */

/* Adds what the text has for the line's command. `unknown` is told of keys that nobody knows (only
 * the first 60 bytes of each, the first 20 of them). False with ERROR_INVALID: no YAML, or a value
 * that the option doesn't take; ERROR_TOO_LARGE: a number beyond the option's bounds. The sentence
 * quotes no value. */
bool rpc_config_add(struct rpc_line *line, struct slice yaml,
                    void (*unknown)(void *arg, const char *key), void *arg, struct error *err);

#endif
