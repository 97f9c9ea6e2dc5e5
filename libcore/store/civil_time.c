/* Dates. */
#include "civil_time.h"

#include "../base/compat.h"

/* Days from 1970-01-01 in the Gregorian calendar, by counting years that begin in March, so that
 * the leap day is the last of its year. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static bool field(cleat_slice text, size_t at, size_t len, int64_t least, int64_t most,
                  int64_t *value)
{
    uint64_t v;
    if (!cl_slice_to_u64(cl_slice_cut(text, at, at + len), (uint64_t)most, &v))
        return false;
    *value = (int64_t)v;
    return *value >= least;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    int64_t next_year = month == 12 ? year + 1 : year;
    int64_t next_month = month == 12 ? 1 : month + 1;
    return days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1);
}

/* Takes the mark of UTC off the text. */
static bool take_utc(cleat_slice *text)
{
    static const char *const marks[] = {"Z", "UTC"};
    for (size_t i = 0; i < CL_COUNT(marks); i++) {
        size_t len = strlen(marks[i]);
        size_t at = text->len > len ? text->len - len : 0;
        if (cl_slice_is_nocase(cl_slice_cut(*text, at, text->len), marks[i])) {
            text->len = at;
            return true;
        }
    }
    return false;
}

/* What a clock shows, as seconds since it showed the first of January 1970. */
static bool read_shown(cleat_slice text, int64_t *seconds)
{
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (text.len != 8 && text.len != 12 && text.len != 14)
        return false;
    if (!field(text, 0, 4, 1970, 9999, &year) || !field(text, 4, 2, 1, 12, &month) ||
        !field(text, 6, 2, 1, days_in_month(year, month), &day))
        return false;
    if (text.len >= 12 && (!field(text, 8, 2, 0, 23, &hour) || !field(text, 10, 2, 0, 59, &minute)))
        return false;
    if (text.len == 14 && !field(text, 12, 2, 0, 59, &second))
        return false;
    *seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

bool cl_civil_time(cleat_slice text, const cleat_time_zone *zone, int64_t *seconds)
{
    bool utc = take_utc(&text) || !zone;
    int64_t shown;
    if (!read_shown(text, &shown))
        return false;
    *seconds = utc ? shown : zone->moment(zone->user, shown);
    return true;
}

bool cleat_config_date(const char *text, const cleat_time_zone *zone, int64_t *seconds)
{
    return cl_civil_time(cleat_slice_of(text), zone, seconds);
}
