/* The lines of the old protocol of scp: what is read can be written, and read again as the same. */
#include "support_ctx.h"

#include <cleat/rcp.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_rcp_line line;
    cleat_rcp_line again;
    char out[CLEAT_RCP_LINE_MAX];
    if (cleat_rcp_read(&line, (cleat_slice){data, size}, NULL) != CLEAT_OK)
        return 0;
    size_t len = cleat_rcp_write(&line, out);
    if (!len)
        return 0;
    if (cleat_rcp_read(&again, (cleat_slice){(uint8_t *)out, len - 1}, NULL) != CLEAT_OK ||
        again.type != line.type || again.size != line.size || again.mtime != line.mtime)
        abort();
    return 0;
}
