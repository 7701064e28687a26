// Of libm, libstdc++ refers to three functions, which stand in for those here (--wrap in
// tools/meson.build): a tool that needs nothing else of it starts without loading it, in a tenth
// less time.
#include <cfenv>

extern "C" {

double __wrap_ceil(double value);
int __wrap_fegetround();
int __wrap_fesetround(int direction);

// Hash tables count their buckets by it, and bars their columns: numbers that fit.
double __wrap_ceil(double value) {
  const auto whole = static_cast<double>(static_cast<long long>(value));
  return whole < value ? whole + 1 : whole;
}

// from_chars() rounds to nearest while it reads a long double. The tools never do otherwise.
int __wrap_fegetround() {
  return FE_TONEAREST;
}

int __wrap_fesetround(int direction) {
  return direction == FE_TONEAREST ? 0 : -1;
}

}  // extern "C"
