/* Import of options structs from callers of other versions. */
#include <cleat/types.h>

#include <string.h>

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

bool cleat_options_import(void *dst, size_t known, const void *src)
{
    size_t given;
    memcpy(&given, src, sizeof given);
    if (given < sizeof given)
        return false;
    if (given > known && !all_zero((const uint8_t *)src + known, given - known))
        return false;
    memset(dst, 0, known);
    memcpy(dst, src, given < known ? given : known);
    memcpy(dst, &known, sizeof known);
    return true;
}
