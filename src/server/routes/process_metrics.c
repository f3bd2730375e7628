#include "server/routes/process_metrics.h"

#include "core/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void print(struct buffer *out, const char *name, const char *kind, const char *help,
                  double value)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %.17g\n", name, help, name, kind, name,
                  value);
}

/* The `index`th blank-separated number of a /proc file, counted from 0. */
static bool read_number(const char *path, unsigned index, uint64_t *number)
{
    char text[512];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t size = read(file, text, sizeof text);
    (void)close(file);
    if (size <= 0)
        return false;
    struct slice rest = slice_of(text, (size_t)size);
    for (unsigned i = 0; i < index; i++)
        (void)slice_split(&rest, ' ');
    return slice_to_u64(slice_trim(slice_split(&rest, ' ')), UINT64_MAX, number);
}

/* Linux from 6.2 on tells the count as the folder's size; before that it is counted. */
static uint64_t count_descriptors(void)
{
    struct stat status;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        return (uint64_t)status.st_size;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    uint64_t count = 0;
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count > 3 ? count - 3 : 0; /* ".", ".." and the folder itself */
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

void process_metrics_print(struct buffer *out)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        print(out, "process_cpu_seconds_total", "counter", "User and system CPU time in seconds",
              seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
    uint64_t pages;
    double page = (double)sysconf(_SC_PAGESIZE);
    if (read_number("/proc/self/statm", 1, &pages))
        print(out, "process_resident_memory_bytes", "gauge", "Resident memory in bytes",
              (double)pages * page);
    if (read_number("/proc/self/statm", 0, &pages))
        print(out, "process_virtual_memory_bytes", "gauge", "Virtual memory in bytes",
              (double)pages * page);
    uint64_t descriptors = count_descriptors();
    if (descriptors > 0)
        print(out, "process_open_fds", "gauge", "Open file descriptors", (double)descriptors);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        print(out, "process_max_fds", "gauge", "Most file descriptors at once",
              (double)limit.rlim_cur);
}
