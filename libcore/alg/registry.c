/* The registries: pointers to rows in order of preference, which is also the order of the default
 * offer. */
#include "../base/compat.h"
#include "../base/slice.h"
#include "rows.h"

static const cl_kex_alg *const kex_rows[] = {
    &cl_kex_mlkem768_x25519,   &cl_kex_sntrup761_x25519,   &cl_kex_sntrup761_x25519_openssh,
    &cl_kex_curve25519,        &cl_kex_curve25519_libssh,  &cl_kex_ecdh_nistp256,
    &cl_kex_ecdh_nistp384,     &cl_kex_ecdh_nistp521,      &cl_kex_dh_gex_sha256,
    &cl_kex_dh_group16_sha512, &cl_kex_dh_group18_sha512,  &cl_kex_dh_group14_sha256,
    &cl_kex_mlkem768_nistp256, &cl_kex_mlkem1024_nistp384, &cl_kex_curve448,
    &cl_kex_dh_group15_sha512, &cl_kex_dh_group17_sha512,  &cl_kex_ecdh_secp256k1,
    &cl_kex_rsa2048_sha256,    &cl_kex_dh_group14_sha1,    &cl_kex_dh_gex_sha1,
};

static const cl_cipher_alg *const cipher_rows[] = {
    &cl_cipher_chacha20_poly1305, &cl_cipher_aes128_gcm, &cl_cipher_aes256_gcm,
    &cl_cipher_aes128_ctr,        &cl_cipher_aes192_ctr, &cl_cipher_aes256_ctr,
    &cl_cipher_aes128_cbc,        &cl_cipher_aes192_cbc, &cl_cipher_aes256_cbc,
    &cl_cipher_3des_cbc,
};

static const cl_mac_alg *const mac_rows[] = {
    &cl_mac_umac64_etm, &cl_mac_umac128_etm, &cl_mac_sha2_256_etm, &cl_mac_sha2_512_etm,
    &cl_mac_sha1_etm,   &cl_mac_umac64,      &cl_mac_umac128,      &cl_mac_sha2_256,
    &cl_mac_sha2_512,   &cl_mac_sha1,
};

static const cl_comp_alg *const comp_rows[] = {
    &cl_comp_none,
    &cl_comp_zlib_delayed,
    &cl_comp_zlib,
};

const cl_kex_alg *cl_kex_at(size_t i)
{
    return i < CL_COUNT(kex_rows) ? kex_rows[i] : NULL;
}

const cl_cipher_alg *cl_cipher_at(size_t i)
{
    return i < CL_COUNT(cipher_rows) ? cipher_rows[i] : NULL;
}

const cl_mac_alg *cl_mac_at(size_t i)
{
    return i < CL_COUNT(mac_rows) ? mac_rows[i] : NULL;
}

const cl_comp_alg *cl_comp_at(size_t i)
{
    return i < CL_COUNT(comp_rows) ? comp_rows[i] : NULL;
}

const cl_kex_alg *cl_kex_find(cleat_slice name)
{
    const cl_kex_alg *row;
    for (size_t i = 0; (row = cl_kex_at(i)) != NULL && !cl_slice_is(name, row->name);)
        i++;
    return row;
}

const cl_cipher_alg *cl_cipher_find(cleat_slice name)
{
    const cl_cipher_alg *row;
    for (size_t i = 0; (row = cl_cipher_at(i)) != NULL && !cl_slice_is(name, row->name);)
        i++;
    return row;
}

const cl_mac_alg *cl_mac_find(cleat_slice name)
{
    const cl_mac_alg *row;
    for (size_t i = 0; (row = cl_mac_at(i)) != NULL && !cl_slice_is(name, row->name);)
        i++;
    return row;
}

const cl_comp_alg *cl_comp_find(cleat_slice name)
{
    const cl_comp_alg *row;
    for (size_t i = 0; (row = cl_comp_at(i)) != NULL && !cl_slice_is(name, row->name);)
        i++;
    return row;
}
