/* How many clients may wait for their login: MaxStartups, PerSourceMaxStartups. */
#ifndef CLEATD_ADMISSION_H
#define CLEATD_ADMISSION_H

#include "server.h"

/* May one more from this address? If not, the log says why. */
bool admission_allows(const server *s, const cleat_stream_ends *ends);

#endif
