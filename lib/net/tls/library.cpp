#include "library.hpp"

#include <chunk/error.hpp>

#include <dlfcn.h>

#include <string>
#include <system_error>

namespace chunk::net {
namespace {

static_assert(OPENSSL_VERSION_MAJOR == 3, "the names of the shared libraries are those of 3");

[[noreturn]] void fail_to_load(const std::string& what) {
  const char* reason = ::dlerror();
  throw local_failure(error{std::make_error_code(std::errc::not_supported),
                            "no TLS: " + (reason ? std::string(reason) : what)});
}

}  // namespace

loaded_library::loaded_library(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
  if (!handle_) fail_to_load(name);
}

loaded_library::symbol loaded_library::find(const char* name) const {
  void* const found = ::dlsym(handle_, name);
  if (!found) fail_to_load(name);
  return {found};
}

const openssl& openssl::get() {
  static const openssl all;
  return all;
}

}  // namespace chunk::net
