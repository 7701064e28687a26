#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

namespace chunk {

std::string name_of(const id& value) {
  return value.size() == 0 ? "a chunk" : to_text(value);
}

error truncated_header(const header_reading& front, std::uint64_t offset, std::size_t there) {
  const auto& id = front.head.id;
  const bool whole = id.form && front.has_id();
  const auto shown = whole ? to_text(id) : escaped(std::span(id.bytes).first(front.id_size));
  return {errc::truncated,
          fmt::format("truncated at byte {:#x}: {}{}a header has {} bytes, {} are there", offset,
                      shown, id.form && front.id_size == 0 ? "" : ": ", front.size, there)};
}

error truncated_payload(const header& head, std::uint64_t offset, std::uint64_t there) {
  return {errc::truncated,
          fmt::format("truncated at byte {:#x}: {} declares {} bytes, {} are there", offset,
                      name_of(head.id), head.length, there)};
}

error no_header(std::span<const std::byte> bytes, std::uint64_t offset) {
  return {errc::violation, fmt::format("no header at byte {:#x}: {}", offset, escaped(bytes))};
}

}  // namespace chunk
