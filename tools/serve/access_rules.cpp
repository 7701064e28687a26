#include "serve/access_rules.hpp"

#include "cli/status.hpp"

#include <chunk/notation.hpp>

#include <grp.h>
#include <pwd.h>

#include <cstdint>
#include <limits>
#include <utility>

namespace tools::serve {
namespace {

std::uint32_t number_of(const std::string& text, const std::string& rule) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max() - 1;  // the last is no ID
  const auto number = chunk::parse_count(text, "ID", most);
  if (!number) throw cli::wrong_usage("'" + rule + "': " + number.error().detail);
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

chunk::net::access_rule parse_access_rule(const std::string& text, bool allows) {
  using subject = chunk::net::access_rule::subject;
  chunk::net::access_rule out;
  out.allows = allows;
  const auto equals = text.find('=');
  const auto key = text.substr(0, equals);
  const auto value = equals == text.npos ? std::string() : text.substr(equals + 1);
  if (key == "uid" || key == "gid") {
    out.about = key == "uid" ? subject::user : subject::group;
    out.number = number_of(value, text);
  } else if (key == "user") {
    const auto* const found = ::getpwnam(value.c_str());
    if (!found) throw cli::wrong_usage("'" + text + "': there is no such user");
    out.number = found->pw_uid;
  } else if (key == "group") {
    const auto* const found = ::getgrnam(value.c_str());
    if (!found) throw cli::wrong_usage("'" + text + "': there is no such group");
    out.about = subject::group;
    out.number = found->gr_gid;
  } else if (key == "cert") {
    if (value.empty()) throw cli::wrong_usage("'" + text + "': a name is missing");
    out.about = subject::certificate;
    out.name = value;
  } else {
    const auto within = chunk::net::parse_network(text);
    if (!within) throw cli::wrong_usage(within.error().detail);
    out.about = subject::network;
    out.within = *within;
  }
  return out;
}

}  // namespace tools::serve
