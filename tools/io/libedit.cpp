#include "io/libedit.hpp"

#include <dlfcn.h>

namespace tools::io {
namespace {

/// Its names: that of Debian, and that of others.
constexpr const char* libedit_names[] = {"libedit.so.2", "libedit.so.0"};

template <class Function>
bool find_in(void* library, const char* name, Function*& out) {
  out = reinterpret_cast<Function*>(::dlsym(library, name));
  return out != nullptr;
}

}  // namespace

const libedit* libedit::get() {
  static libedit all;
  static const bool loaded = all.load();
  return loaded ? &all : nullptr;
}

bool libedit::load() {
  void* library = nullptr;
  for (const auto* const each : libedit_names) {
    if (!library) library = ::dlopen(each, RTLD_NOW | RTLD_LOCAL);
  }
  if (!library) return false;
  bool out = true;
#define CHUNK_FUNCTION(name) out = find_in(library, #name, name) && out
  CHUNK_FUNCTION(el_init);
  CHUNK_FUNCTION(el_end);
  CHUNK_FUNCTION(el_source);
  CHUNK_FUNCTION(el_wgets);
  CHUNK_FUNCTION(el_wpush);
  CHUNK_FUNCTION(el_wset);
  CHUNK_FUNCTION(el_wget);
  CHUNK_FUNCTION(el_wline);
  CHUNK_FUNCTION(el_winsertstr);
  CHUNK_FUNCTION(el_deletestr);
  CHUNK_FUNCTION(el_cursor);
  CHUNK_FUNCTION(el_resize);
  CHUNK_FUNCTION(history_winit);
  CHUNK_FUNCTION(history_wend);
  CHUNK_FUNCTION(history_w);
#undef CHUNK_FUNCTION
  return out;
}

}  // namespace tools::io
