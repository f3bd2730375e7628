/* Booting, features, consent, displays, erasing: commands that are one request each. */
#include "obctl/request.h"

#define RESET_OR_ON(what, summary, reset, on, ...)                                                 \
    OBCTL_REQUEST("boot " what, summary " at a reset", .method = "POST",                           \
                  .path = "/api/v1/amt/power/bootOptions/{guid}", .done = "{}: boot accepted",     \
                  .fixed = "{\"action\":" reset ",\"useSOL\":false}" __VA_ARGS__),                 \
        OBCTL_REQUEST("boot " what " on", summary " while switching on", .method = "POST",         \
                      .path = "/api/v1/amt/power/bootOptions/{guid}", .done = "{}: boot accepted", \
                      .fixed = "{\"action\":" on ",\"useSOL\":false}" __VA_ARGS__)

#define SECURE_BOOT                                                                               \
    {                                                                                             \
        .option = "no-secure-boot", .member = "bootDetails.enforceSecureBoot", .kind = OBCTL_OFF, \
        .help = "boot without UEFI's secure boot (admin mode only)"                               \
    }

#define HTTPS_FIELDS                                                      \
    OBCTL_FIELDS({.value = "URL",                                         \
                  .member = "bootDetails.url",                            \
                  .required = true,                                       \
                  .help = "https address of the image"},                  \
                 {.option = "user",                                       \
                  .value = "USER",                                        \
                  .member = "bootDetails.username",                       \
                  .help = "for the web server"},                          \
                 {.option = "password-file",                              \
                  .value = "FILE",                                        \
                  .member = "bootDetails.password",                       \
                  .kind = OBCTL_SECRET,                                   \
                  .help = "first line: the password for the web server"}, \
                 SECURE_BOOT)

#define PATH_FIELDS                                                            \
    OBCTL_FIELDS({.option = "path",                                            \
                  .value = "PATH",                                             \
                  .member = "bootDetails.bootPath",                            \
                  .help = "bootString of a source, as boot sources shows it"}, \
                 SECURE_BOOT)

