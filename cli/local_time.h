/* The time zone of who runs the command. */
#ifndef CLEAT_CLI_LOCAL_TIME_H
#define CLEAT_CLI_LOCAL_TIME_H

#include <cleat/store.h>

extern const cleat_time_zone local_time_zone;

#endif
