/* Which methods are tried, and with what. */
#include "login.h"

#include "hop.h"
#include "identity.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static char *methods_of(const ssh_hop *h)
{
    static const struct {
        const char *method, *keyword;
    } switches[] = {{"publickey", "PubkeyAuthentication"},
                    {"keyboard-interactive", "KbdInteractiveAuthentication"},
                    {"password", "PasswordAuthentication"}};
    char *out = text_format("%s", "");
    char *one;
    for (size_t i = 0; out && (one = text_piece(hop_text(h, "PreferredAuthentications"), i)); i++) {
        bool on = false;
        for (size_t k = 0; k < sizeof switches / sizeof *switches; k++)
            on = on || (strcmp(one, switches[k].method) == 0 && hop_number(h, switches[k].keyword));
        char *longer = on ? text_format("%s%s%s", out, *out ? "," : "", one) : NULL;
        free(one);
        if (longer) {
            free(out);
            out = longer;
        }
    }
    return out;
}

cleat_status login_begin(ssh_hop *h, cleat_conn *conn)
{
    char *methods = methods_of(h);
    int64_t prompts = hop_number(h, "NumberOfPasswordPrompts");
    const cleat_login_options login = {
        .struct_size = sizeof login,
        .user = h->user,
        .methods = methods,
        .password_tries = prompts ? (uint32_t)prompts : 1,
        .plain_publickey = hop_number(h, "PubkeyAuthentication") == 2,
        .key_algorithms = cleat_policy_get(h->policy, CLEAT_ALG_PUBKEY),
        .submethods = hop_text(h, "KbdInteractiveDevices"),
        .rsa_min_bits = cleat_policy_rsa_min(h->policy),
    };
    h->no_passwords = h->no_passwords || prompts == 0;
    cleat_status st = methods ? cleat_login_new(&h->login, conn, &login) : CLEAT_E_NOMEM;
    free(methods);
    return st == CLEAT_OK ? identities_offer(h) : st;
}
