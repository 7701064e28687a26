#include "chunk/framing.hpp"

#include "byte_order.hpp"
#include "chunk_header.hpp"
#include "framed_decoder.hpp"
#include "framing_definition.hpp"
#include "framing_errors.hpp"

#include <chunk/decimal.hpp>
#include <chunk/escape.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace chunk {
namespace {

header_reading read_chunk_header(std::span<const std::byte> bytes) noexcept {
  header_reading out;
  out.size = chunk_header_size;
  if (bytes.size() >= chunk_header_size) {
    const auto whole = bytes.first<chunk_header_size>();
    out.is = header_reading::state::whole;
    out.id_size = chunk_id_size;
    load_chunk_id(whole, out.head.id);
    out.head.length = out.value = load_chunk_length(whole);
    return out;
  }
  const auto there = std::min(bytes.size(), chunk_id_size);
  std::copy_n(bytes.begin(), there, out.head.id.bytes.begin());
  out.id_size = static_cast<std::uint8_t>(there);
  return out;
}

void write_chunk_header(const header& value, std::span<std::byte> out) noexcept {
  std::copy_n(value.id.bytes.begin(), chunk_id_size, out.begin());
  store_little_endian<std::uint32_t>(static_cast<std::uint32_t>(value.length),
                                     out.subspan<chunk_id_size, chunk_length_size>());
}

header header_of(const chunk_view& value) noexcept {
  return {value.id, value.payload.size(), value.front};
}

/// Says whether `front` is the header of the same chunk, so that it can be written again as it is.
bool declares(const framing_definition& how, const header& value) {
  if (value.front.empty()) return false;
  const auto found = how.read_again(value.id, value.front);
  if (found.is != header_reading::state::whole || found.size != value.front.size()) return false;
  const auto length = found.open ? value.length : found.head.length;
  return found.head.id == value.id && length == value.length;
}

/// Writes a header of a framing that a protocol file describes. A length that none can declare is
/// written as 0; can_declare() tells.
std::vector<std::byte> make_header(const framing_definition& how, const header& value) {
  std::vector<std::byte> out;
  if (declares(how, value)) {
    out.assign(value.front.begin(), value.front.end());
    return out;
  }
  std::vector<field_setting> set;
  if (how.has_front(value)) set = how.layout_of(value.id).fields_of(value.front);
  if (!how.append_header(out, value.id, value.length, std::nullopt, set)) {
    how.append_header(out, value.id, value.length, 0, set);
  }
  return out;
}

/// Writes a payload behind its header into `out`, and gives the bytes of both.
inline std::size_t write_payload(std::span<const std::byte> payload, std::size_t header_size,
                                 std::span<std::byte> out) noexcept {
  // In GCC 12, std::ranges::copy() would copy byte by byte.
  std::copy(payload.begin(), payload.end(), out.subspan(header_size).begin());
  return header_size + payload.size();
}

/// What has a meaning in the notation behind the name of a field.
constexpr escape_set field_escapes{"%:=,@#> {}"};

[[gnu::cold, gnu::noinline]] result<field_setting> bad_field(std::string reason) {
  return tl::unexpected(error{errc::bad_notation, std::move(reason)});
}

[[gnu::cold]] std::string no_field(std::string_view name, std::span<const std::string_view> known) {
  auto out = fmt::format("no field '{}'", quoted(name));
  for (std::size_t at = 0; at < known.size(); ++at) {
    if (at == 0) out += known.size() == 1 ? "; there is " : "; there are ";
    if (at > 0) out += at + 1 < known.size() ? ", " : " and ";
    out += known[at];
  }
  return out;
}

}  // namespace

std::string header_field::text() const {
  return number ? std::to_string(*number) : escaped(bytes, field_escapes);
}

// --- the framing ---

const id_form* framing::ids() const noexcept {
  return definition ? &definition->ids : nullptr;
}

header_reading framing::read_header(std::span<const std::byte> bytes, bool opens) const noexcept {
  return definition ? definition->read(bytes, opens) : read_chunk_header(bytes);
}

std::size_t framing::largest_header() const noexcept {
  return definition ? definition->longest_header() : chunk_header_size;
}

std::size_t framing::header_size(const header& value) const {
  if (!definition) return chunk_header_size;
  return definition->makes_plain(value) ? definition->header.longest()
                                        : make_header(*definition, value).size();
}

void framing::write_header(const header& value, std::span<std::byte> out) const {
  if (!definition) return write_chunk_header(value, out);
  if (definition->makes_plain(value)) return definition->write_plain(value, out);
  const auto made = make_header(*definition, value);
  std::copy(made.begin(), made.end(), out.begin());
}

