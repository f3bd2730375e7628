/*
 * The exit codes of rpc, one table (numbers and names are the toolkit's). A failed command says
 * "Error N: Name - Details: …" and the process ends with N; docs/rpc.md lists where the toolkit's
 * client ends with 10 or 0 instead. Read-only; any thread.
 */
#ifndef RPC_RUN_EXIT_CODE_H
#define RPC_RUN_EXIT_CODE_H

/*  X(code, number, name) */
#define RPC_EXITS(X)                                                           \
    X(RPC_SUCCESS, 0, "Success")                                               \
    X(RPC_INCORRECT_PERMISSIONS, 1, "IncorrectPermissions")                    \
    X(RPC_HECI_DRIVER_NOT_DETECTED, 2, "HECIDriverNotDetected")                \
    X(RPC_AMT_NOT_DETECTED, 3, "AmtNotDetected")                               \
    X(RPC_AMT_NOT_READY, 4, "AmtNotReady")                                     \
    X(RPC_HELP_REQUESTED, 5, "HelpRequested")                                  \
    X(RPC_GENERIC_FAILURE, 10, "GenericFailure")                               \
    X(RPC_WRONG_URL, 20, "MissingOrIncorrectURL")                              \
    X(RPC_WRONG_PROFILE, 21, "MissingOrIncorrectProfile")                      \
    X(RPC_SERVER_CERTIFICATE, 22, "ServerCerificateVerificationFailed")        \
    X(RPC_WRONG_PASSWORD, 23, "MissingOrIncorrectPassword")                    \
    X(RPC_MISSING_DNS_SUFFIX, 24, "MissingDNSSuffix")                          \
    X(RPC_MISSING_HOSTNAME, 25, "MissingHostname")                             \
    X(RPC_MISSING_PROXY, 26, "MissingProxyAddressAndPort")                     \
    X(RPC_WRONG_STATIC_IP, 27, "MissingOrIncorrectStaticIP")                   \
    X(RPC_WRONG_PARAMETERS, 28, "IncorrectCommandLineParameters")              \
    X(RPC_WRONG_NETWORK_MASK, 29, "MissingOrIncorrectNetworkMask")             \
    X(RPC_WRONG_GATEWAY, 30, "MissingOrIncorrectGateway")                      \
    X(RPC_WRONG_PRIMARY_DNS, 31, "MissingOrIncorrectPrimaryDNS")               \
    X(RPC_WRONG_SECONDARY_DNS, 32, "MissingOrIncorrectSecondaryDNS")           \
    X(RPC_WRONG_COMBINATION, 33, "InvalidParameterCombination")                \
    X(RPC_FAILED_READING_CONFIGURATION, 34, "FailedReadingConfiguration")      \
    X(RPC_WRONG_CONFIGURATION, 35, "MissingOrInvalidConfiguration")            \
    X(RPC_WRONG_INPUT, 36, "InvalidUserInput")                                 \
    X(RPC_INVALID_UUID, 37, "InvalidUUID")                                     \
    X(RPC_PASSWORDS_DO_NOT_MATCH, 38, "PasswordsDoNotMatch")                   \
    X(RPC_SERVER_AUTHENTICATION, 70, "RPSAuthenticationFailed")                \
    X(RPC_AMT_CONNECTION_FAILED, 71, "AMTConnectionFailed")                    \
    X(RPC_OS_INTERFACES, 72, "OSNetworkInterfacesLookupFailed")                \
    X(RPC_AMT_AUTHENTICATION_FAILED, 100, "AMTAuthenticationFailed")           \
    X(RPC_WSMAN_MESSAGE_ERROR, 101, "WSMANMessageError")                       \
    X(RPC_ACTIVATION_FAILED, 102, "ActivationFailed")                          \
    X(RPC_NETWORK_FAILED, 103, "NetworkConfigurationFailed")                   \
    X(RPC_CIRA_FAILED, 104, "CIRAConfigurationFailed")                         \
    X(RPC_TLS_FAILED, 105, "TLSConfigurationFailed")                           \
    X(RPC_WIFI_FAILED, 106, "WiFiConfigurationFailed")                         \
    X(RPC_FEATURES_FAILED, 107, "AMTFeaturesConfigurationFailed")              \
    X(RPC_IEEE8021X_FAILED, 108, "Ieee8021xConfigurationFailed")               \
    X(RPC_UNABLE_TO_DEACTIVATE, 109, "UnableToDeactivate")                     \
    X(RPC_DEACTIVATION_FAILED, 110, "DeactivationFailed")                      \
    X(RPC_UNABLE_TO_ACTIVATE, 111, "UnableToActivate")                         \
    X(RPC_WIFI_WITH_WARNINGS, 112, "WifiConfigurationWithWarnings")            \
    X(RPC_UNMARSHAL_FAILED, 113, "UnmarshalMessageFailed")                     \
    X(RPC_DELETE_CONFIGS_FAILED, 114, "DeleteConfigsFailed")                   \
    X(RPC_DEVICE_NOT_ACTIVATED, 115, "DeviceNotActivated")                     \
    X(RPC_WRONG_WIFI_PROFILE_NAME, 116, "MissingOrIncorrectWifiProfileName")   \
    X(RPC_MISSING_IEEE8021X, 117, "MissingIeee8021xConfiguration")             \
    X(RPC_MEBX_PASSWORD_FAILED, 118, "SetMEBXPasswordFailed")                  \
    X(RPC_AMT_PASSWORD_FAILED, 119, "ChangeAMTPasswordFailed")                 \
    X(RPC_UNABLE_TO_CONFIGURE, 120, "UnableToConfigure")                       \
    X(RPC_CERTIFICATE_BASE64, 121, "ActivationFailedDecode64")                 \
    X(RPC_CERTIFICATE_PASSWORD, 122, "ActivationFailedWrongCertPass")          \
    X(RPC_CERTIFICATE_INVALID, 123, "ActivationFailedInvalidProvCert")         \
    X(RPC_CERTIFICATE_NONE, 124, "ActivationFailedNoCertFound")                \
    X(RPC_CERTIFICATE_NO_KEY, 125, "ActivationFailedNoPrivKeys")               \
    X(RPC_CERTIFICATE_NO_ROOT, 126, "ActivationFailedNoRootCertFound")         \
    X(RPC_CERTIFICATE_HASHES, 127, "ActivationFailedGetCertHash")              \
    X(RPC_CERTIFICATE_NOT_TRUSTED, 128, "ActivationFailedProvCertNotTrusted")  \
    X(RPC_ACTIVATION_GENERAL_SETTINGS, 129, "ActivationFailedGeneralSettings") \
    X(RPC_ACTIVATION_HOST_SETUP, 130, "ActivationFailedHostBasedSetup")        \
    X(RPC_ACTIVATION_ADD_CERTIFICATE, 131, "ActivationFailedAddCert")          \
    X(RPC_ACTIVATION_NONCE, 132, "ActivationFailedGenerateNonce")              \
    X(RPC_ACTIVATION_SIGNING, 133, "ActivationFailedSignString")               \
    X(RPC_ACTIVATION_GET_MODE, 134, "ActivationFailedGetControlMode")          \
    X(RPC_ACTIVATION_MODE, 135, "ActivationFailedControlMode")                 \
    X(RPC_DUPLICATE_KEY, 136, "DuplicateKey")                                  \
    X(RPC_WIRED_FAILED, 137, "WiredConfigurationFailed")                       \
    X(RPC_UNSUPPORTED_AMT_VERSION, 138, "UnsupportedAMTVersion")               \
    X(RPC_LMS_CONNECTION_FAILED, 139, "LMSConnectionFailed")                   \
    X(RPC_SYNC_CLOCK_FAILED, 150, "SyncClockFailed")                           \
    X(RPC_SYNC_HOSTNAME_FAILED, 151, "SyncHostnameFailed")                     \
    X(RPC_SYNC_IP_FAILED, 152, "SyncIpFailed")                                 \
    X(RPC_CHANGE_PASSWORD_FAILED, 153, "ChangePasswordFailed")                 \
    X(RPC_SYNC_DEVICE_INFO_FAILED, 154, "SyncDeviceInfoFailed")

enum rpc_exit {
#define RPC_EXIT(code, number, name) code = (number),
    RPC_EXITS(RPC_EXIT)
#undef RPC_EXIT
};

/* "DeviceNotActivated"; "GenericFailure" for a number that is not in the table. */
const char *rpc_exit_name(enum rpc_exit code);

#endif
