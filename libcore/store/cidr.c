/* Address lists: patterns, negation, ranges. */
#include "cidr.h"

#include "../base/pattern.h"

typedef struct ip {
    uint8_t bytes[16];
    unsigned len; /* 4 or 16 */
} ip;

static bool parse_v4(cleat_slice text, uint8_t out[4])
{
    cleat_slice part;
    uint64_t value;
    unsigned n = 0;
    while (n < 4 && cl_slice_split(&text, '.', &part)) {
        if (part.len > 3 || !cl_slice_to_u64(part, 255, &value))
            return false;
        out[n++] = (uint8_t)value;
    }
    return n == 4 && text.len == 0;
}

static bool hex_group(cleat_slice text, uint8_t out[2])
{
    unsigned value = 0;
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        value = value * 16 + digit;
    }
    out[0] = (uint8_t)(value / 256);
    out[1] = (uint8_t)(value % 256);
    return true;
}

/* Groups into out; false when one is no group or there are more than fit. */
static bool hex_groups(cleat_slice text, uint8_t *out, unsigned room, unsigned *len)
{
    cleat_slice group;
    *len = 0;
    while (cl_slice_split(&text, ':', &group)) {
        if (*len + 2 > room || !hex_group(group, out + *len))
            return false;
        *len += 2;
    }
    return true;
}

static bool parse_v6(cleat_slice text, uint8_t out[16])
{
    size_t gap = SIZE_MAX;
    unsigned head;
    unsigned tail;
    uint8_t end[16];
    for (size_t i = 0; i + 1 < text.len && gap == SIZE_MAX; i++) {
        if (text.data[i] == ':' && text.data[i + 1] == ':')
            gap = i;
    }
    if (gap == SIZE_MAX)
        return hex_groups(text, out, 16, &head) && head == 16;
    if (!hex_groups(cl_slice_cut(text, 0, gap), out, 16, &head) ||
        !hex_groups(cl_slice_cut(text, gap + 2, text.len), end, 16 - head, &tail))
        return false;
    memset(out + head, 0, 16 - head);
    memcpy(out + 16 - tail, end, tail);
    return true;
}

static bool parse_ip(cleat_slice text, ip *out)
{
    out->len = 4;
    if (parse_v4(text, out->bytes))
        return true;
    out->len = 16;
    return parse_v6(text, out->bytes);
}

static bool in_range(const ip *address, const ip *range, uint64_t bits)
{
    if (address->len != range->len)
        return false;
    for (unsigned i = 0; i < bits; i++) {
        unsigned mask = 0x80u >> (i % 8);
        if ((address->bytes[i / 8] & mask) != (range->bytes[i / 8] & mask))
            return false;
    }
    return true;
}

/* What is behind the mask would be passed over: whoever wrote it meant something else. */
static bool ends_with_mask(const ip *range, uint64_t bits)
{
    for (unsigned i = (unsigned)bits; i < range->len * 8u; i++) {
        if (range->bytes[i / 8] & (0x80u >> (i % 8)))
            return false;
    }
    return true;
}

static cl_address_match match_range(const char *address, cleat_slice pattern)
{
    cleat_slice base;
    uint64_t bits;
    ip ours;
    ip range;
    if (!cl_slice_split(&pattern, '/', &base) || !parse_ip(base, &range) ||
        !cl_slice_to_u64(pattern, range.len * 8u, &bits) || !ends_with_mask(&range, bits))
        return CL_ADDRESS_MALFORMED;
    bool inside = parse_ip(cleat_slice_of(address), &ours) && in_range(&ours, &range, bits);
    return inside ? CL_ADDRESS_MATCHES : CL_ADDRESS_DIFFERS;
}

/* An address is the same however it is written; what is no address is a pattern. */
static bool matches(const char *address, cleat_slice item)
{
    ip ours;
    ip theirs;
    if (parse_ip(item, &theirs) && parse_ip(cleat_slice_of(address), &ours))
        return in_range(&ours, &theirs, theirs.len * 8u);
    return cl_pattern_match(cleat_slice_of(address), item, true);
}

bool cl_address_list_is_numeric(cleat_slice list)
{
    for (size_t i = 0; i < list.len; i++) {
        if (!list.data[i] || !strchr("0123456789abcdefABCDEF.:/,", list.data[i]))
            return false;
    }
    return list.len != 0;
}

cl_address_match cl_address_list(const char *address, cleat_slice list)
{
    cl_address_match result = CL_ADDRESS_DIFFERS;
    cleat_slice item;
    while (cl_slice_split(&list, ',', &item)) {
        item = cl_slice_trim(item);
        bool negated = item.len && item.data[0] == '!';
        if (negated)
            item = cl_slice_cut(item, 1, item.len);
        cl_address_match one = CL_ADDRESS_DIFFERS;
        if (item.len && memchr(item.data, '/', item.len))
            one = match_range(address, item);
        else if (matches(address, item))
            one = CL_ADDRESS_MATCHES;
        if (one == CL_ADDRESS_MALFORMED)
            return one;
        if (one == CL_ADDRESS_MATCHES && negated)
            return CL_ADDRESS_EXCLUDED;
        if (one == CL_ADDRESS_MATCHES)
            result = one;
    }
    return result;
}

cl_address_match cl_host_list(const char *address, const char *host, cleat_slice list)
{
    cl_address_match by_address = cl_address_list(address, list);
    if (!host || by_address == CL_ADDRESS_MALFORMED || by_address == CL_ADDRESS_EXCLUDED)
        return by_address;
    switch (cl_pattern_list(cleat_slice_of(host), list, true)) {
    case CL_MATCH_YES:
        return CL_ADDRESS_MATCHES;
    case CL_MATCH_NEGATED:
        return CL_ADDRESS_EXCLUDED;
    case CL_MATCH_NO:
        break;
    }
    return by_address;
}
