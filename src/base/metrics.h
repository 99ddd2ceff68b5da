/* Counters that any thread may read while one writes: relaxed atomics, no locks. */
#ifndef WEIR_BASE_METRICS_H
#define WEIR_BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

typedef _Atomic uint64_t weir_counter;

static inline void weir_counter_add(weir_counter *counter, uint64_t more)
{
    /* One writer thread a counter: a load and a store are enough, no locked instruction. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

static inline uint64_t weir_counter_get(const weir_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
