/* The administrator at the first start: the password that the settings give, or a new one that is
 * shown once. On the main thread. */
#ifndef SERVER_ADMINISTRATOR_H
#define SERVER_ADMINISTRATOR_H

#include "server/settings.h"

struct access;

/* The file of the data folder that gets a password that nobody would see. */
#define ADMINISTRATOR_PASSWORD_FILE "administrator-password"

/* True when the settings give a password. It is set before anybody can log in; one that has to be
 * made is made after everything else that can fail, as it is shown only once. */
bool administrator_is_given(const struct settings_values *settings);

/* Removes the password from the environment, once the settings are read and before there are other
 * threads. */
void administrator_hide_variables(void);

/* Creates the administrator or sets the password. A password that had to be made is printed on
 * standard output when that is a terminal. Otherwise it would stay in a journal that others read:
 * it is written to ADMINISTRATOR_PASSWORD_FILE, and only the file's name is printed. The password
 * in the settings is wiped. */
bool administrator_prepare(struct access *access, const struct settings_values *settings,
                           struct error *err);

#endif