bool framing::can_declare(const header& value) const {
  if (!definition) return value.length <= max_length;
  if (declares(*definition, value)) return true;
  std::vector<std::byte> ignored;
  return definition->append_header(ignored, value.id, value.length, std::nullopt, {});
}

std::uint64_t framing::greatest_length(const id& of) const noexcept {
  return definition ? greatest_number(definition->layout_of(of).length_type()) : max_length;
}

std::vector<header_field> framing::fields(const header& value) const {
  std::vector<header_field> out;
  const auto front = value.front;
  if (!definition || (!front.empty() && !definition->has_front(value))) return out;
  const auto& layout = definition->layout_of(value.id);
  for (std::size_t at = 0; at < layout.items().size(); ++at) {
    const auto& each = layout.items()[at];
    if (each.is != header_item::role::field) continue;
    const auto bytes =
        front.empty() ? std::span<const std::byte>(each.bytes) : layout.item(at, front);
    header_field field{each.name, at, std::ranges::equal(bytes, each.bytes), std::nullopt, bytes};
    if (each.number) {
      // Digits are whole only when something follows them.
      std::vector<std::byte> ended(bytes.begin(), bytes.end());
      ended.push_back(std::byte{0});
      field.number = read_number(*each.number, ended).value;
    }
    out.push_back(field);
  }
  return out;
}

result<field_setting> framing::parse_field(const id& of, std::string_view name,
                                           std::string_view text) const {
  std::vector<std::string_view> known;
  const auto items =
      definition ? std::span(definition->layout_of(of).items()) : std::span<const header_item>{};
  for (std::size_t at = 0; at < items.size(); ++at) {
    const auto& each = items[at];
    if (each.is != header_item::role::field) continue;
    if (each.name != name) {
      known.emplace_back(each.name);
      continue;
    }
    field_setting out{at, {}};
    if (each.number) {
      const auto value = parse_unsigned(text);
      const auto most = greatest_number(*each.number);
      if (!value) {
        return bad_field(fmt::format("{}= '{}' is not a whole number", name, quoted(text)));
      }
      if (*value > most) return bad_field(fmt::format("{}= {} is above {}", name, *value, most));
      out.bytes.resize(number_size(*each.number, *value));
      write_number(*each.number, *value, out.bytes);
      return out;
    }
    auto bytes = unescape(text);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->size() != each.size) {
      return bad_field(fmt::format("{}= needs {} bytes, not {}", name, each.size, bytes->size()));
    }
    out.bytes = std::move(*bytes);
    return out;
  }
  return bad_field(no_field(name, known));
}

bool framing::has_fields(const id& of) const noexcept {
  return definition && std::ranges::any_of(definition->layout_of(of).items(), [](const auto& each) {
           return each.is == header_item::role::field;
         });
}

bool framing::is_recognizable() const noexcept {
  return !definition || definition->header.has_id() || definition->header.has_literal();
}

framing::preamble framing::start() const noexcept {
  if (!definition) return {};
  const auto& known = definition->start_of(side);
  return {known.bytes, known.size()};
}

std::size_t framing::depth() const noexcept {
  return definition ? definition->depth : 1;
}

bool framing::preamble::fits(std::span<const std::byte> front) const {
  const auto shared = std::min(front.size(), bytes.size());
  return std::ranges::equal(front.first(shared), bytes.first(shared));
}

std::optional<framing> find_side(const framing& how, std::span<const std::byte> bytes, bool ended) {
  const auto* known = how.definition;
  if (!known || how.side != stream_side::unknown || known->starts_alike()) return how;
  const auto client = how.of(stream_side::client);
  const auto server = how.of(stream_side::server);
  for (const auto& each : {client, server}) {
    const auto start = each.start();
    if (start.bytes.empty() || !start.fits(bytes)) continue;
    if (bytes.size() >= start.count) return each;
    if (!ended) return std::nullopt;
  }
  const bool only_server = client.start().bytes.empty() && !server.start().bytes.empty();
  return only_server ? client : server;
}

// --- encoding ---

std::vector<std::byte> encode(const header& value, const framing& how) {
  std::vector<std::byte> out;
  append(out, value, how);
  return out;
}

std::size_t encoded_size(const chunk_view& value, const framing& how) {
  const auto size = value.payload.size();
  if (!how.definition) return chunk_header_size + size;
  const auto head = header_of(value);
  if (how.definition->makes_plain(head)) return how.definition->header.longest() + size;
  const auto front = make_header(*how.definition, head);
  return front.size() + size +
         static_cast<std::size_t>(how.definition->tail_size(value.id, front, size));
}

