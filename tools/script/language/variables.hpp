// Names and their values in a script: %{NAME}.
#pragma once

#include <chunk/error.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tools::script {

/// Where values may be used in a text.
enum class value_style {
  none,      ///< nowhere: whatever varies has to be known before the script runs
  contents,  ///< in bytes that may have escapes
  chunk,     ///< in those of a chunk, or in the name of a file
  pattern,   ///< the same, or in a regular expression, literally
  plain,     ///< in a text without escapes
  command,   ///< as one word for the shell
};

/// Bytes that are a value.
using byte_string = std::vector<std::byte>;

/// The same bytes as characters.
std::string_view text_of(std::span<const std::byte> from);

/// Says whether a text is the name of a variable or of a connection: letters, digits, - and _, no
/// digit at its start.
bool is_name(std::string_view text);

/// A place where a value is inserted.
struct reference {
  std::size_t begin = 0;  ///< position of the percent sign
  std::size_t size = 0;   ///< including the closing brace
  std::string_view name;  ///< "NAME", "env:NAME", "random:N"
};

/// Finds the first reference from `from` on. In a text without escapes, %%{ is not a reference.
std::optional<reference> find_reference(std::string_view text, std::size_t from, value_style style);

/// Gives the value of a name. nullopt: the reference stays as it is.
using value_of = std::function<chunk::result<std::optional<byte_string>>(std::string_view name)>;

/// The most bytes of a value, unless --max-chunk says otherwise. Chosen: the limit of a chunk that
/// is held whole.
inline constexpr std::uint64_t longest_value = 16 * 1024 * 1024;

/// Says that a value has more bytes than `most`. errc::too_large
chunk::error value_too_long(std::uint64_t most);

/// Replaces references by values, escaped as `style` asks. In a text without escapes, %%{ becomes
/// %{ only if `last` says that no references are left to be replaced later. `most` is the most
/// bytes of a value that the text can describe.
///
/// Errors: those of `values`; errc::bad_notation for a NUL in a command; errc::too_large
chunk::result<std::string> expand(std::string_view text, value_style style, const value_of& values,
                                  bool last, std::uint64_t most = longest_value);

/// The prefix of the name of an environment variable.
inline constexpr std::string_view environment = "env:";

/// Errors: errc::bad_notation when it is not set
chunk::result<std::optional<byte_string>> from_environment(std::string_view name);

/// The prefix of a number of random bytes.
inline constexpr std::string_view random_bytes = "random:";

/// The most bytes that random:N gives.
inline constexpr std::uint64_t most_random = longest_value;

/// The values of one run of a case.
class variables {
 public:
  /// The same seed gives the same random bytes.
  explicit variables(std::uint64_t seed) : random_(seed) {}

  /// Begins another sequence of random bytes.
  void reseed(std::uint64_t seed) { random_.seed(seed); }

  void set(std::string_view name, std::span<const std::byte> value);
  void set(std::string_view name, std::string_view value);

  /// Gives the value of a name; random:N gives new bytes each time.
  ///
  /// Errors: errc::bad_notation where there is none yet
  chunk::result<std::optional<byte_string>> find(std::string_view name);

  /// Replaces all references, as expand() does.
  chunk::result<std::string> expanded(std::string_view text, value_style style, std::uint64_t most);

 private:
  /// Knuth's MMIX generator: few bytes to copy with each run, and good enough to fill payloads.
  using generator = std::linear_congruential_engine<std::uint64_t, 6364136223846793005U,
                                                    1442695040888963407U, 0U>;

  std::map<std::string, byte_string, std::less<>> values_;
  generator random_;
};

}  // namespace tools::script
