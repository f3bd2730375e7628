#include "server/administrator.h"

#include "access/access.h"
#include "core/memory.h"
#include "server/data_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_LIMIT 128

/* The first line of the file, without its end. */
static bool read_password(const char *path, char password[PASSWORD_LIMIT + 2], struct error *err)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        char text[128];
        return error_set(err, ERROR_INVALID, "--admin-password-file: %.120s: %s", path,
                         strerror_r(errno, text, sizeof text));
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy of the secret in a buffer of the library */
    size_t size = fread(password, 1, PASSWORD_LIMIT + 1, file);
    (void)fclose(file);
    password[size] = '\0';
    size_t line = strcspn(password, "\r\n");
    bool whole = line < size || size <= PASSWORD_LIMIT;
    password[line] = '\0';
    if (line == 0 || !whole)
        return error_set(err, ERROR_INVALID,
                         "--admin-password-file: %.120s: the first line must have 1 to %d "
                         "characters",
                         path, PASSWORD_LIMIT);
    return true;
}

static void print_block(const char *user, const char *password)
{
    (void)printf("\n"
                 "  The administrator has been created. The password is shown only now:\n"
                 "\n"
                 "    user      %s\n"
                 "    password  %s\n"
                 "\n",
                 user, password);
    (void)fflush(stdout);
}

static bool keep_in_file(const struct settings_values *settings, const char *password,
                         struct error *err)
{
    char line[32];
    (void)snprintf(line, sizeof line, "%s\n", password);
    bool ok = data_folder_write(settings->data, ADMINISTRATOR_PASSWORD_FILE, 0600,
                                slice_of_string(line), err);
    memory_wipe(line, sizeof line);
    if (!ok) /* it has been stored, and nobody knows it */
        return error_wrap(err,
                          "the administrator's password cannot be handed out; start again with "
                          "--admin-password-file");
    (void)printf("The administrator '%s' has been created. The password is in\n"
                 "%s/" ADMINISTRATOR_PASSWORD_FILE "; delete that file once it is read.\n",
                 settings->admin_user, settings->data);
    (void)fflush(stdout);
    return true;
}

static bool show(const struct settings_values *settings, const char *password, struct error *err)
{
    if (isatty(STDOUT_FILENO) == 0)
        return keep_in_file(settings, password, err);
    print_block(settings->admin_user, password);
    return true;
}

bool administrator_is_given(const struct settings_values *settings)
{
    return settings->admin_password != NULL || settings->admin_password_file != NULL;
}

void administrator_hide_variables(void)
{
    const struct setting *setting = settings_find(SLICE_LITERAL("admin-password"));
    char own[64];
    const char *const names[] = {settings_variable(setting, own), setting->toolkit};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *value = names[i] == NULL ? NULL : getenv(names[i]);
        if (value == NULL)
            continue;
        memory_wipe(value, strlen(value)); /* /proc/PID/environ shows these very bytes */
        (void)unsetenv(names[i]);
    }
}

bool administrator_prepare(struct access *access, const struct settings_values *settings,
                           struct error *err)
{
    char from_file[PASSWORD_LIMIT + 2];
    char generated[25] = "";
    const char *password = settings->admin_password;
    if (settings->admin_password_file != NULL) {
        if (password != NULL)
            return error_set(err, ERROR_INVALID,
                             "--admin-password-file: the password is given in another way too");
        if (!read_password(settings->admin_password_file, from_file, err)) {
            memory_wipe(from_file, sizeof from_file);
            return false;
        }
        password = from_file;
    }
    bool ok = access_bootstrap(access, settings->admin_user, password, generated, err);
    memory_wipe(from_file, sizeof from_file);
    if (settings->admin_password != NULL)
        memory_wipe(settings->admin_password, strlen(settings->admin_password));
    if (ok && generated[0] != '\0')
        ok = show(settings, generated, err);
    memory_wipe(generated, sizeof generated);
    return ok || error_wrap(err, "the administrator cannot be set up");
}
