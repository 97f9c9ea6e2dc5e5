/* ssh_config: blocks, Match, Include (of the file itself), values, tokens, the dump. */
#include "support_ctx.h"

#include <cleat/config.h>

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
    (void)user;
    (void)c;
    (void)error;
    *matches = question->criterion[0] < 'm';
    return CLEAT_OK;
}

static void take_line(void *user, const char *text)
{
    const cleat_config_token tokens[] = {{'h', "host"}, {'p', "22"}};
    char *out = NULL;
    (void)user;
    if (cleat_config_expand(&out, NULL, text, "hp", tokens, 2, NULL, NULL, NULL) == CLEAT_OK)
        free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleat_slice whole = {data, size};
    cleat_config *c;
    cleat_error error = {0};
    const cleat_config_host host = {.struct_size = sizeof host,
                                    .user = &whole,
                                    .host = "host",
                                    .include = include,
                                    .match = match};
    if (size > 4096 || cleat_config_new(&c, NULL, cleat_config_client_table()) != CLEAT_OK)
        return 0;
    if (cleat_config_read(c, "fuzz", whole, &host, &error) == CLEAT_OK &&
        cleat_config_dump(c, take_line, NULL) != CLEAT_OK)
        abort();
    cleat_config_free(c);
    return 0;
}
