#include "chunk/net/access.hpp"

#include <chunk/net/scheme.hpp>
#include <chunk/notation.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace chunk::net {
namespace {

constexpr unsigned address_bits = 128;
constexpr unsigned mapped_bits = 96;  // RFC 4291, 2.5.5.2: ::ffff:0:0/96 holds the IPv4 addresses

bool is_ipv4(const ip_address& address) {
  constexpr ip_address start{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(start.begin(), start.begin() + mapped_bits / 8, address.begin());
}

/// The address with all bits behind the prefix cleared.
ip_address masked(ip_address address, unsigned prefix) {
  for (unsigned at = 0; at < address.size(); ++at) {
    const auto kept = std::clamp<int>(static_cast<int>(prefix) - static_cast<int>(at) * 8, 0, 8);
    address[at] &= static_cast<std::uint8_t>(0xff00U >> kept);
  }
  return address;
}

bool matches(const access_rule& rule, const peer& who) {
  using subject = access_rule::subject;
  switch (rule.about) {
    case subject::user: return who.owner && who.owner->uid == rule.number;
    case subject::group:
      return who.owner &&
             (who.owner->gid == rule.number ||
              std::ranges::find(who.owner->groups, rule.number) != who.owner->groups.end());
    case subject::network: return is_within(who, {rule.within});
    case subject::certificate:
      return std::ranges::find(who.certificate_names, rule.name) != who.certificate_names.end();
  }
  return false;
}

}  // namespace

std::optional<ip_address> parse_ip_address(std::string_view text) {
  const std::string terminated(text);
  ip_address out{};
  if (::inet_pton(AF_INET6, terminated.c_str(), out.data()) == 1) return out;
  if (::inet_pton(AF_INET, terminated.c_str(), out.data() + mapped_bits / 8) != 1) {
    return std::nullopt;
  }
  out[10] = out[11] = 0xff;
  return out;
}

bool network::contains(const ip_address& one) const {
  // ::/0 is about IPv6, although IPv4 addresses are held in its form.
  if (is_ipv4(one) && prefix < mapped_bits) return false;
  return masked(one, prefix) == address;
}

result<network> parse_network(std::string_view text) {
  const auto bad = [&](const std::string& why) {
    return tl::unexpected(error{errc::bad_address, "'" + std::string(text) + "' " + why});
  };
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return bad("is not a network such as 192.0.2.0/24 or 2001:db8::/32");
  network out{*address, address_bits};
  if (slash != text.npos) {
    const unsigned before = text.find(':') == text.npos ? mapped_bits : 0;
    const auto bits = parse_count(text.substr(slash + 1), "prefix", address_bits - before);
    if (!bits) return bad("has no prefix of 0 to " + std::to_string(address_bits - before));
    out.prefix = before + static_cast<unsigned>(*bits);
  }
  if (masked(out.address, out.prefix) != out.address) return bad("has bits behind its prefix");
  return out;
}

bool is_within(const peer& who, const std::vector<network>& networks) {
  // The name of any other address is up to the peer, and may look like one of these.
  const bool has_ip = !who.owner && scheme_of(who.address).traits.has_ip;
  if (networks.empty() || !has_ip) return false;
  const auto address = parse_ip_address(who.address.name);
  return address && std::ranges::any_of(
                        networks, [&](const network& each) { return each.contains(*address); });
}

bool depends_on_certificates(const std::vector<access_rule>& rules) {
  return std::ranges::any_of(rules, [](const access_rule& each) {
    return each.about == access_rule::subject::certificate;
  });
}

bool admits(const std::vector<access_rule>& rules, const peer& who, uid_t own) {
  // Nothing can connect to such an address: the peer was chosen by whoever started this process.
  const bool invited = !who.owner && !scheme_of(who.address).listenable();
  if (invited) return true;
  const auto first =
      std::ranges::find_if(rules, [&](const access_rule& each) { return matches(each, who); });
  if (first != rules.end()) return first->allows;
  if (rules.empty()) return true;
  if (who.owner) return who.owner->uid == own;
  return std::ranges::none_of(rules, &access_rule::allows);
}

std::string identity_of(const peer& who) {
  if (who.owner) return "uid " + std::to_string(who.owner->uid);
  if (!scheme_of(who.address).traits.has_ip) return {};
  const auto address = parse_ip_address(who.address.name);
  if (!address) return {};
  if (is_ipv4(*address)) return who.address.name;
  const auto start = masked(*address, 64);
  char shown[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, start.data(), shown, sizeof shown);
  return std::string(shown) + "/64";
}

}  // namespace chunk::net
