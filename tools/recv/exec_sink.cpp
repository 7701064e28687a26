#include "recv/exec_sink.hpp"

#include "cli/status.hpp"
#include "io/child.hpp"
#include "io/descriptors.hpp"
#include "io/spool.hpp"
#include "io/tasks.hpp"

#include <chunk/byte_block.hpp>
#include <chunk/error.hpp>
#include <chunk/id.hpp>

#include <asio/steady_timer.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace tools::recv {
namespace {

/// Source: chunk-recv(1), LIMITS
constexpr std::uint64_t longest_input_in_memory = 1024 * 1024;
constexpr std::size_t most_output_in_memory = 64 * 1024;

/// Commands that have ended and wait for the output of an earlier one, for each that may run.
/// Chosen.
constexpr std::size_t most_waiting = 4;

/// The size of a read from a pipe or a file. Chosen: the capacity of a pipe.
constexpr std::size_t pipe_block = 64 * 1024;

/// Bytes that are held in memory up to a limit, and in a file beyond it.
class held_bytes {
 public:
  held_bytes(std::size_t most_in_memory, io::spool_budget& budget)
      : most_(most_in_memory), budget_(budget) {}

  /// Returns: false if the budget is exceeded
  bool append(std::span<const std::byte> bytes) {
    if (!file_ && memory_.size() + bytes.size() <= most_) {
      memory_.insert(memory_.end(), bytes.begin(), bytes.end());
      return true;
    }
    if (!file_) file_ = std::make_unique<io::spool>(budget_);
    return file_->append(bytes);
  }

  std::uint64_t size_of_file() const { return file_ ? file_->size() : 0; }
  std::uint64_t size() const { return memory_.size() + size_of_file(); }

  /// Gives at least some of the bytes from `offset` on, possibly read into `room`. Empty: the end.
  std::span<const std::byte> read(std::uint64_t offset, std::span<std::byte> room) const {
    if (offset < memory_.size()) return std::span(memory_).subspan(offset);
    return file_ ? file_->read(offset - memory_.size(), room) : std::span<const std::byte>{};
  }

 private:
  std::size_t most_;
  io::spool_budget& budget_;
  std::vector<std::byte> memory_;
  std::unique_ptr<io::spool> file_;
};

/// A chunk and its command.
struct job {
  job(std::uint64_t its_index, const chunk::fragment& begun, io::spool_budget& budget)
      : index(its_index),
        offset(begun.offset),
        head(begun.head),
        front(head.front.begin(), head.front.end()),
        input(std::in_place, longest_input_in_memory, budget),
        output(most_output_in_memory, budget) {}

  std::uint64_t index;
  std::uint64_t offset;  // in the stream
  chunk::header head;
  std::vector<std::byte> front;     // the header as it was received, if it has fields
  std::optional<held_bytes> input;  // until the command has read it
  std::vector<std::byte> unstored;  // what follows it, while there is no room for that
  bool whole = false;               // nothing more follows
  held_bytes output;
  std::unique_ptr<io::child> process;
  std::string trouble;          // why it failed; empty after success
  bool has_overflowed = false;  // its output was too long, and none of it is written
  bool done = false;
};

class exec_sink final : public sink {
 public:
  exec_sink(asio::io_context& context, exec_options options, io::output& out)
      : context_(context),
        options_(std::move(options)),
        out_(out),
        budget_(options_.spool_max),
        change_(context, asio::steady_timer::time_point::max()) {
    options_.jobs = std::min<std::size_t>(options_.jobs, most_jobs);
    const auto usable = io::usable_descriptors(options_.jobs * descriptors_of_a_job);
    options_.jobs = std::max<std::uint64_t>(usable / descriptors_of_a_job, 1);
  }

  void set_sender(const chunk::net::transport& from) override;
  void add(const chunk::fragment& given, std::span<const std::byte> raw) override;
  asio::awaitable<void> flush() override;
  asio::awaitable<int> finish() override;
  void truncate(const chunk::error&, std::span<const std::byte>, std::uint64_t) override {
    coming_.reset();
  }
  void abandon() noexcept override;

