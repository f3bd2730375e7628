/* Gives a fuzz target every file of its corpus, where there is no libFuzzer.
 *
 * usage: NAME_fuzz FOLDER */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* False: it cannot be read whole. */
static int replay(const char *folder, const char *name)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "rb") : NULL;
    if (file == NULL)
        return 0;
    /* Of just that size, so that the address sanitizer sees who reads past it. */
    uint8_t *all = malloc(LIMIT);
    size_t size = all != NULL ? fread(all, 1, LIMIT, file) : 0;
    uint8_t *data = malloc(size > 0 ? size : 1);
    int ok = all != NULL && data != NULL && ferror(file) == 0 && size < LIMIT;
    if (ok) {
        memcpy(data, all, size);
        (void)LLVMFuzzerTestOneInput(data, size);
    }
    free(data);
    free(all);
    (void)fclose(file);
    return ok;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    int ok = folder != NULL;
    for (struct dirent *entry; ok && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        ok = replay(argv[1], entry->d_name);
        count++;
    }
    if (folder != NULL)
        (void)closedir(folder);
    ok = ok && count > 0;
    (void)printf("1..1\n%s 1 - replays a corpus of %u\n", ok ? "ok" : "not ok", count);
    return ok ? 0 : 1;
}
