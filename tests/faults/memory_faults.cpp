// Makes allocations of a program fail: a library for LD_PRELOAD.
//
// CHUNK_FAULT_AT=N        the Nth allocation fails, counted from 1; 0 or nothing: none
// CHUNK_FAULT_LASTING=1   all later ones fail as well
// CHUNK_FAULT_COUNT=FILE  the number of allocations so far is kept in the first 8 bytes of FILE
//
// Programs that the program starts are not affected.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* piece, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

constinit std::atomic<std::uint64_t> own_count = 0;
constinit std::atomic<std::uint64_t>* count = &own_count;
constinit std::uint64_t fails_at = 0;
constinit bool lasts = false;
constinit std::atomic<bool> prepared = false;

/// Shares the count with whoever reads the file.
void share_count(const char* path) {
  const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof own_count) != 0) return;
  void* const shared =
      ::mmap(nullptr, sizeof own_count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (shared != MAP_FAILED) count = static_cast<std::atomic<std::uint64_t>*>(shared);
}

/// Reads the environment, at the first allocation: that may come before any constructor.
void prepare() {
  if (prepared.exchange(true)) return;
  const char* const at = std::getenv("CHUNK_FAULT_AT");
  const char* const path = std::getenv("CHUNK_FAULT_COUNT");
  lasts = std::getenv("CHUNK_FAULT_LASTING") != nullptr;
  if (path) share_count(path);
  fails_at = at ? std::strtoull(at, nullptr, 10) : 0;
  ::unsetenv("LD_PRELOAD");
}

bool fails() {
  if (!prepared.load(std::memory_order_relaxed)) prepare();
  const auto number = ++*count;
  if (fails_at == 0 || (lasts ? number < fails_at : number != fails_at)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  return fails() ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t number, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(number, size);
}

void* realloc(void* piece, std::size_t size) {
  // Freeing does not fail.
  return size > 0 && fails() ? nullptr : __libc_realloc(piece, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void** piece, std::size_t alignment, std::size_t size) {
  if (fails()) return ENOMEM;
  *piece = __libc_memalign(alignment, size);
  return *piece ? 0 : ENOMEM;
}
}
