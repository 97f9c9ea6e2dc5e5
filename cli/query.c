/* `cleat ssh -Q`. */
#include "query.h"

#include "text.h"

#include <cleat/algo.h>
#include <cleat/config.h>
#include <cleat/key.h>

#include <stdio.h>
#include <string.h>

/* How a list of names is shown. */
typedef enum list_form { NAMES, AEAD, KEY_TYPES, CERT_TYPES, KEYWORDS, VERSION } list_form;

static const struct {
    const char *name;
    list_form form;
    cleat_alg_kind kind;
} lists[] = {{"cipher", NAMES, CLEAT_ALG_CIPHER},
             {"cipher-auth", AEAD, CLEAT_ALG_CIPHER},
             {"compression", NAMES, CLEAT_ALG_COMPRESSION},
             {"kex", NAMES, CLEAT_ALG_KEX},
             {"key", KEY_TYPES, CLEAT_ALG_CA},
             {"key-ca-sign", NAMES, CLEAT_ALG_CA},
             {"key-cert", CERT_TYPES, CLEAT_ALG_CA},
             {"key-plain", KEY_TYPES, CLEAT_ALG_CA},
             {"key-sig", NAMES, CLEAT_ALG_PUBKEY},
             {"keywords", KEYWORDS, CLEAT_ALG_KEX},
             {"mac", NAMES, CLEAT_ALG_MAC},
             {"protocol-version", VERSION, CLEAT_ALG_KEX},
             {"sig", NAMES, CLEAT_ALG_CA}};

enum { LISTS = sizeof lists / sizeof *lists };

/* The algorithms that a keyword of ssh_config chooses from. */
static const char *const keywords[][2] = {{"Ciphers", "cipher"},
                                          {"MACs", "mac"},
                                          {"KexAlgorithms", "kex"},
                                          {"HostKeyAlgorithms", "key-sig"},
                                          {"PubkeyAcceptedAlgorithms", "key-sig"},
                                          {"HostbasedAcceptedAlgorithms", "key-sig"},
                                          {"CASignatureAlgorithms", "key-ca-sign"}};

static const char *list_of_keyword(const char *what)
{
    const cleat_config_row *row = cleat_config_find(cleat_config_client_table(), what);
    for (size_t i = 0; row && i < sizeof keywords / sizeof *keywords; i++) {
        if (strcmp(row->name, keywords[i][0]) == 0)
            return keywords[i][1];
    }
    return what;
}

/* Several signature algorithms may be of one type of key. */
static bool is_type_before(cleat_alg_kind kind, size_t i, const char *type)
{
    while (i--) {
        if (strcmp(cleat_algorithm_key_type(cleat_alg_name(kind, i)), type) == 0)
            return true;
    }
    return false;
}

static void print_keywords(void)
{
    const cleat_config_table *table = cleat_config_client_table();
    for (size_t i = 0; i < table->count; i++)
        printf("%s\n", table->rows[i].name);
}

/* A certificate's type has its mark in place of what stands behind the key type's "@". */
static void print_type(const char *type, bool cert)
{
    if (cert)
        printf("%.*s-cert-v01@openssh.com\n", (int)strcspn(type, "@"), type);
    else
        printf("%s\n", type);
}

static void print(list_form form, cleat_alg_kind kind)
{
    const char *name;
    if (form == VERSION)
        printf("2\n");
    if (form == KEYWORDS)
        print_keywords();
    if (form == VERSION || form == KEYWORDS)
        return;
    for (size_t i = 0; (name = cleat_alg_name(kind, i)) != NULL; i++) {
        bool types = form == KEY_TYPES || form == CERT_TYPES;
        const char *shown = types ? cleat_algorithm_key_type(name) : name;
        if (types ? !is_type_before(kind, i, shown) : form == NAMES || cleat_alg_is_aead(name))
            print_type(shown, form == CERT_TYPES);
    }
}

static int help(void)
{
    for (size_t i = 0; i < LISTS; i++)
        printf("%s\n", lists[i].name);
    return 0;
}

int query_print(const char *what)
{
    if (strcmp(what, "help") == 0)
        return help();
    const char *list = list_of_keyword(what);
    for (size_t i = 0; i < LISTS; i++) {
        if (!text_same(list, lists[i].name))
            continue;
        print(lists[i].form, lists[i].kind);
        return 0;
    }
    fprintf(stderr, "Unsupported query \"%s\"; -Q help lists what can be asked for\n", what);
    return 255;
}
