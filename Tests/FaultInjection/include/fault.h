// Lets one call of a C function fail, in a program that this library is preloaded into (LD_PRELOAD). For tests only.
//
// AVISO_ECPDS_FAULT_CONTROL names a file. Whenever it is there, the next call that passes here reads it, removes it and forgets
// what it knew before; each of its lines is one fault:
//
//   FUNCTION NUMBER VALUE [performed]
//
// The NUMBERth call of the function from now on fails with VALUE: what it returns, or its errno, or the broker's reply code. With
// "performed" it does its work first, as a function does that fails at its end. What came of it is added to the file of that name
// with ".report": one line for each function that is called for the first time since then ("called FUNCTION"), and one for each
// fault ("failed FUNCTION VALUE").
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct fault {
  /// The call must not be made.
  bool is_instead;
  /// The call must be made, and its result replaced.
  bool is_performed;
  intptr_t value;
};

/// Counts a call and says how it fails, if it does. A call that the program did not make itself, but a library, never does.
struct fault take_fault(const char *function, const void *caller);

/// Where a wrapper was called from.
#define CALLER __builtin_return_address(0)

/// The function of that name that this library hides.
void *hidden_function(const char *name);

#define HIDDEN(name) ((__typeof__(&name))hidden_function(#name))

/// Defines a function that forwards to the hidden one of its name, or fails with the fault's value as its result.
#define WRAP(type, name, parameters, arguments)                     \
  type name parameters {                                            \
    struct fault fault = take_fault(#name, CALLER);                      \
    if (fault.is_instead) return (type)fault.value;                 \
    type result = HIDDEN(name) arguments;                           \
    return fault.is_performed ? (type)fault.value : result;         \
  }
