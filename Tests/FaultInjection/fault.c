#define _GNU_SOURCE
#include "fault.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { MAXIMUM_FAULTS = 16, MAXIMUM_FUNCTIONS = 256, MAXIMUM_NAME = 64 };

static struct {
  char function[MAXIMUM_NAME];
  long number;
  intptr_t value;
  bool is_performed;
} faults[MAXIMUM_FAULTS];
static int fault_count;

/// The functions that were called since the faults were read.
static char called[MAXIMUM_FUNCTIONS][MAXIMUM_NAME];
static int called_count;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noreturn)) static void give_up(const char *what) {
  fprintf(stderr, "fault injection: %s\n", what);
  _exit(70);
}

static void read_control(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  char text[4096];
  ssize_t length = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  if (length < 0 || unlink(path) != 0) give_up("the control file cannot be read or removed");
  text[length] = 0;
  fault_count = called_count = 0;
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n"));) {
    if (!*line) continue;
    if (fault_count == MAXIMUM_FAULTS) give_up("too many faults");
    long value;
    char performed[16] = "";
    int fields = sscanf(line, "%63s %ld %ld %15s", faults[fault_count].function, &faults[fault_count].number, &value, performed);
    if (fields < 3 || (fields == 4 && strcmp(performed, "performed") != 0)) give_up("a line of the control file is no fault");
    faults[fault_count].value = value;
    faults[fault_count].is_performed = fields == 4;
    fault_count++;
  }
}

static void report(const char *path, const char *line) {
  char name[4096];
  snprintf(name, sizeof name, "%s.report", path);
  int descriptor = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ssize_t length = (ssize_t)strlen(line);
  if (descriptor < 0 || write(descriptor, line, (size_t)length) != length) give_up("the report cannot be written");
  close(descriptor);
}

static void note_call(const char *path, const char *function) {
  for (int i = 0; i < called_count; i++) {
    if (strcmp(called[i], function) == 0) return;
  }
  if (called_count == MAXIMUM_FUNCTIONS) give_up("too many functions");
  snprintf(called[called_count++], MAXIMUM_NAME, "%s", function);
  char line[MAXIMUM_NAME + 16];
  snprintf(line, sizeof line, "called %s\n", function);
  report(path, line);
}

static bool is_in_program(const void *address) {
  Dl_info program, origin;
  return dladdr((void *)getauxval(AT_ENTRY), &program) && dladdr(address, &origin) && program.dli_fbase == origin.dli_fbase;
}

struct fault take_fault(const char *function, const void *caller) {
  struct fault result = {0};
  const char *path = getenv("AVISO_ECPDS_FAULT_CONTROL");
  if (!path || !is_in_program(caller)) return result;
  pthread_mutex_lock(&mutex);
  read_control(path);
  note_call(path, function);
  for (int i = 0; i < fault_count; i++) {
    if (strcmp(faults[i].function, function) != 0 || --faults[i].number != 0) continue;
    result = (struct fault){!faults[i].is_performed, faults[i].is_performed, faults[i].value};
    char line[MAXIMUM_NAME + 48];
    snprintf(line, sizeof line, "failed %s %ld\n", function, (long)result.value);
    report(path, line);
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

void *hidden_function(const char *name) {
  void *function = dlsym(RTLD_NEXT, name);
  if (!function) give_up(name);
  return function;
}
