/* Makes the n-th call of the engine into OpenSSL or zlib fail. The calls are replaced by the linker
 * (--wrap), so the engine itself knows nothing of it. */
#ifndef TESTS_TORTURE_CRYPTO_FAULTS_H
#define TESTS_TORTURE_CRYPTO_FAULTS_H

/* The n-th call from now on fails, counted from 1; 0: none, only counts. */
void crypto_faults_arm(unsigned long n);

/* Calls since then. */
unsigned long crypto_faults_count(void);

/* The name of the call that failed last. */
const char *crypto_faults_name(void);

#endif
