#include "store/database.h"

bool store_database_no_device(const struct guid *guid, struct error *err)
{
    char text[GUID_TEXT_SIZE];
    return error_set(err, ERROR_NOT_FOUND, "Device ID %s not found", guid_format(guid, text));
}

/* The sentence is the toolkit's (spec mps 1.8, POST /devices). */
bool store_database_other_tenant(const struct guid *guid, struct error *err)
{
    char text[GUID_TEXT_SIZE];
    return error_set(err, ERROR_CONFLICT, "Device ID: %s already exists", guid_format(guid, text));
}
