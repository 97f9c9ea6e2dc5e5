/* What the daemon and the command need from the operating system beyond libuv's sockets, pipes and
 * timers. port/ checks the arguments, the same on every platform; posix/ and win32/ both implement
 * what is left (port_sys.h). The build picks the folder, and what a platform cannot do returns
 * CLEAT_E_UNSUPPORTED with a sentence, never a different meaning.
 *
 * Rules that hold for every call:
 *  - Text and paths are UTF-8 on every platform; what a session runs (its command, its variables)
 *    is whatever the platform takes. A path is not empty, has no control characters and at most
 *    32000 bytes. What breaks these rules is CLEAT_E_BAD_CALL, and nothing is done.
 *  - Out-parameters come first, are safe (NULL, 0, -1) after a failure, and what they hand out as
 *    `char *`, `char **` or `uint8_t *` is released with port_free, one call for the whole.
 *  - `error` may be NULL. Its text is a whole sentence for the user, naming file and cause.
 *  - An `int` descriptor is what uv_pipe_open and uv_tty_init take (a uv_file). It is never
 *    inherited by child processes.
 *  - Calls block only where it is said. All are for one thread at a time per object. */
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <cleat/bytes.h>
#include <cleat/channel.h>
#include <cleat/log.h>
#include <cleat/types.h>

/* ---- Program --------------------------------------------------------------------------------- */

/* First call of main(). Makes sure that descriptors 0 to 2 exist, closes all that were inherited
 * beyond them, ignores SIGPIPE, and on Windows sets UTF-8 and binary streams. Replaces the
 * arguments by a copy, on Windows of UTF-8, which lives until the program ends. */
CLEAT_MUST_USE cleat_status port_program_start(int *argc, char ***argv, cleat_error *error);

/* What main() returns so that whoever waits for this program sees `status`: all of it on Windows,
 * the low eight bits on POSIX, where a status that is not 0 stays so (256 becomes 255). */
int port_exit_status(uint32_t status);

/* Releases what a port_ call handed out. NULL is fine. */
void port_free(void *block);

/* The same for secrets (passwords, private key files): the `len` bytes are wiped first. The block
 * may also be malloc's. */
void port_free_secret(void *block, size_t len);

/* ---- Users ----------------------------------------------------------------------------------- */

typedef struct port_user {
    char *name;
    char *id;           /* numeric uid as text; the SID on Windows */
    char *group;        /* numeric gid as text; empty on Windows */
    char *home;         /* absolute */
    char *shell;        /* absolute; the configured DefaultShell or cmd.exe on Windows */
    char *shell_option; /* DefaultShellCommandOption, see port_command; NULL: the shell's usual */
} port_user;

/* The user this process runs as. Release with port_user_free. May block (name services). */
CLEAT_MUST_USE cleat_status port_user_current(port_user **user, cleat_error *error);

/* The account of that name, or CLEAT_E_NO_SUCH, also for what can be nobody's name. May block (name
 * services). */
CLEAT_MUST_USE cleat_status port_user_lookup(port_user **user, const char *name,
                                             cleat_error *error);

/* Names of the groups the user belongs to, primary first; a NULL-terminated list. May block. */
CLEAT_MUST_USE cleat_status port_user_groups(char ***names, const port_user *user,
                                             cleat_error *error);

/* "NAME=value" pairs that the user's programs start with: on POSIX what a login sets (USER, HOME,
 * SHELL ...), TZ and LANG as they are here, and PATH: as it is here for the user who runs this, the
 * usual one for others; on Windows the account's whole environment block, and USER, HOME and SHELL,
 * only for the user who runs this. A NULL-terminated list. */
CLEAT_MUST_USE cleat_status port_user_environment(char ***pairs, const port_user *user,
                                                  cleat_error *error);

void port_user_free(port_user *user);

/* ---- Pseudo-terminals (server side) ---------------------------------------------------------- */

typedef struct port_pty port_pty;

