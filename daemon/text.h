/* Text made with printf's formats, in memory of its own. */
#ifndef CLEATD_TEXT_H
#define CLEATD_TEXT_H

#include <cleat/types.h>

/* To be freed; NULL when there is no memory. */
char *text_format(const char *format, ...) CLEAT_PRINTF(1, 2);

#endif
