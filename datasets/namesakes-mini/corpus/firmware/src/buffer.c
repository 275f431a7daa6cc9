#include "buffer.h"

#include <string.h>

size_t buffer_append(struct buffer *buffer, const unsigned char *bytes, size_t count)
{
    size_t room = BUFFER_SIZE - buffer->used;
    size_t taken = count < room ? count : room;
    memcpy(buffer->bytes + buffer->used, bytes, taken);
    buffer->used += taken;
    return taken;
}

void buffer_clear(struct buffer *buffer)
{
    buffer->used = 0;
}
