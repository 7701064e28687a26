#include "script/language/words.hpp"

#include <chunk/error.hpp>

#include <fmt/core.h>

#include <chrono>

namespace tools::script {

std::string counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string message_of(const std::error_code& code) {
  return chunk::to_text(chunk::error{code, {}});
}

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most);
  return text + "...";
}

std::string measured(chunk::net::duration span) {
  const auto seconds = std::chrono::duration<double>(span).count();
  if (seconds >= 1) return fmt::format("{:.3f} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds >= 1e-6 || seconds == 0) return fmt::format("{:.0f} us", seconds * 1e6);
  return fmt::format("{:.0f} ns", seconds * 1e9);
}

}  // namespace tools::script
