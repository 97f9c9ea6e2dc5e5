/* When a certificate is valid: -V FROM:TO, or -V TO. */
#include "keygen_cert.h"
#include "local_time.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLOCK_SKEW = 59, MINUTE = 60 };

/* ---- reading ---- */

/* "+52w", "-1d". */
static bool read_relative(const char *text, int64_t now, uint64_t *at)
{
    uint32_t seconds;
    if (!cleat_config_time(text + 1, &seconds))
        return false;
    int64_t moment = *text == '-' ? now - (int64_t)seconds : now + (int64_t)seconds;
    *at = moment < 0 ? 0 : (uint64_t)moment;
    return true;
}

static bool read_hex(const char *text, uint64_t *at)
{
    char *end;
    errno = 0;
    *at = strtoull(text, &end, 16);
    return end > text + 2 && !*end && !errno;
}

static bool read_moment(const char *text, const char *unbounded, uint64_t bound, int64_t now,
                        uint64_t *at)
{
    int64_t seconds;
    if (strcmp(text, unbounded) == 0) {
        *at = bound;
        return true;
    }
    if (*text == '+' || *text == '-')
        return read_relative(text, now, at);
    if (strncmp(text, "0x", 2) == 0)
        return read_hex(text, at);
    if (!cleat_config_date(text, &local_time_zone, &seconds) || seconds < 0)
        return false;
    *at = (uint64_t)seconds;
    return true;
}

/* Without a start, the last full minute, so that a server's clock may be a little behind. */
static uint64_t usual_start(int64_t now)
{
    int64_t start = now - CLOCK_SKEW;
    return (uint64_t)(start - start % MINUTE);
}

bool cert_validity_parse(const char *text, uint64_t *after, uint64_t *before)
{
    int64_t now = (int64_t)time(NULL);
    const char *colon = text ? strchr(text, ':') : NULL;
    *after = colon || !text ? 0 : usual_start(now);
    *before = CLEAT_CERT_FOREVER;
    if (!text)
        return true;
    char *from = colon ? text_format("%.*s", (int)(colon - text), text) : NULL;
    bool good = (!from || read_moment(from, "always", 0, now, after)) &&
                read_moment(colon ? colon + 1 : text, "forever", CLEAT_CERT_FOREVER, now, before);
    free(from);
    if (!good)
        keygen_fail("Invalid certificate life specification %s", text);
    else if (*after >= *before)
        keygen_fail("Empty certificate validity interval");
    return good && *after < *before;
}

/* ---- showing ---- */

static char *moment_text(uint64_t seconds)
{
    char text[64];
    time_t at = (time_t)seconds;
    bool fits = at >= 0 && (uint64_t)at == seconds;
    const struct tm *fields = fits ? localtime(&at) : NULL;
    if (!fields || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", fields))
        return text_format("%llu", (unsigned long long)seconds);
    return text_format("%s", text);
}

char *cert_validity_text(const cleat_cert_facts *facts)
{
    bool starts = facts->valid_after != 0;
    bool ends = facts->valid_before != CLEAT_CERT_FOREVER;
    char *from = starts ? moment_text(facts->valid_after) : NULL;
    char *to = ends ? moment_text(facts->valid_before) : NULL;
    char *out = from && to ? text_format("from %s to %s", from, to)
                : from     ? text_format("after %s", from)
                : to       ? text_format("before %s", to)
                           : text_format("forever");
    free(from);
    free(to);
    return out;
}
