#include "amt/boot_parameters.h"

#include "core/encoding.h"

#include <string.h>

#define VENDOR       0x8086u /* Intel */
#define ENTRY_HEAD   8
#define TYPE_ON_WIRE 0xffffu

/* `exact`: a number of just that size (spec mps 2.8, device-protocols 6.4). */
static const struct {
    enum amt_boot_parameter type;
    uint16_t limit;
    bool exact;
} types[] = {
    {AMT_BOOT_URI, 300, false},        {AMT_BOOT_FILE_PATH, 300, false},
    {AMT_BOOT_PATH_LENGTH, 2, true},   {AMT_BOOT_SYNC_ROOTS, 1, true},
    {AMT_BOOT_USER, 16, false},        {AMT_BOOT_PASSWORD, 16, false},
    {AMT_BOOT_ERASE_TARGETS, 4, true}, {AMT_BOOT_ERASE_PASSWORD, 32, false},
};

static size_t row_of(enum amt_boot_parameter type)
{
    size_t row = 0;
    while (row + 1 < sizeof types / sizeof types[0] && types[row].type != type)
        row++;
    return row;
}

size_t amt_boot_parameter_limit(enum amt_boot_parameter type)
{
    return types[row_of(type)].limit;
}

static void put_little_endian(struct amt_boot_parameters *parameters, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        parameters->bytes[parameters->size++] = (uint8_t)(value >> (8 * i));
}

bool amt_boot_parameters_put(struct amt_boot_parameters *parameters, enum amt_boot_parameter type,
                             struct slice value, struct error *err)
{
    if (value.size > amt_boot_parameter_limit(type))
        return error_set(err, ERROR_INVALID, "a boot parameter is longer than %zu bytes",
                         amt_boot_parameter_limit(type));
    if (value.size > sizeof parameters->bytes - ENTRY_HEAD ||
        parameters->size > sizeof parameters->bytes - ENTRY_HEAD - value.size)
        return error_set(err, ERROR_INVALID, "the boot parameters are longer than %d bytes",
                         AMT_BOOT_PARAMETERS_SIZE);
    put_little_endian(parameters, VENDOR, 2);
    put_little_endian(parameters, (uint32_t)type & TYPE_ON_WIRE, 2);
    put_little_endian(parameters, (uint32_t)value.size, 4);
    if (value.size > 0)
        memcpy(parameters->bytes + parameters->size, value.data, value.size);
    parameters->size += value.size;
    parameters->count++;
    return true;
}

bool amt_boot_parameters_put_number(struct amt_boot_parameters *parameters,
                                    enum amt_boot_parameter type, uint32_t value, struct error *err)
{
    const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                             (uint8_t)(value >> 24)};
    const size_t row = row_of(type);
    const size_t size = types[row].exact ? types[row].limit : sizeof bytes;
    return amt_boot_parameters_put(parameters, type, slice_of(bytes, size), err);
}

struct slice amt_boot_parameters_text(const struct amt_boot_parameters *parameters,
                                      struct arena *arena)
{
    return encoding_base64(arena, slice_of(parameters->bytes, parameters->size));
}
