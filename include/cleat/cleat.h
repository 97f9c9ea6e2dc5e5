/* The whole engine: everything that libcleat offers. What needs libuv is in uv.h, scan.h,
 * x509_files.h and easy.h, which belong to libcleat-uv. */
#ifndef CLEAT_CLEAT_H
#define CLEAT_CLEAT_H

#include <cleat/agent.h>
#include <cleat/algo.h>
#include <cleat/auth.h>
#include <cleat/bytes.h>
#include <cleat/cert.h>
#include <cleat/channel.h>
#include <cleat/config.h>
#include <cleat/conn.h>
#include <cleat/ctx.h>
#include <cleat/dispatch.h>
#include <cleat/edit.h>
#include <cleat/event.h>
#include <cleat/hash.h>
#include <cleat/key.h>
#include <cleat/krl.h>
#include <cleat/log.h>
#include <cleat/login.h>
#include <cleat/moduli.h>
#include <cleat/provider.h>
#include <cleat/rcp.h>
#include <cleat/sftp.h>
#include <cleat/sshsig.h>
#include <cleat/sftp_client.h>
#include <cleat/status.h>
#include <cleat/store.h>
#include <cleat/types.h>
#include <cleat/x509.h>

#endif
