// The least that a hex dump costs: rows of chunk-dump by a loop that does nothing else.
//
// dump_floor FILE
//
// Prints the bytes of FILE behind the header of its first chunk, sixteen in a row, by shuffles of
// SSSE3. It knows no chunks, no rows that repeat and no end of anything but the file, whose last
// bytes are left out if they fill no row.
#include <fcntl.h>
#include <tmmintrin.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t in_row = 16;
constexpr std::size_t rows_at_once = 8192;  // chosen: input and output stay in the second cache

// Columns of a row: the offset, two groups of eight bytes, the characters and the line feed.
constexpr std::size_t first_group = 12;
constexpr std::size_t second_group = 37;
constexpr std::size_t characters = 62;
constexpr std::size_t row_size = 79;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// The hexadecimal digits of the bytes in the lower half, two for each.
[[gnu::target("ssse3")]] __m128i digits_of(__m128i bytes) {
  const __m128i digits =
      _mm_setr_epi8('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f');
  const __m128i nibble = _mm_set1_epi8(0x0f);
  const __m128i high = _mm_shuffle_epi8(digits, _mm_and_si128(_mm_srli_epi16(bytes, 4), nibble));
  const __m128i low = _mm_shuffle_epi8(digits, _mm_and_si128(bytes, nibble));
  return _mm_unpacklo_epi8(high, low);
}

/// Writes eight bytes as digits, with a blank behind each.
[[gnu::target("ssse3")]] void write_group(__m128i bytes, char* out) {
  const __m128i digits = digits_of(bytes);
  const __m128i front = _mm_setr_epi8(0, 1, -1, 2, 3, -1, 4, 5, -1, 6, 7, -1, 8, 9, -1, 10);
  const __m128i blanks = _mm_setr_epi8(0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, ' ', 0);
  const __m128i back =
      _mm_setr_epi8(11, -1, 12, 13, -1, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i more = _mm_setr_epi8(0, ' ', 0, 0, ' ', 0, 0, ' ', 0, 0, 0, 0, 0, 0, 0, 0);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm_or_si128(_mm_shuffle_epi8(digits, front), blanks));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out + in_row),
                   _mm_or_si128(_mm_shuffle_epi8(digits, back), more));
}

/// Writes what differs from row to row.
[[gnu::target("ssse3")]] void write_row(const std::byte* from, std::uint32_t offset, char* out) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const auto swapped = static_cast<int>(__builtin_bswap32(offset));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), digits_of(_mm_cvtsi32_si128(swapped)));
  write_group(bytes, out + first_group);
  write_group(_mm_srli_si128(bytes, 8), out + second_group);
  const __m128i legible = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x1f)),
                                        _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x7f)));
  const __m128i shown =
      _mm_or_si128(_mm_and_si128(legible, bytes), _mm_andnot_si128(legible, _mm_set1_epi8('.')));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out + characters), shown);
}

void write_all(const std::vector<char>& bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const auto written = ::write(STDOUT_FILENO, bytes.data() + done, size - done);
    if (written < 0) fail("writing");
    done += static_cast<std::size_t>(written);
  }
}

/// Reads until `out` is full or the file ends, and gives the number of bytes.
std::size_t read_some(int file, std::vector<std::byte>& out) {
  std::size_t size = 0;
  while (size < out.size()) {
    const auto got = ::read(file, out.data() + size, out.size() - size);
    if (got < 0) fail("reading");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: dump_floor FILE\n", stderr);
    return 2;
  }
  const int file = ::open(argv[1], O_RDONLY | O_CLOEXEC);
  if (file < 0 || ::lseek(file, header_size, SEEK_SET) < 0) fail(argv[1]);

  std::vector<std::byte> in(rows_at_once * in_row);
  std::vector<char> out(rows_at_once * row_size, ' ');
  for (std::size_t row = 0; row < rows_at_once; ++row) out[(row + 1) * row_size - 1] = '\n';
  auto offset = static_cast<std::uint32_t>(header_size);
  for (std::size_t rows; (rows = read_some(file, in) / in_row) > 0;) {
    for (std::size_t row = 0; row < rows; ++row) {
      write_row(in.data() + row * in_row, offset, out.data() + row * row_size);
      offset += in_row;
    }
    write_all(out, rows * row_size);
  }
}
