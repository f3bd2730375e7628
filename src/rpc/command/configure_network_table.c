/* rpc configure wired, wireless, wi-fi-sync: the networks of AMT (rpc.md 1.4, 5.7, 5.8). */
#include "rpc/command/commands.h"
#include "rpc/command/configure.h"

static const struct rpc_option wired_options[] = {
    {.name = "dhcp", .generations = RPC_V2 | RPC_V3, .help = "Take the address from DHCP"},
    {.name = "static", .generations = RPC_V2, .help = "Take the address that is given here"},
    {.name = "ipsync", .generations = RPC_V2 | RPC_V3, .help = "Share the host's address"},
    {.name = "ipaddress", .value = RPC_TEXT, .generations = RPC_V2 | RPC_V3, .help = "Address"},
    {.name = "subnetmask",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "Subnet mask"},
    {.name = "gateway", .value = RPC_TEXT, .generations = RPC_V2 | RPC_V3, .help = "Gateway"},
    {.name = "primarydns",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "First name server"},
    {.name = "secondarydns",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "Second name server"},
    {0},
};

static const struct rpc_option wireless_options[] = {
    {.name = "profileName",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "Name of the Wi-Fi profile"},
    {.name = "ssid",
     .value = RPC_TEXT,
     .generations = RPC_V2 | RPC_V3,
     .help = "Name of the network"},
    {.name = "priority",
     .value = RPC_NUMBER,
     .preset = "1",
     .maximum = UINT8_MAX,
     .generations = RPC_V2 | RPC_V3,
     .help = "1 is tried first"},
    {.name = "authenticationMethod",
     .value = RPC_NUMBER,
     .preset = "6",
     .maximum = UINT8_MAX, /* which are possible is for the step to say */
     .generations = RPC_V2 | RPC_V3,
     .help = "4 WPA-PSK, 6 WPA2-PSK, 7 WPA2-802.1X"},
    {.name = "encryptionMethod",
     .value = RPC_NUMBER,
     .preset = "4",
     .maximum = UINT8_MAX,
     .generations = RPC_V2 | RPC_V3,
     .help = "3 TKIP, 4 CCMP"},
    {.name = "pskPassphrase",
     .value = RPC_SECRET,
     .environment_v2 = "PSK_PASSPHRASE",
     .generations = RPC_V2 | RPC_V3,
     .help = "The network's passphrase"},
    {.name = "purge", .generations = RPC_V3, .help = "Remove all profiles first"},
    {.name = "wifiSyncEnabled",
     .generations = RPC_V2,
     .help = "Share profiles with the operating system"},
    {0},
};

static const struct rpc_option wifi_sync_options[] = {
    {.name = "oswifisync",
     .preset = "true",
     .generations = RPC_V3,
     .help = "Share profiles with the operating system"},
    {.name = "uefiwifisync",
     .preset = "true",
     .generations = RPC_V3,
     .help = "Share profiles with the UEFI"},
    {0},
};

const struct rpc_command rpc_configure_wired = {
    .path = "configure wired",
    .aliases =
        RPC_TEXTS("configure ethernet", "configure addethernetsettings", "configure wiredsettings"),
    .options = RPC_GROUPS(wired_options, rpc_options_ieee8021x, rpc_options_enterprise_assistant,
                          rpc_options_v2_files, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_V2 | RPC_V3,
    .check = rpc_check_wired,
    .run = rpc_run_wired,
    .help = "Set the wired network",
};

const struct rpc_command rpc_configure_wireless = {
    .path = "configure wireless",
    .aliases = RPC_TEXTS("configure addwifisettings"),
    .options = RPC_GROUPS(wireless_options, rpc_options_ieee8021x, rpc_options_enterprise_assistant,
                          rpc_options_v2_files, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE,
    .generations = RPC_V2 | RPC_V3,
    .check = rpc_check_wireless,
    .run = rpc_run_wireless,
    .help = "Set a Wi-Fi network",
};

const struct rpc_command rpc_configure_wifi_sync = {
    .path = "configure wi-fi-sync",
    .aliases = RPC_TEXTS("configure wifisync", "configure wifi", "configure enablewifiport"),
    .options = RPC_GROUPS(wifi_sync_options, rpc_options_v2),
    .needs = RPC_NEEDS_TO_CHANGE | RPC_NEEDS_PASSWORD,
    .generations = RPC_V2 | RPC_V3,
    .run = rpc_run_wifi_sync,
    .help = "Have AMT share Wi-Fi profiles with the host",
};
