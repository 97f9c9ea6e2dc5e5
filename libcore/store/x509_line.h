/* What a line says about X.509 certificates: "x509v3-NAME Subject:C=DE,O=Example,CN=alice", or a
 * certificate in base64 in place of the subject. */
#ifndef CL_STORE_X509_LINE_H
#define CL_STORE_X509_LINE_H

#include "../x509/chain.h"

/* The text begins with the name of an X.509 algorithm: with which does not matter. */
bool cl_x509_line_is(cleat_slice text);

/* The certificate that stands there, or the chain; NULL for a subject and for what cannot be read.
 */
cleat_x509 *cl_x509_line_read(const cl_env *env, cleat_slice text);

/* What stands behind that name means the chain's first certificate, its subject or itself. */
bool cl_x509_line_names(const cleat_x509 *chain, cleat_slice text);

/* The same for any certificate of the chain that stands there itself. */
bool cl_x509_line_revokes(const cleat_x509 *chain, cleat_slice text);

#endif
