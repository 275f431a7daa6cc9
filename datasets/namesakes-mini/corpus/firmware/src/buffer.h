#ifndef PARCEL_BUFFER_H
#define PARCEL_BUFFER_H

#include <stddef.h>

#define BUFFER_SIZE 256

struct buffer {
    unsigned char bytes[BUFFER_SIZE];
    size_t used;
};

/* Appends bytes and returns how many of them fitted. */
size_t buffer_append(struct buffer *buffer, const unsigned char *bytes, size_t count);

/* Forgets everything that was appended. */
void buffer_clear(struct buffer *buffer);

#endif
