/* Who a certificate is for: its names as text, and whether a host's or a user's is among them. */
#include "names.h"

#include "../base/error.h"
#include "../base/pattern.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

/* In the order of the encoding, with short names; what could disturb a log is escaped. */
#define NAME_FLAGS                                                                                 \
    (XN_FLAG_SEP_COMMA_PLUS | XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS | ASN1_STRFLGS_RFC2253)

/* ---- text ---- */

cleat_status cl_x509_put_name(const X509_NAME *name, cl_buf *out)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *data = NULL;
    cleat_status st = CLEAT_E_CRYPTO;
    if (text && X509_NAME_print_ex(text, name, 0, NAME_FLAGS) >= 0) {
        long len = BIO_get_mem_data(text, &data);
        cl_buf_add(out, data, len > 0 ? (size_t)len : 0);
        st = out->status;
    }
    BIO_free(text);
    ERR_clear_error();
    return st;
}

static const char *name_text(cleat_x509 *c, const X509_NAME *name)
{
    cl_buf text = CL_BUF(c->env->mem);
    if (cl_x509_put_name(name, &text) != CLEAT_OK)
        c->arena.status = CLEAT_E_CRYPTO;
    const char *copy = cl_arena_text(&c->arena, cl_buf_slice(&text));
    cl_buf_free(&text);
    return copy;
}

static const char *serial_text(cleat_x509 *c)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(c->certs[0]), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    if (!hex)
        c->arena.status = CLEAT_E_CRYPTO;
    const char *copy = cl_arena_text(&c->arena, cleat_slice_of(hex));
    OPENSSL_free(hex);
    BN_free(number);
    return copy;
}

cleat_status cl_x509_fill_facts(cleat_x509 *chain, cleat_error *err)
{
    chain->facts = (cleat_x509_facts){
        .subject = name_text(chain, X509_get_subject_name(chain->certs[0])),
        .issuer = name_text(chain, X509_get_issuer_name(chain->certs[0])),
        .serial = serial_text(chain),
        .certificate_count = chain->cert_count,
        .response_count = chain->response_count,
    };
    if (chain->arena.status == CLEAT_E_CRYPTO)
        return cl_fail_crypto(err, "an X.509 certificate's names");
    return chain->arena.status;
}

/* ---- hosts ---- */

bool cleat_x509_names_host(const cleat_x509 *chain, const char *host)
{
    const unsigned flags =
        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
    size_t len = strlen(host);
    if (len && host[len - 1] == '.')
        len--; /* a name that is complete, not another one */
    int match = X509_check_ip_asc(chain->certs[0], host, 0);
    if (match == -2) /* no address */
        match = len ? X509_check_host(chain->certs[0], host, len, flags, NULL) : 0;
    ERR_clear_error();
    return match == 1;
}

/* ---- users ---- */

typedef enum name_kind { NAME_NONE, NAME_EMAIL, NAME_UPN, NAME_DNS, NAME_CN } name_kind;

/* One rule: a kind of name, and the domain behind the user's; empty: none. */
typedef struct name_rule {
    name_kind kind;
    cleat_slice domain;
} name_rule;

static const struct {
    const char *word;
    name_kind kind;
    bool has_domain;
} kinds[] = {{"email", NAME_EMAIL, true},
             {"upn", NAME_UPN, true},
             {"dns", NAME_DNS, false},
             {"cn", NAME_CN, false}};

static bool read_rule(cleat_slice word, name_rule *rule)
{
    const uint8_t *at = memchr(word.data, '@', word.len);
    cleat_slice kind = at ? cl_slice_cut(word, 0, (size_t)(at - word.data)) : word;
    *rule = (name_rule){.domain = CL_SLICE_EMPTY};
    if (at)
        rule->domain = cl_slice_cut(word, kind.len + 1, word.len);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (cl_slice_is_nocase(kind, kinds[i].word) &&
            (!at || (kinds[i].has_domain && rule->domain.len)))
            rule->kind = kinds[i].kind;
    }
    return rule->kind != NAME_NONE;
}

const char *cleat_x509_user_rules_fault(const char *rules)
{
    cleat_slice rest = cleat_slice_of(rules);
    cleat_slice word;
    bool any = false;
    while (cl_slice_split(&rest, ' ', &word)) {
        name_rule rule;
        if (word.len && !read_rule(word, &rule))
            return "is none of email, email@DOMAIN, upn, upn@DOMAIN, dns and cn";
        any = any || word.len;
    }
    return any ? NULL : "is no rule";
}

/* The whole name, or what stands before the last '@' with the right domain behind it. */
static bool is_user(cleat_slice name, const name_rule *rule, const char *user)
{
    size_t at = name.len;
    if (!rule->domain.len)
        return cl_slice_is(name, user);
    while (at && name.data[at - 1] != '@')
        at--;
    return at && cl_slice_is(cl_slice_cut(name, 0, at - 1), user) &&
           cl_pattern_match(cl_slice_cut(name, at, name.len), rule->domain, true);
}

static cleat_slice text_of(const ASN1_STRING *s)
{
    return s ? cl_slice(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)) : CL_SLICE_EMPTY;
}

static cleat_slice upn_of(const OTHERNAME *other)
{
    const ASN1_TYPE *value = other->value;
    bool upn = OBJ_obj2nid(other->type_id) == NID_ms_upn;
    return upn && value && value->type == V_ASN1_UTF8STRING ? text_of(value->value.utf8string)
                                                            : CL_SLICE_EMPTY;
}

static cleat_slice alternative(GENERAL_NAME *name, name_kind kind)
{
    int type = -1;
    void *value = GENERAL_NAME_get0_value(name, &type);
    if (kind == NAME_EMAIL && type == GEN_EMAIL)
        return text_of(value);
    if (kind == NAME_DNS && type == GEN_DNS)
        return text_of(value);
    return kind == NAME_UPN && type == GEN_OTHERNAME ? upn_of(value) : CL_SLICE_EMPTY;
}

static bool names_alternatively(X509 *cert, const name_rule *rule, const char *user)
{
    bool found = false;
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        cleat_slice name = alternative(sk_GENERAL_NAME_value(names, i), rule->kind);
        found = name.len && is_user(name, rule, user);
    }
    GENERAL_NAMES_free(names);
    return found;
}

/* A subject with several common names is nobody's in particular. */
static bool is_common_name(X509 *cert, const char *user)
{
    X509_NAME *subject = X509_get_subject_name(cert);
    unsigned char *text = NULL;
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return false;
    int len =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    bool same = len > 0 && cl_slice_is(cl_slice(text, (size_t)len), user);
    OPENSSL_free(text);
    return same;
}

bool cleat_x509_names_user(const cleat_x509 *chain, const char *rules, const char *user)
{
    cleat_slice rest = cleat_slice_of(rules);
    cleat_slice word;
    bool found = false;
    while (*user && !found && cl_slice_split(&rest, ' ', &word)) {
        name_rule rule;
        if (!word.len || !read_rule(word, &rule))
            continue;
        found = rule.kind == NAME_CN ? is_common_name(chain->certs[0], user)
                                     : names_alternatively(chain->certs[0], &rule, user);
    }
    ERR_clear_error();
    return found;
}
