/*
 * Plays the presence scenarios: text files in which scripted devices (A … Z) talk APF to the real
 * presence server on a simulated clock. Each line is one step; `steps` below is the language. A
 * line that starts with "scenario" begins a new world; the first step that fails is reported with
 * its file and line.
 */
#include "world.h"

#include "core/encoding.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 12 };

struct step {
    struct world *world;
    struct io_simulated_peer *peer; /* of the device that the line is about; or NULL */
    size_t peer_index;
    char *words[WORDS]; /* after the command */
    size_t count;
    char why[300]; /* the step failed, and why */
};

static const char *word(const struct step *step, size_t at)
{
    return at < step->count ? step->words[at] : "";
}

static uint32_t number(const struct step *step, size_t at)
{
    return (uint32_t)strtoul(word(step, at), NULL, 0);
}

static void fail(struct step *step, const char *why)
{
    (void)snprintf(step->why, sizeof step->why, "%s", why);
}

/* ---- what devices do ---- */

static void say(struct step *step)
{
    io_simulated_send(step->peer, buffer_slice(&step->world->out));
    buffer_clear(&step->world->out);
    io_simulated_run();
}

static void dials(struct step *step)
{
    step->world->peers[step->peer_index] = io_simulated_dial(&step->world->address);
    if (step->world->peers[step->peer_index] == NULL)
        fail(step, "nobody listens");
    io_simulated_run();
}

static void says_version(struct step *step)
{
    struct guid guid = world_guid(word(step, 0));
    uint32_t major = step->count > 1 ? number(step, 1) : 1;
    apf_put_protocolversion(&step->world->out, major, 0, 1, &guid);
    say(step);
}

static void says_service(struct step *step)
{
    apf_put_service_request(&step->world->out, slice_of_string(word(step, 0)));
    say(step);
}

static void says_userauth(struct step *step)
{
    char password[64] = {0};
    world_password(word(step, 0), password);
    bool wrong = strcmp(word(step, 1), "wrong") == 0;
    bool longer = strcmp(word(step, 1), "with-nul") == 0; /* the password, a NUL and more */
    bool none = strcmp(word(step, 1), "none") == 0;
    apf_put_userauth_request(&step->world->out, slice_of_string(word(step, 0)),
                             SLICE_LITERAL("pfwd@amt.intel.com"),
                             none ? SLICE_LITERAL("none") : SLICE_LITERAL("password"),
                             wrong    ? SLICE_LITERAL("not it")
                             : longer ? slice_of(password, strlen(password) + 8)
                                      : slice_of_string(password));
    say(step);
}

static void says_forward(struct step *step)
{
    bool quiet = strcmp(word(step, 1), "quietly") == 0;
    apf_put_tcpip_forward(&step->world->out, false, !quiet, SLICE_LITERAL("pc"), number(step, 0));
    say(step);
}

static void says_cancel(struct step *step)
{
    apf_put_tcpip_forward(&step->world->out, true, true, SLICE_LITERAL("pc"), number(step, 0));
    say(step);
}

static void says_keepalive(struct step *step)
{
    apf_put_keepalive_request(&step->world->out, number(step, 0));
    say(step);
}

static void says_keepalive_options(struct step *step)
{
    apf_put_keepalive_options_reply(&step->world->out, number(step, 0), number(step, 1));
    say(step);
}

static void says_udp(struct step *step)
{
    apf_put_udp_send_to(&step->world->out, false, SLICE_LITERAL("192.0.2.9"), 162,
                        SLICE_LITERAL("192.0.2.1"), 16992, SLICE_LITERAL("alert"));
    say(step);
}

static void says_disconnect(struct step *step)
{
    apf_put_disconnect(&step->world->out, number(step, 0));
    say(step);
}

static void says_open(struct step *step)
{
    apf_put_channel_open(&step->world->out, slice_of_string(word(step, 0)), 1, 4096,
                         SLICE_LITERAL(""), 0, SLICE_LITERAL("::1"), 1);
    say(step);
}

static void says_confirmation(struct step *step)
{
    apf_put_open_confirmation(&step->world->out, number(step, 0), number(step, 1), number(step, 2));
    say(step);
}

static void says_failure(struct step *step)
{
    apf_put_open_failure(&step->world->out, number(step, 0), number(step, 1));
    say(step);
}

static void says_adjust(struct step *step)
{
    apf_put_window_adjust(&step->world->out, number(step, 0), number(step, 1));
    say(step);
}

static void says_data(struct step *step)
{
    apf_put_channel_data(&step->world->out, number(step, 0), slice_of_string(word(step, 1)));
    say(step);
}

