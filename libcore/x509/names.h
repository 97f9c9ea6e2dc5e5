/* Who a certificate is for. */
#ifndef CL_X509_NAMES_H
#define CL_X509_NAMES_H

#include "chain.h"

/* Fills in chain->facts. */
CLEAT_MUST_USE cleat_status cl_x509_fill_facts(cleat_x509 *chain, cleat_error *err);

/* Appends the name as cleat_x509_facts writes it. */
CLEAT_MUST_USE cleat_status cl_x509_put_name(const X509_NAME *name, cl_buf *out);

#endif
