/* Files of tests/data. */
#include "data.h"

#include "../../libcore/key/argon2.h"
#include "../../libcore/key/old_ciphers.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef CLEAT_KAT_DIR
#define CLEAT_KAT_DIR "tests/kat"
#endif

cleat_slice data_read(const char *file)
{
    enum { MOST = 1 << 20 };
    const char *kat = getenv("CLEAT_KAT_DIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/../data/%s", kat ? kat : CLEAT_KAT_DIR, file);
    uint8_t *data = calloc(1, MOST + 1);
    FILE *in = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(data);
    CU_ASSERT_PTR_NOT_NULL(in);
    if (!in) {
        fprintf(stderr, "cannot read %s\n", path);
        return (cleat_slice){data, 0};
    }
    size_t len = fread(data, 1, MOST, in);
    fclose(in);
    return (cleat_slice){data, len};
}

cleat_ctx *data_ctx(void)
{
    cleat_ctx *ctx = NULL;
    CU_ASSERT_EQUAL_FATAL(cleat_ctx_new(&ctx, NULL), CLEAT_OK);
    return ctx;
}

static bool has_argon2(void)
{
    static const cl_argon2_cost least = {CL_ARGON2ID, 8, 1, 1};
    const cl_env env = {0};
    uint8_t out[32];
    return cl_argon2(&env, &least, cleat_slice_of("passphrase"), cleat_slice_of("some salt"), out,
                     sizeof out) != CLEAT_E_UNSUPPORTED;
}

static bool has_old_ciphers(void)
{
    const cl_env env = {0};
    cl_old_ciphers old;
    cleat_status st = cl_old_ciphers_open(&old, &env);
    cl_old_ciphers_close(&old);
    return st == CLEAT_OK;
}

bool data_can_unlock(const char *file)
{
    if (strstr(file, "argon2"))
        return has_argon2();
    bool old = strstr(file, "rc2") || strstr(file, "_des") || strstr(file, "old");
    return !old || has_old_ciphers();
}
