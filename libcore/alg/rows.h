/* The rows that registry.c puts in order. Each is defined at the end of its implementation file. */
#ifndef CL_ALG_ROWS_H
#define CL_ALG_ROWS_H

#include "alg.h"

extern const cl_cipher_alg cl_cipher_aes128_gcm;
extern const cl_cipher_alg cl_cipher_aes256_gcm;
extern const cl_cipher_alg cl_cipher_chacha20_poly1305;
extern const cl_cipher_alg cl_cipher_aes128_ctr;
extern const cl_cipher_alg cl_cipher_aes192_ctr;
extern const cl_cipher_alg cl_cipher_aes256_ctr;
extern const cl_cipher_alg cl_cipher_aes128_cbc;
extern const cl_cipher_alg cl_cipher_aes192_cbc;
extern const cl_cipher_alg cl_cipher_aes256_cbc;
extern const cl_cipher_alg cl_cipher_3des_cbc;

extern const cl_mac_alg cl_mac_umac64_etm;
extern const cl_mac_alg cl_mac_umac128_etm;
extern const cl_mac_alg cl_mac_sha2_256_etm;
extern const cl_mac_alg cl_mac_sha2_512_etm;
extern const cl_mac_alg cl_mac_sha1_etm;
extern const cl_mac_alg cl_mac_umac64;
extern const cl_mac_alg cl_mac_umac128;
extern const cl_mac_alg cl_mac_sha2_256;
extern const cl_mac_alg cl_mac_sha2_512;
extern const cl_mac_alg cl_mac_sha1;

extern const cl_kex_alg cl_kex_mlkem768_x25519;
extern const cl_kex_alg cl_kex_sntrup761_x25519;
extern const cl_kex_alg cl_kex_sntrup761_x25519_openssh;
extern const cl_kex_alg cl_kex_curve25519;
extern const cl_kex_alg cl_kex_curve25519_libssh;
extern const cl_kex_alg cl_kex_ecdh_nistp256;
extern const cl_kex_alg cl_kex_ecdh_nistp384;
extern const cl_kex_alg cl_kex_ecdh_nistp521;
extern const cl_kex_alg cl_kex_dh_gex_sha256;
extern const cl_kex_alg cl_kex_dh_group16_sha512;
extern const cl_kex_alg cl_kex_dh_group18_sha512;
extern const cl_kex_alg cl_kex_dh_group14_sha256;
extern const cl_kex_alg cl_kex_mlkem768_nistp256;
extern const cl_kex_alg cl_kex_mlkem1024_nistp384;
extern const cl_kex_alg cl_kex_curve448;
extern const cl_kex_alg cl_kex_dh_group15_sha512;
extern const cl_kex_alg cl_kex_dh_group17_sha512;
extern const cl_kex_alg cl_kex_ecdh_secp256k1;
extern const cl_kex_alg cl_kex_rsa2048_sha256;
extern const cl_kex_alg cl_kex_dh_group14_sha1;
extern const cl_kex_alg cl_kex_dh_gex_sha1;

extern const cl_comp_alg cl_comp_none;
extern const cl_comp_alg cl_comp_zlib_delayed;
extern const cl_comp_alg cl_comp_zlib;

#endif
