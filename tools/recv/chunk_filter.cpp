#include "recv/chunk_filter.hpp"

#include <fmt/core.h>

namespace tools::recv {

std::string chunk_filter::totals() const {
  return fmt::format("{} chunk{}, {} bytes of payload", count_, count_ == 1 ? "" : "s", bytes_);
}

}  // namespace tools::recv
