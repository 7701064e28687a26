// How many descriptors the process has, and may have.
#pragma once

#include <cstdint>
#include <optional>

namespace tools::io {

/// How many descriptors are open. Nothing: there is none left to find out with, or no /proc.
std::optional<std::uint64_t> open_descriptors();

/// How many of `wanted` descriptors there may be beside what is open now and `reserved` ones more:
/// at least one. If that takes it, the process is allowed as many as it can get.
std::uint64_t usable_descriptors(std::uint64_t wanted, std::uint64_t reserved = 0);

}  // namespace tools::io