/* A new terminal, at pty-req time. A size larger than 32767 counts as that. `modes` are the
 * request's encoded modes (RFC 4254 §8): opcodes this platform does not know are skipped, a list
 * that ends early keeps what was set before. */
CLEAT_MUST_USE cleat_status port_pty_open(port_pty **pty, const cleat_winsize *size,
                                          cleat_slice modes, cleat_error *error);

/* What SSH_TTY shall say; empty where terminals have no name. Borrowed from the pty. */
const char *port_pty_name(const port_pty *pty);

CLEAT_MUST_USE cleat_status port_pty_resize(port_pty *pty, const cleat_winsize *size,
                                            cleat_error *error);

/* A break condition (RFC 4335) of `ms` milliseconds, 0 for the usual length. */
CLEAT_MUST_USE cleat_status port_pty_break(port_pty *pty, uint32_t ms, cleat_error *error);

/* Hangs up: whoever still uses the terminal gets SIGHUP. Free the process on it first. */
void port_pty_close(port_pty *pty);

/* ---- Session processes (server side) --------------------------------------------------------- */

typedef struct port_process port_process;

/* A program that runs to its end before a session's command begins, with its environment,
 * directory, output and errors; how it ends does not matter. */
typedef struct port_prelude {
    const char *const *argv; /* NULL-terminated; argv[0] is an absolute path */
    cleat_slice input;       /* what it reads, and then the end; at most PORT_PRELUDE_MAX */
} port_prelude;

enum { PORT_PRELUDE_MAX = 4096 };

/* Whether there is such a thing here. On Windows there is not. */
bool port_process_has_prelude(void);

/* A command of a session, run by the user's shell in a process group (job) of its own. */
typedef struct port_command {
    const char *shell;        /* absolute path of the shell */
    const char *shell_option; /* goes before the command; NULL: "-c", or "/c" for cmd.exe */
    const char *command;      /* NULL: an interactive login shell (argv[0] begins with '-') */
    const char *const *env;   /* "NAME=value", NULL-terminated; the whole environment */
    const char *directory; /* if it cannot be entered, "/" is, and the session's stderr says so */
    port_pty *pty;         /* borrowed until the process is freed; NULL: three pipes */
    const port_prelude *prelude; /* NULL: none. With one, a shell that cannot be run is not
                                  * reported: the session's stderr says so, and the status is 127 */

    /* Called once, from another thread, as soon as port_process_exit has an answer. It may do
     * nothing but uv_async_send. It is not called any more once port_process_free returns. */
    void (*exited)(void *user);
    void *user;
} port_command;

/* The server's ends of the session's streams, each for uv_pipe_open. The caller closes them.
 * With a terminal `err` is -1, and the end of `out` is UV_EOF or UV_EIO, on some platforms only
 * after the last process has left the terminal. */
typedef struct port_stdio {
    int in;  /* to the process; close it to end the process's input (pipes only) */
    int out; /* from the process */
    int err; /* from the process */
} port_stdio;

/* How a process ended, as exit-status and exit-signal want it (RFC 4254 §6.10). */
typedef struct port_exit {
    uint32_t status;    /* whole 32 bits where the platform has them */
    const char *signal; /* without "SIG", static storage; NULL: the process ended by itself */
    bool core_dumped;
} port_exit;

/* Starts the command. A shell that cannot be run is reported here (CLEAT_E_NO_SUCH, CLEAT_E_IO or
 * CLEAT_E_PERMISSION; CLEAT_E_BAD_CALL if its path is not absolute). */
CLEAT_MUST_USE cleat_status port_process_start(port_process **process, port_stdio *stdio,
                                               const port_command *command, cleat_error *error);

/* True once the process has ended; `how` is filled then. Does not block. */
bool port_process_exit(port_process *process, port_exit *how);

