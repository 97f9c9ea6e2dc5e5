/* Reads a key file of any format and writes the key in another:
 *
 *     convert_key FILE FORMAT NEW_FILE [PASSPHRASE [NEW_PASSPHRASE [ROUNDS]]]
 *
 * A passphrase that is "" is none. Prints the name of the format that it has read. The new file
 * must be one that nobody else can read: the program leaves that to who calls it. */
#include <cleat/cleat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    cleat_key_format format;
} formats[] = {
    {"openssh", CLEAT_KEY_OPENSSH},
    {"ppk2", CLEAT_KEY_PPK2},
    {"ppk3", CLEAT_KEY_PPK3},
    {"pkcs8", CLEAT_KEY_PKCS8},
    {"pkcs8-der", CLEAT_KEY_PKCS8_DER},
    {"traditional", CLEAT_KEY_TRADITIONAL},
    {"traditional-der", CLEAT_KEY_TRADITIONAL_DER},
    {"pkcs12", CLEAT_KEY_PKCS12},
    {"line", CLEAT_KEY_LINE},
    {"rfc4716", CLEAT_KEY_RFC4716},
    {"spki", CLEAT_KEY_SPKI},
    {"spki-der", CLEAT_KEY_SPKI_DER},
    {"pkcs1-public", CLEAT_KEY_PKCS1_PUBLIC},
    {"pkcs1-public-der", CLEAT_KEY_PKCS1_PUBLIC_DER},
};

enum { FORMATS = sizeof formats / sizeof formats[0] };

static const char *name_of(cleat_key_format format)
{
    size_t i = 0;
    while (formats[i].format != format)
        i++;
    return formats[i].name;
}

static cleat_slice read_file(const char *path, uint8_t *room, size_t size)
{
    FILE *in = fopen(path, "rb");
    size_t len = in ? fread(room, 1, size, in) : 0;
    if (in)
        fclose(in);
    return (cleat_slice){room, len};
}

static bool write_file(const char *path, const cleat_bytes *content)
{
    FILE *out = fopen(path, "wb");
    bool done = out && fwrite(content->data, 1, content->len, out) == content->len;
    return out && fclose(out) == 0 && done;
}

static cleat_status convert(cleat_ctx *ctx, char **argv, cleat_key_format to,
                            const cleat_key_write_options *options, cleat_error *error)
{
    static uint8_t room[1 << 16];
    cleat_key *key = NULL;
    cleat_bytes out = {0};
    cleat_key_format from;
    cleat_status st = cleat_key_read(&key, ctx, read_file(argv[1], room, sizeof room), argv[4],
                                     NULL, &from, error);
    if (st == CLEAT_OK)
        st = cleat_key_write(key, to, options, &out, error);
    if (st == CLEAT_OK) {
        st = write_file(argv[3], &out) ? CLEAT_OK : CLEAT_E_IO;
        cleat_bytes_free(&out);
    }
    if (st == CLEAT_OK) {
        printf("%s\n", name_of(from));
    }
    cleat_key_unref(key);
    return st;
}

int main(int argc, char **argv)
{
    char *args[7] = {0}; /* those not given are NULL */
    size_t to = 0;
    cleat_ctx *ctx = NULL;
    cleat_error error = {0};
    for (int i = 0; i < argc && i < 7; i++)
        args[i] = argv[i];
    while (to < FORMATS && argc > 2 && strcmp(formats[to].name, argv[2]) != 0)
        to++;
    if (argc < 4 || to == FORMATS || cleat_ctx_new(&ctx, NULL) != CLEAT_OK) {
        fprintf(stderr, "usage: %s FILE FORMAT NEW_FILE [PASSPHRASE [NEW_PASSPHRASE [ROUNDS]]]\n",
                argv[0]);
        return 2;
    }
    unsigned rounds = args[6] ? (unsigned)strtoul(args[6], NULL, 10) : 0;
    const cleat_key_write_options options = {
        .struct_size = sizeof options, .passphrase = args[5], .rounds = rounds};
    cleat_status st = convert(ctx, args, formats[to].format, &options, &error);
    if (st != CLEAT_OK)
        fprintf(stderr, "%s: %s\n", argv[1], error.text);
    cleat_ctx_unref(ctx);
    return st == CLEAT_OK ? 0 : 1;
}
