#include "recv/stream_sink.hpp"

#include "cli/status.hpp"
#include "format/registry.hpp"

namespace tools::recv {
namespace {

class stream_sink final : public sink {
 public:
  stream_sink(const format::format_options& how, io::output& out)
      : out_(out),
        formatter_(make_formatter(how, out)),
        takes_moved_(how.format->passes_payloads),
        takes_raw_(how.format->needs.raw) {}

  bool takes_moved() const override { return takes_moved_; }

  void add(const chunk::fragment& given, std::span<const std::byte> raw) override {
    known_.raw = raw;
    formatter_->add(given, known_);
    under_way_ = !given.ends || given.level > 0;
    if (out_.is_large()) set_due(true);
  }

  void add_preamble(const chunk::fragment& given, std::span<const std::byte> raw) override {
    if (takes_moved_ && !takes_raw_) return;  // it is no payload
    known_.raw = raw;
    formatter_->add(given, known_);
  }

  void add_stray(const chunk::fragment& given, const chunk::error& why) override {
    format::details known;
    known.stray = &why;
    formatter_->add(given, known);
    if (out_.is_large()) set_due(true);
  }

  asio::awaitable<void> flush() override {
    co_await out_.write_out();
    set_due(false);
  }

  void truncate(const chunk::error& why, std::span<const std::byte> rest,
                std::uint64_t offset) override {
    if (under_way_) formatter_->fault(why, rest, offset);
    under_way_ = false;
  }

  asio::awaitable<int> finish() override {
    formatter_->finish();
    co_await out_.write_out();
    co_return cli::success;
  }

 private:
  io::output& out_;
  std::unique_ptr<format::formatter> formatter_;
  format::details known_;
  const bool takes_moved_;
  const bool takes_raw_;
  bool under_way_ = false;  // a chunk has begun and not ended
};

}  // namespace

std::unique_ptr<sink> make_stream_sink(const format::format_options& how, io::output& out) {
  return std::make_unique<stream_sink>(how, out);
}

}  // namespace tools::recv
