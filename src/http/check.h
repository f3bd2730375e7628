/* The single checks of input validation over text, with the grammar of the toolkit's validator
 * library (spec mps 1.3). Pure. */
#ifndef HTTP_CHECK_H
#define HTTP_CHECK_H

#include "core/slice.h"

/* 8-4-4-4-12 hexadecimal digits with hyphens, any version and variant. */
bool http_check_uuid(struct slice s);

/* true, false, 1, 0 */
bool http_check_boolean(struct slice s);

/* Optional sign, digits, optional fraction: "1", "-1.5", ".5"; not "1." */
bool http_check_numeric(struct slice s);

/* Optional sign, digits, fraction and exponent: "1", "-1.5", ".5", "1.", "1e3"; at least `min`. */
bool http_check_float(struct slice s, int64_t min);

/* Optional sign and digits, within min … max (a max of 0: none). */
bool http_check_int(struct slice s, int64_t min, int64_t max);

/* min … max characters (code points of UTF-8); a max of 0: none. */
bool http_check_length(struct slice s, int64_t min, int64_t max);

/* Labels of 1 … 63 letters, digits, hyphens (not at their ends), joined by dots, the last not all
 * digits; one dot may follow. */
bool http_check_fqdn(struct slice s);

/* A URL of http, https or ftp, or one without a scheme; the host is a name (a top-level domain is
 * not required, unlike in the toolkit), an IPv4 address or an IPv6 address in brackets. */
bool http_check_url(struct slice s);

/* Whether a URL names a user, and perhaps a password: "https://user:password@host/". */
bool http_check_userinfo(struct slice s);

/* Four decimal numbers up to 255 without leading zeros, joined by dots. */
bool http_check_ipv4(struct slice s);

/* Letters and digits of ASCII, at least one. */
bool http_check_alphanumeric(struct slice s);

/* ISO 8601: calendar, week and ordinal dates, basic or extended, time and zone optional. Day
 * numbers are not compared with the length of the month, as in the toolkit. */
bool http_check_iso8601(struct slice s);

/* A SHA-256 fingerprint: 64 hexadecimal digits in either case, with a colon between each two or
 * none at all. */
bool http_check_sha256(struct slice s);

#endif
