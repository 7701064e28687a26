#include "chunk/net/proxy.hpp"

#include "socket_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace chunk::net {
namespace {

// The layout, from proxy-protocol.txt: a signature, the version and the command, the family and the
// protocol, the length of the rest in network order; then addresses and ports, and then TLVs.
constexpr std::array<std::uint8_t, 12> signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::size_t fixed_size = 16;
constexpr unsigned command_local = 0x20;
constexpr unsigned command_proxy = 0x21;
constexpr unsigned family_ipv4 = 1;
constexpr unsigned family_ipv6 = 2;
constexpr unsigned transport_any = 0;
constexpr unsigned transport_stream = 1;

[[noreturn]] void refuse_header(const char* why) {
  throw failure(error{errc::violation, why});
}

asio::awaitable<void> read_exactly(transport& from, std::span<std::byte> room) {
  while (!room.empty()) {
    const auto got = co_await from.read_some(room);
    if (got == 0) throw failure(error{errc::truncated, "the stream ends in the PROXY header"});
    room = room.subspan(got);
  }
}

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]) << 8 |
         std::to_integer<std::uint32_t>(bytes[at + 1]);
}

/// The source in a block of addresses: both addresses, then both ports.
endpoint source_in(std::span<const std::byte> block, unsigned family) {
  if (family == family_ipv4) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    std::memcpy(&four.sin_addr, block.data(), sizeof four.sin_addr);
    std::memcpy(&four.sin_port, &block[2 * sizeof four.sin_addr], sizeof four.sin_port);
    return to_endpoint(socket_address::of(four), {});
  }
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  std::memcpy(&six.sin6_addr, block.data(), sizeof six.sin6_addr);
  std::memcpy(&six.sin6_port, &block[2 * sizeof six.sin6_addr], sizeof six.sin6_port);
  return to_endpoint(socket_address::of(six), {});
}

}  // namespace

asio::awaitable<std::optional<endpoint>> receive_proxy_header(transport& from) {
  std::array<std::byte, fixed_size> head{};
  co_await read_exactly(from, std::span(head));
  const bool signed_so = std::ranges::equal(std::span(head).first(signature.size()),
                                            std::as_bytes(std::span(signature)));
  if (!signed_so) refuse_header("no PROXY header of version 2");
  const auto command = std::to_integer<unsigned>(head[12]);
  if (command != command_local && command != command_proxy)
    refuse_header("an unknown PROXY command");
  std::size_t rest = number_at(head, 14);
  const auto family = std::to_integer<unsigned>(head[13]) >> 4;
  const auto transport = std::to_integer<unsigned>(head[13]) & 0xf;
  if (transport != transport_any && transport != transport_stream) {
    refuse_header("a PROXY header of something else than a stream");
  }
  std::optional<endpoint> source;
  const std::size_t size = family == family_ipv4 ? sizeof(in_addr) : sizeof(in6_addr);
  if (command == command_proxy && (family == family_ipv4 || family == family_ipv6)) {
    std::array<std::byte, 2 * (sizeof(in6_addr) + sizeof(in_port_t))> block{};
    const auto used = std::span(block).first(2 * (size + sizeof(in_port_t)));
    if (rest < used.size()) refuse_header("a PROXY header that is too short for its addresses");
    co_await read_exactly(from, used);
    rest -= used.size();
    source = source_in(used, family);
  }
  const auto passed = co_await from.drop(rest);
  if (passed < rest) throw failure(error{errc::truncated, "the stream ends in the PROXY header"});
  co_return source;
}

}  // namespace chunk::net
