#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

/// How often the calling thread has asked for memory so far; always 0 under a sanitizer, which has an allocator of its own.
unsigned long allocation_count(void);

#endif