static void says_flood(struct step *step)
{
    size_t size = number(step, 1);
    uint8_t *bytes = memory_new(size);
    apf_put_channel_data(&step->world->out, number(step, 0), slice_of(bytes, size));
    free(bytes);
    say(step);
}

static void says_close(struct step *step)
{
    apf_put_channel_close(&step->world->out, number(step, 0));
    say(step);
}

static void says_bytes(struct step *step)
{
    uint8_t byte;
    for (size_t i = 0; i < step->count; i++) {
        if (encoding_hex_decode(slice_of_string(word(step, i)), &byte, 1))
            buffer_put_u8(&step->world->out, byte);
        else
            buffer_put_text(&step->world->out, word(step, i));
    }
    say(step);
}

static void splits(struct step *step)
{
    io_simulated_split(step->peer, number(step, 0));
}

static void stalls(struct step *step)
{
    io_simulated_stall(step->peer, true);
}

static void reads(struct step *step)
{
    io_simulated_stall(step->peer, false);
    io_simulated_run();
}

static void hangs_up(struct step *step)
{
    io_simulated_close(step->peer);
    io_simulated_run();
}

static void resets(struct step *step)
{
    io_simulated_reset(step->peer);
    io_simulated_run();
}

/* ---- what devices see ---- */

static const struct {
    const char *name;
    enum apf_type type;
} messages[] = {
    {"disconnect", APF_DISCONNECT},
    {"service-accept", APF_SERVICE_ACCEPT},
    {"userauth-failure", APF_USERAUTH_FAILURE},
    {"userauth-success", APF_USERAUTH_SUCCESS},
    {"request-success", APF_REQUEST_SUCCESS},
    {"request-failure", APF_REQUEST_FAILURE},
    {"channel-open", APF_CHANNEL_OPEN},
    {"open-failure", APF_CHANNEL_OPEN_FAILURE},
    {"window-adjust", APF_CHANNEL_WINDOW_ADJUST},
    {"channel-data", APF_CHANNEL_DATA},
    {"channel-close", APF_CHANNEL_CLOSE},
    {"keepalive-request", APF_KEEPALIVE_REQUEST},
    {"keepalive-reply", APF_KEEPALIVE_REPLY},
    {"keepalive-options", APF_KEEPALIVE_OPTIONS_REQUEST},
};

static bool contains(struct slice text, const char *part)
{
    return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

/* Whether the message has the values that the line names. */
static bool has_values(const struct step *step, const struct apf_message *message)
{
    size_t n = step->count;
    switch (message->type) {
    case APF_DISCONNECT:
        return n < 2 || message->disconnect.reason == number(step, 1);
    case APF_SERVICE_ACCEPT:
        return slice_equal_string(message->service.name, word(step, 1));
    case APF_REQUEST_SUCCESS:
        return n < 2 || message->request_success.port == number(step, 1);
    case APF_CHANNEL_OPEN:
        return message->open.connected_port == number(step, 1) &&
               (n < 3 || message->open.sender == number(step, 2));
    case APF_CHANNEL_OPEN_FAILURE:
        return message->failure.recipient == number(step, 1) &&
               message->failure.reason == number(step, 2);
    case APF_CHANNEL_WINDOW_ADJUST:
        return message->adjust.recipient == number(step, 1) &&
               message->adjust.bytes == number(step, 2);
    case APF_CHANNEL_DATA:
        return message->data.recipient == number(step, 1) &&
               contains(message->data.bytes, word(step, 2));
    case APF_CHANNEL_CLOSE:
        return message->close.recipient == number(step, 1);
    case APF_KEEPALIVE_REPLY:
        return message->keepalive.cookie == number(step, 1);
    case APF_KEEPALIVE_OPTIONS_REQUEST:
        return message->options.interval_s == number(step, 1);
    default:
        return true;
    }
}

static void receives(struct step *step)
{
    struct slice bytes = io_simulated_received(step->peer);
    if (strcmp(word(step, 0), "nothing") == 0) {
        if (bytes.size > 0)
            (void)snprintf(step->why, sizeof step->why, "%zu bytes came, first %s", bytes.size,
                           apf_type_name(bytes.data[0]));
        return;
    }
    if (strcmp(word(step, 0), "text") == 0) {
        if (!contains(bytes, word(step, 1)))
            fail(step, "the text did not come");
        io_simulated_take(step->peer, bytes.size);
        return;
    }
    struct apf_message message;
    struct error err;
    size_t used;
    if (bytes.size == 0) {
        fail(step, "nothing came");
        return;
    }
    bool with_port = step->count > 1;
    if (apf_decode(bytes, with_port, &message, &used, &err) != APF_DECODED) {
        fail(step, "no whole message came");
        return;
    }
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        if (strcmp(messages[i].name, word(step, 0)) != 0)
            continue;
        if (messages[i].type != message.type || !has_values(step, &message))
            (void)snprintf(step->why, sizeof step->why, "%s with other values or type came",
                           apf_type_name(message.type));
        io_simulated_take(step->peer, used);
        return;
    }
    fail(step, "no such message in the language");
}

