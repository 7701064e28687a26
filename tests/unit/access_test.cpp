#include <chunk/net/access.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using chunk::net::access_rule;
using chunk::net::endpoint;
using chunk::net::peer;
using subject = access_rule::subject;

namespace {

peer at(std::string name, endpoint::kind type = endpoint::kind::tcp) {
  return {{type, std::move(name), 0, 4711}, std::nullopt};
}

peer process(uid_t uid, gid_t gid, std::vector<gid_t> groups = {}) {
  return {{endpoint::kind::unix, {}, 0, 0},
          chunk::net::credentials{1, uid, gid, std::move(groups)}};
}

access_rule from(bool allows, const std::string& text) {
  return {allows, subject::network, 0, value_or_throw(chunk::net::parse_network(text)), {}};
}

bool is_in(const std::string& address, const std::string& text) {
  return is_within(at(address), {value_or_throw(chunk::net::parse_network(text))});
}

std::string refused(const std::string& text) {
  const auto outcome = chunk::net::parse_network(text);
  return outcome ? "accepted" : outcome.error().detail;
}

}  // namespace

TEST_CASE("a network holds the addresses that begin with its bits") {
  CHECK(is_in("192.0.2.1", "192.0.2.0/24"));
  CHECK(is_in("192.0.2.255", "192.0.2.0/24"));
  CHECK_FALSE(is_in("192.0.3.0", "192.0.2.0/24"));
  CHECK(is_in("10.1.2.3", "10.0.0.0/9"));
  CHECK_FALSE(is_in("10.128.0.0", "10.0.0.0/9"));
  CHECK(is_in("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(is_in("192.0.2.2", "192.0.2.1"));
  CHECK(is_in("255.255.255.255", "0.0.0.0/0"));
  CHECK_FALSE(is_in("::1", "0.0.0.0/0"));
  CHECK(is_in("2001:db8::1", "2001:db8::/32"));
  CHECK_FALSE(is_in("2001:db9::1", "2001:db8::/32"));
  CHECK(is_in("::1", "::1/128"));
}

TEST_CASE("a network of IPv6 holds no IPv4 address") {
  CHECK(is_in("2001:db8::1", "::/0"));
  for (const auto* text : {"::/0", "::/64", "::/95"}) {
    CAPTURE(text);
    CHECK_FALSE(is_in("192.0.2.1", text));
  }
  CHECK(is_in("192.0.2.1", "::ffff:192.0.2.0/120"));
}

TEST_CASE("text that is not a network is refused with the reason") {
  CHECK(refused("192.0.2.1/24") == "'192.0.2.1/24' has bits behind its prefix");
  CHECK(refused("192.0.2.0/33") == "'192.0.2.0/33' has no prefix of 0 to 32");
  CHECK(refused("::/129") == "'::/129' has no prefix of 0 to 128");
  CHECK(refused("192.0.2.0/") == "'192.0.2.0/' has no prefix of 0 to 32");
  for (const auto* text : {"", "/8", "192.0.2", "localhost", "192.0.2.0/24 ", "1.2.3.4:5"}) {
    CAPTURE(text);
    const auto outcome = chunk::net::parse_network(text);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == chunk::errc::bad_address);
  }
}

TEST_CASE("the name of a Unix socket is never taken for an IP address") {
  const std::vector all{value_or_throw(chunk::net::parse_network("0.0.0.0/0"))};
  CHECK_FALSE(is_within(at("192.0.2.1", endpoint::kind::unix), all));
  CHECK_FALSE(is_within(at("192.0.2.1", endpoint::kind::abstract), all));
  CHECK(is_within(at("192.0.2.1", endpoint::kind::tls), all));
  auto local = process(1, 1);
  local.address = at("192.0.2.1", endpoint::kind::tls).address;
  CHECK_FALSE(is_within(local, all));
}

TEST_CASE("the first rule that matches decides") {
  const std::vector rules{from(false, "192.0.2.7"), from(true, "192.0.2.0/24"),
                          from(false, "0.0.0.0/0")};
  CHECK_FALSE(admits(rules, at("192.0.2.7"), 0));
  CHECK(admits(rules, at("192.0.2.8"), 0));
  CHECK_FALSE(admits(rules, at("192.0.3.8"), 0));
}

TEST_CASE("a client that no rule matches is admitted if there are no rules") {
  CHECK(admits({}, at("192.0.2.1"), 0));
  CHECK(admits({}, process(1, 1), 0));
  const std::vector denying{from(false, "192.0.2.0/24")};
  CHECK(admits(denying, at("198.51.100.1"), 0));
  CHECK(admits(denying, process(7, 1), 7));
  CHECK_FALSE(admits(denying, process(8, 1), 7));
  const std::vector allowing{from(true, "192.0.2.0/24")};
  CHECK_FALSE(admits(allowing, at("198.51.100.1"), 0));
  CHECK_FALSE(admits(allowing, at("abc", endpoint::kind::vsock), 0));
}

TEST_CASE("users and groups are matched by credentials, certificates by their names") {
  const std::vector<access_rule> rules{{true, subject::user, 5, {}, {}},
                                       {true, subject::group, 6, {}, {}},
                                       {true, subject::certificate, 0, {}, "client"}};
  CHECK(admits(rules, process(5, 1), 0));
  CHECK(admits(rules, process(1, 6), 0));
  CHECK(admits(rules, process(1, 1, {2, 6}), 0));
  CHECK_FALSE(admits(rules, process(6, 5, {5}), 0));
  auto secured = at("192.0.2.1", endpoint::kind::tls);
  CHECK_FALSE(admits(rules, secured, 0));
  secured.certificate_names = {"other", "client"};
  CHECK(admits(rules, secured, 0));
}

TEST_CASE("connections of one user, IPv4 address or IPv6 network count together") {
  CHECK(identity_of(process(5, 1)) == "uid 5");
  CHECK(identity_of(at("192.0.2.1")) == "192.0.2.1");
  CHECK(identity_of(at("2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64");
  CHECK(identity_of(at("2001:db8:1:2::9")) == "2001:db8:1:2::/64");
  CHECK(identity_of(peer{}).empty());
}