 private:
  bool store();
  [[noreturn]] void refuse();
  void start(std::shared_ptr<job> one);
  asio::awaitable<void> run(std::shared_ptr<job> one);
  asio::awaitable<void> put_out();
  asio::awaitable<void> changed();
  void judge(const job& one);
  bool has_room() const {
    return running_ < options_.jobs && jobs_.size() < most_waiting * options_.jobs && !failed_fast_;
  }

  asio::io_context& context_;
  exec_options options_;
  io::output& out_;
  io::spool_budget budget_;
  asio::steady_timer change_;              // cancelled whenever a command ends
  std::string subject_;                    // the name of the sender in messages
  std::vector<std::string> sender_;        // environment variables about the sender
  std::shared_ptr<job> coming_;            // a job whose chunk is not whole, or not stored yet
  std::deque<std::shared_ptr<job>> jobs_;  // in the order of chunks, until their output is written
  std::size_t running_ = 0;
  std::size_t feeding_ = 0;  // commands, some of which may have ended, that are written to
  bool putting_out_ = false;
  bool failed_fast_ = false;
  std::uint64_t started_ = 0;
  std::uint64_t failed_ = 0;
};

void exec_sink::set_sender(const chunk::net::transport& from) {
  subject_ = from.name();
  const auto& remote = from.remote();
  const bool is_socket = remote.owner || remote.address.type != chunk::net::endpoint{}.type;
  sender_ = {"CHUNK_PEER", "CHUNK_PEER_PID", "CHUNK_PEER_UID"};
  const bool by_address = from.name() == to_text(remote.address);
  if (is_socket) sender_[0] += '=' + (by_address ? to_address(remote.address) : from.name());
  if (!remote.owner) return;
  sender_[1] += '=' + std::to_string(remote.owner->pid);
  sender_[2] += '=' + std::to_string(remote.owner->uid);
}

void exec_sink::add(const chunk::fragment& given, std::span<const std::byte> raw) {
  if (given.begins) coming_ = std::make_shared<job>(started_, given, budget_);
  auto& one = *coming_;
  const auto bytes = options_.with_headers ? raw : given.payload;
  one.unstored.insert(one.unstored.end(), bytes.begin(), bytes.end());
  one.whole = given.ends;
  const auto size = one.input->size() + one.unstored.size();
  if (given.ends && given.open) one.head.length = size;
  const auto least = given.open ? size : given.head.length;
  if (least > std::max(budget_.most(), longest_input_in_memory)) refuse();
  if (!store()) set_due(true);
}

void exec_sink::refuse() {
  const auto one = std::exchange(coming_, nullptr);
  throw chunk::failure(about(subject_, chunk::too_large(one->head, one->offset, budget_.most())));
}

/// Stores what has come of a chunk, and starts its command once it is whole.
///
/// Returns: false if there is no room for it until others give theirs back
bool exec_sink::store() {
  if (!coming_) return true;
  if (!coming_->input->append(coming_->unstored)) {
    if (budget_.used() == coming_->input->size_of_file()) refuse();
    return false;
  }
  coming_->unstored.clear();
  if (coming_->whole) start(std::exchange(coming_, nullptr));
  return true;
}

void exec_sink::start(std::shared_ptr<job> one) {
  auto environment = sender_;
  environment.push_back("CHUNK_ID=" + to_text(one->head.id));
  environment.push_back(fmt::format("CHUNK_LENGTH={}", one->head.length));
  environment.push_back(fmt::format("CHUNK_INDEX={}", one->index));
  io::append_fields(environment, options_.framing, {one->head.id, one->head.length, one->front});
  one->process = std::make_unique<io::child>(context_, options_.command,
                                             io::child::errors::inherited, environment);
  ++started_;
  ++running_;
  jobs_.push_back(one);
  set_due(!has_room());
  io::start(context_, run(std::move(one)));
}

/// Writes the chunk to the standard input of the command, as far as the command reads it.
asio::awaitable<void> feed(std::shared_ptr<job> one) {
  chunk::byte_block room(pipe_block);
  bool taken = true;
  for (std::uint64_t at = 0; taken && at < one->input->size();) {
    const auto piece = one->input->read(at, room);
    at += piece.size();
    taken = co_await one->process->feed(piece);
  }
  one->process->end_input();
  one->input.reset();
}

asio::awaitable<void> exec_sink::run(std::shared_ptr<job> one) {
  ++feeding_;
  io::start(context_, feed(one), [this](const std::exception_ptr& thrown) {
    --feeding_;
    change_.cancel();  // there may be room for another chunk
    if (thrown) std::rethrow_exception(thrown);
  });
  chunk::byte_block room(pipe_block);
  bool held = true;
  for (std::size_t got = 1; held && got > 0;) {
    got = co_await one->process->read(room);
    held = one->output.append(std::span(room).first(got));
  }
  if (held) co_await one->process->ended();
  const auto end = one->process->finish();
  one->has_overflowed = !held;
  if (!held) {
    const bool alone = one->output.size_of_file() + room.size() > budget_.most();
    one->trouble = alone ? "its output is longer than --spool-max allows"
                         : "its output, with what others hold, is longer than --spool-max allows";
  } else if (!end.succeeded()) {
    one->trouble = end.in_words();
  }
  one->done = true;
  --running_;
  if (options_.fail_fast && !one->trouble.empty()) failed_fast_ = true;
  co_await put_out();
  change_.cancel();
}

/// Counts and reports a failed command, once its output is written.
void exec_sink::judge(const job& one) {
  if (one.trouble.empty()) return;
  ++failed_;
  const auto text =
      fmt::format("--exec: chunk {} ({}): {}", one.index, to_text(one.head.id), one.trouble);
  if (options_.fail_fast) {
    throw cli::status_failure(cli::negative, {make_error_code(chunk::errc::violation), text});
  }
  if (options_.verbose) cli::remark(text);
}

/// Writes the output of commands that have ended, unless another call is doing so.
asio::awaitable<void> exec_sink::put_out() {
  if (std::exchange(putting_out_, true)) co_return;
  chunk::byte_block room(pipe_block);
  for (;;) {
    auto next = jobs_.begin();
    while (options_.unordered && next != jobs_.end() && !(*next)->done) ++next;
    if (next == jobs_.end() || !(*next)->done) break;
    const auto one = *next;
    jobs_.erase(next);
    for (std::uint64_t at = 0; !one->has_overflowed && at < one->output.size();) {
      const auto piece = one->output.read(at, room);
      at += piece.size();
      out_.add(piece);
      co_await out_.write_out();
    }
    judge(*one);
  }
  putting_out_ = false;
}

asio::awaitable<void> exec_sink::changed() {
  change_.expires_at(asio::steady_timer::time_point::max());
  co_await io::wait(change_);
}

asio::awaitable<void> exec_sink::flush() {
  for (bool ready = store() && has_room(); !ready; ready = store() && has_room()) {
    co_await changed();
  }
  set_due(false);
}

asio::awaitable<int> exec_sink::finish() {
  while (!jobs_.empty() || putting_out_ || feeding_ > 0) co_await changed();
  if (failed_ == 0) co_return cli::success;
  cli::remark(fmt::format("--exec: {} of {} commands failed", failed_, started_));
  co_return cli::negative;
}

void exec_sink::abandon() noexcept {
  for (const auto& each : jobs_) each->process.reset();
}

}  // namespace

std::unique_ptr<sink> make_exec_sink(asio::io_context& context, exec_options options,
                                     io::output& out) {
  return std::make_unique<exec_sink>(context, std::move(options), out);
}

}  // namespace tools::recv
