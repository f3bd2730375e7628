#include "mps/routes/wireless_names.h"

const struct instance_name wireless_authentications[9] = {
    {1, "Other"},         {2, "OpenSystem"},   {3, "SharedKey"},
    {4, "WPAPSK"},        {5, "WPAIEEE8021x"}, {6, "WPA2PSK"},
    {7, "WPA2IEEE8021x"}, {32768, "WPA3SAE"},  {32769, "WPA3OWE"},
};
const struct instance_name wireless_encryptions[5] = {
    {1, "Other"}, {2, "WEP"}, {3, "TKIP"}, {4, "CCMP"}, {5, "None"}};
const struct instance_name wireless_networks[3] = {
    {0, "Unknown"}, {2, "Independent"}, {3, "Infrastructure"}};
const struct instance_name wireless_states[3] = {
    {3, "WifiDisabled"}, {32768, "WifiEnabledS0"}, {32769, "WifiEnabledS0SxAC"}};

const struct instance_name *wireless_name_find(const struct instance_name *names, size_t count,
                                               const json_t *text)
{
    struct slice wanted = slice_of_string(json_string_value(text));
    for (size_t i = 0; i < count; i++)
        if (slice_equal_ignore_case(wanted, slice_of_string(names[i].name)))
            return &names[i];
    return NULL;
}
