#include "responder.hpp"

namespace chunk::session {
namespace {

/// The most requests of one connection that the handler works on. Chosen: the replies to all of
/// them may have to be held, and one connection should not block the handler for others.
constexpr std::size_t most_begun = 16;

/// Requests are always held whole, whatever their length.
reader_options limits_of(const server_options& options) {
  reader_options out{options.max_payload, options.max_payload};
  out.framing = options.framing.of(stream_side::client);
  out.open = false;
  return out;
}

}  // namespace

responder::responder(connection_info& about, net::transport& link, handler& by,
                     const server_options& options, buffer_pool& pool)
    : about_(about),
      link_(link),
      by_(by),
      options_(options),
      reader_(link, limits_of(options), &pool),
      replies_(pool, options.framing) {
  const auto start = options.framing.of(stream_side::server).start();
  if (!start.bytes.empty()) replies_.append_raw(start.bytes);
  complete_ = start.bytes.size();
}

bool responder::flush_at_once() {
  complete_ = replies_.bytes().size();
  const auto rest = replies_.bytes().subspan(sent_);
  if (!rest.empty()) sent_ += link_.try_write(rest).value_or(0);
  if (sent_ < replies_.bytes().size()) return false;
  sent_ = complete_ = 0;
  replies_.clear();
  return true;
}

/// Takes the next fragment of a chunk, past what stands before the first one.
bool responder::next_chunk(fragment& out) {
  const bool gave = reader_.next(out);
  return gave && out.kind != fragment_kind::chunk ? reader_.next(out) : gave;
}

/// Takes the next request, if it has arrived whole.
bool responder::next_request() {
  if (pipeline_ && pipeline_->put_back) {
    request_ = *std::exchange(pipeline_->put_back, std::nullopt);
    return true;
  }
  if (reader_.held() == 0 && reader_.drained()) return false;  // as after most requests
  fragment given;
  if (!next_chunk(given) || !given.ends) return false;  // or the stream ended inside it
  request_ = {given.head.id, given.payload, given.head.front};
  return true;
}

/// Begins as many of the following requests as the handler accepts while one is being answered.
void responder::begin_ahead() {
  auto& under_way = pipeline_->under_way;
  while (under_way.size() < most_begun) {
    fragment given;
    if (!next_chunk(given) || !given.ends) return;
    const chunk_view request{given.head.id, given.payload, given.head.front};
    auto work = by_.answer_ahead(about_, request, replies_);
    if (!work) {
      pipeline_->put_back = request;
      return;
    }
    ++about_.requests;
    under_way.push_back({request.id, std::move(*work)});
  }
}

responder::need responder::answer_received() {
  for (;;) {
    complete_ = replies_.bytes().size();
    if (!next_request()) break;
    ++about_.requests;
    about_.last_id = request_.id;
    auto work = by_.answer(about_, request_, replies_);
    if (work) {
      if (!pipeline_) pipeline_ = std::make_unique<pipeline>();
      pipeline_->under_way.push_back({request_.id, std::move(*work)});
      begin_ahead();
      return need::handler;
    }
    if (replies_.bytes().size() > options_.max_unsent && !flush_at_once()) return need::output;
  }
  return flush_at_once() ? need::input : need::output;
}

asio::awaitable<void> responder::next_work() {
  auto next = std::move(pipeline_->under_way.front());
  pipeline_->under_way.pop_front();
  complete_ = replies_.bytes().size();
  about_.last_id = next.id;
  return std::move(next.work);
}

std::optional<bool> responder::read(bool in_any_case) {
  const bool try_now = std::exchange(worth_a_try_, false) || in_any_case || !reader_.drained();
  return try_now ? reader_.try_fill() : std::nullopt;
}

void responder::release() noexcept {
  reader_.release();
  pipeline_.reset();
}

}  // namespace chunk::session
