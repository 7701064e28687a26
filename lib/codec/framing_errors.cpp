#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>

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

std::string misfit_reason(const header_reading& front, std::uint64_t left,
                          std::span<const std::byte> bytes) {
  switch (front.is) {
    case header_reading::state::partial:
      return fmt::format("{} bytes are left, too few for a subchunk", left);
    case header_reading::state::malformed:
      return "no header of a subchunk: " +
             escaped(bytes.first(std::min<std::size_t>(front.size, bytes.size())));
    case header_reading::state::whole: break;
  }
  const auto there = left - std::min<std::uint64_t>(left, front.size);
  const auto name = name_of(front.head.id);
  if (!front.open && there >= front.head.length) {
    return name + ": the bytes behind the payload are missing";
  }
  return fmt::format("{} declares {} bytes, {} are there", name, front.head.length, there);
}

std::string prefix_reason(std::size_t size, std::size_t there) {
  return fmt::format("{} bytes stand before the subchunks, {} are there", size, there);
}

std::string place_in(const id& container, std::uint64_t offset) {
  return fmt::format("in {} at byte {:#x}: ", name_of(container), offset);
}

error no_header(std::span<const std::byte> bytes, std::uint64_t offset) {
  return {errc::violation, fmt::format("no header at byte {:#x}: {}", offset, escaped(bytes))};
}

}  // namespace chunk
