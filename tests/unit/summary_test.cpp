
#include "format/registry.hpp"
#include "format/summary/length_counts.hpp"
#include "format/summary/summary_table.hpp"
#include "support/bytes.hpp"
#include "support/samples.hpp"

#include <chunk/framing.hpp>
#include <chunk/protocol.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace chunk::literals;
using namespace std::literals;
using support::bytes;

namespace {

/// A summary with functions to add chunks.
class summary {
 public:
  explicit summary(const tools::format::format_options& how = {})
      : view_(tools::format::summary_format.make(how, out_)) {}

  summary& add(chunk::id id, std::string_view payload) {
    const auto length = static_cast<std::uint32_t>(payload.size());
    return add({{id, length}, at_, bytes(payload), true, true});
  }

  /// A chunk whose payload is mostly skipped, as in a file.
  summary& add(chunk::id id, std::uint32_t length) {
    const auto start = at_;
    add({{id, length}, start, {}, true, length == 0});
    return length == 0 ? *this : add({{id, length}, start, bytes("z"), false, true});
  }

  summary& add(const chunk::fragment& given) {
    view_->add(given, {});
    at_ = given.offset + support::header_size + given.head.length;
    return *this;
  }

  summary& decode(std::string_view stream) {
    chunk::decoder decoder;
    chunk::fragment given;
    auto rest = bytes(stream);
    while (chunk::value_or_throw(decoder.next(rest, given))) add(given);
    return *this;
  }

  summary& fault(std::string_view outside, std::uint64_t offset) {
    view_->fault({chunk::errc::truncated, "cut"}, bytes(outside), offset);
    return *this;
  }

  std::string table() {
    view_->finish();
    return '\n' + out_;
  }

