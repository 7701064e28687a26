#include "chunk/net/duration.hpp"

namespace chunk::net {

std::string to_text(duration span) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  if (count % 1000 == 0) return std::to_string(count / 1000) + " s";
  return std::to_string(count) + " ms";
}

}  // namespace chunk::net
