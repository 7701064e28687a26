// Measures the decoder and the encoder in every framing that is built in, for payloads of some
// sizes.
//
// codec [--benchmark_OPTION]...    times them, by Google Benchmark
// codec --count PATTERN            runs once for callgrind those whose names the pattern finds
//
// In the second form each case is one call of measured_once(), so that
//   valgrind --tool=callgrind --toggle-collect=measured_once --dump-after=measured_once
// writes a file with the instructions of each; what it prints says which case it is, and how many
// chunks. Unlike times, these numbers are the same in each run.
#include <chunk/error.hpp>
#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <regex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// A function of that name, so that callgrind finds it.
extern "C" [[gnu::noinline]] std::size_t measured_once(const std::function<std::size_t()>& work) {
  return work();
}

namespace {

using namespace chunk::literals;

/// Bytes of payload of a chunk.
constexpr std::array<std::size_t, 4> payload_sizes = {8, 64, 4096, 1024 * 1024};

/// Bytes of chunks in a stream, unless one chunk is larger. Chosen: they fit into the first caches,
/// so that memory is not what is measured.
constexpr std::size_t stream_size = 16 * 1024;

chunk::id choose_id(const chunk::framing& how) {
  const auto* form = how.ids();
  if (!form) return "ECHO"_id;
  if (form->is_number) {
    return chunk::id_of_number(form->names.empty() ? 1 : form->names.front().first, *form);
  }
  const std::array<std::byte, chunk::max_id_size> letters = {std::byte{'D'}, std::byte{'A'},
                                                             std::byte{'T'}, std::byte{'A'}};
  return chunk::id_of_bytes(std::span(letters).first(form->size), form);
}

/// The same chunk again and again, behind what a stream begins with.
class stream {
 public:
  stream(const chunk::framing& how, std::size_t payload_size)
      : how_(how), payload_(payload_size, std::byte{'x'}), view_{choose_id(how), payload_} {
    const auto start = how_.start();
    bytes_.assign(start.bytes.begin(), start.bytes.end());
    bytes_.resize(std::max(start.count, bytes_.size()));
    one_.resize(chunk::encoded_size(view_, how_));
    chunks_ = std::max<std::size_t>(1, stream_size / one_.size());
    for (std::size_t done = 0; done < chunks_; ++done) chunk::append(bytes_, view_, how_);
  }

  std::size_t chunks() const { return chunks_; }

  /// Takes the whole stream apart, and gives the number of chunks.
  std::size_t decode() const {
    chunk::decoder decoder(chunk::no_limit, how_);
    std::span<const std::byte> left = bytes_;
    chunk::fragment each;
    std::size_t count = 0;
    while (decoder.take_whole(left, each, chunk::no_limit) ||
           chunk::value_or_throw(decoder.next(left, each))) {
      count += each.ends && each.kind == chunk::fragment_kind::chunk;
    }
    return count;
  }

  /// Encodes as many chunks, each into the same place.
  std::size_t encode() {
    for (std::size_t done = 0; done < chunks_; ++done) {
      chunk::encode(view_, one_, how_);
      benchmark::ClobberMemory();
    }
    return chunks_;
  }

 private:
  chunk::framing how_;
  std::vector<std::byte> payload_;
  chunk::chunk_view view_;
  std::vector<std::byte> bytes_;
  std::vector<std::byte> one_;
  std::size_t chunks_ = 0;
};

struct codec_case {
  std::string preset;
  std::size_t payload = 0;
  std::string direction;
  std::size_t chunks = 0;
  std::function<std::size_t()> work;

  std::string name() const { return direction + "/" + preset + "/" + std::to_string(payload); }

  void check(std::size_t done) const {
    if (done != chunks) throw std::runtime_error(name() + ": not all chunks came");
  }
};

/// All cases, and what they work on.
class all_cases {
 public:
  all_cases() {
    add("chunk", chunk::chunk_protocol());
    for (const auto name : chunk::protocol_names()) {
      // Those have the chunk framing, too.
      auto known = chunk::value_or_throw(chunk::find_protocol(name));
      if (known.framing.definition) add(std::string(name), protocols_.emplace_back(known));
    }
  }

  const std::vector<codec_case>& list() const { return list_; }

 private:
  void add(const std::string& preset, const chunk::protocol& known) {
    const auto how = known.framing.of(chunk::stream_side::server);
    for (const auto size : payload_sizes) {
      const chunk::header head{choose_id(how), size};
      if (!how.can_declare(head)) continue;
      auto& made = streams_.emplace_back(how, size);
      list_.push_back({preset, size, "decode", made.chunks(), [&made] { return made.decode(); }});
      list_.push_back({preset, size, "encode", made.chunks(), [&made] { return made.encode(); }});
    }
  }

  std::deque<chunk::protocol> protocols_;  // the framings point into them
  std::deque<stream> streams_;
  std::vector<codec_case> list_;
};

void count_once(const all_cases& cases, const char* pattern) {
  const std::regex chosen(pattern);
  for (const auto& each : cases.list()) {
    if (!std::regex_search(each.name(), chosen)) continue;
    each.check(each.work());  // so that memory is there
    each.check(measured_once(each.work));
    std::printf("%s %zu\n", each.name().c_str(), each.chunks);
  }
}

void time_all(const all_cases& cases, int argc, char** argv) {
  for (const auto& each : cases.list()) {
    benchmark::RegisterBenchmark(each.name().c_str(), [&each](benchmark::State& state) {
      for ([[maybe_unused]] auto step : state) benchmark::DoNotOptimize(each.work());
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each.chunks));
    });
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) throw std::runtime_error("usage");
  benchmark::RunSpecifiedBenchmarks();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const all_cases cases;
    if (argc == 3 && std::string_view(argv[1]) == "--count") {
      count_once(cases, argv[2]);
    } else {
      time_all(cases, argc, argv);
    }
  } catch (const std::exception& reason) {
    std::fprintf(stderr, "codec: %s\n", reason.what());
    return 1;
  }
}
