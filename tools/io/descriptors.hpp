// The number of descriptors that the process has open, and may open.
#pragma once

#include <cstdint>
#include <optional>

namespace tools::io {

/// Counts the open descriptors. nullopt: there is no /proc, or no descriptor left to read it with.
std::optional<std::uint64_t> open_descriptors();

/// Gives the number of descriptors, between 1 and `wanted`, that can be opened in addition to those
/// open now and `reserved` further ones. Raises the limit of the process if necessary.
std::uint64_t usable_descriptors(std::uint64_t wanted, std::uint64_t reserved = 0);

}  // namespace tools::io
