/* What the monitor signs beside key exchanges. */
#include "prove.h"

#include "../libcore/wire/reader.h"

bool monitor_is_prove(cleat_slice message, cleat_slice session_id, cleat_slice key_blob)
{
    cl_reader r = cl_reader_of(message);
    bool ours =
        cleat_slice_equal(cl_get_string(&r), cleat_slice_of("hostkeys-prove-00@openssh.com"));
    ours = cleat_slice_equal(cl_get_string(&r), session_id) && ours;
    ours = cleat_slice_equal(cl_get_string(&r), key_blob) && ours;
    return cl_reader_done(&r) == CLEAT_OK && ours;
}
