/* Whether a file may be believed, by its owner and access list; and the list for our own files. */
#ifndef PORT_WIN32_ACL_FILE_H
#define PORT_WIN32_ACL_FILE_H

#include "port.h"

#include <windows.h>

/* The rule as a function of facts alone: a security descriptor and the SID that is "me". The text
 * of a refusal names the entry of `path` that is wrong and how to mend it. */
cleat_status port_acl_check(PSECURITY_DESCRIPTOR facts, PSID me, const char *path, port_trust trust,
                            cleat_error *error);

/* The same for an open file. */
cleat_status port_acl_check_file(HANDLE file, const char *path, port_trust trust,
                                 cleat_error *error);

/* A descriptor that lets in the current user, SYSTEM and Administrators and nobody else, for new
 * files or (inherited by what is in them) directories. Released with LocalFree; NULL with
 * GetLastError(). */
PSECURITY_DESCRIPTOR port_acl_private(bool for_directory);

#endif
