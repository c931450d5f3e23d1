// libcurl. Options and informations count as functions of their own: "curl_easy_setopt(10002)".
#include "../../Sources/CCurl/shim.h"
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>

// libcurl's headers make macros of them, to count the arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

static struct fault take_option_fault(const char *function, int option, const void *caller) {
  char name[48];
  snprintf(name, sizeof name, "%s(%d)", function, option);
  return take_fault(name, caller);
}

WRAP(CURLcode, curl_global_init, (long flags), (flags))
WRAP(CURL *, curl_easy_init, (void), ())
WRAP(CURLM *, curl_multi_init, (void), ())
WRAP(CURLMcode, curl_multi_cleanup, (CURLM *multi), (multi))
WRAP(CURLMcode, curl_multi_add_handle, (CURLM *multi, CURL *easy), (multi, easy))
WRAP(CURLMcode, curl_multi_remove_handle, (CURLM *multi, CURL *easy), (multi, easy))
WRAP(CURLMcode, curl_multi_socket_action, (CURLM *multi, curl_socket_t socket, int readiness, int *running),
     (multi, socket, readiness, running))

/// Does not fail itself, but tells of a transfer that did: with the fault's value as its result.
CURLMsg *curl_multi_info_read(CURLM *multi, int *remaining) {
  CURLMsg *message = HIDDEN(curl_multi_info_read)(multi, remaining);
  if (!message || message->msg != CURLMSG_DONE) return message;
  struct fault fault = take_fault("curl_multi_info_read", CALLER);
  if (fault.is_instead) message->data.result = (CURLcode)fault.value;
  return message;
}

CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...) {
  struct fault fault = take_option_fault("curl_easy_setopt", option, CALLER);
  if (fault.is_instead) return (CURLcode)fault.value;
  va_list arguments;
  va_start(arguments, option);
  CURLcode result;
  switch (option / 10000 * 10000) {
  case CURLOPTTYPE_LONG: result = HIDDEN(curl_easy_setopt)(easy, option, va_arg(arguments, long)); break;
  case CURLOPTTYPE_OFF_T: result = HIDDEN(curl_easy_setopt)(easy, option, va_arg(arguments, curl_off_t)); break;
  default: result = HIDDEN(curl_easy_setopt)(easy, option, va_arg(arguments, void *));
  }
  va_end(arguments);
  return result;
}

CURLcode curl_easy_getinfo(CURL *easy, CURLINFO information, ...) {
  struct fault fault = take_option_fault("curl_easy_getinfo", information, CALLER);
  if (fault.is_instead) return (CURLcode)fault.value;
  va_list arguments;
  va_start(arguments, information);
  CURLcode result = HIDDEN(curl_easy_getinfo)(easy, information, va_arg(arguments, void *));
  va_end(arguments);
  return result;
}

CURLMcode curl_multi_setopt(CURLM *multi, CURLMoption option, ...) {
  struct fault fault = take_option_fault("curl_multi_setopt", option, CALLER);
  if (fault.is_instead) return (CURLMcode)fault.value;
  va_list arguments;
  va_start(arguments, option);
  CURLMcode result = option / 10000 * 10000 == CURLOPTTYPE_LONG
                         ? HIDDEN(curl_multi_setopt)(multi, option, va_arg(arguments, long))
                         : HIDDEN(curl_multi_setopt)(multi, option, va_arg(arguments, void *));
  va_end(arguments);
  return result;
}
