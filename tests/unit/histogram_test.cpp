#include "send/histogram.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tools::send::histogram;

TEST_CASE("an empty histogram has only zeros") {
  const histogram none;
  CHECK(none.count() == 0);
  CHECK(none.least() == 0ns);
  CHECK(none.most() == 0ns);
  CHECK(none.quantile(0.5) == 0ns);
  CHECK(none.drawing().empty());
}

TEST_CASE("least and most are exact, and so are quantiles of small values") {
  histogram all;
  for (int value = 1; value <= 20; ++value) all.add(std::chrono::nanoseconds(value));
  CHECK(all.least() == 1ns);
  CHECK(all.most() == 20ns);
  CHECK(all.quantile(0.5) == 10ns);
  CHECK(all.quantile(0.9) == 18ns);
  CHECK(all.quantile(1) == 20ns);
  CHECK(all.quantile(0) == 1ns);
}

TEST_CASE("a quantile is at most a thirty-second above the true one") {
  histogram all;
  for (std::int64_t value = 1; value <= 100'000; ++value) {
    all.add(std::chrono::nanoseconds(value * 1'000));
  }
  for (const double share : {0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    const auto exact = share * 100'000 * 1'000;
    const auto found = static_cast<double>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(all.quantile(share)).count());
    CHECK(found >= exact);
    CHECK(found <= exact * (1 + 1.0 / 32));
  }
}

TEST_CASE("each value of many sizes has a bucket that holds it") {
  for (std::int64_t value = 1; value > 0 && value < (std::int64_t{1} << 60);
       value = value * 3 / 2 + 1) {
    CAPTURE(value);
    histogram one;
    one.add(std::chrono::nanoseconds(value));
    CHECK(one.quantile(0.5) == std::chrono::nanoseconds(value));
  }
}

TEST_CASE("a negative duration counts as zero") {
  histogram one;
  one.add(-5ns);
  CHECK(one.least() == 0ns);
}

TEST_CASE("the drawing has a row for each doubling between the first and the last") {
  histogram all;
  for (int count = 0; count < 3; ++count) all.add(900us);
  all.add(3500us);
  const auto rows = all.drawing();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].text == "<   1.0 ms          3   75.0 %");
  CHECK(rows[1].text == "<   2.1 ms          0    0.0 %");
  CHECK(rows[2].text == "<   4.2 ms          1   25.0 %");
  CHECK(rows[0].share == 1);
  CHECK(rows[1].share == 0);
  CHECK(rows[2].share == doctest::Approx(1.0 / 3));
}
