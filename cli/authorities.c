/* Whose X.509 certificates are good. */
#include "authorities.h"

#include "hop.h"
#include "known.h"
#include "say.h"

#include <cleat/x509_files.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    const char *keyword;
    cleat_x509_content content;
} sources[] = {{"CACertificateFile", CLEAT_X509_AUTHORITIES},
               {"CACertificatePath", CLEAT_X509_AUTHORITIES},
               {"CARevocationFile", CLEAT_X509_CRLS},
               {"CARevocationPath", CLEAT_X509_CRLS}};

static cleat_status load_named(ssh_hop *h, const char *keyword, cleat_x509_content content,
                               cleat_error *error)
{
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && i < cleat_config_count(h->config, keyword); i++) {
        char *path = hop_value(h, keyword, i);
        if (!path)
            st = CLEAT_E_CONFIG;
        else if (strcmp(path, "none") != 0)
            st = cleat_x509_store_load(h->authorities, content, path, error);
        free(path);
    }
    return st;
}

/* Those that the user keeps in the usual place, if there are any. */
static cleat_status load_usual(ssh_hop *h, bool *any, cleat_error *error)
{
    static const char *const usual[] = {"~/.ssh/ca-bundle.crt", "~/.ssh/crt"};
    cleat_status st = CLEAT_OK;
    for (size_t i = 0; st == CLEAT_OK && i < sizeof usual / sizeof *usual; i++) {
        char *path;
        if (port_path_expand(&path, usual[i], NULL) != CLEAT_OK)
            continue;
        st = cleat_x509_store_load(h->authorities, CLEAT_X509_AUTHORITIES, path, error);
        *any = *any || st == CLEAT_OK;
        if (st == CLEAT_E_NO_SUCH)
            st = CLEAT_OK;
        port_free(path);
    }
    return st;
}

static bool has(const ssh_hop *h, const char *keyword)
{
    return cleat_config_count(h->config, keyword) > 0;
}

static bool wanted(const ssh_hop *h)
{
    const char *keywords[] = {"CACertificateFile", "CACertificatePath"};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < cleat_config_count(h->config, keywords[k]); i++) {
            if (strcmp(cleat_config_item(h->config, keywords[k], i), "none") != 0)
                return true;
        }
    }
    return false;
}

static cleat_status check_purposes(const ssh_hop *h, cleat_error *error)
{
    static const char keyword[] = "AllowedCertPurpose";
    const char *words = hop_text(h, keyword);
    const char *fault = cleat_x509_purposes_fault(words);
    if (!fault)
        return CLEAT_OK;
    *error = (cleat_error){.status = CLEAT_E_CONFIG};
    snprintf(error->text, sizeof error->text, "%s: %s: \"%.200s\" %.200s",
             cleat_config_origin(h->config, keyword), keyword, words, fault);
    return CLEAT_E_CONFIG;
}

cleat_status authorities_load(ssh_hop *h, cleat_error *error)
{
    bool named = has(h, "CACertificateFile") || has(h, "CACertificatePath");
    bool any = wanted(h);
    cleat_status st = any || !named ? check_purposes(h, error) : CLEAT_OK;
    if (st == CLEAT_OK)
        st = cleat_x509_store_new(&h->authorities, h->run->ctx);
    if (st == CLEAT_OK && !named)
        st = load_usual(h, &any, error);
    for (size_t i = 0; st == CLEAT_OK && any && i < sizeof sources / sizeof *sources; i++)
        st = load_named(h, sources[i].keyword, sources[i].content, error);
    if (st == CLEAT_OK && any)
        return CLEAT_OK;
    cleat_x509_store_unref(h->authorities);
    h->authorities = NULL;
    return st;
}

static bool key_is_revoked(void *user, const cleat_key *key)
{
    const ssh_hop *h = user;
    return known_is_revoked(h, (known_proof){.key = key});
}

bool authorities_accept(ssh_hop *h, const cleat_x509 *chain)
{
    const cleat_x509_use use = {
        .struct_size = sizeof use,
        .kind = CLEAT_CERT_HOST,
        .now = (int64_t)time(NULL),
        .purposes = hop_text(h, "AllowedCertPurpose"),
        .crl_required = hop_flag(h, "MandatoryCRL"),
        .ocsp =
            (cleat_x509_ocsp)hop_number(h, "StapledOCSP"), /* the row's words are in its order */
        .rsa_min_bits = cleat_policy_rsa_min(h->policy),
        .key_is_revoked = key_is_revoked,
        .user = h,
    };
    cleat_error error = {0};
    if (h->authorities && cleat_x509_check(chain, h->authorities, &use, &error) == CLEAT_OK)
        return true;
    say(CLEAT_LOG_ERROR, "The X.509 certificate \"%s\" of %s is not good: %s",
        cleat_x509_get_facts(chain)->subject, h->known_as, error.text);
    return false;
}
