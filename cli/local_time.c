/* Local time, as the C library knows it. */
#include "local_time.h"

#include <time.h>

/* A time that no clock here shows, as one is skipped when summer begins, becomes one beside it. */
static int64_t moment(void *user, int64_t shown)
{
    (void)user;
    time_t as_utc = (time_t)shown;
    const struct tm *fields = gmtime(&as_utc);
    if (!fields)
        return shown;
    struct tm local = *fields;
    local.tm_isdst = -1; /* the C library's to know */
    time_t there = mktime(&local);
    return there == (time_t)-1 ? shown : (int64_t)there;
}

const cleat_time_zone local_time_zone = {moment, NULL};
