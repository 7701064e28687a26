// chunk-dump: shows the chunks in a byte stream.
#include "cli.hpp"
#include "dump/views.hpp"
#include "output.hpp"
#include "protocols.hpp"

#include <chunk/escape.hpp>
#include <chunk/protocol.hpp>
#include <chunk/stream.hpp>
#include <chunk/transport.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace {

struct options {
  cli::connection_options connection;
  cli::verbosity verbosity;
  std::vector<std::string> files;
  std::string protocol = "guess";
  std::uint32_t max_chunk = chunk::max_length;
  bool list = false;
  bool text = false;

  dump::style style() const {
    if (list) return dump::style::list;
    return text ? dump::style::text : dump::style::hex;
  }
};

/// Shows one stream to its end and says whether it was whole.
asio::awaitable<bool> show(chunk::transport& from, const options& opt, const chunk::protocol& rules,
                           cli::output& out) {
  const auto view = dump::make_view(opt.style(), rules, out.text());
  chunk::receive_options limits;
  limits.max_payload = opt.max_chunk;
  limits.block = 256 * 1024;
  chunk::receiver stream(from, limits);
  for (bool more = true; more;) {
    while (const auto given = stream.next()) {
      view->add(*given);
      out.flush_if_large();
    }
    out.flush();
    more = co_await stream.fill();
  }
  // Of a chunk that was cut, what is there is shown before the complaint.
  while (const auto given = stream.next()) view->add(*given);
  const auto partial_header = stream.raw();
  view->finish(partial_header, from.bytes_read() - partial_header.size());
  out.flush();
  const auto whole = stream.finish();
  if (!whole) cli::remark(to_text(whole.error()));
  co_return whole.has_value();
}

/// Tells files apart; in the notation as a comment, so that all of it can be sent again.
std::string heading(const std::string& path, const options& opt) {
  const auto name = chunk::quoted(path);
  return opt.text ? "# " + name + '\n' : "==> " + name + " <==\n";
}

asio::awaitable<int> show_all(asio::io_context& context, const options& opt) {
  const auto rules = cli::choose_protocol(opt.protocol);
  cli::watch_for_reader(context);
  cli::output out;
  const auto timeout = cli::timeout_of(opt.connection).value_or(chunk::duration{});
  if (opt.connection.connected()) {
    const auto link = co_await cli::reach_peer(context, opt.connection, opt.verbosity.verbose);
    link->set_read_timeout(timeout);
    const bool whole = co_await show(*link, opt, rules, out);
    co_return whole ? cli::success : cli::format;
  }
  auto files = opt.files;
  if (files.empty()) files.emplace_back("-");
  bool all_whole = true;
  for (const auto& path : files) {
    if (files.size() > 1) out.text() += heading(path, opt);
    const auto from = path == "-" ? chunk::open_stdio(context) : chunk::open_file(context, path);
    from->set_read_timeout(timeout);
    const bool whole = co_await show(*from, opt, rules, out);
    all_whole = all_whole && whole;
  }
  co_return all_whole ? cli::success : cli::format;
}

}  // namespace

int main(int argc, char** argv) {
  options opt;
  CLI::App app{"Show the chunks in files, standard input or a connection.", "chunk-dump"};
  auto* files = app.add_option("FILE", opt.files, "Files to show; - is standard input");
  cli::add_connection_options(app, opt.connection);
  auto* list = app.add_flag("--list", opt.list, "One line a chunk: offset, ID, length");
  auto* text =
      app.add_flag("--text", opt.text, "One line a chunk, which chunk-send -f sends again");
  list->group("Input/Output")->excludes(text);
  text->group("Input/Output");
  cli::add_protocol(app, opt.protocol);
  app.get_option("--connect")->excludes(files);
  app.get_option("--listen")->excludes(files);
  cli::add_max_chunk(app, opt.max_chunk);
  cli::add_other(app, opt.verbosity);
  return cli::run(app, argc, argv, [&](asio::io_context& context) {
    return cli::run(context, show_all(context, opt));
  });
}
