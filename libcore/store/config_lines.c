/* The notations of single values in ssh_config(5) and sshd_config(5). */
#include "../base/compat.h"
#include "../base/pattern.h"
#include "../base/slice.h"
#include "cidr.h"

#include <cleat/store.h>

static uint64_t unit_of(uint8_t c, const char *units, const uint64_t *values)
{
    const char *at = c ? strchr(units, c >= 'A' && c <= 'Z' ? c + 32 : c) : NULL;
    return at ? values[at - units] : 0;
}

bool cleat_config_time(const char *text, uint32_t *seconds)
{
    static const uint64_t values[] = {1, 60, 3600, 86400, 604800};
    uint64_t sum = 0;
    cleat_slice rest = cleat_slice_of(text);
    while (rest.len) {
        size_t n = 0;
        uint64_t value;
        while (n < rest.len && rest.data[n] >= '0' && rest.data[n] <= '9')
            n++;
        if (!cl_slice_to_u64(cl_slice_cut(rest, 0, n), UINT32_MAX, &value))
            return false;
        uint64_t unit = n < rest.len ? unit_of(rest.data[n], "smhdw", values) : 1;
        sum += value * unit;
        if (!unit || sum > UINT32_MAX)
            return false;
        rest = cl_slice_cut(rest, n + 1, rest.len);
    }
    *seconds = (uint32_t)sum;
    return *text != 0;
}

bool cleat_config_size(const char *text, uint64_t *bytes)
{
    static const uint64_t values[] = {1 << 10, 1 << 20, 1 << 30};
    cleat_slice s = cleat_slice_of(text);
    uint64_t unit = s.len ? unit_of(s.data[s.len - 1], "kmg", values) : 0;
    uint64_t value;
    if (!cl_slice_to_u64(cl_slice_cut(s, 0, unit ? s.len - 1 : s.len), UINT32_MAX, &value))
        return false;
    *bytes = value * (unit ? unit : 1);
    return true;
}

bool cleat_config_flag(const char *text, bool *value)
{
    cleat_slice s = cleat_slice_of(text);
    *value = cl_slice_is_nocase(s, "yes") || cl_slice_is_nocase(s, "true");
    return *value || cl_slice_is_nocase(s, "no") || cl_slice_is_nocase(s, "false");
}

/* RFC 4594: "af21" is class 2, drop precedence 1; "cs3" class 3 alone. */
static int class_of(const char *word)
{
    bool af = cl_slice_is_nocase(cl_slice(word, 2), "af") && strlen(word) == 4;
    bool cs = cl_slice_is_nocase(cl_slice(word, 2), "cs") && strlen(word) == 3;
    unsigned class = af || cs ? (unsigned)(word[2] - '0') : 9;
    unsigned drop = af ? (unsigned)(word[3] - '0') : 0;
    if (af && class >= 1 && class <= 4 && drop >= 1 && drop <= 3)
        return (int)(class * 8 + drop * 2) << 2;
    return cs && class <= 7 ? (int)(class * 8) << 2 : -1;
}

/* As sshd_config(5) has them: 16, 0x10. */
static bool class_number(cleat_slice text, int *tos)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t number;
    if (cl_slice_to_u64(text, UINT8_MAX, &number)) {
        *tos = (int)number;
        return true;
    }
    if (text.len < 3 || text.len > 4 || text.data[0] != '0' || (text.data[1] | 0x20) != 'x')
        return false;
    *tos = 0;
    for (size_t i = 2; i < text.len; i++) {
        bool large = text.data[i] >= 'A' && text.data[i] <= 'F';
        int c = text.data[i] + (large ? 32 : 0);
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return false;
        *tos = *tos * 16 + (int)(digit - digits);
    }
    return true;
}

bool cleat_config_service_class(const char *word, int *tos)
{
    static const struct {
        const char *name;
        int tos;
    } names[] = {{"ef", 46 << 2},    {"le", 1 << 2},       {"none", -1},
                 {"lowdelay", 0x10}, {"throughput", 0x08}, {"reliability", 0x04}};
    cleat_slice text = cleat_slice_of(word);
    if (class_number(text, tos))
        return true;
    for (size_t i = 0; i < CL_COUNT(names); i++) {
        *tos = names[i].tos;
        if (cl_slice_is_nocase(text, names[i].name))
            return true;
    }
    *tos = text.len >= 3 ? class_of(word) : -1;
    return *tos >= 0;
}

bool cleat_pattern_list_match(const char *text, const char *patterns)
{
    return cl_pattern_list(cleat_slice_of(text), cleat_slice_of(patterns), false) == CL_MATCH_YES;
}

bool cleat_address_list_match(const char *address, const char *list, bool *malformed)
{
    cl_address_match match = cl_address_list(address, cleat_slice_of(list));
    *malformed = match == CL_ADDRESS_MALFORMED;
    return match == CL_ADDRESS_MATCHES;
}

bool cleat_host_list_match(const char *address, const char *host, const char *list)
{
    return cl_host_list(address, host, cleat_slice_of(list)) == CL_ADDRESS_MATCHES;
}
