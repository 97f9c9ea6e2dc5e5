/* Looks a key up in a file of authorized_keys as cleatd does: the whole file is read and searched.
 * Prints the line that it stands in.
 *
 *     bench_lookup FILE PUBLIC_KEY_FILE */
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

static cleat_slice content(const char *path)
{
    uint8_t *data;
    size_t len;
    must(port_file_read(&data, &len, path, PORT_TRUST_ANY, NULL, FILE_MAX, NULL) == CLEAT_OK, path);
    return (cleat_slice){data, len};
}

int main(int argc, char **argv)
{
    cleat_ctx *ctx = NULL;
    cleat_key *key = NULL;
    cleat_key_options options;
    const cleat_key_peer peer = {.address = "192.0.2.1"};
    must(argc == 3 && cleat_ctx_new(&ctx, NULL) == CLEAT_OK, "starting");
    must(cleat_key_read_public(&key, ctx, content(argv[2]), argv[2], NULL) == CLEAT_OK, argv[2]);
    must(cleat_authorized_keys_find(ctx, content(argv[1]), argv[1], key, &peer, &options, NULL) ==
             CLEAT_OK,
         "looking the key up");
    printf("%u\n", options.line);
    cleat_key_options_free(&options);
    cleat_key_unref(key);
    cleat_ctx_unref(ctx);
    return 0;
}
