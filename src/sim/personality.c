/*
 * The personalities. Evidence is in spec device-protocols (profiles 0, ports 1.2, HTTP 4.3,
 * versions of redirection 2.1, largest screens 3.2) and the recordings that
 * tests/integration/sim/recordings_test.c names. Only 12.0.67 and 16.1 were recorded class by
 * class; the others show the classes of the recorded firmware that is nearest to them on the
 * machine of that recording, and differ in what is listed here. A build that nobody has seen is
 * 1000 and not in the Server header.
 */
#include "sim/personality.h"

#include "sim/tables/tables.h"

static const uint16_t plain_ports[] = {16993, 16992, 664, 623, 16995, 16994, 5900, 0};

/* From Raptor Lake on nothing answers without TLS. */
static const uint16_t tls_ports[] = {16993, 664, 16995, 5900, 0};

/* Without One-Click Recovery, and without the proxy classes. */
static const struct sim_personality_instance *const tables_11[] = {
    sim_table_base,          sim_table_boot,
    sim_table_nuc9,          sim_table_alarms,
    sim_table_certificates,  sim_table_kvm_12,
    sim_table_logs,          sim_table_parts,
    sim_table_remote_access, sim_table_screens,
    sim_table_setup,         sim_table_tls,
    sim_table_wireless,      NULL,
};

static const struct sim_personality_instance *const tables_12[] = {
    sim_table_base,          sim_table_boot,         sim_table_nuc9,
    sim_table_alarms,        sim_table_certificates, sim_table_kvm_12,
    sim_table_logs,          sim_table_parts,        sim_table_proxy,
    sim_table_remote_access, sim_table_screens,      sim_table_setup,
    sim_table_tls,           sim_table_wireless,     NULL,
};

static const struct sim_personality_instance *const tables_16[] = {
    sim_table_base,
    sim_table_boot_recovery,
    sim_table_nuc12,
    sim_table_alarms,
    sim_table_boot_options,
    sim_table_certificates,
    sim_table_ips_network,
    sim_table_kvm_16,
    sim_table_logs,
    sim_table_parts,
    sim_table_proxy,
    sim_table_remote_access,
    sim_table_screens,
    sim_table_setup,
    sim_table_tls,
    sim_table_wireless,
    NULL,
};

static const struct sim_personality_instance *const tables_tls_only[] = {
    sim_table_base,
    sim_table_boot_recovery,
    sim_table_nuc12,
    sim_table_alarms,
    sim_table_boot_options,
    sim_table_certificates,
    sim_table_ips_network,
    sim_table_kvm_16,
    sim_table_logs,
    sim_table_parts,
    sim_table_proxy,
    sim_table_remote_access,
    sim_table_screens,
    sim_table_setup,
    sim_table_tls_only,
    sim_table_wireless,
    NULL,
};

#define SERVER "Intel(R) Active Management Technology "

/* 11.8.70: the version of a captured redirection session; its page of a refused log-on is 690
 * bytes. */
static const struct sim_personality personality_11 = {
    .name = "11.8",
    .version = "11.8.70",
    .build = "1000",
    .server = SERVER "11.8.70",
    .major = 11,
    .minor = 8,
    .screen_width = 4096,
    .screen_height = 2160,
    .refused_size = 690,
    .first_chunk = 0x0425,
    .next_chunk = 0x0425,
    .tls_oldest = IO_TLS_1_0,
    .tls_newest = IO_TLS_1_2,
    .ports = plain_ports,
    .tables = tables_11,
};

/* The chunk size is an assumption; any is legal, and another one than the newer firmware's is a
 * better test. */
const struct sim_personality sim_personality_12 = {
    .name = "12.0.67",
    .version = "12.0.67",
    .build = "1579",
    .server = SERVER "12.0.67",
    .major = 12,
    .minor = 0,
    .screen_width = 4096,
    .screen_height = 2160,
    .refused_size = 693,
    .first_chunk = 0x0425,
    .next_chunk = 0x0425,
    .tls_oldest = IO_TLS_1_1,
    .tls_newest = IO_TLS_1_2,
    .ports = plain_ports,
    .tables = tables_12,
};

