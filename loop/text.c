/* The engine's texts as C has them. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

char *loop_text(cleat_slice bytes)
{
    char *text = malloc(bytes.len + 1);
    if (text) {
        if (bytes.len)
            memcpy(text, bytes.data, bytes.len);
        text[bytes.len] = 0;
    }
    return text;
}
