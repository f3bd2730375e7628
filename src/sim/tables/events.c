/* What can be subscribed to (spec device-protocols 5.5). Subscribers are in the model. */
#include "sim/tables/tables.h"

static const struct sim_personality_value cim_filter_collection_0[] = {
    {"CollectionName", "Intel(r) AMT:All"},
    {"ElementName", "Intel(r) AMT:All"},
    {"InstanceID", "Intel(r) AMT:All"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_filter_collection_1[] = {
    {"CollectionName", "Intel(r) AMT:AllEvents"},
    {"ElementName", "Intel(r) AMT:AllEvents"},
    {"InstanceID", "Intel(r) AMT:AllEvents"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_filter_collection_2[] = {
    {"CollectionName", "Intel(r) AMT:Features"},
    {"ElementName", "Intel(r) AMT:Features"},
    {"InstanceID", "Intel(r) AMT:Features"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_filter_collection_3[] = {
    {"CollectionName", "Intel(r) AMT:User Notification"},
    {"ElementName", "Intel(r) AMT:User Notification"},
    {"InstanceID", "Intel(r) AMT:User Notification"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_events[] = {
    {"CIM_FilterCollection", cim_filter_collection_0},
    {"CIM_FilterCollection", cim_filter_collection_1},
    {"CIM_FilterCollection", cim_filter_collection_2},
    {"CIM_FilterCollection", cim_filter_collection_3},
    {"CIM_FilterCollectionSubscription", NULL},
    {"CIM_ListenerDestination", NULL},
    {"CIM_ListenerDestinationWSManagement", NULL},
    {NULL, NULL},
};
