// Byte streams: the abstract transport, and those over descriptors that are already open.
#pragma once

#include <chunk/error.hpp>
#include <chunk/net/deadline.hpp>
#include <chunk/net/endpoint.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace chunk::net {

/// The process at the other end of a Unix socket, as the kernel reports it.
struct credentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups{};  ///< supplementary groups
};

/// The other end of a connection.
struct peer {
  endpoint address;  ///< of a Unix socket the path may be empty: most clients have none
  std::optional<credentials> owner;
  std::vector<std::string> certificate_names{};  ///< of a verified TLS certificate
  std::optional<endpoint> balancer{};            ///< the load balancer that has sent `address`
};

/// Is told of the end of a wait.
class wait_observer {
 public:
  /// Called at the end of a wait; the code says why the system has refused it.
  virtual void on_wait_end(const std::error_code& problem) = 0;

 protected:
  ~wait_observer() = default;
};

/// A stream of bytes in both directions. One coroutine may read while another writes.
///
/// The try_ functions never wait; the wait_ functions may return early. Together they let one
/// thread hold a buffer only while there are bytes for it.
///
/// It has more functions than most classes, since TLS, sockets, files and pipes differ in each of
/// them; a program needs little more than read_some() and write_all().
class transport {
 public:
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport();

  /// Reads without waiting, at most room.size() bytes, which must not be 0.
  ///
  /// Returns: the number of bytes; 0 at the end of the stream; nullopt: would block
  /// Throws:  failure with the system's code; local_failure for a file or a standard stream
  std::optional<std::size_t> try_read(std::span<std::byte> room);

  /// Writes as much as can be written without waiting.
  ///
  /// Shape:   after nullopt, the next call must begin with the same bytes; more may follow them
  /// Returns: the number of bytes; nullopt: would block
  /// Throws:  as try_read(), std::errc::broken_pipe when nobody reads any more
  std::optional<std::size_t> try_write(std::span<const std::byte> bytes);

  /// Skips up to `count` bytes of a regular file by seeking: as many as the file has now. They
  /// count as read.
  ///
  /// Returns: the number of bytes; 0 for anything else than a regular file, and for files such as
  ///          those in /proc, which do not tell their size
  std::uint64_t skip(std::uint64_t count);

  /// Moves at most `most` bytes of this stream to `to` inside the kernel, without copying them into
  /// this process. They count as read and as written.
  ///
  /// Returns: the number of bytes; 0 if the system cannot move bytes between these two, the stream
  ///          has ended, or there is an error, which reading or writing reports as well
  /// Throws:  as read_some() and write_some(), if nothing was moved
  asio::awaitable<std::uint64_t> pass_some(transport& to, std::uint64_t most);

  /// Waits until try_read() may succeed. Returns false if cancel() ended the wait.
  ///
  /// Throws: failure if the system refuses to wait
  virtual asio::awaitable<bool> wait_readable() = 0;

  /// Tells `whom` once when try_read() may succeed, cancel() has ended the wait, or the system
  /// refuses to wait; never before this function returns, and not if it is destroyed by then. Takes
  /// less memory than a coroutine that waits.
  virtual void when_readable(asio::io_context& context, std::weak_ptr<wait_observer> whom);

  /// Waits until try_write() may succeed. Returns and throws as wait_readable().
  virtual asio::awaitable<bool> wait_writable() = 0;

  /// Waits until try_read() may succeed, within the limit of set_read_timeout(). It may not succeed
  /// afterwards nevertheless.
  ///
  /// Throws: std::errc::operation_canceled after cancel(); std::errc::timed_out
  asio::awaitable<void> wait_for_bytes();

  /// Reads at least one byte. Returns 0 at the end of the stream.
  ///
  /// Throws: as try_read(); std::errc::operation_canceled after cancel(); std::errc::timed_out
  asio::awaitable<std::size_t> read_some(std::span<std::byte> room);

  /// Discards `count` bytes, by skip() where that is possible and by reading otherwise.
  ///
  /// Returns: the number of bytes, which is smaller if the stream has ended
  /// Throws:  as read_some()
  asio::awaitable<std::uint64_t> drop(std::uint64_t count);

  /// Writes at least one byte of `bytes`, which have to stay valid meanwhile.
  ///
  /// Throws: as read_some()
  asio::awaitable<std::size_t> write_some(std::span<const std::byte> bytes);

  /// Writes all of `bytes`, which have to stay valid meanwhile. After a failure, bytes_written()
  /// tells how many were written.
  ///
  /// Throws: as read_some()
  asio::awaitable<void> write_all(std::span<const std::byte> bytes);

