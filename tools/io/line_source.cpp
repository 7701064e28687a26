#include "io/line_source.hpp"

#include "io/write.hpp"

#include <chunk/error.hpp>

#include <unistd.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace tools::io {
namespace {

/// Bytes of a line. Chosen: that of a chunk that is held whole.
constexpr std::size_t longest_line = 16 * 1024 * 1024;

}  // namespace

line_source::~line_source() = default;

plain_lines::plain_lines(asio::io_context& context, bool prompts)
    : from_(chunk::net::open_stdio(context)), prompts_(prompts) {}

asio::awaitable<std::optional<std::string>> plain_lines::next(const std::string& prompt) {
  if (prompts_ && !write_whole(STDOUT_FILENO, prompt)) {
    throw chunk::local_failure(chunk::last_system_error("standard output"));
  }
  for (std::size_t searched = begin_;;) {
    const auto end = held_.find('\n', searched);
    if (end != held_.npos || (ended_ && begin_ < held_.size())) {
      auto line = held_.substr(begin_, end - begin_);
      begin_ = end == held_.npos ? held_.size() : end + 1;
      co_return line;
    }
    if (ended_) co_return std::nullopt;
    held_.erase(0, std::exchange(begin_, 0));
    searched = held_.size();
    if (searched > longest_line) {
      throw chunk::failure(
          {make_error_code(chunk::errc::too_large), "standard input: a line is above 16 MiB"});
    }
    std::array<std::byte, 64 * 1024> room;
    const auto got = co_await from_->read_some(room);
    held_ += std::string_view(reinterpret_cast<const char*>(room.data()), got);
    ended_ = got == 0;
  }
}

}  // namespace tools::io
