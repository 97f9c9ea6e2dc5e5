/* `cleat keygen -Y`: which operation it is, and whether it has what it needs. */
#include "keygen_sshsig.h"

#include "local_time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uv.h>

/* ---- -O ---- */

static const char *value_of(const char *setting, const char *name)
{
    size_t len = strlen(name);
    return strncmp(setting, name, len) == 0 ? setting + len : NULL;
}

static bool read_setting(sshsig_settings *s, const char *setting, unsigned allowed)
{
    const char *hash = value_of(setting, "hashalg=");
    const char *when = value_of(setting, "verify-time=");
    if (hash && (allowed & SSHSIG_HASHALG)) {
        s->hash = hash;
        return true;
    }
    if (when && (allowed & SSHSIG_VERIFY_TIME)) {
        if (cleat_config_date(when, &local_time_zone, &s->when))
            return true;
        keygen_fail("Invalid \"verify-time\" option: \"%s\" is no date as YYYYMMDD[HHMM[SS]][Z]",
                    when);
        return false;
    }
    if (strcmp(setting, "print-pubkey") == 0 && (allowed & SSHSIG_PRINT_PUBKEY)) {
        s->print_public = true;
        return true;
    }
    keygen_fail("Invalid option \"%s\"", setting);
    return false;
}

bool sshsig_settings_read(sshsig_settings *s, const keygen_options *o, unsigned allowed)
{
    *s = (sshsig_settings){.when = (int64_t)time(NULL)};
    for (size_t i = 0; i < o->setting_count; i++) {
        if (!read_setting(s, o->settings[i], allowed))
            return false;
    }
    return true;
}

/* ---- files ---- */

enum { STANDARD_INPUT = 0, PIECE = 64 << 10 };

static cleat_status fail_os(cleat_error *error, int code)
{
    snprintf(error->text, sizeof error->text, "%s", uv_strerror(code));
    return code == UV_ENOENT ? CLEAT_E_NO_SUCH : CLEAT_E_IO;
}

static cleat_status hash_open_file(cleat_sshsig_digest *d, uv_file file, cleat_error *error)
{
    static char piece[PIECE];
    const uv_buf_t buffer = uv_buf_init(piece, PIECE);
    for (;;) {
        uv_fs_t request;
        int n = uv_fs_read(NULL, &request, file, &buffer, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (n == 0)
            return CLEAT_OK;
        if (n < 0)
            return fail_os(error, n);
        cleat_status st =
            cleat_sshsig_digest_add(d, (cleat_slice){(const uint8_t *)piece, (size_t)n});
        if (st != CLEAT_OK)
            return st;
    }
}

static cleat_status hash_path(cleat_sshsig_digest *d, const char *path, cleat_error *error)
{
    uv_fs_t request;
    uv_file file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0)
        return fail_os(error, file);
    cleat_status st = hash_open_file(d, file, error);
    uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return st;
}

cleat_status sshsig_hash_file(cleat_sshsig_digest **d, cleat_slice *value, cleat_ctx *ctx,
                              const char *hash, const char *path, cleat_error *error)
{
    cleat_status st = cleat_sshsig_digest_new(d, ctx, hash, error);
    if (st == CLEAT_OK)
        st = path ? hash_path(*d, path, error) : hash_open_file(*d, STANDARD_INPUT, error);
    return st == CLEAT_OK ? cleat_sshsig_digest_end(*d, value) : st;
}

/* ---- operations ---- */

enum { NAMESPACE = 1, SIGNATURE = 2, SIGNERS = 4, IDENTITY = 8, KEY = 16 };

static const struct {
    const char *name;
    int (*run)(const keygen_options *o);
    unsigned needs;
} operations[] = {
    {"sign", sshsig_sign, NAMESPACE | KEY},
    {"verify", sshsig_verify, NAMESPACE | SIGNATURE | SIGNERS | IDENTITY},
    {"check-novalidate", sshsig_check_novalidate, NAMESPACE | SIGNATURE},
    {"find-principals", sshsig_find_principals, SIGNATURE | SIGNERS},
    {"match-principals", sshsig_match_principals, SIGNERS | IDENTITY},
};

enum { OPERATIONS = sizeof operations / sizeof *operations };

static const char *missing(const keygen_options *o, unsigned needs)
{
    const struct {
        unsigned need;
        bool is_there;
        const char *name;
    } rows[] = {
        {NAMESPACE, o->names && *o->names, "namespace"},
        {SIGNATURE, o->authority != NULL, "signature file"},
        {KEY, o->file != NULL, "key"},
        {SIGNERS, o->file != NULL, "allowed keys file"},
        {IDENTITY, o->identity != NULL, "principal identity"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((needs & rows[i].need) && !rows[i].is_there)
            return rows[i].name;
    }
    return NULL;
}

int keygen_sign(const keygen_options *o)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        if (strcmp(o->signature, operations[i].name) != 0)
            continue;
        const char *name = missing(o, operations[i].needs);
        if (name)
            keygen_fail("Too few arguments for %s: missing %s", o->signature, name);
        else if (o->arg_count && operations[i].run != sshsig_sign)
            keygen_fail("Too many arguments for %s: the message is the standard input",
                        o->signature);
        else
            return operations[i].run(o);
        return 1;
    }
    char text[128];
    snprintf(text, sizeof text, "Unsupported operation for -Y: \"%.64s\"", o->signature);
    return keygen_usage_error(text);
}