std::size_t encode(const chunk_view& value, std::span<std::byte> out, const framing& how) {
  assert(out.size() >= encoded_size(value, how));
  if (!how.definition) {
    write_chunk_header(header_of(value), out);
    return write_payload(value.payload, chunk_header_size, out);
  }
  const auto head = header_of(value);
  if (how.definition->makes_plain(head)) {
    how.definition->write_plain(head, out);
    return write_payload(value.payload, how.definition->header.longest(), out);
  }
  std::vector<std::byte> made;
  append(made, value, how);
  std::copy(made.begin(), made.end(), out.begin());
  return made.size();
}

void append(std::vector<std::byte>& out, const header& value, const framing& how) {
  const auto before = out.size();
  if (!how.definition) {
    out.resize(before + chunk_header_size);
    return write_chunk_header(value, std::span(out).subspan(before));
  }
  if (how.definition->makes_plain(value)) {
    out.resize(before + how.definition->header.longest());
    return how.definition->write_plain(value, std::span(out).subspan(before));
  }
  const auto made = make_header(*how.definition, value);
  out.insert(out.end(), made.begin(), made.end());
}

void append(std::vector<std::byte>& out, const chunk_view& value, const framing& how) {
  const auto before = out.size();
  append(out, header_of(value), how);
  const auto header_size = out.size() - before;
  out.insert(out.end(), value.payload.begin(), value.payload.end());
  if (!how.definition || how.definition->makes_plain(header_of(value))) return;
  const auto front = std::span<const std::byte>(out).subspan(before, header_size);
  const auto tail = how.definition->tail_of({value.id, value.payload, front});
  out.insert(out.end(), tail.begin(), tail.end());
}

// --- decoding ---

error too_large(const header& head, std::uint64_t offset, std::uint64_t max_payload) {
  return {errc::too_large, fmt::format("too large at byte {:#x}: {} declares {} bytes, {} are "
                                       "allowed",
                                       offset, name_of(head.id), head.length, max_payload)};
}

decoder::decoder(std::uint64_t max_payload, const framing& how)
    : framed_(how.definition ? new framed_decoder(max_payload, how) : nullptr),
      max_payload_(max_payload) {}

framed_decoder_owner::~framed_decoder_owner() {
  delete owned_;
}

bool decoder::take_whole(std::span<const std::byte>& input, fragment& out,
                         std::uint64_t most) noexcept {
  if (framed_) return framed_->take_whole(input, out, most);
  if (remaining_ != 0 || !stash_.empty()) return false;
  const auto length = length_if_whole(input, std::min(most, max_payload_));
  if (!length) return false;
  // It leaves nothing to remember, and what else a fragment has the chunk framing never changes.
  load_chunk_id(input.first<chunk_header_size>(), out.head.id);
  out.head.length = *length;
  out.offset = offset_;
  out.payload = input.subspan(chunk_header_size, *length);
  out.begins = true;
  out.ends = true;
  input = input.subspan(chunk_header_size + *length);
  offset_ += chunk_header_size + *length;
  return true;
}

result<bool> decoder::next(std::span<const std::byte>& input, fragment& out) {
  if (remaining_ != 0) {
    if (input.empty()) return false;
    out.begins = false;
    take_payload(input, out);
    return true;
  }
  if (framed_) return framed_->next(input, out);
  return take_whole(input, out, max_payload_) ? true : begin(input, out);
}

/// Begins a chunk once its header is whole.
result<bool> decoder::begin(std::span<const std::byte>& input, fragment& out) {
  if (!refused_ && !take_header(input)) return false;
  if (refused_) return tl::unexpected(refusal());
  remaining_ = static_cast<std::uint32_t>(front_.length);
  out.begins = true;
  take_payload(input, out);
  return true;
}

/// Takes a header, or the beginning of one, from the input. An incomplete or refused header is kept
/// in the stash. Returns: whether the header is whole
bool decoder::take_header(std::span<const std::byte>& input) {
  const auto before = stash_.size();
  if (before == 0) begin_ = offset_;
  const auto bytes = input.first(std::min(chunk_header_size - before, input.size()));
  stash_.insert(stash_.end(), bytes.begin(), bytes.end());
  input = input.subspan(bytes.size());
  offset_ += bytes.size();
  if (stash_.size() < chunk_header_size) return false;
  front_ = read_chunk_header(stash_).head;
  refused_ = front_.length > max_payload_;
  if (!refused_) stash_.clear();
  return true;
}

void decoder::take_payload(std::span<const std::byte>& input, fragment& out) {
  const auto taken = std::min<std::size_t>(remaining_, input.size());
  out.head = front_;
  out.offset = begin_;
  out.payload = input.first(taken);
  input = input.subspan(taken);
  offset_ += taken;
  remaining_ -= static_cast<std::uint32_t>(taken);
  out.ends = remaining_ == 0;
}