/* Sends the signal named as in RFC 4254 §6.9 ("TERM") to the process group. CLEAT_E_NO_SUCH for a
 * name the platform lacks; CLEAT_E_CLOSED when nothing is left to signal. Windows has INT on a
 * terminal and ends the whole job for KILL, TERM and HUP. */
CLEAT_MUST_USE cleat_status port_process_signal(port_process *process, const char *name,
                                                cleat_error *error);

/* Forgets the process without blocking. On POSIX what still runs goes on, reaped when it ends
 * (send "HUP" first to end it); on Windows the job ends with this call. NULL is fine. */
void port_process_free(port_process *process);

/* ---- Private files --------------------------------------------------------------------------- */

/* Who else may have touched or seen a file that is read. "Me" is the effective user; root,
 * Administrators and SYSTEM always count as trusted owners. */
typedef enum port_trust {
    PORT_TRUST_ANY,     /* no check: public keys, files the user names at his own risk */
    PORT_TRUST_REGULAR, /* a regular file, whoever's: a FIFO in its place cannot hold us up */
    PORT_TRUST_CONFIG,  /* owned by me or a trusted owner, writable by nobody else */
    PORT_TRUST_STRICT,  /* and so is every directory from the file up to `home` (StrictModes) */
    PORT_TRUST_SECRET   /* if mine, neither readable nor writable by anyone else (private keys) */
} port_trust;

/* Reads a whole regular file (a FIFO or device is read too where trust is ANY) of at most `limit`
 * bytes, which may be up to 1 GiB. A zero byte follows the data. CLEAT_E_NO_SUCH: no such file.
 * CLEAT_E_PERMISSION: unreadable, or the trust is not given; the text names file, mode or entry,
 * and the command that mends it. CLEAT_E_LIMIT: larger. `home` is looked at for STRICT only; NULL
 * goes up to the root. */
CLEAT_MUST_USE cleat_status port_file_read(uint8_t **data, size_t *len, const char *path,
                                           port_trust trust, const char *home, size_t limit,
                                           cleat_error *error);

/* Takes a piece of a file. False: no more is wanted. */
typedef bool (*port_piece_cb)(void *user, cleat_slice piece);

/* The same in pieces that end where lines do, so that no more than the longest line, and some
 * 100 KiB, is in memory at a time. The pieces are not ended by zeros. */
CLEAT_MUST_USE cleat_status port_file_read_lines(const char *path, port_trust trust,
                                                 const char *home, size_t limit, port_piece_cb take,
                                                 void *user, cleat_error *error);

/* How many lines end in the piece. */
unsigned port_lines_in(cleat_slice piece);

/* Whether the trust is given, without reading: for programs that are about to be run. The statuses
 * are port_file_read's. */
CLEAT_MUST_USE cleat_status port_file_check(const char *path, port_trust trust, const char *home,
                                            cleat_error *error);

typedef enum port_access {
    PORT_ACCESS_PRIVATE, /* mode 0600; on Windows user, SYSTEM and Administrators */
    PORT_ACCESS_PUBLIC   /* mode 0644; on Windows the folder's own rules */
} port_access;

/* Replaces or makes a file so that a reader sees the old or the new content, whole, even after a
 * crash. `access` is for a new file; an old one keeps its mode. A symbolic link is followed, its
 * target replaced. */
CLEAT_MUST_USE cleat_status port_file_write(const char *path, cleat_slice content,
                                            port_access access, cleat_error *error);

/* Adds `line`, which has no line end in it, and a newline at the end of a file that is made
 * (private) if it is missing; mends a missing newline before it. Takes the file's edit lock for the
 * moment. The file is not replaced, so this works where only the file may be written; when it
 * cannot be written to the end, as the disk is full, it is as it was. */
CLEAT_MUST_USE cleat_status port_file_append(const char *path, const char *line,
                                             cleat_error *error);

/* Adds a line by one write and without a lock, for many processes that write to one file, which may
 * be moved away at any time. What a full disk leaves of a line stays; what comes after it is added
 * twice, the second time on a line of its own. A FIFO that nobody reads, or not fast enough, is an
 * error. */
