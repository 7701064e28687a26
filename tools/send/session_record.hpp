// What has happened in a session, to be written as a script.
#pragma once

#include <chunk/framing.hpp>
#include <chunk/id.hpp>
#include <chunk/protocol.hpp>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tools::send {

/// Keeps the lines of a session in order, with an expectation for each reply that none of its lines
/// has examined. A line that has failed becomes a comment.
class session_record {
 public:
  /// `rules` outlives the record; `incoming` is the framing of what the peer sends.
  session_record(const chunk::protocol& rules, chunk::framing incoming)
      : rules_(rules), incoming_(incoming) {}

  /// To be called before a line is performed. If it `sends` something, its expectations examine
  /// only the replies from then on.
  void begin_line(bool sends);

  /// Takes note of IDs, which were sent or received.
  void meet(const chunk::id& id) { ids_.insert(id); }

  /// Takes a reply. `connection` is the name of its connection in the script.
  void received(std::string_view connection, const chunk::placed_chunk& reply);

  /// Takes a reply that is too long to be held.
  void received_long(const chunk::id& id);

  /// How many replies of a connection can still be examined.
  using count_of = std::function<std::size_t(const std::string& connection)>;

  /// Ends the line that has begun; `actions` are its texts. `done`: all of them were performed.
  void end_line(const std::vector<std::string>& actions, bool done, const count_of& unexamined);

  /// The peer has ended the connection.
  void closed() { add("expect-close"); }

  /// The unnamed connection is opened again, before the line that has begun.
  void reopened();

  /// A client has connected, if the session is a server. Each of them is a case of the script.
  void begin_client();

  /// IDs that were sent or received.
  const std::set<chunk::id>& ids() const { return ids_; }

  /// The script so far.
  std::string script() const;

 private:
  struct entry {
    std::string text;
    std::string connection{};  ///< of a reply
    bool open = false;         ///< a reply that can still be examined
  };

  void add(std::string text) { entries_.push_back({std::move(text)}); }

  const chunk::protocol& rules_;
  chunk::framing incoming_;
  std::vector<entry> entries_;
  std::size_t line_ = 0;  // index of the first entry since the line began
  std::size_t clients_ = 0;
  std::set<chunk::id> ids_;
};

}  // namespace tools::send
