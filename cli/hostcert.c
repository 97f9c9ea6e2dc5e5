/* A host's certificate. */
#include "hostcert.h"

#include "hop.h"
#include "say.h"

#include <stdio.h>
#include <time.h>

enum { TIME_MAX = 32 };

static void spell_time(uint64_t seconds, char out[TIME_MAX])
{
    time_t at = (time_t)seconds;
    const struct tm *local = localtime(&at);
    if (!local || !strftime(out, TIME_MAX, "%Y-%m-%dT%H:%M:%S", local))
        snprintf(out, TIME_MAX, "%llu", (unsigned long long)seconds);
}

/* "forever", "from 2020-01-01T00:00:00 to 2030-01-01T00:00:00", or one end of it. */
static void spell_validity(const cleat_cert_facts *f, char *out, size_t room)
{
    char from[TIME_MAX];
    char to[TIME_MAX];
    bool starts = f->valid_after != 0;
    bool ends = f->valid_before != CLEAT_CERT_FOREVER;
    spell_time(f->valid_after, from);
    spell_time(f->valid_before, to);
    if (starts && ends)
        snprintf(out, room, "from %s to %s", from, to);
    else if (starts || ends)
        snprintf(out, room, "%s %s", starts ? "after" : "before", starts ? from : to);
    else
        snprintf(out, room, "forever");
}

void hostcert_say(const ssh_hop *h, const cleat_cert *cert)
{
    char fingerprint[CLEAT_FINGERPRINT_MAX];
    char authority[CLEAT_FINGERPRINT_MAX];
    char validity[3 * TIME_MAX];
    const cleat_cert_facts *f = cleat_cert_get_facts(cert);
    known_fingerprint(h, cleat_cert_key(cert), fingerprint);
    known_fingerprint(h, cleat_cert_authority(cert), authority);
    spell_validity(f, validity, sizeof validity);
    say(CLEAT_LOG_DEBUG1, "Server host certificate: %s %s, serial %llu ID \"%s\" CA %s %s valid %s",
        cleat_cert_type(cert), fingerprint, (unsigned long long)f->serial, f->key_id,
        cleat_key_type(cleat_cert_authority(cert)), authority, validity);
    for (size_t i = 0; i < f->principal_count; i++)
        say(CLEAT_LOG_DEBUG2, "Server host certificate hostname: %s", f->principals[i]);
}

bool hostcert_is_good(const ssh_hop *h, const cleat_cert *cert)
{
    const cleat_cert_use use = {
        .struct_size = sizeof use,
        .kind = CLEAT_CERT_HOST,
        .name = h->known_as,
        .now = (int64_t)time(NULL),
        .algorithms = cleat_policy_get(h->policy, CLEAT_ALG_CA),
        .rsa_min_bits = cleat_policy_rsa_min(h->policy),
    };
    cleat_error error = {0};
    if (cleat_cert_check(cert, &use, NULL, &error) == CLEAT_OK)
        return true;
    say(CLEAT_LOG_ERROR, "The %s host certificate of %s is not good: %s",
        cleat_key_label(cleat_cert_key(cert)), h->known_as, error.text);
    return false;
}

void hostcert_say_chain(const cleat_x509 *chain)
{
    const cleat_x509_facts *f = cleat_x509_get_facts(chain);
    say(CLEAT_LOG_DEBUG1,
        "Server host certificate: X.509 subject \"%s\" issuer \"%s\" serial %s, chain of %zu, "
        "%zu OCSP responses",
        f->subject, f->issuer, f->serial, f->certificate_count, f->response_count);
}

bool hostcert_names(const ssh_hop *h, const cleat_x509 *chain, const known_opinion *opinion)
{
    bool ruled = opinion->known || opinion->changed;
    bool named = ruled ? opinion->known : cleat_x509_names_host(chain, h->known_as);
    if (opinion->known)
        say(CLEAT_LOG_DEBUG1, "Found certificate in %s:%u", opinion->where, opinion->line);
    if (!named)
        say(CLEAT_LOG_ERROR, "The X.509 certificate \"%s\" is not one of %s.",
            cleat_x509_get_facts(chain)->subject, h->known_as);
    return named;
}
