// What stands in a header, in wire order: read from "id:1 length:u32be", used to read and write
// headers. Internal to the library.
#pragma once

#include "wire_number.hpp"

#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chunk {

/// One item of a header.
struct header_item {
  enum class role : std::uint8_t {
    literal,  ///< bytes that are always the same
    length,
    id,
    pad,    ///< the number of bytes after the payload
    field,  ///< anything else that has a name
  };

  role is = role::literal;
  std::optional<number_type> number;  ///< nullopt: bytes as they are
  std::size_t size = 0;               ///< of bytes, or of each number; 0: of numbers that vary
  std::string name;                   ///< of a field
  std::vector<std::byte> bytes;       ///< of a literal; of a field, its default on the wire

  std::size_t longest() const { return number ? longest_number(*number) : size; }
};

/// A header that was read, or the beginning of one.
struct layout_reading {
  number_reading::state is = number_reading::state::partial;
  std::uint8_t id_size = 0;      ///< bytes of the ID that have come
  std::uint16_t size = 0;        ///< as number_reading::size, of the whole header
  std::uint16_t behind = 0;      ///< bytes of the header up to the end of the length
  std::uint8_t length_size = 0;  ///< bytes of the length
  chunk::id id;
  std::uint64_t length = 0;  ///< what stands in the header
  std::uint64_t pad = 0;
};

/// A place in a text and what is wrong there.
struct text_mistake {
  std::size_t at = 0;
  std::string reason;
};

/// The items of a header. Headers of one layout may differ in size.
class header_layout {
 public:
  /// Reads the text of a layout. Its IDs have the form `ids`, whose size and kind are set.
  ///
  /// Errors: where in the text, and why
  /// Source: chunk-protocol(5), FRAMING
  static tl::expected<header_layout, text_mistake> parse(std::string_view text, id_form& ids);

  const std::vector<header_item>& items() const { return items_; }

  /// Bytes of the longest header, and of the shortest one.
  std::size_t longest() const { return longest_; }
  std::size_t shortest() const;

  /// Bytes up to the end of the ID, if there is one, in the header where these are most.
  std::size_t id_end() const;

  bool has_id() const { return id_.has_value(); }
  bool has_pad() const { return pad_.has_value(); }

  /// Says whether there are bytes that are the same in each header.
  bool has_literal() const;

  number_type length_type() const { return *items_[length_].number; }

  /// Bytes of the item at `index` in a header that is whole.
  std::span<const std::byte> item(std::size_t index, std::span<const std::byte> header) const;

  /// Says whether every item has one place, and none is a literal.
  bool is_fixed() const { return fixed_; }

  /// What stands in a header that is whole, if every item has one place.
  std::uint64_t length_in(std::span<const std::byte> header) const noexcept {
    return length_place_.load(header);
  }
  chunk::id id_in(std::span<const std::byte> header, const id_form& ids) const noexcept;

  /// Writes the header into the front of `out` if every item has one place; fields have defaults.
  void write_fixed(std::span<std::byte> out, const id& id, std::uint64_t length) const noexcept;

  /// Reads the header that `bytes` begin with. `ids` is the form of its IDs.
  layout_reading read(std::span<const std::byte> bytes, const id_form& ids) const noexcept;

  /// Bytes of the header without its length, and of those behind the length, with the fields in
  /// `set` and defaults for all others.
  struct sizes {
    std::size_t others = 0;
    std::size_t behind = 0;
  };
  sizes size_around_length(const id& id, std::span<const field_setting> set,
                           std::uint64_t pad) const;

  /// Appends a header.
  void write(std::vector<std::byte>& out, const id& id, std::uint64_t length,
             std::span<const field_setting> set, std::uint64_t pad) const;

  /// Gives the fields of a header that is whole.
  std::vector<field_setting> fields_of(std::span<const std::byte> header) const;

 private:
  /// Where an item stands in every header, and how its number is loaded if it is one.
  struct place {
    std::uint16_t at = 0;
    std::uint8_t size = 0;
    bool little_endian = false;

    std::uint64_t load(std::span<const std::byte> header) const noexcept {
      return load_number(header.subspan(at), size, little_endian);
    }
    void store(std::uint64_t value, std::span<std::byte> header) const noexcept {
      store_number(value, header.subspan(at, size), little_endian);
    }
  };

  /// The items of a header in which each has one place.
  layout_reading read_fixed(std::span<const std::byte> bytes, const id_form& ids) const noexcept;
  layout_reading read_items(std::span<const std::byte> bytes, const id_form& ids) const noexcept;
  void finish(id_form& ids);

  std::vector<header_item> items_;
  std::size_t longest_ = 0;
  std::size_t length_ = 0;  // the index of the item
  std::optional<std::size_t> id_;
  std::optional<std::size_t> pad_;
  bool fixed_ = false;            // every item has one place, and none is a literal
  std::vector<std::byte> blank_;  // a header then, with defaults, and zeros for all else
  place length_place_;            // where it is then
  place id_place_;
  place pad_place_;
};

}  // namespace chunk