CLEAT_MUST_USE cleat_status port_file_add_record(const char *path, const char *line,
                                                 cleat_error *error);

/* The lock under which every Cleat process edits `path`: taken around read, change and write.
 * Waits for the other holder. The file need not exist, its directory must. Do not call
 * port_file_append while holding it. */
typedef struct port_lock port_lock;
CLEAT_MUST_USE cleat_status port_file_lock(port_lock **lock, const char *path, cleat_error *error);
void port_file_unlock(port_lock *lock);

/* Replaces a file that is there as port_file_write does, unless its content is not `old` any more,
 * as a program that knows nothing of the lock has changed it: then CLEAT_E_STALE, and nothing is
 * done. `backup` (NULL: none) names a file that gets the old content before that. */
CLEAT_MUST_USE cleat_status port_file_swap(const char *path, cleat_slice old, cleat_slice content,
                                           const char *backup, cleat_error *error);

/* What a file's content becomes. Nothing in *out leaves the file alone. */
typedef cleat_status (*port_editor)(void *user, cleat_slice old, cleat_bytes *out);

/* Changes a file of at most `limit` bytes, which must be there: reads it under its lock and swaps
 * the new content in, with `backup` as above. Where another program was quicker, `change` is called
 * again with what the file has become. What it fails with is handed on; error may be empty then. */
CLEAT_MUST_USE cleat_status port_file_edit(const char *path, size_t limit, const char *backup,
                                           port_editor change, void *user, cleat_error *error);

/* Makes a directory, and those above it, for this user alone (mode 0700). Fine if it exists. */
CLEAT_MUST_USE cleat_status port_dir_create(const char *path, cleat_error *error);

/* ---- Terminal (client side) ------------------------------------------------------------------ */

/* Asks on the controlling terminal, whatever stdin and stdout are, and reads a line. Blocks. The
 * terminal is put back on every way out, a signal's included: it is raised again after that, and
 * if the program survives it the answer is CLEAT_E_CANCELLED. CLEAT_E_NO_SUCH: there is no
 * terminal. CLEAT_E_EOF: the user ended the input. A hidden answer wants port_free_secret. */
CLEAT_MUST_USE cleat_status port_tty_ask(char **answer, const char *prompt, bool echo,
                                         cleat_error *error);

/* Runs an SSH_ASKPASS program and hands back the first line it prints. `hint` becomes
 * SSH_ASKPASS_PROMPT ("confirm", "none") unless NULL. Blocks. CLEAT_E_CANCELLED: it exited with a
 * status other than 0. */
CLEAT_MUST_USE cleat_status port_askpass(char **answer, const char *program, const char *prompt,
                                         const char *hint, cleat_error *error);

/* From any thread: the port_tty_ask or port_askpass under way, and every later one, returns
 * CLEAT_E_CANCELLED. For a program that ends while its user is being asked. */
void port_ask_give_up(void);

/* The size of the terminal at fd; false if it is none. (uv_guess_handle tells what fd is.) */
bool port_tty_size(int fd, cleat_winsize *size);

/* How many bytes of UTF-8 that holds nothing that moves a terminal fit into so many columns of one,
 * and how many columns those take. */
size_t port_text_fit(const char *text, size_t room, size_t *columns);

/* The modes of the terminal at fd, encoded for pty-req (RFC 4254 §8) and ended by 0; only the
 * closing 0 if fd is no terminal or the platform has no such modes. Returns the length. */
enum { PORT_TTY_MODES_MAX = 512 };
size_t port_tty_modes(int fd, uint8_t modes[PORT_TTY_MODES_MAX]);

/* Puts the terminals at `in` and `out` into raw mode (on Windows VT sequences both ways); leave
 * puts both back and frees. Read `in` through a uv_tty in its normal mode, or a uv_pipe. */
