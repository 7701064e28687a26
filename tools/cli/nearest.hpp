// Names that a word should be one of: the nearest of them, and messages that tell them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tools::cli {

/// Finds the name that differs from `word` by the fewest letters: inserted, left out, changed, or
/// two that are exchanged. Upper and lower case are the same. At most one letter in three may
/// differ, and at most two in all, unless the word is the beginning of a name.
///
/// Returns: the first of the nearest names; empty if none is near
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> names);

/// Makes the end of a message about a word that is not one of `names`. `before` goes before the
/// name, such as the dashes of an option.
///
/// Returns: "; did you mean NAME?" with the nearest name in plain ASCII; empty if none is near
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names,
                         std::string_view before = {});

/// Makes a message about a word that is not one of `names`, which lists them all.
///
/// Source: the completions of the shells read the names between the braces
std::string not_one_of(std::string_view word, std::span<const std::string_view> names);

/// Joins words by what stands between two of them.
std::string joined(std::span<const std::string_view> words, std::string_view between);

}  // namespace tools::cli
