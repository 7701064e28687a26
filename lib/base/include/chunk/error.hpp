// Failures: conditions of the format, the result of a function that may fail, and the exception.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace chunk {

/// Conditions of the chunk format and of the texts that describe chunks and addresses.
///
/// The system's, the resolver's and other libraries' codes keep their own category.
enum class errc {
  truncated = 1,  ///< the stream ends inside a chunk
  too_large,      ///< a length above the limit
  malformed,      ///< a payload that its subchunks do not fill exactly
  violation,      ///< well-formed, but against the rules of the particular protocol
  bad_id,         ///< a text that is not an ID of the framing
  bad_notation,   ///< a text that is not a chunk in the notation of chunk(5)
  bad_address,    ///< a text that is not an address
  bad_protocol,   ///< a protocol that is not known or not well described
};

/// The category of `errc`, for comparing and for messages.
const std::error_category& format_category() noexcept;

std::error_code make_error_code(errc code) noexcept;

/// What went wrong: the code is for programs, the detail for the user.
///
/// With a code of format_category() or of std::generic_category(), `detail`, when there is one,
/// says everything. With any other code, such as the system's or the resolver's, `detail` names the
/// subject ("tcp:127.0.0.1:7000") and the code's message follows it.
struct error {
  std::error_code code;
  std::string detail;

  bool operator==(const error&) const = default;
};

/// Gives the one line that a user is to read.
std::string to_text(const error& what);

/// Puts `subject` and a colon before the detail.
error about(std::string subject, error what);

/// A value or an error; dropping it warns.
///
/// Spelled like std::expected, which is to replace its base one day.
template <class T>
class [[nodiscard]] result : public tl::expected<T, error> {
 public:
  using tl::expected<T, error>::expected;
};

/// An error on its way up through coroutines. `what()` is to_text() of it.
class failure : public std::system_error {
 public:
  explicit failure(error what);
  ~failure() override;

  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// A failure of a local file or of a standard stream, as opposed to one of a connection.
class local_failure : public failure {
 public:
  using failure::failure;
  ~local_failure() override;
};

/// Makes an error of errno's present value about `subject`.
error last_system_error(std::string subject);

/// Gives the value, or throws the error as a failure.
template <class T>
T value_or_throw(result<T> outcome) {
  if (!outcome) throw failure(std::move(outcome).error());
  if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

}  // namespace chunk

template <>
struct std::is_error_code_enum<chunk::errc> : std::true_type {};
