#include "obctl/filter.h"

const struct obctl_filter obctl_filters[OBCTL_FILTER_COUNT] = {
    {"hostname", "hostname", false},     {"friendly-name", "friendlyName", false},
    {"fw-version", "fwVersion", false},  {"control-mode", "controlMode", false},
    {"power-state", "powerState", true}, {"manufacturer", "manufacturer", false},
    {"model", "model", false},
};
