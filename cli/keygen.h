/* `cleat keygen`: what its flags say, and its modes, each in a file of its own. */
#ifndef CLEAT_CLI_KEYGEN_H
#define CLEAT_CLI_KEYGEN_H

#include <cleat/key.h>

/* Every flag of keygen_flags.c. Text that was not given is NULL, a number 0. */
typedef struct keygen_options {
    cleat_ctx *ctx;
    char *const *args; /* what stands behind the flags */
    size_t arg_count;

    /* What is to be done; with none of them, a key is generated. */
    bool host_keys;          /* -A */
    bool bubblebabble;       /* -B */
    bool change_comment;     /* -c */
    bool export_key;         /* -e */
    const char *find_host;   /* -F */
    bool hash_hosts;         /* -H */
    bool import_key;         /* -i */
    bool download_resident;  /* -K */
    bool make_krl;           /* -k */
    bool show_certificate;   /* -L */
    bool show_fingerprint;   /* -l */
    const char *moduli;      /* -M generate, screen */
    bool change_passphrase;  /* -p */
    bool check_krl;          /* -Q */
    const char *forget_host; /* -R */
    const char *sshfp_host;  /* -r: a name; with -Y verify a file of revoked keys */
    const char *authority;   /* -s: who certifies; with -k and -Y a file */
    const char *signature;   /* -Y: the operation */
    bool print_public;       /* -y */

    /* How. */
    uint32_t rounds;             /* -a */
    uint32_t bits;               /* -b */
    const char *comment;         /* -C */
    const char *pkcs11_provider; /* -D */
    cleat_fingerprint_hash hash; /* -E */
    const char *file;            /* -f */
    bool generic;                /* -g: SSHFP as a record of an unknown type */
    bool host_certificate;       /* -h */
    const char *identity;        /* -I: a certificate's key id; with -Y a signer */
    const char *format;          /* -m */
    const char *new_passphrase;  /* -N */
    const char *names;           /* -n: principals; with -Y a namespace */
    const char **settings;       /* -O, in order */
    size_t setting_count;
    const char *old_passphrase; /* -P */
    bool quiet;                 /* -q */
    const char *type;           /* -t */
    bool by_agent;              /* -U */
    bool update_krl;            /* -u */
    const char *validity;       /* -V */
    unsigned verbose;           /* -v */
    const char *fido_provider;  /* -w */
    const char *cipher;         /* -Z */
    uint64_t serial;            /* -z: of a certificate; with -k the list's version */
    bool serial_counts;         /* -z +NUMBER: each certificate gets the next */
} keygen_options;

/* -1: go on; otherwise the status to exit with, everything being said. */
int keygen_parse(keygen_options *o, int argc, char **argv);
void keygen_options_free(keygen_options *o);

/* Says what the mistake is and how to call the program; the status for that. */
int keygen_usage_error(const char *text);

/* ---- modes: each gives the status to exit with ---- */

int keygen_sign(const keygen_options *o);  /* -Y */
int keygen_hosts(const keygen_options *o); /* -F, -H, -R */
int keygen_krl(const keygen_options *o);   /* -k, -Q */

/* ---- what the modes share ---- */

enum { KEYGEN_FAILED = 255, KEYGEN_FILE_MAX = 64 << 20 };

/* Says an error; gives KEYGEN_FAILED. */
int keygen_fail(const char *format, ...) CLEAT_PRINTF(1, 2);

/* The file's content, or for "-" all of the standard input, to be given to port_free_secret. Says
 * why if it cannot be read. */
bool keygen_read(uint8_t **data, size_t *len, const char *path);

/* A hidden answer of the user: from the terminal, by SSH_ASKPASS, or where there is neither the
 * next line of the standard input. NULL: none. Give it to ask_wipe. */
char *keygen_ask_secret(const char *text);

/* The file's private key. The passphrase is -P's, or asked for when the key has one. NULL if that
 * fails, which is said. */
cleat_key *keygen_read_private(const keygen_options *o, const char *path);

#endif