  /// Limit each single wait of read_some(), and of write_some() and write_all(): the time in which
  /// nothing comes, or in which the other side takes nothing. Zero, the default, means no limit.
  void set_read_timeout(duration limit) { read_timeout_ = limit; }
  void set_write_timeout(duration limit) { write_timeout_ = limit; }

  /// Tells the other side that nothing more will be sent; reading goes on. Errors are ignored: the
  /// next read reports them.
  virtual void shutdown_write() noexcept = 0;

  /// Stops reading; writing goes on. The other side may get an error when it writes. Does nothing
  /// where the stream is not a socket.
  virtual void shutdown_read() noexcept {}

  /// Closes the connection at once and drops unsent bytes: the other side sees a reset. On a Unix
  /// socket it sees a reset only if something that it sent is unread. An inherited socket is shut
  /// down instead. Only the destructor may be called afterwards.
  virtual void reset() noexcept { cancel(); }

  /// After the end of the stream was read: true unless TLS has found that it was cut off, which is
  /// when no close_notify came. Other streams cannot tell and return true.
  virtual bool ended_cleanly() const noexcept { return true; }

  /// True while bytes have arrived that try_read() cannot return yet, as part of a TLS record.
  virtual bool holds_part() const noexcept { return false; }

  /// True while close_notify is unsent. shutdown_write() and try_read() send it, and both waits
  /// return when it can be sent.
  virtual bool close_notify_pending() const noexcept { return false; }

  /// Bytes written that the other side has not taken yet: on a Unix socket those it has not read,
  /// on others those it has not acknowledged. nullopt: the system cannot tell.
  virtual std::optional<std::size_t> unacked() const noexcept { return std::nullopt; }

  /// Bytes that have arrived and are not read yet; through TLS there are fewer than this, since
  /// the overhead of its records counts. nullopt: the system cannot tell.
  virtual std::optional<std::size_t> unread() const noexcept { return std::nullopt; }

  /// Has the system ask an idle peer from time to time whether it is still there, so that the
  /// connection ends if it is not: SO_KEEPALIVE. Does nothing unless it is a TCP connection.
  virtual void keep_alive() noexcept {}

  /// Ends the current waits.
  virtual void cancel() noexcept = 0;

  /// The name of the other side in messages: "tcp:127.0.0.1:7000", "standard input", a path.
  const std::string& name() const { return name_; }

  /// Who is at the other end; peer{} after take_remote().
  const chunk::net::peer& remote() const;

  /// Replaces who is at the other end, once a PROXY header or TLS has told.
  void set_remote(chunk::net::peer who);

  /// Gives away who is at the other end, to an owner that keeps it instead.
  chunk::net::peer take_remote();

  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

 protected:
  transport(std::string name, chunk::net::peer remote)
      : name_(std::move(name)), remote_(std::make_unique<chunk::net::peer>(std::move(remote))) {}

 private:
  virtual std::optional<std::size_t> read_now(std::span<std::byte> room) = 0;
  virtual std::optional<std::size_t> write_now(std::span<const std::byte> bytes) = 0;
  virtual std::uint64_t skip_now(std::uint64_t count);

  /// Descriptors that pass_some() may move bytes from and to; negative: there is none.
  virtual int source() noexcept { return -1; }
  virtual int sink() noexcept { return -1; }

  /// The name of what is written to, in messages.
  virtual const std::string& sink_name() const { return name_; }

  asio::awaitable<void> wait_for_room();

  std::string name_;
  std::unique_ptr<chunk::net::peer> remote_;  // null: taken
  duration read_timeout_{};
  duration write_timeout_{};
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

/// Opens standard input and output as one stream. Neither is made non-blocking, since other
/// processes share them: to write without blocking, a pipe or a terminal is opened once more.
/// Regular files and pipes both work.
///
/// Throws: failure if there is no descriptor left or the system watches no more of them;
///         local_failure unless they are sockets
std::unique_ptr<transport> open_stdio(asio::io_context& context);

/// Opens a file for reading. Opening a FIFO does not wait for a writer, but reading from it does.
///
/// Throws: local_failure
std::unique_ptr<transport> open_file(asio::io_context& context, const std::string& path);

/// Uses an inherited descriptor of any kind, which stays open.
///
/// Throws: failure if it is not open
std::unique_ptr<transport> open_descriptor(asio::io_context& context, int descriptor);

/// Takes over a connected stream socket; `descriptor` is closed with the transport.
std::unique_ptr<transport> adopt_socket(asio::io_context& context, int descriptor, std::string name,
                                        peer remote);

}  // namespace chunk::net
