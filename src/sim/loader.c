#include "sim/loader.h"

#include "core/encoding.h"
#include "core/memory.h"
#include "sim/drive.h"
#include "sim/volume.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_MS   5000 /* how long the machine's firmware looks for a drive */
#define LINE_SIZE    256
#define SECTOR       512
#define DIGEST_SIZE  32
#define HASH_REQUEST 32768

static const char text_path[] = "/BOOT.TXT";
static const char nothing[] = "No bootable medium";

enum stage { STAGE_SESSION, STAGE_ATTACH, STAGE_VOLUME, STAGE_VERIFY, STAGE_LOG };

struct sim_loader {
    struct sim_device *device;
    const struct sim_loader_events *events;
    void *owner;
    bool cd;
    uint8_t stage;   /* enum stage */
    uint64_t due_ms; /* while it waits for a session */
    bool waited;
    struct sim_drive *drive; /* of the session; from ATTACH on */
    struct sim_volume volume;
    bool walks; /* `volume` has begun */
    EVP_MD_CTX *hash;
    uint64_t hashed, started_ms;
    uint8_t sector[SECTOR]; /* of the log */
};

/* ---- telling ---- */

static void __attribute__((format(printf, 2, 3)))
say(struct sim_loader *loader, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof(line) - 2, format, args);
    va_end(args);
    if (size < 0)
        return;
    size_t length = (size_t)size < sizeof(line) - 3 ? (size_t)size : sizeof(line) - 3;
    line[length] = '\r';
    line[length + 1] = '\n';
    loader->events->print(loader->owner, slice_of(line, length + 2));
}

static const char *drive_name(const struct sim_loader *loader)
{
    return loader->cd ? "Remote CD" : "Remote floppy";
}

/* The text of a file, with the machine's ends of lines and nothing that moves the cursor. */
static void say_text(struct sim_loader *loader, struct slice text)
{
    while (text.size > 0) {
        char line[LINE_SIZE];
        size_t size = 0;
        struct slice rest = slice_split(&text, '\n');
        if (rest.size > 0 && rest.data[rest.size - 1] == '\r')
            rest.size--;
        for (; size < rest.size && size < sizeof(line) - 3; size++) {
            uint8_t c = rest.data[size];
            line[size] = c == '\t' ? ' ' : c < ' ' || c > '~' ? '.' : (char)c;
        }
        say(loader, "%.*s", (int)size, line);
    }
}

static void over(struct sim_loader *loader, const char *why)
{
    struct sim_device *device = loader->device;
    const struct sim_loader_events *events = loader->events;
    void *owner = loader->owner;
    bool cd = loader->cd;
    device->loader_failure = why;
    sim_loader_stop(device);
    if (device->loaded != NULL)
        device->loaded(device, cd, why);
    events->over(owner, why == NULL);
}

static void fail(struct sim_loader *loader, const char *why)
{
    say(loader, "%s", why);
    over(loader, why);
}

static void fail_drive(struct sim_loader *loader, enum sim_drive_status status)
{
    const struct sim_ider_sense *sense = &loader->drive->sense;
    if (status == SIM_DRIVE_CHECK)
        say(loader, "%s: %s (sense %u/%02X/%02X)", drive_name(loader),
            sim_drive_status_name(status), (unsigned)sense->key, (unsigned)sense->code,
            (unsigned)sense->qualifier);
    else
        say(loader, "%s: %s", drive_name(loader), sim_drive_status_name(status));
    fail(loader, status == SIM_DRIVE_NO_MEDIUM ? nothing
                 : status == SIM_DRIVE_GONE    ? "Remote drive lost"
                                               : "Remote drive failed");
}

/* ---- a log on the floppy ---- */

static void on_logged(void *owner, enum sim_drive_status status, struct slice data, uint64_t now_ms)
{
    struct sim_loader *loader = owner;
    (void)data;
    (void)now_ms;
    if (status == SIM_DRIVE_GONE) {
        fail_drive(loader, status);
        return;
    }
    say(loader, "Boot log: %s",
        status == SIM_DRIVE_DONE ? "written" : sim_drive_status_name(status));
    over(loader, NULL);
}