 private:
  std::string out_;
  std::unique_ptr<tools::format::formatter> view_;
  std::uint64_t at_ = 0;
};

tools::format::format_options with(const chunk::protocol& rules) {
  tools::format::format_options out;
  out.rules = &rules;
  return out;
}

chunk::protocol example() {
  return chunk::value_or_throw(chunk::find_protocol("example"));
}

/// The line of a table that begins with `start`, or nothing.
std::string line_of(const std::string& table, std::string_view start) {
  const auto at = table.find('\n' + std::string(start));
  return at == table.npos ? "" : table.substr(at + 1, table.find('\n', at + 1) - at - 1);
}

std::string last_line_of(std::string_view text) {
  text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

/// A different ID for each number.
chunk::id number_id(std::uint32_t number) {
  chunk::id out;
  for (auto& each : out.bytes) {
    each = static_cast<std::byte>(number & 0xff);
    number >>= 8;
  }
  return out;
}

std::string wire(chunk::id id, std::string_view payload) {
  const chunk::header head{id, static_cast<std::uint32_t>(payload.size())};
  return support::chars(encode(head)) + std::string(payload);
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    longest = std::max(longest, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return longest;
}

tools::format::length_counts counted(const std::vector<std::uint32_t>& lengths,
                                     std::size_t most = 1024) {
  tools::format::length_counts out(most);
  for (const auto each : lengths) out.add(each);
  return out;
}

}  // namespace

// The table

TEST_CASE("each ID has a line, sorted by bytes, with its subchunks below") {
  const auto rules = example();
  CHECK(summary(with(rules)).decode(support::sample("req.chunk")).table() == R"(
ID      role     count  bytes  min  median  max   share
CMPU    request      1     35   27      27   27   51.5%  ##########
  OPND               2     18    1       1    1   26.5%  #####
  OPER               1      9    1       1    1   13.2%  ###
ECHO    both         1     17    9       9    9   25.0%  #####
NOOP    both         1      8    0       0    0   11.8%  ##
SHUT    request      1      8    0       0    0   11.8%  ##
total                4     68                    100.0%
)");
}

TEST_CASE("chunks of an unknown protocol have no role") {
  CHECK(summary().add("ABCD"_id, "abc").add("ABCD"_id, "").table() == R"(
ID     count  bytes  min  median  max   share
ABCD       2     19    0       0    3  100.0%  ####################
total      2     19                    100.0%
)");
}

TEST_CASE("a stream without chunks has a table without IDs") {
  CHECK(summary().table() == R"(
ID     count  bytes  min  median  max
total      0      0
)");
}

TEST_CASE(
    "the side of the stream decides whether a chunk that can be both is a request or a reply") {
  const auto rules = example();
  auto how = with(rules);
  const auto role = [&](chunk::stream_side side, chunk::id id) {
    how.side = side;
    return line_of(summary(how).add(id, "").table(), to_text(id)).substr(7, 8);
  };
  CHECK(role(chunk::stream_side::client, "ECHO"_id) == "request ");
  CHECK(role(chunk::stream_side::server, "ECHO"_id) == "reply   ");
  CHECK(role(chunk::stream_side::unknown, "ECHO"_id) == "both    ");
  CHECK(role(chunk::stream_side::server, "SHUT"_id) == "request ");
  CHECK(role(chunk::stream_side::client, "ANSR"_id) == "reply   ");
}

TEST_CASE("guessed subchunks are marked") {
  const auto sum = wire("OPND"_id, "3") + wire("OPND"_id, "4");
  CHECK(summary(with(chunk::guessing_protocol())).add("CMPU"_id, sum).add("NOOP"_id, "").table() ==
        R"(
ID       count  bytes  min  median  max   share
CMPU         1     26   18      18   18   76.5%  ###############
  OPND?      2     18    1       1    1   52.9%  ###########
NOOP         1      8    0       0    0   23.5%  #####
total        2     34                    100.0%
? taken for subchunks by their looks
)");
}

TEST_CASE("an ID in the stream and in two containers has three lines") {
  const auto table = summary(with(chunk::guessing_protocol()))
                         .add("ABCD"_id, wire("SAME"_id, "1"))
                         .add("SAME"_id, wire("SAME"_id, "12"))
                         .table();
  CHECK(line_of(table, "ABCD").starts_with("ABCD         1     17    9"));
  CHECK(line_of(table, "SAME").starts_with("SAME         1     18   10"));
  CHECK(line_of(table, "  SAME?").starts_with("  SAME?      1     10    2"));
  CHECK(table.find("  SAME?      1      9    1") != table.npos);
}

TEST_CASE("containers that their subchunks do not fill are counted") {
  const auto rules = example();
  const auto table = summary(with(rules)).add("CMPU"_id, "OPND").add("CMPU"_id, "").table();
  CHECK(last_line_of(table) == "1 container not filled by subchunks");
}

TEST_CASE("only selected chunks count") {
  const auto rules = example();
  auto how = with(rules);
  const tools::format::selection chosen({"CMPU", "NOOP"}, {"CMPU/OPND"});
  how.chosen = &chosen;
  CHECK(summary(how).decode(support::sample("req.chunk")).table() == R"(
ID      role     count  bytes  min  median  max   share
CMPU    request      1     35   27      27   27   81.4%  ################
  OPER               1      9    1       1    1   20.9%  ####
NOOP    both         1      8    0       0    0   18.6%  ####
total                2     43                    100.0%
)");
}

TEST_CASE("a chunk that comes in fragments counts once, with its declared length") {
  CHECK(summary().add("LONG"_id, 4'294'967'295U).add("LONG"_id, 1'000'000U).table() == R"(
ID     count       bytes      min   median         max   share
LONG       2  4295967311  1000000  1000000  4294967295  100.0%  ################
total      2  4295967311                                100.0%
)");
}

TEST_CASE("received IDs are escaped, and those with equal bytes are sorted") {
  CHECK(summary().add("\x1b[2J"_id, "").add("ABC "_id, "").table() == R"(
ID      count  bytes  min  median  max   share
%1b[2J      1      8    0       0    0   50.0%  ##########
ABC%20      1      8    0       0    0   50.0%  ##########
total       2     16                    100.0%
)");
}

TEST_CASE("bars are of blocks, to an eighth of a column, where there is UTF-8") {
  tools::format::format_options how;
  how.utf8 = true;
  CHECK(summary(how).add("AAAA"_id, "12345678").add("BBBB"_id, "").table() == R"(
ID     count  bytes  min  median  max   share
AAAA       1     16    8       8    8   66.7%  █████████████▍
BBBB       1      8    0       0    0   33.3%  ██████▋
total      2     24                    100.0%
)");
}

TEST_CASE("colours change nothing but colours") {
  tools::format::format_options how;
  const auto make = [&how] {
    return summary(how).add("AAAA"_id, "12345678").add("BBBB"_id, "").fault("xx", 24).table();
  };
  const auto plain = make();
  how.colour = true;
  const auto coloured = make();
  CHECK(coloured.find("\033[1;31m1 fault, 2 bytes outside chunks\033[0m\n") != coloured.npos);
  CHECK(coloured.find("\033[1mAAAA\033[0m ") != coloured.npos);
  CHECK(coloured.find("  \033[36m#############\033[0m\n") != coloured.npos);
  std::string uncoloured;
  for (std::size_t at = 0; at < coloured.size(); ++at) {
    if (coloured[at] == '\033') {
      at = coloured.find('m', at);
    } else {
      uncoloured += coloured[at];
    }
  }
  CHECK(uncoloured == plain);
}

TEST_CASE("a table of a tap names its connection and direction") {
  tools::format::format_options how;
  how.connection = 12;
  how.direction = tools::format::direction::replies;
  CHECK(summary(how).table().starts_with("\n==> 12 < <==\nID"));
}

TEST_CASE("a live stream has rates") {
  std::string out;
  tools::format::summary_line all;
  all.count = 3;
  all.bytes = 1001;
  append_rates(out, all, 2500ms);
  append_rates(out, all, 0s);
  CHECK(out == "2.500 s, 400 bytes/s, 1 chunks/s\n0.000 s\n");
  tools::format::format_options how;
  how.live = true;
  CHECK(last_line_of(summary(how).table()).find(" s") != out.npos);
}

// Faults

TEST_CASE("the bytes of a truncated chunk count") {
  CHECK(summary().add("NOOP"_id, "").add("ECHO"_id, 100'000U).fault("", 1016).table() == R"(
ID     count  bytes     min  median     max   share
ECHO       1   1008  100000  100000  100000   99.2%  ####################
NOOP       1      8       0       0       0    0.8%
total      2   1016                          100.0%
1 fault, 99000 bytes missing
)");
}

TEST_CASE("bytes outside chunks count separately, and once even if they come in pieces") {
  const auto table = summary()
                         .add("NOOP"_id, "")
                         .fault("xx", 8)
                         .fault("yyy", 10)
                         .add({{"NOOP"_id, 0}, 13, {}, true, true})
                         .fault("z", 21)
                         .table();
  CHECK(last_line_of(table) == "2 faults, 6 bytes outside chunks");
  CHECK(line_of(table, "NOOP").starts_with("NOOP       2     16"));
}

TEST_CASE("a fault before any chunk is counted") {
  CHECK(last_line_of(summary().fault("ECH", 0).table()) == "1 fault, 3 bytes outside chunks");
}

// Limits

TEST_CASE("at most 4096 IDs have their own lines, and others share one") {
  summary on;
  for (std::uint32_t count = 0; count < 10'000; ++count) on.add(number_id(count), "abc");
  const auto table = on.add(number_id(0), "").table();
  CHECK(std::ranges::count(table, '\n') == 1 + 1 + 4096 + 1 + 1);
  CHECK(line_of(table, "other IDs") ==
        "other IDs      5904   64944    3       3    3   59.0%  ############");
  CHECK(line_of(table, "total") == "total         10001  110008                    100.0%");
  CHECK(
      line_of(table, "%00%00%00%00").starts_with("%00%00%00%00      2      19    0       0    3"));
}

TEST_CASE("subchunks beyond 4096 IDs share a line below their container") {
  std::string payload;
  for (std::uint32_t count = 0; count < 5000; ++count) payload += wire(number_id(count), "");
  const auto rules = example();
  const auto table = summary(with(rules)).add("CMPU"_id, payload).add("ECHO"_id, "").table();
  CHECK(std::ranges::count(table, '\n') == 1 + 1 + 1 + 4095 + 1 + 1 + 1);
  CHECK(line_of(table, "  other IDs").starts_with("  other IDs                905   7240"));
  CHECK(line_of(table, "other IDs").find(" 1      8 ") != table.npos);
}

TEST_CASE("a table is never wider than 80 columns") {
  const auto rules = example();
  const auto width = [&](std::uint64_t count, std::uint64_t bytes, std::string name) {
    tools::format::summary_line line{std::move(name), "request", count, bytes, {}};
    line.lengths = {4'294'967'295U, 4'294'967'295U, 4'294'967'295U, false};
    std::string out;
    append_table(out, {line}, line);
    return longest_line(out);
  };
  for (std::uint64_t count = 1; count < 10'000'000'000; count *= 10) {
    for (std::uint64_t bytes = 1; bytes < 10'000'000'000'000; bytes *= 10) {
      CAPTURE(count);
      CAPTURE(bytes);
      CHECK(width(count, bytes, "ABCD") <= 80);
      CHECK(width(count, bytes, "  %00%00%00%00") <= 80);
    }
  }
}

// Lengths

TEST_CASE("the median is the middle length, or the smaller one of two") {
  CHECK(counted({7}).median() == 7);
  CHECK(counted({9, 1}).median() == 1);
  CHECK(counted({3, 9, 1}).median() == 3);
  CHECK(counted({5, 5, 5, 1, 9, 9}).median() == 5);
  CHECK(counted({0, 0, 0, 4'294'967'295U}).median() == 0);
  const auto some = counted({3, 9, 1, 9});
  CHECK(some.least() == 1);
  CHECK(some.greatest() == 9);
}

TEST_CASE("medians of up to 1024 different lengths are exact") {
  std::vector<std::uint32_t> lengths;
  for (std::uint32_t count = 0; count < 1024; ++count) lengths.push_back(count * 1'000'003);
  for (std::uint32_t round = 0; round < 3; ++round) {
    std::shuffle(lengths.begin(), lengths.end(), std::mt19937(round));
    auto all = counted(lengths);
    CHECK(all.exact());
    CHECK(all.median() == 511 * 1'000'003);
    all.add(5);
    CHECK_FALSE(all.exact());
    CHECK(all.least() == 0);
    CHECK(all.greatest() == 1023U * 1'000'003);
  }
}

TEST_CASE("medians of more different lengths are within 4 %") {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<std::uint32_t> lengths;
    for (int count = 0; count < 500; ++count) {
      lengths.push_back(static_cast<std::uint32_t>(random()) >> (random() % (1 + seed % 32)));
    }
    const auto all = counted(lengths, 4);
    std::ranges::sort(lengths);
    const double exact = lengths[249];
    CHECK(std::abs(static_cast<double>(all.median()) - exact) <= 0.04 * exact);
    CHECK(all.least() == lengths.front());
    CHECK(all.greatest() == lengths.back());
  }
}

TEST_CASE("every length is in a class that is near to it") {
  for (std::uint64_t length = 1; length <= chunk::max_length; length += 1 + length / 100) {
    CAPTURE(length);
    const auto one = static_cast<std::uint32_t>(length);
    const auto all = counted({0, chunk::max_length, one, one, one}, 0);
    CHECK_FALSE(all.exact());
    CHECK(std::abs(static_cast<double>(all.median()) - static_cast<double>(length)) <=
          0.04 * static_cast<double>(length));
  }
}

TEST_CASE("a median that is not exact is marked") {
  summary on;
  for (std::uint32_t length = 0; length < 1025; ++length) on.add("MANY"_id, length);
  const auto table = on.table();
  CHECK(line_of(table, "MANY") ==
        "MANY    1025  533000    0    ~528  1024  100.0%  ####################");
  CHECK(last_line_of(table) == "~ within 4 %, since there are too many different lengths");
}
