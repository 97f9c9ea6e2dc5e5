/* sshd_config as cleatd reads it: lines, quotes, numbers, addresses. */
#include "support_ctx.h"

#include <cleat/store.h>

static cleat_status on_line(void *user, const char *keyword, const char *const *args, size_t count,
                            unsigned line, cleat_error *error)
{
    (void)user;
    (void)line;
    (void)error;
    for (size_t i = 0; i < count; i++) {
        uint32_t seconds;
        uint64_t bytes;
        bool flag;
        (void)cleat_config_time(args[i], &seconds);
        (void)cleat_config_size(args[i], &bytes);
        (void)cleat_config_flag(args[i], &flag);
        (void)cleat_address_list_match("2001:db8::1", args[i], &flag);
        (void)cleat_pattern_list_match(keyword, args[i]);
    }
    return CLEAT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_error error = {0};
    if (size > 4096)
        return 0;
    cleat_status st =
        cleat_config_parse(fuzz_ctx(), (cleat_slice){data, size}, "fuzz", on_line, NULL, &error);
    (void)st;
    return 0;
}
