/* A session of SFTP with a host, or with a server that is a program of this machine. */
#ifndef CLEAT_CLI_REMOTE_H
#define CLEAT_CLI_REMOTE_H

#include "ssh.h"

typedef struct remote remote;

struct remote {
    ssh_run run;           /* its args are filled in before remote_start */
    const char *program;   /* -D: run this instead of connecting; NULL: connect */
    char **words;          /* -S: the same as words, which are not a shell's; NULL: none */
    const char *subsystem; /* NULL: "sftp"; with a slash: a program of the host */
    uint32_t version;      /* of SFTP; 0: 6, or what the server knows */
    cleat_sftp_link *link; /* NULL: not there, or over */
    cleat_sftp *sftp;      /* of the link */
    void *user;
    void (*ready)(remote *r); /* requests may be made */
    void (*over)(remote *r);  /* the session is gone, and why was said; not after remote_close */
    bool closed;
    cleat_dial *dialling;
};

/* Options that suit the transfer of files, in front of the user's: nothing is forwarded, no command
 * is run. False without memory. */
bool remote_defaults(ssh_args *a);

/* Connects; callbacks come from the loop. Another status than CLEAT_OK: nothing comes, and it has
 * been said why. */
CLEAT_MUST_USE cleat_status remote_start(remote *r, uv_loop_t *loop);

/* Says goodbye. */
void remote_close(remote *r);

/* When the loop has run out: gives back what is left on it, which takes another run. Then the rest.
 */
void remote_finish(remote *r);
void remote_release(remote *r);

#endif
