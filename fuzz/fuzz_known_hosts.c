/* known_hosts: looking a host up by key and certificate, bringing the file up to date, and lists of
 * revoked keys. */
#include "support_ctx.h"

#include <cleat/edit.h>
#include <cleat/store.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_slice file = {data, size};
    cleat_key *const keys[] = {fuzz_key()};
    cleat_host_answer answer;
    cleat_hosts_change change;
    cleat_bytes out = {0};
    if (cleat_known_hosts_check(fuzz_ctx(), file, "host.example", 2222, fuzz_key(), &answer) ==
            CLEAT_OK &&
        cleat_known_hosts_update(fuzz_ctx(), file, "host.example", 22, keys, 1, false, &change,
                                 &out) == CLEAT_OK)
        cleat_bytes_free(&out);
    if (cleat_known_hosts_check_cert(fuzz_ctx(), file, "host.example", 2222, fuzz_cert(),
                                     &answer) != CLEAT_OK)
        return 0;
    (void)cleat_key_is_revoked(fuzz_ctx(), file, fuzz_key(), NULL);
    return 0;
}
