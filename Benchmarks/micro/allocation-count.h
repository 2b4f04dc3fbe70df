// How many times the process has asked for memory.
#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

unsigned long allocation_count(void);

#endif
