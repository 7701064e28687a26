#include "format/index_range.hpp"

#include <chunk/decimal.hpp>
#include <chunk/escape.hpp>
#include <chunk/notation.hpp>

#include <string>
#include <utility>

namespace tools::format {
namespace {

tl::unexpected<chunk::error> refuse_range(std::string why) {
  return tl::unexpected(chunk::error{chunk::errc::bad_notation, std::move(why)});
}

}  // namespace

chunk::result<index_range> parse_index_range(std::string_view text) {
  constexpr std::string_view to = "..";
  const auto dots = text.find(to);
  const auto digits = text.substr(0, dots);
  const auto first = chunk::parse_count(digits, "the number");
  if (!first) {
    if (chunk::is_digits(digits)) return tl::unexpected(first.error());
    return refuse_range('\'' + chunk::quoted(text) + "' is neither a number nor like 3..7 or 3..");
  }
  if (*first == 0) return refuse_range("the first chunk is number 1");
  index_range out{*first, *first};
  if (dots == text.npos) return out;
  out.last = index_range().last;
  const auto rest = text.substr(dots + to.size());
  if (rest.empty()) return out;
  const auto last = chunk::parse_count(rest, "the number");
  if (!last) return tl::unexpected(last.error());
  if (*last < *first) return refuse_range(chunk::quoted(text) + " ends before it begins");
  out.last = *last;
  return out;
}

}  // namespace tools::format