typedef struct port_raw port_raw;
CLEAT_MUST_USE cleat_status port_raw_enter(port_raw **raw, int in, int out, cleat_error *error);
void port_raw_leave(port_raw *raw);

/* The signal of a key that sends a break (Ctrl-Break), which raw mode does not make a byte of; 0
 * where there is no such key. */
int port_tty_break_signal(void);

/* Stops this program until the user's shell lets it go on (SIGTSTP). CLEAT_E_UNSUPPORTED where
 * shells know nothing of the kind. */
CLEAT_MUST_USE cleat_status port_tty_suspend(cleat_error *error);

/* ---- System log ------------------------------------------------------------------------------ */

/* The system's log: syslog, or the event log on Windows. One per program. `facility` is a
 * SyslogFacility word ("AUTH", "LOCAL0"); CLEAT_E_CONFIG for an unknown one. `program` is kept. */
CLEAT_MUST_USE cleat_status port_log_open(const char *program, const char *facility,
                                          cleat_error *error);
void port_log_write(cleat_log_level level, const char *text);
void port_log_close(void);

/* ---- Running in the background --------------------------------------------------------------- */

/* Call before any thread, loop or socket exists. Splits the program: it returns in the part that
 * goes on, still on the terminal, so that it can ask and complain; the other part waits until that
 * one calls port_service_ready (and exits 0) or ends (and exits with its status). */
CLEAT_MUST_USE cleat_status port_service_detach(cleat_error *error);

/* The program does its work from here on: tells a service manager (NOTIFY_SOCKET), and after a
 * detach leaves the terminal with stdin, stdout and stderr on the null device. `keep_output`: the
 * last two stay as they are (`cleat ssh -f`). */
CLEAT_MUST_USE cleat_status port_service_ready(bool keep_output, cleat_error *error);

typedef enum port_service_state {
    PORT_SERVICE_RELOADING, /* port_service_ready is called again when done */
    PORT_SERVICE_STOPPING,
    PORT_SERVICE_ALIVE
} port_service_state;

/* How often the service manager wants to hear that the program is alive, in milliseconds; 0: it
 * does not. */
unsigned port_service_watchdog(void);

/* Sockets that the service manager handed over (systemd's LISTEN_FDS): how many, numbered from
 * *first on. They are not for its children. */
unsigned port_service_sockets(int *first);

/* Starts this program anew, as it was started and from the same path, where there may be another
 * version by now. It gets these sockets, and `places`, a text about them. *ready gives a byte once
 * it has called port_service_ready, and ends without one if it fails. */
CLEAT_MUST_USE cleat_status port_service_succeed(int64_t *process, int *ready, const int *sockets,
                                                 size_t count, const char *places,
                                                 cleat_error *error);

/* In the program that was started like that: `places`; its sockets are port_service_sockets. Else
 * NULL. */
const char *port_service_inherited(void);

/* Tells the service manager that this process is the service now. */
void port_service_hand_over(int64_t process);

/* The signal that asks for it; 0: there is none here. */
int port_service_succession_signal(void);

/* Tells the service manager, if there is one. */
void port_service_notify(port_service_state state);

/* Whether SIGHUP asks a service to read its configuration anew. On Windows it comes when the
 * console is closed, and what has not ended some seconds later is ended. */
bool port_service_hangup_reloads(void);

/* ---- Paths and the rest ---------------------------------------------------------------------- */

typedef enum port_place {
    PORT_PLACE_USER_SSH,   /* ~/.ssh, %USERPROFILE%\.ssh */
    PORT_PLACE_SYSTEM_SSH, /* /etc/ssh, %ProgramData%\ssh: read only, may be missing */
    PORT_PLACE_SYSTEM,     /* /etc/cleat, %ProgramData%\cleat */
    PORT_PLACE_STATE,      /* $XDG_STATE_HOME/cleat or ~/.local/state/cleat, %LOCALAPPDATA%\cleat */
    PORT_PLACE_AGENT       /* the agent's endpoint for uv_pipe_connect: $SSH_AUTH_SOCK, or the
                            * OpenSSH pipe on Windows; CLEAT_E_NO_SUCH when none is set */
} port_place;

