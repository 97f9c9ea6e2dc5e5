/* Looks a key up in a file of authorized_keys as cleatd does. Prints the line that it stands in.
 *
 *     bench_lookup PUBLIC_KEY_FILE FILE */
#include "port.h"

#include <cleat/store.h>

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 64 << 20 };

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench_lookup: %s failed\n", what);
    exit(1);
}

typedef struct search {
    cleat_ctx *ctx;
    cleat_key *key;
    cleat_key_options options;
    cleat_status status;
    unsigned lines; /* that have been read */
} search;

static bool take(void *user, cleat_slice piece)
{
    search *s = user;
    const cleat_key_peer peer = {.address = "192.0.2.1", .lines = s->lines};
    s->lines += port_lines_in(piece);
    s->status = cleat_authorized_keys_find(s->ctx, piece, "keys", s->key, &peer, &s->options, NULL);
    return s->status != CLEAT_OK;
}

int main(int argc, char **argv)
{
    uint8_t *data;
    size_t len;
    search s = {.status = CLEAT_E_NO_SUCH};
    must(argc == 3 && cleat_ctx_new(&s.ctx, NULL) == CLEAT_OK, "starting");
    must(port_file_read(&data, &len, argv[1], PORT_TRUST_ANY, NULL, FILE_MAX, NULL) == CLEAT_OK &&
             cleat_key_read_public(&s.key, s.ctx, (cleat_slice){data, len}, NULL, NULL) == CLEAT_OK,
         argv[1]);
    must(port_file_read_lines(argv[2], PORT_TRUST_ANY, NULL, FILE_MAX, take, &s, NULL) ==
                 CLEAT_OK &&
             s.status == CLEAT_OK,
         argv[1]);
    printf("%u\n", s.options.line);
    cleat_key_options_free(&s.options);
    port_free(data);
    cleat_key_unref(s.key);
    cleat_ctx_unref(s.ctx);
    return 0;
}
