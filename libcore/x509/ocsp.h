/* Responses of OCSP that come with a chain (RFC 6960, RFC 6187 §2.1). */
#ifndef CL_X509_OCSP_H
#define CL_X509_OCSP_H

#include "path.h"

/* way: a path that is good so far, the chain's first certificate at its begin. Every response about
 * a certificate on it must be by its authority, fresh, and say that it is good; and those that the
 * use asks for must be there. */
CLEAT_MUST_USE cleat_status cl_x509_check_responses(const cleat_x509 *chain,
                                                    const cl_x509_search *search,
                                                    const STACK_OF(X509) * way, cleat_error *err);

/* Whether the response, in DER, is about a certificate with this number; false when it cannot be
 * read, or gives no answer. */
CLEAT_MUST_USE bool cl_x509_response_names(cleat_slice der, const ASN1_INTEGER *serial,
                                           bool *about);

#endif
