#include "cli/status.hpp"
#include "format/json/json_lines.hpp"
#include "format/text/text_lines.hpp"
#include "io/output.hpp"
#include "recv/sink.hpp"

#include <utility>

namespace tools::recv {
namespace {

/// What all that writes to standard output has in common.
class stream_sink : public sink {
 public:
  explicit stream_sink(io::output& out) : out_(out) {}

  asio::awaitable<void> flush() override {
    co_await out_.write_out();
    set_due(false);
  }

  asio::awaitable<int> finish() override {
    co_await out_.write_out();
    co_return cli::success;
  }

 protected:
  /// Says after each add() whether that is worth a write.
  void note_size() {
    if (out_.is_large()) set_due(true);
  }

  io::output& out_;
};

class raw_sink final : public stream_sink {
 public:
  using stream_sink::stream_sink;

  bool takes_moved() const override { return true; }

  void add(const chunk::fragment&, std::span<const std::byte> raw) override {
    out_.add(raw);
    note_size();
  }
};

class payload_sink final : public stream_sink {
 public:
  payload_sink(std::vector<std::byte> delimiter, io::output& out)
      : stream_sink(out), delimiter_(std::move(delimiter)) {}

  bool takes_moved() const override { return true; }

  void add(const chunk::fragment& given, std::span<const std::byte>) override {
    out_.add(given.payload);
    if (given.ends && !delimiter_.empty()) out_.add(delimiter_);
    note_size();
  }

 private:
  std::vector<std::byte> delimiter_;
};

class text_sink final : public stream_sink {
 public:
  text_sink(const chunk::protocol& rules, io::output& out)
      : stream_sink(out), lines_(rules, out.text()) {}

  void add(const chunk::fragment& given, std::span<const std::byte>) override {
    lines_.add(given);
    note_size();
  }

  void cut() override { lines_.finish({}); }

 private:
  format::text_lines lines_;
};

class json_sink final : public stream_sink {
 public:
  json_sink(const chunk::protocol& rules, io::output& out)
      : stream_sink(out), lines_(rules, out.text()) {}

  void add(const chunk::fragment& given, std::span<const std::byte>) override {
    lines_.add(given);
    note_size();
  }

  void cut() override {
    if (lines_.open()) lines_.cut(chunk::error{chunk::errc::truncated, {}});
  }

 private:
  format::json_lines lines_;
};

class null_sink final : public stream_sink {
 public:
  using stream_sink::stream_sink;

  void add(const chunk::fragment&, std::span<const std::byte>) override {}
};

}  // namespace

std::unique_ptr<sink> make_stream_sink(output_format format, const chunk::protocol& rules,
                                       std::vector<std::byte> delimiter, io::output& out) {
  switch (format) {
    case output_format::raw: return std::make_unique<raw_sink>(out);
    case output_format::payload: return std::make_unique<payload_sink>(std::move(delimiter), out);
    case output_format::text: return std::make_unique<text_sink>(rules, out);
    case output_format::json: return std::make_unique<json_sink>(rules, out);
    case output_format::none: break;
  }
  return std::make_unique<null_sink>(out);
}

}  // namespace tools::recv
