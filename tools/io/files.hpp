// Files of input.
#pragma once

#include <chunk/error.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::io {

/// Reads at most room.size() bytes, waiting for them also where a descriptor is non-blocking or a
/// signal interrupts the wait.
///
/// Returns: the number of bytes, 0 at the end; negative, with errno set, on failure
ssize_t read_some(int descriptor, std::span<std::byte> room);

/// Limits the time that an input_file waits for somebody to write into it, as into a FIFO. It
/// belongs to the process, which does nothing else while it reads its arguments.
void limit_reading(std::chrono::milliseconds limit);

/// Says whether `path` is standard input: "-", or another name of the same pipe, such as
/// /dev/stdin. What is read by one name is not there for the other.
bool is_standard_input(const std::string& path);

/// A file that is read as a whole before anything else happens.
class input_file {
 public:
  struct standard {};

  explicit input_file(std::string path);
  explicit input_file(standard);
  ~input_file();
  input_file(const input_file&) = delete;
  input_file& operator=(const input_file&) = delete;

  /// Returns: the number of bytes read, 0 at the end
  /// Errors:  the system's code, also that of opening the file; std::errc::timed_out beyond the
  ///          limit of limit_reading()
  chunk::result<std::size_t> read(std::span<std::byte> room);

 private:
  std::string path_;
  int number_;
  int problem_;  // of opening it
};

/// Reads a whole file, or standard input, of which each call gives the same contents.
///
/// Errors: those of input_file::read(); errc::bad_notation for standard input that was taken
chunk::result<std::vector<std::byte>> load_file(const std::string& path);

/// Refuses an input that is also standard output: what is read from it is written to its end, and
/// read again. `path` "-" is standard input.
///
/// Throws: local_failure if both are the same regular file, and something is left to read
void refuse_output_as_input(const std::string& path);

/// Takes standard input for somebody who reads it to its end, but does not load it.
///
/// Errors: errc::bad_notation if it was taken or loaded before
chunk::result<void> take_standard_input();

/// Reads a whole file piece by piece, or takes standard input.
///
/// Errors: those of load_file() and take_standard_input()
chunk::result<void> take_file(const std::string& path,
                              const std::function<void(std::span<const std::byte>)>& take);

/// Checks that a file exists and is readable, without opening it.
///
/// Errors: the system's code
chunk::result<void> check_readable(const std::string& path);

/// Gives the encoding whose byte order mark a text begins with, such as "UTF-8". Empty: none.
std::string_view byte_order_mark(std::string_view text);

}  // namespace tools::io
