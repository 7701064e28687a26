// Compiles what of fmt is not in its headers, and those templates that they expect to be here.
#include <fmt/format-inl.h>

#ifndef FMT_HEADER_ONLY

template fmt::detail::dragonbox::decimal_fp<float> fmt::detail::dragonbox::to_decimal(
    float) noexcept;
template fmt::detail::dragonbox::decimal_fp<double> fmt::detail::dragonbox::to_decimal(
    double) noexcept;
template fmt::detail::thousands_sep_result<char> fmt::detail::thousands_sep_impl(locale_ref);
template char fmt::detail::decimal_point_impl(locale_ref);
template std::locale fmt::detail::locale_ref::get<std::locale>() const;

template void fmt::detail::vformat_to(buffer<char>&, basic_string_view<char>,
                                      basic_format_args<buffer_context<char>>, locale_ref);

#endif
