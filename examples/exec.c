/* The shortest client: runs a command on a host and prints what it says.
 *
 *     exec HOST COMMAND [PORT [KEY_FILE [KNOWN_HOSTS]]]
 *
 * Without further arguments it uses what `ssh` would: your keys, your agent, your known_hosts. */
#include <cleat/easy.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    cleat_easy *host;
    cleat_easy_result result;
    cleat_error error;
    if (argc < 3 || argc > 6) {
        fprintf(stderr, "usage: %s HOST COMMAND [PORT [KEY_FILE [KNOWN_HOSTS]]]\n", argv[0]);
        return 2;
    }
#ifdef SIGPIPE
    signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is an error, not this program's end */
#endif
    const char *const keys[] = {argc > 4 ? argv[4] : NULL, NULL};
    const cleat_easy_options options = {
        .struct_size = sizeof options,
        .host = argv[1],
        .port = (uint16_t)(argc > 3 ? atoi(argv[3]) : 22),
        .key_files = argc > 4 ? keys : NULL,
        .known_hosts = argc > 5 ? argv[5] : NULL,
    };
    if (cleat_easy_connect(&host, &options, &error) != CLEAT_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 255;
    }
    cleat_status st = cleat_easy_exec(&result, host, argv[2], NULL, &error);
    fwrite(result.out, 1, result.out_len, stdout);
    fwrite(result.err, 1, result.err_len, stderr);
    if (st != CLEAT_OK)
        fprintf(stderr, "%s\n", error.text);
    int status = st == CLEAT_OK && result.status >= 0 ? result.status : 255;
    cleat_easy_result_free(&result);
    cleat_easy_close(host);
    return status;
}
