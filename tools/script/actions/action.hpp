// The description of an action of a script: its name and properties, how its argument is parsed,
// and how it is performed.
#pragma once

#include "script/language/argument.hpp"
#include "script/language/step.hpp"
#include "script/language/variables.hpp"

#include <chunk/error.hpp>
#include <chunk/notation.hpp>
#include <chunk/protocol.hpp>

#include <asio/awaitable.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

namespace tools::script {

class stage;

/// The text that an action's parse() reads.
struct argument_text {
  std::string_view text;       ///< what follows the name of the action
  std::string_view action;     ///< the whole action, to be quoted in messages
  std::string_view offending;  ///< set by parse(): the part of `text` to which an error belongs
  const chunk::protocol& rules = chunk::chunk_protocol();  ///< of the program

  /// Letters stand in it for values that are known only when the script runs.
  chunk::completeness how = chunk::completeness::complete;
};

/// Parses an argument in which all values have been inserted.
///
/// Errors: errc::bad_notation, errc::bad_id, errc::bad_address; the system's code for a file
using parse_function = chunk::result<argument>(argument_text& from);

/// The rest of the work of a step. nullopt: the step is done without having to wait. Most steps of
/// a pipelined script thus need no coroutine.
using remaining_work = std::optional<asio::awaitable<void>>;

/// Performs a step of the action; both have to outlive the work.
///
/// Throws: step_failure, skipped; chunk::failure, which the player reports as one of the step
using perform_function = remaining_work(stage& by, const step& now);

/// The role of an action among the steps around it.
enum class structure {
  none,
  begins_block,  ///< the steps up to the matching end
  ends_block,
  begins_case,
  begins_rows,  ///< the same as begins_block, once for each row of a file
  bounds_next,  ///< limits the time of the step that follows
};

/// One action. Its functions are references, so that an action without one of them does not
/// compile. It has many members, and each says one thing that is true of some actions and not of
/// others: nothing else in the tree tells actions apart.
struct action {
  /// The name that it begins with; empty: a chunk, which begins with its ID.
  std::string_view name;

  /// Its argument as help shows it: in brackets if it is optional, empty if there is none.
  std::string_view argument;

  std::string_view help;  ///< what it does, in one line

  value_style values = value_style::none;  ///< where values may be used in the argument
  structure shape = structure::none;

  bool uses_connection = false;   ///< works on an open connection
  bool opens_connection = false;  ///< opens the connection itself
  bool ends_connection = false;   ///< closes it
  bool only_sends = false;        ///< needs no peer, and can write to standard output instead
  bool waits = false;             ///< waits for something from the peer
  bool expects = false;           ///< examines a reply, even one that was already printed
  bool may_be_blank = false;      ///< --update fills it in where it says nothing
  bool prepares = false;          ///< is allowed in a setup
  bool tests = false;             ///< makes a script a test
  bool serves = false;            ///< is allowed in a scripted server
  bool names_value = false;       ///< its text begins with NAME=
  bool starts_server = false;     ///< starts a server that listens at %{address}

  parse_function& parse;
  perform_function& perform;

  constexpr bool needs_argument() const { return !argument.empty() && !argument.starts_with('['); }
  constexpr bool may_be_named() const { return uses_connection || opens_connection; }

  /// The argument begins with an ID.
  constexpr bool has_id() const {
    return values == value_style::chunk || values == value_style::pattern;
  }
};

/// Says whether no action has a name that may be an ID: whatever has four bytes is one in the chunk
/// framing, and the words that are reserved are none in any other.
constexpr bool are_no_ids(std::span<const action> all) {
  return std::ranges::all_of(all, [](const action& each) {
    const auto word = each.name.substr(0, each.name.find(','));
    const bool reserved =
        std::ranges::find(chunk::reserved_words, word) != chunk::reserved_words.end();
    return each.name.empty() || (each.name.size() != 4 && reserved);
  });
}

}  // namespace tools::script
