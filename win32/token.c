/* Reading the process's token. */
#include "token.h"

#include <stdlib.h>

void *port_token_information(TOKEN_INFORMATION_CLASS which)
{
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    DWORD size = 0;
    GetTokenInformation(token, which, NULL, 0, &size);
    void *data = size ? malloc(size) : NULL;
    if (data && !GetTokenInformation(token, which, data, size, &size)) {
        free(data);
        data = NULL;
    }
    CloseHandle(token);
    return data;
}