/* Where something is; nothing is made. */
CLEAT_MUST_USE cleat_status port_path(char **path, port_place place, cleat_error *error);

/* `path` with a leading ~ or ~user replaced by that home; CLEAT_E_NO_SUCH for an unknown user. */
CLEAT_MUST_USE cleat_status port_path_expand(char **expanded, const char *path, cleat_error *error);

/* Whether a path says by itself where it is: it begins with '/', on Windows also with '\\' or a
 * drive ("C:"). */
bool port_path_is_absolute(const char *path);

/* `name` in `directory`; just `name` where it is absolute. */
CLEAT_MUST_USE cleat_status port_path_join(char **joined, const char *directory, const char *name,
                                           cleat_error *error);

/* Whether a name, as a peer gives it, is one part of a path and nothing else: no separator, not "."
 * or "..", and on Windows no device, stream, or character that names cannot have. */
bool port_name_is_plain(const char *name);

/* The existing paths that match a shell pattern, sorted, NULL-terminated; an empty list for none
 * (Include). The pattern is expanded already (no ~). */
CLEAT_MUST_USE cleat_status port_path_glob(char ***paths, const char *pattern, cleat_error *error);

/* Arguments for uv_spawn that run `command` through the user's shell ($SHELL, else the account's;
 * cmd.exe on Windows), for ProxyCommand and Match exec. `replace`: the shell makes way for the
 * command where it can. args[0] is the file to run; spawn with
 * UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS. */
CLEAT_MUST_USE cleat_status port_shell_args(char ***args, const char *command, bool replace,
                                            cleat_error *error);

/* The text as one word of that shell's; the command by which it lists a folder, static storage. */
char *port_shell_quote(const char *text);
const char *port_shell_list(void);

/* Flags for uv_spawn of such a program when a Ctrl-C typed here shall not end it: a session of its
 * own, or on Windows no window of its own. */
unsigned port_shell_apart(void);

/* Sets the type of service of a connected socket (IPQoS): the whole byte, DSCP << 2. `socket` is
 * uv_fileno's result cast to intptr_t. */
CLEAT_MUST_USE cleat_status port_socket_tos(intptr_t socket, int tos, cleat_error *error);

/* The permissions that new files of this program lack. Nothing where files have none of the kind.
 */
void port_umask(unsigned mask);

/* True for the side of a pseudo-terminal that its programs do not see. libuv takes it for a
 * terminal that somebody sits at, and waits until everything is written; it is rather like a pipe,
 * whose reader may not read. */
bool port_fd_is_pty_master(int fd);

/* A connection to the UNIX socket at this absolute path; for cleat_stream_open_fds. The answer
 * comes at once: where too many wait already it is a failure. CLEAT_E_LIMIT: no socket has so long
 * a path here. CLEAT_E_UNSUPPORTED on Windows. */
CLEAT_MUST_USE cleat_status port_local_connect(int *fd, const char *path, cleat_error *error);

/* Whether what libuv connects to by this path (a UNIX socket, on Windows a pipe) can have it: one
 * that is too long is cut, and means another. */
bool port_local_path_fits(const char *path);

/* A new UNIX socket at this absolute path, for uv_pipe_open and uv_listen; its file is the caller's
 * to remove. mask: the permissions that the file lacks, whatever the program's umask is. replace: a
 * socket that is in the way is removed, whether or not anybody listens at it. Statuses as above. */
CLEAT_MUST_USE cleat_status port_local_bind(int *fd, const char *path, unsigned mask, bool replace,
                                            cleat_error *error);

/* Lets the pipe at fd hold as much as the system gives it for the asking, for streams that move
 * much. Nothing happens where fd is no pipe, or pipes have one size, or the user's share is used
 * up. */
void port_pipe_widen(int fd);

#endif
