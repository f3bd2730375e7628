/*
 * The class catalogue: every WSMAN class that Outband or its simulator speaks, declared once as
 * constant data in src/wsman/catalogue/: namespace, keys, properties with types in the ASCII order
 * in which firmware sends them, methods with their parameters in MOF order. Requests, the
 * simulator's answers, validation and documents derive from it. Read-only; any thread.
 */
#ifndef WSMAN_CATALOGUE_H
#define WSMAN_CATALOGUE_H

#include "core/slice.h"

enum wsman_type {
    WSMAN_STRING,
    WSMAN_BOOLEAN,
    WSMAN_UINT8,
    WSMAN_UINT16,
    WSMAN_UINT32,
    WSMAN_UINT64,
    WSMAN_SINT16,
    WSMAN_SINT32,
    WSMAN_DATETIME,
    WSMAN_INTERVAL,
    WSMAN_BINARY,
    WSMAN_REFERENCE,
    WSMAN_EMBEDDED /* an instance of another class */
};

enum wsman_flag {
    WSMAN_KEY = 1,        /* part of the selector */
    WSMAN_ARRAY = 2,      /* repeated element */
    WSMAN_READ_ONLY = 4,  /* left out of a Put */
    WSMAN_WRITE_ONLY = 8, /* returned empty or not at all; a Put sends it only when it is set */
    WSMAN_REQUIRED = 16,
    WSMAN_OUT = 32 /* output parameter of a method */
};

struct wsman_property {
    const char *name;
    enum wsman_type type;
    unsigned flags;
};

struct wsman_method {
    const char *name;
    const struct wsman_property *parameters; /* ended by .name == NULL */
};

enum wsman_operation {
    WSMAN_OP_GET = 1,
    WSMAN_OP_PUT = 2,
    WSMAN_OP_CREATE = 4,
    WSMAN_OP_DELETE = 8,
    WSMAN_OP_ENUMERATE = 16
};

struct wsman_class {
    const char *name;  /* "AMT_GeneralSettings": the prefix decides the namespace */
    const char *super; /* class whose enumeration also returns this one; NULL for none */
    unsigned operations;
    const struct wsman_property *properties; /* ended by .name == NULL */
    const struct wsman_method *methods;      /* ended by .name == NULL; or NULL */
};

/* NULL when there is no such class. */
const struct wsman_class *wsman_class_find(struct slice name);

/* The class with this resource URI (namespace and name); NULL when there is none. */
const struct wsman_class *wsman_class_of_uri(struct slice uri);

/* All classes, sorted by name. */
const struct wsman_class *const *wsman_classes(size_t *count);

/* "http://intel.com/wbem/wscim/1/amt-schema/1/" etc., by the prefix of the class's name. */
const char *wsman_class_base(const struct wsman_class *class);

const struct wsman_method *wsman_method_find(const struct wsman_class *class, struct slice name);
const struct wsman_property *wsman_property_find(const struct wsman_class *class,
                                                 struct slice name);

/* The classes that code refers to by name, e.g. wsman_AMT_GeneralSettings. */
#define WSMAN_CLASS_DECLARE(name) extern const struct wsman_class wsman_##name
WSMAN_CLASS_DECLARE(AMT_BootCapabilities);
WSMAN_CLASS_DECLARE(AMT_BootSettingData);
WSMAN_CLASS_DECLARE(AMT_GeneralSettings);
WSMAN_CLASS_DECLARE(AMT_SetupAndConfigurationService);
WSMAN_CLASS_DECLARE(CIM_AssociatedPowerManagementService);
WSMAN_CLASS_DECLARE(CIM_BootConfigSetting);
WSMAN_CLASS_DECLARE(CIM_BootService);
WSMAN_CLASS_DECLARE(CIM_BootSourceSetting);
WSMAN_CLASS_DECLARE(CIM_ComputerSystem);
WSMAN_CLASS_DECLARE(CIM_PowerManagementService);
WSMAN_CLASS_DECLARE(CIM_ServiceAvailableToElement);
WSMAN_CLASS_DECLARE(CIM_SoftwareIdentity);
WSMAN_CLASS_DECLARE(IPS_PowerManagementService);

#endif
