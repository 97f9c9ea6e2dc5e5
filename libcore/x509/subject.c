/* Patterns of subjects: "C=DE,O=Example,CN=alice", or the beginning of one and ",*". */
#include "../base/alloc.h"
#include "chain.h"

#include <openssl/err.h>
#include <openssl/x509.h>

/* A pattern while it is read. */
typedef struct name_reader {
    cleat_slice rest;
    char separator; /* ',' or '/' between parts; '+' stands between values of one part */
    cl_buf value;
    char end; /* of the value: a separator or '+'; 0 at the end of the pattern */
} name_reader;

static bool read_field(name_reader *r, cleat_slice *field)
{
    const uint8_t *at = memchr(r->rest.data, '=', r->rest.len);
    if (!at)
        return false;
    size_t len = (size_t)(at - r->rest.data);
    *field = cl_slice_trim(cl_slice_cut(r->rest, 0, len));
    r->rest = cl_slice_cut(r->rest, len + 1, r->rest.len);
    return field->len > 0;
}

/* '\' takes the next byte as it is. */
static bool read_value(name_reader *r)
{
    cl_buf_reset(&r->value);
    r->end = 0;
    while (r->rest.len && !r->end) {
        char c = (char)r->rest.data[0];
        bool escaped = c == '\\' && r->rest.len > 1;
        if (escaped)
            cl_buf_add_byte(&r->value, r->rest.data[1]);
        else if (c == r->separator || c == '+')
            r->end = c;
        else
            cl_buf_add_byte(&r->value, (uint8_t)c);
        r->rest = cl_slice_cut(r->rest, escaped ? 2 : 1, r->rest.len);
    }
    return r->value.status == CLEAT_OK && r->value.len > 0;
}

/* "CN", "commonName" or "2.5.4.3" and a value; joins: to the part before. */
static bool add_value(X509_NAME *name, const cleat_allocator *mem, cleat_slice field,
                      cleat_slice value, bool joins)
{
    char *type = cl_alloc_text(mem, field);
    bool added = type && value.len <= INT32_MAX &&
                 X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, value.data, (int)value.len,
                                            -1, joins ? -1 : 0) == 1;
    cl_alloc_free(mem, type);
    return added;
}

/* NULL for what cannot be read. */
static X509_NAME *parse(const cleat_allocator *mem, cleat_slice pattern)
{
    bool slashes = cl_slice_starts(pattern, "/");
    name_reader r = {.rest = cl_slice_cut(pattern, slashes, pattern.len),
                     .separator = slashes ? '/' : ',',
                     .value = CL_BUF(mem)};
    X509_NAME *name = X509_NAME_new();
    bool good = name != NULL;
    bool more = true;
    while (good && more) {
        cleat_slice field;
        bool joins = r.end == '+';
        good = read_field(&r, &field) && read_value(&r) &&
               add_value(name, mem, field, cl_slice_trim(cl_buf_slice(&r.value)), joins);
        more = r.end != 0;
    }
    cl_buf_free(&r.value);
    if (good)
        return name;
    X509_NAME_free(name);
    return NULL;
}

static int part_of(const X509_NAME *name, int i)
{
    return X509_NAME_ENTRY_set(X509_NAME_get_entry(name, i));
}

/* The first `parts` parts of the name; NULL out of memory. */
static X509_NAME *beginning(const X509_NAME *name, int parts)
{
    X509_NAME *cut = X509_NAME_new();
    bool good = cut != NULL;
    for (int i = 0; good && i < X509_NAME_entry_count(name) && part_of(name, i) < parts; i++) {
        bool joins = i > 0 && part_of(name, i) == part_of(name, i - 1);
        good = X509_NAME_add_entry(cut, X509_NAME_get_entry(name, i), -1, joins ? -1 : 0) == 1;
    }
    if (good)
        return cut;
    X509_NAME_free(cut);
    return NULL;
}

static int part_count(const X509_NAME *name)
{
    int entries = X509_NAME_entry_count(name);
    return entries > 0 ? part_of(name, entries - 1) + 1 : 0;
}

static cleat_status compare(const X509_NAME *subject, const X509_NAME *wanted, bool open_ended)
{
    if (!open_ended)
        return X509_NAME_cmp(subject, wanted) == 0 ? CLEAT_OK : CLEAT_E_NO_SUCH;
    X509_NAME *cut = beginning(subject, part_count(wanted));
    if (!cut)
        return CLEAT_E_NOMEM;
    cleat_status st = X509_NAME_cmp(cut, wanted) == 0 ? CLEAT_OK : CLEAT_E_NO_SUCH;
    X509_NAME_free(cut);
    return st;
}

cleat_status cleat_x509_match_subject(const cleat_x509 *chain, const char *pattern)
{
    cleat_slice text = cl_slice_trim(cleat_slice_of(pattern));
    bool open_ended = cl_slice_ends(text, ",*") || cl_slice_ends(text, "/*");
    if (open_ended)
        text.len -= 2;
    X509_NAME *wanted = parse(chain->env->mem, text);
    cleat_status st = CLEAT_E_CONFIG;
    if (wanted)
        st = compare(X509_get_subject_name(chain->certs[0]), wanted, open_ended);
    X509_NAME_free(wanted);
    ERR_clear_error();
    return st;
}
