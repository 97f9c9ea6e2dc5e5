/* The table that joins RFC 4254 §8's opcodes to termios, and the walk over it each way. */
#include "term_modes.h"

#include <unistd.h>

enum {
    OP_END = 0,
    OP_FIRST_UNKNOWN = 160, /* from here on the argument's size is undefined */
    OP_ISPEED = 128,
    OP_OSPEED = 129,
    OP_SIZE = 5,         /* opcode and uint32 */
    CHAR_DISABLED = 255, /* how the RFC spells _POSIX_VDISABLE */
};

typedef enum field { FIELD_CHAR, FIELD_INPUT, FIELD_OUTPUT, FIELD_LOCAL, FIELD_CONTROL } field;

/* `mask` is what the value is chosen within; character sizes share theirs. */
typedef struct mode_row {
    uint8_t opcode;
    field where;
    tcflag_t value; /* the flag, or the index into c_cc */
    tcflag_t mask;
} mode_row;

#define CHAR(opcode, index)                                                                        \
    {                                                                                              \
        (opcode), FIELD_CHAR, (index), 0                                                           \
    }
#define FLAG(opcode, where, flag)                                                                  \
    {                                                                                              \
        (opcode), (where), (flag), (flag)                                                          \
    }

static const mode_row rows[] = {
    CHAR(1, VINTR),
    CHAR(2, VQUIT),
    CHAR(3, VERASE),
    CHAR(4, VKILL),
    CHAR(5, VEOF),
    CHAR(6, VEOL),
    CHAR(7, VEOL2),
    CHAR(8, VSTART),
    CHAR(9, VSTOP),
    CHAR(10, VSUSP),
#ifdef VDSUSP
    CHAR(11, VDSUSP),
#endif
    CHAR(12, VREPRINT),
    CHAR(13, VWERASE),
    CHAR(14, VLNEXT),
#ifdef VSWTC
    CHAR(16, VSWTC),
#endif
#ifdef VSTATUS
    CHAR(17, VSTATUS),
#endif
    CHAR(18, VDISCARD),
    FLAG(30, FIELD_INPUT, IGNPAR),
    FLAG(31, FIELD_INPUT, PARMRK),
    FLAG(32, FIELD_INPUT, INPCK),
    FLAG(33, FIELD_INPUT, ISTRIP),
    FLAG(34, FIELD_INPUT, INLCR),
    FLAG(35, FIELD_INPUT, IGNCR),
    FLAG(36, FIELD_INPUT, ICRNL),
#ifdef IUCLC
    FLAG(37, FIELD_INPUT, IUCLC),
#endif
    FLAG(38, FIELD_INPUT, IXON),
    FLAG(39, FIELD_INPUT, IXANY),
    FLAG(40, FIELD_INPUT, IXOFF),
#ifdef IMAXBEL
    FLAG(41, FIELD_INPUT, IMAXBEL),
#endif
#ifdef IUTF8
    FLAG(42, FIELD_INPUT, IUTF8), /* RFC 8160 */
#endif
    FLAG(50, FIELD_LOCAL, ISIG),
    FLAG(51, FIELD_LOCAL, ICANON),
#ifdef XCASE
    FLAG(52, FIELD_LOCAL, XCASE),
#endif
    FLAG(53, FIELD_LOCAL, ECHO),
    FLAG(54, FIELD_LOCAL, ECHOE),
    FLAG(55, FIELD_LOCAL, ECHOK),
    FLAG(56, FIELD_LOCAL, ECHONL),
    FLAG(57, FIELD_LOCAL, NOFLSH),
    FLAG(58, FIELD_LOCAL, TOSTOP),
    FLAG(59, FIELD_LOCAL, IEXTEN),
    FLAG(60, FIELD_LOCAL, ECHOCTL),
    FLAG(61, FIELD_LOCAL, ECHOKE),
    FLAG(62, FIELD_LOCAL, PENDIN),
    FLAG(70, FIELD_OUTPUT, OPOST),
#ifdef OLCUC
    FLAG(71, FIELD_OUTPUT, OLCUC),
#endif
    FLAG(72, FIELD_OUTPUT, ONLCR),
    FLAG(73, FIELD_OUTPUT, OCRNL),
    FLAG(74, FIELD_OUTPUT, ONOCR),
    FLAG(75, FIELD_OUTPUT, ONLRET),
    {90, FIELD_CONTROL, CS7, CSIZE},
    {91, FIELD_CONTROL, CS8, CSIZE},
    FLAG(92, FIELD_CONTROL, PARENB),
    FLAG(93, FIELD_CONTROL, PARODD),
};

