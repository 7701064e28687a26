// Makes a mistake that a hardened program does not survive. It is compiled as everything else is.
//
// hardening_probe copy|stack SIZE
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

constexpr std::size_t room = 16;

/// Writes `size` bytes to where there is room for 16. Returns: the last of them
[[gnu::noinline]] int copy(std::size_t size) {
  char to[room];
  char from[4 * room] = {1};
  std::memcpy(to, from, size);
  return to[size - 1];
}

/// The same, in a way that the library does not see.
[[gnu::noinline]] int stack(std::size_t size) {
  char to[room];
  char* volatile begin = to;
  for (std::size_t at = 0; at < size; ++at) begin[at] = 1;
  return to[0];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto size = static_cast<std::size_t>(std::atoi(argv[2]));
  const int last = std::string_view(argv[1]) == "copy" ? copy(size) : stack(size);
  return last < 0 ? 1 : 0;
}
