/* The SFTP server for local files: sftp.h's machine on a channel, with the file work on libuv's
 * thread pool. Belongs to libcleat-uv, and to the thread of its loop. */
#ifndef CLEAT_FILES_H
#define CLEAT_FILES_H

#include <cleat/sftp.h>
#include <cleat/uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cleat_files cleat_files;

/* Something that a client has done, or tried to do, to a file: "close" of a file it had open,
 * "open" that failed, "remove", "rmdir", "mkdir", "rename", "symlink", "hardlink", "setstat" and
 * what is like them. */
typedef struct cleat_files_act {
    const char *operation; /* as the protocol calls the request */
    const char *path;      /* any bytes but zero */
    const char *target;    /* of a rename or a link; NULL: the request has no second path */
    uint32_t code;         /* CLEAT_SFTP_OK, or what the client is told */
    bool moves_data;       /* a file is closed, and this has been read and written: */
    uint64_t bytes_read, bytes_written;
} cleat_files_act;

/* Zero means default for every member but `directory`. Texts are copied. */
typedef struct cleat_files_options {
    size_t struct_size;
    const char *root; /* an existing directory: the client's "/"; nothing outside of it is read,
                       * written or made, whatever links say. NULL: the system's */
    const char *directory; /* where relative paths begin: absolute, as the system writes paths; with
                            * a root, beneath it and with '/' */
    const char *user;      /* name of the user, for "~" and the log */
    bool read_only;        /* requests that change something are denied */
    bool has_umask;        /* files and directories are made with their mode less `umask` ... */
    uint32_t umask;        /* ... instead of less the process's */
    const char *hidden;    /* patterns by commas, of names that are neither listed nor found; links
                            * elsewhere may still lead to what has such a name */
    const char *allowed, *denied; /* as cleat_sftp_server_options has them */
    const char *client;           /* the same */
    unsigned version_max;         /* the same */
    void *user_data;
    /* Lines about what is done, in internal-sftp's words. The text holds names that the client
     * chose: any bytes. NULL: none. */
    void (*on_log)(void *user_data, cleat_log_level level, const char *text);
    /* After cleat_files_close, once the last file is closed: nothing more comes. NULL: none. */
    void (*on_gone)(void *user_data);
    /* The session is over and everything is sent: the channel may be closed. status: for
     * exit-status, 0 unless the client broke the protocol. Not called after cleat_files_close. */
    void (*on_end)(void *user_data, uint32_t status);
    /* Once it is done; nothing stays valid after the call. NULL: nobody wants to know. */
    void (*on_act)(void *user_data, const cleat_files_act *act);
} cleat_files_options;

/* Serves the channel. The channel must stay until cleat_files_close. CLEAT_E_NO_SUCH,
 * CLEAT_E_PERMISSION, CLEAT_E_IO: the root cannot be opened. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_files_new(cleat_files **out, cleat_uv *u,
                                                      cleat_channel *ch,
                                                      const cleat_files_options *options,
                                                      cleat_error *error);

/* Any other way for the bytes: a pipe, a socket. */
typedef struct cleat_files_io {
    size_t struct_size;
    uv_loop_t *loop;
    cleat_ctx *ctx;
    void *user;
    /* Sends some of the bytes, from within the call, and returns how many; when there is room for
     * the rest, cleat_files_writable is called. Negative: it is broken. */
    ptrdiff_t (*write)(void *user, cleat_slice bytes);
    /* n bytes of what cleat_files_data was given are dealt with: more may be read. NULL: nobody
     * wants to know. */
    void (*consumed)(void *user, size_t n);
    /* Whatever was to be written for now has been. NULL: nobody wants to know. */
    void (*flush)(void *user);
} cleat_files_io;

/* As cleat_files_new, with bytes that go another way than a channel. io is copied; it is not used
 * any more once cleat_files_close is called. */
CLEAT_API CLEAT_MUST_USE cleat_status cleat_files_new_on(cleat_files **out,
                                                         const cleat_files_io *io,
                                                         const cleat_files_options *options,
                                                         cleat_error *error);

/* CLEAT_EV_CHANNEL_DATA, _WRITABLE and _EOF of the channel. Data is consumed as it is dealt with.
 */
CLEAT_API void cleat_files_data(cleat_files *f, cleat_slice bytes);
CLEAT_API void cleat_files_writable(cleat_files *f);
CLEAT_API void cleat_files_eof(cleat_files *f);

/* The channel is about to be freed. What is under way is finished on the loop, and what is open is
 * closed; then the memory goes. NULL is fine. */
CLEAT_API void cleat_files_close(cleat_files *f);

#ifdef __cplusplus
}
#endif
#endif
