#include "obctl/secret.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool obctl_secret_read_line(char *line, size_t size)
{
    if (fgets(line, (int)size, stdin) == NULL)
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

bool obctl_secret_ask(const char *what, char *text, size_t size, struct error *err)
{
    struct termios before;
    bool hidden = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0;
    if (hidden) {
        struct termios quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        (void)fprintf(stderr, "%s: ", what);
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool ok = obctl_secret_read_line(text, size);
    if (hidden) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        (void)fputc('\n', stderr);
    }
    return ok || error_set(err, ERROR_INVALID, "no password came from standard input");
}
