/*
 * Commands that are one request of the REST interface each, described as data: path, what the
 * options and operands become, how the answer is shown. Most of obctl is tables of these, by group
 * (requests_*.c); help is made from them. Constant data.
 */
#ifndef OBCTL_REQUEST_H
#define OBCTL_REQUEST_H

#include "obctl/command.h"

#define OBCTL_REQUEST_FIELDS 12 /* the most that a request may have */

enum obctl_field_kind {
    OBCTL_TEXT,
    OBCTL_NUMBER,     /* whole, not negative */
    OBCTL_PAGE,       /* 1 for the first page of 50: sent as how many to skip */
    OBCTL_SWITCH,     /* an option without a value: true */
    OBCTL_OFF,        /* an option without a value: false */
    OBCTL_ON_OFF,     /* "on" or "off": true or false */
    OBCTL_LIST,       /* texts with commas between them: an array */
    OBCTL_SECRET,     /* names a file whose first line is the value */
    OBCTL_BASE64,     /* names a file whose content is sent as base64 */
    OBCTL_BASE64_PEM, /* … after its PEM armour was taken off, when it has one */
    OBCTL_FILE_TEXT,  /* names a file whose content is the value, without blanks around it */
    OBCTL_ASKED,      /* as OBCTL_SECRET; without the option the value is that of the environment
                         variable `from`, or asked for */
    OBCTL_BODY        /* names a file ("-": standard input) with the JSON object that is the body;
                         options after it change members */
};

/* One option, or one operand behind DEVICE. */
struct obctl_field {
    const char *option; /* "priority"; NULL: an operand */
    const char *value;  /* what help calls its value; also the operand's name */
    const char *member; /* where it goes: "ssid", "ieee8021x.username", "rules[].EventID" (an array
                           of one); "?startIndex" into the query; "{name}" into the path */
    const char *from;   /* member of the answer to `current` that is sent when none is given; of
                           OBCTL_ASKED the variable */
    enum obctl_field_kind kind;
    bool required;
    const char *help; /* one line */
};

struct obctl_request {
    const char *method;
    const char *path;                 /* with "{guid}" the first operand is a DEVICE */
    const struct obctl_field *fields; /* ended by .member NULL; or NULL */
    const char *current; /* a GET that says how things are now (obctl_field.from); or NULL */
    bool final;          /* cannot be undone: wants --yes */
    const char *fixed;   /* a JSON object whose members are always in the body; or NULL */
    const char *rows;    /* member of the answer that is a list to show as a table; "" when the
                            answer itself is; NULL: the answer is one object */
    const char *columns; /* members of a row to show, "a.b" leads inwards: "Time,Event" */
    const char *raw;     /* member whose text is the output; "" for the whole body as it is */
    const char *done;    /* said instead of the answer: "{}" is the device; or NULL */
};

/* The run function of these commands: obctl->command->request says what to do. */
bool obctl_request_run(struct obctl *obctl, int argc, char **argv, struct error *err);

/* Prints "usage: …" and the options of such a command. */
void obctl_request_help(struct buffer *out, const struct obctl_command *command);

/* A parsed answer as a table: `rows` as in struct obctl_request, on a list of objects. */
void obctl_request_print_rows(struct obctl *obctl, const json_t *rows, const char *columns);

/* An object as lines of field and value, nested members as "a.b". */
void obctl_request_print_object(struct obctl *obctl, const json_t *object);

/* Makes one entry of a table of commands. */
#define OBCTL_REQUEST(words_, summary_, ...)                                                      \
    {                                                                                             \
        .words = (words_), .summary = (summary_), .needs_server = true, .run = obctl_request_run, \
        .request = &(const struct obctl_request)                                                  \
        {                                                                                         \
            __VA_ARGS__                                                                           \
        }                                                                                         \
    }

#define OBCTL_FIELDS(...)        \
    (const struct obctl_field[]) \
    {                            \
        __VA_ARGS__,             \
        {                        \
            .member = NULL       \
        }                        \
    }

/* The tables, each ended by .words NULL. */
extern const struct obctl_command obctl_requests_device[];
extern const struct obctl_command obctl_requests_control[];
extern const struct obctl_command obctl_requests_logs[];
extern const struct obctl_command obctl_requests_network[];
extern const struct obctl_command obctl_requests_jobs[];
extern const struct obctl_command obctl_requests_drives[];
extern const struct obctl_command obctl_requests_recordings[];
extern const struct obctl_command obctl_requests_provisioning[];
extern const struct obctl_command obctl_requests_agents[];
extern const struct obctl_command obctl_requests_accounts[];

#endif
