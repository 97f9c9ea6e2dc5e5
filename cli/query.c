/* `cleat ssh -Q`. */
#include "query.h"

#include "text.h"

#include <cleat/algo.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    cleat_alg_kind kind;
} lists[] = {{"kex", CLEAT_ALG_KEX},
             {"KexAlgorithms", CLEAT_ALG_KEX},
             {"cipher", CLEAT_ALG_CIPHER},
             {"Ciphers", CLEAT_ALG_CIPHER},
             {"mac", CLEAT_ALG_MAC},
             {"MACs", CLEAT_ALG_MAC},
             {"compression", CLEAT_ALG_COMPRESSION},
             {"key", CLEAT_ALG_HOSTKEY},
             {"key-plain", CLEAT_ALG_HOSTKEY},
             {"sig", CLEAT_ALG_PUBKEY},
             {"HostKeyAlgorithms", CLEAT_ALG_HOSTKEY},
             {"PubkeyAcceptedAlgorithms", CLEAT_ALG_PUBKEY}};

enum { LISTS = sizeof lists / sizeof *lists };

int query_print(const char *what)
{
    const char *name;
    bool help = strcmp(what, "help") == 0;
    bool aead = strcmp(what, "cipher-auth") == 0;
    for (size_t i = 0; i < LISTS; i++) {
        if (help)
            printf("%s\n", lists[i].name);
        if (!text_same(aead ? "cipher" : what, lists[i].name))
            continue;
        for (size_t k = 0; (name = cleat_alg_name(lists[i].kind, k)) != NULL; k++) {
            if (!aead || cleat_alg_is_aead(name))
                printf("%s\n", name);
        }
        return 0;
    }
    if (!help)
        fprintf(stderr, "Unsupported query \"%s\"; -Q help lists what can be asked for\n", what);
    return help ? 0 : 255;
}
