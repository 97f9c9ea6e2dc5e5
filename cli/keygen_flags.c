/* The flags of `cleat keygen`, which are those of ssh-keygen: one table for reading them and for
 * telling what they do. */
#include "keygen.h"

#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum flag_kind {
    ALONE,  /* a bool */
    COUNT,  /* an unsigned: how often it was given */
    TEXT,   /* a string */
    NUMBER, /* an uint32_t above 0 */
    EACH,   /* a string each time */
    HASH,   /* the name of a fingerprint's hash */
    SERIAL, /* a number of 64 bits; a plus sign before it has it count */
    PAST    /* asks for what is usual by now */
} flag_kind;

typedef struct flag_row {
    char flag;
    flag_kind kind;
    size_t at; /* in keygen_options */
    const char *value, *help;
} flag_row;

#define AT(member) offsetof(keygen_options, member)

static const flag_row rows[] = {
    {'A', ALONE, AT(host_keys), NULL, "generate the host keys that are missing"},
    {'a', NUMBER, AT(rounds), "rounds", "how hard guessing the passphrase is to be made"},
    {'B', ALONE, AT(bubblebabble), NULL, "show the bubblebabble digest of keys"},
    {'b', NUMBER, AT(bits), "bits", "the size of the key or of a group's prime"},
    {'C', TEXT, AT(comment), "comment", "the comment of the key"},
    {'c', ALONE, AT(change_comment), NULL, "change the comment of a private key"},
    {'D', TEXT, AT(pkcs11_provider), "library", "the PKCS#11 library of a token"},
    {'E', HASH, AT(hash), "hash", "of fingerprints: sha256 or md5"},
    {'e', ALONE, AT(export_key), NULL, "print a public key in another format"},
    {'F', TEXT, AT(find_host), "host", "find a host in known_hosts"},
    {'f', TEXT, AT(file), "file", "the file of the key or whatever else is read or written"},
    {'g', ALONE, AT(generic), NULL, "DNS records in the form for unknown types"},
    {'H', ALONE, AT(hash_hosts), NULL, "hash the names in known_hosts"},
    {'h', ALONE, AT(host_certificate), NULL, "certify a host's key rather than a user's"},
    {'I', TEXT, AT(identity), "identity", "the key id of a certificate, or a signer"},
    {'i', ALONE, AT(import_key), NULL, "read a key in another format and print it in OpenSSH's"},
    {'K', ALONE, AT(download_resident), NULL, "download the keys of a FIDO authenticator"},
    {'k', ALONE, AT(make_krl), NULL, "make a list of revoked keys"},
    {'L', ALONE, AT(show_certificate), NULL, "show certificates"},
    {'l', ALONE, AT(show_fingerprint), NULL, "show fingerprints of keys"},
    {'M', TEXT, AT(moduli), "step", "make groups for key exchange: generate, then screen"},
    {'m', TEXT, AT(format), "format", "of key files: RFC4716, PKCS8, PEM, PPK2 or PPK3"},
    {'N', TEXT, AT(new_passphrase), "passphrase", "the new passphrase"},
    {'n', TEXT, AT(names), "names", "the principals of a certificate, or a namespace"},
    {'O', EACH, AT(settings), "option", "an option of what is done"},
    {'o', PAST, 0, NULL, "OpenSSH's own format of private keys: it is the default"},
    {'P', TEXT, AT(old_passphrase), "passphrase", "the passphrase that the key has"},
    {'p', ALONE, AT(change_passphrase), NULL, "change the passphrase of a private key"},
    {'Q', ALONE, AT(check_krl), NULL, "look keys up in a list of revoked ones"},
    {'q', ALONE, AT(quiet), NULL, "say nothing but errors"},
    {'R', TEXT, AT(forget_host), "host", "remove a host from known_hosts"},
    {'r', TEXT, AT(sshfp_host), "host", "print the key's SSHFP records, or a file of revoked keys"},
    {'s', TEXT, AT(authority), "key", "certify keys by this one, or a signature's file"},
    {'t', TEXT, AT(type), "type", "of the key: ed25519, ecdsa, rsa or ed448"},
    {'U', ALONE, AT(by_agent), NULL, "the agent has the key that signs"},
    {'u', ALONE, AT(update_krl), NULL, "add to a list of revoked keys"},
    {'V', TEXT, AT(validity), "from:to", "when a certificate is valid"},
    {'v', COUNT, AT(verbose), NULL, "say more; with -l draw the key"},
    {'w', TEXT, AT(fido_provider), "library", "that talks to a FIDO authenticator"},
    {'Y', TEXT, AT(signature), "step", "sign or verify files"},
    {'y', ALONE, AT(print_public), NULL, "print the public key of a private one"},
    {'Z', TEXT, AT(cipher), "cipher", "that encrypts the private key"},
    {'z', SERIAL, AT(serial), "number", "the serial number of a certificate"},
};

