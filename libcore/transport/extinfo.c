/* EXT_INFO: what a side can do beyond the negotiated algorithms. */
#include "extinfo.h"

#include "../wire/messages.h"

void cl_extinfo_write(cl_buf *out, const cl_extension *list, uint32_t count)
{
    cl_put_u8(out, CL_MSG_ext_info);
    cl_put_u32(out, count);
    for (uint32_t i = 0; i < count; i++) {
        cl_put_cstring(out, list[i].name);
        cl_put_cstring(out, list[i].value);
    }
}

cleat_status cl_extinfo_read(cleat_slice payload, void *user,
                             cleat_status (*entry)(void *user, cleat_slice name, cleat_slice value))
{
    cl_reader r = cl_reader_of(payload);
    if (cl_get_u8(&r) != CL_MSG_ext_info)
        cl_reader_fault(&r);
    uint32_t count = cl_get_u32(&r);
    if (count > CL_EXT_INFO_MAX)
        return CLEAT_E_FORMAT;
    for (uint32_t i = 0; i < count && r.fault == CLEAT_OK; i++) {
        cleat_slice name = cl_get_text(&r);
        cleat_slice value = cl_get_string(&r);
        if (r.fault != CLEAT_OK)
            break;
        cleat_status st = entry(user, name, value);
        if (st != CLEAT_OK)
            return st;
    }
    return cl_reader_done(&r);
}