/* The last block is the log's: no file of a test is there. */
static void write_log(struct sim_loader *loader, uint64_t now_ms)
{
    char guid[GUID_TEXT_SIZE];
    if (!loader->device->drives.write_log || loader->cd || loader->drive->blocks == 0 ||
        loader->drive->block_size != SECTOR || loader->drive->protected) {
        over(loader, NULL);
        return;
    }
    loader->stage = STAGE_LOG;
    snprintf((char *)loader->sector, sizeof(loader->sector), "booted %s boot=%u\n",
             guid_format(&loader->device->guid, guid), (unsigned)loader->device->boot.count);
    sim_drive_write(loader->drive, loader->drive->blocks - 1, slice_of(loader->sector, SECTOR),
                    on_logged, loader, now_ms);
}

/* ---- the whole medium ---- */

static void verify_next(struct sim_loader *loader, uint64_t now_ms);

static void end_verify(struct sim_loader *loader, uint64_t now_ms)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    char text[2 * DIGEST_SIZE + 1];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(loader->hash, digest, &size) != 1 || size != DIGEST_SIZE) {
        fail(loader, "Remote drive failed");
        return;
    }
    for (unsigned i = 0; i < DIGEST_SIZE; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)digest[i]);
    say(loader, "Read %llu bytes, SHA-256 %s", (unsigned long long)loader->hashed, text);
    if (loader->device->verified != NULL)
        loader->device->verified(loader->device, loader->hashed, now_ms - loader->started_ms, text);
    write_log(loader, now_ms);
}

static void on_hashed(void *owner, enum sim_drive_status status, struct slice data, uint64_t now_ms)
{
    struct sim_loader *loader = owner;
    if (status != SIM_DRIVE_DONE) {
        fail_drive(loader, status);
        return;
    }
    (void)EVP_DigestUpdate(loader->hash, data.data, data.size);
    loader->hashed += data.size;
    verify_next(loader, now_ms);
}

static void verify_next(struct sim_loader *loader, uint64_t now_ms)
{
    uint32_t request = loader->device->drives.request;
    uint64_t left = sim_drive_size(loader->drive) - loader->hashed;
    if (request < HASH_REQUEST)
        request = HASH_REQUEST;
    if (request > SIM_IDER_DATA_LIMIT)
        request = SIM_IDER_DATA_LIMIT;
    if (left == 0)
        end_verify(loader, now_ms);
    else
        sim_drive_read(loader->drive, loader->hashed, left < request ? (uint32_t)left : request,
                       on_hashed, loader, now_ms);
}

static void verify(struct sim_loader *loader, uint64_t now_ms)
{
    if (!loader->device->drives.verify || loader->drive->blocks == 0) {
        write_log(loader, now_ms);
        return;
    }
    loader->stage = STAGE_VERIFY;
    loader->started_ms = now_ms;
    loader->hash = EVP_MD_CTX_new();
    if (loader->hash == NULL || EVP_DigestInit_ex(loader->hash, EVP_sha256(), NULL) != 1)
        fail(loader, "Remote drive failed");
    else
        verify_next(loader, now_ms);
}

/* ---- the boot record and what it names ---- */

static void walk(struct sim_loader *loader, uint64_t now_ms);

static void on_extent(void *owner, enum sim_drive_status status, struct slice data, uint64_t now_ms)
{
    struct sim_loader *loader = owner;
    if (status == SIM_DRIVE_RANGE) { /* the boot record lies */
        fail(loader, "Bad medium");
    } else if (status != SIM_DRIVE_DONE) {
        fail_drive(loader, status);
    } else {
        sim_volume_take(&loader->volume, data);
        walk(loader, now_ms);
    }
}

