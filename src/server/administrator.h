/* The administrator at the first start: the password that the settings give, or a new one that is
 * shown once. Before the loops run. */
#ifndef SERVER_ADMINISTRATOR_H
#define SERVER_ADMINISTRATOR_H

#include "server/settings.h"

struct access;

/* Creates the administrator or sets the password. A password that had to be made is printed on
 * standard output, as a block of its own and not through the log. */
bool administrator_prepare(struct access *access, const struct settings_values *settings,
                           struct error *err);

#endif
