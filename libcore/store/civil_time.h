/* Dates as in expiry-time="...". */
#ifndef CL_STORE_CIVIL_TIME_H
#define CL_STORE_CIVIL_TIME_H

#include "../base/slice.h"

#include <cleat/store.h>

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS: in UTC with a final Z or UTC, else in the zone, whose
 * absence (NULL) means UTC too. */
bool cl_civil_time(cleat_slice text, const cleat_time_zone *zone, int64_t *seconds);

#endif
