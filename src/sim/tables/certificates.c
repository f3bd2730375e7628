/* The certificate store of a machine that was set up for CIRA. */
#include "sim/tables/tables.h"

static const struct sim_personality_value amt_cryptographic_capabilities[] = {
    {"ElementName", "Intel(r) AMT: Cryptographic Capabilities"},
    {"HardwareAcceleration", "1"},
    {"InstanceID", "Intel(r) AMT: Cryptographic Capabilities 0"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_key_certificate_0[] = {
    {"ElementName", "Intel(r) AMT Certificate"},
    {"InstanceID", "Intel(r) AMT Certificate: Handle: 0"},
    {"Issuer", "C=unknown,O=unknown,CN=MPSRoot-0af1d5"},
    {"Subject", "C=unknown,O=unknown,CN=MPSRoot-0af1d5"},
    {"TrustedRootCertficate", "true"},
    {"X509Certificate",
     "MIIEOzCCAqOgAwIBAgIDAZMjMA0GCSqGSIb3DQEBDAUAMD0xFzAVBgNVBAMTDk1QU1Jvb3QtMGFmMWQ1MRAwDgYDVQQKE"
     "wd1bmtub3duMRAwDgYDVQQGEwd1bmtub3duMCAXDTIyMDkyNDEwNDUwOFoYDzIwNTMwOTI0MTA0NTA4WjA9MRcwFQYDVQ"
     "QDEw5NUFNSb290LTBhZjFkNTEQMA4GA1UEChMHdW5rbm93bjEQMA4GA1UEBhMHdW5rbm93bjCCAaIwDQYJKoZIhvcNAQE"
     "BBQADggGPADCCAYoCggGBALz/oJNyWXlClSlteAieC8Uyd4A+tbn8b45k6LKiImhDmdz/"
     "xFo9xe0C9GNf7b42KVpg5WoH/sPhoClR9Tv5i1LnilT1SUir42fcm2NEV9dRcLsPd/"
     "RAQfz8u0D4zb3blnxE8isqzriNpG7kac35UidSr5ym8TZ3IwXx6JJuncGgfB0DFZADC/"
     "+dA74n3coykvWBYqLr6RI5pkAxvulkRlCsatJTJrvMUYJ51GI28jV56mIAc89sLrHqiSKCZBH9AcUrnZ/cB6ST/"
     "IikXpxy5wXBIvWT3VKVq75T/"
     "uIoCBEp5TLEn1EOYGqBBOCSQgmtmX7eVaB0s1+"
     "ppPW9w9a2zS45cHAtQ7tYvkkPv2dRhSzZdlk6HRXDP5wsF0aiflZCgbrjkq0SFC4e3Lo7XQX3FTNb0SOTZVTydupoMKkg"
     "JQTNlcosdu1ZzaIBl3eSkKkJZz2rUTssZC5tn9vcDd5vy3BzcGh5pvkgfAgN1sydqG7Ke1qCkNEzm11B/"
     "BsevatjjwIDAQABo0IwQDAMBgNVHRMEBTADAQH/"
     "MBEGCWCGSAGG+"
     "EIBAQQEAwIABzAdBgNVHQ4EFgQUCvHVQqerCid99eLApuLky9x6H5owDQYJKoZIhvcNAQEMBQADggGBAIzOyGV0hzsmH2"
     "biJlzwTZaHMxqS7boTFMkHw+"
     "KvzsI201tHqVmCoiQ8EHErBGLSoDOTDRgOUGOCA5XU5ie9OWupAGqKBSwIyAhmJMOzrzC4Gwpu8K1msoFJH30kx/"
     "V9purpbS3BRj0xfYXLa6IczbTg3E5IfTnZRJ9YuUtKQfI0P9c5U9CoKtddKn4+"
     "lRvOjFDoYfQGCJ7go3xjNCcGCVCjfkUhAVdbQ21DCRr6/YCZDWmjzZpL0p7UKF8roTiNuL/"
     "Z7gIXxch5HOmEWHY9uQ6K2MntuxAu0aK/mSD2kwmt/"
     "ECongdEGfUvhULLoPRQlQ2LnzcUQEgMECGQR5Yfy9jT0E8zdWDpc2tgVioNu6rEYKgp/"
     "GhG+sv7jv58pW82FRAV9xXtftW9+XDugC8tBJ6JHn0Q2v0QAflD2CEQVhWAY8bAqrbfTGUsaLfGL6kxV/"
     "qqssoMgLR8WhQ96T5le/4XGhQpbCHWIlctD6MwbrsunIAeQKp1Sc3DosY7DLq1MQ=="},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_key_certificate_1[] = {
    {"ElementName", "Intel(r) AMT Certificate"},
    {"InstanceID", "Intel(r) AMT Certificate: Handle: 1"},
    {"Issuer", "C=unknown,O=unknown,CN=MPSRoot-0af1d5"},
    {"Subject", "C=unknown,O=unknown,CN=MPSRoot-0af1d5"},
    {"TrustedRootCertficate", "false"},
    {"X509Certificate",
     "MIIEOzCCAqOgAwIBAgIDAZMjMA0GCSqGSIb3DQEBDAUAMD0xFzAVBgNVBAMTDk1QU1Jvb3QtMGFmMWQ1MRAwDgYDVQQKE"
     "wd1bmtub3duMRAwDgYDVQQGEwd1bmtub3duMCAXDTIyMDkyNDEwNDUwOFoYDzIwNTMwOTI0MTA0NTA4WjA9MRcwFQYDVQ"
     "QDEw5NUFNSb290LTBhZjFkNTEQMA4GA1UEChMHdW5rbm93bjEQMA4GA1UEBhMHdW5rbm93bjCCAaIwDQYJKoZIhvcNAQE"
     "BBQADggGPADCCAYoCggGBALz/oJNyWXlClSlteAieC8Uyd4A+tbn8b45k6LKiImhDmdz/"
     "xFo9xe0C9GNf7b42KVpg5WoH/sPhoClR9Tv5i1LnilT1SUir42fcm2NEV9dRcLsPd/"
     "RAQfz8u0D4zb3blnxE8isqzriNpG7kac35UidSr5ym8TZ3IwXx6JJuncGgfB0DFZADC/"
     "+dA74n3coykvWBYqLr6RI5pkAxvulkRlCsatJTJrvMUYJ51GI28jV56mIAc89sLrHqiSKCZBH9AcUrnZ/cB6ST/"
     "IikXpxy5wXBIvWT3VKVq75T/"
     "uIoCBEp5TLEn1EOYGqBBOCSQgmtmX7eVaB0s1+"
     "ppPW9w9a2zS45cHAtQ7tYvkkPv2dRhSzZdlk6HRXDP5wsF0aiflZCgbrjkq0SFC4e3Lo7XQX3FTNb0SOTZVTydupoMKkg"
     "JQTNlcosdu1ZzaIBl3eSkKkJZz2rUTssZC5tn9vcDd5vy3BzcGh5pvkgfAgN1sydqG7Ke1qCkNEzm11B/"
     "BsevatjjwIDAQABo0IwQDAMBgNVHRMEBTADAQH/"
     "MBEGCWCGSAGG+"
     "EIBAQQEAwIABzAdBgNVHQ4EFgQUCvHVQqerCid99eLApuLky9x6H5owDQYJKoZIhvcNAQEMBQADggGBAIzOyGV0hzsmH2"
     "biJlzwTZaHMxqS7boTFMkHw+"
     "KvzsI201tHqVmCoiQ8EHErBGLSoDOTDRgOUGOCA5XU5ie9OWupAGqKBSwIyAhmJMOzrzC4Gwpu8K1msoFJH30kx/"
     "V9purpbS3BRj0xfYXLa6IczbTg3E5IfTnZRJ9YuUtKQfI0P9c5U9CoKtddKn4+"
     "lRvOjFDoYfQGCJ7go3xjNCcGCVCjfkUhAVdbQ21DCRr6/YCZDWmjzZpL0p7UKF8roTiNuL/"
     "Z7gIXxch5HOmEWHY9uQ6K2MntuxAu0aK/mSD2kwmt/"
     "ECongdEGfUvhULLoPRQlQ2LnzcUQEgMECGQR5Yfy9jT0E8zdWDpc2tgVioNu6rEYKgp/"
     "GhG+sv7jv58pW82FRAV9xXtftW9+XDugC8tBJ6JHn0Q2v0QAflD2CEQVhWAY8bAqrbfTGUsaLfGL6kxV/"
     "qqssoMgLR8Whq96T5le/4XGhQpbCHWIlctD6MwbrsunIAeQKp1Sc3DosY7DLq1MQ=="},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_key_certificate_2[] = {
    {"ElementName", "Intel(r) AMT Certificate"},
    {"InstanceID", "Intel(r) AMT Certificate: Handle: 2"},
    {"Issuer", "C=unknown,O=unknown,CN=MPSRoot-0af1d5"},
    {"Subject", "C=unknown,O=unknown,CN=MPSRoot-0af1d5"},
    {"TrustedRootCertficate", "true"},
    {"X509Certificate",
     "MIIEOzCCAqOgAwIBAgIDAZMjMA0GCSqGSIb3DQEBDAUAMD0xFzAVBgNVBAMTDk1QU1Jvb3QtMGFmMWQ1MRAwDgYDVQQKE"
     "wd1bmtub3duMRAwDgYDVQQGEwd1bmtub3duMCAXDTIyMDkyNDEwNDUwOFoYDzIwNTMwOTI0MTA0NTA4WjA9MRcwFQYDVQ"
     "QDEw5NUFNSb290LTBhZjFkNTEQMA4GA1UEChMHdW5rbm93bjEQMA4GA1UEBhMHdW5rbm93bjCCAaIwDQYJKoZIhvcNAQE"
     "BBQADggGPADCCAYoCggGBALz/oJNyWXlClSlteAieC8Uyd4A+tbn8b45k6LKiImhDmdz/"
     "xFo9xe0C9GNf7b42KVpg5WoH/sPhoClR9Tv5i1LnilT1SUir42fcm2NEV9dRcLsPd/"
     "RAQfz8u0D4zb3blnxE8isqzriNpG7kac35UidSr5ym8TZ3IwXx6JJuncGgfB0DFBADC/"
     "+dA74n3coykvWBYqLr6RI5pkAxvulkRlCsatJTJrvMUYJ51GI28jV56mIAc89sLrHqiSKCZBH9AcUrnZ/cB6ST/"
     "IikXpxy5wXBIvWT3VKVq75T/"
     "uIoCBEp5TLEn1EOYGqBBOCSQgmtmX7eVaB0s1+"
     "ppPW9w9a2zS45cHAtQ7tYvkkPv2dRhSzZdlk6HRXDP5wsF0aiflZCgbrjkq0SFC4e3Lo7XQX3FTNb0SOTZVTydupoMKkg"
     "JQTNlcosdu1ZzaIBl3eSkKkJZz2rUTssZC5tn9vcDd5vy3BzcGh5pvkgfAgN1sydqG7Ke1qCkNEzm11B/"
     "BsevatjjwIDAQABo0IwQDAMBgNVHRMEBTADAQH/"
     "MBEGCWCGSAGG+"
     "EIBAQQEAwIABzAdBgNVHQ4EFgQUCvHVQqerCid99eLApuLky9x6H5owDQYJKoZIhvcNAQEMBQADggGBAIzOyGV0hzsmH2"
     "biJlzwTZaHMxqS7boTFMkHw+"
     "KvzsI201tHqVmCoiQ8EHErBGLSoDOTDRgOUGOCA5XU5ie9OWupAGqKBSwIyAhmJMOzrzC4Gwpu8K1msoFJH30kx/"
     "V9purpbS3BRj0xfYXLa6IczbTg3E5IfTnZRJ9YuUtKQfI0P9c5U9CoKtddKn4+"
     "lRvOjFDoYfQGCJ7go3xjNCcGCVCjfkUhAVdbQ21DCRr6/YCZDWmjzZpL0p7UKF8roTiNuL/"
     "Z7gIXxch5HOmEWHY9uQ6K2MntuxAu0aK/mSD2kwmt/"
     "ECongdEGfUvhULLoPRQlQ2LnzcUQEgMECGQR5Yfy9jT0E8zdWDpc2tgVioNu6rEYKgp/"
     "GhG+sv7jv58pW82FRAV9xXtftW9+XDugC8tBJ6JHn0Q2v0QAflD2CEQVhWAY8bAqrbfTGUsaLfGL6kxV/"
     "qqssoMgLR8Whq96T5le/4XGhQpbCHWIlctD6MwbrsunIAeQKp1Sc3DosY7DLq1MQ=="},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_key_management_service[] = {
    {"CreationClassName", "AMT_PublicKeyManagementService"},
    {"ElementName", "Intel(r) AMT Certificate Store Service"},
    {"EnabledDefault", "5"},
    {"EnabledState", "5"},
    {"Name", "Intel(r) AMT Public Key Management Service"},
    {"RequestedState", "12"},
    {"SystemCreationClassName", "CIM_ComputerSystem"},
    {"SystemName", "Intel(r) AMT"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_private_key_pair_0[] = {
    {"DERKey",
     "MIIBCgKCAQEA4y00wezZ1XwsSITMvqeYf61tgfVhlGbBVwq9Au0BaEgofPFCLuWMnKaTnMhUlJEGaeB2y6F8qjId0xMwL"
     "tNY6XWhmMoCP0R+"
     "ymgClT0treqtYp2zL1QPK1R04KTgF0KZh247oQpPGnB2nIe7PKCjPaY8BfOyBC6eNLeWUVIOA5TLL0gSTuk8y3iaadKo+"
     "LoWBaH/WDrIJ21Dzn6yU3zGueA8tphPH7yXaOJuNiijOUYZjVT7J0Ia8qMxUv1CrbfL2+N0lrcCG/"
     "E4f0QF1XgoCJnwIHdYaNhWzKVhfh2TTZIxJo8bXngckNOLzdYM35hUq98CxPiMSO8+G7J8RZaobQIDAQAB"},
    {"ElementName", "Intel(r) AMT Key"},
    {"InstanceID", "Intel(r) AMT Key: Handle: 0"},
    {NULL, NULL},
};

static const struct sim_personality_value amt_public_private_key_pair_1[] = {
    {"DERKey",
     "MIIBCgKCAQEAvMgYL2FyGuHOVvwYgjABqRlJ8j8LhMo2OCU1HU2WvDN3NoLmjAh2XmBS6ic5IjIc4VtjL7S8ImKP8+"
     "PSye9nxf+"
     "lv33AqcGsvQFcUuJ5gLTnYzrmqVk6XTcHf1qtvHEmVoykTV6bN7BQx0eTejTjhw3Ro6HZBMyStaTGIKjC9HLQySV6SnFG"
     "brjdNZZoCYsaT8dVetn23npeses9f6dZT5K3IgpA13NcdJioS71uppjIcg8dXpcxA4QKgHLmmELPN9JLbywMvcCuU+"
     "xMDceWQlFld9ohmr8NiwgebLyVCh/Q+O+jkQT43snNolyTGLRWQFR4M6DT5fdgXivoFhzMcwIDAQAB"},
    {"ElementName", "Intel(r) AMT Key"},
    {"InstanceID", "Intel(r) AMT Key: Handle: 1"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_concrete_dependency[] = {
    {"Antecedent", "CIM_Identity?InstanceID=Intel(r) AMT:$$OsAdmin"},
    {"Dependent", "CIM_Role?CreationClassName=CIM_Role&Name=Intel(r) AMT:$$OsAdmin"},
    {NULL, NULL},
};

static const struct sim_personality_value cim_credential_context[] = {
    {"ElementInContext", "AMT_PublicKeyCertificate?InstanceID=Intel(r) AMT Certificate: Handle: 0"},
    {"ElementProvidingContext",
     "CIM_IEEE8021xSettings?InstanceID=Intel(r) AMT:IEEE 802.1x Settings"},
    {NULL, NULL},
};

const struct sim_personality_instance sim_table_certificates[] = {
    {"AMT_CryptographicCapabilities", amt_cryptographic_capabilities},
    {"AMT_PublicKeyCertificate", amt_public_key_certificate_0},
    {"AMT_PublicKeyCertificate", amt_public_key_certificate_1},
    {"AMT_PublicKeyCertificate", amt_public_key_certificate_2},
    {"AMT_PublicKeyManagementService", amt_public_key_management_service},
    {"AMT_PublicPrivateKeyPair", amt_public_private_key_pair_0},
    {"AMT_PublicPrivateKeyPair", amt_public_private_key_pair_1},
    {"CIM_ConcreteDependency", cim_concrete_dependency},
    {"CIM_CredentialContext", cim_credential_context},
    {NULL, NULL},
};
