/* The commands of the program `outband`. Each returns the process's exit code. */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include "access/access.h"
#include "server/settings.h"

/* Serves until SIGINT or SIGTERM. */
int command_serve(const struct settings *settings);

/* Prints a login token made from the store itself. */
int command_token(const struct settings *settings);

/* Prints an error on standard error; returns its exit code. */
int command_fail(const struct error *err);

/* The access options that the settings say. */
struct access_options command_access_options(const struct settings_values *settings);

#endif
