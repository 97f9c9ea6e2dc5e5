/* name-list: comma-separated US-ASCII names. */
#include "namelist.h"

bool cl_namelist_valid(cleat_slice list)
{
    if (list.len > CL_NAMELIST_MAX)
        return false;
    bool name_open = false;
    for (size_t i = 0; i < list.len; i++) {
        uint8_t c = list.data[i];
        if (c == ',' ? !name_open : (c <= ' ' || c >= 0x7F))
            return false;
        name_open = c != ',';
    }
    return true;
}

bool cl_namelist_has(cleat_slice list, cleat_slice name)
{
    cleat_slice item;
    while (cl_slice_split(&list, ',', &item)) {
        if (cleat_slice_equal(item, name))
            return true;
    }
    return false;
}

cleat_slice cl_namelist_common(cleat_slice wanted, cleat_slice offered)
{
    cleat_slice name;
    while (cl_slice_split(&wanted, ',', &name)) {
        if (cl_namelist_has(offered, name))
            return name;
    }
    return CL_SLICE_EMPTY;
}
