/* Access rules for configuration, authorized_keys and private keys. */
#include "acl_file.h"

#include "fail.h"
#include "text.h"
#include "token.h"
#include "wide.h"

#include <stdlib.h>
#include <aclapi.h>
#include <sddl.h>

static const DWORD WRITE_BITS = FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA |
                                FILE_WRITE_ATTRIBUTES | DELETE | WRITE_DAC | WRITE_OWNER |
                                GENERIC_WRITE | GENERIC_ALL;
static const DWORD READ_BITS = FILE_READ_DATA | GENERIC_READ | GENERIC_EXECUTE;

/* NT SERVICE\TrustedInstaller has no well-known number in the headers. */
static bool is_trusted_installer(PSID sid)
{
    PSID installer;
    if (!ConvertStringSidToSidW(L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
                                &installer))
        return false;
    bool same = EqualSid(sid, installer);
    LocalFree(installer);
    return same;
}

static bool is_trusted(PSID sid, PSID me)
{
    return EqualSid(sid, me) || IsWellKnownSid(sid, WinLocalSystemSid) ||
           IsWellKnownSid(sid, WinBuiltinAdministratorsSid) || is_trusted_installer(sid);
}

/* "DOMAIN\name", or the SID of an account that is gone; released with free. */
static char *account_text(PSID sid)
{
    wchar_t name[256], domain[256], *number;
    DWORD name_len = 256, domain_len = 256;
    SID_NAME_USE use;
    char *text = NULL;
    if (LookupAccountSidW(NULL, sid, name, &name_len, domain, &domain_len, &use)) {
        char *n = port_narrow(name), *d = port_narrow(domain);
        if (n && d)
            text = port_format("%s%s%s", d, *d ? "\\" : "", n);
        free(n);
        free(d);
    } else if (ConvertSidToStringSidW(sid, &number)) {
        text = port_narrow(number);
        LocalFree(number);
    }
    return text;
}

static cleat_status refuse_owner(PSID owner, const char *path, cleat_error *error)
{
    char *who = account_text(owner);
    cleat_status status = port_fail(error, CLEAT_E_PERMISSION,
                                    "%s belongs to %s, neither to you nor to an administrator; "
                                    "mend it with: takeown /F \"%s\"",
                                    path, who ? who : "another account", path);
    free(who);
    return status;
}

static cleat_status refuse_entry(PSID sid, const char *path, bool secret, cleat_error *error)
{
    char *who = account_text(sid);
    cleat_status status =
        port_fail(error, CLEAT_E_PERMISSION,
                  "%s: an entry lets %s %s it; mend it with: icacls \"%s\" /inheritance:d "
                  "/remove:g \"%s\"",
                  path, who ? who : "another account", secret ? "read" : "change", path,
                  who ? who : "that account");
    free(who);
    return status;
}

/* CREATOR OWNER and OWNER RIGHTS speak of the owner, who was looked at already. */
static bool speaks_of_the_owner(PSID sid)
{
    return IsWellKnownSid(sid, WinCreatorOwnerSid) || IsWellKnownSid(sid, WinCreatorOwnerRightsSid);
}

/* Entries of other kinds (object, callback) do not occur on files of ours, so whoever uses one is
 * told so by the refusal. */
static cleat_status check_entry(ACE_HEADER *header, PSID me, const char *path, bool secret,
                                cleat_error *error)
{
    if ((header->AceFlags & INHERIT_ONLY_ACE) || header->AceType == ACCESS_DENIED_ACE_TYPE)
        return CLEAT_OK;
    if (header->AceType != ACCESS_ALLOWED_ACE_TYPE)
        return port_fail(error, CLEAT_E_PERMISSION,
                         "%s: an access entry of kind %u is not "
                         "understood",
                         path, header->AceType);
    ACCESS_ALLOWED_ACE *entry = (ACCESS_ALLOWED_ACE *)header;
    PSID sid = &entry->SidStart;
    DWORD bad = secret ? WRITE_BITS | READ_BITS : WRITE_BITS;
    if (!(entry->Mask & bad) || is_trusted(sid, me) || speaks_of_the_owner(sid))
        return CLEAT_OK;
    return refuse_entry(sid, path, secret, error);
}

cleat_status port_acl_check(PSECURITY_DESCRIPTOR facts, PSID me, const char *path, port_trust trust,
                            cleat_error *error)
{
    PSID owner = NULL;
    PACL list = NULL;
    BOOL
    defaulted, present = FALSE;
    if (trust == PORT_TRUST_ANY || trust == PORT_TRUST_REGULAR)
        return CLEAT_OK;
    if (!GetSecurityDescriptorOwner(facts, &owner, &defaulted) ||
        !GetSecurityDescriptorDacl(facts, &present, &list, &defaulted))
        return port_fail_last(error, "cannot read the access list of %s", path);
    bool mine = owner && EqualSid(owner, me);
    if (owner && !is_trusted(owner, me))
        return trust == PORT_TRUST_SECRET ? CLEAT_OK : refuse_owner(owner, path, error);
    if (!owner || !present || !list)
        return port_fail(error, CLEAT_E_PERMISSION,
                         "%s has no %s, so everyone can change it; mend it with: icacls \"%s\" "
                         "/reset",
                         path, mine ? "access list" : "owner or access list", path);
    for (DWORD i = 0; i < list->AceCount; i++) {
        void *entry;
        if (!GetAce(list, i, &entry))
            return port_fail_last(error, "cannot read the access list of %s", path);
        cleat_status status = check_entry(entry, me, path, trust == PORT_TRUST_SECRET, error);
        if (status < 0)
            return status;
    }
    return CLEAT_OK;
}

cleat_status port_acl_check_file(HANDLE file, const char *path, port_trust trust,
                                 cleat_error *error)
{
    PSECURITY_DESCRIPTOR facts;
    DWORD failure = GetSecurityInfo(file, SE_FILE_OBJECT,
                                    OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL,
                                    NULL, NULL, NULL, &facts);
    if (failure)
        return port_fail_os(error, (int)failure, "cannot read the access list of %s", path);
    TOKEN_USER *me = port_token_information(TokenUser);
    cleat_status status = me ? port_acl_check(facts, me->User.Sid, path, trust, error)
                             : port_fail_last(error, "cannot read who runs this program");
    free(me);
    LocalFree(facts);
    return status;
}

PSECURITY_DESCRIPTOR port_acl_private(bool for_directory)
{
    PSECURITY_DESCRIPTOR made = NULL;
    wchar_t *sid = NULL, text[512];
    TOKEN_USER *me = port_token_information(TokenUser);
    if (!me || !ConvertSidToStringSidW(me->User.Sid, &sid))
        goto out;
    const wchar_t *flags = for_directory ? L"OICI" : L"";
    _snwprintf(text, 512, L"O:%lsD:P(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)(A;%ls;FA;;;%ls)", sid, flags,
               flags, flags, sid);
    text[511] = L'\0';
    ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &made, NULL);
out:
    LocalFree(sid);
    free(me);
    return made;
}
