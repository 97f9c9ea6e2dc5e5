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

int keygen_certify(const keygen_options *o);           /* -s */
int keygen_change_comment(const keygen_options *o);    /* -c */
int keygen_change_passphrase(const keygen_options *o); /* -p */
int keygen_export(const keygen_options *o);            /* -e */
int keygen_fingerprint(const keygen_options *o);       /* -l, -B */
int keygen_generate(const keygen_options *o);          /* without any of them */
int keygen_host_keys(const keygen_options *o);         /* -A */
int keygen_hosts(const keygen_options *o);             /* -F, -H, -R */
int keygen_import(const keygen_options *o);            /* -i */
int keygen_krl(const keygen_options *o);               /* -k, -Q */
int keygen_moduli(const keygen_options *o);            /* -M */
int keygen_print_public(const keygen_options *o);      /* -y */
int keygen_show_certificates(const keygen_options *o); /* -L */
int keygen_sign(const keygen_options *o);              /* -Y */
int keygen_sshfp(const keygen_options *o);             /* -r */

/* ---- what the modes share ---- */

enum { KEYGEN_FAILED = 255, KEYGEN_NOT_DONE = 1, KEYGEN_FILE_MAX = 64 << 20 };

/* Says an error; gives KEYGEN_FAILED. */
int keygen_fail(const char *format, ...) CLEAT_PRINTF(1, 2);

/* The file's content, or for "-" all of the standard input, to be given to port_free_secret. Says
 * why if it cannot be read. */
bool keygen_read(uint8_t **data, size_t *len, const char *path);

/* A hidden answer of the user: from the terminal, by SSH_ASKPASS, or where there is neither the
 * next line of the standard input. NULL: none. Give it to ask_wipe. */
char *keygen_ask_secret(const char *text);

/* A line of the standard input, after the question on the standard output. NULL at its end. Give it
 * to ask_wipe. */
char *keygen_ask_line(const char *text);

/* -f, or the file that the user names, who is offered the usual one. NULL, which is said or was
 * chosen, ends the program. Give it to free. */
char *keygen_name_file(const keygen_options *o);

/* The usual file of a family of keys, ~/.ssh/id_FAMILY; to be given to free. NULL: without memory
 * or home. */
char *keygen_usual_file(const char *family);

/* The file's private key. The passphrase is -P's, or asked for when the key has one. NULL if that
 * fails, which is said. */
cleat_key *keygen_read_private(const keygen_options *o, const char *path);

/* The same with another question for the passphrase, and the format that was found. *passphrase,
 * where wanted, becomes what unlocked the key, to be given to ask_wipe. */
cleat_key *keygen_read_format(const keygen_options *o, const char *path, const char *question,
                              cleat_key_format *format, char **passphrase);

/* The key of a file that may hold a public one, and may be open to all. */
cleat_key *keygen_read_any(const keygen_options *o, const char *path, cleat_key_format *format);

/* The file's public key, which may stand beside it in FILE.pub; of a private one for which there is
 * no other way, by its passphrase. NULL if that fails, which is said. */
cleat_key *keygen_read_public(const keygen_options *o, const char *path);
cleat_key *keygen_public_of(const keygen_options *o, cleat_slice file, const char *path);

/* What is in FILE.pub; NULL: nothing that can be read. */
cleat_key *keygen_read_beside(const keygen_options *o, const char *path);

/* "user@host", the usual comment; to be given to free. */
char *keygen_user_at_host(void);

/* ---- files that are written ---- */

/* -N, or what the user types twice; empty: the key is not to be encrypted. NULL: nobody answers.
 * Give it to ask_wipe. */
char *keygen_new_passphrase(const keygen_options *o, const char *question);

/* -1: nothing is there. */
int64_t keygen_file_size(const char *path);

/* Asks about a file that is there. */
bool keygen_ask_to_replace(const char *path);

/* False, once the user has been asked, where something is there that is not to be replaced. */
bool keygen_may_replace(const char *path);

/* The format that -m asks for, of private keys; `usual` without -m. */
cleat_key_format keygen_private_format(const keygen_options *o, cleat_key_format usual);

/* What -m, -a and -Z ask for can be done; else that is said. */
bool keygen_format_is_good(const keygen_options *o);

/* PATH gets the private key, PATH.pub the public one. False if that fails, which is said. */
bool keygen_save_private(const keygen_options *o, const cleat_key *key, cleat_key_format format,
                         const char *passphrase, const char *path);
bool keygen_save_public(const cleat_key *key, const char *path);

/* ---- long work ---- */

/* Does the work on a thread; after a second a dot each second shows that it goes on. */
void keygen_work(const keygen_options *o, void (*work)(void *), void *arg);

#endif
