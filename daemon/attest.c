/* Touch and verification of the user. */
#include "attest.h"

#include <string.h>

static bool asks_for(const rules *r, const char *word)
{
    static const char keyword[] = "PubkeyAuthOptions";
    for (size_t i = 0; i < cleat_config_count(r->config, keyword); i++) {
        if (strcmp(cleat_config_item(r->config, keyword, i), word) == 0)
            return true;
    }
    return false;
}

const char *attest_refusal(const rules *r, cleat_slice signature, const cleat_key_options *options)
{
    cleat_attestation said;
    if (!cleat_signature_attests(signature, &said))
        return NULL;
    bool touch = !options->no_touch_required || asks_for(r, "touch-required");
    bool verify = options->verify_required || asks_for(r, "verify-required");
    if (touch && !said.user_present)
        return "user presence (authenticator touch) requirement not met";
    if (verify && !said.user_verified)
        return "user verification requirement not met";
    return NULL;
}
