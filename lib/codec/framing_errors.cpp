#include "framing_errors.hpp"

#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace chunk {
namespace {

error truncated(std::uint64_t offset, std::string_view what) {
  return {errc::truncated, fmt::format("truncated at byte {:#x}: {}", offset, what)};
}

std::string missing_payload(const header& head, std::uint64_t there) {
  return fmt::format("{} declares {} bytes, {} are there", name_of(head.id), head.length, there);
}

std::string missing_tail(const id& value) {
  return fmt::format("{}: the bytes behind the payload are missing", name_of(value));
}

}  // namespace

std::string name_of(const id& value) {
  return value.size() == 0 ? "a chunk" : to_text(value);
}

error truncated_header(const header_reading& front, std::uint64_t offset, std::size_t there) {
  const auto& id = front.head.id;
  const bool whole = id.form && front.has_id();
  const auto shown = whole ? to_text(id) : escaped(std::span(id.bytes).first(front.id_size));
  return truncated(offset,
                   fmt::format("{}{}a header has {} bytes, {} are there", shown,
                               id.form && front.id_size == 0 ? "" : ": ", front.size, there));
}

error truncated_payload(const header& head, std::uint64_t offset, std::uint64_t there) {
  return truncated(offset, missing_payload(head, there));
}

error truncated_tail(const id& value, std::uint64_t offset) {
  return truncated(offset, missing_tail(value));
}

std::string missing_part(const header_reading& front, std::uint64_t there) {
  const auto payload = there - std::min<std::uint64_t>(there, front.size);
  return payload < front.head.length ? missing_payload(front.head, payload)
                                     : missing_tail(front.head.id);
}

error truncated_chunk(const header_reading& front, std::uint64_t offset, std::uint64_t there) {
  return truncated(offset, missing_part(front, there));
}

error too_long(const header& head, std::uint64_t offset, std::uint64_t max_payload) {
  return {errc::too_large,
          fmt::format("too large at byte {:#x}: {} has no length and more bytes than the {} that "
                      "are allowed",
                      offset, name_of(head.id), max_payload)};
}

std::string misfit_reason(const header_reading& front, std::uint64_t left,
                          std::span<const std::byte> bytes) {
  switch (front.is) {
    case header_reading::state::partial:
      return fmt::format("{} bytes are left, too few for a subchunk", left);
    case header_reading::state::malformed:
      return "no header of a subchunk: " +
             escaped(bytes.first(std::min<std::size_t>(front.size, bytes.size())));
    case header_reading::state::whole: return missing_part(front, left);
  }
  return {};
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
