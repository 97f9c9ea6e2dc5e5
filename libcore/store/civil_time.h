/* Dates as in expiry-time="...". */
#ifndef CL_STORE_CIVIL_TIME_H
#define CL_STORE_CIVIL_TIME_H

#include "../base/slice.h"

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with or without a final Z; always read as UTC, since
 * the library knows no time zone. */
bool cl_civil_time(cleat_slice text, int64_t *seconds);

#endif