void decoder::end() {
  if (framed_) framed_->end();
}

header_reading decoder::peek(std::span<const std::byte> input) const {
  return framed_ ? framed_->peek(input) : read_chunk_header(input);
}

void decoder::enter(const framing& inner) {
  assert(framed_);
  framed_->enter(inner);
}

const error& decoder::stray_reason() const {
  assert(framed_);
  return framed_->stray_reason();
}

void decoder::skip(std::uint64_t count) {
  if (framed_) return framed_->skip(count);
  offset_ += count;
}

void decoder::skip_payload(std::uint64_t count) {
  if (framed_) return framed_->skip_payload(count);
  assert(count < remaining_);
  offset_ += count;
  remaining_ -= static_cast<std::uint32_t>(count);
}

std::uint64_t decoder::remaining() const {
  return framed_ ? framed_->remaining() : remaining_;
}

bool decoder::between_chunks() const {
  return framed_ ? framed_->between_chunks() : remaining_ == 0 && stash_.empty();
}

bool decoder::pending() const {
  return framed_ && framed_->pending();
}

std::size_t decoder::level() const {
  return framed_ ? framed_->level() : 0;
}

bool decoder::in_tail() const {
  return framed_ && framed_->in_tail();
}

std::span<const std::byte> decoder::partial_header() const {
  return framed_ ? framed_->partial_header() : stash_;
}

std::uint64_t decoder::offset() const {
  return framed_ ? framed_->offset() : offset_;
}

error decoder::refusal() const {
  return too_large(front_, begin_, max_payload_);
}

result<void> decoder::finish() const {
  if (framed_) return framed_->finish();
  if (between_chunks()) return {};
  if (refused_) return tl::unexpected(refusal());
  if (remaining_ == 0) {
    return tl::unexpected(truncated_header(read_chunk_header(stash_), begin_, stash_.size()));
  }
  return tl::unexpected(truncated_payload(front_, begin_, front_.length - remaining_));
}

// --- walking ---

namespace {

/// take_chunk() in the chunk framing.
bool take_plain_chunk(std::span<const std::byte>& bytes, std::uint64_t& offset,
                      placed_chunk& out) noexcept {
  const auto length = length_if_whole(bytes, no_limit);
  if (!length) return false;
  out = {};
  load_chunk_id(bytes.first<chunk_header_size>(), out.id);
  out.payload = bytes.subspan(chunk_header_size, *length);
  out.offset = offset;
  out.header_size = chunk_header_size;
  bytes = bytes.subspan(chunk_header_size + *length);
  offset += chunk_header_size + *length;
  return true;
}

}  // namespace

bool take_chunk(const framing& how, std::span<const std::byte>& bytes, std::uint64_t& offset,
                placed_chunk& out) noexcept {
  if (!how.definition) return take_plain_chunk(bytes, offset, out);
  const auto front = how.read_header(bytes);
  if (front.is != header_reading::state::whole) return false;
  auto behind = bytes.subspan(front.size);
  const auto length = front.open ? behind.size() : front.head.length;
  if (length > behind.size()) return false;
  out.id = front.head.id;
  out.front = front.head.front;
  out.payload = behind.first(static_cast<std::size_t>(length));
  out.offset = offset;
  out.header_size = front.size;
  behind = behind.subspan(static_cast<std::size_t>(length));
  // The padding of the last chunk may be missing.
  const auto needed = front.open ? 0 : front.tail - front.padding;
  if (behind.size() < needed) return false;
  const auto tail = front.open ? 0 : std::min<std::uint64_t>(front.tail, behind.size());
  out.tail = behind.first(static_cast<std::size_t>(tail));
  const auto size = out.size();
  bytes = bytes.subspan(static_cast<std::size_t>(size));
  offset += size;
  return true;
}

misfit describe_misfit(const framing& how, std::span<const std::byte> bytes,
                       std::uint64_t offset) noexcept {
  return {how.read_header(bytes), offset, bytes};
}

error misfit::why() const {
  switch (front.is) {
    case header_reading::state::whole: return truncated_chunk(front, offset, rest.size());
    case header_reading::state::partial: return truncated_header(front, offset, rest.size());
    case header_reading::state::malformed: break;
  }
  return no_header(rest.first(front.size), offset);
}

result<std::vector<placed_chunk>> split(std::span<const std::byte> payload, std::uint64_t offset,
                                        const framing& how) {
  std::vector<placed_chunk> out;
  const auto wrong = for_each_chunk(how, payload, offset, [&](const placed_chunk& each) {
    out.push_back(each);
    return true;
  });
  if (wrong) return tl::unexpected(error{errc::malformed, "subchunks " + wrong->why().detail});
  return out;
}

}  // namespace chunk
