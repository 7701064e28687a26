#include "chunk/channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

namespace chunk {
namespace {

/// Chosen: the capacity of a pipe on Linux.
constexpr std::size_t buffer_size = 64 * 1024;

[[noreturn, gnu::cold]] void fail(const char* doing, int descriptor) {
  const auto problem =
      last_system_error(std::string(doing) + " descriptor " + std::to_string(descriptor));
  throw failure(problem);
}

/// Waits until a descriptor in non-blocking mode is ready. A broken one counts as ready: the next
/// call reports the error.
void wait_for(int descriptor, short events) {
  pollfd entry{descriptor, events, 0};
  if (::poll(&entry, 1, -1) < 0 && errno != EINTR) fail("waiting for", descriptor);
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

iovec piece_of(std::span<const std::byte> bytes) {
  // Only system calls that read take this one.
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

/// Writes some of the pieces. Only sockets have a way to be written to without SIGPIPE.
ssize_t write_some(int descriptor, std::span<iovec> pieces, bool& is_socket) {
  if (is_socket) {
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const auto written = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (written >= 0 || errno != ENOTSOCK) return written;
    is_socket = false;
  }
  return ::writev(descriptor, pieces.data(), static_cast<int>(pieces.size()));
}

std::vector<std::byte> whole_of(const chunk_view& value, const framing& how) {
  std::vector<std::byte> out;
  append(out, value, how);
  return out;
}

}  // namespace

channel::channel(int descriptor, std::uint64_t max_payload, const framing& how)
    : descriptor_(descriptor), framing_(how), decoder_(max_payload, how) {}

void channel::send(const chunk_view& value) {
  if (!framing_.can_declare({value.id, value.payload.size(), value.front})) {
    throw failure(error{errc::too_large, to_text(value.id) + ": " +
                                             std::to_string(value.payload.size()) +
                                             " bytes are more than a length can declare"});
  }
  // Only the chunk framing has nothing behind the payload.
  const auto head = framing_.definition ? whole_of(value, framing_)
                                        : encode(header{value.id, value.payload.size()}, framing_);
  auto rest = std::span<const std::byte>(head);
  auto payload = framing_.definition ? std::span<const std::byte>() : value.payload;
  while (!rest.empty() || !payload.empty()) {
    std::array pieces{piece_of(rest), piece_of(payload)};
    const auto written = write_some(descriptor_, pieces, socket_);
    if (written < 0) {
      if (would_block()) {
        wait_for(descriptor_, POLLOUT);
      } else if (errno != EINTR) {
        fail("writing to", descriptor_);
      }
      continue;
    }
    const auto total = static_cast<std::size_t>(written);
    const auto of_head = std::min(total, rest.size());
    rest = rest.subspan(of_head);
    payload = payload.subspan(total - of_head);
  }
}

/// Returns: false at the end of the stream.
bool channel::read_more() {
  buffer_.resize(buffer_size);
  for (;;) {
    const auto got = ::read(descriptor_, buffer_.data(), buffer_.size());
    if (got >= 0) {
      unread_ = std::span<const std::byte>(buffer_).first(static_cast<std::size_t>(got));
      return got > 0;
    }
    if (would_block()) {
      wait_for(descriptor_, POLLIN);
    } else if (errno != EINTR) {
      fail("reading from", descriptor_);
    }
  }
}

std::optional<owned> channel::receive() {
  owned out;
  fragment given;
  bool ended = false;
  for (;;) {
    while (!value_or_throw(decoder_.next(unread_, given))) {
      if (ended) {
        value_or_throw(decoder_.finish());
        return std::nullopt;
      }
      ended = !read_more();
      if (ended) decoder_.end();
    }
    if (given.kind != fragment_kind::chunk) continue;
    out.id = given.head.id;
    out.front.assign(given.head.front.begin(), given.head.front.end());
    out.payload.insert(out.payload.end(), given.payload.begin(), given.payload.end());
    if (given.ends) return out;
  }
}

}  // namespace chunk