static void booted(struct sim_loader *loader, uint64_t now_ms)
{
    const struct sim_volume *volume = &loader->volume;
    say(loader, "Booting from %s%s%s", drive_name(loader), volume->label[0] == '\0' ? "" : ": ",
        volume->label);
    say(loader, "Boot image: %u bytes at %llu%s", (unsigned)volume->image_size,
        (unsigned long long)volume->image_at, volume->emulated ? ", emulated disk" : "");
    if (volume->has_file)
        say(loader, "Loading %s, %u bytes", text_path, (unsigned)volume->file_size);
    say_text(loader, buffer_slice(&volume->text));
    verify(loader, now_ms);
}

static void walk(struct sim_loader *loader, uint64_t now_ms)
{
    const struct sim_volume *volume = &loader->volume;
    if (volume->state == SIM_VOLUME_FAILED)
        fail(loader, volume->why);
    else if (volume->state == SIM_VOLUME_FOUND)
        booted(loader, now_ms);
    else
        sim_drive_read(loader->drive, volume->offset, volume->size, on_extent, loader, now_ms);
}

/* ---- the drive ---- */

static void on_attached(void *owner, enum sim_drive_status status, struct slice data,
                        uint64_t now_ms)
{
    struct sim_loader *loader = owner;
    (void)data;
    if (status != SIM_DRIVE_DONE) {
        fail_drive(loader, status);
        return;
    }
    if (loader->drive->blocks > 0)
        say(loader, "%s: %llu blocks of %u bytes%s", drive_name(loader),
            (unsigned long long)loader->drive->blocks, (unsigned)loader->drive->block_size,
            loader->drive->protected ? "" : ", writable");
    loader->stage = STAGE_VOLUME;
    loader->walks = true;
    if (loader->cd)
        sim_iso_begin(&loader->volume, text_path);
    else
        sim_fat_begin(&loader->volume, text_path + 1);
    walk(loader, now_ms);
}

static void attach(struct sim_loader *loader, uint64_t now_ms)
{
    struct sim_ider *link = loader->device->ider;
    loader->stage = STAGE_ATTACH;
    loader->due_ms = UINT64_MAX;
    loader->drive = sim_ider_drive(link, loader->cd);
    say(loader, "%s: starting", drive_name(loader));
    sim_ider_reset(link, now_ms);
    sim_drive_attach(loader->drive, on_attached, loader, now_ms);
}

/* ---- life ---- */

void sim_loader_start(struct sim_device *device, bool cd, const struct sim_loader_events *events,
                      void *owner, uint64_t now_ms)
{
    sim_loader_stop(device);
    device->loader_failure = NULL;
    device->loader = memory_new(sizeof(*device->loader));
    *device->loader = (struct sim_loader){
        .device = device, .events = events, .owner = owner, .cd = cd, .due_ms = now_ms};
}

void sim_loader_stop(struct sim_device *device)
{
    struct sim_loader *loader = device->loader;
    if (loader == NULL)
        return;
    device->loader = NULL;
    if (loader->drive != NULL && device->ider != NULL)
        sim_drive_cancel(loader->drive);
    if (loader->walks)
        sim_volume_fini(&loader->volume);
    EVP_MD_CTX_free(loader->hash);
    free(loader);
}

void sim_loader_tick(struct sim_device *device, uint64_t now_ms)
{
    struct sim_loader *loader = device->loader;
    if (loader == NULL || loader->stage != STAGE_SESSION)
        return;
    if (device->ider != NULL && sim_ider_is_on(device->ider)) {
        attach(loader, now_ms);
    } else if (loader->due_ms <= now_ms && !loader->waited) {
        loader->waited = true;
        loader->due_ms = now_ms + SESSION_MS;
        say(loader, "%s: waiting for a session", drive_name(loader));
    } else if (loader->due_ms <= now_ms) {
        fail(loader, nothing);
    }
}

uint64_t sim_loader_due(const struct sim_device *device)
{
    return device->loader == NULL ? UINT64_MAX : device->loader->due_ms;
}

const char *sim_loader_failure(const struct sim_device *device)
{
    return device->loader_failure;
}