/* The chunk size is that of a real one. */
static const struct sim_personality personality_14 = {
    .name = "14",
    .version = "14.0.0",
    .build = "1000",
    .server = SERVER "14.0.0",
    .major = 14,
    .minor = 0,
    .screen_width = 4096,
    .screen_height = 2160,
    .refused_size = 693,
    .first_chunk = 0x0425,
    .next_chunk = 0x0425,
    .tls_oldest = IO_TLS_1_1,
    .tls_newest = IO_TLS_1_2,
    .ports = plain_ports,
    .tables = tables_12,
};

/* The Server header and the chunks are a real one's. */
static const struct sim_personality personality_15 = {
    .name = "15",
    .version = "15.0.23",
    .build = "1706",
    .server = SERVER "15.0.23.1706",
    .major = 15,
    .minor = 0,
    .ocr = true,
    .screen_width = 3840,
    .screen_height = 2400,
    .refused_size = 693,
    .first_chunk = 0x0220,
    .next_chunk = 0x02FA,
    .tls_oldest = IO_TLS_1_2,
    .tls_newest = IO_TLS_1_2,
    .ports = plain_ports,
    .tables = tables_16,
};

/* On a platform (Alder Lake) that still has the plain ports. */
const struct sim_personality sim_personality_16 = {
    .name = "16.1",
    .version = "16.1.25",
    .build = "1917",
    .server = SERVER "16.1.25.1917",
    .major = 16,
    .minor = 1,
    .ocr = true,
    .screen_width = 3840,
    .screen_height = 2400,
    .refused_size = 693,
    .first_chunk = 0x0220,
    .next_chunk = 0x02FA,
    .tls_oldest = IO_TLS_1_2,
    .tls_newest = IO_TLS_1_2,
    .ports = plain_ports,
    .tables = tables_16,
};

/* The same firmware on Raptor Lake. */
static const struct sim_personality personality_16_tls = {
    .name = "16.1-tls",
    .version = "16.1.25",
    .build = "1917",
    .server = SERVER "16.1.25.1917",
    .major = 16,
    .minor = 1,
    .ocr = true,
    .screen_width = 8192,
    .screen_height = 4320,
    .refused_size = 693,
    .first_chunk = 0x0220,
    .next_chunk = 0x02FA,
    .tls_oldest = IO_TLS_1_2,
    .tls_newest = IO_TLS_1_2,
    .ports = tls_ports,
    .tables = tables_tls_only,
};

/* 19.0.5 is named in public reports, as is that each answer over TLS ends its connection. The
 * largest screen is that of the newest release known. */
static const struct sim_personality personality_19 = {
    .name = "19",
    .version = "19.0.5",
    .build = "1000",
    .server = SERVER "19.0.5",
    .major = 19,
    .minor = 0,
    .ocr = true,
    .screen_width = 8192,
    .screen_height = 4320,
    .refused_size = 693,
    .first_chunk = 0x0220,
    .next_chunk = 0x02FA,
    .tls_oldest = IO_TLS_1_2,
    .tls_newest = IO_TLS_1_3,
    .tls_closes_each = true,
    .ports = tls_ports,
    .tables = tables_tls_only,
};

static const struct sim_personality *const personalities[] = {
    &sim_personality_12, &sim_personality_16, /* SIM_PERSONALITY_MIXED of them */
    &personality_11,     &personality_14,     &personality_15, &personality_16_tls, &personality_19,
};

size_t sim_personality_count(void)
{
    return sizeof(personalities) / sizeof(personalities[0]);
}

const struct sim_personality *sim_personality_at(size_t index)
{
    return personalities[index];
}

const struct sim_personality *sim_personality_find(struct slice name)
{
    for (size_t i = 0; i < sim_personality_count(); i++) {
        if (slice_equal_string(name, personalities[i]->name))
            return personalities[i];
    }
    return NULL;
}

bool sim_personality_has_port(const struct sim_personality *personality, uint16_t port)
{
    for (const uint16_t *at = personality->ports; *at != 0; at++) {
        if (*at == port)
            return true;
    }
    return false;
}
