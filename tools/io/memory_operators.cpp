// The operators new and delete of a tool, which fall back on a reserve. Not with a sanitizer, which
// has its own.
#include "io/memory_reserve.hpp"

#include <cstddef>
#include <new>

void* operator new(std::size_t size) {
  return tools::io::allocate(size);
}

void* operator new[](std::size_t size) {
  return tools::io::allocate(size);
}

void operator delete(void* piece) noexcept {
  tools::io::release(piece);
}

void operator delete[](void* piece) noexcept {
  tools::io::release(piece);
}

void operator delete(void* piece, std::size_t) noexcept {
  tools::io::release(piece);
}

void operator delete[](void* piece, std::size_t) noexcept {
  tools::io::release(piece);
}