static void forgets(struct step *step)
{
    io_simulated_take(step->peer, io_simulated_received(step->peer).size);
}

static void is_ended(struct step *step)
{
    if (io_simulated_end(step->peer) == IO_SIMULATED_OPEN)
        fail(step, "the connection is still open");
}

static void is_open(struct step *step)
{
    if (io_simulated_end(step->peer) != IO_SIMULATED_OPEN)
        fail(step, "the connection has ended");
}

/* ---- the world ---- */

static void stores(struct step *step)
{
    bool bare = strcmp(word(step, 1), "without-amt-password") == 0;
    world_store(step->world, word(step, 0), bare ? NULL : "Admin-1234");
}

static void advance(struct step *step)
{
    io_simulated_advance((uint64_t)number(step, 0) * 1000);
}

static void connected(struct step *step)
{
    if (!world_is_connected(step->world, word(step, 0)))
        fail(step, "the device is not connected");
    else if (!world_is_stored_connected(step->world, word(step, 0)))
        fail(step, "the device's row says it is not connected");
}

static void disconnected(struct step *step)
{
    if (world_is_connected(step->world, word(step, 0)))
        fail(step, "the device is connected");
    else if (world_is_stored_connected(step->world, word(step, 0)))
        fail(step, "the device's row says it is connected");
}

static void no_certificate(struct step *step)
{
    if (!world_has_no_certificate(step->world, word(step, 0)))
        fail(step, "the device has a certificate, or another error");
}

static void operator_disconnects(struct step *step)
{
    world_disconnect(step->world, word(step, 0));
    io_simulated_run();
}

static struct question *question_of(struct step *step, const char *name)
{
    for (size_t i = 0; i < WORLD_QUESTIONS; i++) {
        struct question *question = &step->world->questions[i];
        if (question->name[0] == '\0')
            (void)snprintf(question->name, sizeof question->name, "%s", name);
        if (strcmp(question->name, name) == 0)
            return question;
    }
    fail(step, "too many questions in one scenario");
    return &step->world->questions[0];
}

static void ask(struct step *step)
{
    world_ask(step->world, question_of(step, word(step, 0)), word(step, 1));
}

static void push(struct step *step)
{
    world_push(step->world, question_of(step, word(step, 0)), word(step, 1), number(step, 2));
}

static void server_stops(struct step *step)
{
    if (!world_stop_within(step->world, (uint64_t)number(step, 0) * 1000))
        fail(step, "it takes all the time it has");
}

static void answer(struct step *step)
{
    struct question *question = question_of(step, word(step, 0));
    const char *expected = word(step, 1);
    io_simulated_run();
    bool pending = io_task_running(&question->task);
    if (!question->asked)
        fail(step, "that was never asked");
    else if (pending != (strcmp(expected, "pending") == 0))
        (void)snprintf(step->why, sizeof step->why, "%s: %s",
                       pending ? "there is no answer yet" : "it is answered already",
                       pending || question->ok ? "" : question->err.text);
    else if (!pending && question->ok != (strcmp(expected, "ok") == 0))
        (void)snprintf(step->why, sizeof step->why, "the outcome is %s: %s",
                       question->ok ? "ok" : error_name(question->err.code), question->err.text);
    else if (!pending && !question->ok &&
             (strcmp(error_name(question->err.code), expected) != 0 ||
              strstr(question->err.text, word(step, 2)) == NULL))
        (void)snprintf(step->why, sizeof step->why, "the error is %s: %s",
                       error_name(question->err.code), question->err.text);
}

