#include "recv/split_sink.hpp"

#include "cli/status.hpp"
#include "format/utc_time.hpp"
#include "io/new_file.hpp"

#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <fmt/core.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tools::recv {
namespace {

/// Everything except letters, digits, - and _. Other characters have a meaning in some file system
/// or shell, and dots have one in paths.
constexpr chunk::escape_set name_escapes{" !\"#$%&'()*+,./:;<=>?@[\\]^`{|}~"};

/// An ID in a file name: its bytes, or the name or the digits of a number.
void append_name(std::string& out, const chunk::id& id) {
  const bool number = id.form && id.form->is_number;
  const auto text = number ? to_text(id) : std::string();
  chunk::append_escaped(out, number ? std::as_bytes(std::span(text)) : id.value(), name_escapes);
}

/// A file name with placeholders.
class name_pattern {
 public:
  /// Throws: failure with status usage
  explicit name_pattern(std::string_view text) {
    bool varies = false;
    while (!text.empty()) {
      const auto open = text.find('{');
      if (open > 0) pieces_.push_back({what::text, std::string(text.substr(0, open))});
      if (open == text.npos) break;
      const auto close = text.find('}', open);
      const auto name = text.substr(open, close == text.npos ? close : close - open + 1);
      pieces_.push_back(parse(name));
      varies = true;
      text.remove_prefix(open + name.size());
    }
    if (!varies) {
      throw cli::wrong_usage("--split: a file name with {index}, {id} or {time} is missing");
    }
  }

  std::string fill(std::uint64_t index, const chunk::id& id) const {
    std::string out;
    for (const auto& each : pieces_) {
      switch (each.kind) {
        case what::text: out += each.text; break;
        case what::index: out += fmt::format("{:0{}}", index, each.width); break;
        case what::id: append_name(out, id); break;
        case what::time: out += format::utc_file_name(format::wall_clock::now()); break;
      }
    }
    return out;
  }

 private:
  enum class what { text, index, id, time };

  struct piece {
    what kind;
    std::string text;
    int width = 0;  // of the index, which zeros fill
  };

  static piece parse(std::string_view name) {
    constexpr std::string_view with_width = "{index:";
    if (name == "{index}") return {what::index, {}};
    if (name.starts_with(with_width) && name.ends_with('}')) {
      return {what::index, {}, parse_width(name, name.substr(with_width.size()))};
    }
    if (name == "{id}") return {what::id, {}};
    if (name == "{time}") return {what::time, {}};
    throw cli::wrong_usage(
        fmt::format("--split: '{}' is none of {{index}}, {{id}} and {{time}}", name));
  }

  /// Reads the width that stands in the placeholder `name` before its end: a zero and a number.
  static int parse_width(std::string_view name, std::string_view text) {
    constexpr std::uint64_t most = 20;  // the digits of 64 bits
    text.remove_suffix(1);
    const bool zero = text.starts_with('0');
    const auto width = chunk::parse_count(text.substr(zero ? 1 : 0), "the width", most);
    if (zero && width && *width > 0) return static_cast<int>(*width);
    throw cli::wrong_usage(fmt::format("--split: '{}' is not {{index:0N}} with N from 1 to {}",
                                       chunk::quoted(name), most));
  }

  std::vector<piece> pieces_;
};

/// Splits a template at its last slash.
std::pair<std::string, std::string_view> split_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == path.npos) return {".", path};
  const auto where = path.substr(0, slash);
  if (where.find('{') != where.npos) {
    throw cli::wrong_usage("--split: only the name of the file may vary, not its directory");
  }
  return {slash == 0 ? "/" : std::string(where), path.substr(slash + 1)};
}

class split_sink final : public sink {
 public:
  split_sink(std::string where, std::string_view name, bool with_headers, bool synchronized)
      : name_(name), directory_(std::move(where), synchronized), with_headers_(with_headers) {}

  void add(const chunk::fragment& given, std::span<const std::byte> raw) override {
    if (given.begins) file_.emplace(directory_);
    file_->append(with_headers_ ? raw : given.payload);
    if (!given.ends) return;
    file_->publish(name_.fill(index_++, given.head.id));
    file_.reset();
  }

  asio::awaitable<void> flush() override { co_return; }
  asio::awaitable<int> finish() override { co_return cli::success; }
  void truncate(const chunk::error&, std::span<const std::byte>, std::uint64_t) override {
    file_.reset();
  }
  void abandon() noexcept override { file_.reset(); }

 private:
  name_pattern name_;
  io::directory directory_;
  bool with_headers_;
  std::optional<io::new_file> file_;  // of the current chunk
  std::uint64_t index_ = 0;
};

}  // namespace

std::unique_ptr<sink> make_split_sink(std::string_view name_template, bool with_headers,
                                      bool synchronized) {
  auto [where, name] = split_path(name_template);
  return std::make_unique<split_sink>(std::move(where), name, with_headers, synchronized);
}

}  // namespace tools::recv
