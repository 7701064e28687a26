// chunk-recv: reads a stream of chunks, checks every one, and puts it out.
#include "cli.hpp"
#include "output.hpp"
#include "protocols.hpp"
#include "text_lines.hpp"

#include <chunk/codec.hpp>
#include <chunk/protocol.hpp>
#include <chunk/stream.hpp>
#include <chunk/transport.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace {

enum class output_format { raw, payload, text, none };

struct options {
  cli::connection_options connection;
  cli::choice choice;
  cli::verbosity verbosity;
  std::string format;
  std::string protocol = "guess";
  std::uint64_t count = cli::no_count;
  std::uint32_t max_chunk = chunk::max_length;
};

/// Chosen: reads and writes of this size cost little more a byte than larger ones.
constexpr std::size_t block = 256 * 1024;

output_format choose_format(const std::string& name) {
  static const std::map<std::string, output_format> known{{"raw", output_format::raw},
                                                          {"payload", output_format::payload},
                                                          {"text", output_format::text},
                                                          {"none", output_format::none}};
  if (name.empty()) return cli::output::is_terminal() ? output_format::text : output_format::raw;
  return known.at(name);
}

/// Puts out what is chosen of a stream.
class sink {
 public:
  sink(const options& opt, const chunk::protocol& rules)
      : format_(choose_format(opt.format)),
        chooser_(opt.choice),
        most_(opt.count),
        lines_(rules, out_.text()) {}

  /// Takes the part that `from` gave last.
  void add(const chunk::part& given, const chunk::receiver& from) {
    if (given.begins) taken_ = chooser_.takes(given.head.id);
    if (!taken_) return;
    bytes_ += given.payload.size();
    switch (format_) {
      case output_format::raw: out_.add(from.raw()); break;
      case output_format::payload: out_.add(given.payload); break;
      case output_format::text:
        lines_.add(given);
        out_.flush_if_large();
        break;
      case output_format::none: break;
    }
    if (given.ends) ++count_;
  }

  bool full() const { return count_ == most_; }
  void flush() { out_.flush(); }

  /// Ends what a stream that broke left open.
  void finish() {
    lines_.finish({});
    out_.flush();
  }

  std::string totals() const {
    const auto plural = count_ == 1 ? "" : "s";
    return fmt::format("{} chunk{}, {} bytes of payload", count_, plural, bytes_);
  }

 private:
  output_format format_;
  cli::chooser chooser_;
  std::uint64_t most_;
  cli::output out_;
  cli::text_lines lines_;
  bool taken_ = false;
  std::uint64_t count_ = 0;
  std::uint64_t bytes_ = 0;
};

asio::awaitable<int> receive(asio::io_context& context, const options& opt) {
  const auto rules = cli::choose_protocol(opt.protocol);
  sink into(opt, rules);
  std::unique_ptr<chunk::transport> link;
  if (opt.connection.connected()) {
    link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
  } else {
    link = chunk::open_stdio(context);
  }
  link->set_read_timeout(cli::timeout_of(opt.connection).value_or(chunk::duration{}));
  cli::watch_for_reader(context);
  chunk::receive_options limits;
  limits.max_payload = opt.max_chunk;
  limits.block = block;
  chunk::receiver from(*link, limits);
  for (bool more = true; more;) {
    while (!into.full()) {
      const auto given = from.next();
      if (!given) break;
      into.add(*given, from);
    }
    into.flush();
    more = false;
    if (!into.full()) more = co_await from.fill();
  }
  if (opt.verbosity.verbose) {
    if (!link->ended_cleanly()) cli::remark(link->name() + ": ended without close_notify");
    cli::remark(into.totals());
  }
  into.finish();
  if (!into.full()) value_or_throw(from.finish());
  co_return cli::success;
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  CLI::App app{"Read a stream of chunks, check every one, and put it out.", "chunk-recv"};
  cli::add_connection_options(app, opt.connection);
  app.add_option("-F,--format", opt.format, "Put out raw, payload, text or none [raw; tty: text]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"raw", "payload", "text", "none"}))
      ->group("Input/Output");
  cli::add_protocol(app, opt.protocol);
  cli::add_count(app, "-n,--count", opt.count, "End after N chunks", "Input/Output");
  cli::add_choice(app, opt.choice);
  cli::add_max_chunk(app, opt.max_chunk);
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv, [&](asio::io_context& context) {
    return cli::run(context, receive(context, opt));
  });
}
