/* sshd_config: blocks, Match, Include (of the file itself), values, the dump; as for one client. */
#include "support_ctx.h"

#include <cleat/config.h>
#include <cleat/store.h>

#include <stdlib.h>

static cleat_status include(void *user, const char *pattern, const char *from,
                            cleat_config_reading *reading, cleat_error *error)
{
    const cleat_slice *whole = user;
    (void)pattern;
    (void)from;
    return cleat_config_included(reading, "again", *whole, error);
}

static cleat_status match(void *user, const cleat_config *c, const cleat_config_question *question,
                          bool *matches, cleat_error *error)
{
    bool malformed = false;
    (void)user;
    (void)c;
    (void)error;
    if (question->argument)
        *matches = cleat_pattern_list_match("user", question->argument) ||
                   cleat_address_list_match("2001:db8::1", question->argument, &malformed);
    return CLEAT_OK;
}

static void take_line(void *user, const char *text)
{
    size_t *lines = user;
    *lines += text[0] != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_slice whole = {data, size};
    cleat_config *c;
    cleat_error error = {0};
    size_t lines = 0;
    cleat_config_host host = {
        .struct_size = sizeof host, .user = &whole, .include = include, .match = match};
    if (size > 4096 || cleat_config_new(&c, NULL, cleat_config_server_table()) != CLEAT_OK)
        return 0;
    host.scope = CLEAT_CONFIG_BLOCKS;
    cleat_status st = cleat_config_read(c, "fuzz", whole, &host, &error);
    host.scope = CLEAT_CONFIG_OUTSIDE;
    if (st == CLEAT_OK)
        st = cleat_config_read(c, "fuzz", whole, &host, &error);
    if (st == CLEAT_OK && (cleat_config_dump(c, take_line, &lines) != CLEAT_OK || lines == 0))
        abort();
    cleat_config_free(c);
    return 0;
}
