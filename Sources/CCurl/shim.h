// libcurl, and typed wrappers for those of its functions and macros that Swift cannot use.
#pragma once

// The type checks are macros over the variadic functions, which nobody here calls but the wrappers below.
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

typedef size_t (*ccurl_data_callback)(char *data, size_t size, size_t count, void *context);

static const long ccurl_global_default = CURL_GLOBAL_DEFAULT;
static const long ccurl_auth_basic = (long)CURLAUTH_BASIC;
/// CURLE_TOO_LARGE, which headers before libcurl 8.6 lack; the library that is there at run time may be newer than they are.
static const CURLcode ccurl_too_large = (CURLcode)100;

/// Never null; owned by libcurl.
static inline const curl_version_info_data *ccurl_version_info(void) { return curl_version_info(CURLVERSION_NOW); }

static inline CURLcode ccurl_easy_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the string. A null pointer sets the option back to "none".
static inline CURLcode ccurl_easy_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the bytes.
static inline CURLcode ccurl_easy_set_bytes(CURL *handle, CURLoption option, const void *bytes, size_t count) {
  struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
  return curl_easy_setopt(handle, option, &blob);
}

/// libcurl keeps the pointer.
static inline CURLcode ccurl_easy_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_easy_set_data_callback(CURL *handle, CURLoption option, ccurl_data_callback callback) {
  return curl_easy_setopt(handle, option, callback);
}

static inline CURLcode ccurl_easy_set_socket_options_callback(CURL *handle, curl_sockopt_callback callback) {
  return curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, callback);
}

/// Lets the handle speak http and https and nothing else.
static inline CURLcode ccurl_easy_allow_only_http(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500  // 7.85
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/// Lets a transfer end while its name is being resolved, without waiting for the resolver's thread.
static inline CURLcode ccurl_easy_abandon_resolver(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700  // 7.87; before, the thread is waited for
  return curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
  (void)handle;
  return CURLE_OK;
#endif
}

static inline CURLcode ccurl_easy_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
  return curl_multi_setopt(handle, option, value);
}

/// libcurl keeps the pointer.
static inline CURLMcode ccurl_multi_set_pointer(CURLM *handle, CURLMoption option, void *value) {
  return curl_multi_setopt(handle, option, value);
}

static inline CURLMcode ccurl_multi_set_socket_callback(CURLM *handle, curl_socket_callback callback) {
  return curl_multi_setopt(handle, CURLMOPT_SOCKETFUNCTION, callback);
}

static inline CURLMcode ccurl_multi_set_timer_callback(CURLM *handle, curl_multi_timer_callback callback) {
  return curl_multi_setopt(handle, CURLMOPT_TIMERFUNCTION, callback);
}
