/* SFTP on the wire, for both sides: packets, attributes, names, status. Whole messages:
 * sftp_messages.h; the exchange of versions: sftp_version.h. */
#ifndef CL_SERVICE_SFTP_PROTO_H
#define CL_SERVICE_SFTP_PROTO_H

#include "../base/buf.h"
#include "../wire/reader.h"
#include "../wire/writer.h"

#include <cleat/sftp.h>

enum {
    CL_SFTP_init = 1,
    CL_SFTP_version = 2,

    /* The largest packet that either side sends or takes, without its length: OpenSSH's limit,
     * beyond which its programs hang up. */
    CL_SFTP_PACKET_MAX = 256 << 10,
    CL_SFTP_DATA_MAX = CL_SFTP_PACKET_MAX - 1024, /* in one READ or WRITE */
    CL_SFTP_HANDLE_MAX = 256,                     /* draft-13 §9.2 */

    /* READ's answer in front of the data: length, type, id, length of the data */
    CL_SFTP_DATA_HEAD = 4 + 1 + 4 + 4
};

/* What every packet begins with. Of INIT and VERSION `id` is the version. */
typedef struct cl_sftp_head {
    uint8_t type;
    uint32_t id;
    cleat_slice fields;
} cl_sftp_head;

/* packet: without its length. */
CLEAT_MUST_USE cleat_status cl_sftp_read_head(cleat_slice packet, cl_sftp_head *head);

/* Pflags of versions 3 and 4 (draft-02 §6.3). */
enum {
    CL_SFTP_PFLAG_READ = 0x1,
    CL_SFTP_PFLAG_WRITE = 0x2,
    CL_SFTP_PFLAG_APPEND = 0x4,
    CL_SFTP_PFLAG_CREAT = 0x8,
    CL_SFTP_PFLAG_TRUNC = 0x10,
    CL_SFTP_PFLAG_EXCL = 0x20,
    CL_SFTP_PFLAG_TEXT = 0x40
};

/* From versions 3 and 4 to 5 and 6 and back: access (CLEAT_SFTP_READ_DATA ...) and flags
 * (CLEAT_SFTP_CREATE_NEW ...). False: the combination has no meaning there. */
CLEAT_MUST_USE bool cl_sftp_open_from_pflags(uint32_t pflags, uint32_t *access, uint32_t *flags);
CLEAT_MUST_USE bool cl_sftp_open_to_pflags(uint32_t access, uint32_t flags, uint32_t *pflags);

/* ---- attributes ---- */

/* The CLEAT_SFTP_HAS_* that the version knows; for version 3 MTIME comes with ATIME. */
uint32_t cl_sftp_known_attrs(unsigned version);

/* A fault leaves them empty. */
void cl_sftp_get_attrs(cl_reader *r, unsigned version, cleat_sftp_attrs *a);

/* Leaves out what the version does not know. */
void cl_sftp_put_attrs(cl_buf *b, unsigned version, const cleat_sftp_attrs *a);

/* Version 3's type in a mode (POSIX's numbers, on every platform). */
cleat_sftp_type cl_sftp_type_of_mode(uint32_t mode);
uint32_t cl_sftp_mode_of_type(cleat_sftp_type type);

/* ---- names ---- */

/* One of the names in a NAME message. It may hold anything: who uses it for a local path looks
 * at it first. Faults with CLEAT_E_FORMAT where it holds a zero byte. */
void cl_sftp_get_name(cl_reader *r, unsigned version, cleat_sftp_name *name);
void cl_sftp_put_name(cl_buf *b, unsigned version, const cleat_sftp_name *name);

/* Whether the rest of DATA or NAME says that the end was reached (version 6). */
bool cl_sftp_says_end(cleat_slice rest, unsigned version);

/* ---- status ---- */

/* The tag of the language that texts of ours are in (draft-13 §9.1). */
#define CL_SFTP_OUR_LANGUAGE "en"

/* The message of a STATUS and the tag of its language; empty where the peer sent none. The bytes
 * are the peer's: escape them before printing. */
cleat_slice cl_sftp_status_text(cleat_slice rest, cleat_slice *language);

/* Appends a whole STATUS. A code that the version lacks is sent as one that it has; text NULL: the
 * code's sentence; language NULL: ours. */
void cl_sftp_put_status(cl_buf *b, uint32_t id, unsigned version, uint32_t code, const char *text,
                        const char *language);

/* The same of UNKNOWN_PRINCIPAL, with the names that are not known (draft-13 §9.1). */
void cl_sftp_put_unknown(cl_buf *b, uint32_t id, unsigned version, const cleat_slice *names,
                         size_t count);

/* The code that stands for `code` in that version. */
uint32_t cl_sftp_code_for(uint32_t code, unsigned version);

#endif