static const struct {
    const char *name;
    bool by_device;
    void (*play)(struct step *step);
} steps[] = {
    {"dials", true, dials},
    {"version", true, says_version},
    {"service", true, says_service},
    {"userauth", true, says_userauth},
    {"forward", true, says_forward},
    {"cancel", true, says_cancel},
    {"keepalive", true, says_keepalive},
    {"keepalive-options", true, says_keepalive_options},
    {"udp", true, says_udp},
    {"disconnect", true, says_disconnect},
    {"opens", true, says_open},
    {"confirms", true, says_confirmation},
    {"refuses", true, says_failure},
    {"adjusts", true, says_adjust},
    {"data", true, says_data},
    {"flood", true, says_flood},
    {"closes", true, says_close},
    {"bytes", true, says_bytes},
    {"splits", true, splits},
    {"stalls", true, stalls},
    {"reads", true, reads},
    {"hangs-up", true, hangs_up},
    {"resets", true, resets},
    {"receives", true, receives},
    {"forgets", true, forgets},
    {"ended", true, is_ended},
    {"open", true, is_open},
    {"store", false, stores},
    {"advance", false, advance},
    {"connected", false, connected},
    {"disconnected", false, disconnected},
    {"no-certificate", false, no_certificate},
    {"operator-disconnects", false, operator_disconnects},
    {"ask", false, ask},
    {"push", false, push},
    {"server-stops", false, server_stops},
    {"answer", false, answer},
};

/* ---- the files ---- */

/* Splits a line into words; quotes keep blanks together, \r and \n inside them are written out. */
static size_t split(char *line, char *words[], size_t most)
{
    size_t count = 0;
    char *at = line;
    while (count < most) {
        at += strspn(at, " \t\n");
        if (*at == '\0' || *at == '#')
            break;
        bool quoted = *at == '"';
        if (quoted)
            at++;
        words[count++] = at;
        char *to = at;
        while (*at != '\0' && (quoted ? *at != '"' : strchr(" \t\n", *at) == NULL)) {
            if (at[0] == '\\' && (at[1] == 'r' || at[1] == 'n')) {
                *to++ = at[1] == 'r' ? '\r' : '\n';
                at += 2;
            } else {
                *to++ = *at++;
            }
        }
        bool end = *at == '\0';
        *to = '\0';
        if (end)
            break;
        at++;
    }
    return count;
}

static void play(struct world *world, char *words[], size_t count, struct step *step)
{
    bool by_device = strlen(words[0]) == 1 && words[0][0] >= 'A' && words[0][0] <= 'Z';
    size_t command = by_device ? 1 : 0;
    *step = (struct step){.world = world};
    if (by_device) {
        step->peer_index = (size_t)(words[0][0] - 'A');
        step->peer = world->peers[step->peer_index];
    }
    if (command >= count) {
        fail(step, "the line has no step");
        return;
    }
    for (size_t i = command + 1; i < count; i++)
        step->words[step->count++] = words[i];
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].by_device != by_device || strcmp(steps[i].name, words[command]) != 0)
            continue;
        if (by_device && step->peer == NULL && steps[i].play != dials)
            fail(step, "that device has not dialled");
        else
            steps[i].play(step);
        return;
    }
    fail(step, "no such step");
}

struct tally {
    int number;
    int failed;
    bool open; /* a scenario is being played */
    char name[200];
    char why[500];
};

static void finish(struct tally *tally, struct world *world)
{
    if (!tally->open)
        return;
    tally->open = false;
    world_stop(world);
    tally->number++;
    if (tally->why[0] != '\0') {
        tally->failed++;
        printf("not ok %d - %s\n# %s\n", tally->number, tally->name, tally->why);
    } else {
        printf("ok %d - %s\n", tally->number, tally->name);
    }
    (void)fflush(stdout);
}

static bool play_file(const char *path, struct tally *tally)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return false;
    }
    static struct world world;
    char line[4096];
    char whole[4096];
    for (int at = 1; fgets(line, sizeof line, file) != NULL; at++) {
        memcpy(whole, line, sizeof whole);
        whole[strcspn(whole, "\n")] = '\0';
        if (strncmp(line, "scenario ", 9) == 0) {
            finish(tally, &world);
            world_start(&world);
            tally->open = true;
            tally->why[0] = '\0';
            (void)snprintf(tally->name, sizeof tally->name, "%.190s", whole + 9);
            continue;
        }
        char *words[WORDS];
        size_t count = split(line, words, WORDS);
        if (count == 0 || !tally->open || tally->why[0] != '\0')
            continue;
        struct step step;
        play(&world, words, count, &step);
        if (step.why[0] != '\0')
            (void)snprintf(tally->why, sizeof tally->why, "line %d: %.150s: %.290s", at, whole,
                           step.why);
    }
    finish(tally, &world);
    (void)fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    for (int i = 1; i < argc; i++)
        if (!play_file(argv[i], &tally))
            return 1;
    printf("1..%d\n", tally.number);
    return tally.failed > 0;
}