static const struct {
    speed_t code;
    uint32_t baud;
} speeds[] = {
    {B50, 50},       {B75, 75},         {B110, 110},       {B134, 134},     {B150, 150},
    {B200, 200},     {B300, 300},       {B600, 600},       {B1200, 1200},   {B1800, 1800},
    {B2400, 2400},   {B4800, 4800},     {B9600, 9600},     {B19200, 19200}, {B38400, 38400},
    {B57600, 57600}, {B115200, 115200}, {B230400, 230400},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static tcflag_t *flags_of(struct termios *tio, field where)
{
    switch (where) {
    case FIELD_INPUT:
        return &tio->c_iflag;
    case FIELD_OUTPUT:
        return &tio->c_oflag;
    case FIELD_LOCAL:
        return &tio->c_lflag;
    default:
        return &tio->c_cflag;
    }
}

/* ---- Wire to termios ------------------------------------------------------------------------- */

static void apply_speed(struct termios *tio, uint8_t opcode, uint32_t baud)
{
    for (size_t i = 0; i < COUNT(speeds); i++) {
        if (speeds[i].baud != baud)
            continue;
        if (opcode == OP_ISPEED)
            cfsetispeed(tio, speeds[i].code);
        else
            cfsetospeed(tio, speeds[i].code);
    }
}

static void apply_row(struct termios *tio, const mode_row *row, uint32_t argument)
{
    if (row->where == FIELD_CHAR) {
        tio->c_cc[row->value] = argument == CHAR_DISABLED ? _POSIX_VDISABLE : (cc_t)argument;
        return;
    }
    tcflag_t *flags = flags_of(tio, row->where);
    if (argument)
        *flags = (*flags & ~row->mask) | row->value;
    else if (row->mask != CSIZE) /* no size is not a size */
        *flags &= ~row->mask;
}

static void apply_one(struct termios *tio, uint8_t opcode, uint32_t argument)
{
    if (opcode == OP_ISPEED || opcode == OP_OSPEED) {
        apply_speed(tio, opcode, argument);
        return;
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].opcode == opcode)
            apply_row(tio, &rows[i], argument);
    }
}

void port_modes_apply(struct termios *tio, cleat_slice encoded)
{
    const uint8_t *at = encoded.data;
    for (size_t left = encoded.len; left >= OP_SIZE; left -= OP_SIZE, at += OP_SIZE) {
        if (at[0] == OP_END || at[0] >= OP_FIRST_UNKNOWN)
            return;
        uint32_t argument = 0;
        for (int i = 1; i < OP_SIZE; i++)
            argument = argument * 256 + at[i];
        apply_one(tio, at[0], argument);
    }
}

/* ---- Termios to wire ------------------------------------------------------------------------- */

static uint32_t baud_of(speed_t code)
{
    for (size_t i = 0; i < COUNT(speeds); i++) {
        if (speeds[i].code == code)
            return speeds[i].baud;
    }
    return 9600;
}

static uint32_t value_of(const struct termios *tio, const mode_row *row)
{
    if (row->where == FIELD_CHAR) {
        cc_t c = tio->c_cc[row->value];
        return c == _POSIX_VDISABLE ? CHAR_DISABLED : c;
    }
    struct termios copy = *tio;
    return (*flags_of(&copy, row->where) & row->mask) == row->value;
}

static size_t put(uint8_t *out, uint8_t opcode, uint32_t argument)
{
    out[0] = opcode;
    out[1] = (uint8_t)(argument >> 24);
    out[2] = (uint8_t)(argument >> 16);
    out[3] = (uint8_t)(argument >> 8);
    out[4] = (uint8_t)argument;
    return OP_SIZE;
}

size_t port_modes_encode(const struct termios *tio, uint8_t *out, size_t room)
{
    size_t len = 0;
    if (room >= (COUNT(rows) + 2) * OP_SIZE + 1) {
        len += put(out + len, OP_OSPEED, baud_of(cfgetospeed(tio)));
        len += put(out + len, OP_ISPEED, baud_of(cfgetispeed(tio)));
        for (size_t i = 0; i < COUNT(rows); i++)
            len += put(out + len, rows[i].opcode, value_of(tio, &rows[i]));
    }
    out[len++] = OP_END;
    return len;
}
