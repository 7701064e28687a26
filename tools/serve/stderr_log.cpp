#include "serve/stderr_log.hpp"

#include <utility>
#include <vector>

namespace tools::serve {
namespace {

/// Longer lines are split. Chosen.
constexpr std::size_t longest_line = 1024;

}  // namespace

void stderr_log::put() {
  if (line_.empty()) return;
  auto entry = start_;
  to_.write(entry.add("text", std::exchange(line_, {})));
}

void stderr_log::add(std::span<const std::byte> bytes) {
  for (const auto each : bytes) {
    const auto letter = static_cast<char>(each);
    if (letter != '\n') line_ += letter;
    if (letter == '\n' || line_.size() == longest_line) put();
  }
}

asio::awaitable<void> stderr_log::follow(io::child& from) {
  std::vector<std::byte> room(4096);  // chosen: some lines
  for (;;) {
    const auto count = co_await from.read_errors(room);
    if (count == 0) break;
    add(std::span(room).first(count));
  }
}

}  // namespace tools::serve
