/* Edits of known_hosts and authorized_keys: one that changes nothing gives the same bytes, and one
 * that adds a line can be taken back. */
#include "support_ctx.h"

#include <cleat/edit.h>
#include <cleat/store.h>
#include <stdlib.h>
#include <string.h>

#define HOST "host.example"

static void expect_same(cleat_slice file, const cleat_bytes *out)
{
    if (file.len != out->len || (file.len && memcmp(file.data, out->data, file.len) != 0))
        abort();
}

static void note(void *user, const cleat_host_line *line)
{
    (void)line;
    ++*(unsigned *)user;
}

/* What was added goes again, but for the line end that a last line got. */
static void add_and_remove(cleat_slice file)
{
    cleat_bytes with;
    cleat_bytes without;
    bool ends = !file.len || file.data[file.len - 1] == '\n';
    if (cleat_known_hosts_add(fuzz_ctx(), file, HOST, 22, fuzz_key(), true, &with) != CLEAT_OK)
        return;
    if (cleat_known_hosts_remove(fuzz_ctx(), (cleat_slice){with.data, with.len}, HOST, 22, NULL,
                                 NULL, &without) == CLEAT_OK &&
        ends)
        expect_same(file, &without);
    cleat_bytes_free(&without);
    cleat_bytes_free(&with);
}

/* Removing a host that is not there changes nothing. */
static void edit_hosts(cleat_slice file)
{
    cleat_bytes without;
    unsigned gone = 0;
    if (cleat_known_hosts_remove(fuzz_ctx(), file, HOST, 22, note, &gone, &without) != CLEAT_OK)
        return;
    if (!gone)
        expect_same(file, &without);
    add_and_remove((cleat_slice){without.data, without.len});
    cleat_bytes_free(&without);
}

/* Once everything is hashed, hashing changes nothing. */
static void hash_twice(cleat_slice file)
{
    cleat_bytes once;
    cleat_bytes twice;
    if (cleat_known_hosts_hash(fuzz_ctx(), file, NULL, NULL, &once) != CLEAT_OK)
        return;
    cleat_slice hashed = {once.data, once.len};
    if (cleat_known_hosts_hash(fuzz_ctx(), hashed, NULL, NULL, &twice) == CLEAT_OK)
        expect_same(hashed, &twice);
    cleat_bytes_free(&twice);
    cleat_bytes_free(&once);
}

static void edit_keys(cleat_slice file)
{
    cleat_bytes with;
    cleat_bytes without;
    unsigned count;
    if (cleat_authorized_keys_remove(fuzz_ctx(), file, fuzz_key(), &count, &without) != CLEAT_OK)
        return;
    if (!count)
        expect_same(file, &without);
    cleat_slice base = {without.data, without.len};
    if (cleat_authorized_keys_add(fuzz_ctx(), base, "restrict", fuzz_key(), &count, &with) !=
            CLEAT_OK ||
        count != 1)
        abort();
    cleat_bytes_free(&with);
    cleat_bytes_free(&without);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const cleat_slice file = {data, size};
    edit_hosts(file);
    hash_twice(file);
    edit_keys(file);
    return 0;
}
