/* What a line says about X.509 certificates. */
#include "x509_line.h"

#include "../base/alloc.h"
#include "../base/base64.h"
#include "../base/compat.h"

#include <openssl/x509.h>

bool cl_x509_line_is(cleat_slice text)
{
    return cl_slice_starts(text, CL_X509_PREFIX);
}

static cleat_slice cut_word(cleat_slice *text)
{
    size_t len = 0;
    while (len < text->len && text->data[len] != ' ' && text->data[len] != '\t')
        len++;
    cleat_slice word = cl_slice_cut(*text, 0, len);
    *text = cl_slice_trim(cl_slice_cut(*text, len, text->len));
    return word;
}

static bool cut_prefix(cleat_slice *text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (!cl_slice_is_nocase(cl_slice_cut(*text, 0, len), prefix))
        return false;
    *text = cl_slice_cut(*text, len, text->len);
    return true;
}

/* "Subject:" or another spelling of it; *text is left at the pattern. */
static bool cut_subject(cleat_slice *text)
{
    static const char *const words[] = {
        "Subject",          "DN", "Distinguished Name", "Distinguished-Name", "Distinguished_Name",
        "DistinguishedName"};
    for (size_t i = 0; i < CL_COUNT(words); i++) {
        cleat_slice rest = *text;
        if (cut_prefix(&rest, words[i]) && (cut_prefix(&rest, ":") || cut_prefix(&rest, "="))) {
            *text = cl_slice_trim(rest);
            return true;
        }
    }
    return false;
}

static bool is_subject(const cleat_x509 *chain, cleat_slice pattern)
{
    char *text = cl_alloc_text(chain->env->mem, pattern);
    bool same = text && cleat_x509_match_subject(chain, text) == CLEAT_OK;
    cl_alloc_free(chain->env->mem, text);
    return same;
}

static bool is_among(const cleat_x509 *chain, cleat_slice der, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cleat_slice_equal(chain->der[i], der))
            return true;
    }
    return false;
}

cleat_x509 *cl_x509_line_read(const cl_env *env, cleat_slice text)
{
    cleat_x509 *chain = NULL;
    cl_buf data = CL_BUF(env->mem);
    cut_word(&text); /* the algorithm */
    if (!cut_subject(&text) && cl_base64_decode(&data, cut_word(&text)) == CLEAT_OK &&
        cl_x509_from_blob(env, cl_buf_slice(&data), &chain, NULL) != CLEAT_OK) {
        X509 *cert = cl_x509_parse(env, cl_buf_slice(&data));
        if (cert && cl_x509_join(env, &cert, 1, NULL, 0, &chain, NULL) != CLEAT_OK)
            chain = NULL;
        X509_free(cert);
    }
    cl_buf_free(&data);
    return chain;
}

/* A certificate in DER, or as it travels, then the first of a chain. */
static bool holds_among(const cleat_x509 *chain, cleat_slice base64, size_t count)
{
    cleat_x509 *other = NULL;
    cl_buf data = CL_BUF(chain->env->mem);
    bool found = false;
    if (cl_base64_decode(&data, base64) == CLEAT_OK) {
        found = is_among(chain, cl_buf_slice(&data), count);
        if (!found && cl_x509_from_blob(chain->env, cl_buf_slice(&data), &other, NULL) == CLEAT_OK)
            found = is_among(chain, other->der[0], count);
    }
    cleat_x509_unref(other);
    cl_buf_free(&data);
    return found;
}

static bool means(const cleat_x509 *chain, cleat_slice text, size_t count)
{
    cut_word(&text); /* the algorithm */
    if (cut_subject(&text))
        return is_subject(chain, text);
    return holds_among(chain, cut_word(&text), count);
}

bool cl_x509_line_names(const cleat_x509 *chain, cleat_slice text)
{
    return means(chain, text, 1);
}

bool cl_x509_line_revokes(const cleat_x509 *chain, cleat_slice text)
{
    return means(chain, text, chain->cert_count);
}