const struct obctl_command obctl_requests_control[] = {
    OBCTL_REQUEST("power capabilities", "Ask a device for the power actions it offers",
                  .method = "GET", .path = "/api/v1/amt/power/capabilities/{guid}"),
    OBCTL_REQUEST("power action", "Request a power action by its code", .method = "POST",
                  .path = "/api/v1/amt/power/action/{guid}", .done = "{}: accepted",
                  .fields = OBCTL_FIELDS({.value = "CODE",
                                          .member = "action",
                                          .kind = OBCTL_NUMBER,
                                          .required = true,
                                          .help = "as power capabilities shows them"})),
    OBCTL_REQUEST("boot sources", "Ask a device what it can boot from", .method = "GET",
                  .path = "/api/v1/amt/power/bootSources/{guid}", .rows = "",
                  .columns = "instanceID,biosBootString,bootString"),
    OBCTL_REQUEST("boot armed", "Ask a device what its next boot is told to do", .method = "GET",
                  .path = "/api/v1/amt/boot/armed/{guid}"),
    OBCTL_REQUEST("boot disarm", "Make a device's next boot a plain one", .method = "DELETE",
                  .path = "/api/v1/amt/boot/armed/{guid}", .done = "{}: nothing is armed"),
    RESET_OR_ON("https", "Boot an image from a web server", "105", "106", , .fields = HTTPS_FIELDS),
    RESET_OR_ON("pba", "Boot a local pre-boot application", "107", "108", , .fields = PATH_FIELDS),
    RESET_OR_ON("winre", "Boot Windows' recovery environment", "109", "110", ,
                .fields = PATH_FIELDS),
    RESET_OR_ON("diagnostics", "Boot the diagnostics of the machine", "301", "300", ),
    OBCTL_REQUEST("boot secure-erase", "Let the machine's own secure erase run at a reset",
                  .method = "POST", .path = "/api/v1/amt/power/bootOptions/{guid}", .final = true,
                  .fixed = "{\"action\":104,\"useSOL\":false}", .done = "{}: erase accepted",
                  .fields = OBCTL_FIELDS({.option = "password-file",
                                          .value = "FILE",
                                          .member = "bootDetails.password",
                                          .kind = OBCTL_SECRET,
                                          .help = "first line: the password of the disk"})),
    OBCTL_REQUEST("features", "Ask a device for its features", .method = "GET",
                  .path = "/api/v1/amt/features/{guid}"),
    OBCTL_REQUEST("features set", "Switch a device's features; what isn't named stays",
                  .method = "POST", .path = "/api/v1/amt/features/{guid}",
                  .current = "/api/v1/amt/features/{guid}", .done = "{}: features set",
                  .fields = OBCTL_FIELDS({.option = "consent",
                                          .value = "none|kvm|all",
                                          .member = "userConsent",
                                          .from = "userConsent",
                                          .help = "when the user is asked"},
                                         {.option = "kvm",
                                          .value = "on|off",
                                          .member = "enableKVM",
                                          .kind = OBCTL_ON_OFF,
                                          .from = "KVM",
                                          .help = "screen, keyboard, mouse"},
                                         {.option = "sol",
                                          .value = "on|off",
                                          .member = "enableSOL",
                                          .kind = OBCTL_ON_OFF,
                                          .from = "SOL",
                                          .help = "serial over LAN"},
                                         {.option = "ider",
                                          .value = "on|off",
                                          .member = "enableIDER",
                                          .kind = OBCTL_ON_OFF,
                                          .from = "IDER",
                                          .help = "redirected drives"},
                                         {.option = "ocr",
                                          .value = "on|off",
                                          .member = "ocr",
                                          .kind = OBCTL_ON_OFF,
                                          .help = "one-click recovery"},
                                         {.option = "rpe",
                                          .value = "on|off",
                                          .member = "rpe",
                                          .kind = OBCTL_ON_OFF,
                                          .help = "remote platform erase"})),
    OBCTL_REQUEST("consent request", "Show a consent code on a device's screen", .method = "GET",
                  .path = "/api/v1/amt/userConsentCode/{guid}", .done = "{}: code requested"),
    OBCTL_REQUEST(
        "consent send", "Send the code that the user reads from the screen", .method = "POST",
        .path = "/api/v1/amt/userConsentCode/{guid}", .done = "{}: consent given",
        .fields = OBCTL_FIELDS(
            {.value = "CODE", .member = "consentCode", .required = true, .help = "six digits"})),
    OBCTL_REQUEST("consent cancel", "Take a consent request back", .method = "GET",
                  .path = "/api/v1/amt/userConsentCode/cancel/{guid}", .done = "{}: cancelled"),
    OBCTL_REQUEST("displays", "Ask a device for its displays", .method = "GET",
                  .path = "/api/v1/amt/kvm/displays/{guid}", .rows = "displays",
                  .columns = "displayIndex,role,isActive,isDefault,resolutionX,resolutionY"),
    OBCTL_REQUEST("displays select", "Choose the display that KVM shows", .method = "PUT",
                  .path = "/api/v1/amt/kvm/displays/{guid}", .done = "{}: display chosen",
                  .fields = OBCTL_FIELDS({.value = "INDEX",
                                          .member = "displayIndex",
                                          .kind = OBCTL_NUMBER,
                                          .required = true,
                                          .help = "0 to 3"})),
    OBCTL_REQUEST("erase", "Ask a device what it can erase", .method = "GET",
                  .path = "/api/v1/amt/boot/remoteErase/{guid}"),
    OBCTL_REQUEST(
        "erase start", "Erase a machine for good", .method = "POST",
        .path = "/api/v1/amt/boot/remoteErase/{guid}", .final = true, .done = "{}: erase accepted",
        .fields = OBCTL_FIELDS(
            {.option = "ssd",
             .member = "secureEraseAllSSDs",
             .kind = OBCTL_SWITCH,
             .help = "all solid-state disks"},
            {.option = "ssd-password-file",
             .value = "FILE",
             .member = "ssdPassword",
             .kind = OBCTL_SECRET,
             .help = "first line: the password of the disks"},
            {.option = "tpm", .member = "tpmClear", .kind = OBCTL_SWITCH, .help = "the TPM"},
            {.option = "bios",
             .member = "restoreBIOSToEOM",
             .kind = OBCTL_SWITCH,
             .help = "the BIOS settings"},
            {.option = "csme",
             .member = "unconfigureCSME",
             .kind = OBCTL_SWITCH,
             .help = "AMT's own settings: the device is out of reach afterwards"})),
    {.words = NULL},
};
