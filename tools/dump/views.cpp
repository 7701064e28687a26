#include "dump/views.hpp"

#include "dump/hex_rows.hpp"
#include "text_lines.hpp"

#include <chunk/id.hpp>

#include <charconv>
#include <iterator>

namespace dump {
namespace {

/// "00000019  CMPU  27", the offset being that of the ID.
void append_title(std::string& out, std::uint64_t offset, std::size_t indent,
                  const chunk::header& head) {
  append_offset(out, offset);
  out.append(2 + indent, ' ');
  append_text(out, head.id);
  char length[10];  // the most digits of 32 bits
  const auto [end, problem] = std::to_chars(length, std::end(length), head.length);
  out.append("  ").append(length, end);
}

class hex_view final : public view {
 public:
  hex_view(const chunk::protocol& rules, std::string& out) : rules_(rules), out_(out), rows_(out) {}

  void add(const chunk::part& given) override {
    const bool whole = given.begins && given.ends;
    const auto inner = whole ? open(rules_, {given.head.id, given.payload}) : chunk::opened{};
    if (given.begins) {
      append_title(out_, given.offset, 0, given.head);
      append_mark(inner);
      rows_.start(given.offset + chunk::header_size, indent);
    }
    if (inner.subchunks.empty()) {
      rows_.add(given.payload);
      if (given.ends) rows_.finish();
    }
    for (const auto& each : inner.subchunks) add_subchunk(given, each);
  }

  void finish(std::span<const std::byte> partial_header, std::uint64_t offset) override {
    rows_.finish();
    rows_.start(offset, 0);
    rows_.add(partial_header);
    rows_.finish();
  }

 private:
  static constexpr std::size_t indent = 2;  // of each level

  void append_mark(const chunk::opened& inner) {
    switch (inner.how) {
      case chunk::nesting::plain:
      case chunk::nesting::declared: break;
      case chunk::nesting::guessed: out_ += "  (subchunks guessed)"; break;
      case chunk::nesting::broken: out_ += "  (malformed: " + inner.fault.detail + ')'; break;
    }
    out_ += '\n';
  }

  void add_subchunk(const chunk::part& container, const chunk::view& inner) {
    // The views of split() lie in the container's payload, each right after its header.
    const auto position =
        static_cast<std::uint64_t>(inner.payload.data() - container.payload.data());
    const auto payload = container.offset + chunk::header_size + position;
    const auto length = static_cast<std::uint32_t>(inner.payload.size());
    append_title(out_, payload - chunk::header_size, indent, {inner.id, length});
    out_ += '\n';
    rows_.start(payload, 2 * indent);
    rows_.add(inner.payload);
    rows_.finish();
  }

  const chunk::protocol& rules_;
  std::string& out_;
  hex_rows rows_;
};

class list_view final : public view {
 public:
  explicit list_view(std::string& out) : out_(out) {}

  void add(const chunk::part& given) override {
    if (!given.begins) return;
    append_title(out_, given.offset, 0, given.head);
    out_ += '\n';
  }

  void finish(std::span<const std::byte>, std::uint64_t) override {}

 private:
  std::string& out_;
};

class text_view final : public view {
 public:
  text_view(const chunk::protocol& rules, std::string& out) : lines_(rules, out) {}

  void add(const chunk::part& given) override { lines_.add(given); }

  void finish(std::span<const std::byte> partial_header, std::uint64_t) override {
    lines_.finish(partial_header);
  }

 private:
  cli::text_lines lines_;
};

}  // namespace

view::~view() = default;

std::unique_ptr<view> make_view(style how, const chunk::protocol& rules, std::string& out) {
  switch (how) {
    case style::hex: return std::make_unique<hex_view>(rules, out);
    case style::list: return std::make_unique<list_view>(out);
    case style::text: return std::make_unique<text_view>(rules, out);
  }
  return nullptr;
}

}  // namespace dump
