/* Whose X.509 certificates users may show, and the host's own OCSP responses. */
#include "authorities.h"

#include "authorized.h"

#include <cleat/x509_files.h>

#include <stdio.h>
#include <time.h>

static const struct {
    const char *keyword;
    cleat_x509_content content;
} sources[] = {{"CACertificateFile", CLEAT_X509_AUTHORITIES},
               {"CACertificatePath", CLEAT_X509_AUTHORITIES},
               {"CARevocationFile", CLEAT_X509_CRLS},
               {"CARevocationPath", CLEAT_X509_CRLS}};

/* ---- authorities ---- */

static cleat_status fail(cleat_error *error, const cleat_config *config, const char *keyword)
{
    const cleat_error why = *error;
    snprintf(error->text, sizeof error->text, "%s: %s: %.350s",
             cleat_config_origin(config, keyword), keyword, why.text);
    return error->status;
}

static cleat_status load(setup *to, const char *keyword, cleat_x509_content content,
                         cleat_error *error)
{
    const cleat_config *config = to->rules->config;
    for (size_t i = 0; i < cleat_config_count(config, keyword); i++) {
        const char *path = cleat_config_item(config, keyword, i);
        if (cleat_x509_store_load(to->authorities, content, path, error) != CLEAT_OK)
            return fail(error, config, keyword);
    }
    return CLEAT_OK;
}

/* Without authorities nobody can show such a certificate, whatever else is said about them. */
cleat_status authorities_load(setup *to, const server *s, cleat_error *error)
{
    if (!rules_x509(to->rules) || s->arguments->dump_only)
        return CLEAT_OK;
    cleat_status st = cleat_x509_store_new(&to->authorities, s->ctx);
    for (size_t i = 0; st == CLEAT_OK && i < sizeof sources / sizeof *sources; i++)
        st = load(to, sources[i].keyword, sources[i].content, error);
    return st;
}

static bool key_is_revoked(void *user, const cleat_key *key)
{
    const connection *c = user;
    return authorized_key_is_revoked(c, key);
}

bool authorities_accept(const connection *c, const cleat_x509 *chain)
{
    const rules *r = c->rules;
    const cleat_x509_use use = {
        .struct_size = sizeof use,
        .kind = CLEAT_CERT_USER,
        .now = (int64_t)time(NULL),
        .purposes = rules_text(r, "AllowedCertPurpose"),
        .crl_required = rules_flag(r, "MandatoryCRL"),
        .ocsp = (cleat_x509_ocsp)rules_number(r, "StapledOCSP"), /* words in the type's order */
        .rsa_min_bits = cleat_policy_rsa_min(r->policy),
        .key_is_revoked = key_is_revoked,
        .user = (void *)(uintptr_t)c, /* only read */
    };
    cleat_error error = {0};
    const cleat_x509_store *store = c->setup->authorities;
    if (store && cleat_x509_check(chain, store, &use, &error) == CLEAT_OK)
        return true;
    log_about(c, CLEAT_LOG_INFO, "Certificate refused: %s: %s",
              cleat_x509_get_facts(chain)->subject, error.text);
    return false;
}

bool authorities_name(const connection *c, const cleat_x509 *chain)
{
    const char *words = rules_text(c->rules, "X509UserName");
    return words && cleat_x509_names_user(chain, words, c->account->user->name);
}

/* ---- OCSP responses ---- */

cleat_status responses_read(responses *r, const cleat_config *config, cleat_error *error)
{
    static const char keyword[] = "OCSPResponseFile";
    *r = (responses){.count = 0};
    for (size_t i = 0; i < cleat_config_count(config, keyword); i++) {
        uint8_t *data;
        size_t len;
        cleat_status st = CLEAT_E_LIMIT;
        *error = (cleat_error){.status = st, .text = "there are too many of them"};
        if (r->count < RESPONSES_MAX)
            st = port_file_read(&data, &len, cleat_config_item(config, keyword, i),
                                PORT_TRUST_REGULAR, NULL, CLEAT_X509_PART_MAX, error);
        if (st != CLEAT_OK)
            return fail(error, config, keyword);
        r->data[r->count] = data;
        r->list[r->count++] = (cleat_slice){data, len};
    }
    return CLEAT_OK;
}

void responses_forget(responses *r)
{
    while (r->count)
        port_free(r->data[--r->count]);
}