#undef AT

enum { ROWS = sizeof rows / sizeof *rows };

/* ---- telling ---- */

static const char usage[] =
    "usage: cleat keygen [-q] [-t type] [-b bits] [-C comment] [-f file] [-N passphrase]\n"
    "                    [-m format] [-a rounds] [-Z cipher]        generates a key\n"
    "       cleat keygen -p | -c | -y | -l | -B | -e | -i [-f file]  works on a key\n"
    "       cleat keygen -s key -I identity [-n names] [-V from:to] file ...   certifies keys\n"
    "       cleat keygen --help                                      lists all there is\n";

static int help(void)
{
    printf("%s\n", usage);
    for (size_t i = 0; i < ROWS; i++)
        printf("  -%c %-12s %s\n", rows[i].flag, rows[i].value ? rows[i].value : "", rows[i].help);
    printf("\nThe manual page cleat-keygen(1) says more.\n");
    return 0;
}

int keygen_usage_error(const char *text)
{
    fprintf(stderr, "%s\n%s", text, usage);
    return 1;
}

/* ---- reading ---- */

static const char *why_no_number(const char *text, uint32_t *number)
{
    const char *digits = text + (*text == '-');
    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return "invalid";
    if (*text == '-')
        return "too small";
    if (!text_number(text, INT32_MAX, number))
        return "too large";
    return *number == 0 ? "too small" : NULL;
}

static int take_number(char flag, const char *text, uint32_t *number)
{
    const char *why = why_no_number(text, number);
    if (!why)
        return -1;
    return flag == 'b' ? keygen_fail("Bits has bad value %s (%s)", text, why)
                       : keygen_fail("Invalid number: %s (%s)", text, why);
}

static int take_serial(keygen_options *o, const char *text)
{
    char *end;
    const char *digits = text + (*text == '+');
    errno = 0;
    o->serial_counts = *text == '+';
    o->serial = strtoull(digits, &end, 0);
    if (*digits < '0' || *digits > '9' || *end || errno)
        return keygen_fail("Invalid serial number \"%s\"", text);
    return -1;
}

static int take_hash(const char *text, cleat_fingerprint_hash *hash)
{
    *hash = text_same(text, "md5") ? CLEAT_FINGERPRINT_MD5 : CLEAT_FINGERPRINT_SHA256;
    if (*hash == CLEAT_FINGERPRINT_SHA256 && !text_same(text, "sha256"))
        return keygen_fail("Invalid hash algorithm \"%s\"", text);
    return -1;
}

static void take_alone(keygen_options *o, const flag_row *row)
{
    char *to = (char *)o + row->at;
    if (row->kind == ALONE)
        *(bool *)(void *)to = true;
    if (row->kind == COUNT)
        ++*(unsigned *)(void *)to;
}

static int take_value(keygen_options *o, const flag_row *row, const char *value)
{
    void *to = (char *)o + row->at;
    switch (row->kind) {
    case NUMBER:
        return take_number(row->flag, value, to);
    case HASH:
        return take_hash(value, to);
    case SERIAL:
        return take_serial(o, value);
    case EACH:
        o->settings[o->setting_count++] = value;
        return -1;
    default:
        *(const char **)to = value;
        return -1;
    }
}

static const flag_row *find(char flag)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].flag == flag)
            return &rows[i];
    }
    return NULL;
}

static int complain(const char *what, char flag)
{
    char text[64];
    snprintf(text, sizeof text, "%s -- %c", what, flag);
    return keygen_usage_error(text);
}

/* One word of flags at argv[*i]; -1 to go on. */
static int take_flags(keygen_options *o, int argc, char **argv, int *i)
{
    for (const char *p = argv[*i] + 1; *p; p++) {
        const flag_row *row = find(*p);
        if (!row)
            return complain("unknown option", *p);
        if (!row->value) {
            take_alone(o, row);
            continue;
        }
        const char *value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
        return value ? take_value(o, row, value) : complain("option requires an argument", *p);
    }
    return -1;
}

/* Flags end where the first other word stands, as with ssh-keygen. */
int keygen_parse(keygen_options *o, int argc, char **argv)
{
    int i = 1;
    o->settings = calloc((size_t)argc, sizeof *o->settings);
    if (!o->settings)
        return keygen_fail("%s", cleat_status_text(CLEAT_E_NOMEM));
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return help();
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        int status = take_flags(o, argc, argv, &i);
        if (status >= 0)
            return status;
    }
    o->args = argv + i;
    o->arg_count = (size_t)(argc - i);
    return -1;
}

void keygen_options_free(keygen_options *o)
{
    free(o->settings);
}
