/* Reads test vectors from text. */
#include "kat.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CLEAT_KAT_DIR
#define CLEAT_KAT_DIR "tests/kat"
#endif

#define FIELDS_MAX 16

typedef struct field {
    const char *key, *value;
    uint8_t *bytes; /* decoded on demand */
} field;

struct kat {
    char *text; /* the whole file, cut into strings as it is read */
    char *at;
    field fields[FIELDS_MAX];
    size_t count;
};

static char *read_all(FILE *in)
{
    if (fseek(in, 0, SEEK_END) != 0)
        return NULL;
    long size = ftell(in);
    rewind(in);
    char *text = size < 0 ? NULL : calloc(1, (size_t)size + 1);
    if (text && fread(text, 1, (size_t)size, in) != (size_t)size) {
        free(text);
        return NULL;
    }
    return text;
}

kat *kat_open(const char *file)
{
    const char *folder = getenv("CLEAT_KAT_DIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder ? folder : CLEAT_KAT_DIR, file);
    FILE *in = fopen(path, "rb");
    if (!in) {
        fprintf(stderr, "cannot read %s\n", path);
        return NULL;
    }
    char *text = read_all(in);
    fclose(in);
    kat *k = text ? calloc(1, sizeof *k) : NULL;
    if (!k) {
        free(text);
        return NULL;
    }
    k->text = k->at = text;
    return k;
}

static void forget_record(kat *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->fields[i].bytes);
    memset(k->fields, 0, sizeof k->fields);
    k->count = 0;
}

/* Ends the current line with a zero and returns it; NULL at the end of the file. */
static char *take_line(kat *k)
{
    if (!*k->at)
        return NULL;
    char *line = k->at;
    size_t len = strcspn(line, "\n");
    k->at += len + (line[len] == '\n');
    line[len] = 0;
    if (len && line[len - 1] == '\r')
        line[len - 1] = 0;
    return line;
}

static void add_field(kat *k, char *line)
{
    char *equals = strchr(line, '=');
    if (!equals || equals == line || k->count == FIELDS_MAX) {
        fprintf(stderr, "bad test vector line: %.60s\n", line);
        return;
    }
    char *value = equals + 1 + strspn(equals + 1, " ");
    while (equals > line && equals[-1] == ' ')
        equals--;
    *equals = 0;
    k->fields[k->count++] = (field){.key = line, .value = value};
}

bool kat_next(kat *k)
{
    forget_record(k);
    for (char *line = take_line(k); line; line = take_line(k)) {
        if (*line == '#')
            continue;
        if (*line)
            add_field(k, line);
        else if (k->count)
            return true;
    }
    return k->count != 0;
}

static size_t find(const kat *k, const char *key)
{
    size_t i = 0;
    while (i < k->count && strcmp(k->fields[i].key, key) != 0)
        i++;
    return i;
}

const char *kat_text(const kat *k, const char *key)
{
    size_t i = find(k, key);
    return i < k->count ? k->fields[i].value : NULL;
}

bool kat_is(const kat *k, const char *key, const char *text)
{
    const char *value = kat_text(k, key);
    return value && strcmp(value, text) == 0;
}

static int nibble(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)((at - digits) % 16) : -1;
}

/* The number of bytes, 0 for text that is not hexadecimal. */
static size_t decode(uint8_t *out, const char *hex)
{
    size_t len = 0;
    for (; *hex; hex += 2) {
        int high = nibble(hex[0]);
        int low = high < 0 ? -1 : nibble(hex[1]);
        if (low < 0)
            return 0;
        out[len++] = (uint8_t)(high << 4 | low);
    }
    return len;
}

/* Every value has a block of exactly its own size, so that ASan sees a read past its end. */
cleat_slice kat_bytes(kat *k, const char *key)
{
    const cleat_slice none = {(const uint8_t *)"", 0};
    size_t i = find(k, key);
    if (i == k->count)
        return none;
    field *f = &k->fields[i];
    size_t room = strlen(f->value) / 2;
    if (!f->bytes)
        f->bytes = malloc(room ? room : 1);
    size_t len = f->bytes ? decode(f->bytes, f->value) : 0;
    return len ? (cleat_slice){f->bytes, len} : none;
}

static bool equal(cleat_slice wanted, const void *data, size_t len)
{
    return wanted.len == len && memcmp(wanted.data, data, len) == 0;
}

bool kat_matches(kat *k, const char *key, const void *data, size_t len)
{
    if (kat_text(k, key))
        return equal(kat_bytes(k, key), data, len);
    char hash_key[64];
    uint8_t hash[32];
    snprintf(hash_key, sizeof hash_key, "%s-sha256", key);
    return kat_text(k, hash_key) && EVP_Q_digest(NULL, "SHA2-256", NULL, data, len, hash, NULL) &&
           equal(kat_bytes(k, hash_key), hash, sizeof hash);
}

void kat_close(kat *k)
{
    if (!k)
        return;
    forget_record(k);
    free(k->text);
    free(k);
}
