/* A wire that damages one packet of a pair's dialogue. Where packets begin is told by the sending
 * engine itself: the linker replaces cl_tx_send. */
#ifndef TESTS_TORTURE_WIRE_H
#define TESTS_TORTURE_WIRE_H

#include "support/pair.h"

typedef enum wire_fault {
    WIRE_NONE,
    WIRE_FLIP,      /* one bit */
    WIRE_LOSE,      /* some bytes in the middle */
    WIRE_DROP,      /* a whole packet */
    WIRE_DUPLICATE, /* a packet comes twice in a row */
    WIRE_REPLAY,    /* and a second time later on */
    WIRE_REORDER,   /* a packet comes after the next one */
    WIRE_FAULTS
} wire_fault;

enum { WIRE_PACKET_MAX = 8 << 10 };

typedef struct wire_packet {
    unsigned char bytes[WIRE_PACKET_MAX];
    size_t len;
} wire_packet;

typedef struct wire {
    wire_fault fault;
    unsigned at;    /* which packet: counted over both ways, identification lines included */
    uint32_t noise; /* where in it */

    /* what happened */
    unsigned packets;     /* carried so far */
    unsigned each_way[2]; /* by direction, lines not counted; [1] to the server */
    bool done;            /* the fault took place ... */
    bool to_server;       /* ... in this direction ... */
    bool sealed;          /* ... in a packet under keys */
    bool seen;            /* bytes came after it that the receiver cannot take for a good packet */
    unsigned good;        /* packets of this direction that a receiver may accept */
    wire_packet held;     /* to be sent later */
    unsigned held_for;    /* that many packets of this direction */
} wire;

/* Before each run. */
void wire_reset(wire *w, wire_fault fault, unsigned at, uint32_t noise);

/* pair_setup.on_wire, with the wire as its user. */
void wire_carry(pair *p, bool to_server, uint8_t *bytes, size_t *len, size_t room);

#endif
