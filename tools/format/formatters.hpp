// The makers of the views, one for each style.
#pragma once

#include "format/formatter.hpp"

#include <memory>
#include <string>

namespace tools::format {

/// Each makes a view that keeps a copy of the options and appends to `out`.
std::unique_ptr<view> make_hex_view(const view_options& how, std::string& out);
std::unique_ptr<view> make_list_view(const view_options& how, std::string& out);
std::unique_ptr<view> make_text_view(const view_options& how, std::string& out);

}  // namespace tools::format
