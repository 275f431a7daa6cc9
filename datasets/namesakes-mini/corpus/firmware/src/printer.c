#include "buffer.h"

#include <stdio.h>

static struct buffer pending;

/* Sends the buffered dots to the print head. */
static void flush(FILE *head)
{
    fwrite(pending.bytes, 1, pending.used, head);
    buffer_clear(&pending);
}

/* Prints one row of dots, emptying the buffer when it is full. */
int printer_row(FILE *head, const unsigned char *dots, size_t count)
{
    size_t taken = buffer_append(&pending, dots, count);
    if (taken < count) {
        flush(head);
        taken += buffer_append(&pending, dots + taken, count - taken);
    }
    return taken == count ? 0 : -1;
}

/* Feeds the paper and leaves nothing in the buffer. */
void printer_close(FILE *head)
{
    flush(head);
    fputc('\f', head);
}
