/* Feeds every file of the given folders, or the given files, to a fuzz target: the kept inputs are
 * regression tests where no fuzzer is at hand. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { INPUT_MAX = 1 << 20 };

static int replay_file(const char *path)
{
    static uint8_t input[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    size_t size = fread(input, 1, sizeof input, file);
    fclose(file);

    /* A copy of the exact size, so that reading past its end is seen. */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return -1;
    for (size_t i = 0; i < size; i++)
        exact[i] = input[i];
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 1;
}

static int replay(const char *path)
{
    uv_fs_t scan;
    uv_dirent_t entry;
    if (uv_fs_scandir(NULL, &scan, path, 0, NULL) < 0) {
        uv_fs_req_cleanup(&scan);
        return replay_file(path);
    }
    int count = 0;
    while (uv_fs_scandir_next(&scan, &entry) == 0) {
        char inner[4096];
        int len = snprintf(inner, sizeof inner, "%s/%s", path, entry.name);
        int done = len > 0 && (size_t)len < sizeof inner ? replay_file(inner) : -1;
        if (done < 0) {
            count = -1;
            break;
        }
        count += done;
    }
    uv_fs_req_cleanup(&scan);
    return count;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int count = replay(argv[i]);
        if (count < 0)
            return EXIT_FAILURE;
        total += count;
    }
    printf("%d inputs replayed\n", total);
    return EXIT_SUCCESS;
}
